//! `meridian guarantee`: the calendar and the checklist for auditors, from what stands on the command line alone.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

use super::guarantee::{
    Calendar, CalendarError, Cause, Course, Departure, Evidence, Exclusivity, Line, Milestone, Pause, Payment, Span,
    Specification, Started, State, Terms, TermsError, checklist,
};
use crate::countries::Country;
use crate::holidays::seed;
use crate::zones::Zone;

/// What is asked on the command line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The first day of paid work, which is day 1.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    start: NaiveDate,
    /// The client's IANA time zone, such as America/Santiago.
    #[arg(long, value_parser = Zone::parse)]
    zone: Zone,
    /// JSON with the terms that differ from the default promise: days, `day_kind` (calendar, business), holidays (country
    /// codes), `covered_causes`, exclusions, `notice_window`, `notice_day_kind`, `payment_rule`, exclusivity, `remedy_order`,
    /// `prorating_tiers` (`through_day`, percent), `credit_months`, `most_replacements`, `restart_policy` (none,
    /// `remaining_days`, full), `pause_policy` (none, extend), `check_in_days`.
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    /// An agreed pause, both ends included; may be given several times.
    #[arg(long = "pause", value_name = "A..B", value_parser = pause)]
    pauses: Vec<Pause>,
    /// The last working day of whoever left.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    departed: Option<NaiveDate>,
    /// Why they left: resigned, performance, conduct, unavailable, layoff, `scope_change`, relocation, `client_breach`, other.
    #[arg(long, requires = "departed", value_parser = cause)]
    cause: Option<Cause>,
    /// When the departure was notified, RFC 3339; may be given several times.
    #[arg(long = "notice", value_name = "INSTANT", requires = "departed", value_parser = instant)]
    notices: Vec<DateTime<Utc>>,
    /// The instant to compute for, RFC 3339, such as 2026-11-30T12:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: DateTime<Utc>,
    /// Print JSON: `{state, day, days, last_covered, starts_at, ends_at, milestones, checklist}`.
    #[arg(long)]
    json: bool,
}

/// Why nothing can be computed. Each is a mistake in what was asked.
#[derive(Debug, thiserror::Error)]
pub enum GuaranteeError {
    /// The file of terms cannot be read.
    #[error("the terms {path} cannot be read")]
    Unreadable {
        /// As given.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else than terms.
    #[error("the terms {path} are not understood")]
    NotTerms {
        /// As given.
        path: String,
        /// Which name or value, and what would be one.
        source: serde_json::Error,
    },
    /// Terms that cannot be kept.
    #[error("these terms cannot be kept: {0}")]
    Terms(#[from] TermsError),
    /// A country without shipped holidays.
    #[error("no holidays are known for {0}")]
    Holidays(String),
    /// No calendar.
    #[error("no guarantee can be computed: {0}")]
    Calendar(#[from] CalendarError),
}

/// The published shape.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    state: State,
    day: Option<u16>,
    days: u16,
    last_covered: NaiveDate,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    milestones: &'a [Milestone],
    checklist: &'a [Line],
}

/// Computes and gives the text to print.
pub fn run(arguments: &Arguments) -> Result<String, GuaranteeError> {
    let terms = terms(arguments)?;
    let holidays = holidays(&terms)?;
    let departure = arguments.departed.map(|last_working_day| Departure {
        last_working_day,
        cause: arguments.cause,
        circumstances: Vec::new(),
    });
    let course = Course {
        start: arguments.start,
        span: Span::Terms,
        zone: arguments.zone,
        pauses: &arguments.pauses,
        holidays: &holidays,
        departure: departure.as_ref(),
        notices: &arguments.notices,
        closed: None,
    };
    let calendar = Calendar::at(&terms, &course, arguments.at)?;
    // What only the agency's records could say stays open.
    let facts = Evidence {
        started: Started::ByDate,
        payment: Payment::Unknown,
        replacements_used: 0,
        exclusivity: Exclusivity::NotAccepted,
        specification: Specification::Same,
    };
    let lines = checklist(&terms, &course, &calendar, &facts, arguments.at);
    let printed = Printed {
        state: calendar.state,
        day: calendar.day,
        days: calendar.days,
        last_covered: calendar.last_covered,
        starts_at: calendar.starts_at,
        ends_at: calendar.ends_at,
        milestones: &calendar.milestones,
        checklist: &lines,
    };
    if arguments.json {
        return Ok(serde_json::to_string_pretty(&printed).unwrap_or_default());
    }
    Ok(text(&printed, arguments.zone))
}

fn terms(arguments: &Arguments) -> Result<Terms, GuaranteeError> {
    let Some(file) = &arguments.terms else {
        return Ok(Terms::default_promise());
    };
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| GuaranteeError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let terms: Terms = serde_json::from_str(&text).map_err(|source| GuaranteeError::NotTerms { path, source })?;
    terms.check()?;
    Ok(terms)
}

/// The shipped holidays of the countries that the terms name.
fn holidays(terms: &Terms) -> Result<Vec<NaiveDate>, GuaranteeError> {
    let shipped = seed::shipped();
    let mut days = Vec::new();
    for code in &terms.holidays {
        let country = Country::parse(code);
        let known = shipped.iter().find(|one| Country::parse(&one.code) == country);
        let known = known.ok_or_else(|| GuaranteeError::Holidays(code.clone()))?;
        days.extend(known.days.iter().map(|(day, _)| *day));
    }
    Ok(days)
}

fn text(printed: &Printed<'_>, zone: Zone) -> String {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let day = printed
        .day
        .map_or_else(String::new, |day| format!(", day {day} of {}", printed.days));
    let mut lines = vec![
        format!("{}{day}", printed.state.as_str()),
        format!("last covered {} in {zone}", printed.last_covered),
        format!("from {} to {}", instant(printed.starts_at), instant(printed.ends_at)),
    ];
    for milestone in printed.milestones {
        let day = milestone.day.map_or_else(String::new, |day| format!(" on day {day}"));
        lines.push(format!(
            "{} {}  {}{day}",
            milestone.date,
            instant(milestone.at),
            milestone.kind.words()
        ));
    }
    for line in printed.checklist {
        lines.push(format!(
            "{}: {} ({})",
            line.line.title(),
            line.verdict.words(),
            line.evidence
        ));
    }
    lines.join("\n")
}

fn date(text: &str) -> Result<NaiveDate, String> {
    // chrono alone would take 2026-1-2 and " 2026-01-02" too.
    let strict = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| strict)
        .ok_or_else(|| "not a date such as 2026-12-31".to_owned())
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| "not an instant such as 2026-12-31T23:59:59-05:00 or 2027-01-01T04:59:59Z".to_owned())
}

fn pause(text: &str) -> Result<Pause, String> {
    let (first, last) = text
        .split_once("..")
        .ok_or("give both ends, such as 2026-11-10..2026-11-12")?;
    let pause = Pause {
        first: date(first)?,
        last: date(last)?,
    };
    if pause.last < pause.first {
        return Err(CalendarError::Pause.to_string());
    }
    Ok(pause)
}

fn cause(text: &str) -> Result<Cause, String> {
    Cause::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Cause::ALL.into_iter().map(Cause::as_str).collect();
        format!("one of {}", known.join(", "))
    })
}
