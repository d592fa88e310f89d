//! The acts on one check.

use actix_web::{HttpResponse, web};
use chrono::NaiveTime;
use serde::Deserialize;

use super::check::{Sent, show};
use super::judgement::CheckForm;
use crate::candidates;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, CheckId};
use crate::vetting::{Report, State, actions, today};
use crate::web::{Act, Form, FormErrors, Frame, Recruiter, form};
use crate::zones::Zone;

type Path = web::Path<(CandidateId, CheckId)>;

fn page_of((id, check): (CandidateId, CheckId)) -> String {
    format!("/candidates/{id}/checks/{check}")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ScheduleForm {
    on: String,
    at: String,
}

pub(super) async fn schedule(
    _staff: Recruiter,
    path: Path,
    act: Act,
    frame: Frame,
    Form(typed): Form<ScheduleForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let person = candidates::store::load(&mut tx, path.0)
        .await?
        .ok_or(AppError::NotFound)?;
    let zone = person.details.zone.unwrap_or_else(Zone::utc);
    let mut errors = FormErrors::none();
    let on = errors.take("on", form::date_near(&typed.on, today(act.at)));
    let at = NaiveTime::parse_from_str(typed.at.trim(), "%H:%M").map_err(|_| "Write a time such as 15:30.");
    let at = errors.take("at", at);
    let starts_at = on.zip(at).map(|(on, at)| zone.instant(on.and_time(at)).resolve());
    if starts_at.is_some_and(|starts_at| starts_at <= act.at) {
        errors.add("on", "That moment has passed. Choose one in the future.");
    }
    let (Some(starts_at), true) = (starts_at, errors.is_empty()) else {
        drop(tx);
        let sent = Sent {
            on: typed.on,
            at: typed.at,
            decision: CheckForm::of_today(today(act.at)),
            ..Sent::default()
        };
        return show(&act.db, frame, act.now(), *path, sent, errors).await;
    };
    actions::schedule(&mut tx, &act.by, act.at, path.0, path.1, starts_at).await?;
    act.done(tx, "The appointment is made; the person gets a letter.", page_of(*path))
        .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StepForm {
    to: String,
}

pub(super) async fn step(
    _staff: Recruiter,
    path: Path,
    act: Act,
    Form(typed): Form<StepForm>,
) -> AppResult<HttpResponse> {
    let (to, said) = match typed.to.as_str() {
        "waiting" => (State::Waiting, "It waits on the agency's judgement now."),
        "invited" => (State::Invited, "The appointment is off; the person stays invited."),
        _ => return Err(AppError::Invalid("Which step?".into())),
    };
    let mut tx = act.begin().await?;
    actions::step(&mut tx, &act.by, act.at, path.0, path.1, to).await?;
    act.done(tx, said, page_of(*path)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AssignForm {
    assessor: String,
}

pub(super) async fn assign(
    _staff: Recruiter,
    path: Path,
    act: Act,
    frame: Frame,
    Form(typed): Form<AssignForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let chosen = typed.assessor.parse().map_err(|_| "Choose who assesses.");
    let Some(assessor) = errors.take("assessor", chosen) else {
        let sent = Sent {
            assessor: typed.assessor,
            decision: CheckForm::of_today(today(act.at)),
            ..Sent::default()
        };
        return show(&act.db, frame, act.now(), *path, sent, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::cards::assign(&mut tx, &act.by, act.at, path.0, path.1, assessor).await?;
    let said = "Assigned. Until the card is in, its assessor sees no scores of this person.";
    act.done(tx, said, page_of(*path)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReleaseForm {
    card: String,
    release_reason: String,
}

pub(super) async fn release(
    _staff: Recruiter,
    path: Path,
    act: Act,
    frame: Frame,
    Form(typed): Form<ReleaseForm>,
) -> AppResult<HttpResponse> {
    let card = typed
        .card
        .parse()
        .map_err(|_| AppError::Invalid("Which card?".into()))?;
    let mut errors = FormErrors::none();
    let Some(reason) = errors.take("release_reason", form::line(&typed.release_reason, 200)) else {
        let sent = Sent {
            card: typed.card,
            release_reason: typed.release_reason,
            decision: CheckForm::of_today(today(act.at)),
            ..Sent::default()
        };
        return show(&act.db, frame, act.now(), *path, sent, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::cards::release(&mut tx, &act.by, act.at, path.0, path.1, card, &reason).await?;
    act.done(tx, "Nobody waits for this card any more.", page_of(*path))
        .await
}

/// The judgement, and what a provider said where there is one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecideForm {
    result: String,
    decided_on: String,
    expires_on: String,
    reason: String,
    note: String,
    provider: String,
    reference: String,
    provider_result: String,
    scope: String,
}

impl DecideForm {
    fn split(self) -> (CheckForm, Report) {
        let check = CheckForm {
            kind: String::new(),
            result: self.result,
            decided_on: self.decided_on,
            expires_on: self.expires_on,
            reason: self.reason,
            note: self.note,
        };
        let report = Report {
            provider: self.provider,
            reference: self.reference,
            result: self.provider_result,
            scope: self.scope,
        };
        (check, report)
    }
}

/// What a provider said; nothing where nothing was typed.
fn report(typed: &Report, errors: &mut FormErrors) -> Option<Report> {
    let all = [&typed.provider, &typed.reference, &typed.result, &typed.scope];
    if all.iter().all(|text| text.trim().is_empty()) {
        return None;
    }
    let provider = errors.take("provider", form::line(&typed.provider, 120));
    let reference = errors.take("reference", form::optional_line(&typed.reference, 120));
    let result = errors.take("provider_result", form::line(&typed.result, 200));
    let scope = errors.take("scope", form::optional_line(&typed.scope, 400));
    Some(Report {
        provider: provider?,
        reference: reference?,
        result: result?,
        scope: scope?,
    })
}

pub(super) async fn decide(
    _staff: Recruiter,
    path: Path,
    act: Act,
    frame: Frame,
    Form(typed): Form<DecideForm>,
) -> AppResult<HttpResponse> {
    let (typed, provider) = typed.split();
    let mut errors = FormErrors::none();
    let decision = typed.decision(today(act.at), &mut errors);
    let report = report(&provider, &mut errors);
    let (Some(decision), true) = (decision, errors.is_empty()) else {
        let sent = Sent {
            decision: typed,
            report: provider,
            ..Sent::default()
        };
        return show(&act.db, frame, act.now(), *path, sent, errors).await;
    };
    let mut tx = act.begin().await?;
    if let Some(report) = report {
        actions::report(&mut tx, path.0, path.1, &report).await?;
    }
    match actions::decide(&mut tx, &act.by, act.at, path.0, path.1, &decision).await {
        Ok(()) => {}
        // A scorecard is out, say: the words of the judgement stay where they were typed.
        Err(AppError::Refused { title, way_on }) => {
            drop(tx);
            let errors = FormErrors::one("result", format!("{title}. {way_on}"));
            let sent = Sent {
                decision: typed,
                report: provider,
                ..Sent::default()
            };
            return show(&act.db, frame, act.now(), *path, sent, errors).await;
        }
        Err(error) => return Err(error),
    }
    act.done(
        tx,
        "Judged, in your name. What the cards rated stands in the ledger.",
        page_of(*path),
    )
    .await
}
