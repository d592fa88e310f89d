//! Role requests and their seats; the honest intake.
//!
//! A request is a brief ([`Brief`]), its seats (one per person to hire) and a state. Clients file and answer, staff ask and
//! open, both may hold or cancel; "filled" is nobody's click: it follows from the seats ([`actions::seat_filled`]).
//!
//! 2026-11-21: a departure empties the seat at once, whether or not the guarantee covers it ([`actions::seat_left`]), and a
//! filled request then rests instead of being open: that somebody left is a fact, that another person is wanted is the
//! client's word, or what a guarantee claim owes ([`actions::seat_vacated`]).

pub mod actions;
pub mod advice;
pub mod brief;
pub mod kept;
pub mod pages;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::accounts::{Role, Viewer};
use crate::error::{AppError, AppResult};
use crate::ids::OrganizationId;

pub use crate::tracks::levels::{English, Seniority};
pub use brief::{Brief, SeatGroup, Signal, SkillNeed};

/// Where a request stands. The moves are [`Move`]'s and, the same, the rows of `state_transitions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// The client still writes; staff do not see it.
    Draft,
    /// The agency reads it.
    Submitted,
    /// The agency asked something.
    NeedsInfo,
    /// The agency looks for people.
    Open,
    /// The search rests.
    OnHold,
    /// Every seat is taken.
    Filled,
    /// It will not be filled.
    Cancelled,
}

/// Who is waited on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The client.
    Client,
    /// The agency.
    Agency,
    /// Nobody.
    Nobody,
}

impl State {
    /// All states, in the order of a request's life.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Submitted,
        Self::NeedsInfo,
        Self::Open,
        Self::OnHold,
        Self::Filled,
        Self::Cancelled,
    ];

    /// The name in addresses and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::NeedsInfo => "needs_info",
            Self::Open => "open",
            Self::OnHold => "on_hold",
            Self::Filled => "filled",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Submitted => "Submitted",
            Self::NeedsInfo => "Needs information",
            Self::Open => "Open",
            Self::OnHold => "On hold",
            Self::Filled => "Filled",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Who has to act next.
    pub fn waiting(self) -> Waiting {
        match self {
            Self::Draft | Self::NeedsInfo => Waiting::Client,
            Self::Submitted => Waiting::Agency,
            // Whom an open search waits on differs from seat to seat: the introductions say it.
            Self::Open | Self::OnHold | Self::Filled | Self::Cancelled => Waiting::Nobody,
        }
    }

    /// The colour word of the state's dot.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Submitted | Self::NeedsInfo => "wait",
            Self::Open | Self::Filled => "ok",
            Self::Draft | Self::OnHold | Self::Cancelled => "soft",
        }
    }

    /// The state and who is waited on, as `side` reads it: "Submitted, waiting on the agency".
    pub fn words(self, scope: Scope) -> String {
        let waiting = match (self.waiting(), scope) {
            (Waiting::Nobody, _) => return self.label().to_owned(),
            (Waiting::Client, Scope::Client(_)) | (Waiting::Agency, Scope::Staff) => "waiting on you",
            (Waiting::Client, Scope::Staff) => "waiting on the client",
            (Waiting::Agency, Scope::Client(_)) => "waiting on the agency",
        };
        format!("{}, {waiting}", self.label())
    }

    /// Whether that side may change the brief now.
    pub fn may_edit(self, scope: Scope) -> bool {
        match scope {
            Scope::Client(_) => matches!(self, Self::Draft | Self::Submitted | Self::NeedsInfo),
            Scope::Staff => !matches!(self, Self::Draft | Self::Filled | Self::Cancelled),
        }
    }

    /// Whether the kind of role can still be corrected: before the search, nobody was matched by it.
    pub fn may_change_track(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::NeedsInfo)
    }
}

/// A change of state, as a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The client hands a draft in.
    Submit,
    /// Staff ask the client something.
    Ask,
    /// The client answers.
    Answer,
    /// Staff start the search.
    Open,
    /// The search rests.
    Hold,
    /// The search goes on.
    Resume,
    /// It will not be filled.
    Cancel,
    /// The last open seat was taken.
    Fill,
    /// Somebody left; the search rests until somebody else is asked for.
    Vacate,
    /// Another person is owed: the search starts again.
    Reopen,
}

