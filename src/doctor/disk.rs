//! The data directory: whether it can be written, who else can read it, and how much room there is.

use std::io::ErrorKind;
use std::path::Path;

use crate::health::{Finding, NO_SPACE, room};

/// What a trial writes: more than a block.
const TRIAL: usize = 8 * 1024;

/// The directory of uploads and of the private cluster: writable, closed to others where it matters, with room.
pub fn data_directory(directory: &Path) -> Vec<Finding> {
    let what = "data directory";
    let shown = directory.display();
    if !directory.exists() {
        let cure = "nothing, if this is a new installation: the first start makes it; else set MERIDIAN_DATA";
        return vec![Finding::warning(what, format!("{shown} does not exist"), cure)];
    }
    let mut findings = vec![writable(what, directory)];
    let uploads = directory.join("uploads");
    if uploads.is_dir() {
        findings.push(writable("uploads", &uploads));
    }
    // The cluster trusts whoever reaches its socket; the secret signs every session.
    for (name, allowed) in [("postgres", 0o700), ("secret", 0o600)] {
        findings.extend(closed(&directory.join(name), allowed));
    }
    findings.extend(room(directory));
    findings
}

/// By writing: rights, a full disk, a quota and a disk that turned read-only all show so.
fn writable(what: &'static str, directory: &Path) -> Finding {
    let shown = directory.display();
    let probe = directory.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, [0; TRIAL]);
    // Also what a full disk took of it.
    let removed = match std::fs::remove_file(&probe) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    let Err(error) = written.and(removed) else {
        return Finding::good(what, format!("{shown} is writable"));
    };
    let cure = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => NO_SPACE.to_owned(),
        ErrorKind::ReadOnlyFilesystem => {
            "look at the system's log why the disk is read-only, and mount it for writing".to_owned()
        }
        _ => format!("chown it to the account that runs meridian, or set MERIDIAN_DATA: chown -R USER {shown}"),
    };
    Finding::bad(what, format!("{shown} cannot be written: {error}"), cure)
}

fn closed(path: &Path, allowed: u32) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & !allowed != 0).then(|| {
        let shown = path.display();
        Finding::bad(
            "permissions",
            format!("{shown} is open to others ({mode:o})"),
            format!("chmod {allowed:o} {shown}"),
        )
    })
}
