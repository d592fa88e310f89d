//! One private cluster: opened, used, stopped.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::identity::{Identity, effective_uid};
use super::server::{self, Running, SOCKET_LIMIT, Signal, pause, socket_in, wait_until};
use super::{Binaries, Installer, LEAST_MAJOR, PostgresError, RootDrop, SUPERUSER, Search, initdb, install};

/// How long an open waits for another process that is just starting (or installing) the server.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long a start may take; after a power cut the server replays its log first.
const START: Duration = Duration::from_secs(120);
/// A server without an owner is stopping, because its app was killed; if it still serves after this, nobody told it to.
const LINGER: Duration = Duration::from_secs(3);
/// A fast stop takes about 0.1 s; the app must be gone 12 s after a SIGTERM.
const FAST_STOP: Duration = Duration::from_secs(6);
const IMMEDIATE_STOP: Duration = Duration::from_secs(2);
/// The log starts anew past this size, in bytes; one old one is kept.
const LOG_LIMIT: u64 = 8 << 20;

/// What the data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The demo's: survives everything a database survives.
    Durable,
    /// A test's: fast, and its directory is removed when it is stopped or its process ends.
    Ephemeral,
}

/// What opening depends on besides the directory; tests put their own in.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where the programs are looked for.
    pub search: Search,
    /// Whether missing programs may be installed.
    pub installer: Installer,
    /// How root is got rid of.
    pub root_drop: RootDrop,
}

impl Setup {
    /// As this machine has it.
    pub fn from_environment() -> Self {
        Self {
            search: Search::from_environment(),
            installer: Installer::System,
            root_drop: RootDrop::Auto,
        }
    }

