//! What a client needs, in types that cannot be wrong. The form that people fill in is `pages::form`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Seniority;
use crate::ids::SkillId;
use crate::money::{Currency, Period};
use crate::zones::WorkingWeek;

/// What the client said that speaks against a hire; the advice is derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Mostly forms and tables, and time to market decides.
    FormsAndTables,
    /// Nobody in the team knows Rust.
    NobodyKnowsRust,
    /// No limit on processor, memory or latency.
    NoLimit,
    /// Before product-market fit.
    Prototype,
}

impl Signal {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [
        Self::FormsAndTables,
        Self::NobodyKnowsRust,
        Self::NoLimit,
        Self::Prototype,
    ];

    /// The name in forms and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::FormsAndTables => "forms_and_tables",
            Self::NobodyKnowsRust => "nobody_knows_rust",
            Self::NoLimit => "no_limit",
            Self::Prototype => "prototype",
        }
    }

    /// The signal of that name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.code() == code)
    }

    /// The line that the client ticks.
    pub fn question(self) -> &'static str {
        match self {
            Self::FormsAndTables => "It is mainly forms and tables, and being early matters more than being fast.",
            Self::NobodyKnowsRust => "Nobody in the team knows Rust today.",
            Self::NoLimit => "There is no limit on processor, memory or latency that we could name.",
            Self::Prototype => "It is a prototype; we do not know yet that people want the product.",
        }
    }
}

/// A wanted skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkillNeed {
    /// Which.
    pub skill: SkillId,
    /// Level (must-have) or weight (nice-to-have), 1 to 5.
    pub degree: i16,
}

/// So many people of one band, each within one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatGroup {
    /// The band.
    pub seniority: Seniority,
    /// People; zero is allowed and means none.
    pub count: u16,
    /// Most the client pays per person, in minor units of the brief's currency and period.
    pub budget_minor: Option<i64>,
}

/// Everything a client says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// What the team calls it.
    pub title: String,
    /// What is built.
    pub system: String,
    /// Latency, throughput, cost.
    pub performance_targets: String,
    /// How much happens at once.
    pub concurrency: String,
    /// What is there already.
    pub infrastructure: String,
    /// Who works on it.
    pub team_structure: String,
    /// Why Rust.
    pub why_technology: String,
    /// Honest answers that speak against a hire.
    pub signals: Vec<Signal>,
    /// Each with a least level.
    pub must: Vec<SkillNeed>,
    /// Each with a weight.
    pub nice: Vec<SkillNeed>,
    /// The client's zone, hours and days.
    pub week: WorkingWeek,
    /// Least minutes a day that both work; none: not asked.
    pub least_overlap: Option<i16>,
    /// Least CEFR number, speaking.
    pub speaking: Option<i16>,
    /// Least CEFR number, writing.
    pub writing: Option<i16>,
    /// What the seats' budgets are counted in.
    pub budget: Option<(Currency, Period)>,
    /// The seats, by band.
    pub seats: Vec<SeatGroup>,
    /// First day of work.
    pub start_on: Option<NaiveDate>,
    /// Months; none: open-ended.
    pub length_months: Option<i16>,
}

/// The field and the words where nothing is said of the system.
pub const NO_SYSTEM: (&str, &str) = (
    "system",
    "Say in a few sentences what the system does: it is what people decide on.",
);
/// The same where no skill is asked for.
pub const NO_MUST: (&str, &str) = ("must_skill", "Name at least one skill that the person must have.");
/// The same where nobody is wanted.
pub const NO_PEOPLE: (&str, &str) = ("seniors", "Say how many people you want: at least one.");

impl Brief {
    /// People wanted in all.
    pub fn people(&self) -> u16 {
        self.seats.iter().map(|group| group.count).sum()
    }

    /// The field and the words of everything that a draft may leave out and a request may not.
    pub fn gaps(&self) -> Vec<(&'static str, &'static str)> {
        let mut gaps = Vec::new();
        if self.system.is_empty() {
            gaps.push(NO_SYSTEM);
        }
        if self.must.is_empty() {
            gaps.push(NO_MUST);
        }
        if self.people() == 0 {
            gaps.push(NO_PEOPLE);
        }
        gaps
    }
}
