//! What an entry may be called, which entries are left out, and which names are one. Pure.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Refusal, Word};
use crate::takehome::evidence::{Limits, plain};

/// A name that may stand: parts joined by slashes, none empty, none a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name, without a slash at either end.
    pub text: String,
    /// It ended with a slash.
    pub slash: bool,
}

impl Name {
    /// By the rules of names; nothing for the archive's own top (`./`).
    pub fn parse(raw: &[u8], limits: &Limits) -> Result<Option<Self>, Refusal> {
        let shown = || plain::name_of_bytes(raw);
        let refuse = |word, what: &str| Err(Refusal::new(word, format!("{} {what}", shown())));
        if raw.contains(&0) {
            return refuse(Word::Nul, "has a NUL in its name. Rename it.");
        }
        let Ok(text) = std::str::from_utf8(raw) else {
            return refuse(Word::NonUtf8, "is not named in UTF-8. Rename it with plain letters.");
        };
        if text.chars().any(char::is_control) {
            return refuse(Word::Control, "has a control character in its name. Rename it.");
        }
        if text.chars().any(plain::is_unseen) {
            return refuse(
                Word::Bidi,
                "has a character in its name that turns the direction of text (bidi) or is not seen. Rename it.",
            );
        }
        if text.contains('\\') {
            return refuse(
                Word::Backslash,
                "has a backslash in its name. Rename it, or pack with a program that separates folders by /.",
            );
        }
        if text.starts_with('/') {
            return refuse(
                Word::Absolute,
                "is an absolute path. Pack the folder by its relative name.",
            );
        }
        if matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
            return refuse(
                Word::Drive,
                "begins with a drive letter. Pack the folder by its relative name.",
            );
        }
        if text.split('/').any(|part| part == "..") {
            return refuse(
                Word::Slip,
                "leads outside of the archive (path traversal by ..). Pack the folder from its top.",
            );
        }
        let mut rest = text;
        while let Some(inner) = rest.strip_prefix("./") {
            rest = inner;
        }
        let slash = rest.ends_with('/');
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if (rest.is_empty() && !text.is_empty()) || rest == "." {
            return Ok(None);
        }
        let parts = rest.split('/').count();
        if parts > limits.depth {
            let what = format!("is deeper than {} folders. Move it up.", limits.depth);
            return refuse(Word::TooDeep, &what);
        }
        if rest.len() > limits.name || rest.split('/').any(|part| part.len() > limits.component) {
            let what = format!(
                "has too long a name: at most {} bytes, and {} for a part. Rename it.",
                limits.name, limits.component
            );
            return refuse(Word::NameTooLong, &what);
        }
        if rest.split('/').any(|part| part.is_empty() || part == ".") {
            return refuse(
                Word::EmptyPart,
                "has a part in its name that is empty or a dot. Rename it.",
            );
        }
        Ok(Some(Self {
            text: rest.to_owned(),
            slash,
        }))
    }
}

/// Folders that are left out, with everything in them.
const FOLDERS: &[&str] = &[".git", ".hg", ".svn", ".jj", "__macosx", ".cargo"];

/// Below these a folder `target` is a module like any other.
const CODE: &[&str] = &["src", "tests", "benches", "examples"];

/// Endings of archives and of what compilers make.
const ENDINGS: &[&str] = &[
    "7z", "a", "apk", "bz2", "cab", "class", "com", "crate", "deb", "dll", "dmg", "dylib", "exe", "gz", "iso", "jar",
    "lib", "lz4", "lzma", "msi", "node", "o", "obj", "pdb", "pyc", "rar", "rlib", "rmeta", "rpm", "so", "tar", "tbz2",
    "tgz", "txz", "war", "wasm", "xz", "zip", "zst",
];

