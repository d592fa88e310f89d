//! The mapping file: which column feeds which field.
//!
//! ```toml
//! source = "talent-sheet"            # names the file's origin; an external id is unique within it
//! track = "rust-actix"               # optional: the track the people belong to
//! drop = ["Age", "Gender"]           # these columns are never looked at
//!
//! [file]                             # optional
//! encoding = "windows-1252"          # utf-8, utf-16le, utf-16be, windows-1252; otherwise found by itself
//! separator = ";"                    # otherwise found by itself
//! empty = ["NA", "n/a"]              # cells that mean "no answer"
//!
//! [fields]                           # a value that is empty stays unknown, it is never filled in
//! external_id = { column = "No." }
//! name = { template = "{First name} {Last name}" }
//! email = { column = "E-mail" }
//! wishes = { template = "Wants {Wanted}", separator = ";" }   # several answers in a cell, written with commas
//! pay_currency = { constant = "USD" }
//! seniority = { column = "Years", ranges = [{ to = 2, value = "junior" }, { from = 3, to = 5, value = "mid" }, { from = 6, value = "senior" }] }
//!
//! [fields.zone]
//! column = "Country"
//! values = { Colombia = "America/Bogota", Brazil = "" }   # "" = unknown on purpose: several zones
//! unlisted = "unknown"                                    # or "keep" (the cell as it is), or "reject" (an error; the default)
//!
//! [[skills]]
//! columns = ["Languages", "Databases"]
//! separator = ";"                    # several skills in a cell
//! level_separator = ":"              # optional: "rust:4;tokio:3"
//! names = { "Actix 4" = "actix-web" } # beyond the taxonomy's own names and aliases
//! ignore = ["Other"]
//! ```
//!
//! Fields: `external_id`, `name`, `email`, `phone`, `country`, `city`, `zone`, `work_start`, `work_end` ("09:00"),
//! `work_days` ("mon-fri", "mon;wed;fri"), `seniority` (junior, mid, senior), `years`, `english_speaking`,
//! `english_writing` (A1 to C2, native), `pay`, `pay_currency`, `pay_period` (hour, month, year), `available_from`
//! (2026-12-01), `least_months`, `most_months`, `wishes`, `headline`, `links`. A person needs an `external_id` or an
//! `email`: without one the next import could not find them again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::source::{Encoding, Refusal};

/// A parsed mapping file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Origin of the file; the namespace of external ids.
    pub source: String,
    /// Slug of the track; the first one when absent.
    #[serde(default)]
    pub track: Option<String>,
    /// Columns that are never looked at.
    #[serde(default)]
    pub drop: Vec<String>,
    /// How the file is written.
    #[serde(default)]
    pub file: FileFormat,
    /// What feeds the fields of a profile.
    #[serde(default)]
    pub(super) fields: BTreeMap<Field, FieldSpec>,
    /// What feeds the ledger's skills.
    #[serde(default)]
    pub(super) skills: Vec<SkillsSpec>,
}

/// How the file is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFormat {
    /// Found by itself when absent.
    pub encoding: Option<Encoding>,
    /// Found by itself when absent.
    pub separator: Option<char>,
    /// Cells that mean "no answer".
    #[serde(default)]
    pub empty: Vec<String>,
}

/// A field of a profile that an import can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the columns of candidates")]
pub enum Field {
    ExternalId,
    Name,
    Email,
    Phone,
    Country,
    City,
    Zone,
    WorkStart,
    WorkEnd,
    WorkDays,
    Seniority,
    Years,
    EnglishSpeaking,
    EnglishWriting,
    Pay,
    PayCurrency,
    PayPeriod,
    AvailableFrom,
    LeastMonths,
    MostMonths,
    Wishes,
    Headline,
    Links,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldSpec {
    column: Option<String>,
    constant: Option<String>,
    template: Option<String>,
    separator: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    ranges: Vec<Range>,
    #[serde(default)]
    unlisted: Option<Unlisted>,
}

/// A closed range of numbers and what it means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    from: Option<f64>,
    to: Option<f64>,
    value: String,
}

