//! Where a guarantee stands at an instant: state, day n of m, the covered dates, deadlines and what comes next.

use crate::business_days::is_business_day;
use crate::organizations::terms::{Cause, DayKind, PausePolicy, Restart, Terms};
use crate::zones::Zone;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// More dates than this between start and end mean that somebody mistyped a pause: ten years.
const MOST_DATES: usize = 3_660;

/// The state of a guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The first day has not begun.
    Pending,
    /// A day of it is under way.
    Running,
    /// Today is inside an agreed pause.
    Paused,
    /// All days are over; a departure on one of them can still be notified inside the notice window.
    Satisfied,
    /// A departure inside the window was notified in time.
    ClaimOpen,
    /// Ended without effect (never started, broken by the client).
    Voided,
    /// Given up by the client, or never owed.
    Waived,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Running,
        Self::Paused,
        Self::Satisfied,
        Self::ClaimOpen,
        Self::Voided,
        Self::Waived,
    ];

    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Satisfied => "satisfied",
            Self::ClaimOpen => "claim_open",
            Self::Voided => "voided",
            Self::Waived => "waived",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An agreed pause; both ends are paused dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The first paused date.
    pub first: NaiveDate,
    /// The last paused date.
    pub last: NaiveDate,
}

/// How somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The last date on which the person worked.
    pub last_working_day: NaiveDate,
    /// Why; `None` while nobody has said.
    pub cause: Option<Cause>,
    /// What else held at the time: an exclusion counts even when the cause given is another one.
    pub circumstances: Vec<Cause>,
}

/// An end that people decided, apart from the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// See [`State::Voided`].
    Voided,
    /// See [`State::Waived`].
    Waived,
}

/// How far the guarantee reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// As many counted days as the terms say.
    Terms,
    /// That many counted days: what was left for a replacement.
    Days(u16),
    /// Through that date whatever is counted: a promise that does not restart.
    Through(NaiveDate),
}

/// Everything that happened to one guarantee.
#[derive(Debug, Clone)]
pub struct Course<'a> {
    /// The first day of paid work.
    pub start: NaiveDate,
    /// How far it reaches.
    pub span: Span,
    /// The client's zone.
    pub zone: Zone,
    /// Agreed pauses, in any order, overlapping or not.
    pub pauses: &'a [Pause],
    /// Dates that are no business days beside weekends.
    pub holidays: &'a [NaiveDate],
    /// How the person left, if so.
    pub departure: Option<&'a Departure>,
    /// When a departure was notified.
    pub notices: &'a [DateTime<Utc>],
    /// An end that people decided, and when.
    pub closed: Option<(Closing, DateTime<Utc>)>,
}

/// A date up to whose end something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Boundary {
    /// The last date on which it is in time.
    pub date: NaiveDate,
    /// The first instant at which it is too late.
    pub before: DateTime<Utc>,
}

/// What a date between start and end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatedKind {
    /// It counts.
    Counted,
    /// It lies in a pause.
    Paused,
    /// A weekend or holiday of a business-day promise.
    Rest,
}

/// One date of the guarantee line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The date.
    pub date: NaiveDate,
    /// Days counted through this date.
    pub number: u16,
    /// What it is.
    pub kind: DatedKind,
}

/// What a milestone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneKind {
    /// Day 1 begins.
    Start,
    /// Both sides are asked how it goes.
    CheckIn,
    /// The day before the last covered date.
    Reminder,
    /// The last covered date begins.
    LastCovered,
    /// The first instant that is not covered.
    End,
    /// The first instant at which notice of this departure is late; without a departure, of one on the last covered date.
    NoticeCloses,
}

impl MilestoneKind {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Start => "first paid day",
            Self::CheckIn => "check-in",
            Self::Reminder => "the day before the last covered one",
            Self::LastCovered => "last covered day",
            Self::End => "cover ends",
            Self::NoticeCloses => "notice window closes",
        }
    }
}

/// Something that happens on a date of the guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Milestone {
    /// What happens.
    pub kind: MilestoneKind,
    /// The day of the guarantee, for check-ins.
    pub day: Option<u16>,
    /// The local date.
    pub date: NaiveDate,
    /// The first instant of that date.
    pub at: DateTime<Utc>,
    /// Of what closes at that instant, the last date that is still inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<NaiveDate>,
}

