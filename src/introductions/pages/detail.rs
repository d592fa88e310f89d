//! One introduction, as each of the three audiences reads it.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{day, local_text, place, why};
use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::IntroductionId;
use crate::introductions::policy::{self, Audience, Field, Scope};
use crate::introductions::store::{self, Detail};
use crate::introductions::{Refusal, State, Withdrawal};
use crate::money::Rate;
use crate::web::form::FormErrors;
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, render};
use crate::zones::{Weekdays, clock_text};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/introductions/{id}", detail);
}

#[derive(Deserialize, Default)]
pub(super) struct DecisionForm {
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) on: String,
    #[serde(default)]
    pub(super) at: String,
}

#[derive(Template)]
#[template(path = "introductions/detail.html")]
struct DetailPage {
    layout: Layout,
    it: Detail,
    audience: Audience,
    now: DateTime<Utc>,
    input: DecisionForm,
    errors: FormErrors,
    refusals: Choices,
    withdrawals: Choices,
    /// The client came to say "not this time": its form is open and has the focus.
    says_no: bool,
    /// The client came to hire: the question stands open.
    says_hire: bool,
    /// Whoever looks owes a scorecard about the person.
    is_blind: bool,
}

impl DetailPage {
    /// Whether the form of the no (the client's, the candidate's, the agency's) stands open.
    fn declining(&self) -> bool {
        let wrong = |field| !self.errors.of(field).is_empty();
        self.says_no || wrong("reason") || wrong("note")
    }

    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    fn is_client(&self) -> bool {
        self.audience == Audience::Client
    }

    fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }

    fn person(&self) -> String {
        policy::person(self.audience, self.it.state, self.it.name.as_deref(), self.it.code)
    }

    fn heading(&self) -> String {
        if self.is_candidate() {
            format!("{}, {}", self.it.title, self.it.organization)
        } else {
            self.person()
        }
    }

    fn name_hidden(&self) -> bool {
        !policy::may_see(self.audience, self.it.state, Field::Name)
    }

    fn state(&self) -> (&'static str, &'static str) {
        let offered = self.it.offer_waits == Some(true);
        match (self.it.state, self.audience) {
            (State::Chosen, Audience::Staff | Audience::Client) if offered => {
                ("wait", "Offer out, waiting on the person")
            }
            (State::Chosen, Audience::Candidate) if offered => ("wait", "Waiting on you: answer the offer"),
            (State::Consented | State::Interview | State::Proposed, _) if !self.it.seat_open => {
                ("soft", "Rests: the seat is filled or no longer needed")
            }
            (state, audience) => state.words_at(audience, self.it.interview_at, self.now),
        }
    }

    /// What the client pays by the offer, and from when.
    fn offer_line(&self) -> String {
        let it = &self.it;
        let (Some(minor), Some(currency), Some(period), Some(start)) = (
            it.offer_bill,
            it.offer_currency.as_deref(),
            it.offer_period,
            it.offer_start,
        ) else {
            return String::new();
        };
        if !policy::may_see(self.audience, it.state, Field::BillRate) {
            return String::new();
        }
        let rate = currency.parse().map(|currency| {
            Rate {
                minor,
                currency,
                period,
            }
            .to_string()
        });
        format!(
            "{}, all in, from {}",
            rate.unwrap_or_default(),
            start.format("%-d %b %Y")
        )
    }

    fn may_interview(&self) -> bool {
        self.is_client() && self.it.state == State::Consented && self.it.seat_open
    }

    fn may_set_time(&self) -> bool {
        self.is_staff() && self.it.state == State::Interview
    }

    fn may_take_back(&self) -> bool {
        self.is_candidate() && matches!(self.it.state, State::Consented | State::Interview)
    }

    fn since(&self) -> String {
        day(self.it.state_at)
    }

    fn act(&self, verb: &str) -> String {
        format!("/introductions/{}/{verb}", self.it.id)
    }

    fn is(&self, state: &str) -> bool {
        serde_json::to_value(self.it.state).is_ok_and(|value| value == state)
    }

    fn may_decide(&self) -> bool {
        self.is_client() && matches!(self.it.state, State::Consented | State::Interview | State::Chosen)
    }

    fn may_hire(&self) -> bool {
        self.is_client() && self.it.state.may_become(State::Chosen) && self.it.seat_open && !self.it.placed_elsewhere
    }

    fn hire_label(&self) -> String {
        format!("Hire {}…", self.person())
    }

    /// For what: the seat, from when, for how long.
    fn hire_summary(&self) -> String {
        let it = &self.it;
        let start = it.start_on.map_or_else(
            || "the start is agreed in the offer".to_owned(),
            |start| format!("from {}", start.format("%-d %b %Y")),
        );
        let name = if self.name_hidden() {
            " You see the name as soon as you choose the person."
        } else {
            ""
        };
        format!(
            "For seat {} of {} of {}, {start}, {}.{name}",
            it.seat_number,
            it.seats,
            it.title,
            self.length()
        )
    }

    /// After an interview the hire is the page's one act; before, asking for one is.
    fn hire_tone(&self) -> &'static str {
        if self.it.state == State::Consented {
            ""
        } else {
            "primary"
        }
    }

    fn may_withdraw(&self) -> bool {
        self.is_staff() && self.it.state.may_become(State::Withdrawn)
    }

    fn workings(&self) -> bool {
        policy::may_see(self.audience, self.it.state, Field::Workings)
    }

    fn points(&self) -> String {
        if self.is_blind {
            return "hidden until your scorecard is in".to_owned();
        }
        self.it
            .points
            .and_then(|points| u32::try_from(points).ok())
            .map(|points| format!("{} of 10,000", crate::web::marks::thousands(points)))
            .unwrap_or_default()
    }

    fn why(&self) -> String {
        let field = if self.it.state == State::Refused {
            Field::ClientReason
        } else {
            Field::InnerReason
        };
        if policy::may_see(self.audience, self.it.state, field) {
            why(&self.it.reason_kind, &self.it.reason)
        } else {
            String::new()
        }
    }

    fn interview(&self) -> String {
        let (Some(at), Some(zone)) = (self.it.interview_at, self.it.interview_zone.as_deref()) else {
            return String::new();
        };
        let here = local_text(at, zone);
        match self.it.person_zone.as_deref().filter(|other| *other != zone) {
            Some(other) => format!("{here} ({})", local_text(at, other)),
            None => here,
        }
    }

    fn hours(&self) -> String {
        let minute = |value: i16| u16::try_from(value).unwrap_or(0);
        let days = Weekdays::from_bits(u8::try_from(self.it.work_days).unwrap_or(0));
        format!(
            "{}–{} {}, {days}",
            clock_text(minute(self.it.work_start)),
            clock_text(minute(self.it.work_end)),
            place(&self.it.zone)
        )
    }

    fn place(&self) -> String {
        place(&self.it.zone)
    }

    fn start(&self) -> String {
        self.it
            .start_on
            .map(|start| start.format("%-d %b %Y").to_string())
            .unwrap_or_default()
    }

    fn length(&self) -> String {
        self.it
            .length_months
            .map_or_else(|| "open-ended".to_owned(), |months| format!("{months} months"))
    }
}

