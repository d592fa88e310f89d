//! Inviting a candidate to the challenge of their track.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::acts::{DueForm, due_of};
use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::takehome::store::{self, Filter, Invitable, Row};
use crate::takehome::{actions, when};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, render};

#[derive(Template)]
#[template(path = "takehome/invite.html")]
struct InvitePage {
    layout: Layout,
    id: CandidateId,
    who: String,
    found: Invitable,
    place: String,
    rows: Vec<Row>,
    due_date: String,
    due_time: String,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl InvitePage {
    fn open(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.state.is_open())
    }

    fn due(&self, row: &Row) -> String {
        when::local(row.due_at, row.zone.as_deref())
    }

    fn standing(&self, row: &Row) -> (&'static str, &'static str) {
        super::staff_state(row.state, false)
    }
}

fn proposed(found: &Invitable, now: Now) -> DueForm {
    let zone = when::zone_or_utc(found.zone.as_deref());
    let (day, time) = when::proposed_deadline(now.0, found.deadline_days.unwrap_or(5), zone);
    DueForm {
        due_date: day.to_string(),
        due_time: time.format("%H:%M").to_string(),
    }
}

async fn shown(
    db: &Db,
    id: CandidateId,
    frame: Frame,
    now: Now,
    typed: Option<DueForm>,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let found = store::invitable(&mut conn, id).await?;
    let filter = Filter {
        candidate: Some(id),
        eyes: Eyes::of(frame.user()),
        ..Filter::default()
    };
    let rows = store::rows(&mut conn, &filter, 50).await?;
    drop(conn);
    let due = typed.unwrap_or_else(|| proposed(&found, now));
    let status = errors.status();
    let place = when::zone_or_utc(found.zone.as_deref()).place();
    let who = found.name.clone().unwrap_or_else(|| format!("M-{}", found.code));
    let layout = frame.layout(Section::Candidates);
    let (due_date, due_time) = (due.due_date, due.due_time);
    render(
        status,
        &InvitePage {
            layout,
            id,
            who,
            found,
            place,
            rows,
            due_date,
            due_time,
            errors,
        },
    )
}

/// GET /candidates/{id}/takehome
pub(super) async fn page_of(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    shown(&db, *path, frame, now, None, FormErrors::none()).await
}

/// POST /candidates/{id}/takehome. Without a deadline the proposed one holds.
pub(super) async fn invite(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DueForm>,
) -> AppResult<HttpResponse> {
    let candidate = *path;
    let found = store::invitable(&mut *act.db.conn().await?, candidate).await?;
    let untouched = input.due_date.is_empty() && input.due_time.is_empty();
    let input = if untouched { proposed(&found, act.now()) } else { input };
    let mut errors = FormErrors::none();
    let Some(due) = due_of(&input, found.zone.as_deref(), act.at, &mut errors) else {
        return shown(&act.db, candidate, frame, act.now(), Some(input), errors).await;
    };
    let mut tx = act.begin().await?;
    let id = actions::invite(&mut tx, &act.by, act.at, candidate, due).await?;
    let said = format!("Invited; due {}.", when::local(due, found.zone.as_deref()));
    act.done(tx, said, format!("/takehome/{id}")).await
}