    /// Opens the cluster in `home`: attaches to its running server, or makes what is missing and starts it. Blocks.
    ///
    /// # Errors
    /// Says what to do when no server can be had.
    pub fn open(&self, home: &Path, mode: Mode) -> Result<Cluster, PostgresError> {
        let identity = Identity::choose(self.root_drop).map_err(|e| {
            PostgresError::file(
                "cannot choose an account to run PostgreSQL, by",
                Path::new("/etc/passwd"),
                e,
            )
        })?;
        let home = prepare(home, &identity)?;
        let pgdata = home.join("pgdata");
        let lock = open_lock(&home)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return self.own(home, mode, &identity, lock),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => {
                    return Err(PostgresError::file("cannot lock", &home.join("owner.lock"), e));
                }
            }
            if let Some(server) = Running::on(&pgdata).filter(Running::answers) {
                return Ok(Cluster {
                    home,
                    socket: server.socket_directory,
                    held: None,
                });
            }
            if Instant::now() > deadline {
                return Err(PostgresError::Held {
                    home,
                    seconds: PATIENCE.as_secs(),
                });
            }
            pause();
        }
    }

    /// We hold the lock, so no living process looks after a server here.
    fn own(&self, home: PathBuf, mode: Mode, identity: &Identity, lock: File) -> Result<Cluster, PostgresError> {
        let pgdata = home.join("pgdata");
        if let Some(server) = left_behind(&pgdata) {
            let socket = server.socket_directory.clone();
            if !server.is_ours() {
                // Started by hand, for maintenance perhaps: use it and leave it alone.
                return Ok(Cluster {
                    home,
                    socket,
                    held: None,
                });
            }
            let guard = start_guard(server.pid, &home, mode)?;
            return Ok(Cluster {
                home,
                socket,
                held: Some(Held {
                    server: Server::Adopted(server),
                    guard,
                    mode,
                    _lock: lock,
                }),
            });
        }
        let binaries = self.binaries(&pgdata)?;
        identity
            .own(&home)
            .map_err(|e| PostgresError::file("cannot change the owner of", &home, e))?;
        if made_by(&pgdata).is_none() {
            initdb::create(&binaries, identity, &home, &pgdata, mode)?;
        }
        // What `left_behind` did not take for a server is a killed server's; its number may be another process's now.
        remove_if_there(&pgdata.join("postmaster.pid"))?;
        start(&binaries, identity, home, mode, lock)
    }

    /// The programs for this data directory, installed if need be.
    fn binaries(&self, pgdata: &Path) -> Result<Binaries, PostgresError> {
        let mut found = self.search.all()?;
        if found.is_empty() && self.installer == Installer::System {
            match install::install(&self.search.path) {
                Some(Err(said)) => return Err(self.no_binaries(&format!("Installing PostgreSQL failed: {said}."))),
                Some(Ok(())) => found = self.search.all()?,
                None => {}
            }
        }
        let Some(preferred) = found.first() else {
            return Err(self.no_binaries(&self.missing()));
        };
        let Some(major) = made_by(pgdata) else {
            return Ok(preferred.clone());
        };
        found
            .iter()
            .find(|binaries| binaries.major == major)
            .cloned()
            .ok_or_else(|| PostgresError::OtherVersion {
                pgdata: pgdata.to_owned(),
                made_by: major,
                found: found
                    .iter()
                    .map(|binaries| binaries.major.to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    fn missing(&self) -> String {
        let old = self.search.everything().unwrap_or_default();
        let seen = old
            .iter()
            .map(|found| format!("PostgreSQL {} in {}", found.major, found.directory.display()));
        let seen = seen.collect::<Vec<_>>().join(", ");
        let there = if seen.is_empty() {
            String::new()
        } else {
            format!("; there is only {seen}")
        };
        format!(
            "No PostgreSQL {LEAST_MAJOR} or newer was found (looked in {}){there}.",
            self.search.describe()
        )
    }

    fn no_binaries(&self, found: &str) -> PostgresError {
        PostgresError::NoBinaries {
            found: found.to_owned(),
            ways: install::ways(&self.search.path),
        }
    }
}

/// An open cluster. Dropping it stops the server if this process started it (and blocks for that).
#[derive(Debug)]
pub struct Cluster {
    home: PathBuf,
    socket: PathBuf,
    /// What only the starter has.
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    server: Server,
    guard: Child,
    mode: Mode,
    /// Released by the kernel even when we are killed: who can lock it knows that nobody looks after the server.
    _lock: File,
}

#[derive(Debug)]
enum Server {
    Started(Child),
    Adopted(Running),
}

impl Cluster {
    /// Opens the cluster in `home` with what this machine has. Blocks; see [`Setup::open`].
    pub fn open(home: &Path, mode: Mode) -> Result<Self, PostgresError> {
        Setup::from_environment().open(home, mode)
    }

    /// How to connect to one of its databases.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .port(5432)
            .username(SUPERUSER)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The same as a URL, for other programs and for DATABASE_URL.
    pub fn url(&self, database: &str) -> String {
        let socket = percent_encode(&self.socket.to_string_lossy());
        // A host is required by the URL's grammar; the parameter `host` overrides it.
        format!(
            "postgres://{SUPERUSER}@localhost:5432/{}?host={socket}&sslmode=disable",
            percent_encode(database)
        )
    }

    /// Whether this process started the server, and its end will end it.
    pub fn is_owner(&self) -> bool {
        self.held.is_some()
    }

    /// The directory of data, log and lock.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Stops the server if this process started it; waits until it is gone (0.1 s, at most 9 s). Blocks.
    pub fn stop(mut self) {
        self.stop_held();
    }

    fn stop_held(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        let steps = match held.mode {
            Mode::Durable => &[
                (Signal::Interrupt, FAST_STOP),
                (Signal::Quit, IMMEDIATE_STOP),
                (Signal::Kill, IMMEDIATE_STOP),
            ][..],
            Mode::Ephemeral => &[(Signal::Quit, IMMEDIATE_STOP), (Signal::Kill, IMMEDIATE_STOP)][..],
        };
        for &(signal, patience) in steps {
            held.server.signal(signal);
            if wait_until(patience, || held.server.is_gone()) {
                break;
            }
        }
        server::dismiss(held.guard);
        if held.mode == Mode::Ephemeral {
            // The lock's file goes with it. What remains is swept by whoever made the directory.
            drop(std::fs::remove_dir_all(&self.home));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop_held();
    }
}

impl Server {
    fn signal(&self, signal: Signal) {
        match self {
            Self::Started(child) => server::send(child.id(), signal),
            Self::Adopted(running) => running.signal(signal),
        }
    }

    fn is_gone(&mut self) -> bool {
        match self {
            // An error means it is not our child any more.
            Self::Started(child) => !matches!(child.try_wait(), Ok(None)),
            Self::Adopted(running) => !running.is_alive(),
        }
    }
}

/// A server whose starter is gone: `None` once it has stopped, as its guard makes it; else it has lost its guard too.
fn left_behind(pgdata: &Path) -> Option<Running> {
    Running::on(pgdata)?;
    let mut serving_since = None;
    wait_until(START, || match Running::on(pgdata) {
        None => true,
        Some(server) if server.answers() => serving_since.get_or_insert_with(Instant::now).elapsed() > LINGER,
        Some(_) => {
            serving_since = None;
            false
        }
    });
    Running::on(pgdata)
}

fn start(
    binaries: &Binaries,
    identity: &Identity,
    home: PathBuf,
    mode: Mode,
    lock: File,
) -> Result<Cluster, PostgresError> {
    let pgdata = home.join("pgdata");
    let socket = socket_directory(&home, identity)?;
    // Left by a killed server; a new one makes its own.
    remove_if_there(&socket_in(&socket))?;
    let log = open_log(&home)?;
    let mut command = initdb::postgres(binaries, identity, &pgdata, &socket, mode);
    // A group of its own: Ctrl-C in the terminal is for the app, which then stops the server in its own time.
    command
        .process_group(0)
        .stderr(
            log.try_clone()
                .map_err(|e| PostgresError::file("cannot write", &home, e))?,
        )
        .stdout(log);
    let mut child = command
        .spawn()
        .map_err(|e| PostgresError::file("cannot start the server on", &pgdata, e))?;
    let guard = start_guard(child.id(), &home, mode)?;
    let mut ended = false;
    let ready = wait_until(START, || {
        ended = !matches!(child.try_wait(), Ok(None));
        ended || Running::on(&pgdata).is_some_and(|server| server.pid == child.id() && server.answers())
    });
    let held = Held {
        server: Server::Started(child),
        guard,
        mode,
        _lock: lock,
    };
    let cluster = Cluster {
        home,
        socket,
        held: Some(held),
    };
    if ready && !ended {
        return Ok(cluster);
    }
    let log = std::fs::read_to_string(cluster.home.join("server.log")).unwrap_or_default();
    Err(PostgresError::Failed {
        program: "postgres",
        home: cluster.home.clone(),
        said: initdb::last_lines(&log),
    })
}

fn start_guard(pid: u32, home: &Path, mode: Mode) -> Result<Child, PostgresError> {
    let remove = (mode == Mode::Ephemeral).then_some(home);
    server::guard(pid, remove).map_err(|e| PostgresError::file("cannot start /bin/sh for", home, e))
}

/// Makes the cluster's directory (0700: it is the only lock on the database) and tells its real name.
fn prepare(home: &Path, identity: &Identity) -> Result<PathBuf, PostgresError> {
    let cannot = |e| PostgresError::file("cannot create", home, e);
    if let Some(parent) = home.parent() {
        std::fs::create_dir_all(parent).map_err(cannot)?;
    }
    if !home.exists() {
        make_private(home).map_err(cannot)?;
    }
    let real = home.canonicalize().map_err(cannot)?;
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o700)).map_err(cannot)?;
    match identity.barred(&real) {
        None => Ok(real),
        Some(account) => move_out(&real, home, account.name),
    }
}

/// For a server that runs as another account below, say, /root: the cluster lives elsewhere, a link stands here.
fn move_out(real: &Path, home: &Path, account: String) -> Result<PathBuf, PostgresError> {
    let elsewhere = Path::new("/var/lib/meridian").join(name_for(real));
    // Only an unused directory can become a link; data is never moved behind the owner's back.
    if std::fs::remove_dir(real).is_err() {
        return Err(PostgresError::Unreachable {
            home: home.to_owned(),
            account,
        });
    }
    let cannot = |e| PostgresError::file("cannot create", &elsewhere, e);
    std::fs::create_dir_all("/var/lib/meridian").map_err(cannot)?;
    std::fs::set_permissions("/var/lib/meridian", PermissionsExt::from_mode(0o711)).map_err(cannot)?;
    if !elsewhere.exists() {
        make_private(&elsewhere).map_err(cannot)?;
    }
    std::os::unix::fs::symlink(&elsewhere, home).map_err(cannot)?;
    eprintln!(
        "The database is kept in {}: the account `{account}` that runs PostgreSQL cannot enter {}.",
        elsewhere.display(),
        home.display()
    );
    Ok(elsewhere)
}

/// The cluster's directory, or a short one beside the temporary files when the checkout lies too deep for a socket.
fn socket_directory(home: &Path, identity: &Identity) -> Result<PathBuf, PostgresError> {
    let fits = |directory: &Path| {
        let path = socket_in(directory);
        // The server reads a list here: a comma or a quote would split it, a blank end would be cut.
        let text = path.to_string_lossy();
        path.as_os_str().len() <= SOCKET_LIMIT && !text.contains([',', '"', '\'', ' '])
    };
    if fits(home) {
        return Ok(home.to_owned());
    }
    let name = format!("meridian-{}-{}", effective_uid(), name_for(home));
    let short = [std::env::temp_dir(), PathBuf::from("/tmp")]
        .into_iter()
        .map(|base| base.join(&name))
        .find(|directory| fits(directory));
    let short = short.ok_or(PostgresError::SocketPath { limit: SOCKET_LIMIT })?;
    let cannot = |e| PostgresError::file("cannot use", &short, e);
    match make_private(&short) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        done => done.map_err(cannot)?,
    }
    // Anybody may make a name in /tmp: only a directory of ours is safe to put a passwordless socket in.
    let about = short.symlink_metadata().map_err(cannot)?;
    if !about.is_dir() || (about.uid() != effective_uid() && effective_uid() != 0) {
        return Err(cannot(std::io::Error::other("it belongs to somebody else")));
    }
    std::fs::set_permissions(&short, PermissionsExt::from_mode(0o700)).map_err(cannot)?;
    identity.own(&short).map_err(cannot)?;
    Ok(short)
}

fn open_lock(home: &Path) -> Result<File, PostgresError> {
    let path = home.join("owner.lock");
    let open = OpenOptions::new().create(true).write(true).truncate(false).open(&path);
    open.map_err(|e| PostgresError::file("cannot open", &path, e))
}

/// A file, not a pipe: output inherited by the server would keep `cargo test | tail` from ending.
fn open_log(home: &Path) -> Result<File, PostgresError> {
    let path = home.join("server.log");
    if path.metadata().is_ok_and(|about| about.len() > LOG_LIMIT) {
        std::fs::rename(&path, home.join("server.log.old"))
            .map_err(|e| PostgresError::file("cannot rename", &path, e))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|e| PostgresError::file("cannot open", &path, e))
}

fn remove_if_there(path: &Path) -> Result<(), PostgresError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(PostgresError::file("cannot remove", path, e)),
        _ => Ok(()),
    }
}

/// The major version that made a data directory.
fn made_by(pgdata: &Path) -> Option<u32> {
    std::fs::read_to_string(pgdata.join("PG_VERSION"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().mode(0o700).create(directory)
}

/// A short name that is the same for the same directory; not a secret.
fn name_for(directory: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    directory.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
