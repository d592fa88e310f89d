//! The connection pool.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Postgres, Transaction};

use crate::error::AppResult;

/// Every migration, compiled in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The application's pool; cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(PgPool);

/// The role of the database that serves people: it reads the log and adds to it, and cannot rewrite it.
pub const APP_ROLE: &str = "meridian_app";

/// How long a request waits for a free connection before it answers "busy".
const ACQUIRE: Duration = Duration::from_secs(3);

/// A connection that was given back longer ago than this is asked whether it still lives before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

impl Db {
    /// A pool of at most `size` connections. Every statement is bounded by a timeout at the server, so that a slow query
    /// ends in a page that says so and not in a pile-up.
    pub async fn connect(options: PgConnectOptions, size: u32) -> Result<Self, sqlx::Error> {
        let options = options.application_name("meridian").options([
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("lock_timeout", "5s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(size)
            .min_connections(1)
            .acquire_timeout(ACQUIRE)
            // A look at each connection before each use would be a quarter of all that is said to the database. One that
            // was used a moment ago is taken as it is.
            .test_before_acquire(false)
            .before_acquire(|conn, used| {
                Box::pin(async move {
                    if used.idle_for > TRUSTED {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self(pool))
    }

    /// The same as the role that can write to the log and not rewrite it: what serves people. Where that role is not there, or
    /// may not be taken on, the pool is one with the login's own rights, and the text says why.
    pub async fn connect_as_app(options: PgConnectOptions, size: u32) -> Result<(Self, Option<String>), sqlx::Error> {
        let as_app = options.clone().options([("role", APP_ROLE)]);
        match Self::connect(as_app, size).await {
            Ok(db) => Ok((db, None)),
            Err(error) => {
                // A database that is away is away for both.
                let db = Self::connect(options, size).await?;
                Ok((db, Some(error.to_string())))
            }
        }
    }

    /// A pool that exists already (tests).
    pub fn from_pool(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Applies the migrations that are missing, and gives the application's role the rights that it lacks.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        MIGRATOR.run(&self.0).await?;
        let missing: Option<String> = sqlx::query_scalar("select grant_app_role()").fetch_one(&self.0).await?;
        if let Some(missing) = missing {
            tracing::warn!(%missing, "the application's role cannot be used; `meridian doctor` says what to do");
        }
        Ok(())
    }

    /// A transaction; it rolls back unless committed.
    pub async fn begin(&self) -> AppResult<Transaction<'static, Postgres>> {
        Ok(self.0.begin().await?)
    }

    /// A connection for reads.
    pub async fn conn(&self) -> AppResult<sqlx::pool::PoolConnection<Postgres>> {
        Ok(self.0.acquire().await?)
    }

    /// The pool itself: for the sessions, whose store keeps it, and for closing it.
    pub fn pool(&self) -> &PgPool {
        &self.0
    }
}

/// The name of the constraint that refused a statement: a named rule of the schema, so that a form can say which field.
pub fn constraint_of(error: &sqlx::Error) -> Option<&str> {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::constraint)
}

/// Whether the database answers.
pub async fn ping(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    conn.ping().await
}
