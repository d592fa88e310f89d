//! The connection pool, what stands before it ([`gate`]), and what is kept of what was read ([`kept`]).

mod gate;
pub mod kept;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Postgres, Transaction};

use crate::error::{AppError, AppResult};
use gate::{Gate, Way};

/// Every migration, compiled in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The application's pool; cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    gate: Arc<Gate>,
    /// The pools of all threads, this one among them.
    all: Arc<Mutex<Vec<PgPool>>>,
}

/// Connections of this process, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Open at this moment.
    pub open: u32,
    /// Of these, used by nobody.
    pub idle: usize,
    /// The most there may be.
    pub most: u32,
}

/// How it stands before the pool, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressure {
    /// Requests on the way to a connection.
    pub waiting: usize,
    /// The most there may be.
    pub most: usize,
    /// Requests that were told at once to come back, since the start.
    pub turned_away: u64,
    /// Whether the database is known to be away.
    pub away: bool,
}

/// The role of the database that serves people: it reads the log and adds to it, and cannot rewrite it.
pub const APP_ROLE: &str = "meridian_app";

/// How long a request waits for a free connection before it answers "busy".
const ACQUIRE: Duration = Duration::from_secs(3);

/// How long somebody who looks whether the database is there waits for its answer.
const LOOK: Duration = Duration::from_secs(1);

/// A connection that was given back longer ago than this is asked whether it still lives before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

impl Db {
    /// A pool of at most `size` connections. Every statement is bounded by a timeout at the server, so that a slow query
    /// ends in a page that says so and not in a pile-up.
    pub async fn connect(options: PgConnectOptions, size: u32) -> Result<Self, sqlx::Error> {
        let options = planned_once(options).application_name("meridian").options([
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
        Ok(Self::from_pool(pool))
    }

    /// The same as the role that can write to the log and not rewrite it: what serves people. Where that role is not there, or
    /// may not be taken on, the pool is one with the login's own rights, and the text says why. Any other trouble is an error:
    /// a database that was away for a moment must not leave an app that could rewrite its log until the next restart.
    pub async fn connect_as_app(options: PgConnectOptions, size: u32) -> Result<(Self, Option<String>), sqlx::Error> {
        let as_app = options.clone().options([("role", APP_ROLE)]);
        match Self::connect(as_app, size).await {
            Ok(db) => Ok((db, None)),
            Err(error) if is_about_the_role(&error) => {
                let db = Self::connect(options, size).await?;
                Ok((db, Some(error.to_string())))
            }
            Err(error) => Err(error),
        }
    }

    /// A pool that exists already (tests).
    pub fn from_pool(pool: PgPool) -> Self {
        let size = pool.options().get_max_connections();
        Self {
            all: Arc::new(Mutex::new(vec![pool.clone()])),
            pool,
            gate: Arc::new(Gate::before(size)),
        }
    }

    /// The same database by a pool of its own with at most `size` connections, for one thread that serves pages: whatever a
    /// connection says is then heard by the thread that waits for it. One pool for all threads has each answer wake another
    /// thread first, which was an eighth of the processor time of pages. The bound on who waits, and what is known of a
    /// database that is away, is one for all.
    #[must_use = "the pool is one more; use it or do without"]
    pub fn near(&self, size: u32) -> Self {
        let options = self.pool.options().clone().max_connections(size).min_connections(0);
        let pool = options.connect_lazy_with((*self.pool.connect_options()).clone());
        self.pools().push(pool.clone());
        Self {
            pool,
            gate: Arc::clone(&self.gate),
            all: Arc::clone(&self.all),
        }
    }

    /// What this process has of connections, over all its threads.
    pub fn connections(&self) -> Connections {
        let pools = self.pools();
        Connections {
            open: pools.iter().map(PgPool::size).sum(),
            idle: pools.iter().map(PgPool::num_idle).sum(),
            most: pools.iter().map(|pool| pool.options().get_max_connections()).sum(),
        }
    }

    /// Closes every connection of this process; those that are used, when they are given back.
    pub async fn close(&self) {
        let pools = self.pools().clone();
        for pool in pools {
            pool.close().await;
        }
    }

    fn pools(&self) -> MutexGuard<'_, Vec<PgPool>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies the migrations that are missing, and gives the application's role the rights that it lacks. Of two servers that
    /// start at once, one waits for the other, as long as that takes: the limits of pages are none of a migration.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        let mut conn = self.pool.acquire().await?;
        sqlx::raw_sql("set statement_timeout = 0; set lock_timeout = 0")
            .execute(&mut *conn)
            .await?;
        let migrated = migrate_alone(&mut conn).await;
        // Not back into the pool: its limits are off, and it holds the lock.
        conn.close().await?;
        let missing = migrated?;
        if let Some(missing) = missing {
            tracing::warn!(%missing, "the application's role cannot be used; `meridian doctor` says what to do");
        }
        Ok(())
    }

    /// A transaction; it rolls back unless committed.
    pub async fn begin(&self) -> AppResult<Transaction<'static, Postgres>> {
        self.through(self.pool.begin()).await
    }

