//! `meridian match`: the same list as the page, as JSON; and the replay of a stored run.

use std::fmt::Write as _;

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

impl Extent {
    fn limit(self) -> usize {
        match self {
            Self::Best => MATCHES,
            Self::All => usize::MAX,
        }
    }
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
    Ok(as_json(&compute(db, now, request, seat).await?, extent)?)
}

async fn compute(db: &Db, now: DateTime<Utc>, request: RequestId, seat: u32) -> AppResult<Computed> {
    let pool = pool::load(&mut *db.conn().await?, request, seat, now).await?;
    runs::compute(pool.raw).await
}

/// The published shape: `{formula, seat, pool, removed, matches, to_confirm}`.
pub fn as_json(computed: &Computed, extent: Extent) -> Result<Value, serde_json::Error> {
    let ranked = &computed.ranked;
    let limit = extent.limit();
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

/// What is asked on the command line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The role request.
    #[arg(required_unless_present = "replay")]
    request: Option<RequestId>,
    /// Number of the seat, from 1.
    #[arg(long, default_value_t = 1)]
    seat: u32,
    /// Print JSON: `{formula, seat, pool, removed, matches, to_confirm}`.
    #[arg(long)]
    json: bool,
    /// Print every match and not only the best 50.
    #[arg(long)]
    all: bool,
    /// Compute this stored run again from its stored inputs and say what differs.
    #[arg(long, conflicts_with_all = ["request", "all"])]
    replay: Option<RunId>,
}

/// What the command prints, and whether it found everything as it should be.
#[derive(Debug)]
pub struct Printed {
    /// The text for standard output.
    pub text: String,
    /// False if a replay differs.
    pub good: bool,
}

/// Carries out the command. Nothing is written to the database.
pub async fn run(db: &Db, now: DateTime<Utc>, arguments: &Arguments) -> AppResult<Printed> {
    if let Some(run) = arguments.replay {
        let replay = replay(db, run).await?;
        let good = replay.same && replay.inputs_untouched;
        let text = if arguments.json {
            serde_json::to_string_pretty(&replay)?
        } else {
            replay_text(&replay)
        };
        return Ok(Printed { text, good });
    }
    let request = arguments.request.ok_or(AppError::NotFound)?;
    let extent = if arguments.all { Extent::All } else { Extent::Best };
    let computed = compute(db, now, request, arguments.seat).await?;
    let text = if arguments.json {
        serde_json::to_string_pretty(&as_json(&computed, extent)?)?
    } else {
        list_text(&computed, extent)
    };
    Ok(Printed { text, good: true })
}

fn replay_text(replay: &Replay) -> String {
    let verdict = if replay.same && replay.inputs_untouched {
        "replays to the bit"
    } else {
        "differs"
    };
    let mut text = format!(
        "Run {} {verdict} (formula {}, zone data {}).",
        replay.run, replay.formula, replay.zone_data
    );
    for difference in &replay.differences {
        let _ = write!(text, "\n  {difference}");
    }
    text
}

fn list_text(computed: &Computed, extent: Extent) -> String {
    let ranked = &computed.ranked;
    let mut text = format!(
        "{} match, {} to confirm, of {} people",
        grouped(ranked.matches.len()),
        grouped(ranked.to_confirm.len()),
        grouped(ranked.pool)
    );
    let shown = extent.limit();
    for (i, one) in ranked.matches.iter().take(shown).enumerate() {
        let _ = write!(text, "\n{:>4}  {:>6}  {}", i + 1, one.breakdown.points, one.candidate);
    }
    if ranked.matches.len() > shown {
        let _ = write!(text, "\nThe best {shown}; --all prints every one.");
    }
    text
}

/// 1,064.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 999, 1_064, 12_345, 1_000_000].map(super::grouped);
        assert_eq!(grouped, ["0", "999", "1,064", "12,345", "1,000,000"]);
    }
}
