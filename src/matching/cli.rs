//! `meridian match`: the same list as the page, as JSON; and the replay of a stored run.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::runs::{self, Computed, Replay};
use super::score::{Candidate, FORMULA_VERSION, Standing};
use super::{pool, store};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{RequestId, RunId};

/// How many matches are printed unless all are asked for.
pub const MATCHES: usize = 50;

/// Which matches are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The best [`MATCHES`].
    Best,
    /// All of them.
    All,
}

#[derive(Serialize)]
struct MatchJson<'a> {
    candidate: uuid::Uuid,
    points: u32,
    parts: std::collections::BTreeMap<String, u32>,
    inputs: &'a Candidate,
}

/// Computes the matches of a seat (numbered from 1) and writes nothing.
pub async fn matches(db: &Db, now: DateTime<Utc>, request: RequestId, seat: u32, extent: Extent) -> AppResult<Value> {
    let pool = pool::load(&mut *db.conn().await?, request, seat, now).await?;
    let computed = runs::compute(pool.raw).await?;
    Ok(as_json(&computed, extent)?)
}

/// The published shape: `{formula, seat, pool, removed, matches, to_confirm}`.
pub fn as_json(computed: &Computed, extent: Extent) -> Result<Value, serde_json::Error> {
    let ranked = &computed.ranked;
    let limit = match extent {
        Extent::Best => MATCHES,
        Extent::All => usize::MAX,
    };
    let matched = |one: &Standing| {
        serde_json::to_value(MatchJson {
            candidate: one.candidate,
            points: one.breakdown.points,
            parts: runs::parts(&one.breakdown),
            inputs: &computed.candidates[one.index],
        })
    };
    let open = |one: &Standing| {
        let unknown: Vec<&str> = one.unknown.iter().map(|question| question.gate.key()).collect();
        json!({ "candidate": one.candidate, "unknown": unknown })
    };
    Ok(json!({
        "formula": FORMULA_VERSION,
        "seat": computed.seat,
        "pool": ranked.pool,
        "removed": runs::removed(ranked),
        "matches": ranked.matches.iter().take(limit).map(matched).collect::<Result<Vec<_>, _>>()?,
        "to_confirm": ranked.to_confirm.iter().map(open).collect::<Vec<_>>(),
    }))
}

/// Computes a stored run again from its stored inputs and says what differs.
pub async fn replay(db: &Db, run: RunId) -> AppResult<Replay> {
    let stored = store::run(&mut *db.conn().await?, run)
        .await?
        .ok_or(AppError::NotFound)?;
    runs::replay(stored).await
}
