//! SQL of the states of a record and what was said when they changed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::candidates::State;
use crate::error::AppResult;
use crate::ids::{CandidateId, UserId};

/// Moves a locked record to another state, and writes down who said why. The log of events has the move; the words stand only
/// here, where they can be taken away.
pub async fn set_state(
    conn: &mut PgConnection,
    id: CandidateId,
    (from, to): (State, State),
    reason: &str,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update candidates set state = $2, state_reason = $3, updated_at = $4, version = version + 1 where id = $1",
        id as CandidateId,
        to as State,
        reason,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into candidate_states (id, candidate_id, from_state, to_state, reason, by_user, at) values ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        id as CandidateId,
        from as State,
        to as State,
        reason,
        by as Option<UserId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateLine {
    /// What it became.
    pub to: State,
    /// Why, in somebody's words; may be empty.
    pub reason: String,
    /// Who said so; not known of what happened before this was written down.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest 50 changes of state of a person, newest first.
pub async fn states(conn: &mut PgConnection, id: CandidateId) -> AppResult<Vec<StateLine>> {
    Ok(sqlx::query_as!(
        StateLine,
        r#"select s.to_state as "to: State", s.reason, u.name as "by?", s.at
           from candidate_states s left join users u on u.id = s.by_user
           where s.candidate_id = $1 order by s.at desc, s.id desc limit 50"#,
        id as CandidateId,
    )
    .fetch_all(conn)
    .await?)
}
