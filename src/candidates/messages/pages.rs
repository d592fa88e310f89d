//! /candidates/{id}/messages and /me/messages.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use sqlx::PgConnection;

use crate::candidates::pages::head::{Head, Part};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::{CandidateId, MessageId};
use crate::promises::store::{self, Message};
use crate::promises::{BODY, Occasion, SUBJECT, actions};
use crate::web::{
    Act, CandidateUser, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, page, render,
};

/// Messages of a page: with the longest of them it stays light.
const ROWS: usize = 8;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/messages", list);
    r.post("/candidates/{id}/messages", write);
    r.get("/me/messages", own);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Below {
    below: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MessageForm {
    subject: String,
    body: String,
}

/// A stretch of what was written; the template `candidates/messages_part.html` draws it.
struct Written {
    messages: Vec<Message>,
    is_further: bool,
    next: String,
}

impl Written {
    async fn load(conn: &mut PgConnection, id: CandidateId, below: &Below, path: &str) -> AppResult<Self> {
        let from: Option<MessageId> = below.below.parse().ok();
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let mut messages = store::messages(conn, id, from, limit).await?;
        let more = messages.len() > ROWS;
        messages.truncate(ROWS);
        let last = messages.last().filter(|_| more);
        Ok(Self {
            next: last.map(|last| format!("{path}?below={}", last.id)).unwrap_or_default(),
            is_further: from.is_some(),
            messages,
        })
    }
}

#[derive(Template)]
#[template(path = "candidates/messages.html")]
struct StaffPage {
    layout: Layout,
    head: Head,
    path: String,
    it: Written,
    /// By when the person was promised a word: tone and words.
    due: Option<(&'static str, String)>,
    reachable: bool,
    typed: MessageForm,
    errors: FormErrors,
}

async fn draw(
    db: &Db,
    (frame, now): (Frame, Now),
    id: CandidateId,
    below: &Below,
    (typed, errors): (MessageForm, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, id, Part::Messages, now.0).await?;
    let path = format!("/candidates/{id}/messages");
    let it = Written::load(&mut conn, id, below, &path).await?;
    let due = store::due(&mut conn, &[id]).await?.pop();
    drop(conn);
    let page = StaffPage {
        layout: frame.layout(Section::Candidates),
        head,
        path,
        it,
        due: due.map(|due| due.words(now.0)),
        reachable: person.user.is_some() || person.details.email.is_some(),
        typed,
        errors,
    };
    render(page.errors.status(), &page)
}

async fn list(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    below: web::Query<Below>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (MessageForm::default(), FormErrors::none());
    draw(&db, (frame, now), *id, &below, nothing).await
}

async fn write(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<MessageForm>,
) -> AppResult<HttpResponse> {
    let id = *id;
    let mut errors = FormErrors::none();
    let subject = errors.take("subject", form::line(&typed.subject, SUBJECT));
    let body = match form::text(&typed.body, BODY) {
        Ok(text) if text.is_empty() => Err("Write something to them.".to_owned()),
        other => other,
    };
    let body = errors.take("body", body);
    let (Some(subject), Some(body)) = (subject, body) else {
        let nowhere = Below::default();
        return draw(&act.db, (frame, act.now()), id, &nowhere, (typed, errors)).await;
    };
    let mut tx = act.begin().await?;
    // As an act on the record: whoever rejects or hires this person at the same moment comes before or after.
    crate::candidates::store::lock(&mut tx, &[id]).await?;
    actions::write(&mut tx, &act.by, act.at, id, (&subject, &body)).await?;
    let said = "Sent. They also find it at their home.";
    act.done(tx, said, format!("/candidates/{id}/messages")).await
}

#[derive(Template)]
#[template(path = "candidates/own_messages.html")]
struct OwnPage {
    layout: Layout,
    it: Written,
}

async fn own(
    me: CandidateUser,
    below: web::Query<Below>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let it = Written::load(&mut conn, me.candidate, &below, "/me/messages").await?;
    drop(conn);
    page(&OwnPage {
        layout: frame.layout(Section::Home),
        it,
    })
}

/// What the message was about, for staff.
fn occasion(message: &Message) -> &'static str {
    match message.occasion {
        Occasion::Word => "",
        Occasion::Moved => "a promised date was moved",
        Occasion::Rejection => "the no",
        Occasion::TakenBack => "the no was taken back",
    }
}

impl StaffPage {
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn occasion(&self, message: &Message) -> &'static str {
        occasion(message)
    }
}
