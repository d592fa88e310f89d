//! The numbers of the formula, and how weight moves when a seat does not ask for a criterion. Pure.

use serde::{Deserialize, Serialize};

use super::Seat;
pub use crate::matching::overlap::OPEN_ENDED_MONTHS;

/// Version of the formula. Any change of a number or a rule in this module's folder is a new one.
pub const FORMULA_VERSION: u32 = 1;

/// Points of a perfect candidate.
pub const POINTS: u32 = 10_000;

/// Highest skill level.
pub const TOP_LEVEL: u8 = 5;
/// Highest CEFR rank (C2).
pub const TOP_CEFR: u8 = 6;
/// Steps above the asked level that still earn points.
pub const HEADROOM: u8 = 2;
/// What a claimed level earns of what a verified one earns, in percent.
pub const CLAIMED_PERCENT: u32 = 80;
/// Most that an adjacent skill counts of its level, in percent.
pub const CREDIT_CAP: u32 = 80;
/// Least credit with which a skill may stand in for a must-have one, in percent.
pub const STAND_IN_PERCENT: u32 = 60;
/// Bands apart that the seniority gate lets through.
pub const BANDS_APART: u32 = 1;
/// What one band apart earns of the seniority weight, in percent.
pub const ONE_BAND_OFF_PERCENT: u32 = 40;
/// Minutes above the asked overlap that still earn points.
pub const OVERLAP_RANGE: u32 = 240;
/// The budget gate, in percent of the budget.
pub const BUDGET_PERCENT: u32 = 115;
/// Days after the start that somebody may become free.
pub const FREE_WITHIN_DAYS: i64 = 30;

/// What gives points, in the fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Depth in the must-have skills.
    MustHave,
    /// The nice-to-have skills.
    NiceToHave,
    /// The rubric score of the challenge.
    Vetting,
    /// The seniority band.
    Seniority,
    /// Shared working hours.
    Overlap,
    /// The bill rate against the budget.
    Budget,
    /// The first free day against the start.
    Availability,
    /// English, speaking and writing.
    English,
}

/// What is met or not, in the fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Every must-have skill at its least level.
    MustHave,
    /// Every check of the track passed.
    Vetting,
    /// Active and not off limits for this client.
    Standing,
    /// At most one band away.
    Seniority,
    /// At least the asked hours.
    Overlap,
    /// Bill rate within the tolerance.
    Budget,
    /// Free soon enough, and the engagement has a length the person wants.
    Availability,
    /// At least the asked levels, speaking and writing apart.
    English,
}

impl Criterion {
    /// Every criterion, in the fixed order.
    pub const ALL: [Self; 8] = [
        Self::MustHave,
        Self::NiceToHave,
        Self::Vetting,
        Self::Seniority,
        Self::Overlap,
        Self::Budget,
        Self::Availability,
        Self::English,
    ];

    /// Its points when the seat asks for every criterion. They sum to [`POINTS`].
    pub const fn base_weight(self) -> u32 {
        match self {
            Self::MustHave | Self::NiceToHave => 2_500,
            Self::Vetting => 1_500,
            Self::Seniority | Self::Overlap => 1_000,
            Self::Budget => 700,
            Self::Availability => 500,
            Self::English => 300,
        }
    }

    /// The name in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::MustHave => "must_have",
            Self::NiceToHave => "nice_to_have",
            Self::Vetting => "vetting",
            Self::Seniority => "seniority",
            Self::Overlap => "overlap",
            Self::Budget => "budget",
            Self::Availability => "availability",
            Self::English => "english",
        }
    }

    /// The name on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MustHave => "Must-have skills",
            Self::NiceToHave => "Nice-to-have skills",
            Self::Vetting => "Vetting",
            Self::Seniority => "Seniority",
            Self::Overlap => "Overlap",
            Self::Budget => "Budget",
            Self::Availability => "Availability",
            Self::English => "English",
        }
    }

    /// Whether the seat asks for it. What is not asked gives its weight to the others.
    pub fn asked_by(self, seat: &Seat) -> bool {
        match self {
            Self::MustHave => !seat.must.is_empty(),
            Self::NiceToHave => seat.nice.iter().any(|nice| nice.weight > 0),
            Self::Vetting => seat.challenge,
            Self::Seniority => seat.seniority.is_some(),
            Self::Overlap => seat.overlap_minutes.is_some_and(|minutes| minutes > 0),
            Self::Budget => seat.budget_minor.is_some(),
            Self::Availability => seat.start.is_some(),
            Self::English => seat.english_speaking.is_some() || seat.english_writing.is_some(),
        }
    }
}

impl Gate {
    /// Every gate, in the fixed order.
    pub const ALL: [Self; 8] = [
        Self::MustHave,
        Self::Vetting,
        Self::Standing,
        Self::Seniority,
        Self::Overlap,
        Self::Budget,
        Self::Availability,
        Self::English,
    ];

    /// The criterion whose points hang on the same facts.
    pub const fn criterion(self) -> Option<Criterion> {
        match self {
            Self::MustHave => Some(Criterion::MustHave),
            Self::Vetting => Some(Criterion::Vetting),
            Self::Standing => None,
            Self::Seniority => Some(Criterion::Seniority),
            Self::Overlap => Some(Criterion::Overlap),
            Self::Budget => Some(Criterion::Budget),
            Self::Availability => Some(Criterion::Availability),
            Self::English => Some(Criterion::English),
        }
    }

    /// The name in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::MustHave => "must_have",
            Self::Vetting => "vetting",
            Self::Standing => "standing",
            Self::Seniority => "seniority",
            Self::Overlap => "overlap",
            Self::Budget => "budget",
            Self::Availability => "availability",
            Self::English => "english",
        }
    }

    /// The name in a sentence on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MustHave => "must-have skills",
            Self::Vetting => "vetting",
            Self::Standing => "not active or off limits",
            Self::Seniority => "seniority",
            Self::Overlap => "overlap",
            Self::Budget => "budget",
            Self::Availability => "availability",
            Self::English => "English",
        }
    }
}

/// The weights of one seat, in the order of [`Criterion::ALL`]: those it does not ask for are 0 and go to the others
/// in proportion, by largest remainder (equal remainders in the fixed order). They sum to [`POINTS`], or to 0 when
/// the seat asks for nothing.
pub fn weights(seat: &Seat) -> [u32; Criterion::ALL.len()] {
    let base = Criterion::ALL.map(|c| if c.asked_by(seat) { c.base_weight() } else { 0 });
    let total: u32 = base.iter().sum();
    if total == 0 {
        return base;
    }
    let mut weights = base.map(|weight| weight * POINTS / total);
    let left = POINTS - weights.iter().sum::<u32>();
    let mut by_remainder: Vec<usize> = (0..base.len()).collect();
    by_remainder.sort_by_key(|&i| (std::cmp::Reverse(base[i] * POINTS % total), i));
    // Fewer points are left over than criteria are asked for, and one with remainder 0 comes after all others.
    for &i in by_remainder.iter().take(left as usize) {
        weights[i] += 1;
    }
    weights
}
