//! SQL of the event log.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Actor;
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{EventId, UserId};

/// Hands one event to the transaction under way.
pub(super) async fn insert(
    conn: &mut PgConnection,
    id: EventId,
    by: &Actor,
    at: DateTime<Utc>,
    kind: &str,
    subject: (&str, Uuid),
    data: Value,
) -> AppResult<()> {
    sqlx::query!(
        "select record_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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

/// One event, as people look at it.
#[derive(Debug, Clone, sqlx::FromRow)]
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
    pub subject_id: Uuid,
    /// The person's name, or what kind of actor it was.
    pub actor: String,
    /// Details.
    pub data: Value,
    /// What was there before: an object of field -> value.
    pub before: Option<Value>,
    /// What is there since.
    pub after: Option<Value>,
    /// Where it came from.
    pub network: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

/// Events of these records, newest first: at most `limit`, older than `older` where it is given.
pub async fn history(
    conn: &mut PgConnection,
    subjects: &[(&str, Uuid)],
    older: Option<EventId>,
    limit: i64,
) -> AppResult<Vec<EventRow>> {
    let (kinds, ids): (Vec<String>, Vec<Uuid>) = subjects.iter().map(|(kind, id)| ((*kind).to_owned(), *id)).unzip();
    Ok(sqlx::query_as!(
        EventRow,
        r#"select e.id as "id: EventId", e.at, e.kind, e.subject_kind, e.subject_id, coalesce(u.name, e.actor_kind) as "actor!",
                  e.data, e.before, e.after, e.network, e.request_id
           from unnest($1::text[], $2::uuid[]) s(kind, id)
           cross join lateral (
               select * from events v where v.subject_kind = s.kind and v.subject_id = s.id and ($3::uuid is null or v.id < $3)
               order by v.id desc limit $4) e
           left join users u on u.id = e.actor_id
           order by e.id desc limit $4"#,
        &kinds,
        &ids,
        older as Option<EventId>,
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
    pub id: Option<Uuid>,
    /// Part of the name or address of whoever acted, or "system", "operator", "visitor", "database".
    pub actor: String,
    /// Not before this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// The address it came from, whole.
    pub network: String,
    /// The id of the request, whole.
    pub request: String,
    /// Older events than this, newest first.
    pub after: Option<EventId>,
    /// Newer events than this, oldest first.
    pub before: Option<EventId>,
}

/// People that a search by name may mean; more than these are not looked for.
const ACTORS: i64 = 100;

/// At most `limit` events, newest first (oldest first with `before`). One statement, or two where an actor is looked for.
pub async fn search(conn: &mut PgConnection, search: &Search, limit: i64) -> AppResult<Vec<EventRow>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select e.id, e.at, e.kind, e.subject_kind, e.subject_id, coalesce(u.name, e.actor_kind) as actor, e.data, e.before,
                e.after, e.network, e.request_id
         from events e left join users u on u.id = e.actor_id where true",
    );
    if !search.kind.is_empty() {
        // The operators of the index on kinds, which stays usable whatever the plan is made for.
        query.push(" and e.kind ~>=~ ").push_bind(search.kind.clone());
        query
            .push(" and e.kind ~<~ ")
            .push_bind(format!("{}\u{10ffff}", search.kind));
    }
    if !search.subject.is_empty() {
        query.push(" and e.subject_kind = ").push_bind(search.subject.clone());
    }
    if let Some(id) = search.id {
        query.push(" and e.subject_id = ").push_bind(id);
    }
    if !search.actor.is_empty() {
        let people = people(conn, &search.actor).await?;
        query.push(" and (e.actor_id = any(").push_bind(people);
        query
            .push(") or e.actor_kind = ")
            .push_bind(search.actor.to_lowercase());
        query.push(")");
    }
    if let Some(from) = search.from {
        query.push(" and e.at >= ").push_bind(from);
    }
    if let Some(until) = search.until {
        query.push(" and e.at < ").push_bind(until);
    }
    if !search.network.is_empty() {
        query.push(" and e.network = ").push_bind(search.network.clone());
    }
    if !search.request.is_empty() {
        query.push(" and e.request_id = ").push_bind(search.request.clone());
    }
    if let Some(after) = search.after {
        query.push(" and e.id < ").push_bind(after);
    }
    if let Some(before) = search.before {
        query.push(" and e.id > ").push_bind(before);
    }
    query.push(if search.before.is_some() {
        " order by e.id limit "
    } else {
        " order by e.id desc limit "
    });
    query.push_bind(limit);
    let mut tx = by_values(conn).await?;
    let rows = query.build_query_as().fetch_all(&mut *tx).await?;
    tx.commit().await?;
    Ok(rows)
}

async fn people(conn: &mut PgConnection, text: &str) -> AppResult<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: UserId" from users
           where position(lower($1) in lower(name)) > 0 or position(lower($1) in email) > 0 limit $2"#,
        text,
        ACTORS,
    )
    .fetch_all(conn)
    .await?)
}

