//! One record becomes one typed person, or the reasons why not.

use chrono::{Datelike as _, NaiveDate};

use super::RowError;
use super::mapping::{Bound, Field};
use super::source::Record;
use super::words::{email_address, merge, minute, one_skill, weekdays};
use crate::money::{self, Currency, Period};
use crate::tracks::levels::{English, Seniority};
use crate::zones::Zone;

/// A row that can be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedCandidate {
    /// Where it starts in the file.
    pub line: u64,
    /// Unique within the mapping's source.
    pub external_id: Option<String>,
    /// Display name; none: an anonymous profile.
    pub name: Option<String>,
    /// Folded.
    pub email: Option<String>,
    /// As written.
    pub phone: Option<String>,
    /// Display only.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// A zone this installation knows.
    pub zone: Option<Zone>,
    /// Start and end in minutes after midnight, days as bits.
    pub hours: Option<(i16, i16, i16)>,
    /// A hint.
    pub seniority: Option<Seniority>,
    /// Whole years of work.
    pub years: Option<i16>,
    /// 1 = A1 to 7 = native.
    pub english_speaking: Option<i16>,
    /// 1 = A1 to 7 = native.
    pub english_writing: Option<i16>,
    /// Expected pay, minor units.
    pub pay: Option<(i64, Currency, Period)>,
    /// Free from.
    pub available_from: Option<NaiveDate>,
    /// Shortest engagement.
    pub least_months: Option<i16>,
    /// Longest engagement.
    pub most_months: Option<i16>,
    /// Free text.
    pub wishes: Option<String>,
    /// One line.
    pub headline: Option<String>,
    /// Free text.
    pub links: Option<String>,
    /// Names as written, or the mapping's slugs; found in the taxonomy later.
    pub skills: Vec<ImportedSkill>,
}

/// One named skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedSkill {
    /// As written.
    pub name: String,
    /// What the mapping says it means.
    pub slug: Option<String>,
    /// 1 to 5; none: named without a level.
    pub level: Option<i16>,
}

/// Collects what is wrong with one row.
struct Reader<'a> {
    bound: &'a Bound<'a>,
    record: &'a Record,
    wrong: Vec<RowError>,
}

impl Bound<'_> {
    /// Reads one row of a file with `columns` columns.
    ///
    /// # Errors
    /// Everything that is wrong with it, so that one mending is enough.
    pub fn read(&self, record: &Record, columns: usize) -> Result<ImportedCandidate, Vec<RowError>> {
        let mut reader = Reader {
            bound: self,
            record,
            wrong: Vec::new(),
        };
        if record.cells.len() != columns {
            reader.row(format!(
                "the row has {} cells, the header {columns}",
                record.cells.len()
            ));
            return Err(reader.wrong);
        }
        if record.cells.iter().any(|cell| cell.contains('\0')) {
            reader.row("the row holds a NUL character, which is no text".to_owned());
        }
        if record.cells.iter().any(|cell| cell.contains('\u{fffd}')) {
            reader.row("a character of the row is damaged: it does not fit the file's encoding".to_owned());
        }
        let candidate = reader.candidate();
        if reader.wrong.is_empty() {
            Ok(candidate)
        } else {
            Err(reader.wrong)
        }
    }
}

