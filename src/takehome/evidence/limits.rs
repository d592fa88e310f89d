//! How large an upload and what comes of it may be. Pure.

use serde::{Deserialize, Serialize};

use crate::blobs;

/// A binary mebibyte.
pub const MIB: u64 = 1024 * 1024;

/// Limits of an upload. [`Limits::STANDARD`] is what everybody gets; others are for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the archive.
    pub upload: u64,
    /// Bytes of all files together.
    pub total: u64,
    /// Bytes of a file.
    pub file: u64,
    /// Entries, directories and skipped ones counted too.
    pub entries: u64,
    /// Bytes of a name.
    pub name: usize,
    /// Bytes of a part of a name.
    pub component: usize,
    /// Parts of a name.
    pub depth: usize,
    /// How many bytes may come of one.
    pub ratio: u64,
    /// As many bytes unpack at any ratio.
    pub free: u64,
    /// Bytes of a source file that is looked into.
    pub source: u64,
    /// Nesting of brackets, expressions, types in a source file that is looked into.
    pub nesting: usize,
    /// Seconds of processor time for unpacking.
    pub unpack_seconds: u64,
    /// Seconds of processor time for looking into all files.
    pub analysis_seconds: u64,
    /// Bytes of address space on top of what the child has when it starts.
    pub memory: u64,
    /// Open files of a child.
    pub open_files: u64,
}

impl Limits {
    /// What everybody gets.
    pub const STANDARD: Self = Self {
        upload: blobs::LIMIT,
        total: 64 * MIB,
        file: 8 * MIB,
        entries: 3_000,
        name: 240,
        component: 100,
        depth: 12,
        ratio: 200,
        free: MIB,
        source: 512 * 1024,
        nesting: 200,
        unpack_seconds: 5,
        analysis_seconds: 10,
        memory: 96 * MIB,
        open_files: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::STANDARD
    }
}
