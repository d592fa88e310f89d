//! Uploads on disk, named by the SHA-256 of their content.
//!
//! An upload streams through [`Blobs::begin`], [`Intake::write`] and [`Intake::finish`]: into a temporary name, 64 KiB in memory
//! at a time, synced, renamed in one step and the directory synced; only then does the caller's transaction refer to it. So a
//! crash leaves either a temporary file or a blob nobody refers to, never half a blob under a good name, and the sweep takes
//! both away once they are old by the app's clock. Nothing here looks further into an upload than its first four bytes.
//!
//! 2026-11-21: renaming over an existing blob of the same content is deliberate. It renews the age of the blob, so that a
//! sweep which has just read "old and not referred to" cannot take away what another request has just stored; a file lock
//! (shared for a rename, exclusive for a sweep) closes the gap between its look and its removal, also between processes.
//!
//! 2026-11-21: an upload that is refused after its last byte goes at once, young as it is: [`Blobs::alone`] holds the same lock
//! against [`Blobs::hold`], which every request holds from a look at its blob to the commit that refers to it.
//!
//! The folder is for this user alone: what candidates send is nobody else's business on a shared machine.

mod intake;
mod names;
#[cfg(test)]
mod tests;
pub mod tidy;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::spawn_blocking;
use uuid::Uuid;

pub use intake::Intake;
use intake::{Partial, Work};
pub use names::{ArchiveKind, Digest, NotADigest};

/// The largest upload, in bytes: 20 MB of 1,048,576 bytes, as the schema has it.
pub const LIMIT: u64 = 20 * 1024 * 1024;

/// Why an upload was not stored.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// More bytes than the limit.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// No byte at all: a form sent without choosing a file.
    #[error("the file is empty")]
    Empty,
    /// Neither a zip nor a gzip by its first bytes.
    #[error("the file is neither a zip nor a gzip archive")]
    NotAnArchive,
    /// The disk said no.
    #[error("the upload could not be stored")]
    Io(#[from] io::Error),
}

/// A blob that is safely on disk, ready to be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// What it is.
    pub kind: ArchiveKind,
}

/// A file of any kind that is safely on disk, ready to be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// A file that nothing refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orphan {
    /// A blob without a reference.
    Blob(Digest),
    /// What an interrupted upload left, by its temporary name.
    Partial(String),
}

/// The directory of blobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
    limit: u64,
    tried: Tried,
}

/// When it was last tried whether a file can be stored, and whether it could.
type Tried = Arc<Mutex<Option<(Instant, bool)>>>;

/// What a trial of the disk writes: more than a block.
const TRIAL: usize = 8 * 1024;

/// A trial's outcome holds this long: whoever asks more often costs nothing.
const TRIAL_HOLDS: Duration = Duration::from_secs(1);

impl Blobs {
    /// Opens the directory, made when it is not there. Call before the server starts: it blocks.
    pub fn open(root: impl Into<PathBuf>, limit: u64) -> io::Result<Self> {
        let blobs = Self {
            root: root.into(),
            limit,
            tried: Tried::default(),
        };
        make_dir(&blobs.root.join("partial"))?;
        // A folder from before this rule; what lies in it is out of reach with it.
        fs::set_permissions(&blobs.root, fs::Permissions::from_mode(0o700))?;
        blobs.lock_file()?;
        sync_dir(&blobs.root)?;
        Ok(blobs)
    }

    /// The largest upload, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Starts an upload. Dropping the intake takes the temporary file away.
    pub async fn begin(&self, now: DateTime<Utc>) -> Result<Intake, BlobError> {
        let name = format!("{}-{}", now.timestamp_millis(), Uuid::new_v4().simple());
        let path = self.root.join("partial").join(name);
        let (file, partial) = blocking(move || {
            let file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            Ok((file, Partial(Some(path))))
        })
        .await?;
        Ok(Intake::new(self.clone(), file, partial, now))
    }

    /// The same for a file of any kind and of at most `limit` bytes: whoever calls has looked at its first bytes. It is ended by
    /// [`Intake::finish_file`].
    pub async fn begin_file(&self, now: DateTime<Utc>, limit: u64) -> Result<Intake, BlobError> {
        Ok(self.begin(now).await?.of_any_kind(limit))
    }

