//! Files of a check: streamed to disk as CVs are, handed out as attachments, read by nothing here.

use actix_multipart::Multipart;
use actix_web::{HttpResponse, web};

use super::check::{Sent, show};
use super::judgement::CheckForm;
use crate::blobs::{self, Blobs, Digest};
use crate::candidates::cv::pages::take;
use crate::candidates::cv::store::NewFile;
use crate::clock::Clock;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, CheckFileId, CheckId};
use crate::vetting::actions::files as actions;
use crate::vetting::today;
use crate::web::upload::{self, Attachment, Parts, Refusal};
use crate::web::{Act, FormErrors, Frame, Recruiter};

pub(super) async fn send(
    _staff: Recruiter,
    path: web::Path<(CandidateId, CheckId)>,
    act: Act,
    (blobs, clock): (web::ThinData<Blobs>, web::ThinData<Clock>),
    frame: Frame,
    parts: Multipart,
) -> AppResult<HttpResponse> {
    let mut parts = parts.into();
    let refused = match keep(&act, (&blobs, &clock), *path, &mut parts).await {
        Ok(Ok(said)) => return Ok(act.lead_on(said, format!("/candidates/{}/checks/{}", path.0, path.1))),
        Ok(Err(why)) => Ok(Refusal::from(why)),
        Err(error) => Refusal::of(error),
    };
    upload::drain(&mut parts).await;
    let refused = refused?;
    let errors = FormErrors::one("file", refused.why.clone());
    let sent = Sent {
        decision: CheckForm::of_today(today(act.at)),
        ..Sent::default()
    };
    Ok(refused.answer(show(&act.db, frame, act.now(), *path, sent, errors).await?))
}

/// Keeps what is sent. The outer error may be ours, the inner one is about the file.
async fn keep(
    act: &Act,
    (blobs, clock): (&Blobs, &Clock),
    (candidate, check): (CandidateId, CheckId),
    parts: &mut Parts,
) -> AppResult<Result<String, String>> {
    actions::refuse_beyond(&mut *act.db.conn().await?, candidate, check).await?;
    let (name, kind, digest, size) = match take(parts, "file", blobs, act.at).await? {
        Ok(taken) => taken,
        Err(why) => return Ok(Err(why)),
    };
    let received_at = clock.now();
    let held = blobs.hold(digest).await.map_err(AppError::disk)?;
    if held.is_none() {
        return Err(AppError::Busy("The same file was removed a moment ago.".into()));
    }
    let file = NewFile {
        name: &name,
        kind,
        bytes: i64::try_from(size).map_err(AppError::internal)?,
        sha256: digest.bytes(),
    };
    let mut tx = act.begin().await?;
    if let Err(refused) = actions::keep(&mut tx, &act.by, received_at, candidate, check, &file).await {
        drop((tx, held));
        blobs::tidy::discard_quietly(&act.db, blobs, digest).await;
        return Err(refused);
    }
    tx.commit().await?;
    drop(held);
    Ok(Ok(format!("Received: {name}, {}.", upload::size(file.bytes))))
}

pub(super) async fn fetch(
    _staff: Recruiter,
    path: web::Path<(CandidateId, CheckId, CheckFileId)>,
    act: Act,
    blobs: web::ThinData<Blobs>,
) -> AppResult<HttpResponse> {
    let (candidate, check, id) = *path;
    let mut tx = act.begin().await?;
    let file = actions::hand_out(&mut tx, &act.by, act.at, (candidate, check), id).await?;
    let digest = Digest::from_bytes(&file.sha256).ok_or_else(|| AppError::internal("a hash of another length"))?;
    let content = blobs.read(digest).await.map_err(AppError::internal)?;
    tx.commit().await?;
    // Our own name for it: what somebody called the file may hold anything.
    Ok(Attachment {
        name: format!("check-file.{}", file.kind.ending()),
        media_type: file.kind.media_type(),
        bytes: u64::try_from(file.bytes).map_err(AppError::internal)?,
    }
    .answer(content))
}
