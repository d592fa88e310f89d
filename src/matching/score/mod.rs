//! The scorer: gates and points of one candidate for one seat, integers only. Pure.
//!
//! This is the only place that knows the formula. The matches page, the explanation of every point, stored runs,
//! their replay, the command line and the tests all call [`score`]. It reads no clock, does no I/O and uses no
//! floats, so the same inputs give the same output, to the bit. The formula is published at `/formula`, whose
//! numbers are the constants of [`weights`]; a change of any of them is a new [`FORMULA_VERSION`].
//!
//! Gates are answered yes, no or unknown and never blended into the points. Unknown is not no: it fails no gate and
//! earns nothing; such a person stands in a second list with the questions to ask. A score orders people, it never
//! rejects one.
//!
//! Decided 2026-11-21 (details that the proposal left open, all on the formula page):
//! - a claimed level earns `CLAIMED_PERCENT` of the share a verified one earns (so a claimed 5 where 5 is asked is
//!   worth 80 %, not nothing and not everything); gates read the stated level;
//! - credits of adjacent skills are capped at `CREDIT_CAP` everywhere, gate included;
//! - "native" English counts as C2: the job needs command of the language, not an origin;
//! - an open-ended engagement is measured as `OPEN_ENDED_MONTHS` months, here as for overlap;
//! - the shortest and longest engagement are wishes: a wish nobody has is no limit, and not a question;
//! - a skill that nobody named is absent (no); one named without a level is unknown, but only while level 5 would do.

pub mod explain;
mod gates;
mod rank;
mod skills;
pub mod weights;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use gates::Verdict;
pub use rank::{LATER_DAYS, Ranked, Relaxation, Standing, WhatIf, order_key, rank, what_ifs};
pub use skills::{Used, must as must_use, nice as nice_use};
pub use weights::{Criterion, FORMULA_VERSION, Gate, POINTS, weights};

/// What one seat of a request asks for. Self-contained: with a [`Candidate`] it decides every point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The role request; with the candidate's id it decides the order of equals.
    pub request: Uuid,
    /// The number of the seat in its request, from 1. Not used by the formula.
    pub number: u32,
    /// Skills that are a gate.
    pub must: Vec<Must>,
    /// Skills that only give points.
    pub nice: Vec<Nice>,
    /// Adjacency credits towards the skills above, one hop, directed.
    pub credits: Vec<Credit>,
    /// Whether the track has a challenge, so that a rubric score can exist.
    pub challenge: bool,
    /// The band asked for.
    pub seniority: Option<Seniority>,
    /// Least overlap of a working day, in minutes; null or 0 = not asked.
    pub overlap_minutes: Option<u32>,
    /// Length of the client's working day, in minutes.
    pub day_minutes: u32,
    /// Budget for the bill rate, in minor units of `currency` per `period`.
    pub budget_minor: Option<u64>,
    /// ISO 4217 code of the budget and of every candidate's `bill_minor`.
    pub currency: Option<String>,
    /// `hour`, `month` or `year`, likewise.
    pub period: Option<String>,
    /// First day of work.
    pub start: Option<NaiveDate>,
    /// Length of the engagement; null = open-ended.
    pub months: Option<u32>,
    /// Least English, speaking.
    pub english_speaking: Option<Cefr>,
    /// Least English, writing.
    pub english_writing: Option<Cefr>,
}

/// A must-have skill and its least level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Must {
    /// Slug of the skill.
    pub skill: String,
    /// Least level, 1 to 5.
    pub level: u8,
}

/// A nice-to-have skill and its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nice {
    /// Slug of the skill.
    pub skill: String,
    /// Weight, 1 to 5.
    pub weight: u32,
}

/// Somebody with `stands_in` gets `percent` of its level towards `skill`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Slug of the skill asked for.
    pub skill: String,
    /// Slug of the skill that may stand in for it.
    pub stands_in: String,
    /// Credit in percent, 1 to 100 (more than the published cap counts as the cap).
    pub percent: u32,
}

/// What is known of one candidate, as far as the formula reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The person's id; with the request's it decides the order of equals.
    pub id: Uuid,
    /// Skills the person named; those the seat neither asks for nor credits make no difference.
    pub skills: Vec<SkillLevel>,
    /// Where the checks of the track stand.
    pub vetting: Vetting,
    /// Whether the person takes part (not paused, not withdrawn).
    pub active: bool,
    /// Off limits for this client: left a placement of this seat, or was refused by the client.
    pub off_limits: bool,
    /// Rubric score in basis points of the best possible, 0 to 10,000; null = not graded.
    pub rubric: Option<u32>,
    /// Seniority band.
    pub seniority: Option<Seniority>,
    /// Least overlap over the engagement, in whole minutes of a working day of the client.
    pub overlap_minutes: Option<u32>,
    /// Bill rate in minor units of the seat's currency and period.
    pub bill_minor: Option<u64>,
    /// First day the person is free.
    pub free_from: Option<NaiveDate>,
    /// Shortest engagement the person wants, in months; null = no such wish.
    pub least_months: Option<u32>,
    /// Longest engagement the person wants, in months; null = no such wish.
    pub most_months: Option<u32>,
    /// English, speaking.
    pub english_speaking: Option<English>,
    /// English, writing.
    pub english_writing: Option<English>,
}

