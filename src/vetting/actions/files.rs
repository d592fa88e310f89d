//! Keeping a file of a check, and handing it out.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::candidates::blind::Eyes;
use crate::candidates::cv::store::NewFile;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CheckFileId, CheckId};
use crate::vetting::store::files::{self, CheckFile};
use crate::vetting::{Kind, store};

/// Files of one check that are kept.
const MOST: i64 = 20;

/// Refuses a file before a byte of it is read, and again when it is in: of a check that keeps none, or one too many.
pub async fn refuse_beyond(conn: &mut PgConnection, candidate: CandidateId, id: CheckId) -> AppResult<Kind> {
    let check = store::lock(conn, candidate, id).await?;
    if check.kind.has_provider() {
        return Err(AppError::refused(
            "This check keeps no files",
            "Write down provider, reference, result and scope; the raw report stays with the provider.",
        ));
    }
    if files::count(conn, id).await? >= MOST {
        return Err(AppError::refused(
            format!("{MOST} files are kept already"),
            "What is kept of a check stays. Put the rest into a note.",
        ));
    }
    Ok(check.kind)
}

/// Keeps a file whose content is on disk.
pub async fn keep(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    file: &NewFile<'_>,
) -> AppResult<()> {
    let user = by.user_id().ok_or(AppError::SignInNeeded)?;
    let kind = refuse_beyond(tx, candidate, id).await?;
    files::insert(tx, (candidate, id), file, user, now).await?;
    let data = json!({ "check": id, "kind": kind, "bytes": file.bytes });
    events::record(tx, by, now, "check.file_added", ("candidate", candidate.0), data).await
}

/// A file of that check, to be handed out to these eyes; the log says so.
pub async fn hand_out(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    (candidate, id): (CandidateId, CheckId),
    file: CheckFileId,
) -> AppResult<CheckFile> {
    let eyes = Eyes::of(by.user_id());
    let found = files::files(tx, (candidate, id), eyes).await?;
    let found = found.into_iter().find(|one| one.id == file).ok_or(AppError::NotFound)?;
    let data = json!({ "check": id });
    events::record(tx, by, now, "check.file_downloaded", ("candidate", candidate.0), data).await?;
    Ok(found)
}
