//! What a guarantee claim is judged by: nine lines, each with a verdict and its evidence, the same for both sides.

use super::calendar::{Calendar, Course, Departure};
use crate::organizations::terms::{Cause, DayKind, ExclusivityRule, PaymentRule, Terms};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The nine lines, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The placement started.
    Started,
    /// The last working day is a covered date.
    DepartureInside,
    /// The cause is one that the agreement covers.
    CauseCovered,
    /// Nothing that the agreement excludes.
    NoExclusion,
    /// Notice came inside the notice window.
    NoticeInTime,
    /// The payment rule was met at notice.
    PaymentRule,
    /// The chain has replacements left.
    ReplacementsLeft,
    /// Exclusivity was accepted.
    Exclusivity,
    /// The work is still what the snapshot says.
    SameSpecification,
}

impl LineKind {
    /// All lines in order.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::DepartureInside,
        Self::CauseCovered,
        Self::NoExclusion,
        Self::NoticeInTime,
        Self::PaymentRule,
        Self::ReplacementsLeft,
        Self::Exclusivity,
        Self::SameSpecification,
    ];

    /// The name in JSON, in the database and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::DepartureInside => "departure_inside",
            Self::CauseCovered => "cause_covered",
            Self::NoExclusion => "no_exclusion",
            Self::NoticeInTime => "notice_in_time",
            Self::PaymentRule => "payment_rule",
            Self::ReplacementsLeft => "replacements_left",
            Self::Exclusivity => "exclusivity",
            Self::SameSpecification => "same_specification",
        }
    }

    /// The line of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The line's title on a page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Started => "Placement started",
            Self::DepartureInside => "Departure inside the window",
            Self::CauseCovered => "Cause covered",
            Self::NoExclusion => "No exclusion",
            Self::NoticeInTime => "Notice in time",
            Self::PaymentRule => "Payment rule",
            Self::ReplacementsLeft => "Replacements left in this chain",
            Self::Exclusivity => "Exclusivity accepted",
            Self::SameSpecification => "Same specification",
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Met.
    Pass,
    /// Not met.
    Fail,
    /// The agreement does not ask for it.
    NotApplicable,
    /// Cannot be judged yet.
    Pending,
}

impl Verdict {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not_applicable",
            Self::Pending => "pending",
        }
    }

    /// The word beside the mark on a page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pass => "met",
            Self::Fail => "not met",
            Self::NotApplicable => "does not apply",
            Self::Pending => "not judged yet",
        }
    }
}

/// One judged line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which line.
    pub line: LineKind,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in words for both sides.
    pub evidence: String,
}

/// Whether the person came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// By the start date, nobody said otherwise.
    ByDate,
    /// The person never came: a no-show, which is no claim.
    Never,
}

/// How the client's payments stand at the instant of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// Nobody has looked.
    Unknown,
    /// Everything due was paid.
    Paid,
    /// Something due was not.
    Overdue,
}

/// Whether the client accepted exclusivity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusivity {
    /// On that date.
    Accepted(NaiveDate),
    /// Never.
    NotAccepted,
}

/// The work asked for, against the snapshot of the placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Specification {
    /// As it was frozen.
    Same,
    /// Something that the match was computed from has changed.
    Changed,
}

/// Facts about a claim that the calendar does not hold.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    /// Whether the person came.
    pub started: Started,
    /// Payments at notice.
    pub payment: Payment,
    /// Replacements that the chain has already had.
    pub replacements_used: u16,
    /// Exclusivity.
    pub exclusivity: Exclusivity,
    /// The specification.
    pub specification: Specification,
}

