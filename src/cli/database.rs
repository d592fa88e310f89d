//! The database that a command works on.

use std::path::PathBuf;
use std::time::Instant;

use sqlx::postgres::PgConnectOptions;

use super::{CommandResult, STOP, words};
use crate::clock::Clock;
use crate::config;
use crate::db::{APP_ROLE, Db};
use crate::events::Actor;
use crate::holidays;
use crate::postgres::{self, DemoDatabase};
use crate::tracks;

pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(super) fn data_directory() -> PathBuf {
    PathBuf::from(environment("MERIDIAN_DATA").unwrap_or_else(|| "data".to_owned()))
}

/// A database for one command, and the private server behind it if the command had to start it.
pub struct Connected {
    /// The pool.
    pub db: Db,
    pub(super) private: Option<DemoDatabase>,
}

impl Connected {
    /// Closes the pool and stops the server if this command started it.
    pub async fn close(self) {
        self.db.close().await;
        if let Some(private) = self.private {
            private.stop(Instant::now() + STOP).await;
        }
    }
}

/// A pool on a database, or words about what to look at.
pub async fn connect(options: PgConnectOptions, size: u32) -> CommandResult<Db> {
    Db::connect(options, size)
        .await
        .map_err(|error| refused_entry(&error).into())
}

fn refused_entry(error: &sqlx::Error) -> String {
    let trouble = words(error);
    format!(
        "the database does not let us in ({trouble}): check that its server runs, and the host, name and password in DATABASE_URL"
    )
}

/// The pool that serves people, with the rights that they need and no more.
pub async fn connect_as_app(options: PgConnectOptions, size: u32) -> CommandResult<Db> {
    let (db, why) = Db::connect_as_app(options, size)
        .await
        .map_err(|error| refused_entry(&error))?;
    if let Some(why) = why {
        tracing::warn!(
            %why,
            "the role {APP_ROLE} cannot be taken on, so pages run with the rights of the tables' owner; `meridian doctor` says what to do"
        );
    }
    Ok(db)
}

/// Migrates, and puts in what is shipped and missing: what an installation needs before anybody comes. Again changes
/// nothing, and of two at once one waits for the other.
pub(super) async fn prepare(db: &Db) -> CommandResult<()> {
    db.migrate().await?;
    let mut tx = db.begin().await?;
    let now = Clock::system().now();
    tracks::seed::load(&mut tx, &Actor::operator(), now).await?;
    holidays::seed::load(&mut tx, &Actor::operator(), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Connects the operator's commands: `DATABASE_URL`, or the private cluster of the data directory (`MERIDIAN_DATA`), which
/// is used as it runs or started for as long as the command takes.
pub async fn database() -> CommandResult<Connected> {
    if let Some(options) = config::database(&environment)? {
        return Ok(Connected {
            db: connect(options, 4).await?,
            private: None,
        });
    }
    let data = data_directory();
    if !data.join("postgres").is_dir() {
        return Err(format!(
            "there is no database: DATABASE_URL is missing, and {} holds no private one. Set DATABASE_URL=postgres://user:password@host/database, or start `cargo demo` once, or name its directory in MERIDIAN_DATA.",
            data.display()
        )
        .into());
    }
    let private = postgres::for_demo(&data, None).await?;
    let db = connect(private.connect_options(), 4).await?;
    Ok(Connected {
        db,
        private: Some(private),
    })
}
