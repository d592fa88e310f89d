//! SQL of profiles and the claim ledger.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::actions::NewCandidate;
use super::claims::{Claim, Kind, NewClaim, Source, Standing, Subject};
use super::{Candidate, Hours, Origin, Profile, State, rate};
use crate::error::AppResult;
use crate::ids::{CandidateId, ClaimId, SkillId, TrackId, UserId};
use crate::money::Period;
use crate::tracks::levels::Seniority;

/// One person; not found is an error.
pub async fn load(conn: &mut PgConnection, id: CandidateId) -> AppResult<Candidate> {
    let row = sqlx::query!(
        r#"select c.id as "id: CandidateId", c.code, c.user_id as "user: UserId", c.track_id as "track: TrackId", t.name as track_name,
                  c.source as "origin: Origin", c.name, c.email, c.phone, c.country, c.city, c.zone, c.work_start, c.work_end, c.work_days,
                  c.seniority as "seniority: Seniority", c.pay_minor, c.pay_currency, c.pay_period as "pay_period: Period",
                  c.available_from, c.least_months, c.most_months, c.wishes, c.headline, c.links, c.state as "state: State", c.state_reason,
                  c.created_at, c.updated_at, c.version
           from candidates c join tracks t on t.id = c.track_id where c.id = $1"#,
        id as CandidateId,
    )
    .fetch_one(conn)
    .await?;
    let hours = match (row.work_start, row.work_end, row.work_days) {
        (Some(start), Some(end), Some(days)) => Some(Hours { start, end, days }),
        _ => None,
    };
    Ok(Candidate {
        id: row.id,
        code: row.code,
        user: row.user,
        track: row.track,
        track_name: row.track_name,
        origin: row.origin,
        profile: Profile {
            name: row.name,
            email: row.email,
            phone: row.phone,
            country: row.country,
            city: row.city,
            zone: row.zone,
            hours,
            seniority: row.seniority,
            pay: rate(row.pay_minor, row.pay_currency, row.pay_period),
            available_from: row.available_from,
            least_months: row.least_months,
            most_months: row.most_months,
            wishes: row.wishes,
            headline: row.headline,
            links: row.links,
        },
        state: row.state,
        state_reason: row.state_reason,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// One person, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: CandidateId) -> AppResult<Candidate> {
    sqlx::query_scalar!(r#"select 1 as "one!" from candidates where id = $1 for update"#, id as CandidateId)
        .fetch_one(&mut *conn)
        .await?;
    load(conn, id).await
}

/// Inserts a person.
pub async fn insert(
    conn: &mut PgConnection,
    id: CandidateId,
    new: &NewCandidate<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let p = new.profile;
    sqlx::query!(
        "insert into candidates (id, user_id, track_id, source, name, email, phone, country, city, zone, work_start, work_end, work_days,
                                 seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, wishes, headline,
                                 links, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $24)",
        id as CandidateId,
        new.user as Option<UserId>,
        new.track as TrackId,
        new.origin as Origin,
        p.name,
        p.email,
        p.phone,
        p.country,
        p.city,
        p.zone,
        p.hours.map(|h| h.start),
        p.hours.map(|h| h.end),
        p.hours.map(|h| h.days),
        p.seniority as Option<Seniority>,
        p.pay.map(|pay| pay.minor),
        p.pay.map(|pay| pay.currency.code().to_owned()),
        p.pay.map(|pay| pay.period) as Option<Period>,
        p.available_from,
        p.least_months,
        p.most_months,
        p.wishes,
        p.headline,
        p.links,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces a profile and counts its version up.
pub async fn update(
    conn: &mut PgConnection,
    id: CandidateId,
    p: &Profile,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update candidates set name = $2, email = $3, phone = $4, country = $5, city = $6, zone = $7, work_start = $8, work_end = $9,
                work_days = $10, seniority = $11, pay_minor = $12, pay_currency = $13, pay_period = $14, available_from = $15,
                least_months = $16, most_months = $17, wishes = $18, headline = $19, links = $20, updated_at = $21, version = version + 1
         where id = $1",
        id as CandidateId,
        p.name,
        p.email,
        p.phone,
        p.country,
        p.city,
        p.zone,
        p.hours.map(|h| h.start),
        p.hours.map(|h| h.end),
        p.hours.map(|h| h.days),
        p.seniority as Option<Seniority>,
        p.pay.map(|pay| pay.minor),
        p.pay.map(|pay| pay.currency.code().to_owned()),
        p.pay.map(|pay| pay.period) as Option<Period>,
        p.available_from as Option<NaiveDate>,
        p.least_months,
        p.most_months,
        p.wishes,
        p.headline,
        p.links,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the state.
pub async fn set_state(
    conn: &mut PgConnection,
    id: CandidateId,
    state: State,
    reason: &str,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update candidates set state = $2, state_reason = $3, updated_at = $4, version = version + 1 where id = $1",
        id as CandidateId,
        state as State,
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that something about the person changed.
pub async fn touch(conn: &mut PgConnection, id: CandidateId, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!("update candidates set updated_at = $2 where id = $1", id as CandidateId, now).execute(conn).await?;
    Ok(())
}

/// Inserts a claim, not current yet: [`settle`] decides.
pub async fn insert_claim(
    conn: &mut PgConnection,
    claim: ClaimId,
    id: CandidateId,
    new: &NewClaim,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    let (kind, skill) = new.subject.columns();
    let verifier = if new.standing == Standing::Verified { by } else { None };
    sqlx::query!(
        "insert into claims (id, candidate_id, kind, skill_id, value, source, note, stated_by, stated_at, verified_by, verified_at, current)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false)",
        claim as ClaimId,
        id as CandidateId,
        kind as Kind,
        skill as Option<SkillId>,
        new.value,
        new.source as Source,
        new.note,
        by as Option<UserId>,
        now,
        verifier as Option<UserId>,
        verifier.map(|_| now),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the best live claim about one thing current, in the order of `claims::Rank`.
pub async fn settle(conn: &mut PgConnection, id: CandidateId, kind: Kind, skill: Option<SkillId>) -> AppResult<()> {
    // Two steps: the unique index on current claims would see both at once otherwise.
    sqlx::query!(
        "update claims set current = false
         where candidate_id = $1 and kind = $2 and skill_id is not distinct from $3 and current",
        id as CandidateId,
        kind as Kind,
        skill as Option<SkillId>,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update claims set current = true where id = (
             select id from claims
             where candidate_id = $1 and kind = $2 and skill_id is not distinct from $3 and withdrawn_at is null
             order by verified_by is not null desc, value is not null desc, stated_at desc, id desc limit 1)",
        id as CandidateId,
        kind as Kind,
        skill as Option<SkillId>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a live claim withdrawn; what it was about, or `None` when there is no such live claim.
pub async fn withdraw_claim(
    conn: &mut PgConnection,
    id: CandidateId,
    claim: ClaimId,
    only: Option<Source>,
    now: DateTime<Utc>,
) -> AppResult<Option<(Kind, Option<SkillId>)>> {
    let row = sqlx::query!(
        r#"update claims set withdrawn_at = $3, current = false
           where id = $2 and candidate_id = $1 and withdrawn_at is null and ($4::text is null or source = $4)
           returning kind as "kind: Kind", skill_id as "skill: SkillId""#,
        id as CandidateId,
        claim as ClaimId,
        now,
        only as Option<Source>,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.kind, row.skill)))
}

/// Live claims of one source: id, subject, value.
pub async fn live_claims_of(
    conn: &mut PgConnection,
    id: CandidateId,
    source: Source,
) -> AppResult<Vec<(ClaimId, Subject, Option<i16>)>> {
    let rows = sqlx::query!(
        r#"select id as "id: ClaimId", kind as "kind: Kind", skill_id as "skill: SkillId", value from claims
           where candidate_id = $1 and source = $2 and withdrawn_at is null order by id"#,
        id as CandidateId,
        source as Source,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Subject::of(row.kind, row.skill).map(|subject| (row.id, subject, row.value)))
        .collect())
}

/// The ledger of one person: current claims first, then by subject and newest first.
pub async fn ledger(conn: &mut PgConnection, id: CandidateId) -> AppResult<Vec<Claim>> {
    let rows = sqlx::query!(
        r#"select l.id as "id: ClaimId", l.kind as "kind: Kind", l.skill_id as "skill: SkillId", s.slug as "slug?", s.name as "skill_name?",
                  l.value, l.source as "source: Source", l.note, b.name as "stated_by?", l.stated_at,
                  l.verified_by as "verified_by: UserId", v.name as "verifier?", l.verified_at, l.current, l.withdrawn_at
           from claims l left join skills s on s.id = l.skill_id left join users b on b.id = l.stated_by left join users v on v.id = l.verified_by
           where l.candidate_id = $1
           order by l.current desc, l.kind, s.name, l.stated_at desc, l.id desc"#,
        id as CandidateId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Claim {
                id: row.id,
                subject: Subject::of(row.kind, row.skill)?,
                skill: row.slug.zip(row.skill_name),
                value: row.value,
                source: row.source,
                note: row.note,
                stated_by: row.stated_by,
                stated_at: row.stated_at,
                verified_by: row.verified_by.zip(row.verifier),
                verified_at: row.verified_at,
                current: row.current,
                withdrawn_at: row.withdrawn_at,
            })
        })
        .collect())
}

/// The candidate of a user.
pub async fn of_user(conn: &mut PgConnection, user: UserId) -> AppResult<Option<CandidateId>> {
    Ok(sqlx::query_scalar!(r#"select id as "id: CandidateId" from candidates where user_id = $1"#, user as UserId)
        .fetch_optional(conn)
        .await?)
}
