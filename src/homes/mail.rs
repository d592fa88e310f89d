//! /outbox: the letters to oneself (in a demo, staff see everybody's, with links that work). /admin/mail: how delivery
//! stands, what was given up, each try and what the other side said; letters themselves are not opened there.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::accounts::Viewer;
use crate::accounts::links::letters::occasion;
use crate::config::Purpose;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events;
use crate::ids::MailId;
use crate::mail::delivery::Delivery;
use crate::mail::render::{self, Links, Part};
use crate::mail::store::{self, Attempt, MailRow, Scope, Search, Standing, Stored};
use crate::mail::{Outcome, State, masked};
use crate::web::history::{HistoryQuery, Lines};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Act, Admin, Frame, Layout, Now, Routes, Section, SignedIn, page};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/outbox", outbox);
    r.get("/outbox/{id}", letter);
    r.get("/admin/mail", admin);
    r.get("/admin/mail/{id}", log);
    r.post("/admin/mail/resend", resend_all);
    r.post("/admin/mail/{id}/resend", resend);
}

/// Rows of a page.
const ROWS: usize = 40;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 41;

/// The dot and the word of a state.
fn word(state: State) -> (&'static str, &'static str) {
    match state {
        State::Queued => ("wait", "Waits to be sent"),
        State::Sending => ("wait", "On its way"),
        State::Sent => ("ok", "Sent"),
        State::Dead => ("bad", "Given up"),
    }
}

