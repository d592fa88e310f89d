//! The rejected rows as a file that can be mended and imported again.
//!
//! The first column is `import_error`; it stands first so that a row with too few or too many cells keeps its own shape
//! beside it. The other columns are the original ones in their order. UTF-8 with a byte order mark, because spreadsheet
//! programs ask for it; the separator is the file's own.
//!
//! A cell that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, a tab or a line end) is written
//! with an apostrophe before it, and so is a cell that starts with an apostrophe already. A file whose header has
//! `import_error` is read the other way round: one apostrophe is taken from a cell in which it stands before one of these
//! signs. So a value goes through any number of rounds unchanged, and files that did not come from here are not touched.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::RowError;

/// The column of reasons.
pub const ERROR_COLUMN: &str = "import_error";

const SIGNS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// What is written for a cell.
pub(super) fn guard(cell: &str) -> String {
    if cell.starts_with(SIGNS) || cell.starts_with('\n') {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// What a cell of an errors file means.
pub(super) fn unguard(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(SIGNS) || rest.starts_with('\n') => rest.to_owned(),
        _ => cell,
    }
}

/// Where the errors of `input` go: `people.csv` -> `people.errors.csv`, beside it.
pub fn path_for(input: &Path) -> PathBuf {
    let stem = input.file_stem().unwrap_or(input.as_os_str()).to_string_lossy();
    input.with_file_name(format!("{stem}.errors.csv"))
}

/// Whether both names lead to one file: by the same path, a symbolic or a hard link. No when either is not there.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// What [`ErrorsFile::finish`] left behind.
#[derive(Debug)]
pub struct Written {
    /// The file of the rejected rows.
    pub path: PathBuf,
    /// Where an earlier file of that name is now.
    pub earlier: Option<PathBuf>,
}

/// Writes rejected rows. The file appears under its name only when it is complete. A file that has the name already,
/// from an earlier import, may have been mended since and not imported yet: it is kept beside, under a number, unless it
/// says the same. An import that rejects nothing leaves it where it is.
pub struct ErrorsFile {
    path: PathBuf,
    separator: char,
    header: Vec<String>,
    out: Option<BufWriter<File>>,
}

impl ErrorsFile {
    /// Nothing is created until a row is rejected.
    pub fn new(path: PathBuf, separator: char, header: &[String]) -> Self {
        Self {
            path,
            separator,
            header: header.to_vec(),
            out: None,
        }
    }

    /// Where the file of this name is while it is written.
    pub fn unfinished(path: &Path) -> PathBuf {
        let mut unfinished = path.to_owned().into_os_string();
        unfinished.push(".part");
        unfinished.into()
    }

    /// Adds one row with its reasons.
    pub fn add(&mut self, cells: &[String], reasons: &[RowError]) -> io::Result<()> {
        let separator = self.separator;
        let out = match &mut self.out {
            Some(out) => out,
            none => {
                let mut out = BufWriter::new(File::create(Self::unfinished(&self.path))?);
                out.write_all("\u{feff}".as_bytes())?;
                write_row(&mut out, separator, ERROR_COLUMN, &self.header)?;
                none.insert(out)
            }
        };
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        write_row(out, separator, &reasons.join("; "), cells)
    }

    /// Gives the file its name; none when no row was rejected.
    pub fn finish(mut self) -> io::Result<Option<Written>> {
        let Some(out) = self.out.take() else { return Ok(None) };
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        let unfinished = Self::unfinished(&self.path);
        let earlier = if self.path.exists() && !is_equal(&self.path, &unfinished)? {
            let kept = free_name(&self.path);
            fs::rename(&self.path, &kept)?;
            Some(kept)
        } else {
            None
        };
        fs::rename(unfinished, &self.path)?;
        Ok(Some(Written {
            path: self.path,
            earlier,
        }))
    }
}

fn is_equal(one: &Path, other: &Path) -> io::Result<bool> {
    if fs::metadata(one)?.len() != fs::metadata(other)?.len() {
        return Ok(false);
    }
    let (one, other) = (
        io::BufReader::new(File::open(one)?),
        io::BufReader::new(File::open(other)?),
    );
    for (left, right) in one.bytes().zip(other.bytes()) {
        if left? != right? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `people.errors.csv` -> `people.errors.1.csv`, or the next number that is free.
fn free_name(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy()));
    let ending = ending.unwrap_or_default();
    let named = |number: u32| path.with_file_name(format!("{stem}.{number}{ending}"));
    let mut number = 1;
    while named(number).exists() {
        number += 1;
    }
    named(number)
}

fn write_row(out: &mut impl Write, separator: char, first: &str, cells: &[String]) -> io::Result<()> {
    let mut line = String::new();
    quote(&mut line, first, separator);
    for cell in cells {
        line.push(separator);
        quote(&mut line, &guard(cell), separator);
    }
    line.push_str("\r\n");
    out.write_all(line.as_bytes())
}

fn quote(line: &mut String, cell: &str, separator: char) {
    if cell.contains(['"', '\n', '\r', separator]) || cell.starts_with(' ') || cell.ends_with(' ') {
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text_in_the_file_and_itself_after_reading() {
        for cell in [
            "=1+1",
            "+55 11 5555",
            "-5",
            "@home",
            "'quoted",
            "''",
            "'=1",
            "\tx",
            "plain",
            "",
            "it's",
            "'s-Hertogenbosch",
        ] {
            let once = guard(cell);
            assert!(!once.starts_with(['=', '+', '-', '@', '\t']), "{once}");
            assert_eq!(unguard(once.clone()), cell);
            assert_eq!(unguard(unguard(guard(&once))), cell, "two rounds");
        }
        assert_eq!(unguard("'s-Hertogenbosch".to_owned()), "'s-Hertogenbosch");
    }
}
