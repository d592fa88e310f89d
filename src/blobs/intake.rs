//! An upload under way: counted, typed, hashed and written, then given its name.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::{ArchiveKind, BlobError, Blobs, Digest, Stored, StoredFile, blocking};

/// How much of an upload is held in memory, in bytes.
const CHUNK: usize = 64 * 1024;

/// An upload under way.
#[derive(Debug)]
pub struct Intake {
    blobs: Blobs,
    work: Option<Work>,
    partial: Partial,
    buffer: Vec<u8>,
    size: u64,
    kind: Option<ArchiveKind>,
    is_archive: bool,
    limit: u64,
    now: DateTime<Utc>,
}

#[derive(Debug)]
pub(super) struct Work {
    pub(super) file: File,
    hash: Sha256,
}

impl Intake {
    pub(super) fn new(blobs: Blobs, file: File, partial: Partial, now: DateTime<Utc>) -> Self {
        let work = Work {
            file,
            hash: Sha256::new(),
        };
        Self {
            limit: blobs.limit,
            is_archive: true,
            blobs,
            work: Some(work),
            partial,
            buffer: Vec::with_capacity(CHUNK),
            size: 0,
            kind: None,
            now,
        }
    }

    pub(super) fn of_any_kind(self, limit: u64) -> Self {
        Self {
            is_archive: false,
            limit,
            ..self
        }
    }

    /// Takes the next bytes. Refuses as soon as it is known: a type that is not an archive after four bytes, a size over the
    /// limit with the byte that passes it.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(BlobError::TooLarge { limit: self.limit });
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.is_archive && self.kind.is_none() && self.buffer.len() >= 4 {
                self.kind = Some(ArchiveKind::sniff(&self.buffer).ok_or(BlobError::NotAnArchive)?);
            }
            if self.buffer.len() == CHUNK {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// The last byte is in: sync, name, sync. After this the caller's transaction may refer to the blob.
    pub async fn finish(self) -> Result<Stored, BlobError> {
        if self.size == 0 {
            return Err(BlobError::Empty);
        }
        let kind = self.kind.ok_or(BlobError::NotAnArchive)?;
        let StoredFile { digest, size } = self.finish_file().await?;
        Ok(Stored { digest, size, kind })
    }

    /// The same for a file of any kind.
    pub async fn finish_file(mut self) -> Result<StoredFile, BlobError> {
        if self.size == 0 {
            return Err(BlobError::Empty);
        }
        self.flush().await?;
        let (blobs, partial, now, size) = (self.blobs.clone(), Partial(self.partial.0.take()), self.now, self.size);
        let work = self.work.take().ok_or_else(interrupted)?;
        let digest = blocking(move || {
            let digest = Digest(work.hash.clone().finalize().into());
            blobs.place(&work, partial, digest, now)?;
            Ok(digest)
        })
        .await?;
        Ok(StoredFile { digest, size })
    }

    /// Hashes and writes what is buffered, off the async threads.
    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut work = self.work.take().ok_or_else(interrupted)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (work, buffer) = blocking(move || {
            work.hash.update(&buffer);
            work.file.write_all(&buffer)?;
            buffer.clear();
            Ok((work, buffer))
        })
        .await?;
        self.work = Some(work);
        self.buffer = buffer;
        Ok(())
    }
}

/// A temporary file that goes when its owner does: a client that hangs up leaves nothing.
#[derive(Debug)]
pub(super) struct Partial(pub(super) Option<PathBuf>);

impl Drop for Partial {
    fn drop(&mut self) {
        let Some(path) = self.0.take() else { return };
        // A failure here is the sweep's business.
        let remove = move || drop(fs::remove_file(path));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// An earlier write failed or was cancelled, and its file went with it.
fn interrupted() -> io::Error {
    io::Error::new(
        io::ErrorKind::Interrupted,
        "the upload was interrupted by an earlier failure",
    )
}