/// The dot and the words of how a try ended.
fn outcome(attempt: &Attempt) -> (&'static str, &'static str) {
    match attempt.outcome {
        Outcome::Sent => ("ok", "Taken"),
        Outcome::Later => ("wait", "Not now"),
        Outcome::Unreachable => ("wait", "No answer"),
        Outcome::Refused => ("bad", "Refused"),
        Outcome::Lost => ("wait", "Broken off"),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// Whose letters `viewer` sees: with invented people everybody's, otherwise one's own.
fn scope(viewer: &Viewer, purpose: Purpose) -> Scope {
    match purpose {
        Purpose::Demo if viewer.role.is_staff() => Scope::All,
        Purpose::Demo | Purpose::Serve => Scope::Own(viewer.user),
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

/// A page of letters with the addresses of its neighbours.
struct Listed {
    rows: Vec<MailRow>,
    previous: String,
    next: String,
}

async fn listed(db: &Db, scope: Scope, state: Option<State>, path: &str, query: &ListQuery) -> AppResult<Listed> {
    let cursor = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let after: Option<MailId> = cursor(&query.after);
    let search = Search {
        state,
        before: if after.is_none() { cursor(&query.before) } else { None },
        after,
    };
    let rows = store::list(&mut *db.conn().await?, scope, &search, FETCH).await?;
    let paging = PageQuery {
        after: query.after.clone(),
        before: query.before.clone(),
    };
    let paged = Paged::from_fetched(rows, ROWS, &paging, |row| row.id.to_string());
    let narrowed = if query.state.is_empty() {
        String::new()
    } else {
        format!("state={}&", query.state)
    };
    let narrowed = if state.is_some() { narrowed } else { String::new() };
    let href = |side: &str, cursor: Option<String>| {
        cursor
            .map(|at| format!("{path}?{narrowed}{side}={at}"))
            .unwrap_or_default()
    };
    Ok(Listed {
        previous: href("before", paged.previous),
        next: href("after", paged.next),
        rows: paged.rows,
    })
}

#[derive(Template)]
#[template(path = "mail/outbox.html")]
struct OutboxPage {
    layout: Layout,
    all: bool,
    list: Listed,
}

impl OutboxPage {
    fn word(&self, row: &MailRow) -> (&'static str, &'static str) {
        word(row.state)
    }
}

async fn outbox(
    viewer: SignedIn,
    db: web::ThinData<Db>,
    purpose: web::ThinData<Purpose>,
    query: web::Query<ListQuery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let scope = scope(&viewer.0, purpose.0);
    let list = listed(&db, scope, None, "/outbox", &query).await?;
    page(&OutboxPage {
        layout: frame.layout(Section::Other),
        all: matches!(scope, Scope::All),
        list,
    })
}

#[derive(Template)]
#[template(path = "mail/letter_page.html")]
struct LetterPage {
    layout: Layout,
    mail: Stored,
    parts: Vec<Part>,
    /// When it was tried. What the other side said is for admins.
    attempts: Vec<Attempt>,
}

impl LetterPage {
    fn word(&self) -> (&'static str, &'static str) {
        word(self.mail.state)
    }

    fn outcome(&self, attempt: &Attempt) -> (&'static str, &'static str) {
        outcome(attempt)
    }
}

async fn letter(
    viewer: SignedIn,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    purpose: web::ThinData<Purpose>,
    delivery: web::ThinData<Delivery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let id: MailId = path.parse().map_err(|_| AppError::NotFound)?;
    let mut conn = db.conn().await?;
    let mail = store::one(&mut conn, scope(&viewer.0, purpose.0), id).await?;
    let attempts = store::attempts(&mut conn, id).await?;
    drop(conn);
    // A page of the site shows no working link outside a demo: whoever sits at somebody's open session could otherwise
    // take the account over with it.
    let links = match purpose.0 {
        Purpose::Demo => Links::Working(&delivery.tokens),
        Purpose::Serve => Links::Hidden,
    };
    let parts = render::parts(
        &mail.blocks,
        mail.link_path.as_deref().zip(mail.link_id),
        &delivery.site,
        links,
    )?;
    page(&LetterPage {
        layout: frame.layout(Section::Other),
        mail,
        parts,
        attempts,
    })
}

#[derive(Template)]
#[template(path = "mail/admin.html")]
struct AdminPage {
    layout: Layout,
    standing: Standing,
    carries: bool,
    /// Until when the server is left alone.
    paused: Option<DateTime<Utc>>,
    state: String,
    list: Listed,
}

impl AdminPage {
    fn word(&self, row: &MailRow) -> (&'static str, &'static str) {
        word(row.state)
    }

    fn at(&self, at: &DateTime<Utc>) -> String {
        instant(*at)
    }

    fn to(&self, row: &MailRow) -> String {
        masked(&row.recipient)
    }

    fn occasion<'a>(&self, row: &'a MailRow) -> &'a str {
        occasion(&row.occasion)
    }

    fn tabs(&self) -> [(&'static str, &'static str, &'static str); 4] {
        [
            ("", "/admin/mail", "All"),
            ("queued", "/admin/mail?state=queued", "Waiting"),
            ("dead", "/admin/mail?state=dead", "Given up"),
            ("sent", "/admin/mail?state=sent", "Sent"),
        ]
    }
}

async fn admin(
    _admin: Admin,
    db: web::ThinData<Db>,
    delivery: web::ThinData<Delivery>,
    query: web::Query<ListQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let state = match query.state.as_str() {
        "queued" => Some(State::Queued),
        "dead" => Some(State::Dead),
        "sent" => Some(State::Sent),
        _ => None,
    };
    let list = listed(&db, Scope::All, state, "/admin/mail", &query).await?;
    let standing = store::standing(&mut *db.conn().await?).await?;
    page(&AdminPage {
        layout: frame.layout(Section::Admin),
        standing,
        carries: delivery.carrier.carries(),
        paused: delivery.breaker.closed_until(now.0),
        state: if state.is_some() {
            query.into_inner().state
        } else {
            String::new()
        },
        list,
    })
}

#[derive(Template)]
#[template(path = "mail/log.html")]
struct LogPage {
    layout: Layout,
    mail: Stored,
    attempts: Vec<Attempt>,
    /// What people did with it.
    lines: Lines,
    path: String,
}

impl LogPage {
    fn word(&self) -> (&'static str, &'static str) {
        word(self.mail.state)
    }

    fn to(&self) -> String {
        masked(&self.mail.recipient)
    }

    fn occasion(&self) -> &str {
        occasion(&self.mail.occasion)
    }

    fn at(&self, at: &DateTime<Utc>) -> String {
        instant(*at)
    }

    fn is(&self, state: &str) -> bool {
        matches!(
            (state, self.mail.state),
            ("dead", State::Dead) | ("queued", State::Queued)
        )
    }

    fn outcome(&self, attempt: &Attempt) -> (&'static str, &'static str) {
        outcome(attempt)
    }
}

async fn log(
    _admin: Admin,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    query: web::Query<HistoryQuery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let id: MailId = path.parse().map_err(|_| AppError::NotFound)?;
    let mut conn = db.conn().await?;
    let mail = store::one(&mut conn, Scope::All, id).await?;
    let attempts = store::attempts(&mut conn, id).await?;
    let lines = Lines::load(&mut conn, &[("mail", id.0)], &query, Zone::utc()).await?;
    drop(conn);
    page(&LogPage {
        layout: frame.layout(Section::Admin),
        mail,
        attempts,
        lines,
        path: format!("/admin/mail/{id}"),
    })
}

async fn resend(_admin: Admin, path: web::Path<String>, act: Act) -> AppResult<HttpResponse> {
    let id: MailId = path.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = act.begin().await?;
    store::one(&mut tx, Scope::All, id).await?;
    let queued = store::requeue(&mut tx, Some(id), act.at).await?;
    if queued.is_empty() {
        return Err(AppError::overtaken());
    }
    told(&mut tx, &act, &queued).await?;
    let said = "The letter is tried again now.";
    act.done(tx, said, format!("/admin/mail/{id}")).await
}

async fn resend_all(_admin: Admin, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let queued = store::requeue(&mut tx, None, act.at).await?;
    told(&mut tx, &act, &queued).await?;
    let letters = queued.len();
    let said = format!(
        "{letters} {} tried again now.",
        if letters == 1 { "letter is" } else { "letters are" }
    );
    act.done(tx, said, "/admin/mail").await
}

/// Each letter's own history says who sent it once more.
async fn told(tx: &mut sqlx::PgConnection, act: &Act, queued: &[MailId]) -> AppResult<()> {
    for id in queued {
        let subject = ("mail", id.0);
        events::record(tx, &act.by, act.at, "mail.requeued", subject, serde_json::json!({})).await?;
    }
    Ok(())
}