/// A choice without a default, as the select of a form takes it.
type Choices = Vec<(&'static str, &'static str)>;

fn choices(reasons: impl Iterator<Item = (&'static str, &'static str)>) -> Choices {
    std::iter::once(("", "Choose a reason")).chain(reasons).collect()
}

/// The page, filled in again when something was wrong.
pub(super) async fn show(
    db: &Db,
    frame: Frame,
    id: IntroductionId,
    (scope, now): (Scope, Now),
    input: DecisionForm,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    draw(db, frame, id, (scope, now), (input, errors), &DetailQuery::default()).await
}

async fn draw(
    db: &Db,
    frame: Frame,
    id: IntroductionId,
    (scope, now): (Scope, Now),
    (input, errors): (DecisionForm, FormErrors),
    query: &DetailQuery,
) -> AppResult<HttpResponse> {
    let it = store::detail(&mut *db.conn().await?, id, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    let section = if scope.audience == Audience::Candidate {
        Section::Home
    } else {
        Section::Requests
    };
    let status = errors.status();
    let page = DetailPage {
        is_blind: scope.audience == Audience::Staff && Eyes::of(frame.user()).are_closed(&it.owed_by),
        layout: frame.layout(section),
        it,
        audience: scope.audience,
        now: now.0,
        input,
        errors,
        refusals: choices(Refusal::ALL.iter().map(|reason| (reason.code(), reason.words()))),
        withdrawals: choices(Withdrawal::ALL.iter().map(|reason| (reason.code(), reason.words()))),
        says_no: query.say == "no",
        says_hire: query.say == "hire",
    };
    render(status, &page)
}

/// What the link came for: `say=no` opens the form of the no, `say=hire` the question before a hire.
#[derive(Default, Deserialize)]
#[serde(default)]
struct DetailQuery {
    say: String,
}

async fn detail(
    viewer: SignedIn,
    id: web::Path<IntroductionId>,
    query: web::Query<DetailQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let nothing = (DecisionForm::default(), FormErrors::none());
    draw(&db, frame, *id, (Scope::of(&viewer.0), now), nothing, &query).await
}
