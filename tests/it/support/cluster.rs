//! One throw-away cluster for this test binary, one database for each test.
//!
//! `let database = cluster::database().await;` gives an empty, migrated database of its own to the test, gone when
//! `database` is dropped (also by a panic). The first call starts the server; `TEST_DATABASE_URL` names another one
//! to use instead, which is how the many processes of nextest share one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meridian::db::{MIGRATOR, planned_once};
use meridian::postgres::{Cluster, Mode};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool};
use tokio::sync::oneshot;

/// Shared memory is only used when this much is free, in bytes: the machine needs the rest.
const SHM_ROOM: u64 = 2 << 30;
/// What a killed run left behind is removed after this time; a younger directory may just be starting.
const STALE: Duration = Duration::from_mins(1);
/// On a shared server: no test runs this long, so an older database is a killed run's.
const STALE_DATABASE: Duration = Duration::from_hours(3);
/// Directories and databases of tests carry this name; they are swept by it.
const PREFIX: &str = "meridian-test-";
const DATABASE_PREFIX: &str = "meridian_test_";

/// A migrated database of one test.
pub struct TestDatabase {
    name: String,
    pool: PgPool,
}

impl TestDatabase {
    /// Connections that belong to the runtime of the test.
    pub fn pool(&self) -> PgPool {
        self.pool.clone()
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For another process, such as the real binary.
    pub fn url(&self) -> String {
        server().url(&self.name)
    }

    /// For another pool, with limits of its own.
    pub fn connect_options(&self) -> PgConnectOptions {
        server().options(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let server = server();
        let (done, gone) = mpsc::channel();
        let name = std::mem::take(&mut self.name);
        let taken = server.remover.send(Removal { name, done }).is_ok();
        // A server of our own goes with all its databases. On a shared one the last must be gone before we are.
        if taken && matches!(server.place, Place::Shared(..)) {
            let _ = gone.recv_timeout(Duration::from_secs(10));
        }
    }
}

/// A new database with all migrations, for the calling test alone.
pub async fn database() -> TestDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!(
        "{DATABASE_PREFIX}{}_{}_{number}",
        seconds_since_epoch(),
        std::process::id()
    );
    let (done, made) = oneshot::channel();
    server()
        .maker
        .send(Creation {
            name: name.clone(),
            done,
        })
        .expect("the maker lives as long as the process");
    made.await
        .expect("the maker answers")
        .unwrap_or_else(|error| panic!("cannot create {name}: {error}"));
    let pool = PgPoolOptions::new()
        .max_connections(5)
        .connect_lazy_with(server().options(&name));
    TestDatabase { name, pool }
}

/// The server of this process, and the two threads that make and remove databases on it: a removal waits, in steps of
/// 0.1 s, for the test's connections to end, and no creation should wait for that.
struct Server {
    place: Place,
    maker: mpsc::Sender<Creation>,
    remover: mpsc::Sender<Removal>,
}

enum Place {
    /// Owned for the life of the process. Statics are never dropped: the cluster's own guard stops it afterwards.
    Own(Cluster),
    Shared(Box<PgConnectOptions>, String),
}

struct Creation {
    name: String,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

struct Removal {
    name: String,
    done: mpsc::Sender<()>,
}

impl Server {
    fn options(&self, database: &str) -> PgConnectOptions {
        let options = match &self.place {
            Place::Own(cluster) => cluster.connect_options(database),
            Place::Shared(options, _) => PgConnectOptions::clone(options).database(database),
        };
        planned_once(options).disable_statement_logging()
    }

    fn url(&self, database: &str) -> String {
        match &self.place {
            Place::Own(cluster) => cluster.url(database),
            Place::Shared(_, url) => with_database(url, database),
        }
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let place = match std::env::var("TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Place::Shared(
                Box::new(PgConnectOptions::from_str(&url).expect("TEST_DATABASE_URL is a database URL")),
                url,
            ),
            _ => Place::Own(own_cluster()),
        };
        let (maker, creations) = mpsc::channel();
        let (remover, removals) = mpsc::channel();
        let server = Server { place, maker, remover };
        let admin = match &server.place {
            Place::Own(_) => server.options("postgres"),
            Place::Shared(options, _) => PgConnectOptions::clone(options).disable_statement_logging(),
        };
        let template = Template::of(&server);
        let shared = matches!(server.place, Place::Shared(..));
        let same = admin.clone();
        std::thread::spawn(move || make(&admin, &template, shared, &creations));
        std::thread::spawn(move || remove(&same, &removals));
        server
    })
}

/// A directory that is gone with this process's own cluster, for what several tests begin with; none on a shared server.
pub fn directory() -> Option<&'static Path> {
    match &server().place {
        Place::Own(cluster) => Some(cluster.home()),
        Place::Shared(..) => None,
    }
}

/// Starts the cluster of this process, after removing those that killed runs left.
fn own_cluster() -> Cluster {
    let base = if free_bytes(Path::new("/dev/shm")) >= SHM_ROOM {
        PathBuf::from("/dev/shm")
    } else {
        // Cargo makes it, inside the target directory.
        PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
    };
    sweep(&base);
    let home = base.join(format!(
        "{PREFIX}{}-{:08x}",
        std::process::id(),
        RandomState::new().hash_one(0) >> 32
    ));
    Cluster::open(&home, Mode::Ephemeral).unwrap_or_else(|error| panic!("no PostgreSQL for the tests: {error}"))
}

