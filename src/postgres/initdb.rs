//! Makes a new data directory, and builds the command lines of the server programs.

use std::path::Path;
use std::process::{Command, Stdio};

use super::identity::Identity;
use super::{Binaries, Mode, PostgresError, SUPERUSER};

/// macOS has no C.UTF-8.
const LOCALE: &str = if cfg!(target_os = "macos") {
    "en_US.UTF-8"
} else {
    "C.UTF-8"
};

/// Plain `C` breaks `lower()`, ILIKE, trigrams and full text outside ASCII. ICU gives the same order of text on every
/// system; a server built without it still gets UTF-8.
const WITH_ICU: &[&str] = &["--locale-provider=icu", "--icu-locale=und"];

/// Beside the data directory while `initdb` has not written it to the disk.
const NOT_SYNCED: &str = "not-yet-synced";

/// How the directories begin in which `initdb` works.
const UNFINISHED: &str = "pgdata.unfinished";

/// What `postmaster.opts` of a server started here contains, and of no other.
pub(super) const MARK: &str = "cluster_name=meridian";

/// A server program with the environment it needs, as the identity it may run as.
pub(super) fn program(binaries: &Binaries, name: &str, identity: &Identity) -> Command {
    let mut command = Command::new(binaries.program(name));
    // Somebody's PGDATA, PGPORT, PGOPTIONS are meant for another server.
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(variable);
        }
    }
    // TZ saves initdb a search through all zones; the app converts times by itself.
    command
        .env("LC_ALL", LOCALE)
        .env("TZ", "UTC")
        .env_remove("LANGUAGE")
        .stdin(Stdio::null());
    // A directory that survives and that any account may stand in.
    command.current_dir("/");
    identity.apply(&mut command);
    command
}

/// Makes `pgdata`, whole or not at all: a killed start leaves only a directory that the next one removes.
pub(super) fn create(
    binaries: &Binaries,
    identity: &Identity,
    home: &Path,
    pgdata: &Path,
    mode: Mode,
) -> Result<(), PostgresError> {
    // Named by our number: a killed start's initdb may still be at work on its own, and removes it when it fails.
    let unfinished = home.join(format!("{UNFINISHED}.{}", std::process::id()));
    let attempt = |more: &[&str]| -> Result<Result<(), String>, PostgresError> {
        remove_unfinished(home)?;
        let mut initdb = program(binaries, "initdb", identity);
        initdb.arg("--pgdata").arg(&unfinished);
        initdb
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--username",
                SUPERUSER,
                "--locale",
                LOCALE,
            ])
            .args(more);
        // Up to 4 s on a busy disk; `sync_later` does it while the app already works.
        initdb.arg("--no-sync");
        let done = initdb
            .output()
            .map_err(|e| PostgresError::file("cannot run initdb for", home, e))?;
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(if done.status.success() { Ok(()) } else { Err(said) })
    };
    if attempt(WITH_ICU)?.is_err() {
        attempt(&[])?.map_err(|said| PostgresError::Failed {
            program: "initdb",
            home: home.to_owned(),
            said: last_lines(&said),
        })?;
    }
    if mode == Mode::Durable {
        let mark = home.join(NOT_SYNCED);
        std::fs::write(&mark, "").map_err(|e| PostgresError::file("cannot create", &mark, e))?;
    }
    std::fs::rename(&unfinished, pgdata).map_err(|e| PostgresError::file("cannot create", pgdata, e))
}

fn remove_unfinished(home: &Path) -> Result<(), PostgresError> {
    let cannot = |e| PostgresError::file("cannot clear", home, e);
    for entry in std::fs::read_dir(home).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            match std::fs::remove_dir_all(entry.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(error)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Writes a new data directory to the disk, beside the running server. Until that is done (seconds, on the first
/// start ever) a power cut could spoil the directory; a kill of anything cannot, and the next start does it again.
pub(super) fn sync_later(binaries: &Binaries, identity: &Identity, home: &Path, pgdata: &Path) {
    let mark = home.join(NOT_SYNCED);
    if !mark.exists() {
        return;
    }
    let mut sync = program(binaries, "initdb", identity);
    sync.arg("--sync-only")
        .arg("--pgdata")
        .arg(pgdata)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    std::thread::spawn(move || {
        if sync.status().is_ok_and(|done| done.success()) {
            // Kept by a failure, it only means to do it once more.
            drop(std::fs::remove_file(mark));
        }
    });
}

/// The server on `pgdata`, listening on a socket in `socket` only.
pub(super) fn postgres(binaries: &Binaries, identity: &Identity, pgdata: &Path, socket: &Path, mode: Mode) -> Command {
    let mut server = program(binaries, "postgres", identity);
    server.arg("-D").arg(pgdata);
    // Inside a parameter a comma or a quote would be syntax; `Cluster` only passes directories without them.
    server
        .arg("-c")
        .arg(format!("unix_socket_directories={}", socket.display()));
    for setting in [MARK, "listen_addresses=", "port=5432", "unix_socket_permissions=0700"]
        .iter()
        .chain(COMMON)
        .chain(mode.settings())
    {
        server.args(["-c", setting]);
    }
    server
}

/// For both: no parallel queries or replication (they cost processes and shared memory, and nothing here needs them).
const COMMON: &[&str] = &[
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "logging_collector=off",
    // A refused statement and its details hold what people typed: addresses, names, answers. The app logs that it failed.
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_logical_replication_workers=0",
    "max_parallel_workers=0",
    "max_parallel_workers_per_gather=0",
    "jit=off",
    "huge_pages=off",
];

impl Mode {
    fn settings(self) -> &'static [&'static str] {
        match self {
            // Lean, and as safe as any installation: fsync and full_page_writes stay on.
            Self::Durable => &[
                "shared_buffers=24MB",
                "max_connections=50",
                "maintenance_work_mem=16MB",
                "min_wal_size=32MB",
                "max_wal_size=128MB",
                "autovacuum_max_workers=1",
            ],
            // May lose everything at any moment, and is never needed again.
            Self::Ephemeral => &[
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
                "shared_buffers=64MB",
                "max_connections=400",
                "max_wal_size=1GB",
            ],
        }
    }
}

/// The end of a program's output, where the reason stands.
pub(super) fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(6)..].join("\n")
}
