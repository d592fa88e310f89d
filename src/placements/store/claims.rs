//! SQL of guarantee claims.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{GuaranteeClaimId, PlacementId, SeatId, UserId};
use crate::placements::ClaimState;

/// A new claim.
#[derive(Debug, Clone)]
pub struct NewClaim<'a> {
    /// Its id.
    pub id: GuaranteeClaimId,
    /// About which placement.
    pub placement: PlacementId,
    /// The last working day.
    pub last_working_day: NaiveDate,
    /// [`crate::placements::guarantee::Cause`] by name.
    pub cause: &'a str,
    /// In the words of whoever told it.
    pub note: &'a str,
    /// Who told it, or entered it for them.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// The checklist as it stood then.
    pub checklist: &'a Value,
}

/// Inserts a claim; the database refuses a second open one.
pub async fn insert(conn: &mut PgConnection, new: &NewClaim<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into guarantee_claims (id, placement_id, state, last_working_day, cause, note, notified_by, notified_at, checklist)
         values ($1, $2, 'notified', $3, $4, $5, $6, $7, $8)",
        new.id as GuaranteeClaimId,
        new.placement as PlacementId,
        new.last_working_day,
        new.cause,
        new.note,
        new.by as UserId,
        new.at,
        new.checklist,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The claim that a placement had ended as its replacement, and whose guarantee it belongs to; locked.
pub async fn ended_by(
    conn: &mut PgConnection,
    replacement: PlacementId,
) -> AppResult<Option<(GuaranteeClaimId, PlacementId)>> {
    let row = sqlx::query!(
        r#"select id as "id: GuaranteeClaimId", placement_id as "placement: PlacementId" from guarantee_claims
           where replaced_by = $1 and state = 'replaced' for update"#,
        replacement as PlacementId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.id, row.placement)))
}

/// Owes a replacement again: the one there was never came.
pub async fn owe_again(conn: &mut PgConnection, id: GuaranteeClaimId) -> AppResult<()> {
    sqlx::query!(
        "update guarantee_claims set state = 'replacement_search', replaced_by = null, version = version + 1 where id = $1",
        id as GuaranteeClaimId,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a claim about somebody who left this seat waits for its decision.
pub async fn undecided_on(conn: &mut PgConnection, seat: SeatId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from guarantee_claims g join placements p on p.id = g.placement_id
                          where p.seat_id = $1 and g.state in ('draft', 'notified', 'under_review', 'eligible')) as "found!""#,
        seat as SeatId,
    )
    .fetch_one(conn)
    .await?)
}

/// Keeps the decision and the checklist it was taken by.
pub async fn decide(
    conn: &mut PgConnection,
    id: GuaranteeClaimId,
    state: ClaimState,
    checklist: &Value,
    reason: &str,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update guarantee_claims set state = $2, checklist = $3, decision_reason = $4, decided_by = $5, decided_at = $6, version = version + 1
         where id = $1",
        id as GuaranteeClaimId,
        state as ClaimState,
        checklist,
        reason,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a decided claim on.
pub async fn set_state(
    conn: &mut PgConnection,
    id: GuaranteeClaimId,
    state: ClaimState,
    replaced_by: Option<PlacementId>,
) -> AppResult<()> {
    sqlx::query!(
        "update guarantee_claims set state = $2, replaced_by = coalesce($3, replaced_by), version = version + 1 where id = $1",
        id as GuaranteeClaimId,
        state as ClaimState,
        replaced_by.map(|id| id.0),
    )
    .execute(conn)
    .await?;
    Ok(())
}
