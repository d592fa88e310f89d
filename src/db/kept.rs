//! What was read and computed, kept in memory until a transaction changes what it was made from.
//!
//! Tables belong to topics, and each transaction that writes to one leaves its number there (`changes`, migration 0155). What is
//! kept stands beside the snapshot that it was read in; a look asks whether the topic has a number which that snapshot does not
//! see. So a look after a commit, by whatever server, never shows what was before it. Asking for what came after the newest number
//! would miss whoever committed late.
//!
//! Whoever is the first after a change computes, and those who come meanwhile wait for that one.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use tokio::sync::Mutex as Turn;

use super::Db;
use crate::error::AppResult;

/// How long anything is kept at most.
const KEPT_FOR: Duration = Duration::from_mins(10);

/// What tables are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// People, as a match run reads them.
    Pool,
    /// What waits on whom.
    Desk,
}

impl Topic {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Desk => "desk",
        }
    }
}

/// What a transaction sees, as `PostgreSQL` writes a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(String);

impl Snapshot {
    /// Of a transaction that reads one state of the database.
    pub async fn of(tx: &mut PgConnection) -> AppResult<Self> {
        Ok(Self(
            sqlx::query_scalar!(r#"select pg_current_snapshot()::text as "snapshot!""#)
                .fetch_one(tx)
                .await?,
        ))
    }

    /// Whether any transaction that this snapshot does not see changed something of the topic.
    async fn is_past(&self, conn: &mut PgConnection, topic: Topic) -> AppResult<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select 1 from changes where topic = $1 and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)) as "changed!""#,
            topic.as_str(),
            self.0
        )
        .fetch_one(conn)
        .await?)
    }
}

/// A transaction that reads one state of the database.
pub async fn reading(conn: &mut PgConnection) -> AppResult<Transaction<'_, Postgres>> {
    Ok(conn
        .begin_with("begin isolation level repeatable read, read only")
        .await?)
}

/// One thing that is kept, and whose turn it is to compute it.
struct Slot<V> {
    held: Option<Held<V>>,
    used: Instant,
    turn: Arc<Turn<()>>,
}

struct Held<V> {
    snapshot: Snapshot,
    since: Instant,
    value: Arc<V>,
}

impl<V> Default for Slot<V> {
    fn default() -> Self {
        Self {
            held: None,
            used: Instant::now(),
            turn: Arc::default(),
        }
    }
}

/// Values by keys, at most so many; the one looked at longest ago goes first.
pub struct Kept<K, V> {
    topic: Topic,
    most: usize,
    slots: Arc<Mutex<HashMap<K, Slot<V>>>>,
}

impl<K, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Self {
            topic: self.topic,
            most: self.most,
            slots: Arc::clone(&self.slots),
        }
    }
}

impl<K: Copy + Eq + Hash, V> Kept<K, V> {
    /// Nothing yet, of this topic, at most so many.
    pub fn new(topic: Topic, most: usize) -> Self {
        Self {
            topic,
            most,
            slots: Arc::default(),
        }
    }

    /// The value of a key: what is kept, if it still `fits` and nothing changed, or else what `compute` gives with the snapshot
    /// it was read in. Nobody who waits holds a connection.
    pub async fn get(
        &self,
        db: &Db,
        key: K,
        fits: impl Fn(&V) -> bool,
        compute: impl AsyncFnOnce() -> AppResult<(Snapshot, V)>,
    ) -> AppResult<Arc<V>> {
        if let Some(value) = self.current(db, key, &fits).await? {
            return Ok(value);
        }
        let turn = Arc::clone(&self.slots().entry(key).or_default().turn);
        let _turn = turn.lock().await;
        if let Some(value) = self.current(db, key, &fits).await? {
            return Ok(value);
        }
        let since = Instant::now();
        let (snapshot, value) = compute().await?;
        let value = Arc::new(value);
        self.keep(
            key,
            Held {
                snapshot,
                since,
                value: Arc::clone(&value),
            },
        );
        Ok(value)
    }

    async fn current(&self, db: &Db, key: K, fits: &impl Fn(&V) -> bool) -> AppResult<Option<Arc<V>>> {
        let Some((snapshot, value)) = self.held(key, fits) else {
            return Ok(None);
        };
        let past = snapshot.is_past(&mut *db.conn().await?, self.topic).await?;
        Ok((!past).then_some(value))
    }

    fn held(&self, key: K, fits: &impl Fn(&V) -> bool) -> Option<(Snapshot, Arc<V>)> {
        let mut slots = self.slots();
        let slot = slots.get_mut(&key)?;
        slot.used = Instant::now();
        let held = slot.held.as_ref()?;
        (held.since.elapsed() < KEPT_FOR && fits(&held.value)).then(|| (held.snapshot.clone(), Arc::clone(&held.value)))
    }

    fn keep(&self, key: K, held: Held<V>) {
        let mut slots = self.slots();
        slots.entry(key).or_default().held = Some(held);
        while slots.len() > self.most {
            let longest_ago = slots.iter().min_by_key(|(_, slot)| slot.used).map(|(key, _)| *key);
            let Some(gone) = longest_ago else { break };
            slots.remove(&gone);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
