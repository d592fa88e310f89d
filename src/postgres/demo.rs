//! The database of `meridian demo`.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::{Cluster, DEMO_DATABASE, Mode, PostgresError};

/// A database to work on, and the server behind it if it is our own.
pub struct DemoDatabase {
    options: PgConnectOptions,
    cluster: Option<Cluster>,
}

impl fmt::Debug for DemoDatabase {
    /// Without the options: they hold the password of `DATABASE_URL`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoDatabase")
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

impl DemoDatabase {
    /// How to connect.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The private cluster; `None` when `DATABASE_URL` named another server.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Stops the server if this process started it, by `deadline`. Close the pools first, so that nobody sees a cut
    /// connection.
    pub async fn stop(self, deadline: Instant) {
        if let Some(cluster) = self.cluster {
            // Fails only if stopping panicked; the guard then does the rest.
            drop(tokio::task::spawn_blocking(move || cluster.stop_by(deadline)).await);
        }
    }
}

/// The database for `demo`, in this order: the one that is `given`; the running cluster of `data_dir`; the programs of
/// this machine; an installation of them. The database exists afterwards (but for a given one, which is taken as it is).
///
/// # Errors
/// Says what to do when no server can be had.
pub async fn for_demo(data_dir: &Path, given: Option<PgConnectOptions>) -> Result<DemoDatabase, PostgresError> {
    if let Some(options) = given {
        return Ok(DemoDatabase { options, cluster: None });
    }
    let home = data_dir.join("postgres");
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&home, Mode::Durable))
        .await
        .map_err(|gone| PostgresError::file("cannot open", data_dir, std::io::Error::other(gone)))??;
    create_database(&cluster)
        .await
        .map_err(|source| PostgresError::Database {
            doing: "making the demo's database",
            source,
        })?;
    Ok(DemoDatabase {
        options: cluster.connect_options(DEMO_DATABASE),
        cluster: Some(cluster),
    })
}

async fn create_database(cluster: &Cluster) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect_with(&cluster.connect_options("postgres")).await?;
    let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(DEMO_DATABASE)
        .fetch_one(&mut conn)
        .await?;
    if !there {
        let made = sqlx::query(AssertSqlSafe(format!("create database {DEMO_DATABASE}")))
            .execute(&mut conn)
            .await;
        // A second app may have come first.
        made.map(drop).or_else(|error| {
            let exists = error
                .as_database_error()
                .is_some_and(|e| matches!(e.code().as_deref(), Some("42P04" | "23505")));
            if exists { Ok(()) } else { Err(error) }
        })?;
    }
    conn.close().await
}
