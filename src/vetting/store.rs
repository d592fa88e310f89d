//! SQL of vetting checks.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Check, Decision, Kind, Standing, State};
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, TrackId, UserId};

/// What the track of a person requires, in order, with months of validity.
pub async fn required(conn: &mut PgConnection, track: TrackId) -> AppResult<Vec<(Kind, Option<i16>)>> {
    let rows = sqlx::query!(
        r#"select kind as "kind: Kind", valid_months from track_checks where track_id = $1 order by position, kind"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.valid_months)).collect())
}

/// Every check of one person, newest first.
pub async fn checks(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Vec<Check>> {
    Ok(sqlx::query_as!(
        Check,
        r#"select k.id as "id: CheckId", k.kind as "kind: Kind", k.state as "state: State", u.name as "assessor?", k.decided_on,
                  k.expires_on, k.score_bp, k.note, k.reason
           from vetting_checks k left join users u on u.id = k.assessor_id
           where k.candidate_id = $1 order by k.decided_on desc nulls first, k.id desc"#,
        candidate as CandidateId,
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
}

/// Locks a check of `candidate`; not found is an error.
pub async fn lock(conn: &mut PgConnection, candidate: CandidateId, id: CheckId) -> AppResult<Locked> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select candidate_id as "candidate: CandidateId", track_id as "track: TrackId", kind as "kind: Kind", state as "state: State"
           from vetting_checks where id = $1 and candidate_id = $2 for update"#,
        id as CheckId,
        candidate as CandidateId,
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

/// The waiting check of a kind, if there is one.
pub async fn waiting(conn: &mut PgConnection, candidate: CandidateId, kind: Kind) -> AppResult<Option<CheckId>> {
    Ok(sqlx::query_scalar!(
        r#"select k.id as "id: CheckId" from vetting_checks k join candidates c on c.id = k.candidate_id and c.track_id = k.track_id
           where k.candidate_id = $1 and k.kind = $2 and k.state = 'waiting'"#,
        candidate as CandidateId,
        kind as Kind,
    )
    .fetch_optional(conn)
    .await?)
}

/// Inserts a waiting check; the index `vetting_checks_one_waiting` refuses a second one of the kind.
pub async fn insert(
    conn: &mut PgConnection,
    id: CheckId,
    candidate: CandidateId,
    track: TrackId,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into vetting_checks (id, candidate_id, track_id, kind, state, created_at) values ($1, $2, $3, $4, 'waiting', $5)",
        id as CheckId,
        candidate as CandidateId,
        track as TrackId,
        kind as Kind,
        now,
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

/// Gives a waiting check up.
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

/// Gives the waiting checks that somebody was to decide to somebody else; whose they are.
pub async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<CandidateId>> {
    Ok(sqlx::query_scalar!(
        r#"update vetting_checks set assessor_id = $2 where assessor_id = $1 and state = 'waiting'
           returning candidate_id as "candidate: CandidateId""#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}
