//! One-time links: confirm an address, change it, choose a new password. Opening one changes nothing; its button does.

pub mod actions;
pub mod letters;
pub mod pages;
pub mod store;

use chrono::TimeDelta;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Purpose {
    /// The address of a new account is its owner's.
    Confirm,
    /// A new address is its owner's; the account gets it.
    Address,
    /// Choose a new password.
    Reset,
}

impl Purpose {
    /// How long a link works.
    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::Confirm => TimeDelta::days(7),
            Self::Address => TimeDelta::days(1),
            Self::Reset => TimeDelta::hours(1),
        }
    }

    /// The path before the token.
    pub fn path(self) -> &'static str {
        match self {
            Self::Confirm | Self::Address => "/confirm/",
            Self::Reset => "/reset/",
        }
    }
}
