//! The upload of a solution, streamed to disk, and its download by staff.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{Stream, StreamExt as _, stream};

use super::show;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{AssignmentId, CandidateId};
use crate::takehome::blobs::{ArchiveKind, BlobError, Blobs, Digest, Intake, Stored, next_chunk};
use crate::takehome::{actions, store, when};
use crate::web::layout::flash;
use crate::web::{CandidateUser, FormErrors, Frame, Now, Recruiter, see_other};

/// A client that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// A script that shows progress sends this header: it wants the address, not a redirect it cannot see.
const SCRIPTED: HeaderName = HeaderName::from_static("x-upload");

/// Bytes of a download that are in memory at a time.
const CHUNK: usize = 64 * 1024;

/// The longest file name that is kept, in characters.
const NAME: usize = 120;

/// What an upload came to: stored, or a sentence for the candidate.
type Taken = Result<(String, Stored), String>;

/// POST /takehome/{id}/submissions, multipart, field `solution`.
#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub(super) async fn upload(
    own: CandidateUser,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    blobs: web::ThinData<Blobs>,
    clock: web::ThinData<crate::clock::Clock>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    mut parts: Multipart,
) -> AppResult<HttpResponse> {
    let id = *path;
    may_send(&db, id, own.candidate).await?;
    let (file_name, stored) = match take(&mut parts, &blobs, now).await {
        Ok(Ok(taken)) => taken,
        Err(trouble) => {
            drain(&mut parts).await;
            return Err(trouble);
        }
        Ok(Err(why)) => {
            drain(&mut parts).await;
            return show::candidate(&db, id, own.candidate, frame, now, FormErrors::one("solution", why)).await;
        }
    };
    // The receipt's instant is that of the last byte: an upload may take minutes.
    let received_at = clock.now();
    let held = blobs.hold(stored.digest).await.map_err(AppError::disk)?;
    if held.is_none() {
        return Err(AppError::Busy(
            "The same file was refused a moment ago. Send it once more.".into(),
        ));
    }
    let mut tx = db.begin().await?;
    let receipt = match actions::receive(&mut tx, &actor, received_at, id, own.candidate, &file_name, stored).await {
        Ok(receipt) => receipt,
        Err(refused) => {
            drop((tx, held));
            // A failure here is the sweep's business; the refusal is what the person is told.
            if let Err(error) = actions::discard(&db, &blobs, stored.digest).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a refused upload stays until the sweep"
                );
            }
            return Err(refused);
        }
    };
    tx.commit().await?;
    drop(held);
    let late = if receipt.late {
        " It is late and marked so; it counts all the same."
    } else {
        ""
    };
    flash(
        &req,
        format!("Received: {}, {}.{late}", receipt.file_name, when::size(receipt.bytes)),
    );
    let target = format!("/takehome/{id}");
    if req.headers().contains_key(SCRIPTED) {
        return Ok(HttpResponse::Created()
            .insert_header((header::LOCATION, target))
            .finish());
    }
    Ok(see_other(target))
}

/// Refuses what could not be kept anyway, before a byte of it is read.
async fn may_send(db: &Db, id: AssignmentId, own: CandidateId) -> AppResult<()> {
    let mut conn = db.conn().await?;
    let assignment = store::assignment(&mut conn, id, Some(own)).await?;
    actions::refuse_unless_open(assignment.state)?;
    actions::refuse_beyond(&mut conn, id).await
}

/// Streams the field `solution` to disk. The outer error is ours, the inner one the candidate's.
async fn take(parts: &mut Multipart, blobs: &Blobs, now: Now) -> AppResult<Taken> {
    loop {
        let field = match next(parts).await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(Err("Choose a file: a zip or a tar.gz with your solution.".to_owned())),
            Err(why) => return Ok(Err(why)),
        };
        let mut field = field.map_err(|_| AppError::Invalid("The upload could not be read.".into()))?;
        if field.name() != Some("solution") {
            while let Ok(Some(Ok(_))) = next(&mut field).await {}
            continue;
        }
        let named = field
            .content_disposition()
            .and_then(header::ContentDisposition::get_filename);
        let file_name = clean(named.unwrap_or_default());
        let intake = blobs.begin(now.0).await.map_err(|error| match error {
            BlobError::Io(error) => AppError::disk(error),
            other => AppError::internal(other),
        })?;
        return Ok(match store_field(&mut field, intake).await {
            Ok(Ok(stored)) => Ok((file_name, stored)),
            Ok(Err(BlobError::Io(error))) => return Err(AppError::disk(error)),
            Ok(Err(BlobError::Empty)) => Err("Choose a file: a zip or a tar.gz with your solution.".to_owned()),
            Ok(Err(BlobError::NotAnArchive)) => Err(format!(
                "{file_name} is neither a zip nor a tar.gz by its content. Pack the project's folder and send that."
            )),
            Ok(Err(BlobError::TooLarge { .. })) => Err(format!(
                "{file_name} is larger than 20 MB. Leave out target/ and .git/ and pack it again."
            )),
            Err(why) => Err(why),
        });
    }
}

