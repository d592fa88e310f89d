//! People the agency places: profile, claim ledger, import.
//!
//! A value that nobody stated is `None` and stays so: such people stand "to confirm". The ledger (`claims`) is the truth
//! about skills, English and years: rows are never removed, one row a subject is current (see [`ledger`]).

pub mod about;
pub mod actions;
pub mod blind;
pub mod cv;
pub mod import;
pub mod ledger;
pub mod messages;
pub mod notes;
pub mod off_limits;
pub mod pages;
pub mod profile;
pub mod rejection;
pub mod store;

use serde::{Deserialize, Serialize};

/// Whether somebody can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// Looking for work.
    Active,
    /// Not now; nobody proposes them.
    Paused,
    /// Has left the pool.
    Withdrawn,
    /// Was told no; may apply again from a date on (see [`rejection`]).
    Rejected,
}

impl State {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Withdrawn, Self::Rejected];

    /// As data writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Withdrawn => "Withdrawn",
            Self::Rejected => "Rejected",
        }
    }

    /// The colour of its dot.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Active => "ok",
            Self::Paused => "wait",
            Self::Withdrawn | Self::Rejected => "soft",
        }
    }

    /// Reads [`Self::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == text)
    }

    /// The rows of `state_transitions` as code; a test holds both together.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Paused)
                | (Self::Paused | Self::Withdrawn | Self::Rejected, Self::Active)
                | (Self::Active | Self::Paused, Self::Withdrawn | Self::Rejected)
        )
    }
}

/// How a person came into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Origin {
    /// Applied at /apply.
    Apply,
    /// Entered by staff.
    Staff,
    /// Came in a file.
    Import,
    /// Invented for the demo.
    Demo,
}

impl Origin {
    /// All origins.
    pub const ALL: [Self; 4] = [Self::Apply, Self::Staff, Self::Import, Self::Demo];

    /// As data writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Staff => "staff",
            Self::Import => "import",
            Self::Demo => "demo",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Apply => "Applied",
            Self::Staff => "Entered by staff",
            Self::Import => "Imported",
            Self::Demo => "Demo",
        }
    }

    /// Reads [`Self::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.code() == text)
    }
}

/// The number behind a code as people say it: "M-1001".
pub fn code_label(code: i32) -> String {
    format!("M-{code}")
}
