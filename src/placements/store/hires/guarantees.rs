//! SQL of guarantees: where each stands, and what becomes due.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::PlacementId;

/// The dates of a guarantee as the sweep needs them.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The last covered date.
    pub last_covered: NaiveDate,
    /// The first covered instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant that is not.
    pub ends_at: DateTime<Utc>,
    /// The first instant at which notice is late.
    pub notice_before: DateTime<Utc>,
}

/// Inserts the guarantee of a placement: pending with its dates, or waived when the promise does not reach it.
pub async fn insert_guarantee(
    conn: &mut PgConnection,
    placement: PlacementId,
    span: &Value,
    starts_at: DateTime<Utc>,
    dates: Option<Dates>,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into guarantees (placement_id, state, span, last_covered, starts_at, ends_at, notice_before, state_at)
         values ($1, case when $4::timestamptz is null then 'waived' else 'pending' end, $2, $3, $6, $4, $5, $7)",
        placement as PlacementId,
        span,
        dates.map(|dates| dates.last_covered),
        dates.map(|dates| dates.ends_at),
        dates.map(|dates| dates.notice_before),
        starts_at,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the guarantee of a placement.
pub async fn set_guarantee(conn: &mut PgConnection, id: PlacementId, state: &str, at: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update guarantees set state = $2, state_at = $3 where placement_id = $1",
        id as PlacementId,
        state,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where the guarantee of a placement stands, as stored.
pub async fn guarantee_of(conn: &mut PgConnection, id: PlacementId) -> AppResult<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select state from guarantees where placement_id = $1",
        id as PlacementId
    )
    .fetch_optional(conn)
    .await?)
}

/// What a sweep moved.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Which placement.
    pub placement: PlacementId,
    /// "placement.started" and so on.
    pub what: String,
}

/// Everything due at `now`: starts, guarantees that begin, guarantees that end. One placement, or all.
pub async fn settle(conn: &mut PgConnection, now: DateTime<Utc>, only: Option<PlacementId>) -> AppResult<Vec<Moved>> {
    let mut moved = sqlx::query_as!(
        Moved,
        r#"update placements p set state = 'active', version = p.version + 1 from guarantees g
           where g.placement_id = p.id and p.state = 'scheduled' and g.starts_at <= $1 and ($2::uuid is null or p.id = $2)
           returning p.id as "placement: PlacementId", 'started' as "what!""#,
        now,
        only.map(|id| id.0),
    )
    .fetch_all(&mut *conn)
    .await?;
    for (from, to) in [("pending", "running"), ("running", "satisfied")] {
        let next = sqlx::query_as!(
            Moved,
            r#"update guarantees g set state = $4, state_at = $1 from placements p
               where p.id = g.placement_id and g.state = $3 and p.state in ('active', 'ended')
                 and case $4 when 'running' then g.starts_at else g.ends_at end <= $1 and ($2::uuid is null or p.id = $2)
               returning g.placement_id as "placement: PlacementId", g.state as "what!""#,
            now,
            only.map(|id| id.0),
            from,
            to,
        )
        .fetch_all(&mut *conn)
        .await?;
        moved.extend(next);
    }
    Ok(moved)
}
