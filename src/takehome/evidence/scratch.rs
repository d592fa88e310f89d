//! Directories in which uploads are unpacked: fresh, for this user alone, gone afterwards.
//!
//! Each has a lock file that its owner holds. A lock goes with its process however that ends, so whoever comes next takes
//! away what a killed process has left, and nothing of a living one.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// How the names of all of them begin.
const PREFIX: &str = "meridian-evidence-";

/// How often another name is tried.
const TRIES: u32 = 16;

/// A directory, gone when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// A new one below `root`, after sweeping what others have left there.
    pub fn new(root: &Path) -> io::Result<Self> {
        sweep(root)?;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match Self::make(root) {
                // Somebody's sweep came between two steps and took it for a dead one's.
                Err(error)
                    if tries > 0 && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::WouldBlock) => {}
                made => return made,
            }
        }
    }

    fn make(root: &Path) -> io::Result<Self> {
        let path = root.join(format!("{PREFIX}{}", Uuid::new_v4().simple()));
        // It fails on a name that is there, also on a link that somebody has put there.
        DirBuilder::new().mode(0o700).create(&path)?;
        let lock = open_lock(&path, Lock::New)?;
        lock.try_lock()?;
        DirBuilder::new().mode(0o700).create(path.join("tree"))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where files are unpacked.
    pub fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    /// A new file in which a child complains.
    pub fn complaints(&self) -> io::Result<File> {
        let path = self.path.join("complaints");
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The lock last: a directory without one is taken for one that is being made.
        let removed = fs::remove_dir_all(self.tree()).and_then(|()| fs::remove_dir_all(&self.path));
        if let Err(error) = removed {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a scratch directory stays until the next one is made"
            );
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    New,
    Existing,
}

fn open_lock(path: &Path, lock: Lock) -> io::Result<File> {
    File::options()
        .write(true)
        .create_new(lock == Lock::New)
        .mode(0o600)
        // In a directory that everybody may write to it could be anything.
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path.join("lock"))
}

/// Takes away directories whose owner has died.
pub fn sweep(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !named || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        match open_lock(&path, Lock::Existing) {
            Ok(lock) if lock.try_lock().is_ok() => {
                let _ = fs::remove_dir_all(&path);
            }
            // Being made, or all but gone: only an empty one can be removed so.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(&path);
            }
            // Alive, or somebody else's.
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(root: &Path) -> usize {
        fs::read_dir(root).unwrap().count()
    }

    #[test]
    fn goes_when_dropped_and_a_dead_ones_when_the_next_comes() {
        let root = tempfile::tempdir().unwrap();
        let living = Scratch::new(root.path()).unwrap();
        fs::write(living.tree().join("x"), "x").unwrap();
        // What a killed process leaves: everything, and nobody who holds the lock.
        let dead = root.path().join(format!("{PREFIX}dead"));
        fs::create_dir_all(dead.join("tree/src")).unwrap();
        fs::write(dead.join("lock"), "").unwrap();
        let foreign = root.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        let next = Scratch::new(root.path()).unwrap();
        assert!(!dead.exists());
        assert!(living.tree().join("x").exists());
        drop((living, next));
        assert!(foreign.exists());
        assert_eq!(left(root.path()), 1);
    }
}
