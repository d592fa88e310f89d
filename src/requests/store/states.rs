//! SQL of where a request stands, and how it came there.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{RequestId, UserId};
use crate::requests::State;

/// One change of state.
#[derive(Debug, Clone)]
pub struct StateLine {
    /// Into which.
    pub to_state: State,
    /// Why.
    pub reason: String,
    /// Who; nothing: the system.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Moves a locked request and counts its version up. Somebody who left while it was over does not answer for it again.
pub async fn set_state(
    conn: &mut PgConnection,
    id: RequestId,
    to: State,
    reason: &str,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set state = $2, state_reason = $3, state_at = $4, version = version + 1,
             recruiter_id = (select u.id from users u where u.id = recruiter_id and u.deactivated_at is null
                             and u.role in ('admin', 'recruiter'))
         where id = $1",
        id as RequestId,
        to as State,
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a line of the history of states. `from` is nothing at birth.
pub async fn insert_state_line(
    conn: &mut PgConnection,
    id: RequestId,
    (from, to): (Option<State>, State),
    reason: &str,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into role_request_states (id, request_id, from_state, to_state, reason, by_user, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        uuid::Uuid::now_v7(),
        id as RequestId,
        from.map_or("", State::code),
        to as State,
        reason,
        by as Option<UserId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the request came to stand where it stands, newest first.
pub async fn history(conn: &mut PgConnection, id: RequestId) -> AppResult<Vec<StateLine>> {
    Ok(sqlx::query_as!(
        StateLine,
        r#"select s.to_state as "to_state: State", s.reason, u.name as "by?", s.at
           from role_request_states s left join users u on u.id = s.by_user
           where s.request_id = $1 order by s.id desc limit 100"#,
        id as RequestId,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether a request on hold rests because somebody left, and nobody put it there.
pub async fn rests_since_a_departure(conn: &mut PgConnection, id: RequestId) -> AppResult<bool> {
    let last = sqlx::query_scalar!(
        "select from_state from role_request_states where request_id = $1 order by id desc limit 1",
        id as RequestId
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.and_then(|from| State::parse(&from)) == Some(State::Filled))
}
