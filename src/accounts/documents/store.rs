//! SQL of the documents and of who accepted them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Document;
use crate::error::AppResult;
use crate::ids::UserId;

/// A published version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Which text.
    pub document: Document,
    /// Its number, from 1.
    pub version: i32,
    /// Its date.
    pub dated: NaiveDate,
    /// The text.
    pub body: String,
}

/// This version of a text, or the newest.
pub async fn version(conn: &mut PgConnection, document: Document, number: Option<i32>) -> AppResult<Option<Version>> {
    Ok(sqlx::query_as!(
        Version,
        r#"select kind as "document: Document", version, dated, body from documents
           where kind = $1 and ($2::int is null or version = $2) order by version desc limit 1"#,
        document as Document,
        number,
    )
    .fetch_optional(conn)
    .await?)
}

/// The numbers and dates of a text's versions, newest first.
pub async fn versions(conn: &mut PgConnection, document: Document) -> AppResult<Vec<(i32, NaiveDate)>> {
    let rows = sqlx::query!(
        "select version, dated from documents where kind = $1 order by version desc limit 100",
        document as Document
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.version, row.dated)).collect())
}

/// The newest version of each text that this person has not accepted.
pub async fn pending(conn: &mut PgConnection, user: UserId) -> AppResult<Vec<(Document, i32)>> {
    let rows = sqlx::query!(
        r#"select d.kind as "document: Document", max(d.version) as "version!" from documents d group by d.kind
           having not exists (select 1 from acceptances a
                              where a.user_id = $1 and a.document = d.kind and a.version = max(d.version))
           order by d.kind"#,
        user as UserId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.document, row.version)).collect())
}

/// What somebody accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Which text.
    pub document: Document,
    /// Which version.
    pub version: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// From which network.
    pub network: Option<String>,
}

/// What this person accepted, the latest first.
pub async fn accepted(conn: &mut PgConnection, user: UserId) -> AppResult<Vec<Accepted>> {
    Ok(sqlx::query_as!(
        Accepted,
        r#"select document as "document: Document", version, accepted_at as at, network from acceptances
           where user_id = $1 order by accepted_at desc, document limit 100"#,
        user as UserId,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes an acceptance of a published version; `false` when there is no such version or it was accepted before.
pub async fn accept(
    conn: &mut PgConnection,
    user: UserId,
    (document, version): (Document, i32),
    now: DateTime<Utc>,
    network: Option<&str>,
) -> AppResult<bool> {
    let done = sqlx::query!(
        "insert into acceptances (id, user_id, document, version, text_hash, accepted_at, network)
         select $1, $2, d.kind, d.version, d.text_hash, $5, $6 from documents d where d.kind = $3 and d.version = $4
         on conflict on constraint acceptances_once do nothing",
        Uuid::now_v7(),
        user as UserId,
        document as Document,
        version,
        now,
        network,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
