//! SQL of the event log.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Actor;
use crate::error::AppResult;
use crate::ids::EventId;

/// Inserts one event.
pub(super) async fn insert(
    conn: &mut PgConnection,
    id: EventId,
    by: &Actor,
    at: DateTime<Utc>,
    kind: &str,
    subject: (&str, uuid::Uuid),
    data: serde_json::Value,
) -> AppResult<()> {
    sqlx::query!(
        "insert into events (id, at, actor_id, actor_kind, kind, subject_kind, subject_id, data, network, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id as EventId,
        at,
        by.user_id().map(|id| id.0),
        by.kind(),
        kind,
        subject.0,
        subject.1,
        data,
        by.network,
        by.request_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One line of a record's history.
#[derive(Debug, Clone)]
pub struct HistoryLine {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// "`role_request.opened`".
    pub kind: String,
    /// The person's name, or what kind of actor it was.
    pub actor: String,
    /// Details.
    pub data: serde_json::Value,
}

/// The newest `limit` events of one record, newest first.
pub async fn history(conn: &mut PgConnection, subject: (&str, uuid::Uuid), limit: i64) -> AppResult<Vec<HistoryLine>> {
    Ok(sqlx::query_as!(
        HistoryLine,
        r#"select e.at, e.kind, coalesce(u.name, e.actor_kind) as "actor!", e.data
           from events e left join users u on u.id = e.actor_id
           where e.subject_kind = $1 and e.subject_id = $2
           order by e.id desc limit $3"#,
        subject.0,
        subject.1,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
