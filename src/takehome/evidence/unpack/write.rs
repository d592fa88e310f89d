//! The directory that is being filled.

use std::collections::HashSet;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};

use super::names::{self, Kind, Name, Names};
use super::{Refusal, Stop, Unpacked, meter, root};
use crate::takehome::evidence::{FileEntry, Limits};

/// Files so far, and what was left out.
pub struct Tree {
    /// The limits.
    pub limits: Limits,
    dir: Dir,
    made: HashSet<String>,
    names: Names,
    entries: u64,
    files: Vec<FileEntry>,
    skipped: Vec<String>,
}

/// What becomes of an entry.
pub enum Plan {
    /// It is no file: nothing more to do.
    Nothing,
    /// Its bytes are passed over.
    Skip,
    /// Its bytes are written, unless their beginning says that it is no source.
    Write(Name),
}

impl Tree {
    /// The current directory.
    pub fn here(limits: Limits) -> Result<Self, Stop> {
        Ok(Self {
            limits,
            dir: Dir::open_ambient_dir(".", ambient_authority())?,
            made: HashSet::new(),
            names: Names::default(),
            entries: 0,
            files: Vec::new(),
            skipped: Vec::new(),
        })
    }

    /// Whether there was no entry at all.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Counts an entry, of whatever kind.
    pub fn count(&mut self) -> Result<(), Refusal> {
        self.entries += 1;
        meter::entries(&self.limits, self.entries)
    }

    /// Takes an entry up by its name: whether it collides, and what becomes of it.
    pub fn plan(&mut self, name: Option<Name>, kind: Kind) -> Result<Plan, Refusal> {
        let Some(name) = name else {
            return Ok(Plan::Nothing);
        };
        let kind = if name.slash { Kind::Directory } else { kind };
        self.names.add(&name.text, kind)?;
        let listed = Name {
            slash: kind == Kind::Directory,
            ..name
        };
        if names::is_skipped(&listed) {
            self.skip(&listed);
            return Ok(Plan::Skip);
        }
        Ok(match kind {
            Kind::Directory => Plan::Nothing,
            Kind::File => Plan::Write(listed),
        })
    }

    /// Lists an entry as left out.
    pub fn skip(&mut self, name: &Name) {
        let slash = if name.slash { "/" } else { "" };
        self.skipped.push(format!("{}{slash}", name.text));
    }

    /// Makes the file of an entry.
    pub fn open(&mut self, name: &Name) -> Result<File, Stop> {
        if let Some((folder, _)) = name.text.rsplit_once('/')
            && self.made.insert(folder.to_owned())
        {
            self.dir.create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o644);
        Ok(self.dir.open_with(&name.text, &options)?)
    }

    /// A file is complete.
    pub fn written(&mut self, name: Name, bytes: u64) {
        self.files.push(FileEntry { name: name.text, bytes });
    }

    /// All entries are in: where the project begins, and what there is.
    pub fn finish(self) -> Result<Unpacked, Refusal> {
        let root = root::find(self.files.iter().map(|file| &*file.name))?;
        let below = |name: String| name.strip_prefix(&root).map_or(name.clone(), str::to_owned);
        let mut files: Vec<FileEntry> = self
            .files
            .into_iter()
            .map(|file| FileEntry {
                name: below(file.name),
                bytes: file.bytes,
            })
            .collect();
        files.sort();
        Ok(Unpacked {
            skipped: self.skipped.into_iter().map(below).collect(),
            files,
            root,
        })
    }
}
