//! A request: the brief, where it stands and on whom it waits, what can be done, how it came here.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::RequestId;
use crate::money::{Currency, Period, Rate};
use crate::requests::advice::{self, Advice};
use crate::requests::store::{self, RequestRow, SeatRow, SkillRow, StateLine};
use crate::requests::{English, Move, Scope, SeatGroup, SeatState, Signal, State, TEAM, actions};
use crate::web::{Act, Form, Frame, Layout, Now, Section, SignedIn, form, render};
use crate::zones::{Weekdays, clock_text};

#[derive(Template)]
#[template(path = "requests/show.html")]
struct ShowPage {
    layout: Layout,
    scope: Scope,
    row: RequestRow,
    skills: Vec<SkillRow>,
    seats: Vec<SeatRow>,
    history: Vec<StateLine>,
    advice: Vec<Advice>,
    shape: Option<&'static str>,
    refused: Option<Refused>,
    /// Who may answer for it, for staff.
    staff: Vec<(String, String)>,
    now: DateTime<Utc>,
}

/// A move as the page offers it: a plain button, or a question with what it means.
struct Offer {
    act: &'static str,
    label: &'static str,
    consequence: &'static str,
    reason: &'static str,
    danger: bool,
}

impl ShowPage {
    fn is_staff(&self) -> bool {
        self.scope == Scope::Staff
    }

    /// Whether somebody can be put in charge.
    fn can_be_handed(&self) -> bool {
        self.is_staff() && !matches!(self.row.state, State::Filled | State::Cancelled)
    }

    fn in_charge(&self) -> String {
        self.row.recruiter_id.map_or_else(String::new, |id| id.to_string())
    }

    fn may_edit(&self) -> bool {
        self.row.state.may_edit(self.scope)
    }

    fn can(&self, act: Move) -> bool {
        act.is_for(self.scope) && act.from(self.row.state).is_some()
    }

    fn standing(&self) -> String {
        self.row.state.words(self.scope)
    }

    /// The date at the client's place.
    fn day(&self, at: &DateTime<Utc>) -> String {
        self.row.zone.local(*at).format("%-d %b %Y").to_string()
    }

    fn moment(&self, at: &DateTime<Utc>) -> String {
        self.row.zone.local(*at).format("%-d %b %Y, %H:%M").to_string()
    }

    /// Each text of the brief with its question, those without an answer left out.
    fn texts(&self) -> Vec<(&'static str, &str)> {
        [
            ("The system", &self.row.system),
            ("Performance targets", &self.row.performance_targets),
            ("Concurrency", &self.row.concurrency),
            ("Existing infrastructure", &self.row.infrastructure),
            ("Team", &self.row.team_structure),
            ("Why this technology", &self.row.why_technology),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(question, text)| (question, text.as_str()))
        .collect()
    }

    fn place(&self) -> String {
        self.row.zone.label(self.now)
    }

    fn hours(&self) -> String {
        let clock = |minute: i16| clock_text(u16::try_from(minute).unwrap_or_default());
        format!("{}\u{2013}{}", clock(self.row.work_start), clock(self.row.work_end))
    }

    fn days(&self) -> String {
        Weekdays::from_bits(u8::try_from(self.row.work_days).unwrap_or_default()).to_string()
    }

    fn overlap(&self) -> String {
        self.row.least_overlap_minutes.map_or_else(
            || "not asked".to_owned(),
            |minutes| match (minutes / 60, minutes % 60) {
                (hours, 0) => format!("at least {hours} h"),
                (hours, rest) => format!("at least {hours} h {rest} min"),
            },
        )
    }

    fn english(&self) -> String {
        let level = |number: Option<i16>| number.and_then(English::of).map(English::label);
        match (level(self.row.english_speaking), level(self.row.english_writing)) {
            (None, None) => "not asked".to_owned(),
            (Some(speaking), Some(writing)) if speaking == writing => format!("{speaking}, spoken and written"),
            (Some(speaking), Some(writing)) => format!("{speaking} spoken, {writing} written"),
            (Some(speaking), None) => format!("{speaking} spoken"),
            (None, Some(writing)) => format!("{writing} written"),
        }
    }

