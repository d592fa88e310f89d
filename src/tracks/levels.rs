//! The words in which requests and people are compared: seniority and English.

use serde::{Deserialize, Serialize};

/// A band of seniority. Years are a hint for it, never a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Seniority {
    /// Simple endpoints, one small project.
    Junior,
    /// Designs applications, profiles, has shipped to production.
    Mid,
    /// Scales horizontally, traces across services, mentors.
    Senior,
}

impl Seniority {
    /// From the lowest.
    pub const ALL: [Self; 3] = [Self::Junior, Self::Mid, Self::Senior];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Mid => "mid",
            Self::Senior => "senior",
        }
    }

    /// As a title.
    pub fn label(self) -> &'static str {
        match self {
            Self::Junior => "Junior",
            Self::Mid => "Mid-level",
            Self::Senior => "Senior",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.key() == key)
    }
}

/// A level of the Common European Framework, or native. The number is the database's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[repr(i16)]
pub enum English {
    /// Beginner.
    A1 = 1,
    /// Elementary.
    A2 = 2,
    /// Intermediate.
    B1 = 3,
    /// Upper intermediate: the usual need for daily client calls.
    B2 = 4,
    /// Advanced.
    C1 = 5,
    /// Proficient.
    C2 = 6,
    /// First language.
    Native = 7,
}

impl English {
    /// From the lowest.
    pub const ALL: [Self; 7] = [Self::A1, Self::A2, Self::B1, Self::B2, Self::C1, Self::C2, Self::Native];

    /// "B2", "native".
    pub fn label(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::B1 => "B1",
            Self::B2 => "B2",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::Native => "native",
        }
    }

    /// Reads a form's or a file's value, whatever its case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| level.label().eq_ignore_ascii_case(text.trim()))
    }

    /// The database's number.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// From the database's number.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}