/// The nine lines as they stand at `now`: with a departure, what the claim is judged by; without, what one made today would be.
pub fn checklist(
    terms: &Terms,
    course: &Course<'_>,
    calendar: &Calendar,
    facts: &Evidence,
    now: DateTime<Utc>,
) -> Vec<Line> {
    let never = facts.started == Started::Never;
    LineKind::ALL
        .into_iter()
        .map(|line| {
            let (verdict, evidence) = match line {
                LineKind::Started => started(course, calendar, facts, now),
                _ if never => (
                    Verdict::NotApplicable,
                    "never started: a no-show, not a claim".to_owned(),
                ),
                LineKind::DepartureInside => departure_inside(course, calendar, now),
                LineKind::CauseCovered => cause_covered(terms, course.departure),
                LineKind::NoExclusion => no_exclusion(terms, course.departure),
                LineKind::NoticeInTime => notice_in_time(terms, course, calendar, now),
                LineKind::PaymentRule => payment(terms, facts, course, now),
                LineKind::ReplacementsLeft => replacements_left(terms, facts),
                LineKind::Exclusivity => exclusivity(terms, facts),
                LineKind::SameSpecification => same_specification(facts),
            };
            Line {
                line,
                verdict,
                evidence,
            }
        })
        .collect()
}