    /// A connection for reads.
    pub async fn conn(&self) -> AppResult<PoolConnection<Postgres>> {
        self.through(self.pool.acquire()).await
    }

    /// The pool itself: for its figures, for listeners, and for closing it.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// How it stands before the pool.
    pub fn pressure(&self) -> Pressure {
        self.gate.pressure()
    }

    /// Gets a connection by `work`, if there is room to wait and the database is not known to be away.
    async fn through<T>(&self, work: impl Future<Output = Result<T, sqlx::Error>>) -> AppResult<T> {
        let _place = self
            .gate
            .enter()
            .ok_or_else(|| AppError::Busy("Too many people are here at this moment.".into()))?;
        match self.gate.way(Instant::now()) {
            Way::Open => {}
            Way::Look(_probe) if self.answers().await => self.gate.well(),
            Way::Look(_) => {
                self.gate.failed(Instant::now());
                return Err(away());
            }
            Way::Shut => return Err(away()),
        }
        match work.await {
            Ok(done) => {
                self.gate.well();
                Ok(done)
            }
            Err(error) => {
                if self.is_away(&error).await {
                    self.gate.failed(Instant::now());
                }
                Err(error.into())
            }
        }
    }

    /// Whether this failure means that the database is away. A wait in vain may mean that or many people: one looks.
    async fn is_away(&self, error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(said) => said.code().is_some_and(|code| is_shut_down(&code)),
            sqlx::Error::PoolTimedOut => match self.gate.doubt() {
                Some(_probe) => !self.answers().await,
                None => false,
            },
            _ => false,
        }
    }

    /// Whether the server answers on a connection beside the pool. One that is full, or lets nobody new in, is there: those who
    /// are in may still be served.
    async fn answers(&self) -> bool {
        let options = self.pool.connect_options();
        let look = async { PgConnection::connect_with(&options).await?.close().await };
        match tokio::time::timeout(LOOK, look).await {
            Ok(Ok(())) => true,
            Ok(Err(sqlx::Error::Database(said))) => !said.code().is_some_and(|code| is_shut_down(&code)),
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

/// Connections on which a statement is planned once and not for each new set of values.
///
/// 2026-11-21: the server on its own keeps planning most of our statements again and again, because the estimate for given values
/// looks a little better; on the pages that people have open all day that was a tenth to a fifth of all processor time (measured with
/// 10,000 people: list 1.18 to 1.08 ms, search 1.87 to 1.57, candidate 1.52 to 1.22, placement 1.24 to 1.06, on a busy machine). What
/// is found by filters that may be left out needs a plan for its values: [`by_values`].
pub fn planned_once(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("plan_cache_mode", "force_generic_plan")])
}

/// A transaction in which each statement is planned for the values it is given: for lists with filters, of which one is rare and
/// has an index and another is not there at all. Costs a statement more.
pub async fn by_values(conn: &mut PgConnection) -> AppResult<Transaction<'_, Postgres>> {
    let mut tx = conn.begin().await?;
    sqlx::query("set local plan_cache_mode = force_custom_plan")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// The lock of whoever migrates, "meridian" in ASCII. The migrations have one of their own, which does not reach over the
/// rights: two at once that give rights on the same tables are refused by the server.
const MIGRATING: i64 = 0x6d65_7269_6469_616e;

/// Migrates and gives rights; what is missing of them, in words. The lock goes with the connection.
async fn migrate_alone(conn: &mut PgConnection) -> Result<Option<String>, sqlx::migrate::MigrateError> {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MIGRATING)
        .execute(&mut *conn)
        .await?;
    MIGRATOR.run(&mut *conn).await?;
    Ok(sqlx::query_scalar("select grant_app_role()").fetch_one(conn).await?)
}

fn away() -> AppError {
    AppError::Busy("The database does not answer.".into())
}

/// By `SQLSTATE`: the server goes down, comes up, or broke the connection.
fn is_shut_down(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03")
}

/// By `SQLSTATE`: the role does not exist, or this login may not take it on.
fn is_about_the_role(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(&*code, "22023" | "42501" | "42704"))
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
