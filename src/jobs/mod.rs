//! Background work: a sweep a minute over what is due at the Clock's now.
//!
//! A rule never depends on a job having run: standing, expiry and guarantee days are derived from dates. The sweep only
//! tidies (sessions that ended) and makes derived states visible in lists.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use crate::clock::Clock;
use crate::db::Db;
use crate::error::AppResult;

/// How often the sweep runs.
const EVERY: Duration = Duration::from_mins(1);

/// One kind of periodic work: idempotent, at an instant.
pub type Sweep = for<'a> fn(&'a Db, chrono::DateTime<chrono::Utc>) -> LocalBoxFuture<'a, AppResult<u64>>;

/// Runs every sweep now and then every minute, until the future is dropped.
pub async fn run(db: Db, clock: Clock, sweeps: Vec<(&'static str, Sweep)>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        once(&db, &clock, &sweeps).await;
    }
}

/// Runs every sweep once. A failing one is noted and does not keep the others from running; the next round tries again.
pub async fn once(db: &Db, clock: &Clock, sweeps: &[(&'static str, Sweep)]) {
    for (name, sweep) in sweeps {
        match sweep(db, clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(sweep = name, rows, "swept"),
            Err(error) => tracing::warn!(sweep = name, error = &error as &dyn std::error::Error, "a sweep failed"),
        }
    }
}
