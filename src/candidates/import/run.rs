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
use serde_json::json;
use sqlx::PgConnection;

use super::errors_file::{self, unguard};
use super::source::{Record, Records, Refusal, Shape, inspect};
use super::store::{self as import_store, Known};
use super::{ERROR_COLUMN, ErrorsFile, ImportedCandidate, Mapping, RowError};
use crate::candidates::ledger::{Kind, Source};
use crate::candidates::profile::{Details, Hours};
use crate::candidates::store::{self, NewCandidate, NewClaim, Skills};
use crate::candidates::{Origin, actions::Subject};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, ClaimId, TrackId};
use crate::money::Rate;
use crate::tracks::skills::{Confidence, fold};

/// Rows of one transaction.
const BATCH: usize = 200;

/// What an import did.
#[derive(Debug, Default, Serialize)]
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
    /// Where the rejected rows are.
    pub errors_file: Option<PathBuf>,
    /// Names that the taxonomy does not know, with the number of people who named them.
    pub unknown_skills: BTreeMap<String, u64>,
    /// Names that were taken for a skill without certainty: name -> slug.
    pub guessed_skills: BTreeMap<String, String>,
    /// Columns that the mapping neither uses nor drops.
    pub unmentioned_columns: Vec<String>,
    /// How the file was read.
    pub encoding: String,
    /// Nothing was kept.
    pub dry_run: bool,
}

/// Why an import ended early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not read; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
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

/// Imports a file. `progress` hears how many rows of how many are done.
pub async fn import(
    db: &Db,
    by: &Actor,
    now: DateTime<Utc>,
    job: &Job<'_>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Report, ImportError> {
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
    let setting = Setting::load(&mut tx, by, now, job.mapping).await?;
    let mut errors = ErrorsFile::new(
        job.errors.clone().unwrap_or_else(|| job.table.errors_path()),
        table.shape.separator,
        &table.header,
    );
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
            errors.add(cells, reasons).map_err(ImportError::ErrorsFile)?;
        }
        progress(report.read, table.shape.rows);
    }
    tx.rollback().await.map_err(AppError::from)?;
    report.errors_file = errors.finish().map_err(ImportError::ErrorsFile)?;
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
struct Setting {
    source: String,
    track: TrackId,
    skills: Skills,
}

impl Setting {
    async fn load(
        tx: &mut PgConnection,
        by: &Actor,
        now: DateTime<Utc>,
        mapping: &Mapping,
    ) -> Result<Self, ImportError> {
        let mut tracks = store::tracks(tx).await?;
        if tracks.is_empty() {
            // An installation that has not been opened yet.
            crate::tracks::seed::load(tx, by, now).await?;
            tracks = store::tracks(tx).await?;
        }
        let found = match &mapping.track {
            Some(slug) => tracks.iter().find(|(_, known, _)| known == slug),
            None => tracks.first(),
        };
        let track = found
            .map(|(id, _, _)| *id)
            .ok_or_else(|| ImportError::NoTrack(mapping.track.clone().unwrap_or_default()))?;
        Ok(Self {
            source: mapping.source.clone(),
            track,
            skills: store::skills(tx).await?,
        })
    }
}

/// One transaction's worth of rows.
struct Batch<'a> {
    tx: &'a mut PgConnection,
    by: &'a Actor,
    now: DateTime<Utc>,
    setting: &'a Setting,
    report: &'a mut Report,
    rejected: &'a mut Vec<(Vec<String>, Vec<RowError>)>,
}

