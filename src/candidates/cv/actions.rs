//! Keeping a CV, handing it out, removing it.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, CvFile, NewFile};
use super::{Kind, MOST};
use crate::blobs::Digest;
use crate::candidates::store as people;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CvId, UserId};

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Refuses one more than may be kept, before a byte of it is read and again when it is in.
pub async fn refuse_beyond(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<()> {
    if store::count(conn, candidate).await? < MOST {
        return Ok(());
    }
    Err(AppError::refused(
        format!("{MOST} files are kept already"),
        "Remove an older one first; that is the person's own act, on their page of the CV.",
    ))
}

/// Keeps a file whose content is on disk.
pub async fn keep(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    (name, kind): (&str, Kind),
    (digest, size): (Digest, u64),
) -> AppResult<()> {
    let user = person(by)?;
    // One upload after the other, so that they are counted.
    people::lock(tx, &[candidate]).await?;
    people::load(tx, candidate).await?.ok_or(AppError::NotFound)?;
    refuse_beyond(tx, candidate).await?;
    let file = NewFile {
        name,
        kind,
        bytes: i64::try_from(size).map_err(AppError::internal)?,
        sha256: digest.bytes(),
    };
    store::insert(tx, CvId::new(), candidate, &file, user, now).await?;
    let data = json!({ "kind": kind.ending(), "bytes": file.bytes });
    events::record(tx, by, now, "candidate.cv_added", ("candidate", candidate.0), data).await
}

/// A file of that person, to be handed out; what staff fetch is in the log.
pub async fn hand_out(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CvId,
) -> AppResult<(CvFile, i32)> {
    let (file, code) = store::file(tx, candidate, id).await?.ok_or(AppError::NotFound)?;
    events::record(
        tx,
        by,
        now,
        "candidate.cv_downloaded",
        ("candidate", candidate.0),
        json!({ "kind": file.kind.ending() }),
    )
    .await?;
    Ok((file, code))
}

/// The person removes a file; what its content was called on disk.
pub async fn remove(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CvId,
) -> AppResult<Digest> {
    let user = person(by)?;
    let sha256 = store::remove(tx, candidate, id, user, now)
        .await?
        .ok_or(AppError::NotFound)?;
    events::record(
        tx,
        by,
        now,
        "candidate.cv_removed",
        ("candidate", candidate.0),
        json!({}),
    )
    .await?;
    Digest::from_bytes(&sha256).ok_or_else(|| AppError::internal("a hash of another length"))
}
