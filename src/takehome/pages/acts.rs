//! Small acts on an assignment: time, deadline, calling off, releasing the feedback.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

use super::{Party, show};
use crate::error::AppResult;
use crate::ids::AssignmentId;
use crate::takehome::{actions, store, when};
use crate::web::{Act, CandidateUser, Form, FormErrors, Frame, Recruiter, form};

fn page_of(id: AssignmentId) -> String {
    format!("/takehome/{id}")
}

#[derive(Debug, Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// POST /takehome/{id}/time
pub(super) async fn ask_time(
    own: CandidateUser,
    path: web::Path<AssignmentId>,
    act: Act,
    frame: Frame,
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
        return show::candidate(&act.db, id, own.candidate, frame, act.now(), errors).await;
    };
    let mut tx = act.begin().await?;
    actions::ask_time(&mut tx, &act.by, act.at, id, own.candidate, &reason).await?;
    let said = "Asked. The agency answers on this page; until then the deadline stays.";
    act.done(tx, said, page_of(id)).await
}

/// POST /takehome/{id}/time/decline
pub(super) async fn decline_time(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    act: Act,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    actions::decline_time(&mut tx, &act.by, act.at, id).await?;
    let said = "The deadline stays; the candidate sees the answer.";
    act.done(tx, said, page_of(id)).await
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
pub(super) async fn move_deadline(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DueForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let assignment = store::assignment(&mut *act.db.conn().await?, id, None).await?;
    let mut errors = FormErrors::none();
    let Some(due) = due_of(&input, assignment.zone.as_deref(), act.at, &mut errors) else {
        return show::staff(
            &act.db,
            id,
            frame,
            act.now(),
            errors,
            Some((input.due_date, input.due_time)),
        )
        .await;
    };
    let mut tx = act.begin().await?;
    actions::move_deadline(&mut tx, &act.by, act.at, id, due).await?;
    let said = format!("The deadline is now {}.", when::local(due, assignment.zone.as_deref()));
    act.done(tx, said, page_of(id)).await
}

/// POST /takehome/{id}/withdraw
pub(super) async fn withdraw(
    party: Party,
    path: web::Path<AssignmentId>,
    act: Act,
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
    let mut tx = act.begin().await?;
    actions::withdraw(&mut tx, &act.by, act.at, id, party.own(), &reason).await?;
    let said = "The challenge was called off. What was uploaded stays on record.";
    act.done(tx, said, page_of(id)).await
}

/// POST /takehome/{id}/feedback
pub(super) async fn release_feedback(
    _staff: Recruiter,
    path: web::Path<AssignmentId>,
    act: Act,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut tx = act.begin().await?;
    store::lock(&mut tx, id, None).await?;
    actions::release_feedback(&mut tx, &act.by, act.at, id).await?;
    act.done(tx, "The candidate can read the feedback now.", page_of(id))
        .await
}