/// What a cell means that `values` does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unlisted {
    Reject,
    Unknown,
    Keep,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkillsSpec {
    pub columns: Vec<String>,
    pub separator: Option<String>,
    pub level_separator: Option<String>,
    #[serde(default)]
    pub names: HashMap<String, String>,
    #[serde(default)]
    pub ignore: Vec<String>,
}

impl Mapping {
    /// Reads the text of a mapping file and checks that it makes sense by itself.
    ///
    /// # Errors
    /// A sentence for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
        mapping.check()?;
        Ok(mapping)
    }

    fn check(&self) -> Result<(), String> {
        if self.source.trim().is_empty() || self.source.len() > 80 {
            return Err("source needs a name of at most 80 characters, for instance source = \"talent-sheet\"".into());
        }
        if !self.fields.contains_key(&Field::ExternalId) && !self.fields.contains_key(&Field::Email) {
            return Err(
                "fields needs external_id or email: without one a second import could not find the people again".into(),
            );
        }
        for (field, spec) in &self.fields {
            spec.check().map_err(|why| format!("fields.{field:?}: {why}"))?;
        }
        let used: BTreeSet<&str> = self.columns().into_iter().collect();
        match self.drop.iter().find(|column| used.contains(column.as_str())) {
            Some(column) => Err(format!("the column \"{column}\" is dropped and used at the same time")),
            None => Ok(()),
        }
    }

    /// Every column that the mapping reads.
    pub(super) fn columns(&self) -> Vec<&str> {
        let fields = self.fields.values().flat_map(FieldSpec::columns);
        let skills = self
            .skills
            .iter()
            .flat_map(|skills| skills.columns.iter().map(String::as_str));
        fields.chain(skills).collect()
    }

    /// Where the mapping's columns stand in a file with this header.
    pub fn bind(&self, header: &[String]) -> Result<Bound<'_>, Refusal> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut twice = BTreeSet::new();
        for (at, name) in header.iter().enumerate() {
            if places.insert(name.trim(), at).is_some() {
                twice.insert(name.trim());
            }
        }
        let mut missing: Vec<String> = Vec::new();
        let mut bound = HashMap::new();
        for column in self.columns() {
            match places.get(column) {
                Some(_) if twice.contains(column) => return Err(Refusal::AmbiguousColumn(column.to_owned())),
                Some(at) => {
                    bound.insert(column.to_owned(), *at);
                }
                None if missing.iter().any(|known| known == column) => {}
                None => missing.push(column.to_owned()),
            }
        }
        if missing.is_empty() {
            let empty = self.file.empty.iter().map(|word| word.trim().to_lowercase()).collect();
            Ok(Bound {
                mapping: self,
                places: bound,
                empty,
            })
        } else {
            let present = header.iter().map(|name| name.trim().to_owned()).collect();
            Err(Refusal::MissingColumns { missing, present })
        }
    }

    /// Columns of the file that the mapping neither reads nor drops.
    pub fn unmentioned<'h>(&self, header: &'h [String]) -> Vec<&'h str> {
        let used = self.columns();
        header
            .iter()
            .map(|name| name.trim())
            .filter(|name| !used.contains(name) && !self.drop.iter().any(|dropped| dropped == name))
            .filter(|name| !name.is_empty() && *name != super::ERROR_COLUMN)
            .collect()
    }
}

impl FieldSpec {
    fn check(&self) -> Result<(), String> {
        let origins = [self.column.is_some(), self.constant.is_some(), self.template.is_some()];
        if origins.into_iter().filter(|given| *given).count() != 1 {
            return Err("exactly one of column, constant and template is needed".into());
        }
        if !self.values.is_empty() && !self.ranges.is_empty() {
            return Err("values and ranges exclude each other".into());
        }
        if self.unlisted.is_some() && self.values.is_empty() {
            return Err("unlisted needs values".into());
        }
        if let Some(template) = &self.template {
            template_parts(template)?;
        }
        Ok(())
    }

