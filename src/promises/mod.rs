//! By when somebody hears from the agency ("feedback debt"), and what the agency writes to them.
//!
//! Every application and every finished check begins a promise, in the transaction of the fact: a date some business days ahead,
//! which the person sees at home and in a letter. Any word of the agency that reaches the person keeps whatever is owed to
//! them: a message, an invitation to a check, a proposed introduction, an offer, a rejection.
//!
//! 2026-11-21: a promise is counted on the person's own calendar, because they read the date: it begins on the date it is where
//! they work, and is late from the end of the due day there. The instant of that end is stored with the row, so that who is
//! late is one comparison with the clock and not arithmetic of zones in SQL; somebody who moves keeps the dates they were given.

pub mod actions;
mod letters;
pub mod pages;
pub mod store;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::ids::CheckId;
use crate::zones::Zone;

/// What is promised an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An application, the first or a later one.
    Application,
    /// A check that was finished.
    Check(CheckId),
}

impl What {
    /// As the database writes it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Check(_) => "check",
        }
    }

    pub(crate) const fn check(self) -> Option<CheckId> {
        match self {
            Self::Application => None,
            Self::Check(id) => Some(id),
        }
    }
}

/// By what a promise was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum How {
    /// Somebody of the agency wrote to them.
    Message,
    /// They were invited to a check.
    Invitation,
    /// They were proposed to a client, and asked.
    Introduction,
    /// They were told no.
    Rejection,
    /// They got an offer.
    Offer,
    /// They left the pool: nothing is owed any more.
    Withdrew,
}

impl How {
    /// For staff.
    pub fn label(self) -> &'static str {
        match self {
            Self::Message => "a message",
            Self::Invitation => "an invitation",
            Self::Introduction => "an introduction",
            Self::Rejection => "a rejection",
            Self::Offer => "an offer",
            Self::Withdrew => "they withdrew",
        }
    }
}

/// On what occasion the agency wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Occasion {
    /// Somebody had something to say.
    Word,
    /// A promised date was moved.
    Moved,
    /// The agency's no.
    Rejection,
    /// That no was taken back.
    TakenBack,
}

/// Characters of a subject.
pub const SUBJECT: usize = 150;

/// Characters of a message.
pub const BODY: usize = 3_000;

/// Days ahead to which a promised date can be moved at most.
pub const FURTHEST: u64 = 60;

/// "Thu 26 Nov": a date that is near enough to need no year.
pub fn near(day: NaiveDate) -> String {
    day.format("%a %-d %b").to_string()
}

/// The date it is for somebody who works there.
pub fn today(zone: Option<Zone>, now: DateTime<Utc>) -> NaiveDate {
    zone.unwrap_or_else(Zone::utc).local_date(now)
}

/// Why a date cannot be moved there, if so.
pub fn cannot_move(due_on: NaiveDate, today: NaiveDate, to: NaiveDate) -> Option<&'static str> {
    let last = today.checked_add_days(Days::new(FURTHEST)).unwrap_or(today);
    if to <= today {
        Some("Choose a day to come.")
    } else if to > last {
        Some("At most 60 days ahead: a later date is no promise.")
    } else if to == due_on {
        Some("This is the date that was promised.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_moves_to_a_near_day_to_come_and_to_no_other() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let (due, today) = (day("2026-11-26"), day("2026-11-23"));
        for (to, can) in [
            ("2026-11-23", false),
            ("2026-11-24", true),
            ("2026-11-26", false),
            ("2026-11-27", true),
            ("2027-01-22", true),
            ("2027-01-23", false),
        ] {
            assert_eq!(cannot_move(due, today, day(to)).is_none(), can, "{to}");
        }
    }
}
