//! Where a cluster lives: its directory, lock, log and the directory of its socket.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::PostgresError;
use super::identity::{Identity, effective_uid};
use super::server::{SOCKET_LIMIT, socket_in};

/// The log starts anew past this size, in bytes; one old one is kept.
const LOG_LIMIT: u64 = 8 << 20;

/// Makes the cluster's directory (0700: it is the only lock on the database) and tells its real name.
pub(super) fn prepare(home: &Path, identity: &Identity) -> Result<PathBuf, PostgresError> {
    let cannot = |e| PostgresError::file("cannot create", home, e);
    if let Some(parent) = home.parent() {
        std::fs::create_dir_all(parent).map_err(cannot)?;
    }
    if home.is_symlink() && !home.exists() {
        // Where it led is gone.
        remove_if_there(home)?;
    }
    make_private(home).map_err(cannot)?;
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
    make_private(&elsewhere).map_err(cannot)?;
    std::os::unix::fs::symlink(&elsewhere, home).map_err(cannot)?;
    eprintln!(
        "The database is kept in {}: the account `{account}` that runs PostgreSQL cannot enter {}.",
        elsewhere.display(),
        home.display()
    );
    Ok(elsewhere)
}

/// The cluster's directory, or a short one beside the temporary files when the checkout lies too deep for a socket.
pub(super) fn socket_directory(home: &Path, identity: &Identity) -> Result<PathBuf, PostgresError> {
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
    make_private(&short).map_err(cannot)?;
    // Anybody may make a name in /tmp: only a directory of ours is safe to put a passwordless socket in.
    let about = short.symlink_metadata().map_err(cannot)?;
    if !about.is_dir() || (about.uid() != effective_uid() && effective_uid() != 0) {
        return Err(cannot(std::io::Error::other("it belongs to somebody else")));
    }
    std::fs::set_permissions(&short, PermissionsExt::from_mode(0o700)).map_err(cannot)?;
    identity.own(&short).map_err(cannot)?;
    Ok(short)
}

pub(super) fn open_lock(home: &Path) -> Result<File, PostgresError> {
    let path = home.join("owner.lock");
    let open = OpenOptions::new().create(true).write(true).truncate(false).open(&path);
    open.map_err(|e| PostgresError::file("cannot open", &path, e))
}

/// A file, not a pipe: output inherited by the server would keep `cargo test | tail` from ending.
pub(super) fn open_log(home: &Path) -> Result<File, PostgresError> {
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

pub(super) fn remove_if_there(path: &Path) -> Result<(), PostgresError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(PostgresError::file("cannot remove", path, e)),
        _ => Ok(()),
    }
}

/// The major version that made a data directory.
pub(super) fn made_by(pgdata: &Path) -> Option<u32> {
    std::fs::read_to_string(pgdata.join("PG_VERSION"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Leaves one that is there as it is: another process may be a moment ahead.
fn make_private(directory: &Path) -> std::io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

/// A short name that is the same for the same directory; not a secret.
fn name_for(directory: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    directory.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