/// A guarantee as it stands at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The state.
    pub state: State,
    /// The day under way, from 1; only while running.
    pub day: Option<u16>,
    /// Of how many.
    pub days: u16,
    /// The local date of the instant asked about.
    pub today: NaiveDate,
    /// The last covered date.
    pub last_covered: NaiveDate,
    /// The first covered instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant that is no longer covered.
    pub ends_at: DateTime<Utc>,
    /// Until when notice of the known departure is in time.
    pub notice_deadline: Option<Boundary>,
    /// Until when a departure on the last covered date could be notified.
    pub last_notice: Boundary,
    /// In the order of time.
    pub milestones: Vec<Milestone>,
    /// Every date from start to the last covered one.
    pub dates: Vec<Dated>,
}

/// A calendar that cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The promise ended before this start: a replacement whose guarantee does not restart.
    #[error("the promise ended before this start")]
    NotCovered,
    /// More than ten years, or beyond the dates that exist.
    #[error("the guarantee would not end within ten years")]
    Endless,
    /// A pause that ends before it begins.
    #[error("a pause ends before it begins")]
    Pause,
}

impl Calendar {
    /// The calendar of a guarantee at `now`.
    pub fn at(terms: &Terms, course: &Course<'_>, now: DateTime<Utc>) -> Result<Self, CalendarError> {
        let dates = dates(terms, course)?;
        let last = *dates.last().ok_or(CalendarError::NotCovered)?;
        let starts_at = course.zone.start_of_day(course.start);
        let ends_at = course.zone.start_of_day(after(last.date)?);
        let today = today(course.zone, now)?;
        let notice_deadline = course
            .departure
            .map(|departure| notice_boundary(terms, course, departure.last_working_day))
            .transpose()?;
        let last_notice = notice_boundary(terms, course, last.date)?;
        let mut calendar = Self {
            state: State::Pending,
            day: None,
            days: last.number,
            today,
            last_covered: last.date,
            starts_at,
            ends_at,
            notice_deadline,
            last_notice,
            milestones: Vec::new(),
            dates,
        };
        calendar.state = calendar.state_at(course, now);
        calendar.day = calendar.day_number();
        calendar.milestones = calendar.milestones_of(terms, course)?;
        Ok(calendar)
    }

    /// The first milestone after `now`.
    pub fn next_milestone(&self, now: DateTime<Utc>) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.at > now)
    }

    /// Whether that date is one of the covered ones (paused and rest days between them included).
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.dates.first().is_some_and(|first| first.date <= date) && date <= self.last_covered
    }

    /// Days counted through that date, at least 1 inside the guarantee.
    pub fn day_of(&self, date: NaiveDate) -> Option<u16> {
        self.dates
            .iter()
            .find(|dated| dated.date == date)
            .map(|dated| dated.number.max(1))
    }

    fn state_at(&self, course: &Course<'_>, now: DateTime<Utc>) -> State {
        if let Some((closing, at)) = course.closed
            && at <= now
        {
            return match closing {
                Closing::Voided => State::Voided,
                Closing::Waived => State::Waived,
            };
        }
        if now < self.starts_at {
            State::Pending
        } else if self.claimed(course, now) {
            State::ClaimOpen
        } else if now >= self.ends_at {
            State::Satisfied
        } else if self
            .dates
            .iter()
            .any(|dated| dated.date == self.today && dated.kind == DatedKind::Paused)
        {
            State::Paused
        } else {
            State::Running
        }
    }

    fn claimed(&self, course: &Course<'_>, now: DateTime<Utc>) -> bool {
        let (Some(departure), Some(deadline)) = (course.departure, self.notice_deadline) else {
            return false;
        };
        self.covers(departure.last_working_day)
            && course
                .notices
                .iter()
                .any(|&notice| notice <= now && notice < deadline.before)
    }

    fn day_number(&self) -> Option<u16> {
        (self.state == State::Running)
            .then(|| self.day_of(self.today))
            .flatten()
    }

    fn milestones_of(&self, terms: &Terms, course: &Course<'_>) -> Result<Vec<Milestone>, CalendarError> {
        let mark = |kind, day, date| Milestone {
            kind,
            day,
            date,
            at: course.zone.start_of_day(date),
            through: None,
        };
        let closes = |kind, through| {
            Ok(Milestone {
                through: Some(through),
                ..mark(kind, None, after(through)?)
            })
        };
        let left_by = |date| {
            course
                .departure
                .is_some_and(|departure| departure.last_working_day < date)
        };
        let mut all = vec![mark(MilestoneKind::Start, None, course.start)];
        for &day in &terms.check_in_days {
            let due = self
                .dates
                .iter()
                .find(|dated| dated.kind == DatedKind::Counted && dated.number == day);
            if let Some(dated) = due.filter(|dated| !left_by(dated.date)) {
                all.push(mark(MilestoneKind::CheckIn, Some(day), dated.date));
            }
        }
        if let Some(eve) = self
            .last_covered
            .pred_opt()
            .filter(|&eve| eve >= course.start && !left_by(eve))
        {
            all.push(mark(MilestoneKind::Reminder, None, eve));
        }
        all.push(mark(MilestoneKind::LastCovered, None, self.last_covered));
        all.push(closes(MilestoneKind::End, self.last_covered)?);
        let notice = self.notice_deadline.unwrap_or(self.last_notice);
        all.push(closes(MilestoneKind::NoticeCloses, notice.date)?);
        all.sort_by_key(|milestone| (milestone.at, milestone.kind));
        Ok(all)
    }
}

