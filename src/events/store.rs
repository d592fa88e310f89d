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

/// Which events to find; empty texts do not narrow.
#[derive(Debug, Default)]
pub struct Search {
    /// Start of the kind: "assignment" or "assignment.graded".
    pub kind: String,
    /// Kind of the subject: "user".
    pub subject: String,
    /// One subject.
    pub id: Option<uuid::Uuid>,
    /// Part of the name or address of whoever acted, or "system", "operator", "visitor".
    pub actor: String,
    /// Older events than this, newest first.
    pub after: Option<EventId>,
    /// Newer events than this, oldest first.
    pub before: Option<EventId>,
}

/// One event of the log.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// The cursor.
    pub id: EventId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// "`role_request.opened`".
    pub kind: String,
    /// Kind of the subject.
    pub subject_kind: String,
    /// The subject.
    pub subject_id: uuid::Uuid,
    /// The person's name, or what kind of actor it was.
    pub actor: String,
    /// Details.
    pub data: serde_json::Value,
    /// Where it came from.
    pub network: Option<String>,
}

/// At most `limit` events, newest first (oldest first with `before`).
pub async fn search(conn: &mut PgConnection, search: &Search, limit: i64) -> AppResult<Vec<EventRow>> {
    Ok(sqlx::query_as!(
        EventRow,
        r#"select e.id as "id: EventId", e.at, e.kind, e.subject_kind, e.subject_id,
                  coalesce(u.name, e.actor_kind) as "actor!", e.data, e.network
           from events e left join users u on u.id = e.actor_id
           where starts_with(e.kind, $1) and ($2 = '' or e.subject_kind = $2) and ($3::uuid is null or e.subject_id = $3)
             and ($4 = '' or e.actor_kind = lower($4) or position(lower($4) in lower(u.name)) > 0
                  or position(lower($4) in u.email) > 0)
             and ($5::uuid is null or e.id < $5) and ($6::uuid is null or e.id > $6)
           order by case when $6::uuid is null then e.id end desc, case when $6::uuid is not null then e.id end
           limit $7"#,
        search.kind,
        search.subject,
        search.id,
        search.actor,
        search.after as Option<EventId>,
        search.before as Option<EventId>,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
