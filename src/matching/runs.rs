//! Match runs: computed off the async threads, stored once per set of inputs, replayed from their stored inputs.

use std::collections::BTreeMap;

use actix_web::web;
use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::pool::Pool;
use super::raw::RawRun;
use super::score::{Breakdown, Candidate, FORMULA_VERSION, LATER_DAYS, Ranked, Seat, Standing, WhatIf, rank, what_ifs};
use super::{inputs, store};
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{RunId, SeatId};
use crate::zones::DATA_VERSION;

/// Pools scored at the same time: more would only make each slower on the two cores that are the usual machine.
const AT_ONCE: usize = 2;

static SCORING: Semaphore = Semaphore::const_new(AT_ONCE);

/// A run as computed, before anything is stored.
#[derive(Debug)]
pub struct Computed {
    /// What it was computed from.
    pub raw: RawRun,
    /// SHA-256 of the canonical raw inputs.
    pub hash: [u8; 32],
    /// The seat of the formula.
    pub seat: Seat,
    /// The formula's inputs, in the order of `raw.candidates`.
    pub candidates: Vec<Candidate>,
    /// The lists; their `index` points into `candidates`.
    pub ranked: Ranked,
    /// What each relaxation would add.
    pub what_ifs: Vec<WhatIf>,
}

/// The results of a run as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// How many of the pool each gate alone leaves out.
    pub removed: BTreeMap<String, usize>,
    /// Everybody who meets every gate, best first.
    pub matches: Vec<MatchResult>,
    /// Everybody with an unknown gate and no failed one.
    pub to_confirm: Vec<ConfirmResult>,
}

/// One match of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchResult {
    /// The person.
    pub candidate: Uuid,
    /// Points of 10,000.
    pub points: u32,
    /// Points by criterion.
    pub parts: BTreeMap<String, u32>,
}

/// One person to confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmResult {
    /// The person.
    pub candidate: Uuid,
    /// Points of what is known.
    pub points: u32,
    /// Points at stake by unknown gate.
    pub unknown: BTreeMap<String, u32>,
}

/// The parts of a breakdown by name.
pub fn parts(breakdown: &Breakdown) -> BTreeMap<String, u32> {
    breakdown
        .parts
        .iter()
        .map(|part| (part.criterion.key().to_owned(), part.points))
        .collect()
}

/// Removed counts by name.
pub fn removed(ranked: &Ranked) -> BTreeMap<String, usize> {
    ranked
        .removed
        .iter()
        .map(|(gate, count)| (gate.key().to_owned(), *count))
        .collect()
}

impl Results {
    /// The storable form of the lists.
    pub fn of(ranked: &Ranked) -> Self {
        let matched = |one: &Standing| MatchResult {
            candidate: one.candidate,
            points: one.breakdown.points,
            parts: parts(&one.breakdown),
        };
        let open = |one: &Standing| ConfirmResult {
            candidate: one.candidate,
            points: one.breakdown.points,
            unknown: one
                .unknown
                .iter()
                .map(|question| (question.gate.key().to_owned(), question.at_stake))
                .collect(),
        };
        Self {
            removed: removed(ranked),
            matches: ranked.matches.iter().map(matched).collect(),
            to_confirm: ranked.to_confirm.iter().map(open).collect(),
        }
    }
}

impl Computed {
    /// The first `most` of each list, and nobody else.
    #[must_use]
    pub fn first(mut self, most: usize) -> Self {
        self.ranked.matches.truncate(most);
        self.ranked.to_confirm.truncate(most);
        let shown = self.ranked.matches.iter_mut().chain(&mut self.ranked.to_confirm);
        let (mut raw, mut candidates) = (Vec::new(), Vec::new());
        for standing in shown {
            raw.push(self.raw.candidates[standing.index].clone());
            candidates.push(self.candidates[standing.index].clone());
            standing.index = candidates.len() - 1;
        }
        self.raw.candidates = raw;
        self.candidates = candidates;
        self
    }
}

/// Computes on this thread.
pub fn compute_here(raw: RawRun) -> Result<Computed, serde_json::Error> {
    let hash = raw.hash()?;
    let seat = inputs::seat(&raw.seat);
    let candidates = inputs::candidates(&raw);
    let ranked = rank(&seat, &candidates);
    let mut later = inputs::overlaps_from(&raw.seat, raw.seat.window_from + Days::new(LATER_DAYS));
    let what_ifs = what_ifs(&seat, &candidates, |index| {
        inputs::overlap(&mut later, &raw.candidates[index]).map(|overlap| overlap.least_minutes.into())
    });
    Ok(Computed {
        raw,
        hash,
        seat,
        candidates,
        ranked,
        what_ifs,
    })
}

/// Computes on a blocking thread, a few pools at a time.
pub async fn compute(raw: RawRun) -> AppResult<Computed> {
    off_the_loop(move || compute_here(raw)).await
}

async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, serde_json::Error> + Send + 'static,
) -> AppResult<T> {
    let permit = SCORING.acquire().await.map_err(AppError::internal)?;
    let done = web::block(move || {
        // Held by the work and not by the request, which may give up earlier.
        let _permit = permit;
        work()
    });
    Ok(done.await.map_err(AppError::internal)??)
}

