//! The pipeline of a track: where everybody stands on the way to "vetted", and which act leads on.
//!
//! Nobody sets a stage. It is "new" until a first check is begun, then the first check in the track's order that is not met, then
//! "vetted". The one definition is the SQL function `stage_on_day` (migration 0150); what it says stands with the person and is
//! computed again by triggers when a check or a track changes, and by `roll_stages` when the day does. To move a card is to ask for
//! the act that leads to the other column; where there is none, the words of [`Pipeline::way`] say why.
//!
//! 2026-11-21: somebody of a track that asks for nothing is vetted and not new, as everywhere else.

pub mod actions;
pub mod pages;

pub mod store;

use super::{Kind, title_or_label};
use crate::ids::TrackId;

/// A column of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// No check begun.
    New,
    /// The check at this place of the track's order, from 1, is the first that is not met.
    Check(i16, Kind),
    /// Nothing is missing.
    Vetted,
}

impl Stage {
    /// Reads the packed form of the database: place * 16 + number of the kind, 0 and 240 for the ends.
    pub fn of(packed: i16) -> Self {
        let kind = usize::try_from(packed & 15)
            .ok()
            .and_then(|number| number.checked_sub(1));
        match (packed, kind.and_then(|at| Kind::ALL.get(at))) {
            (0, _) => Self::New,
            (packed, Some(kind)) if packed < 240 => Self::Check(packed >> 4, *kind),
            _ => Self::Vetted,
        }
    }

    /// The packed form.
    pub fn packed(self) -> i16 {
        match self {
            Self::New => 0,
            Self::Check(place, kind) => place * 16 + number(kind),
            Self::Vetted => 240,
        }
    }

    /// As the address writes it.
    pub fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Check(_, kind) => kind.key(),
            Self::Vetted => "vetted",
        }
    }
}

/// Kinds by number, as the schema's `check_number`.
fn number(kind: Kind) -> i16 {
    let at = Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
    i16::try_from(at + 1).unwrap_or_default()
}

/// Where the check of a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nobody began it.
    NotStarted,
    /// The person was asked to it.
    Invited,
    /// There is an appointment.
    Scheduled,
    /// The agency has to judge.
    Waiting,
    /// It was judged, and not met.
    Failed,
    /// It was met and counts no longer.
    Expired,
}

impl Progress {
    /// All, by their number in the database.
    pub const ALL: [Self; 6] = [
        Self::NotStarted,
        Self::Invited,
        Self::Scheduled,
        Self::Waiting,
        Self::Failed,
        Self::Expired,
    ];

    /// Reads the number of the database.
    pub fn of(number: i16) -> Self {
        let at = usize::try_from(number).unwrap_or_default();
        Self::ALL.get(at).copied().unwrap_or(Self::NotStarted)
    }

    /// The number of the database.
    pub fn number(self) -> i16 {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or_default();
        i16::try_from(at).unwrap_or_default()
    }

    /// As the address writes it.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Invited => "invited",
            Self::Scheduled => "scheduled",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// Reads what an address says.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotStarted => "Not started",
            Self::Invited => "Invited",
            Self::Scheduled => "Scheduled",
            Self::Waiting => "To judge",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
        }
    }

    /// The colour of its dot.
    pub fn tone(self) -> &'static str {
        match self {
            Self::NotStarted => "soft",
            Self::Invited | Self::Scheduled | Self::Waiting => "wait",
            Self::Failed | Self::Expired => "bad",
        }
    }

    /// A check of this kind is open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Invited | Self::Scheduled | Self::Waiting)
    }
}

/// An act that leads on in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask the person to it, or take an appointment back.
    Invite,
    /// Make an appointment, or move it.
    Schedule,
    /// It waits on the agency's judgement.
    Wait,
    /// Hand it to an assessor.
    Assign,
}

impl Step {
    /// All steps, in the order of a check.
    pub const ALL: [Self; 4] = [Self::Invite, Self::Schedule, Self::Wait, Self::Assign];

    /// The value of forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Schedule => "schedule",
            Self::Wait => "wait",
            Self::Assign => "assign",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// The steps that exist for a check of this kind that stands so.
pub fn steps(kind: Kind, at: Progress) -> Vec<Step> {
    // The take-home has neither appointments nor scorecards, and its invitation is the challenge.
    let exists = |step: &Step| match step {
        Step::Invite => kind.has_cards() && !matches!(at, Progress::Invited | Progress::Waiting),
        Step::Schedule | Step::Assign => kind.has_cards(),
        Step::Wait => at != Progress::Waiting,
    };
    Step::ALL.into_iter().filter(exists).collect()
}

/// A track with its columns.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The track.
    pub track: TrackId,
    /// As the address writes it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The stages in their order, with what people call them.
    pub stages: Vec<(Stage, String)>,
}