    fn start(&self) -> String {
        self.row.start_on.map_or_else(
            || "as soon as possible".to_owned(),
            |date| date.format("%-d %b %Y").to_string(),
        )
    }

    fn length(&self) -> String {
        match self.row.length_months {
            None => "open-ended".to_owned(),
            Some(1) => "1 month".to_owned(),
            Some(months) => format!("{months} months"),
        }
    }

    fn budget(&self, seat: &SeatRow) -> String {
        let money: Option<(Currency, Period)> = self
            .row
            .budget_currency
            .as_deref()
            .and_then(|code| code.parse().ok())
            .zip(self.row.budget_period);
        match (seat.budget_minor, money) {
            (Some(minor), Some((currency, period))) => format!(
                "up to {}",
                Rate {
                    minor,
                    currency,
                    period
                }
            ),
            _ => "open".to_owned(),
        }
    }

    fn musts(&self) -> impl Iterator<Item = (&str, i16)> {
        self.skills
            .iter()
            .filter_map(|skill| Some((skill.name.as_str(), skill.level?)))
    }

    fn nices(&self) -> impl Iterator<Item = (&str, i16)> {
        self.skills
            .iter()
            .filter_map(|skill| Some((skill.name.as_str(), skill.weight?)))
    }

    fn filled(&self) -> usize {
        self.seats.iter().filter(|seat| seat.state == SeatState::Filled).count()
    }

    /// What was typed for an act that was refused, or nothing.
    fn typed(&self, act: &str) -> &str {
        let refused = self.refused.as_ref().filter(|refused| refused.act == act);
        refused.map_or("", |refused| refused.reason.as_str())
    }

    fn was_refused(&self, act: &str) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.act == act)
    }

    /// The moves that ask for a reason.
    fn offers(&self) -> Vec<Offer> {
        let all = [
            (
                Move::Ask,
                "ask",
                "Ask for information",
                "The client is asked and the request waits for the answer.",
                "What is missing?",
            ),
            (
                Move::Open,
                "open",
                "Record their answer and open",
                "For an answer that came by phone: it is kept in the history, and the search starts.",
                "What did they say?",
            ),
            (
                Move::Hold,
                "hold",
                "Put on hold",
                "The search rests. Nobody new is introduced until it is resumed.",
                "Why does it rest?",
            ),
            (
                Move::Cancel,
                "cancel",
                "Cancel the request",
                "The search ends for every seat. This cannot be undone; a new request can be filed at any time.",
                "Why is it cancelled?",
            ),
        ];
        all.into_iter()
            .filter(|(act, ..)| self.can(*act) && (*act != Move::Open || self.row.state == State::NeedsInfo))
            .map(|(act, path, label, consequence, reason)| Offer {
                act: path,
                label,
                consequence,
                reason,
                danger: act == Move::Cancel,
            })
            .collect()
    }

    fn has_acts(&self) -> bool {
        !self.offers().is_empty() || self.can(Move::Answer)
    }
}

/// An act that was refused, with what was typed for it.
struct Refused {
    /// The act's path.
    act: &'static str,
    title: String,
    way_on: String,
    reason: String,
}

/// The page.
pub async fn show(
    signed_in: SignedIn,
    id: web::Path<RequestId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw(&db, frame, &signed_in, *id, now, None).await
}

