//! /candidates/{id}/references: whom the agency asks about somebody, and what they said.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::typed::RefereeForm;
use crate::candidates::blind::Eyes;
use crate::candidates::pages::head::{Head, Part};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, ReferenceId};
use crate::tokens::Tokens;
use crate::vetting::references::actions::{self, NotEntered};
use crate::vetting::references::store::{self, Agreed, Line};
use crate::vetting::references::{
    Answer, Identity, Rating, Relation, Standing, State, WANTED, counted, differences, standing,
};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, form, render};

type Path = web::Path<(CandidateId, ReferenceId)>;

#[derive(Template)]
#[template(path = "vetting/references/staff.html")]
struct StaffPage {
    layout: Layout,
    head: Head,
    lines: Vec<Line>,
    now: DateTime<Utc>,
    typed: RefereeForm,
    /// The reason of a withdrawal that could not be taken, and of which request.
    withdrawing: Option<(ReferenceId, String)>,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl StaffPage {
    fn standing(&self, line: &Line) -> Standing {
        standing(line.state, line.expires_at, self.now)
    }

    fn state(&self, line: &Line) -> (&'static str, &'static str) {
        self.standing(line).words()
    }

    fn can_be_sent(&self, line: &Line) -> bool {
        line.state == State::Named
    }

    fn can_be_reminded(&self, line: &Line) -> bool {
        line.state == State::Asked && line.reminded_at.is_none()
    }

    fn can_be_withdrawn(&self, line: &Line) -> bool {
        line.state.can_become(State::Withdrawn)
    }

    /// The reason that was typed for this request, and refused.
    fn refused(&self, line: &Line) -> Option<&str> {
        let (of, reason) = self.withdrawing.as_ref()?;
        (*of == line.id).then_some(reason)
    }

    fn summary(&self) -> String {
        let asked = self.lines.iter().filter(|line| line.asked_at.is_some());
        let answered = self.lines.iter().filter(|line| line.state == State::Answered);
        counted(answered.count(), asked.count())
    }

    fn wanted(&self) -> i64 {
        WANTED
    }

    fn relations(&self) -> Vec<(&'static str, &'static str)> {
        let known = |relation: Relation| (relation.key(), relation.label());
        std::iter::once(("", "Choose"))
            .chain(Relation::ALL.map(known))
            .collect()
    }

    fn differences(&self, line: &Line, who: &Identity) -> Vec<String> {
        differences((&line.name, &line.email, &line.company), who)
    }

    /// Tone and words of a rating.
    fn rating(&self, answer: &Answer) -> (&'static str, String) {
        let (tone, word) = match answer.rating {
            Some(Rating::Weak) => ("wait", "Weak"),
            Some(Rating::Solid) => ("ok", "Solid"),
            Some(Rating::Strong) => ("ok", "Strong"),
            None => ("soft", "Cannot say"),
        };
        let anchor = if answer.anchor.is_empty() {
            String::new()
        } else {
            format!(": {}", answer.anchor)
        };
        (tone, format!("{word}{anchor}"))
    }
}

pub(super) async fn list(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    show(&db, *path, (frame, now), Attempt::default(), FormErrors::none()).await
}

/// What was sent and could not be taken.
#[derive(Default)]
struct Attempt {
    typed: RefereeForm,
    withdrawing: Option<(ReferenceId, String)>,
}

async fn show(
    db: &Db,
    id: CandidateId,
    (frame, now): (Frame, Now),
    sent: Attempt,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (_, head) = Head::load(&mut conn, id, Part::Vetting, now.0).await?;
    let lines = store::lines(&mut conn, id, Some(Eyes::of(frame.user()))).await?;
    drop(conn);
    let page = StaffPage {
        layout: frame.layout(Section::Candidates),
        head,
        lines,
        now: now.0,
        typed: sent.typed,
        withdrawing: sent.withdrawing,
        errors,
    };
    render(page.errors.status(), &page)
}

fn page_of(id: CandidateId) -> String {
    format!("/candidates/{id}/references")
}

/// The reader of a form's refusal: the page, filled in again.
fn words(refused: NotEntered, errors: &mut FormErrors) -> AppResult<()> {
    match refused {
        NotEntered::Field(field, words) => {
            errors.add(field, words);
            Ok(())
        }
        NotEntered::Other(error) => Err(error),
    }
}

pub(super) async fn ask(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(typed): Form<RefereeForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut errors = FormErrors::none();
    let referee = typed.read(&mut errors);
    if typed.agreed != "yes" {
        errors.add(
            "agreed",
            "Ask the person first. Without their word nobody is written to.",
        );
    }
    if let (Some(referee), true) = (referee, errors.is_empty()) {
        let mut tx = act.begin().await?;
        let asked = match actions::enter(&mut tx, &act.by, act.at, id, &referee, Agreed::Told).await {
            Ok(reference) => actions::send(&mut tx, &act.by, act.at, &tokens, id, reference).await,
            Err(refused) => Err(refused),
        };
        match asked {
            Ok(()) => return act.done(tx, "Asked. The letter is on its way.", page_of(id)).await,
            Err(refused) => words(refused, &mut errors)?,
        }
    }
    let sent = Attempt {
        typed,
        ..Attempt::default()
    };
    show(&act.db, id, (frame, act.now()), sent, errors).await
}

pub(super) async fn send(
    _staff: Recruiter,
    path: Path,
    act: Act,
    tokens: web::ThinData<Tokens>,
) -> AppResult<HttpResponse> {
    let (id, reference) = *path;
    let mut tx = act.begin().await?;
    match actions::send(&mut tx, &act.by, act.at, &tokens, id, reference).await {
        Ok(()) => act.done(tx, "Asked. The letter is on its way.", page_of(id)).await,
        Err(NotEntered::Field(_, words)) => Err(AppError::refused("They cannot be asked", words)),
        Err(NotEntered::Other(error)) => Err(error),
    }
}

pub(super) async fn remind(_staff: Recruiter, path: Path, act: Act) -> AppResult<HttpResponse> {
    let (id, reference) = *path;
    let mut tx = act.begin().await?;
    actions::remind(&mut tx, &act.by, act.at, id, reference).await?;
    act.done(tx, "Reminded; the three weeks begin anew.", page_of(id)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WithdrawForm {
    reason: String,
}

pub(super) async fn withdraw(
    _staff: Recruiter,
    path: Path,
    act: Act,
    frame: Frame,
    Form(typed): Form<WithdrawForm>,
) -> AppResult<HttpResponse> {
    let (id, reference) = *path;
    let mut errors = FormErrors::none();
    let Some(reason) = errors.take("reason", form::optional_line(&typed.reason, 200)) else {
        let sent = Attempt {
            withdrawing: Some((reference, typed.reason)),
            ..Attempt::default()
        };
        return show(&act.db, id, (frame, act.now()), sent, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::withdraw(&mut tx, &act.by, act.at, id, reference, &reason).await?;
    act.done(tx, "Withdrawn. The link does not work any more.", page_of(id))
        .await
}
