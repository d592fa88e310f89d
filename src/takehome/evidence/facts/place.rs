//! Where something was found, and the rows of one file. Pure.

use proc_macro2::Span;

use super::super::{Check, Finding, plain};

/// What a check came to, when it is not simply [`FOUND`].
pub const FOUND: &str = "found";
/// It matters less.
pub const NOTED: &str = "noted";
/// The unwrap of a lock.
pub const LOCK: &str = "lock";
/// No actor, and a sentence about it.
pub const AVOIDED: &str = "avoided";

/// The rows of a file.
#[derive(Debug)]
pub struct Page<'t> {
    name: &'t str,
    lines: Vec<&'t str>,
    rows: Vec<Finding>,
}

impl<'t> Page<'t> {
    /// An empty one.
    pub fn new(name: &'t str, text: &'t str) -> Self {
        Self {
            name,
            lines: text.split('\n').collect(),
            rows: Vec::new(),
        }
    }

    /// The name of the file.
    pub fn name(&self) -> &'t str {
        self.name
    }

    /// Adds a row at a place of the parsed text.
    pub fn at(&mut self, check: Check, result: &str, span: Span, detail: impl Into<String>) {
        let (line, column) = place(span);
        self.row(check, result, line, column, &detail.into());
    }

    /// Adds a row at a byte of the text.
    pub fn at_byte(&mut self, check: Check, result: &str, byte: usize, detail: impl Into<String>) {
        let (line, column) = self.place_of(byte);
        self.row(check, result, line, column, &detail.into());
    }

    /// Adds a row made elsewhere.
    pub fn push(&mut self, finding: Finding) {
        self.rows.push(finding);
    }

    /// The file runs when the project is built.
    pub fn build_script(&mut self) {
        self.row(
            Check::BuildScript,
            FOUND,
            1,
            1,
            "a build script: it runs whenever the project is built",
        );
    }

    fn row(&mut self, check: Check, result: &str, line: usize, column: usize, detail: &str) {
        let source = self
            .lines
            .get(line.wrapping_sub(1))
            .map(|text| plain::source_line(text, column));
        self.rows.push(Finding {
            criterion: check.criterion(),
            check,
            result: result.to_owned(),
            file: Some(self.name.to_owned()),
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
            source,
            detail: plain::plain(detail, plain::SENTENCE),
        });
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn place_of(&self, byte: usize) -> (usize, usize) {
        let mut start = 0;
        for (at, line) in self.lines.iter().enumerate() {
            if byte <= start + line.len() {
                let before = line.get(..byte - start).unwrap_or_default();
                return (at + 1, before.chars().count() + 1);
            }
            start += line.len() + 1;
        }
        (self.lines.len(), 1)
    }

    /// The rows, each place once a check.
    pub fn finish(mut self) -> Vec<Finding> {
        let place = |row: &Finding| (row.line, row.column, row.check);
        self.rows.sort_by_key(place);
        self.rows.dedup_by(|one, other| place(one) == place(other));
        self.rows
    }
}

/// Line and column, both from 1.
pub fn place(span: Span) -> (usize, usize) {
    let start = span.start();
    (start.line, start.column + 1)
}
