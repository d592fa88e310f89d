//! Carries an import out: batches in transactions, a report.
//!
//! A batch is all in or not at all. An import that is killed has committed whole batches; the same import again finds
//! those people unchanged and goes on, so it converges. A dry run does everything in one transaction and rolls it back.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::batch::Batch;
use super::errors_file::{self, unguard};
use super::source::{Record, Records, Refusal, Shape, inspect};
use super::{ERROR_COLUMN, ErrorsFile, ImportedCandidate, Mapping, RowError};
use crate::candidates::store::{self, Skills};
use crate::db::Db;
use crate::error::AppError;
use crate::events::Actor;
use crate::ids::TrackId;
use crate::tracks::store::open;

/// Rows of one transaction.
const BATCH: usize = 200;

/// Reasons that a dry run tells.
const REASONS: usize = 20;

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Rows below the header.
    pub read: u64,
    /// New people.
    pub created: u64,
    /// Known people with something new.
    pub updated: u64,
    /// Known people without.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub rejected: u64,
    /// Where the rejected rows are; none when there are none, or nothing is kept.
    pub errors_file: Option<PathBuf>,
    /// Where the file is that had this name before.
    pub earlier_errors_file: Option<PathBuf>,
    /// Why rows were not taken: the first ones, in a dry run, which writes no file.
    pub reasons: Vec<String>,
    /// Names that the taxonomy does not know, with the number of people who named them.
    pub unknown_skills: BTreeMap<String, u64>,
    /// Names that were taken for a skill without certainty: name -> slug.
    pub guessed_skills: BTreeMap<String, String>,
    /// What people changed by hand since, where the file says otherwise: "M-1001" -> names of fields. It stays as it is.
    pub kept: BTreeMap<String, Vec<&'static str>>,
    /// Columns that the mapping neither uses nor drops.
    pub unmentioned_columns: Vec<String>,
    /// How the file was read.
    pub encoding: String,
    /// Nothing was kept.
    pub dry_run: bool,
    /// Why the import ended before the end of the file.
    pub error: Option<String>,
}

/// Why an import ended early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not read; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The errors file would take the place of a file that the import reads.
    #[error("the errors file {} is {what} itself; name another one with --errors", .path.display())]
    Overwrites {
        /// The errors file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The errors file cannot be written.
    #[error("the errors file cannot be written: {0}")]
    ErrorsFile(#[source] io::Error),
    /// The mapping's track does not exist.
    #[error("there is no track \"{0}\"; the mapping's track is the slug of one")]
    NoTrack(String),
    /// The database said no. Batches before it are in.
    #[error("the database refused: {0:?}")]
    Database(AppError),
}

impl From<AppError> for ImportError {
    fn from(error: AppError) -> Self {
        Self::Database(error)
    }
}

/// Whether an import is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Kept.
    Write,
    /// Rolled back.
    DryRun,
}

/// Where the table is.
#[derive(Debug, Clone, Copy)]
pub enum Table<'a> {
    /// A file; it is opened twice.
    File(&'a Path),
    /// Compiled in.
    Bytes(&'static [u8]),
}

impl Table<'_> {
    fn open(self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(bytes),
        })
    }

    fn errors_path(self) -> PathBuf {
        match self {
            Self::File(path) => errors_file::path_for(path),
            Self::Bytes(_) => PathBuf::from("import.errors.csv"),
        }
    }
}

/// What to import.
#[derive(Debug)]
pub struct Job<'a> {
    /// The table.
    pub table: Table<'a>,
    /// What feeds what.
    pub mapping: &'a Mapping,
    /// Kept or not.
    pub mode: Mode,
    /// Where rejected rows go; beside the file when none.
    pub errors: Option<PathBuf>,
}

impl Job<'_> {
    fn errors_path(&self) -> Result<PathBuf, ImportError> {
        let path = self.errors.clone().unwrap_or_else(|| self.table.errors_path());
        if let Table::File(input) = self.table {
            refuse_same(&path, input, "the table")?;
        }
        Ok(path)
    }
}

/// Refuses an errors file that is this input, by whatever name: it would be gone. `what` is said of it.
pub fn refuse_same(errors: &Path, input: &Path, what: &'static str) -> Result<(), ImportError> {
    let taken = [errors.to_owned(), ErrorsFile::unfinished(errors)];
    if taken.iter().any(|path| errors_file::is_same_file(path, input)) {
        return Err(ImportError::Overwrites {
            path: errors.to_owned(),
            what,
        });
    }
    Ok(())
}