impl Move {
    /// All moves.
    pub const ALL: [Self; 10] = [
        Self::Submit,
        Self::Ask,
        Self::Answer,
        Self::Open,
        Self::Hold,
        Self::Resume,
        Self::Cancel,
        Self::Fill,
        Self::Vacate,
        Self::Reopen,
    ];

    /// Where the move leads from `from`, if it may be made there.
    pub fn from(self, from: State) -> Option<State> {
        use State::{Cancelled, Draft, Filled, NeedsInfo, OnHold, Open, Submitted};
        match (self, from) {
            (Self::Submit, Draft) | (Self::Answer, NeedsInfo) => Some(Submitted),
            (Self::Ask, Submitted) => Some(NeedsInfo),
            (Self::Open, Submitted | NeedsInfo) | (Self::Resume, OnHold) | (Self::Reopen, Filled | OnHold) => {
                Some(Open)
            }
            (Self::Hold, Open) | (Self::Vacate, Filled) => Some(OnHold),
            (Self::Cancel, Draft | Submitted | NeedsInfo | Open | OnHold) => Some(Cancelled),
            (Self::Fill, Open) => Some(Filled),
            _ => None,
        }
    }

    /// Whether that side may make the move.
    pub fn is_for(self, scope: Scope) -> bool {
        match self {
            Self::Submit | Self::Answer => matches!(scope, Scope::Client(_)),
            Self::Ask | Self::Open => scope == Scope::Staff,
            Self::Hold | Self::Resume | Self::Cancel => true,
            Self::Fill | Self::Vacate | Self::Reopen => false,
        }
    }

    /// The reason that is recorded when nobody has to give one.
    pub fn standard_reason(self) -> Option<&'static str> {
        match self {
            Self::Submit => Some("Handed in."),
            Self::Open => Some("Complete: the search starts."),
            Self::Resume => Some("The search goes on."),
            Self::Fill => Some("Every seat is taken."),
            Self::Ask | Self::Answer | Self::Hold | Self::Cancel | Self::Vacate | Self::Reopen => None,
        }
    }

    /// What the log calls it.
    pub fn event(self) -> &'static str {
        match self {
            Self::Submit => "role_request.submitted",
            Self::Ask => "role_request.asked",
            Self::Answer => "role_request.answered",
            Self::Open => "role_request.opened",
            Self::Hold => "role_request.held",
            Self::Resume => "role_request.resumed",
            Self::Cancel => "role_request.cancelled",
            Self::Fill => "role_request.filled",
            Self::Vacate => "role_request.vacated",
            Self::Reopen => "role_request.reopened",
        }
    }
}

/// Whose eyes: the scope of every query of this domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The agency: everything but other people's drafts.
    Staff,
    /// One client: its own.
    Client(OrganizationId),
}

impl Scope {
    /// The scope of a viewer. Candidates have none: for them there are no requests.
    pub fn of(viewer: &Viewer) -> AppResult<Self> {
        match (viewer.role, viewer.organization) {
            (Role::Admin | Role::Recruiter, _) => Ok(Self::Staff),
            (Role::Client, Some(organization)) => Ok(Self::Client(organization)),
            (Role::Client | Role::Candidate, _) => Err(AppError::NotFound),
        }
    }

    /// The client, or nothing for staff.
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Staff => None,
            Self::Client(organization) => Some(organization),
        }
    }
}

/// The bands in the order in which a team is described: who leads comes first.
pub const TEAM: [Seniority; 3] = [Seniority::Senior, Seniority::Mid, Seniority::Junior];

/// Whether a seat still looks for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SeatState {
    /// Looks for somebody.
    Open,
    /// Somebody was hired for it.
    Filled,
    /// No longer wanted.
    Cancelled,
}

impl SeatState {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Filled => "Filled",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The colour word of the state's dot.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Open => "wait",
            Self::Filled => "ok",
            Self::Cancelled => "soft",
        }
    }
}

/// What each level of a skill means, for the intake and the explanation.
pub const LEVELS: [(i16, &str); 5] = [
    (1, "1 - tried it"),
    (2, "2 - with help"),
    (3, "3 - works alone"),
    (4, "4 - deep"),
    (5, "5 - others ask"),
];

/// What each weight of a nice-to-have means.
pub const WEIGHTS: [(i16, &str); 5] = [
    (1, "1 - a little"),
    (2, "2"),
    (3, "3 - helps"),
    (4, "4"),
    (5, "5 - near a must"),
];
