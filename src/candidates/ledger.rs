//! The claim ledger's words and its one rule: which of several claims about the same thing is current.
//!
//! Among the claims that were not withdrawn: a verified one before any claimed one, then one that states a value before
//! one that only names the skill, then the newer one (by the day of verification, else of statement), then the later id.
//! `store::settle` does this in SQL in the transaction of every change; a test compares it with a slow model.

use serde::{Deserialize, Serialize};

use crate::tracks::levels::English;

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// A skill of the taxonomy, level 1 to 5, or named without a level.
    Skill,
    /// Spoken English.
    EnglishSpeaking,
    /// Written English.
    EnglishWriting,
    /// Whole years of work.
    Years,
}

impl Kind {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Skill => "Skill",
            Self::EnglishSpeaking => "English, speaking",
            Self::EnglishWriting => "English, writing",
            Self::Years => "Years of work",
        }
    }

    /// The values a claim of this kind may have.
    pub fn range(self) -> std::ops::RangeInclusive<i16> {
        match self {
            Self::Skill => 1..=5,
            Self::EnglishSpeaking | Self::EnglishWriting => 1..=7,
            Self::Years => 0..=60,
        }
    }

    /// A value as people read it.
    pub fn value_label(self, value: Option<i16>) -> String {
        match (self, value) {
            (Self::Skill, None) => "named".to_owned(),
            (_, None) => "not stated".to_owned(),
            (Self::Skill, Some(level)) => format!("{level} of 5"),
            (Self::EnglishSpeaking | Self::EnglishWriting, Some(value)) => {
                English::of(value).map_or("?", English::label).to_owned()
            }
            (Self::Years, Some(1)) => "1 year".to_owned(),
            (Self::Years, Some(years)) => format!("{years} years"),
        }
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Source {
    /// The person's own word; can never be verified itself.
    #[serde(rename = "self")]
    #[sqlx(rename = "self")]
    Own,
    /// Read in a resume.
    Resume,
    /// Heard in an interview.
    Interview,
    /// Shown in a challenge.
    Challenge,
    /// Said by a reference.
    Reference,
    /// Came in a file.
    Import,
}

impl Source {
    /// What staff may choose from: the person's own word is the person's.
    pub const STAFF: [Self; 4] = [Self::Resume, Self::Interview, Self::Challenge, Self::Reference];

    /// As data writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Resume => "resume",
            Self::Interview => "interview",
            Self::Challenge => "challenge",
            Self::Reference => "reference",
            Self::Import => "import",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Own => "own word",
            Self::Resume => "resume",
            Self::Interview => "interview",
            Self::Challenge => "challenge",
            Self::Reference => "reference",
            Self::Import => "import",
        }
    }

    /// Reads the code of a source that staff may choose.
    pub fn parse_staff(text: &str) -> Option<Self> {
        Self::STAFF.into_iter().find(|source| source.code() == text)
    }
}