impl Pipeline {
    /// The pipeline of a track that asks for these checks, in this order.
    pub fn new(track: TrackId, slug: String, name: String, checks: &[(Kind, String)]) -> Self {
        let named = (1_i16..).zip(checks).map(|(place, (kind, title))| {
            let label = title_or_label(title, *kind).to_owned();
            (Stage::Check(place, *kind), label)
        });
        let stages = std::iter::once((Stage::New, "New".to_owned()))
            .chain(named)
            .chain(std::iter::once((Stage::Vetted, "Vetted".to_owned())))
            .collect();
        Self {
            track,
            slug,
            name,
            stages,
        }
    }

    /// The stage that the address names.
    pub fn stage(&self, key: &str) -> Option<Stage> {
        self.stages
            .iter()
            .map(|(stage, _)| *stage)
            .find(|stage| stage.key() == key)
    }

    /// What people call a stage.
    pub fn label(&self, stage: Stage) -> &str {
        self.stages
            .iter()
            .find(|(known, _)| *known == stage)
            .map_or("another stage", |(_, label)| label)
    }

    /// The check that is next for somebody there: none is left for the vetted.
    pub fn next(&self, at: Stage) -> Option<Kind> {
        match at {
            Stage::New => self.stages.iter().find_map(|(stage, _)| match stage {
                Stage::Check(_, kind) => Some(*kind),
                _ => None,
            }),
            Stage::Check(_, kind) => Some(kind),
            Stage::Vetted => None,
        }
    }

    /// The check in which an act moves somebody from one stage to another, or words that say why none does.
    pub fn way(&self, from: Stage, to: Stage) -> Result<Kind, String> {
        let next = self.next(from);
        let missing = next.and_then(|next| self.stages.iter().find(|(stage, _)| stage.key() == next.key()));
        let missing = missing.map_or("", |(_, label)| label.as_str());
        match (from, to) {
            (_, Stage::New) => Err("Nobody becomes new again: a check that was begun stays in the history.".to_owned()),
            (Stage::Vetted, _) => Err(format!(
                "{} counts. It comes back by itself when it expires, or when a later result of it is entered.",
                self.label(to)
            )),
            (_, Stage::Vetted) => Err(format!(
                "Vetted follows from the checks, and nobody sets it. Missing first: {missing}."
            )),
            (_, Stage::Check(_, kind)) if next == Some(kind) => Ok(kind),
            (from, to) if to < from => Err(format!(
                "{} is met. It comes back by itself when it expires, or when a later result of it is entered.",
                self.label(to)
            )),
            (_, to) => Err(format!(
                "{missing} comes before {}: it has to be passed or waived first.",
                self.label(to)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline() -> Pipeline {
        let checks = [Kind::English, Kind::References, Kind::Identity].map(|kind| (kind, String::new()));
        Pipeline::new(TrackId::new(), "rust".to_owned(), "Rust".to_owned(), &checks)
    }

    #[test]
    fn stages_are_packed_and_read_in_their_order() {
        let stages: Vec<Stage> = pipeline().stages.into_iter().map(|(stage, _)| stage).collect();
        let packed: Vec<i16> = stages.iter().map(|stage| stage.packed()).collect();
        assert_eq!(packed, [0, 17, 38, 56, 240]);
        assert!(
            packed
                .iter()
                .zip(&stages)
                .all(|(packed, stage)| Stage::of(*packed) == *stage)
        );
        for progress in Progress::ALL {
            assert_eq!(Progress::of(progress.number()), progress);
            assert_eq!(Progress::parse(progress.key()), Some(progress));
        }
    }

    #[test]
    fn only_the_next_check_can_be_moved_to() {
        let pipeline = pipeline();
        for (from, _) in &pipeline.stages {
            for (to, _) in &pipeline.stages {
                let way = pipeline.way(*from, *to);
                let leads = matches!(to, Stage::Check(..)) && pipeline.next(*from).map(Kind::key) == Some(to.key());
                assert_eq!(way.is_ok(), leads, "{from:?} -> {to:?}: {way:?}");
                if let Err(words) = way {
                    assert!(
                        words.ends_with('.') && !words.contains("  ") && !words.contains(": ."),
                        "{words}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_take_home_is_neither_scheduled_nor_assigned() {
        assert_eq!(steps(Kind::TakeHome, Progress::NotStarted), [Step::Wait]);
        assert_eq!(steps(Kind::TakeHome, Progress::Waiting), []);
        assert_eq!(
            steps(Kind::English, Progress::Invited),
            [Step::Schedule, Step::Wait, Step::Assign]
        );
        assert_eq!(steps(Kind::English, Progress::Expired), Step::ALL);
    }
}
