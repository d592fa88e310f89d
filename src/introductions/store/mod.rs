//! SQL of introductions.

pub mod compare;
mod proposing;
mod shown;

pub use proposing::{NewIntroduction, Proposable, SeatRow, Sides, insert, proposable, run_is_of, seat, sides};
pub use shown::{Detail, ListRow, RequestHead, detail, of_request, request_head};

use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::PgConnection;

use super::State;
use super::policy::Scope;
use crate::error::AppResult;
use crate::ids::{AgreementId, CandidateId, IntroductionId, OrganizationId, RequestId, SeatId, UserId};
use crate::zones::Zone;

/// What an action needs of an introduction; the row is locked.
#[derive(Debug, Clone)]
pub struct Locked {
    /// Itself.
    pub id: IntroductionId,
    /// The seat.
    pub seat: SeatId,
    /// Its request.
    pub request: RequestId,
    /// The client.
    pub organization: OrganizationId,
    /// The person.
    pub candidate: CandidateId,
    /// Where it stands.
    pub state: State,
}

/// Locks an introduction inside the scope.
pub async fn lock(conn: &mut PgConnection, id: IntroductionId, scope: Scope) -> AppResult<Option<Locked>> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select id as "id: IntroductionId", seat_id as "seat: SeatId", request_id as "request: RequestId",
                  organization_id as "organization: OrganizationId", candidate_id as "candidate: CandidateId", state as "state: State"
           from introductions i
           where id = $1 and ($2::uuid is null or (organization_id = $2 and consented_at is not null and state <> 'declined'
                              and (state = 'hired' or exists (select 1 from candidates c where c.id = i.candidate_id and c.state = 'active'))))
             and ($3::uuid is null or candidate_id = $3)
           for update"#,
        id as IntroductionId,
        scope.organization,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// The candidate's own yes.
pub async fn consent(conn: &mut PgConnection, id: IntroductionId, by: UserId, at: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update introductions set state = 'consented', consented_at = $3, consented_by = $2, state_at = $3, version = version + 1 where id = $1",
        id as IntroductionId,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves it on, with a reason where one belongs.
pub async fn set_state(
    conn: &mut PgConnection,
    id: IntroductionId,
    state: State,
    reason_kind: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update introductions set state = $2, reason_kind = $3, reason = $4, state_at = $5, version = version + 1 where id = $1",
        id as IntroductionId,
        state as State,
        reason_kind,
        reason,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the time of an interview: the wall time that was agreed, its zone, and the instant derived from both.
pub async fn set_interview(
    conn: &mut PgConnection,
    id: IntroductionId,
    local: NaiveDateTime,
    zone: Zone,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update introductions set interview_local = $2, interview_zone = $3, interview_at = $4 where id = $1",
        id as IntroductionId,
        local,
        zone.name(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back offers that nobody answered yet, because the introduction ends.
pub async fn withdraw_offers(
    conn: &mut PgConnection,
    id: IntroductionId,
    reason: &str,
    at: DateTime<Utc>,
) -> AppResult<u64> {
    let withdraw = sqlx::query!(
        "update offers set state = 'withdrawn', reason = $2, answered_at = $3 where introduction_id = $1 and state = 'sent'",
        id as IntroductionId,
        reason,
        at,
    );
    Ok(withdraw.execute(conn).await?.rows_affected())
}

/// Locks a person, so that two answers of theirs come one after the other.
pub async fn lock_person(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<()> {
    sqlx::query!(
        "select 1 as one from candidates where id = $1 for update",
        candidate as CandidateId
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether the person is placed with somebody at present.
pub async fn is_placed(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from placements where candidate_id = $1 and state in ('accepted', 'scheduled', 'active')) as "placed!""#,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// The other introductions of a person that are not over, in the order in which everybody locks them.
pub async fn others_open(
    conn: &mut PgConnection,
    candidate: CandidateId,
    but: IntroductionId,
) -> AppResult<Vec<IntroductionId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: IntroductionId" from introductions
           where candidate_id = $1 and id <> $2 and state in ('proposed', 'consented', 'interview', 'chosen') order by id for update"#,
        candidate as CandidateId,
        but as IntroductionId,
    )
    .fetch_all(conn)
    .await?)
}

/// The newest terms that the client accepted.
pub async fn agreement(conn: &mut PgConnection, organization: OrganizationId) -> AppResult<Option<AgreementId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: AgreementId" from agreements where organization_id = $1 order by number desc limit 1"#,
        organization as OrganizationId,
    )
    .fetch_optional(conn)
    .await?)
}