async fn store_field(field: &mut Field, mut intake: Intake) -> Result<Result<Stored, BlobError>, String> {
    while let Some(chunk) = next(field).await? {
        let chunk = chunk.map_err(|_| "The upload did not arrive whole. Please try again.".to_owned())?;
        if let Err(error) = intake.write(&chunk).await {
            return Ok(Err(error));
        }
    }
    Ok(intake.finish().await)
}

/// The next item of a stream, unless the other side has fallen silent.
async fn next<S: Stream + Unpin>(stream: &mut S) -> Result<Option<S::Item>, String> {
    let gone = |_| "The connection fell silent before the file was whole. Please try again.".to_owned();
    tokio::time::timeout(SILENCE, stream.next()).await.map_err(gone)
}

/// Reads a refused upload to its end: a browser shows the answer only once it could send everything. The body is bounded by
/// its announced length, and a sender of endless chunks by this count.
async fn drain(parts: &mut Multipart) {
    let mut left = crate::web::security::BODY_LIMIT;
    while let Ok(Some(Ok(mut field))) = next(parts).await {
        while let Ok(Some(Ok(chunk))) = next(&mut field).await {
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}

/// A file name fit to be shown: the last part of a path, without control or direction-changing characters.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = last.chars().filter(|c| !hidden(*c)).take(NAME).collect();
    if kept.trim().is_empty() {
        "solution".to_owned()
    } else {
        kept.trim().to_owned()
    }
}

/// GET /takehome/{id}/submissions/{number}: staff only, as an attachment, never opened here or in the browser.
pub(super) async fn download(
    _staff: Recruiter,
    path: web::Path<(AssignmentId, i16)>,
    db: web::ThinData<Db>,
    blobs: web::ThinData<Blobs>,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let (id, number) = path.into_inner();
    let mut tx = db.begin().await?;
    let assignment = store::assignment(&mut tx, id, None).await?;
    let submission = store::submission(&mut tx, id, number).await?;
    let digest =
        Digest::from_bytes(&submission.sha256).ok_or_else(|| AppError::internal("a hash of another length"))?;
    let file = blobs.read(digest).await.map_err(AppError::internal)?;
    actions::downloaded(&mut tx, &actor, now.0, id, number).await?;
    tx.commit().await?;
    let kind = if submission.media == "zip" {
        ArchiveKind::Zip
    } else {
        ArchiveKind::Gzip
    };
    // Our own name for it: what the candidate called the file may hold the candidate's name.
    let name = format!("{}-{number}.{}", assignment.code_name(), kind.extension());
    let length = u64::try_from(submission.bytes).map_err(AppError::internal)?;
    let chunks = stream::try_unfold(file, |file| async move {
        let (chunk, file) = next_chunk(file, CHUNK).await?;
        Ok::<_, std::io::Error>((!chunk.is_empty()).then(|| (web::Bytes::from(chunk), file)))
    });
    Ok(HttpResponse::build(StatusCode::OK)
        .content_type(kind.media_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Archives are compressed already.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .no_chunking(length)
        .streaming(chunks))
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn file_names_are_fit_to_be_shown() {
        for (sent, shown) in [
            ("messages.zip", "messages.zip"),
            ("C:\\Users\\ana\\my work.zip", "my work.zip"),
            ("../../etc/passwd", "passwd"),
            ("a\u{202e}piz.exe\n", "apiz.exe"),
            ("", "solution"),
            ("/", "solution"),
            ("<script>.zip", "<script>.zip"),
        ] {
            assert_eq!(clean(sent), shown);
        }
        assert_eq!(clean(&"x".repeat(500)).len(), 120);
    }
}
