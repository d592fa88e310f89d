//! Import of people from a CSV file by a mapping.
//!
//! A file is read twice: first for its encoding and shape, so that a file that cannot be read whole is refused before
//! anything is written; then row by row. A row that is wrong is left out and written, as it was, into an errors file with
//! the reason in a first column `import_error`; mended there, that file is imported by the same mapping.
//!
//! The rooms: `source` (bytes to records), [`mapping`] (what feeds which field), `row` (one record to one
//! [`ImportedCandidate`], or reasons why not), `errors_file`, and [`run`], which writes to the database in batches.

mod batch;
pub mod cli;
mod errors_file;
pub mod mapping;
mod row;
pub mod run;
mod source;
mod store;
mod words;

pub use errors_file::{ERROR_COLUMN, ErrorsFile};
pub use mapping::Mapping;
pub use row::{ImportedCandidate, ImportedSkill};
pub use source::{Encoding, MOST_RECORD_BYTES, Record, Records, Refusal, Shape, inspect};

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowError {
    /// The line in the file on which the row starts; the header is line 1.
    pub line: u64,
    /// The column at fault; none when the row as a whole is.
    pub column: Option<String>,
    /// What is wrong, for the person who mends it.
    pub reason: String,
}

impl std::fmt::Display for RowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}
