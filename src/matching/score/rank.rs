//! A whole pool for one seat: the order, what each gate alone leaves out, what a relaxation would add. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Breakdown, Candidate, Gate, Outcome, Question, Seat, score};

/// A pool, scored and put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Everybody who meets every gate, best first.
    pub matches: Vec<Standing>,
    /// Everybody who fails none and leaves some unknown: most known points first, fewer questions next.
    pub to_confirm: Vec<Standing>,
    /// How many candidates each gate alone leaves out, whatever the others say. Somebody may be in several counts.
    pub removed: BTreeMap<Gate, usize>,
    /// Size of the pool.
    pub pool: usize,
}

/// One candidate's place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Index into the pool that was given.
    pub index: usize,
    /// The candidate.
    pub candidate: Uuid,
    /// The points; of what is known, for somebody to confirm.
    pub breakdown: Breakdown,
    /// The unknown gates; empty for a match.
    pub unknown: Vec<Question>,
}

/// The key by which matches are sorted, ascending: more points, better rubric (none counts as 0), then the first 8
/// bytes, big endian, of SHA-256 over the 16 bytes of the request's id and the 16 of the candidate's, then the id.
/// The hash differs per request, so nobody gains by having signed up early.
pub fn order_key(seat: &Seat, candidate: &Candidate, points: u32) -> (Reverse<u32>, Reverse<u32>, u64, Uuid) {
    let digest = Sha256::new()
        .chain_update(seat.request.as_bytes())
        .chain_update(candidate.id.as_bytes())
        .finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    (
        Reverse(points),
        Reverse(candidate.rubric.unwrap_or(0)),
        u64::from_be_bytes(first),
        candidate.id,
    )
}

/// Scores everybody and sorts. The order of `pool` makes no difference.
pub fn rank(seat: &Seat, pool: &[Candidate]) -> Ranked {
    let mut matches = Vec::new();
    let mut to_confirm = Vec::new();
    let mut removed = BTreeMap::new();
    for (index, candidate) in pool.iter().enumerate() {
        let standing = |breakdown, unknown| Standing {
            index,
            candidate: candidate.id,
            breakdown,
            unknown,
        };
        match score(seat, candidate) {
            Outcome::Matched(breakdown) => matches.push(standing(breakdown, Vec::new())),
            Outcome::ToConfirm { unknown, known } => to_confirm.push(standing(known, unknown)),
            Outcome::Removed { failed, .. } => {
                for gate in failed {
                    *removed.entry(gate).or_insert(0) += 1;
                }
            }
        }
    }
    matches.sort_by_cached_key(|one| order_key(seat, &pool[one.index], one.breakdown.points));
    to_confirm.sort_by_cached_key(|one| {
        let (points, rubric, hash, id) = order_key(seat, &pool[one.index], one.breakdown.points);
        (points, one.unknown.len(), rubric, hash, id)
    });
    Ranked {
        matches,
        to_confirm,
        removed,
        pool: pool.len(),
    }
}

/// How many days later [`Relaxation::StartLater`] starts.
pub const LATER_DAYS: u64 = 30;

/// A way in which a seat could ask for less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// One hour less overlap.
    OverlapHourLess,
    /// Ten percent more budget.
    BudgetTenPercentMore,
    /// One level lower on this must-have skill; at level 1 it is dropped.
    MustLevelLower(String),
    /// English one step lower, in whatever is asked.
    EnglishStepLower,
    /// Start [`LATER_DAYS`] later.
    StartLater,
    /// Any band of seniority.
    AnySeniority,
}

/// What one relaxation would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// The relaxation.
    pub relaxation: Relaxation,
    /// Candidates who would then meet every gate and do not now.
    pub adds: usize,
    /// Candidates who would then stand to confirm and are now left out.
    pub adds_to_confirm: usize,
}

impl Relaxation {
    /// Every relaxation that makes sense for the seat.
    pub fn all_for(seat: &Seat) -> Vec<Self> {
        let candidates = [Self::OverlapHourLess, Self::BudgetTenPercentMore].into_iter();
        let skills = seat.must.iter().map(|must| Self::MustLevelLower(must.skill.clone()));
        let rest = [Self::EnglishStepLower, Self::StartLater, Self::AnySeniority];
        candidates
            .chain(skills)
            .chain(rest)
            .filter(|one| one.gate_of(seat).is_some())
            .collect()
    }

