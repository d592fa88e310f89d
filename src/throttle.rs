//! How often something may be done: per account, address or network, over restarts and any number of servers.
//!
//! Each doer has one row with one instant, `free_at`: when everything done so far will be forgotten. Doing something
//! moves it on by `per / times`; when that would lead beyond `now + per`, it is refused and nothing is counted. So a burst of
//! `times` is free, and afterwards one more every `per / times`.
//!
//! What is cheap to judge is counted before it is judged ([`charge`]) and given back when it turns out well. A password is
//! not cheap, and people of one address may sign in side by side: there the limit is looked at first ([`peek`]), and a
//! verdict is only given out if it can be counted still when it is known. So of a thousand guesses started at once as many
//! are answered as the limit says, whichever server they went to; the others learn nothing.
//!
//! 2026-11-21, rejected: counters in memory (gone at a restart, one for each server) and windows that begin anew on the
//! minute (twice the number around the change). An instant further ahead than twice `per` comes from a clock that was set
//! back since, and counts as none; less than that is what the clocks of two servers may differ.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::error::{AppError, AppResult};

/// A rule: so many times in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its name in the table.
    pub name: &'static str,
    /// How many at once.
    pub times: i32,
    /// In how many seconds they are forgotten.
    pub seconds: i64,
}

impl Limit {
    fn per(self) -> TimeDelta {
        TimeDelta::seconds(self.seconds)
    }

    /// What one act costs.
    fn step(self) -> TimeDelta {
        TimeDelta::microseconds(self.seconds * 1_000_000 / i64::from(self.times.max(1)))
    }
}

/// One doer under one rule. The key is a keyed hash ([`crate::tokens::Tokens::fingerprint`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The rule.
    pub limit: Limit,
    /// 32 bytes.
    pub key: Vec<u8>,
}

/// Counts one act under each of `charges`, or none of them when one refuses: then [`AppError::TooMany`] says for how long.
/// In the caller's transaction, which should be short: it holds the rows.
pub async fn charge(tx: &mut PgConnection, now: DateTime<Utc>, charges: &[Charge]) -> AppResult<()> {
    // One order for everybody, so that two requests cannot wait for each other.
    let mut charges: Vec<&Charge> = charges.iter().collect();
    charges.sort_by(|a, b| (a.limit.name, &a.key).cmp(&(b.limit.name, &b.key)));
    for charge in charges {
        let (limit, key) = (charge.limit, &charge.key);
        let counted = sqlx::query_scalar!(
            "insert into throttles as t (limit_name, key, free_at) values ($1, $2, $3::timestamptz + $4::interval)
             on conflict (limit_name, key) do update
             set free_at = case when t.free_at > $6 then $3 else greatest(t.free_at, $3) end + $4
             where case when t.free_at > $6 then $3 else greatest(t.free_at, $3) end + $4 <= $5
             returning t.free_at",
            limit.name,
            key,
            now,
            limit.step() as TimeDelta,
            now + limit.per(),
            now + limit.per() * 2,
        )
        .fetch_optional(&mut *tx)
        .await?;
        if counted.is_none() {
            return Err(AppError::TooMany {
                wait: wait(tx, now, limit, key).await?,
            });
        }
    }
    Ok(())
}

/// How long until one more is allowed.
async fn wait(tx: &mut PgConnection, now: DateTime<Utc>, limit: Limit, key: &[u8]) -> AppResult<TimeDelta> {
    let free_at = sqlx::query_scalar!(
        "select free_at from throttles where limit_name = $1 and key = $2",
        limit.name,
        key
    )
    .fetch_optional(tx)
    .await?
    .unwrap_or(now);
    let ahead = free_at - now;
    let counted = if ahead > limit.per() * 2 {
        TimeDelta::zero()
    } else {
        ahead
    };
    Ok((counted + limit.step() - limit.per()).max(TimeDelta::zero()))
}

/// Whether one more would be allowed under each of `charges`, without counting it.
pub async fn peek(conn: &mut PgConnection, now: DateTime<Utc>, charges: &[Charge]) -> AppResult<()> {
    for charge in charges {
        let wait = wait(conn, now, charge.limit, &charge.key).await?;
        if wait > TimeDelta::zero() {
            return Err(AppError::TooMany { wait });
        }
    }
    Ok(())
}

/// Gives back one act under each of `charges`: it turned out well.
pub async fn give_back(tx: &mut PgConnection, now: DateTime<Utc>, charges: &[Charge]) -> AppResult<()> {
    let mut charges: Vec<&Charge> = charges.iter().collect();
    charges.sort_by(|a, b| (a.limit.name, &a.key).cmp(&(b.limit.name, &b.key)));
    for charge in charges {
        sqlx::query!(
            "update throttles set free_at = greatest(free_at - $3::interval, $4) where limit_name = $1 and key = $2",
            charge.limit.name,
            charge.key,
            charge.limit.step() as TimeDelta,
            now,
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Removes what is forgotten; how many rows.
pub async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<u64> {
    Ok(sqlx::query!("delete from throttles where free_at <= $1", now)
        .execute(conn)
        .await?
        .rows_affected())
}