    /// Whether a file can be stored at this moment: by storing one.
    pub async fn can_store(&self, now: DateTime<Utc>) -> bool {
        let known = *self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, could)) = known
            && at.elapsed() < TRIAL_HOLDS
        {
            return could;
        }
        // A name like an upload's: the sweep takes it away if this process is killed here.
        let name = format!("{}-trial-{}", now.timestamp_millis(), Uuid::new_v4().simple());
        let path = self.root.join("partial").join(name);
        let stored = blocking(move || {
            let stored = fs::write(&path, [0; TRIAL]).and_then(|()| File::open(&path)?.sync_all());
            let removed = remove_if_there(&path);
            stored.and(removed)
        })
        .await;
        if let Err(error) = &stored {
            tracing::error!(error = error as &dyn std::error::Error, "files cannot be stored");
        }
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), stored.is_ok()));
        stored.is_ok()
    }

    /// Opens a blob for reading.
    pub async fn read(&self, digest: Digest) -> io::Result<tokio::fs::File> {
        tokio::fs::File::open(self.path(digest)).await
    }

    /// What nothing refers to and is older than `age` at `now`. `referenced` is a look into a set read from the database just
    /// before: a reference made since then belongs to an upload that renewed the age, so `age` must be longer than the time
    /// between a rename and the commit that refers to it (a day is plenty).
    pub async fn orphans<F>(&self, now: DateTime<Utc>, age: TimeDelta, referenced: F) -> io::Result<Vec<Orphan>>
    where
        F: Fn(Digest) -> bool + Send + 'static,
    {
        let blobs = self.clone();
        blocking(move || blobs.find_orphans(now - age, &referenced)).await
    }

    /// Takes away what [`orphans`](Self::orphans) finds, and says what it was. Uploads that finish meanwhile wait a moment.
    pub async fn sweep<F>(&self, now: DateTime<Utc>, age: TimeDelta, referenced: F) -> io::Result<Vec<Orphan>>
    where
        F: Fn(Digest) -> bool + Send + 'static,
    {
        let blobs = self.clone();
        blocking(move || {
            let lock = blobs.lock_file()?;
            lock.lock()?;
            let found = blobs.find_orphans(now - age, &referenced)?;
            for orphan in &found {
                match orphan {
                    Orphan::Blob(digest) => fs::remove_file(blobs.path(*digest))?,
                    Orphan::Partial(name) => {
                        remove_if_there(&blobs.root.join("partial").join(name))?;
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// Keeps a blob where it is until the guard is dropped; `None` when it was taken away meanwhile. Take it before a
    /// connection of the database: whoever is [`alone`](Self::alone) needs one too.
    pub async fn hold(&self, digest: Digest) -> io::Result<Option<Held>> {
        let blobs = self.clone();
        blocking(move || {
            let lock = blobs.lock_file()?;
            lock.lock_shared()?;
            Ok(blobs.path(digest).try_exists()?.then_some(Held { _lock: lock }))
        })
        .await
    }

    /// Waits until nobody holds or places a blob, and keeps it so until the guard is dropped.
    pub async fn alone(&self) -> io::Result<Alone> {
        let blobs = self.clone();
        blocking(move || {
            let lock = blobs.lock_file()?;
            lock.lock()?;
            Ok(Alone { blobs, _lock: lock })
        })
        .await
    }

    /// 256 folders, so that no directory grows without end.
    fn path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.root.join(&name[..2]).join(name)
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.root.join("lock"))
    }

    fn find_orphans(&self, before: DateTime<Utc>, referenced: &dyn Fn(Digest) -> bool) -> io::Result<Vec<Orphan>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.root.join("partial"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let begun = name
                .split('-')
                .next()
                .and_then(|millis| millis.parse().ok())
                .and_then(DateTime::from_timestamp_millis);
            if begun.is_none_or(|begun| begun < before) {
                found.push(Orphan::Partial(name));
            }
        }
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?;
            if folder.file_name().len() != 2 || !folder.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                let Some(digest) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                    continue;
                };
                if entry.metadata()?.modified()? < SystemTime::from(before) && !referenced(digest) {
                    found.push(Orphan::Blob(digest));
                }
            }
        }
        Ok(found)
    }

    /// Puts a finished temporary file under its name.
    fn place(&self, work: &Work, mut partial: Partial, digest: Digest, now: DateTime<Utc>) -> io::Result<()> {
        work.file.set_modified(now.into())?;
        work.file.sync_all()?;
        let target = self.path(digest);
        let folder = target.parent().unwrap_or(&self.root);
        if !folder.exists() {
            make_dir(folder)?;
            sync_dir(&self.root)?;
        }
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        if let Some(path) = partial.0.take() {
            fs::rename(&path, &target).inspect_err(|_| partial.0 = Some(path))?;
        }
        sync_dir(folder)
    }
}

/// As long as it lives, no blob is taken away.
#[derive(Debug)]
pub struct Held {
    _lock: File,
}

/// As long as it lives, nobody else touches the blobs.
#[derive(Debug)]
pub struct Alone {
    blobs: Blobs,
    _lock: File,
}

impl Alone {
    /// Takes a blob away.
    pub async fn remove(self, digest: Digest) -> io::Result<()> {
        blocking(move || remove_if_there(&self.blobs.path(digest))).await
    }
}

/// Reads at most `most` bytes of an open blob; an empty answer is its end. For a response body that streams.
pub async fn next_chunk(file: tokio::fs::File, most: usize) -> io::Result<(Vec<u8>, tokio::fs::File)> {
    let mut file = file.into_std().await;
    blocking(move || {
        let mut chunk = vec![0; most];
        let got = file.read(&mut chunk)?;
        chunk.truncate(got);
        Ok((chunk, tokio::fs::File::from_std(file)))
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A folder, with those above it, that only this user enters.
fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes names in a directory last: a rename is only safe once its directory is.
fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