impl Batch<'_> {
    async fn write(&mut self, rows: Vec<(ImportedCandidate, Vec<String>)>) -> AppResult<()> {
        import_store::wait_for_turn(self.tx).await?;
        let known = self.known(&rows).await?;
        let mut people = Vec::with_capacity(rows.len());
        for (row, cells) in rows {
            match who(&known, &self.setting.source, &row) {
                Ok(found) => people.push((row, found)),
                Err(reason) => {
                    let reasons = vec![RowError {
                        line: row.line,
                        column: None,
                        reason,
                    }];
                    self.rejected.push((cells, reasons));
                }
            }
        }
        let ids: Vec<CandidateId> = people
            .iter()
            .filter_map(|(_, found)| found.as_ref().map(|known| known.id))
            .collect();
        store::lock(self.tx, &ids).await?;
        let held: HashMap<CandidateId, store::Candidate> = store::load_all(self.tx, &ids)
            .await?
            .into_iter()
            .map(|held| (held.id, held))
            .collect();
        let claimed: HashMap<(CandidateId, Subject), Option<i16>> = store::standing(self.tx, &ids, Source::Import)
            .await?
            .into_iter()
            .map(|claim| ((claim.candidate, (claim.kind, claim.skill)), claim.value))
            .collect();
        let mut claims = Vec::new();
        for (row, found) in &people {
            match found.as_ref().and_then(|known| held.get(&known.id)) {
                Some(held) => self.refresh(row, held, &claimed, &mut claims).await?,
                None => self.add(row, &mut claims).await?,
            }
        }
        store::insert_claims(self.tx, &claims, self.now).await?;
        let mut touched: Vec<CandidateId> = claims.iter().map(|claim| claim.candidate).collect();
        touched.dedup();
        store::settle(self.tx, &touched).await
    }

    async fn known(&mut self, rows: &[(ImportedCandidate, Vec<String>)]) -> AppResult<Vec<Known>> {
        let ids: Vec<String> = rows.iter().filter_map(|(row, _)| row.external_id.clone()).collect();
        let emails: Vec<String> = rows.iter().filter_map(|(row, _)| row.email.clone()).collect();
        import_store::find_known(self.tx, &self.setting.source, &ids, &emails).await
    }

    async fn add(&mut self, row: &ImportedCandidate, claims: &mut Vec<NewClaim>) -> AppResult<()> {
        let id = CandidateId::new();
        let details = merged(&Details::default(), row);
        let external = row.external_id.as_deref().map(|id| (self.setting.source.as_str(), id));
        let new = NewCandidate {
            id,
            user: None,
            track: self.setting.track,
            origin: Origin::Import,
            external,
            details: &details,
        };
        store::insert(self.tx, &new, self.now).await?;
        for (subject, value) in self.subjects(row) {
            claims.push(self.claim(id, subject, value));
        }
        self.report.created += 1;
        let data = json!({ "origin": Origin::Import, "source": self.setting.source });
        events::record(
            self.tx,
            self.by,
            self.now,
            "candidate.created",
            ("candidate", id.0),
            data,
        )
        .await
    }

    async fn refresh(
        &mut self,
        row: &ImportedCandidate,
        held: &store::Candidate,
        claimed: &HashMap<(CandidateId, Subject), Option<i16>>,
        claims: &mut Vec<NewClaim>,
    ) -> AppResult<()> {
        let details = merged(&held.details, row);
        let changed = held.details.changed(&details);
        let before = claims.len();
        for (subject, value) in self.subjects(row) {
            if claimed.get(&(held.id, subject)) != Some(&value) {
                claims.push(self.claim(held.id, subject, value));
            }
        }
        let stated = claims.len() - before;
        if let (Some(external), None) = (&row.external_id, &held.external) {
            import_store::adopt(self.tx, held.id, &self.setting.source, external).await?;
        }
        if changed.is_empty() && stated == 0 {
            self.report.unchanged += 1;
            return Ok(());
        }
        if changed.is_empty() {
            store::touch(self.tx, &[held.id], self.now).await?;
        } else {
            store::update(self.tx, held.id, held.version, &details, self.now).await?;
        }
        self.report.updated += 1;
        let data = json!({ "source": self.setting.source, "fields": changed, "claims": stated });
        events::record(
            self.tx,
            self.by,
            self.now,
            "candidate.imported_again",
            ("candidate", held.id.0),
            data,
        )
        .await
    }

    fn claim(&self, candidate: CandidateId, (kind, skill): Subject, value: Option<i16>) -> NewClaim {
        NewClaim {
            id: ClaimId::new(),
            candidate,
            kind,
            skill,
            value,
            source: Source::Import,
            note: String::new(),
            stated_by: self.by.user_id(),
            verified_by: None,
        }
    }

    /// What the row claims; names that the taxonomy does not know are counted instead.
    fn subjects(&mut self, row: &ImportedCandidate) -> Vec<(Subject, Option<i16>)> {
        let plain = [
            (Kind::EnglishSpeaking, row.english_speaking),
            (Kind::EnglishWriting, row.english_writing),
            (Kind::Years, row.years),
        ];
        let mut subjects: Vec<(Subject, Option<i16>)> = plain
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(kind, value)| ((kind, None), value))
            .collect();
        for skill in &row.skills {
            let found = match &skill.slug {
                Some(slug) => self.setting.skills.by_slug(slug).map(|id| (id, Confidence::Sure)),
                None => self.setting.skills.find(&skill.name),
            };
            let Some((id, confidence)) = found else {
                *self.report.unknown_skills.entry(skill.name.clone()).or_default() += 1;
                continue;
            };
            if confidence == Confidence::Guess {
                let slug = self
                    .setting
                    .skills
                    .taxonomy
                    .find(&skill.name)
                    .map(|(slug, _)| slug.to_owned());
                self.report
                    .guessed_skills
                    .insert(fold(&skill.name), slug.unwrap_or_default());
            }
            let subject = (Kind::Skill, Some(id));
            match subjects.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, level)) => *level = (*level).max(skill.level),
                None => subjects.push((subject, skill.level)),
            }
        }
        subjects
    }
}

