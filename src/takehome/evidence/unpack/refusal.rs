//! Why an archive is refused.

use std::fmt;
use std::io;

macro_rules! words {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// The stable first word of a reason; the table of [`super::super`] says what each is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is its own text")]
        pub enum Word { $($name),+ }

        impl Word {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As it is printed.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

words! {
    UploadTooLarge = "upload-too-large",
    Empty = "empty",
    NotAnArchive = "not-an-archive",
    Slip = "slip",
    Absolute = "absolute",
    Drive = "drive",
    Backslash = "backslash",
    Control = "control",
    Nul = "nul",
    Bidi = "bidi",
    NonUtf8 = "non-utf8",
    EmptyPart = "empty-part",
    TooDeep = "too-deep",
    NameTooLong = "name-too-long",
    Symlink = "symlink",
    Hardlink = "hardlink",
    Fifo = "fifo",
    Device = "device",
    Sparse = "sparse",
    Special = "special",
    Collision = "collision",
    FileAsDirectory = "file-as-directory",
    Encrypted = "encrypted",
    Method = "method",
    Split = "split",
    Zip64 = "zip64",
    Overlap = "overlap",
    LyingSize = "lying-size",
    LyingName = "lying-name",
    LyingCount = "lying-count",
    Hidden = "hidden",
    Bomb = "bomb",
    TooLarge = "too-large",
    FileTooLarge = "file-too-large",
    TooManyEntries = "too-many-entries",
    Truncated = "truncated",
    Damaged = "damaged",
    NoCargoToml = "no-cargo-toml",
    Time = "time",
    Memory = "memory",
}

/// A word, and a sentence that names the entry and says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable word.
    pub word: Word,
    /// What is wrong, and what to do.
    pub why: String,
}

impl Refusal {
    /// A refusal; names in `why` have been through [`super::super::plain::name`].
    pub fn new(word: Word, why: impl Into<String>) -> Self {
        Self { word, why: why.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word.text(), self.why)
    }
}

/// Why unpacking ended early: the archive's fault, or the machine's.
#[derive(Debug)]
pub enum Stop {
    /// The archive is refused.
    Refused(Refusal),
    /// The machine was in the way.
    Io(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_word() {
        let text = include_str!("../mod.rs");
        for word in Word::ALL {
            assert!(text.contains(&format!("`{}`", word.text())), "{}", word.text());
        }
    }
}
