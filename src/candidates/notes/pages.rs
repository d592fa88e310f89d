//! The notes about one person or one client, and each note with its versions.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::store::{self, Held, Note, Version};
use super::{About, LONGEST, actions, may_correct};
use crate::candidates::pages::head::{Head, Part, moment};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, NoteId, OrganizationId};
use crate::web::layout::flash;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, render, see_other};

/// Characters of text on a page: a page stays light whatever is written.
const CHARACTERS: usize = 30_000;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/notes", of_candidate);
    r.post("/candidates/{id}/notes", add_to_candidate);
    r.get("/organizations/{id}/notes", of_organization);
    r.post("/organizations/{id}/notes", add_to_organization);
    r.get("/notes/{id}", note);
    r.post("/notes/{id}", correct);
    r.post("/notes/{id}/pin", pin);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Below {
    below: String,
}

impl Below {
    /// The pin and the id of the last note seen.
    fn read(&self) -> Option<(bool, NoteId)> {
        let (pin, id) = self.below.split_once('.')?;
        Some((pin == "pinned", id.parse().ok()?))
    }

    fn of(note: &Note) -> String {
        format!("{}.{}", if note.pinned { "pinned" } else { "plain" }, note.id)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoteForm {
    body: String,
}

/// The list and the form; the template `candidates/notes_part.html` draws it.
struct Panel {
    path: String,
    notes: Vec<Note>,
    is_further: bool,
    next: String,
    typed: String,
    errors: FormErrors,
}

impl Panel {
    fn moment(&self, at: &DateTime<Utc>) -> String {
        moment(*at)
    }
}

#[derive(Template)]
#[template(path = "candidates/notes.html")]
struct CandidatePage {
    layout: Layout,
    head: Head,
    it: Panel,
}

#[derive(Template)]
#[template(path = "candidates/notes_client.html")]
struct OrganizationPage {
    layout: Layout,
    organization: OrganizationId,
    name: String,
    it: Panel,
}

async fn draw(
    db: &Db,
    (frame, now): (Frame, Now),
    about: About,
    below: &Below,
    (typed, errors): (String, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let title = store::title(&mut conn, about).await?.ok_or(AppError::NotFound)?;
    let from = below.read();
    let mut notes = store::list(&mut conn, about, from, store::ROWS + 1).await?;
    let mut characters = 0;
    let shown = notes
        .iter()
        .take(store::ROWS)
        .take_while(|note| {
            let first = characters == 0;
            characters += note.body.len();
            first || characters <= CHARACTERS
        })
        .count();
    let more = notes.len() > shown;
    notes.truncate(shown);
    let path = about.path();
    let next = notes
        .last()
        .filter(|_| more)
        .map(|last| format!("{path}?below={}", Below::of(last)))
        .unwrap_or_default();
    let status = errors.status();
    let it = Panel {
        path,
        notes,
        is_further: from.is_some(),
        next,
        typed,
        errors,
    };
    match about {
        About::Candidate(id) => {
            let (_, head) = Head::load(&mut conn, id, Part::Notes, now.0).await?;
            let layout = frame.layout(Section::Candidates);
            render(status, &CandidatePage { layout, head, it })
        }
        About::Organization(organization) => render(
            status,
            &OrganizationPage {
                layout: frame.layout(Section::Organizations),
                organization,
                name: title,
                it,
            },
        ),
    }
}

async fn of_candidate(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    below: web::Query<Below>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (String::new(), FormErrors::none());
    draw(&db, (frame, now), About::Candidate(*id), &below, nothing).await
}

async fn of_organization(
    _staff: Recruiter,
    id: web::Path<OrganizationId>,
    below: web::Query<Below>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (String::new(), FormErrors::none());
    draw(&db, (frame, now), About::Organization(*id), &below, nothing).await
}

fn body(text: &str) -> Result<String, String> {
    match form::text(text, LONGEST) {
        Ok(text) if text.is_empty() => Err("Write something down.".to_owned()),
        other => other,
    }
}

async fn add(
    db: &Db,
    (frame, req): (Frame, &HttpRequest),
    (actor, now): (&Actor, Now),
    about: About,
    typed: NoteForm,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(body) = errors.take("body", body(&typed.body)) else {
        return draw(db, (frame, now), about, &Below::default(), (typed.body, errors)).await;
    };
    let mut tx = db.begin().await?;
    actions::add(&mut tx, actor, now.0, about, &body).await?;
    tx.commit().await?;
    flash(req, "Written down. Staff see it, nobody else does.");
    Ok(see_other(about.path()))
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn add_to_candidate(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(typed): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    add(&db, (frame, &req), (&actor, now), About::Candidate(*id), typed).await
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn add_to_organization(
    _staff: Recruiter,
    id: web::Path<OrganizationId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(typed): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    add(&db, (frame, &req), (&actor, now), About::Organization(*id), typed).await
}

#[derive(Template)]
#[template(path = "candidates/note.html")]
struct NotePage {
    layout: Layout,
    id: NoteId,
    title: String,
    held: Held,
    versions: Vec<Version>,
    /// What the form holds, where the viewer may correct the note.
    typed: Option<String>,
    errors: FormErrors,
}

impl NotePage {
    fn list(&self) -> String {
        self.held.about.path()
    }

    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn moment(&self, at: &DateTime<Utc>) -> String {
        moment(*at)
    }
}

async fn draw_one(
    db: &Db,
    (frame, now): (Frame, Now),
    staff: &Recruiter,
    id: NoteId,
    attempt: Option<(String, FormErrors)>,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let held = store::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    let title = store::title(&mut tx, held.about).await?.ok_or(AppError::NotFound)?;
    let versions = store::versions(&mut tx, id).await?;
    drop(tx);
    let newest = versions.first().map(|version| version.body.clone()).unwrap_or_default();
    let (typed, errors) = attempt.unwrap_or((newest, FormErrors::none()));
    let section = match held.about {
        About::Candidate(_) => Section::Candidates,
        About::Organization(_) => Section::Organizations,
    };
    let status = errors.status();
    let may = may_correct(held.author, held.made_at, staff.0.user, now.0);
    let page = NotePage {
        layout: frame.layout(section),
        id,
        title,
        held,
        versions,
        typed: may.then_some(typed),
        errors,
    };
    render(status, &page)
}

async fn note(
    staff: Recruiter,
    id: web::Path<NoteId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw_one(&db, (frame, now), &staff, *id, None).await
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn correct(
    staff: Recruiter,
    id: web::Path<NoteId>,
    db: web::ThinData<Db>,
    frame: Frame,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(typed): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(body) = errors.take("body", body(&typed.body)) else {
        return draw_one(&db, (frame, now), &staff, *id, Some((typed.body, errors))).await;
    };
    let mut tx = db.begin().await?;
    let about = actions::correct(&mut tx, &actor, now.0, *id, &body).await?;
    tx.commit().await?;
    flash(&req, "Corrected. What stood there before stays with the note.");
    Ok(see_other(about.path()))
}

async fn pin(
    _staff: Recruiter,
    id: web::Path<NoteId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    let (about, pinned) = actions::turn_pin(&mut tx, &actor, now.0, *id).await?;
    tx.commit().await?;
    let said = if pinned {
        "Pinned: it stands above the others."
    } else {
        "The pin is gone."
    };
    flash(&req, said);
    Ok(see_other(about.path()))
}
