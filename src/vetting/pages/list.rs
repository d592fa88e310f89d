//! The checks of one person: what the track asks, how it stands today, the acts of assessors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::findings::{FindingForm, FindingLine, finding_lines};
use super::judgement::CheckForm;
use crate::candidates::blind::Eyes;
use crate::candidates::pages::head::{Head, Part, id_of};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, CheckId, FindingId, UserId};
use crate::requests::store::charge;
use crate::vetting::identity::FindingState;
use crate::vetting::letters::when;
use crate::vetting::store::identity::findings;
use crate::vetting::{Asked, Check, Kind, Standing, State, actions, store, title_or_label, today};
use crate::web::layout::flash;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, render, see_other};

#[derive(Template)]
#[template(path = "vetting/show.html")]
struct VettingPage {
    layout: Layout,
    head: Head,
    standing: Standing,
    rows: Vec<Row>,
    others: Vec<Row>,
    past: Vec<Check>,
    findings: Vec<FindingLine>,
    staff: Vec<(UserId, String)>,
    today: NaiveDate,
    errors: FormErrors,
}

/// What was sent and could not be taken: it stands on the page again, in the form it came from.
pub(super) enum Attempt {
    None,
    Result(Kind, CheckForm),
    GivingUp(CheckId, String),
    Finding(FindingId, FindingForm),
}

/// One kind of check, its newest row, and its two forms.
struct Row {
    kind: Kind,
    title: String,
    valid_months: Option<i16>,
    latest: Option<Check>,
    waiting: Option<CheckId>,
    /// Whose scorecards are out, if any.
    owing: String,
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
        asked: &Asked,
        checks: &[Check],
        (today, zone): (NaiveDate, Option<&str>),
        (attempt, errors): (&Attempt, &FormErrors),
    ) -> Self {
        let kind = asked.kind;
        let of_kind = || checks.iter().filter(move |check| check.kind == kind);
        let open = of_kind().find(|check| check.state.is_open());
        let latest = of_kind().find(|check| check.decided_on.is_some()).cloned();
        Self {
            kind,
            title: asked.title.clone(),
            valid_months: asked.valid_months,
            waiting: open.map(|check| check.id),
            owing: open.map(|check| check.owing.join(", ")).unwrap_or_default(),
            state: state(latest.as_ref(), open, (today, zone)),
            latest,
            form: CheckForm::of_today(today),
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
            Attempt::None | Attempt::Result(..) | Attempt::GivingUp(..) | Attempt::Finding(..) => {}
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

    fn label(&self) -> &str {
        title_or_label(&self.title, self.kind)
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

fn state(
    latest: Option<&Check>,
    open: Option<&Check>,
    (today, zone): (NaiveDate, Option<&str>),
) -> (&'static str, String) {
    if let Some(open) = open {
        let words = match (open.state, open.starts_at) {
            (State::Scheduled, Some(at)) => format!("Scheduled for {}", when(at, zone)),
            (State::Invited, _) => "Invited, no appointment yet".to_owned(),
            _ if latest.is_some() => "Checked again, waiting on the agency".to_owned(),
            _ => "Waiting on the agency".to_owned(),
        };
        return ("wait", words);
    }
    match latest {
        Some(check) if check.is_expired(today) => ("bad", "Expired".to_owned()),
        Some(check) if check.state == State::Failed => ("bad", "Failed".to_owned()),
        Some(check) if check.state == State::Waived => ("ok", "Waived".to_owned()),
        Some(_) => ("ok", "Passed".to_owned()),
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
    let hidden = if check.hidden {
        ", the rest is hidden until your scorecard is in"
    } else {
        ""
    };
    let score = check
        .score_bp
        .map(|points| format!(", {}.{:02} of 100", points / 100, points % 100))
        .unwrap_or_default();
    format!("{decided}{by}{until}{score}{hidden}")
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
        // The note of a grade is the way to it, which the page of the check has.
        let note = check.note.clone();
        let note = if check.score_bp.is_some() { String::new() } else { note };
        [evidence(check), check.reason.clone(), note]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

pub(super) async fn vetting(
    _staff: Recruiter,
    path: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    show(&db, frame, now, id_of(&path)?, Attempt::None, FormErrors::none()).await
}

/// The page, filled in again when something was wrong.
pub(super) async fn show(
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
    let checks = store::checks(&mut conn, person.id, Eyes::of(frame.user())).await?;
    let found = findings(&mut conn, person.id).await?;
    let staff = if found.iter().any(|finding| finding.state == FindingState::Open) {
        charge::staff(&mut conn).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let zone = person.details.zone.map(crate::zones::Zone::name);
    let row = |asked: &Asked| Row::new(asked, &checks, (day, zone), (&attempt, &errors));
    let others = Kind::ALL
        .into_iter()
        .filter(|kind| !required.iter().any(|asked| asked.kind == *kind));
    let beyond = |kind| Asked {
        kind,
        title: String::new(),
        valid_months: None,
    };
    let others = others.map(|kind| row(&beyond(kind))).collect();
    let rows = required.iter().map(row).collect();
    let sent = match attempt {
        Attempt::Finding(id, form) => Some((id, form)),
        _ => None,
    };
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
        past: checks.into_iter().filter(|check| !check.state.is_open()).collect(),
        findings: finding_lines(found, sent.as_ref()),
        staff,
        today: day,
        errors,
    };
    render(status, &page)
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub(super) async fn record(
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
    } else if typed.result == "invite" {
        actions::invite(&mut tx, &actor, now.0, id, kind).await?;
        format!("{}: invited; the person gets a letter.", kind.label())
    } else {
        let mut errors = FormErrors::none();
        let Some(decision) = typed.decision(today(now.0), &mut errors) else {
            drop(tx);
            return show(&db, frame, now, id, Attempt::Result(kind, typed), errors).await;
        };
        match actions::record(&mut tx, &actor, now.0, id, kind, &decision).await {
            Ok(_) => {}
            Err(AppError::Refused { title, way_on }) => {
                drop(tx);
                let errors = FormErrors::one("result", format!("{title}. {way_on}"));
                return show(&db, frame, now, id, Attempt::Result(kind, typed), errors).await;
            }
            Err(error) => return Err(error),
        }
        format!("{}: {}.", kind.label(), decision.outcome.state().key())
    };
    tx.commit().await?;
    flash(&req, said);
    Ok(see_other(format!("/candidates/{id}/vetting")))
}

/// Why a check is given up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CancelForm {
    giving_up: String,
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
pub(super) async fn cancel(
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
