//! Small acts on an assignment: time, deadline, calling off, releasing the feedback.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

use super::{Party, show};
use crate::db::Db;
use crate::error::AppResult;
use crate::events::Actor;
use crate::ids::AssignmentId;
use crate::takehome::{actions, store, when};
use crate::web::layout::flash;
use crate::web::{CandidateUser, Form, FormErrors, Frame, Now, Recruiter, form, see_other};

fn back(id: AssignmentId) -> HttpResponse {
    see_other(format!("/takehome/{id}"))
}

#[derive(Debug, Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// POST /takehome/{id}/time
#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub(super) async fn ask_time(
    own: CandidateUser,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<ReasonForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut errors = FormErrors::none();
    let reason = form::text(&input.reason, 1_000).and_then(|text| {
        if text.is_empty() {
            Err("Say in a sentence why, and how much longer you need.".to_owned())
        } else {
            Ok(text)
        }
    });
    let Some(reason) = errors.take("reason", reason) else {
        return show::candidate(&db, id, own.candidate, frame, now, errors).await;
    };
    let mut tx = db.begin().await?;
    actions::ask_time(&mut tx, &actor, now.0, id, own.candidate, &reason).await?;
    tx.commit().await?;
    flash(
        &req,
        "Asked. The agency answers on this page; until then the deadline stays.",
    );
    Ok(back(id))
}

/// POST /takehome/{id}/time/decline
pub(super) async fn decline_time(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = db.begin().await?;
    actions::decline_time(&mut tx, &actor, now.0, id).await?;
    tx.commit().await?;
    flash(&req, "The deadline stays; the candidate sees the answer.");
    Ok(back(id))
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct DueForm {
    #[serde(default)]
    pub due_date: String,
    #[serde(default)]
    pub due_time: String,
}

/// Reads a deadline typed as a wall time of the candidate's zone.
pub(super) fn due_of(
    input: &DueForm,
    zone: Option<&str>,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> Option<DateTime<Utc>> {
    let day = errors.take(
        "due_date",
        match input.due_date.trim() {
            "" => Err("Choose a day."),
            text => form::date_near(text, now.date_naive()),
        },
    );
    let time = NaiveTime::parse_from_str(input.due_time.trim(), "%H:%M").map_err(|_| "Write a time such as 18:00.");
    let time = errors.take("due_time", time);
    let due = when::instant(day?, time?, when::zone_or_utc(zone));
    if due <= now {
        errors.add("due_date", "That is over already; choose a later deadline.");
        return None;
    }
    Some(due)
}

/// POST /takehome/{id}/deadline
#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub(super) async fn move_deadline(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<DueForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let assignment = store::assignment(&mut *db.conn().await?, id, None).await?;
    let mut errors = FormErrors::none();
    let Some(due) = due_of(&input, assignment.zone.as_deref(), now.0, &mut errors) else {
        return show::staff(&db, id, frame, now, errors, Some((input.due_date, input.due_time))).await;
    };
    let mut tx = db.begin().await?;
    actions::move_deadline(&mut tx, &actor, now.0, id, due).await?;
    tx.commit().await?;
    flash(
        &req,
        format!("The deadline is now {}.", when::local(due, assignment.zone.as_deref())),
    );
    Ok(back(id))
}

/// POST /takehome/{id}/withdraw
pub(super) async fn withdraw(
    party: Party,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
    Form(input): Form<ReasonForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    // An overlong reason is cut, not refused: nobody should be kept in by a text box.
    let reason: String = input
        .reason
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(500)
        .collect();
    let mut tx = db.begin().await?;
    actions::withdraw(&mut tx, &actor, now.0, id, party.own(), &reason).await?;
    tx.commit().await?;
    flash(&req, "The challenge was called off. What was uploaded stays on record.");
    Ok(back(id))
}

/// POST /takehome/{id}/feedback
pub(super) async fn release_feedback(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = db.begin().await?;
    store::lock(&mut tx, id, None).await?;
    actions::release_feedback(&mut tx, &actor, now.0, id).await?;
    tx.commit().await?;
    flash(&req, "The candidate can read the feedback now.");
    Ok(back(id))
}