/// What the guarantee of a replacement is, by the restart policy, given the calendar of the one who left.
///
/// Remaining days are those not yet counted at the end of the last working day.
pub fn replacement_span(terms: &Terms, replaced: &Calendar, last_working_day: NaiveDate) -> Span {
    match terms.restart {
        Restart::None => Span::Through(replaced.last_covered),
        Restart::Full => Span::Terms,
        Restart::RemainingDays => {
            let used = replaced
                .dates
                .iter()
                .take_while(|dated| dated.date <= last_working_day)
                .last();
            Span::Days(replaced.days - used.map_or(0, |dated| dated.number))
        }
    }
}

/// Every date from the start through the one on which the count is full.
fn dates(terms: &Terms, course: &Course<'_>) -> Result<Vec<Dated>, CalendarError> {
    if course.pauses.iter().any(|pause| pause.last < pause.first) {
        return Err(CalendarError::Pause);
    }
    let (count, through) = match course.span {
        Span::Terms => (terms.days, None),
        Span::Days(days) => (days, None),
        Span::Through(date) => (u16::MAX, Some(date)),
    };
    let mut dates = Vec::with_capacity(usize::from(terms.days));
    let mut date = course.start;
    let mut number = 0;
    while number < count && through.is_none_or(|last| date <= last) {
        if dates.len() == MOST_DATES {
            return Err(CalendarError::Endless);
        }
        let kind = kind_of(terms, course, date);
        number += u16::from(kind == DatedKind::Counted);
        dates.push(Dated { date, number, kind });
        date = after(date)?;
    }
    Ok(dates)
}

fn kind_of(terms: &Terms, course: &Course<'_>, date: NaiveDate) -> DatedKind {
    let paused = course
        .pauses
        .iter()
        .any(|pause| pause.first <= date && date <= pause.last);
    if paused && terms.pauses == PausePolicy::Extend {
        DatedKind::Paused
    } else if terms.day_kind == DayKind::Business && !is_business_day(date, &[course.holidays]) {
        DatedKind::Rest
    } else {
        DatedKind::Counted
    }
}

/// The last date, and the first instant after it, for notice of a departure on that day. Rolls to a business day.
fn notice_boundary(terms: &Terms, course: &Course<'_>, last_working_day: NaiveDate) -> Result<Boundary, CalendarError> {
    let works = |date| is_business_day(date, &[course.holidays]);
    let counts = |date| terms.notice_day_kind == DayKind::Calendar || works(date);
    let mut date = last_working_day;
    let mut left = terms.notice_business_days;
    let mut steps = 0;
    while left > 0 || !works(date) {
        date = after(date)?;
        left = left.saturating_sub(u16::from(counts(date)));
        steps += 1;
        if steps == MOST_DATES {
            return Err(CalendarError::Endless);
        }
    }
    Ok(Boundary {
        date,
        before: course.zone.start_of_day(after(date)?),
    })
}

/// The date that is under way: where clocks go back over midnight, a day that has begun stays begun.
fn today(zone: Zone, now: DateTime<Utc>) -> Result<NaiveDate, CalendarError> {
    let date = zone.local_date(now);
    let next = after(date)?;
    Ok(if zone.start_of_day(next) <= now { next } else { date })
}

fn after(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    date.checked_add_days(Days::new(1)).ok_or(CalendarError::Endless)
}