/// Imports a file. `progress` hears after each batch what is done, and how many rows there are.
pub async fn import(
    db: &Db,
    by: &Actor,
    now: DateTime<Utc>,
    job: &Job<'_>,
    mut progress: impl FnMut(&Report, u64),
) -> Result<Report, ImportError> {
    let errors_path = job.errors_path()?;
    let mut table = Rows::open(job)?;
    let mut report = Report {
        encoding: table.shape.encoding.name().to_owned(),
        unmentioned_columns: job
            .mapping
            .unmentioned(&table.header)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        dry_run: job.mode == Mode::DryRun,
        ..Report::default()
    };
    let mut tx = db.begin().await?;
    let setting = Setting::load(&mut tx, job.mapping).await?;
    let mut errors = ErrorsFile::new(errors_path, table.shape.separator, &table.header);
    let bound = job.mapping.bind(&table.header)?;
    loop {
        let rows = table.batch()?;
        if rows.is_empty() {
            break;
        }
        report.read += rows.len() as u64;
        let mut taken = Vec::with_capacity(rows.len());
        let mut rejected: Vec<(Vec<String>, Vec<RowError>)> = Vec::new();
        for record in rows {
            let read = bound
                .read(&record, table.header.len())
                .and_then(|person| table.seen.check(person));
            match read {
                Ok(person) => taken.push((person, record.cells)),
                Err(reasons) => rejected.push((record.cells, reasons)),
            }
        }
        let mut batch = Batch {
            tx: &mut tx,
            by,
            now,
            setting: &setting,
            report: &mut report,
            rejected: &mut rejected,
        };
        batch.write(taken).await?;
        if job.mode == Mode::Write {
            tx.commit().await.map_err(AppError::from)?;
            tx = db.begin().await?;
        }
        report.rejected += rejected.len() as u64;
        rejected.sort_by_key(|(_, reasons)| reasons.first().map_or(0, |reason| reason.line));
        for (cells, reasons) in &rejected {
            match job.mode {
                Mode::Write => errors.add(cells, reasons).map_err(ImportError::ErrorsFile)?,
                Mode::DryRun => {
                    let room = REASONS.saturating_sub(report.reasons.len());
                    report
                        .reasons
                        .extend(reasons.iter().take(room).map(ToString::to_string));
                }
            }
        }
        progress(&report, table.shape.rows);
    }
    tx.rollback().await.map_err(AppError::from)?;
    if let Some(written) = errors.finish().map_err(ImportError::ErrorsFile)? {
        report.errors_file = Some(written.path);
        report.earlier_errors_file = written.earlier;
    }
    Ok(report)
}

/// The file, opened, proven readable, its header read.
struct Rows {
    shape: Shape,
    header: Vec<String>,
    records: Records<Box<dyn Read>>,
    seen: Seen,
    /// The place of `import_error`, when the file is an errors file of ours.
    reasons: Option<usize>,
}

impl Rows {
    fn open(job: &Job<'_>) -> Result<Self, Refusal> {
        let format = &job.mapping.file;
        let shape = inspect(|| job.table.open(), format.encoding, format.separator)?;
        let mut records = Records::new(job.table.open()?, shape.encoding, shape.separator);
        let mut header = records.next()?.ok_or(Refusal::Empty)?.cells;
        let reasons = header.iter().position(|name| name.trim() == ERROR_COLUMN);
        if let Some(at) = reasons {
            header.remove(at);
            header = header.into_iter().map(unguard).collect();
        }
        // Said before anything is written.
        job.mapping.bind(&header)?;
        if shape.rows == 0 {
            return Err(Refusal::NoRows);
        }
        Ok(Self {
            shape,
            header,
            records,
            seen: Seen::default(),
            reasons,
        })
    }

    /// The next rows, as the original file had them.
    fn batch(&mut self) -> Result<Vec<Record>, Refusal> {
        let mut rows = Vec::with_capacity(BATCH);
        while rows.len() < BATCH {
            let Some(mut record) = self.records.next()? else { break };
            if let Some(at) = self.reasons {
                if at < record.cells.len() {
                    record.cells.remove(at);
                }
                record.cells = record.cells.into_iter().map(unguard).collect();
            }
            rows.push(record);
        }
        Ok(rows)
    }
}

/// Who stood in the file already.
#[derive(Default)]
struct Seen {
    external: HashMap<String, u64>,
    email: HashMap<String, u64>,
}

impl Seen {
    fn check(&mut self, person: ImportedCandidate) -> Result<ImportedCandidate, Vec<RowError>> {
        let twice = |what: &str, line: u64| {
            vec![RowError {
                line: person.line,
                column: None,
                reason: format!("the same {what} stands on line {line} already"),
            }]
        };
        let id = person.external_id.as_ref().and_then(|id| self.external.get(id));
        let email = person.email.as_ref().and_then(|email| self.email.get(email));
        if let Some(line) = id {
            return Err(twice("external id", *line));
        }
        if let Some(line) = email {
            return Err(twice("e-mail", *line));
        }
        if let Some(id) = &person.external_id {
            self.external.insert(id.clone(), person.line);
        }
        if let Some(email) = &person.email {
            self.email.insert(email.clone(), person.line);
        }
        Ok(person)
    }
}

/// What all rows share.
pub(super) struct Setting {
    pub source: String,
    pub track: TrackId,
    pub skills: Skills,
}

impl Setting {
    async fn load(tx: &mut PgConnection, mapping: &Mapping) -> Result<Self, ImportError> {
        let tracks = open::open(tx).await?;
        let found = match &mapping.track {
            Some(slug) => tracks.iter().find(|track| track.slug == *slug),
            None => tracks.first(),
        };
        let track = found
            .map(|track| track.id)
            .ok_or_else(|| ImportError::NoTrack(mapping.track.clone().unwrap_or_default()))?;
        Ok(Self {
            source: mapping.source.clone(),
            track,
            skills: store::skills(tx).await?,
        })
    }
}