/// Whether an entry is left out for its name.
pub fn is_skipped(name: &Name) -> bool {
    let lower = name.text.to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let Some((last, folders)) = parts.split_last() else {
        return false;
    };
    let is_target = |at: usize| parts[at] == "target" && !parts[..at].iter().any(|part| CODE.contains(part));
    if parts.iter().any(|part| FOLDERS.contains(part))
        || (0..folders.len()).any(is_target)
        || (name.slash && is_target(folders.len()))
    {
        return true;
    }
    if name.slash {
        return false;
    }
    last.starts_with("rust-toolchain")
        || last.starts_with("._")
        || [".ds_store", "thumbs.db", "desktop.ini"].contains(last)
        || last.contains(".so.")
        || last
            .rsplit_once('.')
            .is_some_and(|(stem, ending)| !stem.is_empty() && ENDINGS.contains(&ending))
}

/// Whether a file is left out for its first bytes: an archive or a program, whatever its name says.
pub fn is_foreign(head: &[u8]) -> bool {
    const HEADS: &[&[u8]] = &[
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"PK\x07\x08",
        b"\x1f\x8b\x08",
        b"BZh",
        b"\xfd7zXZ\x00",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"!<arch>\n",
        b"MSCF",
        b"\x04\x22\x4d\x18",
        b"\x7fELF",
        b"\0asm",
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
    ];
    // A text may begin with MZ; a program has zeros soon.
    let is_dos = head.starts_with(b"MZ") && head.iter().take(64).any(|&byte| byte == 0);
    let is_tar = head.get(257..262) == Some(b"ustar");
    is_dos || is_tar || HEADS.iter().any(|known| head.starts_with(known))
}

/// How many bytes [`is_foreign`] wants to see, when there are as many.
pub const HEAD: usize = 262;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory, listed or only part of another name.
    Directory,
}

/// The names so far, by what they are on the strictest of systems.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<String, (String, Kind)>,
}

impl Names {
    /// Adds a name, unless another stands in its way.
    pub fn add(&mut self, name: &str, kind: Kind) -> Result<(), Refusal> {
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        for end in ends {
            let part = &name[..end];
            let own = if end == name.len() { kind } else { Kind::Directory };
            let Some((other, other_kind)) = self.known.get(&folded(part)) else {
                self.known.insert(folded(part), (part.to_owned(), own));
                continue;
            };
            if other != part {
                let why = format!(
                    "{} and {} are one name on systems that do not tell case or composed letters apart. Rename one.",
                    plain::name(other),
                    plain::name(part)
                );
                return Err(Refusal::new(Word::Collision, why));
            }
            match (own, other_kind) {
                (Kind::Directory, Kind::Directory) => {}
                (Kind::File, Kind::File) => {
                    let why = format!(
                        "{} is there twice (a duplicate). Pack the folder anew.",
                        plain::name(name)
                    );
                    return Err(Refusal::new(Word::Collision, why));
                }
                _ => {
                    let why = format!(
                        "{} is used both as a file and as a directory. Pack the folder anew.",
                        plain::name(part)
                    );
                    return Err(Refusal::new(Word::FileAsDirectory, why));
                }
            }
        }
        Ok(())
    }
}

