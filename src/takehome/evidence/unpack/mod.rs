//! Unpacks an archive into the current directory, or says why not. Runs in a child process only; see [`super::child`].
//!
//! Regular files only, mode 0644, made through a capability of the directory, so that not even a name that got past the
//! rules of [`names`] would lead out of it.

pub mod meter;
pub mod names;
mod refusal;
pub mod root;
mod tar;
mod write;
mod zip;

pub use refusal::{Refusal, Stop, Word};

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use serde::{Deserialize, Serialize};

use super::{FileEntry, Limits};
use crate::blobs::ArchiveKind;
use write::Tree;

/// What a child says of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It lies in the directory.
    Unpacked(Unpacked),
    /// It was refused, with this reason.
    Refused(String),
    /// The machine was in the way.
    Failed(String),
}

/// What lies in the directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    /// The one top folder with its slash, or nothing. The names below are without it.
    pub root: String,
    /// Files, sorted by name.
    pub files: Vec<FileEntry>,
    /// Entries that were left out, in the order of the archive.
    pub skipped: Vec<String>,
}

/// Unpacks `archive` into the current directory.
pub fn unpack(archive: &File, limits: &Limits) -> Outcome {
    match carry_out(archive, limits) {
        Ok(unpacked) => Outcome::Unpacked(unpacked),
        Err(Stop::Refused(refusal)) => Outcome::Refused(refusal.to_string()),
        Err(Stop::Io(error)) => Outcome::Failed(error.to_string()),
    }
}

fn carry_out(archive: &File, limits: &Limits) -> Result<Unpacked, Stop> {
    let length = archive.metadata()?.len();
    if length == 0 {
        return Err(Refusal::new(Word::Empty, "the file has no bytes. Upload the archive again.").into());
    }
    if length > limits.upload {
        let why = format!(
            "the archive has {length} bytes, at most {} are taken. Leave out target/, .git/ and whatever the solution does not need.",
            limits.upload
        );
        return Err(Refusal::new(Word::UploadTooLarge, why).into());
    }
    let mut head = [0; 4];
    let got = archive.read_at(&mut head, 0)?;
    let tree = Tree::here(*limits)?;
    match ArchiveKind::sniff(&head[..got]) {
        Some(ArchiveKind::Zip) => zip::unpack(archive, length, tree),
        Some(ArchiveKind::Gzip) => tar::unpack(archive, tree),
        None if head == *b"PK\x05\x06" => {
            Err(Refusal::new(Word::Empty, "the zip has no entries. Pack the project's folder.").into())
        }
        None => {
            let why = "the file is neither a zip nor a gzip by its first bytes, whatever its name says. Pack the project's folder as .zip or .tar.gz.";
            Err(Refusal::new(Word::NotAnArchive, why).into())
        }
    }
}
