//! Departures, decisions on guarantee claims, no-shows and cancellations.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::head::Head;
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::PlacementId;
use crate::introductions::policy::Scope;
use crate::placements::ClaimState;
use crate::placements::actions::{self, Departed};
use crate::placements::guarantee::{Cause, LineKind, Verdict, notice_window};
use crate::placements::standing::{Judged, Override};
use crate::web::form::{self, Form, FormErrors};
use crate::web::{Act, Frame, Layout, Now, Recruiter, Routes, Section, SignedIn, page, render, see_other};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/placements/{id}/departure", departure_page);
    r.post("/placements/{id}/departure", depart);
    r.get("/placements/{id}/claim", claim_page);
    r.post("/placements/{id}/claim", decide);
    r.post("/placements/{id}/no-show", no_show);
    r.post("/placements/{id}/cancel", cancel);
}

#[derive(Deserialize, Default)]
struct DepartureForm {
    #[serde(default)]
    last_day: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    note: String,
}

#[derive(Template)]
#[template(path = "placements/departure.html")]
struct DeparturePage {
    layout: Layout,
    head: Head,
    input: DepartureForm,
    errors: FormErrors,
    causes: Vec<(&'static str, &'static str)>,
}

impl DeparturePage {
    fn new(layout: Layout, head: Head, input: DepartureForm, errors: FormErrors) -> Self {
        let causes = Cause::ALL.into_iter().map(|cause| (cause.as_str(), cause.words()));
        Self {
            layout,
            head,
            input,
            errors,
            causes: std::iter::once(("", "Choose")).chain(causes).collect(),
        }
    }

    fn covered(&self) -> String {
        let calendar = self.head.standing.calendar.as_ref();
        calendar
            .map(|calendar| calendar.last_covered.format("%a %-d %b %Y").to_string())
            .unwrap_or_default()
    }

    fn notice(&self) -> String {
        notice_window(&self.head.standing.terms)
    }
}

async fn departure_page(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of_both_sides(&viewer.0)?;
    let head = Head::load(&mut *db.conn().await?, *id, scope, now.0).await?;
    page(&DeparturePage::new(
        frame.layout(Section::Placements),
        head,
        DepartureForm::default(),
        FormErrors::none(),
    ))
}

