//! The upload of a solution, streamed to disk, and its download by staff.

use actix_multipart::Multipart;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpResponse, web};

use super::show;
use crate::blobs::{ArchiveKind, BlobError, Blobs, Digest, Stored, tidy};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{AssignmentId, CandidateId};
use crate::takehome::store::Submission;
use crate::takehome::{actions, store};
use crate::web::layout::flash;
use crate::web::upload::{self as form, Attachment, Parts, Refusal};
use crate::web::{Act, CandidateUser, FormErrors, Frame, Now, Recruiter, see_other};

/// A script that shows progress sends this header: it wants the address, not a redirect it cannot see.
const SCRIPTED: HeaderName = HeaderName::from_static("x-upload");

/// What an upload came to: stored, or a sentence for the candidate.
type Taken = Result<(String, Stored), String>;

/// POST /takehome/{id}/submissions, multipart, field `solution`.
pub(super) async fn upload(
    own: CandidateUser,
    path: web::Path<AssignmentId>,
    act: Act,
    blobs: web::ThinData<Blobs>,
    clock: web::ThinData<Clock>,
    frame: Frame,
    parts: Multipart,
) -> AppResult<HttpResponse> {
    let (id, mut parts) = (*path, Parts::from(parts));
    let refused = match receive(&act, (&blobs, &clock), (id, own.candidate), &mut parts).await {
        Ok(Ok(receipt)) => return Ok(received(&act, id, &receipt)),
        Ok(Err(why)) => Ok(Refusal::from(why)),
        Err(error) => Refusal::of(error),
    };
    form::drain(&mut parts).await;
    let refused = refused?;
    let errors = FormErrors::one("solution", refused.why.clone());
    let page = show::candidate(&act.db, id, own.candidate, frame, act.now(), errors).await?;
    Ok(refused.answer(page))
}

/// Keeps what is sent. The outer error may be ours, the inner one is the candidate's.
async fn receive(
    act: &Act,
    (blobs, clock): (&Blobs, &Clock),
    (id, own): (AssignmentId, CandidateId),
    parts: &mut Parts,
) -> AppResult<Result<Submission, String>> {
    may_send(&act.db, id, own).await?;
    let (file_name, stored) = match take(parts, blobs, act.now()).await? {
        Ok(taken) => taken,
        Err(why) => return Ok(Err(why)),
    };
    // The receipt's instant is that of the last byte: an upload may take minutes.
    let received_at = clock.now();
    let held = blobs.hold(stored.digest).await.map_err(AppError::disk)?;
    if held.is_none() {
        return Err(AppError::Busy("The same file was refused a moment ago.".into()));
    }
    let mut tx = act.begin().await?;
    let receipt = match actions::receive(&mut tx, &act.by, received_at, id, own, &file_name, stored).await {
        Ok(receipt) => receipt,
        Err(refused) => {
            drop((tx, held));
            tidy::discard_quietly(&act.db, blobs, stored.digest).await;
            return Err(refused);
        }
    };
    tx.commit().await?;
    Ok(Ok(receipt))
}

/// The answer to an upload that is stored.
fn received(act: &Act, id: AssignmentId, receipt: &Submission) -> HttpResponse {
    let late = if receipt.late {
        " It is late and marked so; it counts all the same."
    } else {
        ""
    };
    flash(
        &act.req,
        format!("Received: {}, {}.{late}", receipt.file_name, form::size(receipt.bytes)),
    );
    let target = format!("/takehome/{id}");
    if act.req.headers().contains_key(SCRIPTED) {
        return HttpResponse::Created()
            .insert_header((header::LOCATION, target))
            .finish();
    }
    see_other(target)
}

/// Refuses what could not be kept anyway, before a byte of it is read.
async fn may_send(db: &Db, id: AssignmentId, own: CandidateId) -> AppResult<()> {
    let mut conn = db.conn().await?;
    let assignment = store::assignment(&mut conn, id, Some(own)).await?;
    actions::refuse_unless_open(assignment.state)?;
    actions::refuse_beyond(&mut conn, id).await
}

/// Streams the field `solution` to disk. The outer error is ours, the inner one the candidate's.
async fn take(parts: &mut Parts, blobs: &Blobs, now: Now) -> AppResult<Taken> {
    let choose = "Choose a file: a zip or a tar.gz with your solution.";
    let mut field = match form::find(parts, "solution").await? {
        Ok(Some(field)) => field,
        Ok(None) => return Ok(Err(choose.to_owned())),
        Err(why) => return Ok(Err(why)),
    };
    let file_name = form::file_name(&field).unwrap_or_else(|| "solution".to_owned());
    let mut intake = blobs.begin(now.0).await.map_err(|error| match error {
        BlobError::Io(error) => AppError::disk(error),
        other => AppError::internal(other),
    })?;
    let stored = match form::write_all(&mut field, &form::Head::default(), &mut intake).await {
        Ok(Ok(())) => intake.finish().await,
        Ok(Err(error)) => Err(error),
        Err(why) => return Ok(Err(why)),
    };
    Ok(match stored {
        Ok(stored) => Ok((file_name, stored)),
        Err(BlobError::Io(error)) => return Err(AppError::disk(error)),
        Err(BlobError::Empty) => Err(choose.to_owned()),
        Err(BlobError::NotAnArchive) => Err(format!(
            "{file_name} is neither a zip nor a tar.gz by its content. Pack the project's folder and send that."
        )),
        Err(BlobError::TooLarge { .. }) => Err(format!(
            "{file_name} is larger than 20 MB. Leave out target/ and .git/ and pack it again."
        )),
    })
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
    Ok(Attachment {
        name: format!("{}-{number}.{}", assignment.code_name(), kind.extension()),
        media_type: kind.media_type(),
        bytes: u64::try_from(submission.bytes).map_err(AppError::internal)?,
    }
    .answer(file))
}