/// A date as pages and evidence write it: 1 Dec 2026.
pub fn day_text(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

fn started(course: &Course<'_>, calendar: &Calendar, facts: &Evidence, now: DateTime<Utc>) -> (Verdict, String) {
    let start = day_text(course.start);
    let left_before = course
        .departure
        .is_some_and(|departure| departure.last_working_day < course.start);
    if facts.started == Started::Never {
        (Verdict::Fail, format!("never started; {start} was agreed"))
    } else if left_before {
        (Verdict::Fail, format!("left before the first paid day, {start}"))
    } else if now < calendar.starts_at {
        (Verdict::Pending, format!("first paid day {start}"))
    } else {
        (Verdict::Pass, format!("first paid day {start}"))
    }
}

fn departure_inside(course: &Course<'_>, calendar: &Calendar, now: DateTime<Utc>) -> (Verdict, String) {
    let last = day_text(calendar.last_covered);
    let Some(departure) = course.departure else {
        return if now < calendar.starts_at {
            (
                Verdict::Pending,
                format!("any last working day from the start through {last}"),
            )
        } else if now < calendar.ends_at {
            (Verdict::Pass, format!("any last working day through {last}"))
        } else if now < calendar.last_notice.before {
            let until = day_text(calendar.last_notice.date);
            (
                Verdict::Pending,
                format!("covered through {last}; such a departure can be notified until {until}"),
            )
        } else {
            (Verdict::Fail, format!("covered through {last}"))
        };
    };
    let left = day_text(departure.last_working_day);
    match calendar.day_of(departure.last_working_day) {
        Some(day) => (
            Verdict::Pass,
            format!("last working day {left}, day {day} of {}", calendar.days),
        ),
        None => (
            Verdict::Fail,
            format!(
                "last working day {left}; covered {} through {last}",
                day_text(course.start)
            ),
        ),
    }
}

fn cause_covered(terms: &Terms, departure: Option<&Departure>) -> (Verdict, String) {
    if terms.covered_causes.is_empty() {
        return (
            Verdict::NotApplicable,
            "the agreement names no causes: any departure counts".to_owned(),
        );
    }
    let covered = words(&terms.covered_causes);
    match departure.map(|departure| departure.cause) {
        None => (
            Verdict::Pending,
            format!("judged by the cause given; covered: {covered}"),
        ),
        Some(None) => (Verdict::Pending, format!("no cause given yet; covered: {covered}")),
        Some(Some(cause)) if terms.covered_causes.contains(&cause) => (Verdict::Pass, cause.words().to_owned()),
        Some(Some(cause)) => (Verdict::Fail, format!("{}; covered: {covered}", cause.words())),
    }
}

fn no_exclusion(terms: &Terms, departure: Option<&Departure>) -> (Verdict, String) {
    if terms.exclusions.is_empty() {
        return (Verdict::NotApplicable, "the agreement excludes nothing".to_owned());
    }
    let Some(departure) = departure else {
        return (Verdict::Pending, format!("excluded: {}", words(&terms.exclusions)));
    };
    let named = departure.cause.iter().chain(&departure.circumstances);
    let hits: Vec<Cause> = named
        .copied()
        .filter(|cause| terms.exclusions.contains(cause))
        .collect();
    if !hits.is_empty() {
        (Verdict::Fail, format!("excluded: {}", words(&hits)))
    } else if departure.cause.is_none() {
        (Verdict::Pending, "no cause given yet".to_owned())
    } else {
        (Verdict::Pass, "none of the excluded circumstances".to_owned())
    }
}

/// The notice window in words: 5 business days.
pub fn notice_window(terms: &Terms) -> String {
    let kind = match terms.notice_day_kind {
        DayKind::Calendar => "calendar",
        DayKind::Business => "business",
    };
    format!("{} {kind} days", terms.notice_business_days)
}

fn notice_in_time(terms: &Terms, course: &Course<'_>, calendar: &Calendar, now: DateTime<Utc>) -> (Verdict, String) {
    let days = notice_window(terms);
    let Some(deadline) = calendar.notice_deadline else {
        return (
            Verdict::Pending,
            format!("judged when notice is given: within {days} of the last working day"),
        );
    };
    let until = day_text(deadline.date);
    match course.notices.iter().filter(|&&notice| notice <= now).min() {
        Some(&notice) => {
            let given = day_text(course.zone.local_date(notice));
            let verdict = if notice < deadline.before {
                Verdict::Pass
            } else {
                Verdict::Fail
            };
            (verdict, format!("notice on {given}; {days} end on {until}"))
        }
        None if now < deadline.before => (
            Verdict::Pending,
            format!("no notice yet; in time until the end of {until}"),
        ),
        None => (Verdict::Fail, format!("no notice by the end of {until}")),
    }
}

fn payment(terms: &Terms, facts: &Evidence, course: &Course<'_>, now: DateTime<Utc>) -> (Verdict, String) {
    if terms.payment_rule == PaymentRule::None {
        return (Verdict::NotApplicable, "none in this agreement".to_owned());
    }
    if !course.notices.iter().any(|&notice| notice <= now) {
        return (
            Verdict::Pending,
            "judged at the instant of notice: every invoice due is paid".to_owned(),
        );
    }
    match facts.payment {
        Payment::Unknown => (Verdict::Pending, "nobody has confirmed the payments yet".to_owned()),
        Payment::Paid => (Verdict::Pass, "every invoice due at notice was paid".to_owned()),
        Payment::Overdue => (Verdict::Fail, "an invoice due at notice was not paid".to_owned()),
    }
}

fn replacements_left(terms: &Terms, facts: &Evidence) -> (Verdict, String) {
    let most = terms.most_replacements;
    let left = most.saturating_sub(facts.replacements_used);
    match (most, left) {
        (0, _) => (Verdict::NotApplicable, "the agreement gives no replacement".to_owned()),
        (_, 0) => (Verdict::Fail, format!("none left of {most}")),
        _ => (Verdict::Pass, format!("{left} of {most} left")),
    }
}

fn exclusivity(terms: &Terms, facts: &Evidence) -> (Verdict, String) {
    match (terms.exclusivity, facts.exclusivity) {
        (ExclusivityRule::None, _) => (Verdict::NotApplicable, "not asked for in this agreement".to_owned()),
        (ExclusivityRule::Required, Exclusivity::Accepted(date)) => {
            (Verdict::Pass, format!("accepted on {}", day_text(date)))
        }
        (ExclusivityRule::Required, Exclusivity::NotAccepted) => {
            (Verdict::Fail, "asked for and not accepted".to_owned())
        }
    }
}

fn same_specification(facts: &Evidence) -> (Verdict, String) {
    match facts.specification {
        Specification::Same => (Verdict::Pass, "as frozen with the placement".to_owned()),
        Specification::Changed => (
            Verdict::Fail,
            "what is asked for has changed since the placement".to_owned(),
        ),
    }
}

fn words(causes: &[Cause]) -> String {
    let all: Vec<&str> = causes.iter().map(|cause| cause.words()).collect();
    all.join(", ")
}