/// What people call the records with these ids.
pub async fn names(conn: &mut PgConnection, ids: &[Uuid]) -> AppResult<BTreeMap<Uuid, String>> {
    let rows = sqlx::query!(
        r#"select id as "id!", name as "name!" from (
               select id, name from users union all select id, 'M-' || code from candidates union all select id, name from skills
               union all select id, name from tracks union all select id, name from organizations
               union all select id, 'R-' || code || ' ' || title from role_requests) named
           where id = any($1)"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// One event, whole.
pub async fn one(conn: &mut PgConnection, id: EventId) -> AppResult<Option<Whole>> {
    let row = sqlx::query!(
        r#"select e.id as "id: EventId", e.at, e.kind, e.subject_kind, e.subject_id, coalesce(u.name, e.actor_kind) as "actor!",
                  e.data, e.before, e.after, e.network, e.request_id, e.chain, encode(e.prev_hash, 'hex') as "prev_hash!",
                  encode(e.hash, 'hex') as "hash!"
           from events e left join users u on u.id = e.actor_id where e.id = $1"#,
        id as EventId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Whole {
        event: EventRow {
            id: row.id,
            at: row.at,
            kind: row.kind,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            actor: row.actor,
            data: row.data,
            before: row.before,
            after: row.after,
            network: row.network,
            request_id: row.request_id,
        },
        chain: row.chain,
        prev_hash: row.prev_hash,
        hash: row.hash,
    }))
}

/// One event with its place in the chain.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The event.
    pub event: EventRow,
    /// Its number within its subject.
    pub chain: i64,
    /// The hash of the one before, in hexadecimal digits.
    pub prev_hash: String,
    /// Its own.
    pub hash: String,
}

/// One event as it is stored, with the texts that its hash is made of.
#[derive(Debug, Clone)]
pub struct Link {
    /// Whose chain.
    pub subject: (String, Uuid),
    /// Its number within its subject.
    pub chain: i64,
    /// The hash of the one before.
    pub prev_hash: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
    /// Everything else, in the order of the hash; nothing where the column is null.
    pub parts: Vec<Option<String>>,
}

/// How far the chain of one subject has come.
#[derive(Debug, Clone)]
pub struct ChainHead {
    /// Whose chain.
    pub subject: (String, Uuid),
    /// The number of its last event.
    pub chain: i64,
    /// The hash of that.
    pub hash: Vec<u8>,
}

/// The heads after this subject, in order.
pub async fn heads(conn: &mut PgConnection, after: Option<(&str, Uuid)>, limit: i64) -> AppResult<Vec<ChainHead>> {
    let (kind, id) = after.unwrap_or(("", Uuid::nil()));
    let rows = sqlx::query!(
        "select subject_kind, subject_id, chain, hash from event_heads
         where chain > 0 and (subject_kind, subject_id) > ($1, $2) order by subject_kind, subject_id limit $3",
        kind,
        id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let heads = rows.into_iter().map(|row| ChainHead {
        subject: (row.subject_kind, row.subject_id),
        chain: row.chain,
        hash: row.hash,
    });
    Ok(heads.collect())
}

/// The events after this one, by subject and number.
pub async fn links(conn: &mut PgConnection, after: Option<(&(String, Uuid), i64)>, limit: i64) -> AppResult<Vec<Link>> {
    let (kind, id, chain) = after.map_or(("", Uuid::nil(), 0), |((kind, id), chain)| (kind.as_str(), *id, chain));
    let rows = sqlx::query!(
        r#"select subject_kind, subject_id, chain, prev_hash, hash,
                  array[id::text, (extract(epoch from at) * 1000000)::bigint::text, actor_id::text, actor_kind, kind, subject_kind,
                        subject_id::text, data::text, before::text, after::text, network, request_id] as "parts!: Vec<Option<String>>"
           from events where (subject_kind, subject_id, chain) > ($1, $2, $3)
           order by subject_kind, subject_id, chain limit $4"#,
        kind,
        id,
        chain,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let links = rows.into_iter().map(|row| Link {
        subject: (row.subject_kind, row.subject_id),
        chain: row.chain,
        prev_hash: row.prev_hash,
        hash: row.hash,
        parts: row.parts,
    });
    Ok(links.collect())
}

/// A subject with events and without a head, if there is one.
pub async fn headless(conn: &mut PgConnection) -> AppResult<Option<(String, Uuid)>> {
    let found = sqlx::query!(
        "select e.subject_kind, e.subject_id from events e
         where not exists (select from event_heads h where h.subject_kind = e.subject_kind and h.subject_id = e.subject_id) limit 1"
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|row| (row.subject_kind, row.subject_id)))
}
