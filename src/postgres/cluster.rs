//! One private cluster: opened, used, stopped.

use std::fs::{File, TryLockError};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::identity::Identity;
use super::place::{made_by, open_lock, open_log, percent_encode, prepare, remove_if_there, socket_directory};
use super::server::{self, Guard, Running, Signal, pause, socket_in, wait_until};
use super::{Binaries, Installer, LEAST_MAJOR, PostgresError, RootDrop, SUPERUSER, Search, initdb, install};

/// How long an open waits for another process that is just starting (or installing) the server.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long a start may take; after a power cut the server replays its log first.
const START: Duration = Duration::from_mins(2);
/// A server without an owner is stopping, because its app was killed; if it still serves after this, nobody told it to.
const LINGER: Duration = Duration::from_secs(3);
/// How long a stop may take when nobody sets a deadline. A fast one takes about 0.1 s.
const STOP: Duration = Duration::from_secs(10);
/// Whatever came before, the server has this long to go.
const LEAST_STOP: Duration = Duration::from_secs(2);

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
        let home = prepare(home, &self.identity()?)?;
        let pgdata = home.join("pgdata");
        let lock = open_lock(&home)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return self.own(home, mode, lock),
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
    fn own(&self, home: PathBuf, mode: Mode, lock: File) -> Result<Cluster, PostgresError> {
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
            let mut guard = set_guard(&home, mode)?;
            guard.starting();
            guard.started(server.pid);
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
        // Anew: an installation brings the account `postgres`.
        let identity = &self.identity()?;
        let guard = set_guard(&home, mode)?;
        identity
            .own(&home)
            .map_err(|e| PostgresError::file("cannot change the owner of", &home, e))?;
        if made_by(&pgdata).is_none() {
            initdb::create(&binaries, identity, &home, &pgdata, mode)?;
        }
        // What `left_behind` did not take for a server is a killed server's; its number may be another process's now.
        remove_if_there(&pgdata.join("postmaster.pid"))?;
        let cluster = start(&binaries, identity, home, mode, (lock, guard))?;
        initdb::sync_later(&binaries, identity, &cluster.home, &pgdata);
        Ok(cluster)
    }

    fn identity(&self) -> Result<Identity, PostgresError> {
        let doing = "cannot choose an account to run PostgreSQL, by";
        Identity::choose(self.root_drop).map_err(|e| PostgresError::file(doing, Path::new("/etc/passwd"), e))
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
    guard: Guard,
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

    /// The same as a URL, for other programs and for `DATABASE_URL`.
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

    /// Stops the server if this process started it; waits until it is gone (0.1 s, at most 10 s). Blocks.
    pub fn stop(self) {
        self.stop_by(Instant::now() + STOP);
    }

    /// The same, with three fifths of the time until `deadline` for the server's own way, and the rest for rougher ones.
    pub fn stop_by(mut self, deadline: Instant) {
        self.stop_held(deadline);
    }

    fn stop_held(&mut self, deadline: Instant) {
        let Some(mut held) = self.held.take() else { return };
        let fifth = deadline.saturating_duration_since(Instant::now()).max(LEAST_STOP) / 5;
        let steps = match held.mode {
            Mode::Durable => &[
                (Signal::Interrupt, fifth * 3),
                (Signal::Quit, fifth),
                (Signal::Kill, fifth),
            ][..],
            Mode::Ephemeral => &[(Signal::Quit, fifth), (Signal::Kill, fifth)][..],
        };
        for &(signal, patience) in steps {
            held.server.signal(signal);
            if wait_until(patience, || held.server.is_gone()) {
                break;
            }
        }
        held.guard.dismiss();
        if self.socket != self.home {
            // The short one; the server has taken its files out of it.
            drop(std::fs::remove_dir(&self.socket));
        }
        if held.mode == Mode::Ephemeral {
            // The lock's file goes with it. What remains is swept by whoever made the directory.
            drop(std::fs::remove_dir_all(&self.home));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop_held(Instant::now() + STOP);
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

/// The lock and the guard live as long as the cluster.
fn start(
    binaries: &Binaries,
    identity: &Identity,
    home: PathBuf,
    mode: Mode,
    (lock, mut guard): (File, Guard),
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
    guard.starting();
    let mut child = command
        .spawn()
        .map_err(|e| PostgresError::file("cannot start the server on", &pgdata, e))?;
    guard.started(child.id());
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

fn set_guard(home: &Path, mode: Mode) -> Result<Guard, PostgresError> {
    let (signal, remove) = match mode {
        Mode::Durable => (Signal::Interrupt, None),
        Mode::Ephemeral => (Signal::Quit, Some(home)),
    };
    Guard::set(&home.join("pgdata"), signal, remove)
        .map_err(|e| PostgresError::file("cannot start /bin/sh for", home, e))
}