/// Whom a row means; none: somebody new.
fn who(known: &[Known], source: &str, row: &ImportedCandidate) -> Result<Option<Known>, String> {
    let of_source = |k: &&Known| k.external_source.as_deref() == Some(source);
    let by_id = row.external_id.as_ref().and_then(|id| {
        known
            .iter()
            .find(|k| of_source(k) && k.external_id.as_ref() == Some(id))
    });
    let by_email = row
        .email
        .as_ref()
        .and_then(|email| known.iter().find(|k| k.email.as_ref() == Some(email)));
    match (by_id, by_email) {
        (Some(one), Some(other)) if one.id != other.id => Err(format!(
            "the external id is M-{}'s, but the e-mail is M-{}'s; correct one of them",
            one.code, other.code
        )),
        (None, Some(other)) if row.external_id.is_some() && of_source(&other) => Err(format!(
            "the e-mail is M-{}'s, who has another external id in this source",
            other.code
        )),
        (found, other) => Ok(found.or(other).cloned()),
    }
}

/// The profile with what the row states; what it does not state stays as it was.
fn merged(held: &Details, row: &ImportedCandidate) -> Details {
    let or = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    Details {
        name: or(&row.name, &held.name),
        email: or(&row.email, &held.email),
        phone: or(&row.phone, &held.phone),
        country: or(&row.country, &held.country),
        city: or(&row.city, &held.city),
        zone: row.zone.or(held.zone),
        hours: row
            .hours
            .map(|(start, end, days)| Hours { start, end, days })
            .or(held.hours),
        seniority: row.seniority.or(held.seniority),
        pay: row
            .pay
            .map(|(minor, currency, period)| Rate {
                minor,
                currency,
                period,
            })
            .or(held.pay),
        available_from: row.available_from.or(held.available_from),
        least_months: row.least_months.or(held.least_months),
        most_months: row.most_months.or(held.most_months),
        wishes: row.wishes.clone().unwrap_or_else(|| held.wishes.clone()),
        headline: row.headline.clone().unwrap_or_else(|| held.headline.clone()),
        links: row.links.clone().unwrap_or_else(|| held.links.clone()),
    }
}
