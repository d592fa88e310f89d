//! Vetting checks, from which "vetted" is derived.
//!
//! Nobody sets "vetted": it is true on a day when every check that the track requires has passed (or was waived, with a
//! reason) and none of them has expired by that day. The one definition is the SQL function `vetting_standing(day)`; it
//! takes the day as an argument, so that an expiry takes effect without a job.
//!
//! Before it is judged a check has steps: the person is invited, an appointment is made, and then the agency has to judge. They
//! may follow each other in any order, because appointments fall through; "not begun" is no row at all. People of the staff are
//! assigned to a check as assessors, and each of them owes a scorecard ([`cards`]).
//!
//! 2026-11-21: somebody of a track that requires no check is vetted, because no check is missing. The other reading would
//! keep everybody of such a track waiting for a check that nobody is going to begin.

pub mod actions;
pub mod cards;
pub mod identity;
pub mod letters;
pub mod pages;
pub mod pipeline;
pub mod references;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::CheckId;

/// The day on which an instant falls for expiries: dates of checks are dates of the agency, which counts in UTC.
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive()
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// Speaking and writing.
    English,
    /// A review of production code.
    CodeReview,
    /// Fundamentals and the actor model.
    TechnicalInterview,
    /// Debugging and performance.
    Debugging,
    /// The challenge, graded.
    TakeHome,
    /// What former colleagues say.
    References,
    /// By a provider.
    Background,
    /// A document, seen.
    Identity,
}

impl Kind {
    /// All kinds, in the usual order.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::CodeReview,
        Self::TechnicalInterview,
        Self::Debugging,
        Self::TakeHome,
        Self::References,
        Self::Background,
        Self::Identity,
    ];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::CodeReview => "code_review",
            Self::TechnicalInterview => "technical_interview",
            Self::Debugging => "debugging",
            Self::TakeHome => "take_home",
            Self::References => "references",
            Self::Background => "background",
            Self::Identity => "identity",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Assessor and person see each other: it can be asked whether it is the same person as before.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::English | Self::CodeReview | Self::TechnicalInterview | Self::Debugging | Self::Identity
        )
    }

    /// The scorecard rates the skills of the track.
    pub fn rates_skills(self) -> bool {
        matches!(self, Self::CodeReview | Self::TechnicalInterview | Self::Debugging)
    }

    /// The scorecard rates English.
    pub fn rates_english(self) -> bool {
        self == Self::English
    }

    /// Assessors fill scorecards. The take-home is graded by its rubric instead.
    pub fn has_cards(self) -> bool {
        self != Self::TakeHome
    }

    /// Somebody outside does it: provider, reference, result and scope are kept, and never the report.
    pub fn has_provider(self) -> bool {
        matches!(self, Self::Background | Self::Identity)
    }

    /// As a title.
    pub fn label(self) -> &'static str {
        match self {
            Self::English => "English screen",
            Self::CodeReview => "Code review",
            Self::TechnicalInterview => "Technical interview",
            Self::Debugging => "Debugging and performance",
            Self::TakeHome => "Take-home challenge",
            Self::References => "References",
            Self::Background => "Background check",
            Self::Identity => "Identity",
        }
    }
}

/// Where a check stands. "Expired" is not stored: it follows from the expiry date and the day one asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// The person was asked to it; no appointment yet, or their part is to come.
    Invited,
    /// There is an appointment.
    Scheduled,
    /// The agency has what it needs, and has to judge.
    Waiting,
    /// Met.
    Passed,
    /// Not met.
    Failed,
    /// Not needed for this person, for a reason.
    Waived,
    /// Begun and given up.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Invited,
        Self::Scheduled,
        Self::Waiting,
        Self::Passed,
        Self::Failed,
        Self::Waived,
        Self::Cancelled,
    ];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Scheduled => "scheduled",
            Self::Waiting => "waiting",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Waived => "waived",
            Self::Cancelled => "cancelled",
        }
    }

    /// Begun and neither judged nor given up.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Invited | Self::Scheduled | Self::Waiting)
    }

    /// The moves that exist; the database has the same ones. An appointment that moves stays one.
    pub fn can_become(self, next: Self) -> bool {
        self.is_open() && next != self
    }
}

/// A person's judgement of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Met.
    Passed,
    /// Not met.
    Failed,
    /// Not needed for this person.
    Waived,
}

