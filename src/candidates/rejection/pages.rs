//! Rejecting somebody, in two steps: the reason, then the words they read; and applying again.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::actions::{self, No};
use super::store::{self, Bound, Standing};
use super::{NOTE, Reason, WORDS, usual_date, wrong_date};
use crate::candidates::State;
use crate::candidates::pages::head::{Head, Part};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::promises::{BODY, near, today};
use crate::web::{Act, CandidateUser, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, render};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/reject", ask);
    r.post("/candidates/{id}/reject", reject);
    r.post("/candidates/{id}/reject/take-back", take_back);
    r.post("/me/apply-again", apply_again);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoForm {
    reason: String,
    words: String,
    note: String,
    message: String,
    may_apply_on: String,
}

impl NoForm {
    /// The form of a reason, with what it usually says.
    fn of(reason: Reason, today: NaiveDate) -> Self {
        Self {
            reason: reason.code().to_owned(),
            message: reason.message().to_owned(),
            may_apply_on: usual_date(today).to_string(),
            ..Self::default()
        }
    }

    /// What was typed; `None` with the errors that say why not.
    fn read(&self, today: NaiveDate, errors: &mut FormErrors) -> Option<No> {
        let reason = errors.take("reason", Reason::parse(&self.reason).ok_or("Choose a reason."));
        let words = match reason {
            Some(Reason::Other) => errors.take("words", form::line(&self.words, WORDS)),
            _ => Some(String::new()),
        };
        let message = match form::text(&self.message, BODY) {
            Ok(text) if text.is_empty() => Err("Write what the person reads.".to_owned()),
            other => other,
        };
        let message = errors.take("message", message);
        let may_apply_on = errors.take("may_apply_on", form::date(&self.may_apply_on));
        if let Some(wrong) = may_apply_on.and_then(|day| wrong_date(today, day)) {
            errors.add("may_apply_on", wrong);
        }
        let note = errors.take("note", form::text(&self.note, NOTE));
        let no = No {
            reason: reason?,
            words: words?,
            note: note?,
            message: message?,
            may_apply_on: may_apply_on?,
        };
        errors.is_empty().then_some(no)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BackForm {
    back_reason: String,
}

#[derive(Template)]
#[template(path = "candidates/reject.html")]
struct RejectPage {
    layout: Layout,
    head: Head,
    state: State,
    bound: Bound,
    standing: Option<Standing>,
    /// The reason that was chosen, and the form that belongs to it.
    typed: Option<NoForm>,
    back: BackForm,
    errors: FormErrors,
}

impl RejectPage {
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn reasons(&self) -> [(&'static str, &'static str); 8] {
        Reason::ALL.map(|reason| (reason.code(), reason.label()))
    }

    fn chosen(&self) -> &str {
        self.typed.as_ref().map_or("", |typed| typed.reason.as_str())
    }

    fn is_other(&self) -> bool {
        Reason::parse(self.chosen()) == Some(Reason::Other)
    }

    fn question(&self) -> String {
        let reason = Reason::parse(self.chosen()).map_or("", Reason::label);
        format!("Reject {}? {reason}", self.head.title)
    }

    fn consequence(&self) -> String {
        let introductions = match self.bound.introductions {
            0 => String::new(),
            1 => " One open introduction is taken back, and the client sees that.".to_owned(),
            more => format!(" {more} open introductions are taken back, and the clients see that."),
        };
        format!("The person gets this message by letter and at home, and leaves the pool of matches.{introductions}")
    }

    fn is_free(&self) -> bool {
        !self.bound.offer && !self.bound.placement
    }

    fn may_be_rejected(&self) -> bool {
        self.state.may_become(State::Rejected)
    }

    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn from(&self, no: &Standing) -> String {
        no.may_apply_on.format("%-d %B %Y").to_string()
    }
}

/// What the page is shown with.
#[derive(Default)]
struct Attempt {
    /// The reason asked for, of a page that was not sent yet.
    chosen: Option<Reason>,
    typed: Option<NoForm>,
    back: BackForm,
    errors: FormErrors,
}

async fn draw(db: &Db, (frame, now): (Frame, Now), id: CandidateId, attempt: Attempt) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, id, Part::Reject, now.0).await?;
    let bound = store::bound(&mut conn, id).await?;
    let standing = store::standing(&mut conn, id).await?;
    drop(conn);
    let today = today(person.details.zone, now.0);
    let page = RejectPage {
        layout: frame.layout(Section::Candidates),
        head,
        state: person.state,
        bound,
        standing,
        typed: attempt
            .typed
            .filter(|typed| Reason::parse(&typed.reason).is_some())
            .or_else(|| attempt.chosen.map(|reason| NoForm::of(reason, today))),
        back: attempt.back,
        errors: attempt.errors,
    };
    render(page.errors.status(), &page)
}

async fn ask(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    chosen: web::Query<Chosen>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let attempt = Attempt {
        chosen: Reason::parse(&chosen.reason),
        ..Attempt::default()
    };
    draw(&db, (frame, now), *id, attempt).await
}

/// The zone of somebody; no such person is a 404.
async fn zone_of(tx: &mut sqlx::PgConnection, id: CandidateId) -> AppResult<Option<Zone>> {
    let person = crate::candidates::store::load(tx, id).await?;
    Ok(person.ok_or(crate::error::AppError::NotFound)?.details.zone)
}

async fn reject(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<NoForm>,
) -> AppResult<HttpResponse> {
    let id = *id;
    let mut tx = act.begin().await?;
    let today = today(zone_of(&mut tx, id).await?, act.at);
    let mut errors = FormErrors::none();
    let Some(no) = typed.read(today, &mut errors) else {
        drop(tx);
        let attempt = Attempt {
            typed: Some(typed),
            errors,
            ..Attempt::default()
        };
        return draw(&act.db, (frame, act.now()), id, attempt).await;
    };
    actions::reject(&mut tx, &act.by, act.at, id, &no).await?;
    act.done(
        tx,
        "The person was told, and has left the pool.",
        format!("/candidates/{id}"),
    )
    .await
}

async fn take_back(
    _staff: Recruiter,
    id: web::Path<CandidateId>,
    act: Act,
    frame: Frame,
    Form(back): Form<BackForm>,
) -> AppResult<HttpResponse> {
    let id = *id;
    let mut errors = FormErrors::none();
    let Some(reason) = errors.take("back_reason", form::line(&back.back_reason, 200)) else {
        let attempt = Attempt {
            back,
            errors,
            ..Attempt::default()
        };
        return draw(&act.db, (frame, act.now()), id, attempt).await;
    };
    let mut tx = act.begin().await?;
    actions::take_back(&mut tx, &act.by, act.at, id, &reason).await?;
    act.done(
        tx,
        "Taken back: the person is in the pool again.",
        format!("/candidates/{id}"),
    )
    .await
}

async fn apply_again(me: CandidateUser, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let due = actions::apply_again(&mut tx, &act.by, act.at, me.candidate).await?;
    let said = match due {
        Some(day) => format!("Welcome back. You hear from us by {}.", near(day)),
        None => "Welcome back.".to_owned(),
    };
    act.done(tx, said, "/me").await
}
