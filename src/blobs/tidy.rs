//! What no row of the database refers to leaves the disk. The view `blob_references` knows every row that does.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Blobs, Digest};
use crate::db::Db;
use crate::error::{AppError, AppResult};

/// How old a blob or a half upload must be before the sweep takes it, hours: far longer than any request lives.
const SWEEP_AGE_HOURS: i64 = 24;

/// Takes a refused or removed upload off the disk, unless something else has the same content.
pub async fn discard(db: &Db, blobs: &Blobs, digest: Digest) -> AppResult<()> {
    let alone = blobs.alone().await.map_err(AppError::internal)?;
    let referenced = sqlx::query_scalar!(
        r#"select exists (select 1 from blob_references where sha256 = $1) as "found!""#,
        digest.bytes(),
    )
    .fetch_one(&mut *db.conn().await?)
    .await?;
    if !referenced {
        alone.remove(digest).await.map_err(AppError::internal)?;
    }
    Ok(())
}

/// The same where the person is told of something else: what stays is the sweep's business.
pub async fn discard_quietly(db: &Db, blobs: &Blobs, digest: Digest) {
    if let Err(error) = discard(db, blobs, digest).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "an upload that nothing refers to stays until the sweep"
        );
    }
}

/// Takes away uploads that nothing refers to; how many.
pub async fn sweep(db: &Db, blobs: &Blobs, now: DateTime<Utc>) -> AppResult<usize> {
    let referenced = sqlx::query_scalar!(r#"select distinct sha256 as "sha256!" from blob_references"#)
        .fetch_all(&mut *db.conn().await?)
        .await?;
    let kept: HashSet<Digest> = referenced
        .iter()
        .filter_map(|bytes| Digest::from_bytes(bytes))
        .collect();
    let age = TimeDelta::hours(SWEEP_AGE_HOURS);
    let swept = blobs
        .sweep(now, age, move |digest| kept.contains(&digest))
        .await
        .map_err(AppError::internal)?;
    Ok(swept.len())
}
