//! SQL of vetting checks.

pub mod cards;
pub mod files;
pub mod identity;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Asked, Check, Decision, Kind, Standing, State};
use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, TrackId, UserId};

/// What the track of a person requires, in order.
pub async fn required(conn: &mut PgConnection, track: TrackId) -> AppResult<Vec<Asked>> {
    Ok(sqlx::query_as!(
        Asked,
        r#"select kind as "kind: Kind", title, valid_months from track_checks where track_id = $1 order by position, kind"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// Every check of one person, newest first. Score, note and reason of a result are left out for eyes that are closed to them.
pub async fn checks(conn: &mut PgConnection, candidate: CandidateId, eyes: Eyes) -> AppResult<Vec<Check>> {
    Ok(sqlx::query_as!(
        Check,
        r#"select k.id as "id: CheckId", k.kind as "kind: Kind", k.state as "state: State", u.name as "assessor?", k.decided_on,
                  k.expires_on, case when hidden.it then null else k.score_bp end as score_bp,
                  case when hidden.it then '' else k.note end as "note!", case when hidden.it then '' else k.reason end as "reason!",
                  k.starts_at, hidden.it as "hidden!",
                  array(select a.name from scorecards s join users a on a.id = s.assessor_id
                        where s.check_id = k.id and s.state = 'owed' order by s.assigned_at, s.id) as "owing!"
           from vetting_checks k
           join candidates c on c.id = k.candidate_id
           left join users u on u.id = k.assessor_id
           cross join lateral (select k.state in ('passed', 'failed') and coalesce($2::uuid = any(c.owed_by), false) as it) hidden
           where k.candidate_id = $1 order by k.decided_on desc nulls first, k.id desc"#,
        candidate as CandidateId,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}

/// How a person stands on a day.
pub async fn standing(conn: &mut PgConnection, candidate: CandidateId, today: NaiveDate) -> AppResult<Standing> {
    Ok(sqlx::query_as!(
        Standing,
        r#"select required as "required!", met as "met!", vetted as "vetted!", coalesce(failed, false) as "failed!", first_expiry
           from vetting_standing_of(array[$1::uuid], $2)"#,
        candidate as CandidateId,
        today,
    )
    .fetch_one(conn)
    .await?)
}

/// Who is checked, by which check, of which track; locked.
#[derive(Debug)]
pub struct Locked {
    /// The person.
    pub candidate: CandidateId,
    /// Of which track the check is.
    pub track: TrackId,
    /// What is checked.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// When the appointment is, if there is one.
    pub starts_at: Option<DateTime<Utc>>,
}

/// Locks a check of `candidate`; not found is an error.
pub async fn lock(conn: &mut PgConnection, candidate: CandidateId, id: CheckId) -> AppResult<Locked> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select candidate_id as "candidate: CandidateId", track_id as "track: TrackId", kind as "kind: Kind", state as "state: State", starts_at
           from vetting_checks where id = $1 and candidate_id = $2 for update"#,
        id as CheckId,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// Whom letters about a check go to.
#[derive(Debug, Clone)]
pub struct Addressee {
    /// The account, if there is one.
    pub user: Option<UserId>,
    /// The address.
    pub email: String,
    /// The name, or nothing.
    pub name: String,
    /// Where their clock is.
    pub zone: Option<String>,
    /// What the check is called.
    pub title: String,
    /// Its kind.
    pub kind: Kind,
}

/// The person of a check: nobody where there is no address, and nobody who has withdrawn or whose account is closed.
pub async fn addressee(conn: &mut PgConnection, check: CheckId) -> AppResult<Option<Addressee>> {
    Ok(sqlx::query_as!(
        Addressee,
        r#"select u.id as "user?: UserId", coalesce(u.email, c.email) as "email!", coalesce(u.name, c.name, '') as "name!", c.zone,
                  coalesce(tc.title, '') as "title!", k.kind as "kind: Kind"
           from vetting_checks k
           join candidates c on c.id = k.candidate_id
           left join users u on u.id = c.user_id
           left join track_checks tc on tc.track_id = k.track_id and tc.kind = k.kind
           where k.id = $1 and coalesce(u.email, c.email) is not null and c.state <> 'withdrawn' and u.deactivated_at is null"#,
        check as CheckId,
    )
    .fetch_optional(conn)
    .await?)
}

/// A check with everything that its page says of it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Id.
    pub id: CheckId,
    /// What is checked.
    pub kind: Kind,
    /// What its track calls it; empty: what its kind is called.
    pub title: String,
    /// For which track.
    pub track: TrackId,
    /// Its name.
    pub track_name: String,
    /// What interviews listen for.
    pub red_flags: Vec<String>,
    /// Where it stands.
    pub state: State,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When the appointment is or was.
    pub starts_at: Option<DateTime<Utc>>,
    /// What is read aloud.
    pub spoken_code: String,
    /// Who judged it.
    pub assessor: Option<String>,
    /// On which day.
    pub decided_on: Option<NaiveDate>,
    /// First day on which it counts no longer.
    pub expires_on: Option<NaiveDate>,
    /// Take-home: rubric score in basis points.
    pub score_bp: Option<i32>,
    /// Private to staff.
    pub note: String,
    /// Why waived, failed or given up.
    pub reason: String,
    /// Score, note and reason are out of sight.
    pub hidden: bool,
    /// What a provider said.
    pub provider: Option<String>,
    /// Under which number they know it.
    pub reference: Option<String>,
    /// What came out.
    pub result: Option<String>,
    /// What was looked at.
    pub scope: Option<String>,
}

/// One check of `candidate`; not found is an error.
pub async fn detail(conn: &mut PgConnection, candidate: CandidateId, id: CheckId, eyes: Eyes) -> AppResult<Detail> {
    Ok(sqlx::query_as!(
        Detail,
        r#"select k.id as "id: CheckId", k.kind as "kind: Kind", coalesce(tc.title, '') as "title!", k.track_id as "track: TrackId",
                  t.name as track_name, t.red_flags, k.state as "state: State", k.created_at, k.starts_at, k.spoken_code,
                  u.name as "assessor?", k.decided_on, k.expires_on, case when hidden.it then null else k.score_bp end as score_bp,
                  case when hidden.it then '' else k.note end as "note!", case when hidden.it then '' else k.reason end as "reason!",
                  hidden.it as "hidden!", r.provider as "provider?", r.reference as "reference?", r.result as "result?", r.scope as "scope?"
           from vetting_checks k
           join candidates c on c.id = k.candidate_id
           join tracks t on t.id = k.track_id
           left join track_checks tc on tc.track_id = k.track_id and tc.kind = k.kind
           left join users u on u.id = k.assessor_id
           left join check_reports r on r.check_id = k.id
           cross join lateral (select k.state in ('passed', 'failed') and coalesce($3::uuid = any(c.owed_by), false) as it) hidden
           where k.id = $2 and k.candidate_id = $1"#,
        candidate as CandidateId,
        id as CheckId,
        eyes.id() as Option<UserId>,
    )
    .fetch_one(conn)
    .await?)
}

/// The track of a person.
pub async fn track_of(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<TrackId> {
    Ok(sqlx::query_scalar!(
        r#"select track_id as "track: TrackId" from candidates where id = $1"#,
        candidate as CandidateId
    )
    .fetch_one(conn)
    .await?)
}

/// The country of a profile.
pub async fn country(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Option<String>> {
    Ok(
        sqlx::query_scalar!("select country from candidates where id = $1", candidate as CandidateId)
            .fetch_one(conn)
            .await?,
    )
}

/// The open check of a kind, if there is one.
pub async fn open(conn: &mut PgConnection, candidate: CandidateId, kind: Kind) -> AppResult<Option<CheckId>> {
    Ok(sqlx::query_scalar!(
        r#"select k.id as "id: CheckId" from vetting_checks k join candidates c on c.id = k.candidate_id and c.track_id = k.track_id
           where k.candidate_id = $1 and k.kind = $2 and k.state in ('invited', 'scheduled', 'waiting')"#,
        candidate as CandidateId,
        kind as Kind,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whether the last judgement of a kind counts on that day: met or waived, and not expired.
pub async fn counts(conn: &mut PgConnection, candidate: CandidateId, kind: Kind, day: NaiveDate) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce((
               select k.state <> 'failed' and (k.expires_on is null or k.expires_on > $3)
               from vetting_checks k join candidates c on c.id = k.candidate_id and c.track_id = k.track_id
               where k.candidate_id = $1 and k.kind = $2 and k.state in ('passed', 'failed', 'waived') and k.decided_on <= $3
               order by k.decided_on desc, k.id desc limit 1), false) as "counts!""#,
        candidate as CandidateId,
        kind as Kind,
        day,
    )
    .fetch_one(conn)
    .await?)
}

/// A check to begin.
#[derive(Debug)]
pub struct NewCheck<'a> {
    /// Fresh.
    pub id: CheckId,
    /// Of whom.
    pub candidate: CandidateId,
    /// For which track.
    pub track: TrackId,
    /// What is checked.
    pub kind: Kind,
    /// Invited or waiting.
    pub state: State,
    /// What is read aloud at a live step; else empty.
    pub code: &'a str,
}

/// Inserts an open check; the index `vetting_checks_one_open` refuses a second one of the kind.
pub async fn insert(conn: &mut PgConnection, new: &NewCheck<'_>, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into vetting_checks (id, candidate_id, track_id, kind, state, spoken_code, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        new.id as CheckId,
        new.candidate as CandidateId,
        new.track as TrackId,
        new.kind as Kind,
        new.state as State,
        new.code,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves an open check to another step; only an appointment has an instant.
pub async fn step(
    conn: &mut PgConnection,
    id: CheckId,
    state: State,
    starts_at: Option<DateTime<Utc>>,
) -> AppResult<()> {
    sqlx::query!(
        "update vetting_checks set state = $2, starts_at = $3 where id = $1",
        id as CheckId,
        state as State,
        starts_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a judgement.
pub async fn decide(
    conn: &mut PgConnection,
    id: CheckId,
    decision: &Decision,
    expires_on: Option<NaiveDate>,
    assessor: UserId,
) -> AppResult<()> {
    sqlx::query!(
        "update vetting_checks set state = $2, assessor_id = $3, decided_on = $4, expires_on = $5, score_bp = $6, note = $7, reason = $8
         where id = $1",
        id as CheckId,
        decision.outcome.state() as State,
        assessor as UserId,
        decision.decided_on,
        expires_on,
        decision.score_bp,
        decision.note,
        decision.reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives an open check up.
pub async fn cancel(conn: &mut PgConnection, id: CheckId, reason: &str) -> AppResult<()> {
    sqlx::query!(
        "update vetting_checks set state = 'cancelled', reason = $2 where id = $1",
        id as CheckId,
        reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Months of validity that a track gives a kind; `None` when it never expires or is not required.
pub async fn validity(conn: &mut PgConnection, track: TrackId, kind: Kind) -> AppResult<Option<i16>> {
    Ok(sqlx::query_scalar!(
        "select valid_months from track_checks where track_id = $1 and kind = $2",
        track as TrackId,
        kind as Kind
    )
    .fetch_optional(conn)
    .await?
    .flatten())
}

/// Gives the open checks that somebody was to decide to somebody else; whose they are.
pub async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<CandidateId>> {
    Ok(sqlx::query_scalar!(
        r#"update vetting_checks set assessor_id = $2 where assessor_id = $1 and state in ('invited', 'scheduled', 'waiting')
           returning candidate_id as "candidate: CandidateId""#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}
