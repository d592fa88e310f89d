//! Background work: a sweep over what is due at the Clock's now, each minute and when somebody wakes it.
//!
//! A rule never depends on a job having run: standing, expiry and guarantee days are derived from dates. A sweep tidies
//! (sessions that ended), makes derived states visible in lists, and does what a request leaves to it (a letter whose
//! writing must not show in the answer's time).

pub mod heart;
pub mod store;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::db::Db;
use crate::error::AppResult;

/// How often the sweep runs.
const EVERY: Duration = Duration::from_mins(1);

/// How long after a broken connection a new one is tried.
const RETRY: Duration = Duration::from_secs(1);

/// The channel on which a request says that there is something to do.
const CHANNEL: &str = "meridian_jobs";

/// One kind of periodic work: idempotent, at an instant.
pub type Sweep = Box<dyn for<'a> Fn(&'a Db, DateTime<Utc>) -> LocalBoxFuture<'a, AppResult<u64>>>;

/// Wakes the sweeps once this transaction is committed.
pub async fn wake(tx: &mut PgConnection) -> AppResult<()> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL).execute(tx).await?;
    Ok(())
}

/// Sweeps move states that do not come back (a guarantee that has run its course). They wait while this server's clock and the
/// database's differ by more than this: one of them is wrong, and nobody here knows which.
const ASTRAY: TimeDelta = TimeDelta::minutes(10);

/// How often a run that changed nothing is written down: a table of idle minutes is not worth a write each.
const NOTED: TimeDelta = TimeDelta::minutes(5);

/// Runs every sweep now, every minute and when woken, until the future is dropped.
pub async fn run(db: Db, clock: Clock, sweeps: Vec<(&'static str, Sweep)>) {
    let mut alarm = Alarm::set(&db, CHANNEL).await;
    let mut noted: HashMap<&'static str, DateTime<Utc>> = HashMap::new();
    loop {
        match ahead(&db, &clock).await {
            Ok(ahead) if ahead.abs() > ASTRAY => {
                tracing::error!(
                    seconds = ahead.num_seconds(),
                    "this server's clock is ahead of the database's by so much (behind, if below zero): sweeps wait until they agree"
                );
            }
            Ok(_) => {
                for (name, sweep) in &sweeps {
                    let started = clock.now();
                    let outcome = attempt(&db, started, name, sweep).await;
                    let is_idle = outcome == Ok(0);
                    let recent = noted.get(name).is_some_and(|at| (started - *at).abs() < NOTED);
                    if !(is_idle && recent) {
                        note(&db, &clock, name, started, &outcome).await;
                        noted.insert(name, started);
                    }
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no sweeps"),
        }
        alarm.wait(&db, EVERY).await;
    }
}

async fn ahead(db: &Db, clock: &Clock) -> AppResult<TimeDelta> {
    heart::ahead(&mut *db.conn().await?, clock.now()).await
}

/// Waits for a call over the database, or for its interval.
pub struct Alarm {
    channel: &'static str,
    listener: Option<PgListener>,
}

impl std::fmt::Debug for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.channel)
    }
}

impl Alarm {
    /// An alarm that listens on `channel`, or rings by its interval alone when the database is away.
    pub async fn set(db: &Db, channel: &'static str) -> Self {
        Self {
            listener: listen(db, channel).await,
            channel,
        }
    }

    /// Returns when called or after `interval`. A connection that broke is made again, tried every second; then it returns at
    /// once, because nobody knows what was called meanwhile.
    pub async fn wait(&mut self, db: &Db, interval: Duration) {
        let until = Instant::now() + interval;
        loop {
            if let Some(listener) = self.listener.as_mut() {
                match tokio::time::timeout_at(until, listener.recv()).await {
                    Ok(Err(_)) => self.listener = None,
                    Ok(Ok(_)) | Err(_) => return,
                }
            }
            let again = Instant::now() + RETRY;
            if again >= until {
                tokio::time::sleep_until(until).await;
                return;
            }
            tokio::time::sleep_until(again).await;
            self.listener = listen(db, self.channel).await;
            if self.listener.is_some() {
                return;
            }
        }
    }
}

async fn listen(db: &Db, channel: &str) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(db.pool()).await.ok()?;
    listener.listen(channel).await.ok()?;
    Some(listener)
}

/// Runs every sweep once. A failing one is noted and does not keep the others from running; the next round tries again.
pub async fn once(db: &Db, clock: &Clock, sweeps: &[(&'static str, Sweep)]) {
    for (name, sweep) in sweeps {
        // What went wrong is in the log and in the table.
        drop(perform(db, clock, name, sweep).await);
    }
}

/// Runs one job now and then at every interval, until the future is dropped.
pub async fn every(db: Db, clock: Clock, interval: Duration, (name, sweep): (&'static str, Sweep)) {
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        drop(perform(&db, &clock, name, &sweep).await);
    }
}

/// Runs one job and writes down how it went; the rows it changed, or what went wrong in words.
pub async fn perform(db: &Db, clock: &Clock, name: &'static str, sweep: &Sweep) -> Result<u64, String> {
    let started = clock.now();
    let outcome = attempt(db, started, name, sweep).await;
    note(db, clock, name, started, &outcome).await;
    outcome
}

async fn attempt(db: &Db, started: DateTime<Utc>, name: &'static str, sweep: &Sweep) -> Result<u64, String> {
    let outcome = sweep(db, started).await.map_err(|error| {
        tracing::warn!(sweep = name, error = &error as &dyn std::error::Error, "a sweep failed");
        store::words(&error)
    });
    if let Ok(rows) = outcome
        && rows > 0
    {
        tracing::info!(sweep = name, rows, "swept");
    }
    outcome
}

async fn note(db: &Db, clock: &Clock, name: &'static str, started: DateTime<Utc>, outcome: &Result<u64, String>) {
    let note = async { store::note(&mut *db.conn().await?, name, started, clock.now(), outcome).await };
    if let Err(error) = note.await {
        tracing::warn!(
            sweep = name,
            error = &error as &dyn std::error::Error,
            "the run of a sweep is not noted"
        );
    }
}

/// The jobs of an installation, for the page from which one can be run. One a worker: a sweep stays on its thread.
#[derive(Clone)]
pub struct Sweeps(Rc<Vec<(&'static str, Sweep)>>);

impl std::fmt::Debug for Sweeps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Sweeps {
    /// Of these.
    pub fn new(sweeps: Vec<(&'static str, Sweep)>) -> Self {
        Self(Rc::new(sweeps))
    }

    /// Their names, in the order in which they run.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The one of that name.
    pub fn find(&self, name: &str) -> Option<(&'static str, &Sweep)> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(name, sweep)| (*name, sweep))
    }
}
