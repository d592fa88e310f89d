//! Staff's shortlist and the list of a request's introductions.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{day, why};
use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, RequestId};
use crate::introductions::State;
use crate::introductions::actions::{self, Shortlist};
use crate::introductions::policy::{self, Audience, Field, Scope};
use crate::introductions::store::{self, ListRow, RequestHead};
use crate::web::form::{self, Form};
use crate::web::layout::flash_as;
use crate::web::{Act, Frame, Layout, Now, Recruiter, Routes, Section, SignedIn, page, see_other};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.post("/requests/{id}/shortlist", shortlist);
    r.get("/requests/{id}/introductions", list);
}

#[derive(Deserialize)]
struct ShortlistForm {
    #[serde(default)]
    seat: String,
    #[serde(default)]
    candidate: Vec<String>,
    #[serde(default)]
    run: String,
    #[serde(default)]
    pitch: String,
    #[serde(default)]
    ask_about: String,
}

impl ShortlistForm {
    fn read(&self, request: RequestId) -> AppResult<Shortlist> {
        let wrong = |what: &str| AppError::Invalid(format!("The {what} could not be read.").into());
        let run = match self.run.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| wrong("match run"))?),
        };
        let mut candidates: Vec<CandidateId> = Vec::new();
        for text in &self.candidate {
            let id = text.parse().map_err(|_| wrong("list of people"))?;
            if !candidates.contains(&id) {
                candidates.push(id);
            }
        }
        Ok(Shortlist {
            request,
            seat: self.seat.trim().parse().map_err(|_| wrong("seat"))?,
            run,
            candidates,
            pitch: form::text(&self.pitch, 500).map_err(|message| AppError::Invalid(message.into()))?,
            ask_about: form::text(&self.ask_about, 500).map_err(|message| AppError::Invalid(message.into()))?,
        })
    }
}

async fn shortlist(
    _staff: Recruiter,
    id: web::Path<RequestId>,
    act: Act,
    Form(input): Form<ShortlistForm>,
) -> AppResult<HttpResponse> {
    let id = id.into_inner();
    let list = input.read(id)?;
    if list.candidates.is_empty() {
        let text = "Nobody is selected. Tick at least one person, then shortlist them.";
        flash_as(&act.req, "wait", text);
        return Ok(see_other(format!("/requests/{id}/matches?seat={}", list.seat)));
    }
    let mut tx = act.begin().await?;
    let new = actions::shortlist(&mut tx, &act.by, act.at, &list).await?;
    let said = match new {
        0 => "They stood on this seat's list already.".to_owned(),
        1 => "One person was proposed; the client sees them after their yes.".to_owned(),
        n => format!("{n} people were proposed; the client sees each after their yes."),
    };
    act.done(tx, said, format!("/requests/{id}/introductions")).await
}

/// One line of the list, as its audience reads it.
struct Line {
    href: String,
    person: String,
    sub: String,
    seat: i16,
    points: String,
    kind: &'static str,
    word: &'static str,
    since: String,
    why: String,
}

impl Line {
    fn of(row: ListRow, audience: Audience, now: DateTime<Utc>) -> Self {
        let (kind, word) = row.state.words_at(audience, row.interview_at, now);
        let reasoned = match row.state {
            State::Refused => policy::may_see(audience, row.state, Field::ClientReason),
            _ => policy::may_see(audience, row.state, Field::InnerReason),
        };
        let points = row
            .points
            .filter(|_| policy::may_see(audience, row.state, Field::Workings));
        Self {
            href: format!("/introductions/{}", row.id),
            person: policy::person(audience, row.state, row.name.as_deref(), row.code),
            sub: [row.seniority, row.country]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            seat: row.seat_number,
            points: if row.is_hidden {
                "hidden until your scorecard is in".to_owned()
            } else {
                points
                    .and_then(|p| u32::try_from(p).ok())
                    .map(crate::web::marks::thousands)
                    .unwrap_or_default()
            },
            kind,
            word,
            since: day(row.state_at),
            why: if reasoned {
                why(&row.reason_kind, &row.reason)
            } else {
                String::new()
            },
        }
    }
}

#[derive(Template)]
#[template(path = "introductions/list.html")]
struct ListPage {
    layout: Layout,
    head: RequestHead,
    audience: Audience,
    lines: Vec<Line>,
}

impl ListPage {
    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }
}

async fn list(
    viewer: SignedIn,
    id: web::Path<RequestId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of_both_sides(&viewer.0)?;
    let mut conn = db.conn().await?;
    let head = store::request_head(&mut conn, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let eyes = match scope.audience {
        Audience::Staff => Eyes::of(frame.user()),
        _ => Eyes::OWN,
    };
    let rows = store::of_request(&mut conn, *id, scope, eyes).await?;
    page(&ListPage {
        layout: frame.layout(Section::Requests),
        head,
        audience: scope.audience,
        lines: rows
            .into_iter()
            .map(|row| Line::of(row, scope.audience, now.0))
            .collect(),
    })
}