/// Stores a run, or finds the one that has the same inputs. The instant and the person are those of the first time.
pub async fn keep(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    pool: &PoolKeys,
    computed: &Computed,
) -> AppResult<Kept> {
    if let Some(kept) = store::run_with_inputs(tx, pool.seat, &computed.hash).await? {
        return Ok(kept);
    }
    let run = store::NewRun {
        id: RunId::new(),
        keys: pool,
        hash: &computed.hash,
        inputs: serde_json::to_value(&computed.raw)?,
        results: serde_json::to_value(Results::of(&computed.ranked))?,
        matched: computed.ranked.matches.len(),
        to_confirm: computed.ranked.to_confirm.len(),
        pool: computed.ranked.pool,
    };
    store::insert_run(tx, by, now, &run).await
}

/// Which seat a run belongs to.
#[derive(Debug, Clone, Copy)]
pub struct PoolKeys {
    /// The seat.
    pub seat: SeatId,
    /// Its request.
    pub request: crate::ids::RequestId,
}

impl From<&Pool> for PoolKeys {
    fn from(pool: &Pool) -> Self {
        Self {
            seat: pool.header.seat,
            request: pool.header.request,
        }
    }
}

/// A stored run, in short.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Its id.
    pub id: RunId,
    /// When these inputs were first computed.
    pub created_at: DateTime<Utc>,
}

/// What a replay found.
#[derive(Debug, Clone, Serialize)]
pub struct Replay {
    /// The run.
    pub run: RunId,
    /// Formula of the run.
    pub formula: u32,
    /// Formula of this program.
    pub formula_now: u32,
    /// Zone data of the run.
    pub zone_data: String,
    /// Zone data of this program.
    pub zone_data_now: String,
    /// Whether the recomputed results equal the stored ones, to the bit.
    pub same: bool,
    /// Whether the stored inputs have the hash they had.
    pub inputs_untouched: bool,
    /// What differs, one line each; at most [`MOST_DIFFERENCES`].
    pub differences: Vec<String>,
    /// The recomputed results.
    #[serde(skip)]
    pub results: Option<Results>,
}

/// Differences that are listed.
pub const MOST_DIFFERENCES: usize = 20;

/// A stored run as it is read back.
#[derive(Debug)]
pub struct StoredRun {
    /// Its id.
    pub id: RunId,
    /// Formula.
    pub formula: i32,
    /// Zone data.
    pub zone_data: String,
    /// The hash that the inputs had.
    pub inputs_hash: Vec<u8>,
    /// The inputs.
    pub inputs: Value,
    /// The results.
    pub results: Value,
}

/// Computes a stored run again from its stored inputs.
pub async fn replay(stored: StoredRun) -> AppResult<Replay> {
    off_the_loop(move || replay_here(&stored)).await
}

/// The stored results serve the comparison only, and are looked at last.
pub fn replay_here(stored: &StoredRun) -> Result<Replay, serde_json::Error> {
    let mut replay = Replay {
        run: stored.id,
        formula: u32::try_from(stored.formula).unwrap_or(0),
        formula_now: FORMULA_VERSION,
        zone_data: stored.zone_data.clone(),
        zone_data_now: DATA_VERSION.to_owned(),
        same: false,
        inputs_untouched: false,
        differences: Vec::new(),
        results: None,
    };
    let raw: RawRun = match serde_json::from_value(stored.inputs.clone()) {
        Ok(raw) => raw,
        Err(error) => {
            replay
                .differences
                .push(format!("the stored inputs cannot be read: {error}"));
            return Ok(replay);
        }
    };
    let computed = compute_here(raw)?;
    replay.inputs_untouched = computed.hash.as_slice() == stored.inputs_hash;
    let results = Results::of(&computed.ranked);
    replay.same = serde_json::to_value(&results)? == stored.results;
    if !replay.inputs_untouched {
        replay
            .differences
            .push("the stored inputs are not those the run was computed from".into());
    }
    if !replay.same {
        replay.differences.extend(differences(&results, &stored.results));
    }
    replay.differences.truncate(MOST_DIFFERENCES);
    replay.results = Some(results);
    Ok(replay)
}

/// What differs between recomputed and stored results, person by person.
fn differences(now: &Results, stored: &Value) -> Vec<String> {
    let Ok(then) = serde_json::from_value::<Results>(stored.clone()) else {
        return vec!["the stored results cannot be read".into()];
    };
    let mut lines = Vec::new();
    if then.removed != now.removed {
        lines.push(format!(
            "left out by gate: {:?} then, {:?} now",
            then.removed, now.removed
        ));
    }
    let place = |results: &Results| -> BTreeMap<Uuid, String> {
        let matched = results.matches.iter().enumerate();
        let matched = matched.map(|(i, one)| {
            (
                one.candidate,
                format!("match {} with {} points {:?}", i + 1, one.points, one.parts),
            )
        });
        let open = results.to_confirm.iter().enumerate();
        let open = open.map(|(i, one)| {
            (
                one.candidate,
                format!(
                    "to confirm {} with {} points, unknown {:?}",
                    i + 1,
                    one.points,
                    one.unknown
                ),
            )
        });
        matched.chain(open).collect()
    };
    let (then, now) = (place(&then), place(now));
    let everybody: std::collections::BTreeSet<&Uuid> = then.keys().chain(now.keys()).collect();
    for id in everybody {
        let word = |places: &BTreeMap<Uuid, String>| places.get(id).cloned().unwrap_or_else(|| "left out".into());
        let (before, after) = (word(&then), word(&now));
        if before != after {
            lines.push(format!("{id}: {before} then, {after} now"));
        }
    }
    lines
}
