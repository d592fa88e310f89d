//! The private PostgreSQL cluster for demo, development and tests.
//!
//! A real server, run as a child of this process on a directory of its own, reached only over a unix socket in a
//! directory nobody else may enter. `serve` never uses it: an installation that matters has its own server.
//!
//! Read [`Cluster`] first; [`Setup`] is what a test may put in its way; `find` and `install` answer where the
//! programs come from; `place` where a cluster lives; `identity` how the server gets rid of root; `server` talks
//! about a running one.
//!
//! Everything here but [`for_demo`] and [`DemoDatabase::stop`] blocks its thread (up to a second, or minutes when
//! PostgreSQL has to be installed): call it through `spawn_blocking` in async code.

mod cluster;
mod demo;
mod find;
mod identity;
mod initdb;
mod install;
mod place;
mod server;

use std::io;
use std::path::{Path, PathBuf};

pub use cluster::{Cluster, Mode, Setup};
pub use demo::{DemoDatabase, for_demo};
pub use find::{Binaries, Search};
pub use identity::RootDrop;
pub use install::Installer;

/// The oldest major version the queries of this app are written for.
pub const LEAST_MAJOR: u32 = 15;

/// The database of the demo inside its private cluster.
pub const DEMO_DATABASE: &str = "meridian";

/// The superuser of every private cluster. Trust authentication: who may enter the directory is who may connect.
pub const SUPERUSER: &str = "meridian";

/// Why there is no server to connect to. Each text is complete: it says what to do, on this system.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No suitable programs on this machine, and none could be installed.
    #[error("{found}\nWays to fix it:\n{ways}")]
    NoBinaries {
        /// What was looked for, where, and what was there instead.
        found: String,
        /// The commands and settings that would mend it, a line each.
        ways: String,
    },
    /// `MERIDIAN_PG_BIN` is set and wrong: a named directory is never silently passed over.
    #[error("MERIDIAN_PG_BIN is {} but {problem}. Point it to the directory that holds `postgres` and `initdb` \
             of PostgreSQL {LEAST_MAJOR} or newer, or unset it.", .directory.display())]
    NamedBinaries {
        /// The directory as it was given.
        directory: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The data was written by a major version that is not installed.
    #[error("the data in {} was made by PostgreSQL {made_by}, and this machine has only {found}. Install \
             PostgreSQL {made_by} beside it, or move that directory away to begin anew.", .pgdata.display())]
    OtherVersion {
        /// The data directory.
        pgdata: PathBuf,
        /// Its major version.
        made_by: u32,
        /// The versions at hand.
        found: String,
    },
    /// `initdb` or the server gave up.
    #[error("{program} failed on {}: {said}", .home.display())]
    Failed {
        /// Which program.
        program: &'static str,
        /// The cluster's directory.
        home: PathBuf,
        /// The end of what it wrote.
        said: String,
    },
    /// Another process holds the directory and no server answers in it.
    #[error("another process holds {} and its server has not answered for {seconds} s. If no `meridian` runs, \
             look at server.log there.", .home.display())]
    Held {
        /// The cluster's directory.
        home: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// Root cannot run a server, and the account that could cannot reach the directory.
    #[error("{} cannot be reached by the account `{account}` that would run PostgreSQL (root may not): set \
             MERIDIAN_DATA to a directory below one that everybody may enter, or run as another user.", .home.display())]
    Unreachable {
        /// The cluster's directory.
        home: PathBuf,
        /// The account's name.
        account: String,
    },
    /// No directory is short enough for a socket.
    #[error(
        "no directory with a short enough name for a unix socket (at most {limit} bytes with the file name): \
             set TMPDIR to a short one"
    )]
    SocketPath {
        /// The operating system's limit, in bytes.
        limit: usize,
    },
    /// The file system said no.
    #[error("{doing} {}: {source}", .path.display())]
    File {
        /// What was being done, as in "cannot create".
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The server is there and the demo's database is not to be had.
    #[error("the database server answers, but {doing} failed: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the server answered.
        source: sqlx::Error,
    },
}

impl PostgresError {
    fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}
