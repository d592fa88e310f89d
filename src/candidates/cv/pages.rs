//! The CV: the person's own page, and the same for staff. Uploads stream to disk; downloads are attachments.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::store::{self, CvFile};
use super::{HEAD, Kind, LIMIT, actions};
use crate::blobs::{self, BlobError, Blobs, Digest};
use crate::candidates::pages::head::{Head, Part};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, CvId};
use crate::web::upload::{self, Attachment, Parts, Refusal};
use crate::web::{Act, CandidateUser, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/me/cv", own);
    r.post("/me/cv", send_own);
    r.get("/me/cv/{id}", fetch_own);
    r.post("/me/cv/{id}/remove", remove);
    r.get("/candidates/{id}/cv", of_candidate);
    r.post("/candidates/{id}/cv", send_for);
    r.get("/candidates/{id}/cv/{file}", fetch);
}

/// Where a person finds the own files.
const OWN_PAGE: &str = "/me/cv";

/// Where staff find those of a person.
fn page_of(id: CandidateId) -> String {
    format!("/candidates/{id}/cv")
}

const CHOOSE: &str = "Choose a file: a PDF, ODT, DOCX or TXT of at most 5 MB.";

/// The list and the form; the template `candidates/cv_part.html` draws it.
struct Panel {
    path: String,
    files: Vec<CvFile>,
    errors: FormErrors,
    /// The person looks, who alone may remove a file.
    is_own: bool,
}

#[expect(clippy::unused_self, reason = "templates reach these through the part they have")]
impl Panel {
    fn nothing(&self) -> &'static str {
        if self.is_own {
            "Not needed to be found, and it helps us to ask the right questions. We read it and enter what it says, marked as coming from it."
        } else {
            "The person can send one on their own page, or you enter what they mailed you."
        }
    }

    fn size(&self, file: &CvFile) -> String {
        upload::size(file.bytes)
    }

    fn status(&self) -> StatusCode {
        self.errors.status()
    }
}

#[derive(Template)]
#[template(path = "candidates/own_cv.html")]
struct OwnPage {
    layout: Layout,
    it: Panel,
}

#[derive(Template)]
#[template(path = "candidates/cv.html")]
struct StaffPage {
    layout: Layout,
    head: Head,
    it: Panel,
}

async fn draw_own(db: &Db, frame: Frame, id: CandidateId, errors: FormErrors) -> AppResult<HttpResponse> {
    let files = store::files(&mut *db.conn().await?, id).await?;
    let it = Panel {
        path: OWN_PAGE.to_owned(),
        files,
        errors,
        is_own: true,
    };
    let layout = frame.layout(Section::Profile);
    render(it.status(), &OwnPage { layout, it })
}

async fn draw(db: &Db, frame: Frame, now: Now, id: CandidateId, errors: FormErrors) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (_, head) = Head::load(&mut conn, id, Part::Cv, now.0).await?;
    let it = Panel {
        path: page_of(id),
        files: store::files(&mut conn, id).await?,
        errors,
        is_own: false,
    };
    let layout = frame.layout(Section::Candidates);
    render(it.status(), &StaffPage { layout, head, it })
}

async fn own(me: CandidateUser, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    draw_own(&db, frame, me.candidate, FormErrors::none()).await
}

async fn of_candidate(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw(&db, frame, now, *id, FormErrors::none()).await
}

/// A file that is on disk under its hash, or a sentence about what is wrong with it.
pub type Taken = Result<(String, Kind, Digest, u64), String>;

/// Streams the field of that name to disk once its first bytes fit the file's name.
pub async fn take(parts: &mut Parts, named: &str, blobs: &Blobs, now: DateTime<Utc>) -> AppResult<Taken> {
    let mut field = match upload::find(parts, named).await? {
        Ok(Some(field)) => field,
        Ok(None) => return Ok(Err(CHOOSE.to_owned())),
        Err(why) => return Ok(Err(why)),
    };
    let Some(name) = upload::file_name(&field) else {
        return Ok(Err(CHOOSE.to_owned()));
    };
    let Some(kind) = Kind::of_name(&name) else {
        return Ok(Err(format!(
            "{name} has none of the endings .pdf, .odt, .docx and .txt. Save it as a PDF and send that."
        )));
    };
    let head = match upload::head(&mut field, HEAD).await {
        Ok(head) if head.bytes.is_empty() => return Ok(Err(format!("{name} is empty. {CHOOSE}"))),
        Ok(head) => head,
        Err(why) => return Ok(Err(why)),
    };
    if let Err(why) = kind.check(&name, &head.bytes[..head.bytes.len().min(HEAD)]) {
        return Ok(Err(why));
    }
    let intake = blobs.begin_file(now, LIMIT).await.map_err(|error| match error {
        BlobError::Io(error) => AppError::disk(error),
        other => AppError::internal(other),
    })?;
    Ok(match upload::store(&mut field, &head, intake).await {
        Ok(Ok(stored)) => Ok((name, kind, stored.digest, stored.size)),
        Ok(Err(BlobError::Io(error))) => return Err(AppError::disk(error)),
        Ok(Err(BlobError::TooLarge { .. })) => Err(format!(
            "{name} is larger than 5 MB. Leave out pictures, or save it as a smaller PDF, and send it again."
        )),
        Ok(Err(BlobError::Empty | BlobError::NotAnArchive)) => Err(CHOOSE.to_owned()),
        Err(why) => Err(why),
    })
}