/// Removes the clusters of killed runs: those whose lock nobody holds.
pub fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    let me = std::fs::metadata("/proc/self").map(|about| about.uid()).ok();
    for entry in entries.flatten() {
        let home = entry.path();
        let Ok(about) = home.symlink_metadata() else { continue };
        let old = about
            .modified()
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE));
        let mine = me.is_none_or(|me| me == 0 || me == about.uid());
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && about.is_dir() && old && mine {
            sweep_one(&home);
        }
    }
}

fn sweep_one(home: &Path) {
    let lock = std::fs::File::open(home.join("owner.lock"));
    if lock.is_ok_and(|lock| lock.try_lock().is_err()) {
        return;
    }
    // A server without its guard is taken over by opening, and goes with the directory.
    if home.join("pgdata/postmaster.pid").exists()
        && let Ok(cluster) = Cluster::open(home, Mode::Ephemeral)
    {
        cluster.stop();
    }
    drop(std::fs::remove_dir_all(home));
}

/// The database that every test's is a copy of, named by what made it.
struct Template {
    name: String,
    unfinished: PgConnectOptions,
}

impl Template {
    fn of(server: &Server) -> Self {
        let mut hash = Sha256::new();
        for migration in MIGRATOR.iter() {
            hash.update(migration.version.to_be_bytes());
            hash.update(&migration.checksum);
        }
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        let hash = u32::from_be_bytes([a, b, c, d]);
        let name = format!("meridian_template_{hash:08x}");
        let unfinished = server.options(&format!("{name}_unfinished"));
        Self { name, unfinished }
    }

    /// Makes it unless it is there. Several processes may want it at once on a shared server.
    async fn ensure(&self, admin: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("select pg_advisory_lock(727274)")
            .execute(&mut *admin)
            .await?;
        let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&self.name)
            .fetch_one(&mut *admin)
            .await?;
        if !there {
            let name = &self.name;
            run(admin, format!("drop database if exists {name}_unfinished with (force)")).await?;
            run(
                admin,
                format!("create database {name}_unfinished template template0 strategy file_copy"),
            )
            .await?;
            let mut fresh = PgConnection::connect_with(&self.unfinished).await?;
            MIGRATOR.run(&mut fresh).await?;
            fresh.close().await?;
            run(admin, format!("alter database {name}_unfinished rename to {name}")).await?;
        }
        sqlx::query("select pg_advisory_unlock(727274)")
            .execute(&mut *admin)
            .await?;
        Ok(())
    }
}

/// The maker's thread, with a runtime of its own: those of the tests end with them.
fn make(admin: &PgConnectOptions, template: &Template, shared: bool, creations: &mpsc::Receiver<Creation>) {
    let runtime = runtime();
    let ready = runtime.block_on(async {
        let mut conn = PgConnection::connect_with(admin).await?;
        if shared {
            sweep_databases(&mut conn).await?;
        }
        template.ensure(&mut conn).await?;
        Ok::<_, sqlx::Error>(conn)
    });
    let mut conn = ready.unwrap_or_else(|error| panic!("cannot prepare the template database: {error}"));
    for Creation { name, done } in creations {
        let template = &template.name;
        let statement = format!("create database {name} template {template} strategy file_copy");
        // A test that has ended meanwhile does not listen.
        let _ = done.send(runtime.block_on(run(&mut conn, statement)));
    }
}

fn remove(admin: &PgConnectOptions, removals: &mpsc::Receiver<Removal>) {
    let runtime = runtime();
    let mut conn = runtime
        .block_on(PgConnection::connect_with(admin))
        .expect("a connection");
    for Removal { name, done } in removals {
        // Fails only with the server, and then everything is gone.
        let _ = runtime.block_on(run(&mut conn, format!("drop database if exists {name} with (force)")));
        let _ = done.send(());
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

async fn sweep_databases(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let names: Vec<String> =
        sqlx::query_scalar("select datname::text from pg_database where starts_with(datname::text, $1)")
            .bind(DATABASE_PREFIX)
            .fetch_all(&mut *conn)
            .await?;
    for name in names {
        let made = name[DATABASE_PREFIX.len()..]
            .split('_')
            .next()
            .and_then(|seconds| seconds.parse::<u64>().ok());
        if made.is_some_and(|made| seconds_since_epoch().saturating_sub(made) > STALE_DATABASE.as_secs()) {
            run(conn, format!("drop database if exists \"{name}\" with (force)")).await?;
        }
    }
    Ok(())
}

async fn run(conn: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement)).execute(conn).await.map(drop)
}

/// `url` with another database: what stands between the host and the `?`.
fn with_database(url: &str, database: &str) -> String {
    let (before, parameters) = url
        .split_once('?')
        .map_or((url, None), |(before, after)| (before, Some(after)));
    let host_at = before.find("://").map_or(0, |at| at + 3);
    let base = before[host_at..].find('/').map_or(before, |at| &before[..host_at + at]);
    parameters.map_or_else(
        || format!("{base}/{database}"),
        |parameters| format!("{base}/{database}?{parameters}"),
    )
}

fn seconds_since_epoch() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs())
}

/// Of the file system that holds `path`; nothing when it is not there.
fn free_bytes(path: &Path) -> u64 {
    let said = std::process::Command::new("df").args(["-Pk"]).arg(path).output();
    let said = said
        .ok()
        .filter(|done| done.status.success())
        .map(|done| String::from_utf8_lossy(&done.stdout).into_owned());
    let kib = said.and_then(|said| said.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

#[test]
fn a_shared_servers_url_gets_the_tests_database() {
    assert_eq!(
        with_database("postgres://u:p@h:5/x?sslmode=disable", "y"),
        "postgres://u:p@h:5/y?sslmode=disable"
    );
    assert_eq!(with_database("postgres://h", "y"), "postgres://h/y");
}