    /// An answer as it is written into the field.
    fn spelled(&self, answer: &str) -> String {
        match &self.separator {
            Some(separator) => answer
                .split(separator.as_str())
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(", "),
            None => answer.to_owned(),
        }
    }

    pub(super) fn columns(&self) -> Vec<&str> {
        match (&self.column, &self.template) {
            (Some(column), _) => vec![column],
            (None, Some(template)) => template_parts(template)
                .unwrap_or_default()
                .into_iter()
                .filter_map(|part| match part {
                    Part::Column(column) => Some(column),
                    Part::Text(_) => None,
                })
                .collect(),
            (None, None) => Vec::new(),
        }
    }
}

enum Part<'a> {
    Text(&'a str),
    Column(&'a str),
}

fn template_parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        let (column, tail) = after.split_once('}').ok_or("a { in the template is never closed")?;
        parts.push(Part::Text(text));
        parts.push(Part::Column(column));
        rest = tail;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// A mapping laid over the header of one file.
pub struct Bound<'m> {
    pub(super) mapping: &'m Mapping,
    places: HashMap<String, usize>,
    empty: BTreeSet<String>,
}

impl Bound<'_> {
    /// The answer in a column: trimmed; none when empty or a word for "no answer".
    pub(super) fn answer<'r>(&self, cells: &'r [String], column: &str) -> Option<&'r str> {
        let cell = cells.get(*self.places.get(column)?)?.trim();
        (!cell.is_empty() && !self.empty.contains(&cell.to_lowercase())).then_some(cell)
    }

    /// What a field's specification makes of a row; none = unknown. The error names the column.
    pub(super) fn value(&self, cells: &[String], spec: &FieldSpec) -> Result<Option<String>, (Option<String>, String)> {
        if let Some(constant) = &spec.constant {
            return Ok(Some(constant.clone()));
        }
        let raw = match (&spec.column, &spec.template) {
            (Some(column), _) => self.answer(cells, column).map(|answer| spec.spelled(answer)),
            (None, Some(template)) => self.filled(cells, spec, template),
            (None, None) => None,
        };
        let Some(raw) = raw else { return Ok(None) };
        meaning(spec, raw).map_err(|why| (spec.column.clone(), why))
    }

    /// A template in which every column has an answer; otherwise it says nothing.
    fn filled(&self, cells: &[String], spec: &FieldSpec, template: &str) -> Option<String> {
        let mut text = String::new();
        for part in template_parts(template).ok()? {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Column(column) => text.push_str(&spec.spelled(self.answer(cells, column)?)),
            }
        }
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

fn meaning(spec: &FieldSpec, raw: String) -> Result<Option<String>, String> {
    if !spec.ranges.is_empty() {
        let number: f64 = raw.parse().map_err(|_| format!("\"{raw}\" is not a number"))?;
        let fits =
            |range: &&Range| range.from.is_none_or(|from| number >= from) && range.to.is_none_or(|to| number <= to);
        return match spec.ranges.iter().find(fits) {
            Some(range) => Ok(Some(range.value.clone()).filter(|value| !value.is_empty())),
            None => Err(format!("{raw} is in none of the mapping's ranges")),
        };
    }
    if spec.values.is_empty() {
        return Ok(Some(raw));
    }
    let lower = raw.to_lowercase();
    let listed = spec
        .values
        .iter()
        .find(|(key, _)| **key == raw || key.to_lowercase() == lower);
    match (listed, spec.unlisted.unwrap_or(Unlisted::Reject)) {
        (Some((_, value)), _) => Ok(Some(value.clone()).filter(|value| !value.is_empty())),
        (None, Unlisted::Unknown) => Ok(None),
        (None, Unlisted::Keep) => Ok(Some(raw)),
        (None, Unlisted::Reject) => Err(format!("\"{raw}\" is not among the mapping's values")),
    }
}
