//! Offers, placements, the guarantee calendar and its claims.
//!
//! An offer goes to the person the client chose; accepted, it becomes a placement with an immutable snapshot of terms,
//! specification and match run. The guarantee is [`guarantee::Calendar`] over that snapshot; the row in `guarantees` keeps
//! its dates for the sweep. A departure opens a guarantee claim, judged by [`guarantee::checklist`].

pub mod actions;
pub mod clauses;
pub mod cli;
pub mod guarantee;
pub mod pages;
pub mod standing;
pub mod store;

use serde::{Deserialize, Serialize};

/// The state of a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// The offer was accepted, the start is not fixed.
    Accepted,
    /// Starts on a known date.
    Scheduled,
    /// At work.
    Active,
    /// Left.
    Ended,
    /// Never came.
    NoShow,
    /// Called off before the start.
    CancelledBeforeStart,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Active,
        Self::Ended,
        Self::NoShow,
        Self::CancelledBeforeStart,
    ];

    /// Whether the move is legal.
    pub const fn may_become(self, next: Self) -> bool {
        use State::{Accepted, Active, CancelledBeforeStart, Ended, NoShow, Scheduled};
        matches!(
            (self, next),
            (Accepted, Scheduled | CancelledBeforeStart)
                | (Scheduled, Active | CancelledBeforeStart | NoShow)
                | (Active, Ended | NoShow)
        )
    }

    /// The dot's kind and the word.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Accepted => ("wait", "Accepted, start to be fixed"),
            Self::Scheduled => ("wait", "Scheduled"),
            Self::Active => ("ok", "Active"),
            Self::Ended => ("soft", "Ended"),
            Self::NoShow => ("bad", "Never started"),
            Self::CancelledBeforeStart => ("soft", "Cancelled before the start"),
        }
    }
}

/// The state of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OfferState {
    /// Waiting on the candidate.
    Sent,
    /// Became a placement.
    Accepted,
    /// The candidate said no.
    Declined,
    /// Taken back.
    Withdrawn,
}

impl OfferState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Accepted, Self::Declined, Self::Withdrawn];

    /// Whether the move is legal.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Sent, Self::Accepted | Self::Declined | Self::Withdrawn)
        )
    }
}

/// The state of a guarantee claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ClaimState {
    /// Being written.
    Draft,
    /// The agency knows.
    Notified,
    /// Somebody judges it.
    UnderReview,
    /// Every line is met.
    Eligible,
    /// A line is not met.
    Ineligible,
    /// Another person is looked for.
    ReplacementSearch,
    /// Another person was placed.
    Replaced,
    /// Money is owed back.
    RefundDue,
    /// Money was paid back.
    Refunded,
    /// A credit was given.
    CreditIssued,
    /// Taken back by the client.
    Withdrawn,
    /// The search ended without a person.
    ClosedUnfilled,
}

impl ClaimState {
    /// Whether the agency still owes something.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Draft
                | Self::Notified
                | Self::UnderReview
                | Self::Eligible
                | Self::ReplacementSearch
                | Self::RefundDue
        )
    }

    /// Whether staff have yet to judge it.
    pub const fn waits_for_judgement(self) -> bool {
        matches!(self, Self::Notified | Self::UnderReview)
    }

    /// The dot's kind and the word, which says who is waited on.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Draft => ("soft", "Draft"),
            Self::Notified | Self::UnderReview => ("wait", "Guarantee claim, waiting on the agency"),
            Self::Eligible => ("ok", "Guarantee claim eligible"),
            Self::Ineligible => ("bad", "Guarantee claim not eligible"),
            Self::ReplacementSearch => ("wait", "Replacement search, waiting on the agency"),
            Self::Replaced => ("ok", "Replaced"),
            Self::RefundDue => ("wait", "Refund due, waiting on the agency"),
            Self::Refunded => ("ok", "Refunded"),
            Self::CreditIssued => ("ok", "Credit issued"),
            Self::Withdrawn => ("soft", "Guarantee claim withdrawn"),
            Self::ClosedUnfilled => ("soft", "Closed without a replacement"),
        }
    }
}

/// Who employs the developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Engagement {
    /// Works on own account.
    Contractor,
    /// A partner employs them in their country.
    EmployerOfRecord,
    /// The agency does.
    AgencyEmployee,
    /// The client does.
    ClientEmployee,
}

impl Engagement {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Contractor,
        Self::EmployerOfRecord,
        Self::AgencyEmployee,
        Self::ClientEmployee,
    ];

    /// The code in forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Contractor => "contractor",
            Self::EmployerOfRecord => "employer_of_record",
            Self::AgencyEmployee => "agency_employee",
            Self::ClientEmployee => "client_employee",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Contractor => "contractor",
            Self::EmployerOfRecord => "employed through a partner",
            Self::AgencyEmployee => "employed by the agency",
            Self::ClientEmployee => "employed by the client",
        }
    }

    /// The kind of that code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
