//! The notes about one person or one client, and each note with its versions.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::store::{self, Held, Note, Version};
use super::{LONGEST, actions, may_correct};
use crate::candidates::about::About;
use crate::candidates::pages::head::{Head, Part, moment};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, NoteId, OrganizationId};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, render};

/// Characters of text on a page: a page stays light whatever is written.
const CHARACTERS: usize = 30_000;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/notes", list::<CandidateId>);
    r.post("/candidates/{id}/notes", add::<CandidateId>);
    r.get("/organizations/{id}/notes", list::<OrganizationId>);
    r.post("/organizations/{id}/notes", add::<OrganizationId>);
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

/// The page of the notes about somebody.
fn list_of(about: About) -> String {
    about.page("notes")
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
    let path = list_of(about);
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

/// The notes about a person or a client, told apart by the id of the path.
async fn list<Id: Copy + Into<About>>(
    _staff: Recruiter,
    id: web::Path<Id>,
    below: web::Query<Below>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (String::new(), FormErrors::none());
    draw(&db, (frame, now), (*id).into(), &below, nothing).await
}

fn body(text: &str) -> Result<String, String> {
    match form::text(text, LONGEST) {
        Ok(text) if text.is_empty() => Err("Write something down.".to_owned()),
        other => other,
    }
}

async fn add<Id: Copy + Into<About>>(
    _staff: Recruiter,
    id: web::Path<Id>,
    act: Act,
    frame: Frame,
    Form(typed): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    let about: About = (*id).into();
    let mut errors = FormErrors::none();
    let Some(body) = errors.take("body", body(&typed.body)) else {
        let nowhere = Below::default();
        return draw(&act.db, (frame, act.now()), about, &nowhere, (typed.body, errors)).await;
    };
    let mut tx = act.begin().await?;
    actions::add(&mut tx, &act.by, act.at, about, &body).await?;
    let said = "Written down. Staff see it, nobody else does.";
    act.done(tx, said, list_of(about)).await
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
        list_of(self.held.about)
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

async fn correct(
    staff: Recruiter,
    id: web::Path<NoteId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<NoteForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(body) = errors.take("body", body(&typed.body)) else {
        return draw_one(&act.db, (frame, act.now()), &staff, *id, Some((typed.body, errors))).await;
    };
    let mut tx = act.begin().await?;
    let about = actions::correct(&mut tx, &act.by, act.at, *id, &body).await?;
    let said = "Corrected. What stood there before stays with the note.";
    act.done(tx, said, list_of(about)).await
}

async fn pin(_staff: Recruiter, id: web::Path<NoteId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let (about, pinned) = actions::turn_pin(&mut tx, &act.by, act.at, *id).await?;
    let said = if pinned {
        "Pinned: it stands above the others."
    } else {
        "The pin is gone."
    };
    act.done(tx, said, list_of(about)).await
}