/// Keeps what is sent for a person; the sentence for the page, or why not, for the form.
async fn send(
    act: &Act,
    (blobs, clock): (&Blobs, &Clock),
    candidate: CandidateId,
    parts: &mut Parts,
) -> AppResult<Result<String, Refusal>> {
    let refused = match keep(act, (blobs, clock), candidate, parts).await {
        Ok(Ok(said)) => return Ok(Ok(said)),
        Ok(Err(why)) => Ok(Refusal::from(why)),
        Err(error) => Refusal::of(error),
    };
    upload::drain(parts).await;
    refused.map(Err)
}

/// Keeps what is sent. The outer error may be ours, the inner one is about the file.
async fn keep(
    act: &Act,
    (blobs, clock): (&Blobs, &Clock),
    candidate: CandidateId,
    parts: &mut Parts,
) -> AppResult<Result<String, String>> {
    actions::refuse_beyond(&mut *act.db.conn().await?, candidate).await?;
    let (name, kind, digest, size) = match take(parts, "cv", blobs, act.at).await? {
        Ok(taken) => taken,
        Err(why) => return Ok(Err(why)),
    };
    // The receipt's instant is that of the last byte.
    let received_at = clock.now();
    let held = blobs.hold(digest).await.map_err(AppError::disk)?;
    if held.is_none() {
        return Err(AppError::Busy("The same file was removed a moment ago.".into()));
    }
    let mut tx = act.begin().await?;
    let file = (name.as_str(), kind);
    if let Err(refused) = actions::keep(&mut tx, &act.by, received_at, candidate, file, (digest, size)).await {
        drop((tx, held));
        blobs::tidy::discard_quietly(&act.db, blobs, digest).await;
        return Err(refused);
    }
    tx.commit().await?;
    drop(held);
    let size = upload::size(i64::try_from(size).unwrap_or(i64::MAX));
    let at = received_at.format("%-d %b %Y, %H:%M:%S UTC");
    Ok(Ok(format!("Received: {name}, {size}, {at}.")))
}

async fn send_own(
    me: CandidateUser,
    act: Act,
    blobs: web::ThinData<Blobs>,
    clock: web::ThinData<Clock>,
    frame: Frame,
    parts: Multipart,
) -> AppResult<HttpResponse> {
    match send(&act, (&blobs, &clock), me.candidate, &mut parts.into()).await? {
        Ok(said) => Ok(act.lead_on(said, OWN_PAGE)),
        Err(refused) => {
            let errors = FormErrors::one("cv", refused.why.clone());
            Ok(refused.answer(draw_own(&act.db, frame, me.candidate, errors).await?))
        }
    }
}

async fn send_for(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    act: Act,
    blobs: web::ThinData<Blobs>,
    clock: web::ThinData<Clock>,
    frame: Frame,
    parts: Multipart,
) -> AppResult<HttpResponse> {
    match send(&act, (&blobs, &clock), *id, &mut parts.into()).await? {
        Ok(said) => Ok(act.lead_on(said, page_of(*id))),
        Err(refused) => {
            let errors = FormErrors::one("cv", refused.why.clone());
            Ok(refused.answer(draw(&act.db, frame, act.now(), *id, errors).await?))
        }
    }
}

async fn hand_out(act: &Act, blobs: &Blobs, candidate: CandidateId, id: CvId) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let (file, code) = actions::hand_out(&mut tx, &act.by, act.at, candidate, id).await?;
    let digest = Digest::from_bytes(&file.sha256).ok_or_else(|| AppError::internal("a hash of another length"))?;
    let content = blobs.read(digest).await.map_err(AppError::internal)?;
    tx.commit().await?;
    // Our own name for it: what somebody called the file may hold anything.
    Ok(Attachment {
        name: format!("M-{code}-cv.{}", file.kind.ending()),
        media_type: file.kind.media_type(),
        bytes: u64::try_from(file.bytes).map_err(AppError::internal)?,
    }
    .answer(content))
}

async fn fetch_own(
    me: CandidateUser,
    id: web::Path<CvId>,
    act: Act,
    blobs: web::ThinData<Blobs>,
) -> AppResult<HttpResponse> {
    hand_out(&act, &blobs, me.candidate, *id).await
}

async fn fetch(
    _staff: Recruiter,
    path: web::Path<(CandidateId, CvId)>,
    act: Act,
    blobs: web::ThinData<Blobs>,
) -> AppResult<HttpResponse> {
    let (candidate, id) = *path;
    hand_out(&act, &blobs, candidate, id).await
}

async fn remove(
    me: CandidateUser,
    id: web::Path<CvId>,
    act: Act,
    blobs: web::ThinData<Blobs>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let digest = actions::remove(&mut tx, &act.by, act.at, me.candidate, *id).await?;
    tx.commit().await?;
    blobs::tidy::discard_quietly(&act.db, &blobs, digest).await;
    Ok(act.lead_on("Removed. Nobody can fetch that file any more.", OWN_PAGE))
}
