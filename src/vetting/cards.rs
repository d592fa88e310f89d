//! Scorecards: what one assessor says about one check, and what the agency takes from several of them. Pure.
//!
//! # Which level the ledger gets (2026-11-21)
//!
//! Where the assessors of a check rated the same skill differently, the lowest of their levels is verified, in the name of who gave
//! it: every one of them stands behind it, so a client who asks can be answered by each. A mean would be a level that nobody
//! gave, and the highest one that somebody disputes. Whoever did not assess a skill does not lower it. The line says how many
//! rated it and from which level to which.
//!
//! The recommendation of a card decides nothing: a check is passed or failed by a person who signs it.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::candidates::ledger;
use crate::ids::{SkillId, UserId};

/// What the assessor would do, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Recommendation {
    /// Surely not.
    StrongNo,
    /// Rather not.
    No,
    /// Rather yes.
    Yes,
    /// Surely.
    StrongYes,
}

impl Recommendation {
    /// From no to yes.
    pub const ALL: [Self; 4] = [Self::StrongNo, Self::No, Self::Yes, Self::StrongYes];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::StrongNo => "strong_no",
            Self::No => "no",
            Self::Yes => "yes",
            Self::StrongYes => "strong_yes",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::StrongNo => "Strong no",
            Self::No => "No",
            Self::Yes => "Yes",
            Self::StrongYes => "Strong yes",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum CardState {
    /// The assessor owes it.
    Owed,
    /// Handed in, for good.
    In,
    /// Nobody waits for it any more.
    Released,
}

/// An answer to a question of the kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question as it was asked.
    pub question: String,
    /// 0 to 4; `None`: not assessed.
    pub rating: Option<i16>,
    /// What was said.
    pub note: String,
}

/// How good somebody is at a skill, as this assessor saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillRating {
    /// At what.
    pub skill: SkillId,
    /// 1 to 5.
    pub level: i16,
}

/// A whole card.
#[derive(Debug, Clone)]
pub struct Content {
    /// In one word.
    pub recommendation: Recommendation,
    /// To the kit's questions.
    pub answers: Vec<Answer>,
    /// Skills that were assessed.
    pub skills: Vec<SkillRating>,
    /// Spoken English, as in the ledger.
    pub speaking: Option<i16>,
    /// Written English.
    pub writing: Option<i16>,
    /// Words, never a score.
    pub red_flags: String,
    /// Private to staff.
    pub note: String,
    /// Whether it is the same person.
    pub identity: Identity,
}

/// What somebody rated.
#[derive(Debug, Clone)]
pub struct Rated {
    /// Whose card it is.
    pub assessor: UserId,
    /// Skills that were assessed.
    pub skills: Vec<SkillRating>,
    /// Spoken English.
    pub speaking: Option<i16>,
    /// Written English.
    pub writing: Option<i16>,
}

/// A level that goes into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// About what.
    pub kind: ledger::Kind,
    /// About which skill.
    pub skill: Option<SkillId>,
    /// The lowest level that an assessor gave.
    pub value: i16,
    /// Who gave it.
    pub by: UserId,
    /// How many rated it.
    pub raters: usize,
    /// The highest level that an assessor gave.
    pub highest: i16,
}

/// What the cards of a check verify, one line a subject, in the order in which the subjects come up. Of two who gave the same
/// lowest level it is the one whose card comes first.
pub fn agreed(cards: &[Rated]) -> Vec<Agreed> {
    let mut lines: Vec<Agreed> = Vec::new();
    for card in cards {
        let skills = card
            .skills
            .iter()
            .map(|one| (ledger::Kind::Skill, Some(one.skill), one.level));
        let speaking = card.speaking.map(|value| (ledger::Kind::EnglishSpeaking, None, value));
        let writing = card.writing.map(|value| (ledger::Kind::EnglishWriting, None, value));
        for (kind, skill, value) in skills.chain(speaking).chain(writing) {
            let by = card.assessor;
            match lines.iter_mut().find(|line| line.kind == kind && line.skill == skill) {
                None => lines.push(Agreed {
                    kind,
                    skill,
                    value,
                    by,
                    raters: 1,
                    highest: value,
                }),
                Some(line) => {
                    line.raters += 1;
                    line.highest = line.highest.max(value);
                    if value < line.value {
                        (line.value, line.by) = (value, by);
                    }
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_level_counts_in_the_name_of_who_gave_it() {
        let (ana, ben) = (UserId::new(), UserId::new());
        let (rust, sql) = (SkillId::new(), SkillId::new());
        let rating = |skill, level| SkillRating { skill, level };
        let cards = [
            Rated {
                assessor: ana,
                skills: vec![rating(rust, 4), rating(sql, 2)],
                speaking: Some(5),
                writing: None,
            },
            Rated {
                assessor: ben,
                skills: vec![rating(rust, 3)],
                speaking: Some(5),
                writing: Some(4),
            },
        ];
        let said: Vec<_> = agreed(&cards)
            .into_iter()
            .map(|line| (line.kind, line.skill, line.value, line.by, line.raters, line.highest))
            .collect();
        assert_eq!(
            said,
            [
                (ledger::Kind::Skill, Some(rust), 3, ben, 2, 4),
                (ledger::Kind::Skill, Some(sql), 2, ana, 1, 2),
                (ledger::Kind::EnglishSpeaking, None, 5, ana, 2, 5),
                (ledger::Kind::EnglishWriting, None, 4, ben, 1, 4),
            ]
        );
        assert_eq!(agreed(&[]), []);
    }
}
