//! The agency's no to somebody who applied.
//!
//! 2026-11-21: it is a person's act: somebody of the staff chooses a reason, reads and sends a message, and says from when the
//! person may apply again. No score, no failed check and no job leads here; the one caller of [`actions::reject`] is the form of
//! a page, the database demands the staff member's id, and tests hold both.

pub mod actions;
pub mod pages;
pub mod store;

use chrono::{Months, NaiveDate};

/// Why somebody is told no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Reason {
    /// Skills below the bar.
    Skills,
    /// English below what roles need.
    English,
    /// Too few hours shared with clients.
    Overlap,
    /// They want more than clients pay.
    Pay,
    /// Identity or references could not be verified.
    Unverified,
    /// They do not answer any more.
    NoContact,
    /// Nothing to be wrong with them: there is no role.
    NoRoles,
    /// Something else, said in words.
    Other,
}

impl Reason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 8] = [
        Self::Skills,
        Self::English,
        Self::Overlap,
        Self::Pay,
        Self::Unverified,
        Self::NoContact,
        Self::NoRoles,
        Self::Other,
    ];

    /// The value of forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::English => "english",
            Self::Overlap => "overlap",
            Self::Pay => "pay",
            Self::Unverified => "unverified",
            Self::NoContact => "no_contact",
            Self::NoRoles => "no_roles",
            Self::Other => "other",
        }
    }

    /// For staff.
    pub fn label(self) -> &'static str {
        match self {
            Self::Skills => "Skills below the bar",
            Self::English => "English below what roles need",
            Self::Overlap => "Too few shared hours",
            Self::Pay => "Pay expectation",
            Self::Unverified => "Could not verify identity or references",
            Self::NoContact => "Withdrew contact",
            Self::NoRoles => "No suitable roles now",
            Self::Other => "Another reason",
        }
    }

    /// Reads [`Self::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == text)
    }

    /// What a message of this reason begins as. Staff read it and write it their own way before it goes.
    pub fn message(self) -> &'static str {
        match self {
            Self::Skills => {
                "Thank you for the time you put into this, and for showing us how you work.\n\nWe cannot put you forward at the moment: the roles we have ask for more depth in some of the skills we looked at than we saw this time. That can change quickly with practice on a real system.\n\nYou are welcome to apply again, and we would look with fresh eyes."
            }
            Self::English => {
                "Thank you for the time you took to talk with us.\n\nOur clients work in English all day, in calls and in writing, and we think that this would make the first months harder for you than they should be. Your technical work is not what stands in the way.\n\nYou are welcome to apply again when your English has moved on."
            }
            Self::Overlap => {
                "Thank you for applying.\n\nThe teams we work with need several hours a day in common, and your working hours and theirs meet too little at the moment. If your hours change, tell us.\n\nYou are welcome to apply again."
            }
            Self::Pay => {
                "Thank you for being open about what you want to earn.\n\nWhat our clients pay at present is below it, and we do not want to propose you for less than you asked for. If either side moves, we would be glad to talk again."
            }
            Self::Unverified => {
                "Thank you for your patience with our questions.\n\nWe vouch for everybody we introduce, and we could not confirm all that we need for that. If you can help us with it later, we will look again."
            }
            Self::NoContact => {
                "We tried to reach you about your application and have not heard from you, so we close it for now. No harm done: plans change.\n\nYou are welcome to apply again."
            }
            Self::NoRoles => {
                "Thank you for applying, and for your patience.\n\nWe have no role that fits you at the moment, and we would rather say so than keep you waiting. This is not about your work.\n\nYou are welcome to apply again."
            }
            Self::Other => "Thank you for applying, and for the time you put into it.\n\n",
        }
    }
}

/// Months after which somebody may apply again, unless staff choose otherwise.
const USUAL_MONTHS: u32 = 6;

/// Months after which everybody may.
const MOST_MONTHS: u32 = 24;

/// From when somebody may usually apply again.
pub fn usual_date(today: NaiveDate) -> NaiveDate {
    today.checked_add_months(Months::new(USUAL_MONTHS)).unwrap_or(today)
}

/// Why this cannot be the day from which somebody may apply again, if so.
pub fn wrong_date(today: NaiveDate, day: NaiveDate) -> Option<&'static str> {
    let last = today.checked_add_months(Months::new(MOST_MONTHS)).unwrap_or(today);
    if day < today {
        Some("This day has passed.")
    } else if day > last {
        Some("At most two years ahead: people change.")
    } else {
        None
    }
}

/// Characters of the words of another reason.
pub const WORDS: usize = 200;

/// Characters of the private note.
pub const NOTE: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_message_that_fits_and_blames_nobody() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(reason));
            let message = reason.message();
            assert!(
                message.len() > 40 && message.len() < crate::promises::BODY,
                "{reason:?}"
            );
            assert!(!message.to_lowercase().contains("reject"), "{reason:?}");
        }
        assert_eq!(Reason::parse("Skills"), None);
    }

    #[test]
    fn the_date_lies_from_today_to_two_years_ahead() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let today = day("2026-08-31");
        assert_eq!(usual_date(today), day("2027-02-28"));
        for (text, fits) in [
            ("2026-08-30", false),
            ("2026-08-31", true),
            ("2028-08-31", true),
            ("2028-09-01", false),
        ] {
            assert_eq!(wrong_date(today, day(text)).is_none(), fits, "{text}");
        }
    }
}
