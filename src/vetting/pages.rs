//! The checks of one person: what the track asks, how it stands today, the acts of assessors.

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
use crate::web::{Form, Frame, Layout, Now, Recruiter, Routes, Section, form, page, see_other};

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
}

/// One kind of check and its newest row.
struct Row {
    kind: Kind,
    valid_months: Option<i16>,
    latest: Option<Check>,
    waiting: Option<CheckId>,
    /// Tone and words.
    state: (&'static str, String),
}

impl Row {
    fn new(kind: Kind, valid_months: Option<i16>, checks: &[Check], today: NaiveDate) -> Self {
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
    let day = today(now.0);
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, id_of(&path)?, Part::Vetting, now.0).await?;
    let standing = store::standing(&mut conn, person.id, day).await?;
    let required = store::required(&mut conn, person.track).await?;
    let checks = store::checks(&mut conn, person.id).await?;
    drop(conn);
    let others = Kind::ALL
        .into_iter()
        .filter(|kind| !required.iter().any(|(asked, _)| asked == kind));
    page(&VettingPage {
        layout: frame.layout(Section::Candidates),
        head,
        standing,
        others: others.map(|kind| Row::new(kind, None, &checks, day)).collect(),
        rows: required
            .into_iter()
            .map(|(kind, months)| Row::new(kind, months, &checks, day))
            .collect(),
        past: checks
            .into_iter()
            .filter(|check| check.state != State::Waiting)
            .collect(),
        today: day,
    })
}

/// A check to begin, or its result.
#[derive(Debug, Default, Deserialize)]
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
    fn decision(&self, outcome: Outcome, today: NaiveDate) -> AppResult<Decision> {
        let wrong = |message: &'static str| AppError::Invalid(message.into());
        let date = |text: &str| {
            text.trim()
                .parse::<NaiveDate>()
                .map_err(|_| wrong("Write dates such as 2026-12-01."))
        };
        let text = |text: &str| form::text(text, 4_000).map_err(|message| AppError::Invalid(message.into()));
        Ok(Decision {
            outcome,
            decided_on: if self.decided_on.trim().is_empty() {
                today
            } else {
                date(&self.decided_on)?
            },
            expires_on: if self.expires_on.trim().is_empty() {
                None
            } else {
                Some(date(&self.expires_on)?)
            },
            score_bp: None,
            note: text(&self.note)?,
            reason: text(&self.reason)?,
        })
    }
}

async fn record(
    _staff: Recruiter,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    actor: Actor,
    now: Now,
    req: HttpRequest,
    Form(typed): Form<CheckForm>,
) -> AppResult<HttpResponse> {
    let id = id_of(&path)?;
    let kind = Kind::parse(&typed.kind).ok_or(AppError::Invalid("Which check?".into()))?;
    let mut tx = db.begin().await?;
    exists(&mut tx, id).await?;
    let said = match Outcome::parse(&typed.result) {
        Some(outcome) => {
            let decision = typed.decision(outcome, today(now.0))?;
            actions::record(&mut tx, &actor, now.0, id, kind, &decision).await?;
            format!("{}: {}.", kind.label(), outcome.state().key())
        }
        None if typed.result == "begin" => {
            actions::begin(&mut tx, &actor, now.0, id, kind).await?;
            format!("{}: begun, waiting on the agency.", kind.label())
        }
        None => {
            return Err(AppError::refused(
                "Nothing was chosen",
                "Go back and choose a result, or begin the check.",
            ));
        }
    };
    tx.commit().await?;
    flash(&req, said);
    Ok(see_other(format!("/candidates/{id}/vetting")))
}

/// Why a check is given up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CancelForm {
    reason: String,
}

async fn cancel(
    _staff: Recruiter,
    path: web::Path<(String, String)>,
    db: web::ThinData<Db>,
    actor: Actor,
    now: Now,
    req: HttpRequest,
    Form(typed): Form<CancelForm>,
) -> AppResult<HttpResponse> {
    let id = id_of(&path.0)?;
    let check: CheckId = path.1.parse().map_err(|_| AppError::NotFound)?;
    let reason = form::optional_line(&typed.reason, 200).map_err(|message| AppError::Invalid(message.into()))?;
    let mut tx = db.begin().await?;
    actions::cancel(&mut tx, &actor, now.0, id, check, &reason).await?;
    tx.commit().await?;
    flash(&req, "The check was given up.");
    Ok(see_other(format!("/candidates/{id}/vetting")))
}

/// No such person is a 404, also for an act.
async fn exists(conn: &mut sqlx::PgConnection, id: CandidateId) -> AppResult<()> {
    store::track_of(conn, id).await.map(drop)
}
