//! SQL of people and their ledger.

mod blind;
mod claims;
mod list;
mod search;
mod states;
mod vetting;

pub use blind::*;
pub use claims::*;
pub use list::*;
pub use search::ascii_patterns;
pub use states::*;
pub use vetting::*;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::profile::{Details, Hours};
use super::{Origin, State, code_label};
use crate::countries::Country;
use crate::error::AppResult;
use crate::ids::{CandidateId, TrackId, UserId};
use crate::money::{Period, Rate};
use crate::tracks::levels::Seniority;
use crate::zones::Zone;

/// A whole record.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Id.
    pub id: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// The person's account.
    pub user: Option<UserId>,
    /// The track they belong to.
    pub track: TrackId,
    /// Its name.
    pub track_name: String,
    /// Where they came from.
    pub origin: Origin,
    /// Origin and id in the file they came with.
    pub external: Option<(String, String)>,
    /// What the profile says.
    pub details: Details,
    /// Whether they can be proposed.
    pub state: State,
    /// Why it is so.
    pub state_reason: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When.
    pub updated_at: DateTime<Utc>,
    /// For the optimistic lock.
    pub version: i32,
    /// What was decided about them.
    pub decisions: Decisions,
}

impl Candidate {
    /// The name, or the code of an anonymous profile.
    pub fn display(&self) -> String {
        self.details.name.clone().unwrap_or_else(|| code_label(self.code))
    }
}

/// The row as it is stored; groups of columns become one value in [`Candidate::from`].
struct Row {
    id: CandidateId,
    code: i32,
    user_id: Option<UserId>,
    track_id: TrackId,
    track_name: String,
    source: Origin,
    external_source: Option<String>,
    external_id: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    country: Option<String>,
    works_in: Option<String>,
    city: Option<String>,
    zone: Option<Zone>,
    work_start: Option<i16>,
    work_end: Option<i16>,
    work_days: Option<i16>,
    seniority: Option<Seniority>,
    pay_minor: Option<i64>,
    pay_currency: Option<String>,
    pay_period: Option<Period>,
    available_from: Option<NaiveDate>,
    least_months: Option<i16>,
    most_months: Option<i16>,
    wishes: String,
    headline: String,
    links: String,
    state: State,
    state_reason: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i32,
    checks: Vec<i32>,
    checks_on: Option<NaiveDate>,
    required: Vec<i32>,
}

impl From<Row> for Candidate {
    fn from(row: Row) -> Self {
        let hours = match (row.work_start, row.work_end, row.work_days) {
            (Some(start), Some(end), Some(days)) => Some(Hours { start, end, days }),
            _ => None,
        };
        let pay = match (
            row.pay_minor,
            row.pay_currency.and_then(|code| code.parse().ok()),
            row.pay_period,
        ) {
            (Some(minor), Some(currency), Some(period)) => Some(Rate {
                minor,
                currency,
                period,
            }),
            _ => None,
        };
        Self {
            id: row.id,
            code: row.code,
            user: row.user_id,
            track: row.track_id,
            track_name: row.track_name,
            origin: row.source,
            external: row.external_source.zip(row.external_id),
            details: Details {
                name: row.name,
                email: row.email,
                phone: row.phone,
                country: row.country,
                works_in: row.works_in.as_deref().and_then(Country::parse),
                city: row.city,
                zone: row.zone,
                hours,
                seniority: row.seniority,
                pay,
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
            decisions: Decisions {
                checks: row.checks,
                latest: row.checks_on,
                required: row.required,
            },
        }
    }
}

/// Several records, in no order.
pub async fn load_all(conn: &mut PgConnection, ids: &[CandidateId]) -> AppResult<Vec<Candidate>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id as "id: CandidateId", c.code, c.user_id as "user_id: UserId", c.track_id as "track_id: TrackId",
                  t.name as track_name, c.source as "source: Origin", c.external_source, c.external_id, c.name, c.email,
                  c.phone, c.country, c.works_in, c.city, c.zone as "zone: Zone", c.work_start, c.work_end, c.work_days,
                  c.seniority as "seniority: Seniority", c.pay_minor, c.pay_currency, c.pay_period as "pay_period: Period",
                  c.available_from, c.least_months, c.most_months, c.wishes, c.headline, c.links,
                  c.state as "state: State", c.state_reason, c.created_at, c.updated_at, c.version, c.checks, c.checks_on,
                  array(select check_number(k.kind) from track_checks k where k.track_id = c.track_id) as "required!"
           from candidates c join tracks t on t.id = c.track_id
           where c.id = any($1)"#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Candidate::from).collect())
}

