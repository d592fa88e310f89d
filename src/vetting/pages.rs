//! The checks of one person: what the track asks, how it stands today, the acts of assessors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Check, Decision, Kind, Outcome, Standing, State, actions, store, today};
use crate::candidates::pages::head::{Head, Part, id_of};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, CheckId};
use crate::web::layout::flash;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, render, see_other};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/vetting", vetting);
    r.post("/candidates/{id}/checks", record);
    r.post("/candidates/{id}/checks/{check}/cancel", cancel);
}

#[derive(Template)]
#[template(path = "vetting/show.html")]
struct VettingPage {
    layout: Layout,
    head: Head,
    standing: Standing,
    rows: Vec<Row>,
    others: Vec<Row>,
    past: Vec<Check>,
    today: NaiveDate,
    errors: FormErrors,
}

/// What was sent and could not be taken: it stands on the page again, in the form it came from.
enum Attempt {
    None,
    Result(Kind, CheckForm),
    GivingUp(CheckId, String),
}

/// One kind of check, its newest row, and its two forms.
struct Row {
    kind: Kind,
    valid_months: Option<i16>,
    latest: Option<Check>,
    waiting: Option<CheckId>,
    /// Tone and words.
    state: (&'static str, String),
    form: CheckForm,
    /// Empty unless this row's result was refused.
    errors: FormErrors,
    giving_up: String,
    giving_up_errors: FormErrors,
}

impl Row {
    fn new(
        (kind, valid_months): (Kind, Option<i16>),
        checks: &[Check],
        today: NaiveDate,
        (attempt, errors): (&Attempt, &FormErrors),
    ) -> Self {
        let of_kind = || checks.iter().filter(move |check| check.kind == kind);
        let waiting = of_kind()
            .find(|check| check.state == State::Waiting)
            .map(|check| check.id);
        let latest = of_kind().find(|check| check.decided_on.is_some()).cloned();
        Self {
            kind,
            valid_months,
            waiting,
            state: state(latest.as_ref(), waiting.is_some(), today),
            latest,
            form: CheckForm {
                decided_on: today.to_string(),
                ..CheckForm::default()
            },
            errors: FormErrors::none(),
            giving_up: String::new(),
            giving_up_errors: FormErrors::none(),
        }
        .again(attempt, errors)
    }

    /// Puts back what was typed into this row's forms.
    fn again(mut self, attempt: &Attempt, errors: &FormErrors) -> Self {
        match attempt {
            Attempt::Result(kind, form) if *kind == self.kind => {
                self.form = form.clone();
                self.errors = errors.clone();
            }
            Attempt::GivingUp(check, reason) if Some(*check) == self.waiting => {
                self.giving_up.clone_from(reason);
                self.giving_up_errors = errors.clone();
            }
            Attempt::None | Attempt::Result(..) | Attempt::GivingUp(..) => {}
        }
        self
    }

    /// The id of a control without its prefix. The page has these fields once for each kind; the summary of errors links to
    /// those of the refused form by their plain names.
    fn at(&self, field: &str) -> String {
        if self.errors.is_empty() {
            format!("{field}-{}", self.kind.key())
        } else {
            field.to_owned()
        }
    }

    fn giving_up_at(&self) -> String {
        if self.giving_up_errors.is_empty() {
            format!("giving_up-{}", self.kind.key())
        } else {
            "giving_up".to_owned()
        }
    }

    fn validity(&self) -> String {
        self.valid_months.map_or_else(
            || "never expires".to_owned(),
            |months| format!("counts for {months} months"),
        )
    }

