//! The claim ledger: who says what of a person, and who checked it.
//!
//! Rows are never removed. Of the claims about one thing (a skill, speaking, writing, years), one is current: a verified
//! one before an unverified one, one with a level before one that only names the skill, then the later one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{ClaimId, SkillId, UserId};

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A skill of the taxonomy; value 1-5, or none when it is only named.
    Skill(SkillId),
    /// Spoken English; value 1 (A1) to 7 (native).
    EnglishSpeaking,
    /// Written English; value 1 (A1) to 7 (native).
    EnglishWriting,
    /// Whole years of professional experience.
    Years,
}

/// The column of [`Subject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// A skill.
    Skill,
    /// Spoken English.
    EnglishSpeaking,
    /// Written English.
    EnglishWriting,
    /// Years.
    Years,
}

impl Subject {
    /// The columns.
    pub fn columns(self) -> (Kind, Option<SkillId>) {
        match self {
            Self::Skill(id) => (Kind::Skill, Some(id)),
            Self::EnglishSpeaking => (Kind::EnglishSpeaking, None),
            Self::EnglishWriting => (Kind::EnglishWriting, None),
            Self::Years => (Kind::Years, None),
        }
    }

    /// From the columns; `None` for a skill without an id, which the database refuses.
    pub fn of(kind: Kind, skill: Option<SkillId>) -> Option<Self> {
        match kind {
            Kind::Skill => skill.map(Self::Skill),
            Kind::EnglishSpeaking => Some(Self::EnglishSpeaking),
            Kind::EnglishWriting => Some(Self::EnglishWriting),
            Kind::Years => Some(Self::Years),
        }
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Source {
    /// The person says so.
    #[serde(rename = "self")]
    #[sqlx(rename = "self")]
    Own,
    /// Read in a resume.
    Resume,
    /// Found in an interview.
    Interview,
    /// Found in a take-home challenge.
    Challenge,
    /// Said by a referee.
    Reference,
    /// From a file.
    Import,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 6] = [Self::Own, Self::Resume, Self::Interview, Self::Challenge, Self::Reference, Self::Import];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Resume => "resume",
            Self::Interview => "interview",
            Self::Challenge => "challenge",
            Self::Reference => "reference",
            Self::Import => "import",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.key() == key)
    }
}

/// A claim to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClaim {
    /// About what.
    pub subject: Subject,
    /// In the subject's range.
    pub value: Option<i16>,
    /// Where from.
    pub source: Source,
    /// Where exactly ("resume line 14", "asked about locks across await").
    pub note: String,
    /// Whether the person who enters it has checked it. Never for [`Source::Own`].
    pub standing: Standing,
}

/// Whether a claim was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// Stated.
    Claimed,
    /// Checked by the person who enters it.
    Verified,
}

/// A row of the ledger.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Id.
    pub id: ClaimId,
    /// About what.
    pub subject: Subject,
    /// The skill's slug and name, for skills.
    pub skill: Option<(String, String)>,
    /// In the subject's range.
    pub value: Option<i16>,
    /// Where from.
    pub source: Source,
    /// Where exactly.
    pub note: String,
    /// Who entered it, by name.
    pub stated_by: Option<String>,
    /// When.
    pub stated_at: DateTime<Utc>,
    /// Who checked it.
    pub verified_by: Option<(UserId, String)>,
    /// When.
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether it is the one that counts.
    pub current: bool,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// What decides which claim is current; the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Verified outranks claimed.
    pub standing: Standing,
    /// A level outranks a bare name.
    pub has_value: bool,
    /// Later outranks earlier.
    pub stated_at: DateTime<Utc>,
    /// Two in the same instant: the one entered later (ids grow).
    pub id: ClaimId,
}