/// One record.
pub async fn load(conn: &mut PgConnection, id: CandidateId) -> AppResult<Option<Candidate>> {
    Ok(load_all(conn, &[id]).await?.pop())
}

/// Locks the rows until the transaction ends, always in the same order.
pub async fn lock(conn: &mut PgConnection, ids: &[CandidateId]) -> AppResult<()> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "select id from candidates where id = any($1) order by id for update",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// A record to insert.
#[derive(Debug)]
pub struct NewCandidate<'a> {
    /// Fresh.
    pub id: CandidateId,
    /// The person's account.
    pub user: Option<UserId>,
    /// Track.
    pub track: TrackId,
    /// Where they come from.
    pub origin: Origin,
    /// Origin and id in a file.
    pub external: Option<(&'a str, &'a str)>,
    /// The profile.
    pub details: &'a Details,
}

/// Inserts an active record; named constraints refuse a second one with the address or the external id.
pub async fn insert(conn: &mut PgConnection, new: &NewCandidate<'_>, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let details = new.details;
    sqlx::query!(
        "insert into candidates (id, user_id, track_id, source, external_source, external_id, name, email, phone, country,
                                 city, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period,
                                 available_from, least_months, most_months, wishes, headline, links, state, created_at, updated_at, works_in)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25, 'active', $26, $26, $27)",
        new.id as CandidateId,
        new.user as Option<UserId>,
        new.track as TrackId,
        new.origin as Origin,
        new.external.map(|(source, _)| source),
        new.external.map(|(_, id)| id),
        details.name,
        details.email,
        details.phone,
        details.country,
        details.city,
        details.zone.map(Zone::name),
        details.hours.map(|hours| hours.start),
        details.hours.map(|hours| hours.end),
        details.hours.map(|hours| hours.days),
        details.seniority as Option<Seniority>,
        details.pay.map(|pay| pay.minor),
        details.pay.map(|pay| pay.currency.code().to_owned()),
        details.pay.map(|pay| pay.period) as Option<Period>,
        details.available_from,
        details.least_months,
        details.most_months,
        details.wishes,
        details.headline,
        details.links,
        now,
        details.works_in.map(Country::code),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the profile if the version is still `version`; says whether it was.
pub async fn update(
    conn: &mut PgConnection,
    id: CandidateId,
    version: i32,
    details: &Details,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update candidates set name = $3, email = $4, phone = $5, country = $6, city = $7, zone = $8, work_start = $9,
                work_end = $10, work_days = $11, seniority = $12, pay_minor = $13, pay_currency = $14, pay_period = $15,
                available_from = $16, least_months = $17, most_months = $18, wishes = $19, headline = $20, links = $21,
                updated_at = $22, works_in = $23, version = version + 1
         where id = $1 and version = $2",
        id as CandidateId,
        version,
        details.name,
        details.email,
        details.phone,
        details.country,
        details.city,
        details.zone.map(Zone::name),
        details.hours.map(|hours| hours.start),
        details.hours.map(|hours| hours.end),
        details.hours.map(|hours| hours.days),
        details.seniority as Option<Seniority>,
        details.pay.map(|pay| pay.minor),
        details.pay.map(|pay| pay.currency.code().to_owned()),
        details.pay.map(|pay| pay.period) as Option<Period>,
        details.available_from,
        details.least_months,
        details.most_months,
        details.wishes,
        details.headline,
        details.links,
        now,
        details.works_in.map(Country::code),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the record as changed: the ledger or a check did.
pub async fn touch(conn: &mut PgConnection, ids: &[CandidateId], now: DateTime<Utc>) -> AppResult<()> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!("update candidates set updated_at = $2 where id = any($1)", &ids, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Locks what is not over among the introductions of a person, in the order in which everybody locks them.
pub async fn lock_introductions(conn: &mut PgConnection, id: CandidateId) -> AppResult<Vec<uuid::Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from introductions where candidate_id = $1 and state in ('proposed', 'consented', 'interview', 'chosen')
         order by id for update",
        id as CandidateId,
    )
    .fetch_all(conn)
    .await?)
}

/// Takes back these introductions, with the offers that nobody answered yet; the reason by its code and in words.
pub async fn end_introductions(
    conn: &mut PgConnection,
    ids: &[uuid::Uuid],
    (kind, why): (&str, &str),
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update offers set state = 'withdrawn', reason = $2, answered_at = $3 where introduction_id = any($1) and state = 'sent'",
        ids,
        why,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update introductions set state = 'withdrawn', reason_kind = $4, reason = $2, state_at = $3,
                version = version + 1 where id = any($1)",
        ids,
        why,
        now,
        kind,
    )
    .execute(conn)
    .await?;
    Ok(())
}