/// One skill of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillLevel {
    /// Slug of the skill.
    pub skill: String,
    /// Level 1 to 5; null = named without a level.
    pub level: Option<u8>,
    /// Verified by somebody other than the candidate.
    pub verified: bool,
}

/// English of a candidate, speaking or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct English {
    /// CEFR level.
    pub level: Cefr,
    /// Verified by somebody other than the candidate.
    pub verified: bool,
}

/// Seniority bands, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seniority {
    /// Simple endpoints, one small project.
    Junior,
    /// Designs applications, has shipped to production.
    Mid,
    /// Scales horizontally, leads, mentors.
    Senior,
}

/// CEFR levels, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cefr {
    /// Beginner.
    A1,
    /// Elementary.
    A2,
    /// Intermediate.
    B1,
    /// Upper intermediate, the usual need for daily calls.
    B2,
    /// Advanced.
    C1,
    /// Proficient.
    C2,
    /// Grew up with it; counts as C2.
    #[serde(rename = "native")]
    Native,
}

/// Where the vetting checks of the track stand on the day of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vetting {
    /// Every required check has passed and none has expired.
    Vetted,
    /// A required check is missing, waiting or expired.
    Unfinished,
    /// The latest result of a required check is "failed", decided by a person.
    Failed,
}

/// What the scorer says of one candidate for one seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every gate is met.
    Matched(Breakdown),
    /// No gate is failed, some are unknown.
    ToConfirm {
        /// The unknown gates with what is at stake.
        unknown: Vec<Question>,
        /// The points of what is known.
        known: Breakdown,
    },
    /// Some gate is failed for certain.
    Removed {
        /// The failed gates, in their fixed order.
        failed: Vec<Gate>,
        /// The unknown ones.
        unknown: Vec<Gate>,
    },
}

/// An unknown gate of a candidate to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The gate nobody can answer yet.
    pub gate: Gate,
    /// Points that the answer may add at most.
    pub at_stake: u32,
}

/// The points of one candidate, criterion by criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdown {
    /// The sum of the parts, 0 to [`POINTS`].
    pub points: u32,
    /// One part per criterion, in the fixed order.
    pub parts: [Part; Criterion::ALL.len()],
}

/// What one criterion gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The criterion.
    pub criterion: Criterion,
    /// The most it can give for this seat; 0 = the seat does not ask for it.
    pub weight: u32,
    /// What it gave.
    pub points: u32,
}

/// Scores one candidate for one seat: the published formula.
pub fn score(seat: &Seat, candidate: &Candidate) -> Outcome {
    let known = breakdown(seat, candidate);
    let mut failed = Vec::new();
    let mut unknown = Vec::new();
    for gate in Gate::ALL {
        match gates::verdict(gate, seat, candidate) {
            Verdict::Met => {}
            Verdict::Failed => failed.push(gate),
            Verdict::Unknown => unknown.push(gate),
        }
    }
    if !failed.is_empty() {
        return Outcome::Removed { failed, unknown };
    }
    if unknown.is_empty() {
        return Outcome::Matched(known);
    }
    let unknown = unknown
        .into_iter()
        .map(|gate| Question {
            gate,
            at_stake: at_stake(&known, gate),
        })
        .collect();
    Outcome::ToConfirm { unknown, known }
}

/// What the rest of the gate's criterion is worth.
fn at_stake(known: &Breakdown, gate: Gate) -> u32 {
    gate.criterion().map_or(0, |criterion| {
        let part = known.part(criterion);
        part.weight - part.points
    })
}

fn breakdown(seat: &Seat, candidate: &Candidate) -> Breakdown {
    let weights = weights(seat);
    let mut points = 0;
    let parts = std::array::from_fn(|i| {
        let criterion = Criterion::ALL[i];
        let earned = if weights[i] == 0 {
            0
        } else {
            gates::share(criterion, seat, candidate).of(weights[i])
        };
        points += earned;
        Part {
            criterion,
            weight: weights[i],
            points: earned,
        }
    });
    Breakdown { points, parts }
}

impl Breakdown {
    /// The part of one criterion.
    pub fn part(&self, criterion: Criterion) -> Part {
        self.parts[criterion as usize]
    }
}

impl Cefr {
    /// 1 for A1 to 6 for C2 and native.
    pub fn rank(self) -> u8 {
        match self {
            Self::A1 => 1,
            Self::A2 => 2,
            Self::B1 => 3,
            Self::B2 => 4,
            Self::C1 => 5,
            Self::C2 | Self::Native => 6,
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
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

    /// One step lower, if there is one.
    pub fn lower(self) -> Option<Self> {
        match self {
            Self::A1 => None,
            Self::A2 => Some(Self::A1),
            Self::B1 => Some(Self::A2),
            Self::B2 => Some(Self::B1),
            Self::C1 => Some(Self::B2),
            Self::C2 | Self::Native => Some(Self::C1),
        }
    }
}

impl Seniority {
    /// As pages write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Mid => "mid",
            Self::Senior => "senior",
        }
    }

    /// How many bands apart two are.
    pub fn apart(self, other: Self) -> u32 {
        (self as u32).abs_diff(other as u32)
    }
}