/// One spelling for all names that some system takes for one.
fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Kind::{Directory, File};
    use super::*;

    fn word(raw: &[u8]) -> Option<Word> {
        Name::parse(raw, &Limits::STANDARD).err().map(|refusal| refusal.word)
    }

    #[test]
    fn hostile_names_are_refused_for_what_they_are() {
        let long = "a".repeat(101);
        let deep = "d/".repeat(12) + "f";
        let wide = ["a"; 3].map(|part| part.repeat(99)).join("/");
        let cases: &[(&[u8], Word)] = &[
            (b"../x", Word::Slip),
            (b"src/../../x", Word::Slip),
            (b"src/..", Word::Slip),
            (b"/etc/passwd", Word::Absolute),
            (b"//host/x", Word::Absolute),
            (b"C:/x", Word::Drive),
            (b"c:x", Word::Drive),
            (b"..\\x", Word::Backslash),
            (b"C:\\x", Word::Backslash),
            (b"a\0b", Word::Nul),
            (b"a\x1b[31m", Word::Control),
            (b"a\n", Word::Control),
            ("a\u{202e}sr.x".as_bytes(), Word::Bidi),
            ("a\u{200b}".as_bytes(), Word::Bidi),
            (b"\xff\xfe", Word::NonUtf8),
            (b"a//b", Word::EmptyPart),
            (b"a/./b", Word::EmptyPart),
            (b"", Word::EmptyPart),
            (long.as_bytes(), Word::NameTooLong),
            (wide.as_bytes(), Word::NameTooLong),
            (deep.as_bytes(), Word::TooDeep),
        ];
        for (raw, expected) in cases {
            assert_eq!(word(raw), Some(*expected), "{:?}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn honest_names_stand() {
        let name = |raw: &str| Name::parse(raw.as_bytes(), &Limits::STANDARD).unwrap();
        assert_eq!(name("./src/main.rs").unwrap().text, "src/main.rs");
        assert_eq!(name("./"), None);
        assert_eq!(name("."), None);
        assert!(name("src/").unwrap().slash);
        for raw in [
            "a..b",
            "..a",
            "été.rs",
            "a b",
            "ab:c",
            &"a".repeat(100),
            &("d/".repeat(11) + "f"),
        ] {
            assert_eq!(name(raw).unwrap().text, raw);
        }
    }

    #[test]
    fn junk_is_left_out() {
        let skipped = |raw: &str| is_skipped(&Name::parse(raw.as_bytes(), &Limits::STANDARD).unwrap().unwrap());
        for raw in [
            "target/debug/app",
            "target/",
            "app/target/x",
            ".git/config",
            "app/.git/HEAD",
            ".git",
            "__MACOSX/._x",
            ".cargo/config.toml",
            "rust-toolchain",
            "rust-toolchain.toml",
            "lib.so",
            "lib.so.1",
            "x/a.EXE",
            "inner.zip",
            "inner.tar.gz",
            "._main.rs",
            ".DS_Store",
        ] {
            assert!(skipped(raw), "{raw}");
        }
        for raw in [
            "src/target/mod.rs",
            "src/target.rs",
            "target",
            ".gitignore",
            "Cargo.toml",
            "src/a.rs",
            ".so",
            "src/zip.rs",
            "gz",
        ] {
            assert!(!skipped(raw), "{raw}");
        }
        assert!(is_foreign(b"\x7fELF\x02") && is_foreign(b"MZ\x90\0") && is_foreign(b"PK\x03\x04"));
        assert!(!is_foreign(b"MZ is a text") && !is_foreign(b"fn main() {}") && !is_foreign(b""));
    }

    #[test]
    fn names_that_are_one_are_refused() {
        let refused = |names: &[(&str, Kind)]| {
            let mut known = Names::default();
            let added = names.iter().try_for_each(|(name, kind)| known.add(name, *kind));
            added.err().map(|refusal| refusal.word)
        };
        assert_eq!(
            refused(&[("src/a.rs", File), ("src/A.rs", File)]),
            Some(Word::Collision)
        );
        assert_eq!(
            refused(&[("src/a.rs", File), ("Src/b.rs", File)]),
            Some(Word::Collision)
        );
        assert_eq!(refused(&[("\u{e9}", File), ("e\u{301}", File)]), Some(Word::Collision));
        assert_eq!(
            refused(&[("STRASSE", File), ("stra\u{df}e", File)]),
            Some(Word::Collision)
        );
        assert_eq!(refused(&[("a", File), ("a", File)]), Some(Word::Collision));
        assert_eq!(refused(&[("a", File), ("a/b", File)]), Some(Word::FileAsDirectory));
        assert_eq!(refused(&[("a/b", File), ("a", File)]), Some(Word::FileAsDirectory));
        assert_eq!(refused(&[("a", File), ("a", Directory)]), Some(Word::FileAsDirectory));
        assert_eq!(
            refused(&[("a", Directory), ("a/b", File), ("a", Directory), ("ab", File)]),
            None
        );
    }
}