async fn depart(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DepartureForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of_both_sides(&viewer.0)?;
    let mut tx = act.begin().await?;
    let head = Head::load(&mut tx, *id, scope, act.at).await?;
    let mut errors = FormErrors::none();
    let day = errors.take(
        "last_day",
        match input.last_day.trim() {
            "" => Err("Give the last working day."),
            text => form::date(text),
        },
    );
    if day.is_some_and(|day| day < head.it.start_on) {
        errors.add(
            "last_day",
            "That is before the first day. Somebody who never came is a no-show.",
        );
    }
    let cause = errors.take("cause", Cause::parse(&input.cause).ok_or("Choose a cause."));
    let note = errors.take("note", form::text(&input.note, 2_000));
    let (Some(last_working_day), Some(cause), Some(note), true) = (day, cause, note, errors.is_empty()) else {
        let page = DeparturePage::new(frame.layout(Section::Placements), head, input, errors);
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let departed = Departed {
        last_working_day,
        cause,
        note,
    };
    let claim = actions::depart(&mut tx, &act.by, act.at, *id, scope, &departed).await?;
    let said = if claim.is_some() {
        "The departure is recorded and a guarantee claim is open. Both sides see the same checklist."
    } else {
        "The departure is recorded and the seat is empty. The last working day lies outside the covered dates, so no guarantee claim was opened: resume the search on the page of the request if you want somebody else."
    };
    act.done(tx, said, format!("/placements/{id}")).await
}

#[derive(Deserialize, Default)]
struct DecisionForm {
    #[serde(default)]
    line: Vec<String>,
    #[serde(default)]
    verdict: Vec<String>,
    #[serde(default)]
    why: Vec<String>,
    #[serde(default)]
    reason: String,
}

impl DecisionForm {
    /// The overrides: lines with another verdict, each with its reason.
    fn read(&self, errors: &mut FormErrors) -> Vec<Override> {
        let mut overrides = Vec::new();
        for (at, name) in self.line.iter().enumerate() {
            let text = |all: &[String]| all.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
            let verdict = match text(&self.verdict).as_str() {
                "pass" => Verdict::Pass,
                "fail" => Verdict::Fail,
                "not_applicable" => Verdict::NotApplicable,
                _ => continue,
            };
            let Some(line) = LineKind::parse(name) else { continue };
            match form::line(&text(&self.why), 300) {
                Ok(why) => overrides.push((line, verdict, why)),
                Err(_) => errors.add(
                    name.clone(),
                    format!("{}: give the reason for judging it by hand.", line.title()),
                ),
            }
        }
        overrides
    }

    fn typed(&self, line: &str) -> (String, String) {
        let at = self.line.iter().position(|name| name == line);
        let text = |all: &[String]| at.and_then(|at| all.get(at)).cloned().unwrap_or_default();
        (text(&self.verdict), text(&self.why))
    }
}

#[derive(Template)]
#[template(path = "placements/claim.html")]
struct ClaimPage {
    layout: Layout,
    head: Head,
    checks: Vec<Judged>,
    input: DecisionForm,
    errors: FormErrors,
}

impl ClaimPage {
    fn typed(&self, judged: &Judged) -> (String, String) {
        self.input.typed(judged.line.line.as_str())
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn verdicts(&self) -> [(&'static str, &'static str); 4] {
        [
            ("", "as judged"),
            ("pass", "met"),
            ("fail", "not met"),
            ("not_applicable", "does not apply"),
        ]
    }
}

async fn claim_page(
    staff: Recruiter,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let head = Head::load(&mut *db.conn().await?, *id, Scope::of(&staff.0), now.0).await?;
    if !head.may_decide() {
        return Ok(see_other(format!("/placements/{id}")));
    }
    let checks = head.checks();
    page(&ClaimPage {
        layout: frame.layout(Section::Placements),
        head,
        checks,
        input: DecisionForm::default(),
        errors: FormErrors::none(),
    })
}

async fn decide(
    staff: Recruiter,
    id: web::Path<PlacementId>,
    act: Act,
    frame: Frame,
    Form(input): Form<DecisionForm>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&staff.0);
    let mut tx = act.begin().await?;
    let mut errors = FormErrors::none();
    let overrides = input.read(&mut errors);
    let reason = errors.take("reason", form::text(&input.reason, 1_000));
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        let head = Head::load(&mut tx, *id, scope, act.at).await?;
        let checks = head.checks();
        let page = ClaimPage {
            layout: frame.layout(Section::Placements),
            head,
            checks,
            input,
            errors,
        };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let decision = actions::decide(&mut tx, &act.by, act.at, *id, scope, (&overrides, &reason)).await?;
    let said = match decision {
        ClaimState::Ineligible => "Judged not eligible; the client sees each line with its evidence.",
        ClaimState::ReplacementSearch => "Eligible. The seat is open again: find a replacement from its matches.",
        ClaimState::ClosedUnfilled => {
            "Eligible and closed: the client has given the seat up, and the agreement knows no other remedy."
        }
        _ => "Eligible. The remedy of the agreement is open.",
    };
    act.done(tx, said, format!("/placements/{id}")).await
}

async fn no_show(staff: Recruiter, id: web::Path<PlacementId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::no_show(&mut tx, &act.by, act.at, *id, Scope::of(&staff.0)).await?;
    let said = "Recorded: the person never started. The seat is open again.";
    act.done(tx, said, format!("/placements/{id}")).await
}

async fn cancel(staff: Recruiter, id: web::Path<PlacementId>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::cancel(&mut tx, &act.by, act.at, *id, Scope::of(&staff.0)).await?;
    let said = "The placement was cancelled. The seat is open again.";
    act.done(tx, said, format!("/placements/{id}")).await
}
