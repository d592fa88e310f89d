//! SQL of the forms that strangers left half filled in. Whether one is over is asked of its own instant, so a stopped sweep
//! shows nobody a form that should be gone.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;

/// A form that was kept.
#[derive(Debug, Clone)]
pub struct KeptRow {
    /// The fields as they were typed, without a password.
    pub form: Value,
    /// Since when it stands so.
    pub updated_at: DateTime<Utc>,
    /// Until when it is found.
    pub expires_at: DateTime<Utc>,
}

/// The form of this token, unless its time is over.
pub async fn find(conn: &mut PgConnection, token_hash: &[u8], now: DateTime<Utc>) -> AppResult<Option<KeptRow>> {
    Ok(sqlx::query_as!(
        KeptRow,
        "select form, updated_at, expires_at from start_drafts where token_hash = $1 and expires_at > $2",
        token_hash,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Writes over the form of this token; `false` when there is none any more.
pub async fn overwrite(
    conn: &mut PgConnection,
    token_hash: &[u8],
    form: &Value,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update start_drafts set form = $2, updated_at = $3, expires_at = $4 where token_hash = $1 and expires_at > $3",
        token_hash,
        form,
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a form under a new token.
pub async fn insert(
    conn: &mut PgConnection,
    token_hash: &[u8],
    form: &Value,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into start_drafts (id, token_hash, form, created_at, updated_at, expires_at) values ($1, $2, $3, $4, $4, $5)",
        Uuid::new_v4(),
        token_hash,
        form,
        now,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the form of this token, if there is one.
pub async fn forget(conn: &mut PgConnection, token_hash: &[u8]) -> AppResult<()> {
    sqlx::query!("delete from start_drafts where token_hash = $1", token_hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the forms whose time is over; how many.
pub async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<u64> {
    Ok(sqlx::query!("delete from start_drafts where expires_at <= $1", now)
        .execute(conn)
        .await?
        .rows_affected())
}
