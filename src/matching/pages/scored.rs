//! Scored pools, kept in memory until anything they were computed from changes.
//!
//! Scoring a pool costs as much as the pool is large, and most looks at a seat's matches come after a look at the same: the next
//! page of the list, the next person's explanation, the way back. So the first people of each list stay, for a while, with the
//! snapshot they were read in; a look asks whether any transaction that it does not see touched a pool
//! (`pool_changes`, migration 0127), and whether seat, request, skills, rates and day are the same. Whoever is the first
//! after a change computes, and those who come meanwhile wait for that one.
//!
//! Rejected, 2026-11-21: to show the last stored run while it is a little old. A person who is off limits since a
//! moment ago must not stand in a list.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use sqlx::Connection as _;
use tokio::sync::Mutex as Turn;

use super::head::facts;
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::{RequestId, SeatId};
use crate::matching::pool::{self, Face, Pool, PoolWords};
use crate::matching::runs::{self, Computed, Kept, PoolKeys};
use crate::matching::score::Gate;
use crate::matching::store::{self, HeaderRow, SkillRow};
use crate::web::Act;

/// How many of each list are kept; who stands further down is computed when somebody goes there.
pub const HELD: usize = 240;

/// Pools that are kept at most, the one looked at longest ago goes first: some hundred kilobytes each.
const POOLS: usize = 24;

/// How long one is kept; far less than the day for which changes are remembered.
const KEPT_FOR: Duration = Duration::from_mins(10);

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
    pub run: Kept,
}

/// One pool, and whose turn it is to compute it.
#[derive(Default)]
struct Slot {
    held: Option<Held>,
    used: Option<Instant>,
    turn: Arc<Turn<()>>,
}

#[derive(Clone)]
struct Held {
    asked: [u8; 32],
    snapshot: String,
    since: Instant,
    scored: Arc<Scored>,
}

/// The pools that one server keeps.
#[derive(Clone, Default)]
pub struct Pools(Arc<Mutex<HashMap<SeatId, Slot>>>);

impl Pools {
    fn slots(&self) -> MutexGuard<'_, HashMap<SeatId, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, seat: SeatId, asked: &[u8; 32]) -> Option<Held> {
        let mut slots = self.slots();
        let slot = slots.get_mut(&seat)?;
        slot.used = Some(Instant::now());
        let held = slot.held.clone()?;
        (held.asked == *asked && held.since.elapsed() < KEPT_FOR).then_some(held)
    }

    fn turn(&self, seat: SeatId) -> Arc<Turn<()>> {
        let mut slots = self.slots();
        let slot = slots.entry(seat).or_default();
        slot.used = Some(Instant::now());
        Arc::clone(&slot.turn)
    }

    fn keep(&self, seat: SeatId, held: Held) {
        let mut slots = self.slots();
        slots.entry(seat).or_default().held = Some(held);
        while slots.len() > POOLS {
            let longest_ago = slots.iter().min_by_key(|(_, slot)| slot.used).map(|(seat, _)| *seat);
            let Some(gone) = longest_ago else { break };
            slots.remove(&gone);
        }
    }

    /// The first [`HELD`] of each list of a seat, as everything is at this moment.
    pub async fn first(&self, look: &Act, request: RequestId, number: u32) -> AppResult<Arc<Scored>> {
        let (db, now) = (&look.db, look.at);
        let mut conn = db.conn().await?;
        let (header, skills) = pool::asked(&mut conn, request, number, now).await?;
        let asked = fingerprint(&header, &skills, now.date_naive());
        if let Some(held) = self.held(header.seat, &asked)
            && !store::has_changed(&mut conn, &held.snapshot).await?
        {
            return Ok(held.scored);
        }
        // Nobody who waits holds a connection.
        drop(conn);
        let turn = self.turn(header.seat);
        let _turn = turn.lock().await;
        if let Some(held) = self.held(header.seat, &asked)
            && !store::has_changed(&mut *db.conn().await?, &held.snapshot).await?
        {
            return Ok(held.scored);
        }
        let since = Instant::now();
        let (pool, snapshot, asked) = read(db, now, request, number).await?;
        let seat = pool.header.seat;
        let scored = Arc::new(score(look, pool, HELD).await?);
        let held = Held {
            asked,
            snapshot,
            since,
            scored: Arc::clone(&scored),
        };
        self.keep(seat, held);
        Ok(scored)
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
async fn read(db: &Db, now: DateTime<Utc>, request: RequestId, number: u32) -> AppResult<(Pool, String, [u8; 32])> {
    let mut conn = db.conn().await?;
    let mut tx = conn
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let snapshot = store::snapshot(&mut tx).await?;
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