impl Reader<'_> {
    fn row(&mut self, reason: String) {
        self.wrong.push(RowError {
            line: self.record.line,
            column: None,
            reason,
        });
    }

    fn text(&mut self, field: Field, most: usize) -> Option<String> {
        let spec = self.bound.mapping.fields.get(&field)?;
        match self.bound.value(&self.record.cells, spec) {
            Ok(Some(value)) if value.chars().count() > most => {
                self.field(field, format!("longer than {most} characters"));
                None
            }
            Ok(value) => value,
            Err((column, reason)) => {
                self.wrong.push(RowError {
                    line: self.record.line,
                    column,
                    reason,
                });
                None
            }
        }
    }

    /// An error of a field, under its column's name.
    fn field(&mut self, field: Field, reason: String) {
        let column = self
            .bound
            .mapping
            .fields
            .get(&field)
            .and_then(|spec| spec.columns().first().map(|c| (*c).to_owned()));
        self.wrong.push(RowError {
            line: self.record.line,
            column,
            reason,
        });
    }

    fn parsed<T>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(field, 200)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.field(field, reason);
                None
            }
        }
    }

    fn candidate(&mut self) -> ImportedCandidate {
        let email = self.parsed(Field::Email, email_address);
        let external_id = self.text(Field::ExternalId, 200);
        if email.is_none() && external_id.is_none() && self.wrong.is_empty() {
            self.row("the row has neither an external id nor an e-mail: it could not be found again".to_owned());
        }
        ImportedCandidate {
            line: self.record.line,
            external_id,
            email,
            name: self.line(Field::Name),
            phone: self.line(Field::Phone),
            country: self.line(Field::Country),
            city: self.line(Field::City),
            zone: self.parsed(Field::Zone, |text| {
                Zone::find(text).ok_or_else(|| format!("\"{text}\" is no time zone; write one such as America/Bogota"))
            }),
            hours: self.hours(),
            seniority: self.parsed(Field::Seniority, |text| {
                Seniority::parse(&text.to_lowercase()).ok_or_else(|| format!("\"{text}\" is not junior, mid or senior"))
            }),
            years: self.number(Field::Years, 0, 60),
            english_speaking: self.english(Field::EnglishSpeaking),
            english_writing: self.english(Field::EnglishWriting),
            pay: self.pay(),
            available_from: self.parsed(Field::AvailableFrom, |text| {
                text.parse::<NaiveDate>()
                    .ok()
                    .filter(|day| (2000..2100).contains(&day.year()))
                    .ok_or_else(|| format!("\"{text}\" is no date such as 2026-12-01"))
            }),
            least_months: self.number(Field::LeastMonths, 1, 120),
            most_months: self.number(Field::MostMonths, 1, 120),
            wishes: self.text(Field::Wishes, 4_000),
            headline: self.line(Field::Headline),
            links: self.text(Field::Links, 2_000),
            skills: self.skills(),
        }
    }

    /// A text of one line.
    fn line(&mut self, field: Field) -> Option<String> {
        let text = self.text(field, 200)?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn number(&mut self, field: Field, least: i16, most: i16) -> Option<i16> {
        self.parsed(field, |text| match text.parse::<i16>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(format!("\"{text}\" is no whole number from {least} to {most}")),
        })
    }

    fn english(&mut self, field: Field) -> Option<i16> {
        self.parsed(field, |text| {
            English::parse(text)
                .map(English::number)
                .ok_or_else(|| format!("\"{text}\" is none of A1, A2, B1, B2, C1, C2, native"))
        })
    }

    fn hours(&mut self) -> Option<(i16, i16, i16)> {
        let start = self.parsed(Field::WorkStart, minute);
        let end = self.parsed(Field::WorkEnd, minute);
        let days = self.parsed(Field::WorkDays, weekdays);
        match (start, end, days) {
            (Some(start), Some(end), Some(days)) => Some((start, end, days)),
            (None, None, _) => None,
            _ => {
                if self.wrong.is_empty() {
                    self.row("working hours need a start, an end and days".to_owned());
                }
                None
            }
        }
    }

    fn pay(&mut self) -> Option<(i64, Currency, Period)> {
        let currency = self.parsed(Field::PayCurrency, |text| {
            text.parse::<Currency>().map_err(|e| e.to_string())
        });
        let period = self.parsed(Field::PayPeriod, |text| text.to_lowercase().parse::<Period>());
        let amount = self.text(Field::Pay, 40)?;
        let (Some(currency), Some(period)) = (currency, period) else {
            self.field(Field::Pay, "an expected pay needs a currency and a period".to_owned());
            return None;
        };
        match money::parse(&amount, currency) {
            Ok(minor) if minor > 0 => Some((minor, currency, period)),
            _ => {
                self.field(Field::Pay, format!("\"{amount}\" is no amount"));
                None
            }
        }
    }

    fn skills(&mut self) -> Vec<ImportedSkill> {
        let mut found: Vec<ImportedSkill> = Vec::new();
        for spec in &self.bound.mapping.skills {
            for column in &spec.columns {
                let Some(answer) = self.bound.answer(&self.record.cells, column) else {
                    continue;
                };
                let pieces: Vec<&str> = match &spec.separator {
                    Some(separator) => answer.split(separator.as_str()).collect(),
                    None => vec![answer],
                };
                for piece in pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()) {
                    match one_skill(spec, piece) {
                        Ok(Some(skill)) => merge(&mut found, skill),
                        Ok(None) => {}
                        Err(reason) => self.wrong.push(RowError {
                            line: self.record.line,
                            column: Some(column.clone()),
                            reason,
                        }),
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::import::Mapping;

    const MAPPING: &str = r#"
        source = "sheet"
        drop = ["Age"]
        [file]
        empty = ["NA"]
        [fields]
        external_id = { column = "Id" }
        name = { template = "{First} {Last}" }
        seniority = { column = "Years", ranges = [{ to = 2, value = "junior" }, { from = 3, to = 5, value = "mid" }, { from = 6, value = "senior" }] }
        years = { column = "Years" }
        zone = { column = "Country", values = { Colombia = "America/Bogota", Brazil = "" }, unlisted = "unknown" }
        work_start = { column = "From" }
        work_end = { column = "To" }
        work_days = { constant = "mon-fri" }
        [[skills]]
        columns = ["Skills"]
        separator = ";"
        level_separator = ":"
        names = { "Actix 4" = "actix-web" }
        ignore = ["Other"]
    "#;

    fn header() -> Vec<String> {
        ["Id", "First", "Last", "Years", "Country", "From", "To", "Skills", "Age"]
            .map(str::to_owned)
            .to_vec()
    }

    fn read(cells: &[&str]) -> Result<ImportedCandidate, Vec<RowError>> {
        let mapping = Mapping::parse(MAPPING).expect("a mapping");
        let bound = mapping.bind(&header()).expect("all columns");
        let record = Record {
            line: 7,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        };
        bound.read(&record, 9)
    }

    #[test]
    fn a_row_becomes_a_person_and_what_is_not_said_stays_unknown() {
        let full = read(&[
            "1",
            "Ana",
            "Paz",
            "4",
            "Colombia",
            "09:00",
            "24:00",
            "rust:4; Actix 4:3;Other;C++",
            "44",
        ]);
        let full = full.expect("a person");
        assert_eq!(full.name.as_deref(), Some("Ana Paz"));
        assert_eq!((full.seniority, full.years), (Some(Seniority::Mid), Some(4)));
        assert_eq!(full.zone.map(Zone::name), Some("America/Bogota"));
        assert_eq!(full.hours, Some((540, 0, 31)));
        let skills: Vec<_> = full
            .skills
            .iter()
            .map(|skill| (skill.name.as_str(), skill.level))
            .collect();
        assert_eq!(skills, [("rust", Some(4)), ("Actix 4", Some(3)), ("C++", None)]);
        assert_eq!(full.skills[1].slug.as_deref(), Some("actix-web"));
        let bare = read(&["2", "Rui", "NA", "NA", "Brazil", "", "", "", ""]).expect("a person");
        assert_eq!(
            (bare.name, bare.seniority, bare.zone, bare.hours),
            (None, None, None, None)
        );
        assert_eq!(bare.pay, None);
        assert!(bare.skills.is_empty());
    }

    #[test]
    fn every_fault_of_a_row_is_named_with_line_and_column() {
        let wrong = read(&["", "A", "B", "many", "Chile", "9", "30:00", "rust:9", ""]).expect_err("faults");
        let columns: Vec<_> = wrong
            .iter()
            .map(|error| error.column.as_deref().unwrap_or("-"))
            .collect();
        assert_eq!(columns, ["-", "To", "Years", "Years", "Skills"]);
        assert!(wrong.iter().all(|error| error.line == 7));
        let ragged = read(&["1", "A"]).expect_err("ragged");
        assert_eq!(ragged[0].reason, "the row has 2 cells, the header 9");
        let nul = read(&["1", "A\0", "B", "3", "", "", "", "", ""]).expect_err("a NUL");
        assert!(nul[0].reason.contains("NUL"));
    }

    #[test]
    fn a_mapping_that_cannot_be_meant_is_refused() {
        for (text, hint) in [
            ("source = \"\"\n[fields]\nemail = { column = \"E\" }", "source"),
            ("source = \"s\"", "external_id or email"),
            (
                "source = \"s\"\ndrop = [\"E\"]\n[fields]\nemail = { column = \"E\" }",
                "dropped and used",
            ),
            (
                "source = \"s\"\n[fields]\nemail = { column = \"E\", constant = \"x\" }",
                "exactly one",
            ),
            ("source = \"s\"\n[fields]\nemail = { colum = \"E\" }", "colum"),
            ("source = \"s\"\n[fields]\nshoe_size = { column = \"E\" }", "shoe_size"),
        ] {
            let error = Mapping::parse(text).expect_err(text);
            assert!(error.contains(hint), "{error}");
        }
        let mapping = Mapping::parse(MAPPING).expect("a mapping");
        let Err(refusal) = mapping.bind(&["Id".to_owned(), "Age".to_owned()]) else {
            panic!("columns are missing")
        };
        let words = refusal.to_string();
        assert!(
            words.contains("First, Last, Years") || words.contains("Years"),
            "{words}"
        );
        assert!(words.contains("The file has: Id, Age"), "{words}");
    }

    #[test]
    fn days_are_read_in_words() {
        assert_eq!(weekdays("mon-fri"), Ok(31));
        assert_eq!(weekdays("Sun-Thu"), Ok(0b100_1111));
        assert_eq!(weekdays("Monday, wed;FRI"), Ok(0b1_0101));
        assert!(weekdays("never").is_err());
    }
}