    /// "12 Sep 2026 by Renata, until 12 Sep 2027".
    fn evidence(&self) -> String {
        self.latest.as_ref().map(evidence).unwrap_or_default()
    }
}

fn state(latest: Option<&Check>, waiting: bool, today: NaiveDate) -> (&'static str, String) {
    match latest {
        Some(_) if waiting => ("wait", "Checked again, waiting on the agency".to_owned()),
        Some(check) if check.is_expired(today) => ("bad", "Expired".to_owned()),
        Some(check) if check.state == State::Failed => ("bad", "Failed".to_owned()),
        Some(check) if check.state == State::Waived => ("ok", "Waived".to_owned()),
        Some(_) => ("ok", "Passed".to_owned()),
        None if waiting => ("wait", "Waiting on the agency".to_owned()),
        None => ("soft", "Not begun".to_owned()),
    }
}

fn evidence(check: &Check) -> String {
    let long = |day: NaiveDate| day.format("%-d %b %Y").to_string();
    let decided = check.decided_on.map(long).unwrap_or_default();
    let by = check
        .assessor
        .as_ref()
        .map(|name| format!(" by {name}"))
        .unwrap_or_default();
    let until = check
        .expires_on
        .map(|day| format!(", counts until {}", long(day)))
        .unwrap_or_default();
    let score = check
        .score_bp
        .map(|points| format!(", {}.{:02} of 100", points / 100, points % 100))
        .unwrap_or_default();
    format!("{decided}{by}{until}{score}")
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl VettingPage {
    fn summary(&self) -> String {
        let expiry = self
            .standing
            .first_expiry
            .map(|day| format!("; the first one counts until {}", day.format("%-d %b %Y")));
        format!(
            "{} of {} checks met{}",
            self.standing.met,
            self.standing.required,
            expiry.unwrap_or_default()
        )
    }

    /// Whether a check that the track does not ask for was sent and refused: its part of the page is open then.
    fn others_open(&self) -> bool {
        self.others
            .iter()
            .any(|row| !row.errors.is_empty() || !row.giving_up_errors.is_empty())
    }

    fn line(&self, check: &Check) -> String {
        match check.state {
            State::Cancelled => format!("{}: given up", check.kind.label()),
            other => format!("{}: {}", check.kind.label(), other.key()),
        }
    }

    fn details(&self, check: &Check) -> String {
        [evidence(check), check.reason.clone(), check.note.clone()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

async fn vetting(
    _staff: Recruiter,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    show(&db, frame, now, id_of(&path)?, Attempt::None, FormErrors::none()).await
}

/// The page, filled in again when something was wrong.
async fn show(
    db: &Db,
    frame: Frame,
    now: Now,
    id: CandidateId,
    attempt: Attempt,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let day = today(now.0);
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, id, Part::Vetting, now.0).await?;
    let standing = store::standing(&mut conn, person.id, day).await?;
    let required = store::required(&mut conn, person.track).await?;
    let checks = store::checks(&mut conn, person.id).await?;
    drop(conn);
    let row = |asked| Row::new(asked, &checks, day, (&attempt, &errors));
    let others = Kind::ALL
        .into_iter()
        .filter(|kind| !required.iter().any(|(asked, _)| asked == kind));
    let others = others.map(|kind| row((kind, None))).collect();
    let rows = required.iter().copied().map(row).collect();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = VettingPage {
        layout: frame.layout(Section::Candidates),
        head,
        standing,
        rows,
        others,
        past: checks
            .into_iter()
            .filter(|check| check.state != State::Waiting)
            .collect(),
        today: day,
        errors,
    };
    render(status, &page)
}

/// A check to begin, or its result.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct CheckForm {
    kind: String,
    /// "begin", or an outcome.
    result: String,
    decided_on: String,
    expires_on: String,
    reason: String,
    note: String,
}

impl CheckForm {
    /// The typed judgement; `None` with the errors that say why.
    fn decision(&self, today: NaiveDate, errors: &mut FormErrors) -> Option<Decision> {
        let outcome = Outcome::parse(&self.result).ok_or("Choose passed, failed or waived.");
        let outcome = errors.take("result", outcome);
        let decided_on = match self.decided_on.trim() {
            "" => Some(today),
            text => errors.take("decided_on", form::date(text)),
        };
        let expires_on = match self.expires_on.trim() {
            "" => Some(None),
            text => errors.take("expires_on", form::date(text)).map(Some),
        };
        let reason = errors.take("reason", form::text(&self.reason, 4_000));
        let note = errors.take("note", form::text(&self.note, 4_000));
        let decision = Decision {
            outcome: outcome?,
            decided_on: decided_on?,
            expires_on: expires_on?,
            score_bp: None,
            note: note?,
            reason: reason?,
        };
        for (field, words) in decision.faults(today) {
            errors.add(field, words);
        }
        errors.is_empty().then_some(decision)
    }
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn record(
    _staff: Recruiter,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    actor: Actor,
    now: Now,
    req: HttpRequest,
    Form(typed): Form<CheckForm>,
) -> AppResult<HttpResponse> {
    let id = id_of(&path)?;
    // Not typed by anybody: each form of the page carries its kind.
    let kind = Kind::parse(&typed.kind).ok_or(AppError::Invalid("Which check?".into()))?;
    let mut tx = db.begin().await?;
    exists(&mut tx, id).await?;
    let said = if typed.result == "begin" {
        actions::begin(&mut tx, &actor, now.0, id, kind).await?;
        format!("{}: begun, waiting on the agency.", kind.label())
    } else {
        let mut errors = FormErrors::none();
        let Some(decision) = typed.decision(today(now.0), &mut errors) else {
            drop(tx);
            return show(&db, frame, now, id, Attempt::Result(kind, typed), errors).await;
        };
        actions::record(&mut tx, &actor, now.0, id, kind, &decision).await?;
        format!("{}: {}.", kind.label(), decision.outcome.state().key())
    };
    tx.commit().await?;
    flash(&req, said);
    Ok(see_other(format!("/candidates/{id}/vetting")))
}

/// Why a check is given up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CancelForm {
    giving_up: String,
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn cancel(
    _staff: Recruiter,
    path: web::Path<(String, String)>,
    db: web::ThinData<Db>,
    frame: Frame,
    actor: Actor,
    now: Now,
    req: HttpRequest,
    Form(typed): Form<CancelForm>,
) -> AppResult<HttpResponse> {
    let id = id_of(&path.0)?;
    let check: CheckId = path.1.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = db.begin().await?;
    let mut errors = FormErrors::none();
    let Some(reason) = errors.take("giving_up", form::optional_line(&typed.giving_up, 200)) else {
        drop(tx);
        return show(&db, frame, now, id, Attempt::GivingUp(check, typed.giving_up), errors).await;
    };
    actions::cancel(&mut tx, &actor, now.0, id, check, &reason).await?;
    tx.commit().await?;
    flash(&req, "The check was given up.");
    Ok(see_other(format!("/candidates/{id}/vetting")))
}

/// No such person is a 404, also for an act.
async fn exists(conn: &mut sqlx::PgConnection, id: CandidateId) -> AppResult<()> {
    store::track_of(conn, id).await.map(drop)
}
