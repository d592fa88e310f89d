//! The acts on an introduction: yes, no, interview, not this time, hire, withdraw.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, NaiveTime, Utc};

use super::detail::{DecisionForm, show};
use crate::error::{AppError, AppResult};
use crate::ids::IntroductionId;
use crate::introductions::actions::{self, InterviewTime};
use crate::introductions::policy::Scope;
use crate::introductions::{Refusal, Withdrawal, store};
use crate::web::form::{self, Form, FormErrors};
use crate::web::{Act, CandidateUser, ClientContact, Frame, Recruiter, Routes};
use crate::zones::Zone;

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.post("/introductions/{id}/consent", consent);
    r.post("/introductions/{id}/decline", decline);
    r.post("/introductions/{id}/interview", interview);
    r.post("/introductions/{id}/interview-time", interview_set);
    r.post("/introductions/{id}/refuse", refuse);
    r.post("/introductions/{id}/hire", hire);
    r.post("/introductions/{id}/withdraw", withdraw);
}

fn page_of(id: IntroductionId) -> String {
    format!("/introductions/{id}")
}

async fn consent(person: CandidateUser, id: web::Path<IntroductionId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::consent(&mut tx, &act.by, act.at, *id, Scope::of(&person.viewer)).await?;
    let said = "Thank you. The client now sees your profile, without your contact details.";
    act.done(tx, said, page_of(*id)).await
}

async fn decline(
    person: CandidateUser,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&person.viewer);
    let mut errors = FormErrors::none();
    let Some(note) = errors.take("note", form::text(&input.note, 500)) else {
        return show(&act.db, frame, *id, (scope, act.now()), input, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::decline(&mut tx, &act.by, act.at, *id, scope, &note).await?;
    let said = "Noted. The client does not see you for this role.";
    act.done(tx, said, page_of(*id)).await
}

/// The proposed time: both fields, or neither.
fn interview_time(
    input: &DecisionForm,
    zone: &str,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> Option<InterviewTime> {
    if input.on.trim().is_empty() && input.at.trim().is_empty() {
        return None;
    }
    let on = errors.take(
        "on",
        match input.on.trim() {
            "" => Err("Give the date as well, or leave both empty."),
            text => form::date_near(text, now.date_naive()),
        },
    );
    let at = errors.take(
        "at",
        NaiveTime::parse_from_str(input.at.trim(), "%H:%M").map_err(|_| "Give the time as well, or leave both empty."),
    );
    let time = InterviewTime {
        local: on?.and_time(at?),
        zone: Zone::parse(zone).ok()?,
    };
    if time.zone.instant(time.local).resolve() <= now {
        errors.add("on", "That moment has passed. Choose one in the future.");
    }
    Some(time)
}

async fn interview(
    contact: ClientContact,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&contact.viewer);
    let mut tx = act.begin().await?;
    let zone = store::detail(&mut tx, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?
        .zone;
    let mut errors = FormErrors::none();
    let time = interview_time(&input, &zone, act.at, &mut errors);
    if !errors.is_empty() {
        drop(tx);
        return show(&act.db, frame, *id, (scope, act.now()), input, errors).await;
    }
    actions::interview(&mut tx, &act.by, act.at, *id, scope, time).await?;
    let said = "Interview asked for. You now see the name; the agency arranges the rest.";
    act.done(tx, said, page_of(*id)).await
}

async fn interview_set(
    staff: Recruiter,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut tx = act.begin().await?;
    let zone = store::detail(&mut tx, *id, scope)
        .await?
        .ok_or(AppError::NotFound)?
        .zone;
    let mut errors = FormErrors::none();
    let time = interview_time(&input, &zone, act.at, &mut errors);
    if time.is_none() && errors.is_empty() {
        errors.add("on", "Give the day and the time that both sides agreed on.");
    }
    let (Some(time), true) = (time, errors.is_empty()) else {
        drop(tx);
        return show(&act.db, frame, *id, (scope, act.now()), input, errors).await;
    };
    actions::set_interview_time(&mut tx, &act.by, act.at, *id, scope, time).await?;
    let said = "The time is set; both sides see it in their own zone.";
    act.done(tx, said, page_of(*id)).await
}

async fn refuse(
    contact: ClientContact,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&contact.viewer);
    let mut errors = FormErrors::none();
    let reason = errors.take(
        "reason",
        Refusal::parse(&input.reason).ok_or("Choose a reason: it makes the next proposal better."),
    );
    let note = errors.take("note", form::text(&input.note, 500));
    let (Some(reason), Some(note)) = (reason, note) else {
        return show(&act.db, frame, *id, (scope, act.now()), input, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::refuse(&mut tx, &act.by, act.at, *id, scope, (reason, &note)).await?;
    let said = "Noted. The agency takes your reason into the next proposal.";
    act.done(tx, said, page_of(*id)).await
}

async fn hire(contact: ClientContact, id: web::Path<IntroductionId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::choose(&mut tx, &act.by, act.at, *id, Scope::of(&contact.viewer)).await?;
    let said = "Chosen. The agency now makes the offer; the seat is filled when it is accepted.";
    act.done(tx, said, page_of(*id)).await
}

async fn withdraw(
    staff: Recruiter,
    id: web::Path<IntroductionId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut errors = FormErrors::none();
    let reason = errors.take("reason", Withdrawal::parse(&input.reason).ok_or("Choose a reason."));
    let note = errors.take("note", form::text(&input.note, 500));
    let (Some(reason), Some(note)) = (reason, note) else {
        return show(&act.db, frame, *id, (scope, act.now()), input, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::withdraw(&mut tx, &act.by, act.at, *id, scope, (reason, &note)).await?;
    act.done(tx, "The introduction was withdrawn.", page_of(*id)).await
}