async fn draw(
    db: &Db,
    frame: Frame,
    signed_in: &SignedIn,
    id: RequestId,
    now: Now,
    refused: Option<Refused>,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&signed_in.0)?;
    let mut conn = db.conn().await?;
    let row = store::find(&mut conn, id, scope).await?.ok_or(AppError::NotFound)?;
    let skills = store::skills(&mut conn, row.id).await?;
    let seats = store::seats(&mut conn, row.id).await?;
    let history = store::history(&mut conn, row.id).await?;
    let staff = match scope {
        Scope::Staff => store::charge::staff(&mut conn).await?,
        Scope::Client(_) => Vec::new(),
    };
    let staff = std::iter::once((String::new(), "Nobody yet".to_owned()))
        .chain(staff.into_iter().map(|(id, name)| (id.to_string(), name)))
        .collect();
    let signals: Vec<Signal> = row.signals.iter().filter_map(|code| Signal::parse(code)).collect();
    let advice = advice::against(&signals, row.length_months);
    let shape = advice::team_shape(&groups(&seats));
    let status = match refused {
        None => StatusCode::OK,
        Some(_) => StatusCode::CONFLICT,
    };
    render(
        status,
        &ShowPage {
            layout: frame.layout(Section::Requests),
            scope,
            row,
            skills,
            seats,
            history,
            advice,
            shape,
            refused,
            staff,
            now: now.0,
        },
    )
}

fn groups(seats: &[SeatRow]) -> Vec<SeatGroup> {
    TEAM.into_iter()
        .map(|seniority| SeatGroup {
            seniority,
            count: u16::try_from(seats.iter().filter(|seat| seat.seniority == Some(seniority)).count())
                .unwrap_or(u16::MAX),
            budget_minor: None,
        })
        .collect()
}

/// What every act sends: the version that was looked at, and a reason.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActForm {
    version: String,
    reason: String,
}

/// Carries a move out. Refused, the page comes back as it is now, with the reason that was given and what was typed.
async fn carry_out(
    signed_in: SignedIn,
    id: RequestId,
    act: &Act,
    frame: Frame,
    input: ActForm,
    (step, path, said): (Move, &'static str, &'static str),
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&signed_in.0)?;
    let seen = input.version.parse().unwrap_or_default();
    let done = async {
        let mut tx = act.begin().await?;
        let reason =
            form::text(&input.reason, 2_000).map_err(|why| AppError::refused("The text cannot be kept", why))?;
        actions::advance(&mut tx, &act.by, act.at, scope, (id, seen), step, &reason).await?;
        act.done(tx, said, format!("/requests/{id}")).await
    };
    match done.await {
        Err(AppError::Refused { title, way_on }) => {
            let refused = Refused {
                act: path,
                title: title.into_owned(),
                way_on: way_on.into_owned(),
                reason: input.reason,
            };
            draw(&act.db, frame, &signed_in, id, act.now(), Some(refused)).await
        }
        other => other,
    }
}

/// Defines the handler of one move and what is said afterwards.
macro_rules! act {
    ($(#[$doc:meta])* $name:ident, $act:expr, $said:literal) => {
        $(#[$doc])*
        pub async fn $name(
            signed_in: SignedIn,
            id: web::Path<RequestId>,
            act: Act,
            frame: Frame,
            Form(input): Form<ActForm>,
        ) -> AppResult<HttpResponse> {
            let what = ($act, stringify!($name), $said);
            carry_out(signed_in, *id, &act, frame, input, what).await
        }
    };
}

act!(
    /// The client hands a draft in.
    submit, Move::Submit, "The request is handed in. A recruiter reads it next."
);
act!(
    /// Staff ask the client something.
    ask, Move::Ask, "The client is asked."
);
act!(
    /// The client answers.
    answer, Move::Answer, "Thank you. The recruiter reads your answer next."
);
act!(
    /// Staff start the search.
    open, Move::Open, "The request is open: the search starts."
);
act!(
    /// The search rests.
    hold, Move::Hold, "The search rests."
);
act!(
    /// The search goes on.
    resume, Move::Resume, "The search goes on."
);
act!(
    /// It will not be filled.
    cancel, Move::Cancel, "The request is cancelled."
);
