//! A server's sign of life: a row that it writes after each round of its sweeps and takes away when it ends in good order.
//!
//! `meridian doctor` reads there that a worker was killed or hangs, that the clock of a server is off, and that two servers
//! of different versions work on one database. No rule depends on it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Sweep;
use crate::db::Db;
use crate::error::AppResult;

/// A server that said nothing for so long is not at work: five rounds.
pub const SILENT: TimeDelta = TimeDelta::minutes(5);

/// What others left behind is forgotten after this time.
const FORGOTTEN: TimeDelta = TimeDelta::days(7);

/// One server.
#[derive(Debug, Clone, Copy)]
pub struct Heart {
    id: Uuid,
    started_at: DateTime<Utc>,
}

/// What is known of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its version.
    pub version: String,
    /// When it started, by its own clock.
    pub started_at: DateTime<Utc>,
    /// When it last said that it works, by its own clock.
    pub seen_at: DateTime<Utc>,
    /// How far its clock was ahead of the database's then, in milliseconds.
    pub ahead_ms: i64,
}

impl Seen {
    /// Whether it is at work at `now`. A clock that was set since makes an instant ahead as silent as one long ago.
    pub fn is_at_work(&self, now: DateTime<Utc>) -> bool {
        (now - self.seen_at).abs() <= SILENT
    }
}

impl Heart {
    /// Of a server that starts now.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            id: Uuid::now_v7(),
            started_at: now,
        }
    }

    /// The sign as the last of the sweeps: a round that hangs before it gives none.
    pub fn sweep(self) -> (&'static str, Sweep) {
        (
            "signs of life",
            Box::new(move |db, now| {
                Box::pin(async move {
                    self.beat(&mut *db.conn().await?, now).await?;
                    Ok(0)
                })
            }),
        )
    }

    /// Says that this server works.
    pub async fn beat(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<()> {
        sqlx::query!(
            "insert into instances (id, version, started_at, seen_at, ahead_ms)
             values ($1, $2, $3, $4, (extract(epoch from $4::timestamptz - clock_timestamp()) * 1000)::bigint) -- the server's own clock
             on conflict (id) do update set seen_at = excluded.seen_at, ahead_ms = excluded.ahead_ms",
            self.id,
            env!("CARGO_PKG_VERSION"),
            self.started_at,
            now,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "delete from instances where seen_at < $1 or seen_at > $2",
            now - FORGOTTEN,
            now + FORGOTTEN
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Says that this server ends.
    pub async fn stop(&self, db: &Db) -> AppResult<()> {
        sqlx::query!("delete from instances where id = $1", self.id)
            .execute(&mut *db.conn().await?)
            .await?;
        Ok(())
    }
}

/// How far a clock that says `now` is ahead of the database's.
pub async fn ahead(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<TimeDelta> {
    let milliseconds = sqlx::query_scalar!(
        r#"select (extract(epoch from $1::timestamptz - clock_timestamp()) * 1000)::bigint as "ahead!" -- the server's own clock"#,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(TimeDelta::milliseconds(milliseconds))
}

/// All servers that said something lately, the newest first.
pub async fn servers(conn: &mut PgConnection) -> AppResult<Vec<Seen>> {
    Ok(sqlx::query_as!(
        Seen,
        "select version, started_at, seen_at, ahead_ms from instances order by seen_at desc"
    )
    .fetch_all(conn)
    .await?)
}
