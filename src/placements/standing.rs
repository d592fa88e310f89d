//! Where a stored placement's guarantee stands at an instant: the pure calendar and checklist over its frozen terms. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::guarantee::{
    Calendar, CalendarError, Cause, Closing, Course, Departure, Evidence, Exclusivity, Line, LineKind, Payment, Span,
    Specification, Started, Terms, Verdict, checklist,
};
use super::store::hires::{Detail, ListRow};
use super::{ClaimState, State};
use crate::error::{AppError, AppResult};
use crate::zones::Zone;

/// A guarantee at an instant.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The frozen terms.
    pub terms: Terms,
    /// The client's zone.
    pub zone: Zone,
    /// The calendar; `None` when the promise does not reach this placement.
    pub calendar: Option<Calendar>,
    /// The nine lines, as they would be judged now; empty without a calendar.
    pub lines: Vec<Line>,
}

/// A line as staff left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// As the rule judged it.
    #[serde(flatten)]
    pub line: Line,
    /// What staff made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Overridden>,
}

/// A line that a person judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// The person's verdict.
    pub verdict: Verdict,
    /// Why; shown to both sides.
    pub reason: String,
}

impl Judged {
    /// What counts.
    pub fn verdict(&self) -> Verdict {
        self.overridden
            .as_ref()
            .map_or(self.line.verdict, |overridden| overridden.verdict)
    }
}

/// What staff want to judge otherwise.
pub type Override = (LineKind, Verdict, String);

/// The lines with staff's overrides.
pub fn judge(lines: Vec<Line>, overrides: &[Override]) -> Vec<Judged> {
    lines
        .into_iter()
        .map(|line| {
            let found = overrides
                .iter()
                .find(|(kind, verdict, _)| *kind == line.line && *verdict != line.verdict);
            let overridden = found.map(|(_, verdict, reason)| Overridden {
                verdict: *verdict,
                reason: reason.clone(),
            });
            Judged { line, overridden }
        })
        .collect()
}

/// The outcome of judged lines; `None` while one is not judged.
pub fn outcome(lines: &[Judged]) -> Option<ClaimState> {
    let any = |verdict| lines.iter().any(|line| line.verdict() == verdict);
    if any(Verdict::Fail) {
        Some(ClaimState::Ineligible)
    } else if any(Verdict::Pending) {
        None
    } else {
        Some(ClaimState::Eligible)
    }
}

/// Where a guarantee stands.
pub fn standing(it: &Detail, now: DateTime<Utc>) -> AppResult<Standing> {
    let claimed = it.claim_day.filter(|_| it.claim_state != Some(ClaimState::Withdrawn));
    let departure = match (claimed, it.last_working_day) {
        (Some(day), _) => Some(departed(day, it.claim_cause.as_deref().unwrap_or_default())),
        (None, Some(day)) => Some(departed(day, &it.end_cause)),
        (None, None) => None,
    };
    let notices: Vec<DateTime<Utc>> = claimed.and(it.claim_at).into_iter().collect();
    let never = matches!(it.state, State::NoShow | State::CancelledBeforeStart);
    let refused = it
        .claim_decided_at
        .filter(|_| it.claim_state == Some(ClaimState::Ineligible));
    let closed = refused
        .or(it.ended_at.filter(|_| never))
        .map(|at| (Closing::Voided, at));
    let course = Course {
        start: it.start_on,
        span: serde_json::from_value(it.span.clone())?,
        zone: Zone::parse(&it.zone).map_err(AppError::internal)?,
        pauses: &[],
        holidays: &[],
        departure: departure.as_ref(),
        notices: &notices,
        closed,
    };
    let facts = Evidence {
        started: if never { Started::Never } else { Started::ByDate },
        payment: Payment::Unknown,
        replacements_used: u16::try_from(it.replacement_number).unwrap_or(0),
        exclusivity: Exclusivity::NotAccepted,
        specification: if it.same_specification {
            Specification::Same
        } else {
            Specification::Changed
        },
    };
    let terms: Terms = serde_json::from_value(it.terms.clone())?;
    let calendar = reached(Calendar::at(&terms, &course, now))?;
    let lines = calendar
        .as_ref()
        .map(|calendar| checklist(&terms, &course, calendar, &facts, now))
        .unwrap_or_default();
    Ok(Standing {
        zone: course.zone,
        terms,
        calendar,
        lines,
    })
}

/// The calendar of one line of a list, without claims: day n of m and the last covered date.
pub fn calendar_of(row: &ListRow, now: DateTime<Utc>) -> AppResult<Option<Calendar>> {
    let terms: Terms = serde_json::from_value(row.terms.clone())?;
    let span: Span = serde_json::from_value(row.span.clone())?;
    let zone = Zone::parse(&row.zone).map_err(AppError::internal)?;
    reached(Calendar::at(&terms, &plain(row.start_on, span, zone), now))
}

/// A course without anything having happened.
pub fn plain(start: chrono::NaiveDate, span: Span, zone: Zone) -> Course<'static> {
    Course {
        start,
        span,
        zone,
        pauses: &[],
        holidays: &[],
        departure: None,
        notices: &[],
        closed: None,
    }
}

/// A promise that does not reach a placement is an ordinary answer; other errors are faults of stored data.
pub fn reached(found: Result<Calendar, CalendarError>) -> AppResult<Option<Calendar>> {
    match found {
        Ok(calendar) => Ok(Some(calendar)),
        Err(CalendarError::NotCovered) => Ok(None),
        Err(error) => Err(AppError::internal(error)),
    }
}

fn departed(last_working_day: chrono::NaiveDate, cause: &str) -> Departure {
    Departure {
        last_working_day,
        cause: Cause::parse(cause),
        circumstances: Vec::new(),
    }
}
