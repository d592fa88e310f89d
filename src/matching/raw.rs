//! The raw inputs of a match run, as they are stored: what was known, before anything is derived from it. Pure.
//!
//! Names, places and everything else the formula may not read are absent by type. The canonical bytes are the JSON of
//! these structs with lists in a fixed order, so that the same facts have the same hash.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::score::{Cefr, Credit, English, FORMULA_VERSION, Must, Nice, Seniority, SkillLevel, Vetting};
use crate::money::{Currency, Period, Rate, RateTable};
use crate::zones::{DATA_VERSION, WorkingWeek};

/// Everything one run was computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRun {
    /// Version of the formula.
    pub formula: u32,
    /// Release of the zone data.
    pub zone_data: String,
    /// The seat.
    pub seat: RawSeat,
    /// Exchange rates that held on the day of the run.
    pub rates: RateTable,
    /// The agency's mark-up on pay in basis points; null = none is set, so bill rates are unknown.
    pub markup: Option<i32>,
    /// The pool, by id.
    pub candidates: Vec<RawCandidate>,
}

/// One seat as the request states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawSeat {
    /// The request.
    pub request: Uuid,
    /// Number of the seat, from 1.
    pub number: u32,
    /// Must-have skills.
    pub must: Vec<Must>,
    /// Nice-to-have skills.
    pub nice: Vec<Nice>,
    /// Adjacency credits towards them.
    pub credits: Vec<Credit>,
    /// Whether the track has a challenge.
    pub challenge: bool,
    /// The band.
    pub seniority: Option<Seniority>,
    /// Least overlap in minutes a day.
    pub least_overlap_minutes: Option<u32>,
    /// The client's week.
    pub week: WorkingWeek,
    /// The budget for the bill rate.
    pub budget_minor: Option<u64>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Its period.
    pub period: Option<Period>,
    /// First day of work.
    pub start: Option<NaiveDate>,
    /// First day of the window over which overlap is looked at: the start, or the day of the run without one.
    pub window_from: NaiveDate,
    /// Length; null = open-ended.
    pub months: Option<u32>,
    /// Least English, speaking.
    pub english_speaking: Option<Cefr>,
    /// Least English, writing.
    pub english_writing: Option<Cefr>,
}

/// One candidate as the records state it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawCandidate {
    /// The person.
    pub id: Uuid,
    /// Skills that the seat asks for or credits, by slug.
    pub skills: Vec<SkillLevel>,
    /// The checks of the track on the day of the run.
    pub vetting: Vetting,
    /// Takes part and is not placed.
    pub active: bool,
    /// Left this seat, declined it, was refused by this client, left it over the work or conduct, or a rule of the agency keeps
    /// them apart on the day of the run.
    pub off_limits: bool,
    /// Rubric score in basis points.
    pub rubric: Option<u32>,
    /// The band.
    pub seniority: Option<Seniority>,
    /// Zone, hours and days; null = some of it is not stated.
    pub week: Option<WorkingWeek>,
    /// Expected pay.
    pub pay: Option<Rate>,
    /// First free day.
    pub free_from: Option<NaiveDate>,
    /// Shortest engagement wanted.
    pub least_months: Option<u32>,
    /// Longest engagement wanted.
    pub most_months: Option<u32>,
    /// English, speaking.
    pub english_speaking: Option<English>,
    /// English, writing.
    pub english_writing: Option<English>,
}

impl RawRun {
    /// Puts the parts together, in the canonical order.
    pub fn new(mut seat: RawSeat, rates: RateTable, markup: Option<i32>, mut candidates: Vec<RawCandidate>) -> Self {
        seat.must.sort_by(|a, b| a.skill.cmp(&b.skill));
        seat.nice.sort_by(|a, b| a.skill.cmp(&b.skill));
        seat.credits
            .sort_by(|a, b| (&a.skill, &a.stands_in).cmp(&(&b.skill, &b.stands_in)));
        for candidate in &mut candidates {
            candidate.skills.sort_by(|a, b| a.skill.cmp(&b.skill));
        }
        candidates.sort_by_key(|candidate| candidate.id);
        Self {
            formula: FORMULA_VERSION,
            zone_data: DATA_VERSION.to_owned(),
            seat,
            rates,
            markup,
            candidates,
        }
    }

    /// SHA-256 over the canonical JSON.
    pub fn hash(&self) -> Result<[u8; 32], serde_json::Error> {
        Ok(Sha256::digest(serde_json::to_vec(self)?).into())
    }
}