impl Outcome {
    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        match key {
            "passed" => Some(Self::Passed),
            "failed" => Some(Self::Failed),
            "waived" => Some(Self::Waived),
            _ => None,
        }
    }

    /// The state it leads to.
    pub fn state(self) -> State {
        match self {
            Self::Passed => State::Passed,
            Self::Failed => State::Failed,
            Self::Waived => State::Waived,
        }
    }
}

/// A judgement to enter.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The judgement.
    pub outcome: Outcome,
    /// The day of it.
    pub decided_on: NaiveDate,
    /// First day on which it counts no longer; `None` takes the track's validity.
    pub expires_on: Option<NaiveDate>,
    /// Take-home: rubric score in basis points.
    pub score_bp: Option<i32>,
    /// Private to staff.
    pub note: String,
    /// Needed for a waiver and a failure.
    pub reason: String,
}

impl Decision {
    /// What keeps it from being recorded, as the field of the form and words for it.
    pub fn faults(&self, today: NaiveDate) -> Vec<(&'static str, &'static str)> {
        let mut faults = Vec::new();
        if self.decided_on > today {
            faults.push((
                "decided_on",
                "This day lies in the future. Enter the day on which it was judged.",
            ));
        }
        if self.outcome != Outcome::Failed && self.expires_on.is_some_and(|expiry| expiry <= self.decided_on) {
            faults.push((
                "expires_on",
                "It would expire before it counts. Enter a day after the one of the result.",
            ));
        }
        if self.outcome != Outcome::Passed && self.reason.trim().is_empty() {
            faults.push(("reason", "Write why it failed or is waived."));
        }
        faults
    }
}

/// What somebody outside said. There is no place for the report itself, on purpose: nobody needs to have it twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Who checked.
    pub provider: String,
    /// Under which number they know it.
    pub reference: String,
    /// What came out, in a line.
    pub result: String,
    /// What was looked at.
    pub scope: String,
}

/// A check that a track asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is checked.
    pub kind: Kind,
    /// What the track calls it; empty: what its kind is called.
    pub title: String,
    /// Months for which a passed one counts; `None`: for ever.
    pub valid_months: Option<i16>,
}

impl Asked {
    /// What people call it.
    pub fn label(&self) -> &str {
        title_or_label(&self.title, self.kind)
    }
}

/// The track's own title of a check, or what its kind is called.
pub fn title_or_label(title: &str, kind: Kind) -> &str {
    if title.is_empty() { kind.label() } else { title }
}

/// A check of one person.
#[derive(Debug, Clone)]
pub struct Check {
    /// Id.
    pub id: CheckId,
    /// What is checked.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Who judged it.
    pub assessor: Option<String>,
    /// When.
    pub decided_on: Option<NaiveDate>,
    /// First day on which it counts no longer.
    pub expires_on: Option<NaiveDate>,
    /// Take-home: rubric score in basis points.
    pub score_bp: Option<i32>,
    /// Private to staff.
    pub note: String,
    /// Why waived or failed.
    pub reason: String,
    /// When the appointment is.
    pub starts_at: Option<DateTime<Utc>>,
    /// Whose scorecards are still out.
    pub owing: Vec<String>,
    /// Whoever looks owes a card about this person: score, note and reason are left out.
    pub hidden: bool,
}

impl Check {
    /// Whether it has passed once and counts no longer on `day`.
    pub fn is_expired(&self, day: NaiveDate) -> bool {
        matches!(self.state, State::Passed | State::Waived) && self.expires_on.is_some_and(|expiry| expiry <= day)
    }
}

/// What the track requires and how much of it is met on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Kinds required.
    pub required: i32,
    /// Of them, passed or waived and not expired.
    pub met: i32,
    /// All of them; a track that requires none has none that is missing.
    pub vetted: bool,
    /// The latest result of some required kind is "failed".
    pub failed: bool,
    /// The first expiry among the counted ones.
    pub first_expiry: Option<NaiveDate>,
}

/// The first day on which a check of `months` validity decided on `day` counts no longer; `None` never expires.
pub fn expiry(day: NaiveDate, months: Option<i16>) -> Option<NaiveDate> {
    let months = u32::try_from(months?).ok()?;
    day.checked_add_months(chrono::Months::new(months))
}