    /// The gate it widens; none when the seat does not ask for it.
    fn gate_of(&self, seat: &Seat) -> Option<Gate> {
        let asked = |asked: bool, gate| asked.then_some(gate);
        match self {
            Self::OverlapHourLess => asked(super::gates::asked_overlap(seat).is_some(), Gate::Overlap),
            Self::BudgetTenPercentMore => asked(seat.budget_minor.is_some(), Gate::Budget),
            Self::MustLevelLower(_) => Some(Gate::MustHave),
            Self::EnglishStepLower => asked(
                seat.english_speaking.is_some() || seat.english_writing.is_some(),
                Gate::English,
            ),
            Self::StartLater => asked(seat.start.is_some(), Gate::Availability),
            Self::AnySeniority => asked(seat.seniority.is_some(), Gate::Seniority),
        }
    }

    /// Whether it may open all of these gates.
    fn reaches(&self, seat: &Seat, gates: &[Gate]) -> bool {
        match self {
            Self::StartLater => moved_by_the_start(gates),
            _ => gates.len() == 1 && self.gate_of(seat) == gates.first().copied(),
        }
    }

    /// The seat as it would be; what a later start does to the overlap of each candidate, [`what_ifs`] asks for.
    pub fn applied_to(&self, seat: &Seat) -> Seat {
        let mut seat = seat.clone();
        match self {
            Self::OverlapHourLess => seat.overlap_minutes = seat.overlap_minutes.map(|asked| asked.saturating_sub(60)),
            Self::BudgetTenPercentMore => {
                seat.budget_minor = seat.budget_minor.map(|budget| budget.saturating_add(budget / 10));
            }
            Self::MustLevelLower(skill) => {
                for must in seat.must.iter_mut().filter(|must| must.skill == *skill) {
                    must.level = must.level.saturating_sub(1);
                }
                seat.must.retain(|must| must.level > 0);
            }
            Self::EnglishStepLower => {
                seat.english_speaking = seat.english_speaking.and_then(super::Cefr::lower);
                seat.english_writing = seat.english_writing.and_then(super::Cefr::lower);
            }
            Self::StartLater => seat.start = seat.start.map(|start| start + chrono::Days::new(LATER_DAYS)),
            Self::AnySeniority => seat.seniority = None,
        }
        seat
    }
}

/// What each relaxation alone would add. Nothing is ever relaxed by itself: this only counts.
///
/// A later start moves the weeks over which overlap is measured, into or out of somebody's summer time. `later_overlap` says
/// what the overlap of the candidate with that index is then: the least of those weeks, as in [`Candidate::overlap_minutes`].
pub fn what_ifs(seat: &Seat, pool: &[Candidate], mut later_overlap: impl FnMut(usize) -> Option<u32>) -> Vec<WhatIf> {
    let near: Vec<Near<'_>> = pool
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| near(seat, index, candidate))
        .collect();
    let mut count = |relaxation: Relaxation| {
        let wider = relaxation.applied_to(seat);
        let (mut adds, mut adds_to_confirm) = (0, 0);
        for one in near.iter().filter(|one| relaxation.reaches(seat, &one.gates)) {
            let outcome = if relaxation == Relaxation::StartLater {
                let moved = Candidate {
                    overlap_minutes: later_overlap(one.index),
                    ..one.candidate.clone()
                };
                score(&wider, &moved)
            } else {
                score(&wider, one.candidate)
            };
            match outcome {
                Outcome::Matched(_) => adds += 1,
                Outcome::ToConfirm { .. } if one.removed => adds_to_confirm += 1,
                Outcome::ToConfirm { .. } | Outcome::Removed { .. } => {}
            }
        }
        WhatIf {
            relaxation,
            adds,
            adds_to_confirm,
        }
    };
    Relaxation::all_for(seat).into_iter().map(&mut count).collect()
}

/// Somebody whom a relaxation could win, and what stands in the way.
struct Near<'a> {
    index: usize,
    candidate: &'a Candidate,
    gates: Vec<Gate>,
    removed: bool,
}

/// Somebody whom two gates leave out cannot be won by widening one, unless the later start moves both.
fn near<'a>(seat: &Seat, index: usize, candidate: &'a Candidate) -> Option<Near<'a>> {
    let (gates, removed) = match score(seat, candidate) {
        Outcome::Matched(_) => return None,
        Outcome::Removed { failed, .. } => (failed, true),
        Outcome::ToConfirm { unknown, .. } => (unknown.iter().map(|question| question.gate).collect(), false),
    };
    (gates.len() == 1 || moved_by_the_start(&gates)).then_some(Near {
        index,
        candidate,
        gates,
        removed,
    })
}

fn moved_by_the_start(gates: &[Gate]) -> bool {
    gates
        .iter()
        .all(|gate| matches!(gate, Gate::Availability | Gate::Overlap))
}
