//! Scored pools, kept in memory until anything they were computed from changes.
//!
//! Scoring a pool costs as much as the pool is large, and most looks at a seat's matches come after a look at the same: the next
//! page of the list, the next person's explanation, the way back. So the first people of each list stay, for a while
//! ([`crate::db::kept`]); a look asks besides whether seat, request, skills, rates and day are the same.
//!
//! Rejected, 2026-11-21: to show the last stored run while it is a little old. A person who is off limits since a
//! moment ago must not stand in a list.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::head::facts;
use crate::db::Db;
use crate::db::kept::{self, Snapshot, Topic};
use crate::error::AppResult;
use crate::ids::{RequestId, SeatId};
use crate::matching::pool::{self, Face, Pool, PoolWords};
use crate::matching::runs::{self, Computed, PoolKeys};
use crate::matching::score::Gate;
use crate::matching::store::{HeaderRow, SkillRow};
use crate::web::Act;

/// How many of each list are kept; who stands further down is computed when somebody goes there.
pub const HELD: usize = 240;

/// Pools that are kept at most, the one looked at longest ago goes first: some hundred kilobytes each.
const POOLS: usize = 24;

/// A pool taken apart: what was computed, and what pages show besides.
pub struct Scored {
    /// The run, with as many of each list as were asked for.
    pub computed: Computed,
    /// How many match.
    pub matched: usize,
    /// How many are to confirm.
    pub to_confirm: usize,
    /// Of these, how many each unknown gate keeps from an answer.
    pub unknown: BTreeMap<Gate, usize>,
    /// Faces.
    pub people: HashMap<uuid::Uuid, Face>,
    /// Words.
    pub words: PoolWords,
    /// The seat's rows.
    pub header: HeaderRow,
    /// What the seat asks for.
    pub facts: Vec<(&'static str, String)>,
    /// The stored run.
    pub run: runs::Kept,
}

/// The pools that one server keeps.
#[derive(Clone)]
pub struct Pools(kept::Kept<SeatId, Held>);

struct Held {
    asked: [u8; 32],
    scored: Arc<Scored>,
}

impl Default for Pools {
    fn default() -> Self {
        Self(kept::Kept::new(Topic::Pool, POOLS))
    }
}

impl Pools {
    /// The first [`HELD`] of each list of a seat, as everything is at this moment.
    pub async fn first(&self, look: &Act, request: RequestId, number: u32) -> AppResult<Arc<Scored>> {
        let (db, now) = (&look.db, look.at);
        let (header, skills) = pool::asked(&mut *db.conn().await?, request, number, now).await?;
        let asked = fingerprint(&header, &skills, now.date_naive());
        let held = self.0.get(
            db,
            header.seat,
            |held| held.asked == asked,
            async || {
                let (pool, snapshot, asked) = read(db, now, request, number).await?;
                let scored = Arc::new(score(look, pool, HELD).await?);
                Ok((snapshot, Held { asked, scored }))
            },
        );
        Ok(Arc::clone(&held.await?.scored))
    }

    /// Everybody on the lists of a seat, computed for this look.
    pub async fn whole(&self, look: &Act, request: RequestId, number: u32) -> AppResult<Arc<Scored>> {
        let (pool, _, _) = read(&look.db, look.at, request, number).await?;
        Ok(Arc::new(score(look, pool, usize::MAX).await?))
    }
}

/// What a run is asked, besides the people.
fn fingerprint(header: &HeaderRow, skills: &[SkillRow], day: NaiveDate) -> [u8; 32] {
    Sha256::digest(format!("{day} {header:?} {skills:?}")).into()
}

/// A pool as one snapshot has it, that snapshot, and what was asked.
async fn read(db: &Db, now: DateTime<Utc>, request: RequestId, number: u32) -> AppResult<(Pool, Snapshot, [u8; 32])> {
    let mut conn = db.conn().await?;
    let mut tx = kept::reading(&mut conn).await?;
    let snapshot = Snapshot::of(&mut tx).await?;
    let (header, skills) = pool::asked(&mut tx, request, number, now).await?;
    let asked = fingerprint(&header, &skills, now.date_naive());
    let pool = pool::of(&mut tx, header, &skills, now).await?;
    tx.commit().await?;
    Ok((pool, snapshot, asked))
}

/// Scores a pool off the async threads and stores the run.
async fn score(look: &Act, pool: Pool, most: usize) -> AppResult<Scored> {
    let keys = PoolKeys::from(&pool);
    let facts = facts(&pool);
    let Pool {
        header,
        raw,
        mut people,
        words,
    } = pool;
    // No connection is held while the pool is scored.
    let computed = runs::compute(raw).await?;
    let run = runs::keep(&mut *look.db.conn().await?, &look.by, look.at, &keys, &computed).await?;
    let ranked = &computed.ranked;
    let (matched, to_confirm) = (ranked.matches.len(), ranked.to_confirm.len());
    let mut unknown = BTreeMap::new();
    for question in ranked.to_confirm.iter().flat_map(|standing| &standing.unknown) {
        *unknown.entry(question.gate).or_insert(0_usize) += 1;
    }
    let computed = computed.first(most);
    let shown: std::collections::HashSet<_> = computed.candidates.iter().map(|one| one.id).collect();
    people.retain(|id, _| shown.contains(id));
    people.shrink_to_fit();
    Ok(Scored {
        computed,
        matched,
        to_confirm,
        unknown,
        people,
        words,
        header,
        facts,
        run,
    })
}
