//! Slow model of the guarantee calendar: walks day by day and looks at wall clocks, and imports nothing from the rule.
//!
//! It has its own vocabulary (plain words and numbers), its own idea of a day's first instant (a search over quarters of an
//! hour and then minutes with jiff) and no arithmetic on dates beyond "tomorrow".

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};

/// What is promised, as the model sees it.
#[derive(Debug, Clone)]
pub struct Promise {
    pub days: u32,
    pub business: bool,
    pub notice: u32,
    pub pauses_extend: bool,
    pub check_ins: Vec<u32>,
}

/// What happened.
#[derive(Debug, Clone)]
pub struct Story {
    pub zone: String,
    pub start: Date,
    pub through: Option<Date>,
    pub pauses: Vec<(Date, Date)>,
    pub holidays: Vec<Date>,
    pub left: Option<Date>,
    pub notices: Vec<Timestamp>,
    pub now: Timestamp,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub state: &'static str,
    pub day: Option<u32>,
    pub days: u32,
    pub last_covered: Date,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub notice_until: Option<(Date, Timestamp)>,
    pub check_ins: Vec<(u32, Date)>,
}

thread_local! {
    static FIRST_INSTANTS: RefCell<HashMap<(String, Date), Timestamp>> = RefCell::default();
}

fn local_date(zone: &TimeZone, at: Timestamp) -> Date {
    zone.to_datetime(at).date()
}

/// The first instant at which a calendar on the wall in that zone shows the date (or, where it never does, a later one).
pub fn first_instant(name: &str, date: Date) -> Timestamp {
    let known = FIRST_INSTANTS.with_borrow(|all| all.get(&(name.to_owned(), date)).copied());
    if let Some(known) = known {
        return known;
    }
    let zone = TimeZoneDatabase::bundled().get(name).expect("a zone");
    let mut at = date
        .at(0, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .expect("in range")
        .timestamp()
        - 30.hours();
    while local_date(&zone, at) < date {
        at += 15.minutes();
    }
    while local_date(&zone, at - 1.minute()) >= date {
        at -= 1.minute();
    }
    FIRST_INSTANTS.with_borrow_mut(|all| all.insert((name.to_owned(), date), at));
    at
}

fn tomorrow(date: Date) -> Date {
    date.tomorrow().expect("in range")
}

fn works(story: &Story, date: Date) -> bool {
    date.weekday() != Weekday::Saturday && date.weekday() != Weekday::Sunday && !story.holidays.contains(&date)
}

fn paused(promise: &Promise, story: &Story, date: Date) -> bool {
    let mut inside = false;
    for (first, last) in &story.pauses {
        let mut day = *first;
        while day <= *last {
            inside |= day == date;
            day = tomorrow(day);
        }
    }
    inside && promise.pauses_extend
}

fn notice_until(promise: &Promise, story: &Story, left: Date) -> (Date, Timestamp) {
    let mut date = left;
    let mut still = promise.notice;
    loop {
        if still == 0 && works(story, date) {
            return (date, first_instant(&story.zone, tomorrow(date)));
        }
        date = tomorrow(date);
        if still > 0 && works(story, date) {
            still -= 1;
        }
    }
}

/// The standing at the story's now; `None` when nothing was ever covered.
pub fn standing(promise: &Promise, story: &Story) -> Option<Standing> {
    let mut date = story.start;
    let mut counted = 0;
    let mut covered: Vec<(Date, u32, bool)> = Vec::new();
    let mut check_ins = Vec::new();
    loop {
        if story.through.is_some_and(|through| date > through) || (story.through.is_none() && counted == promise.days) {
            break;
        }
        let pause = paused(promise, story, date);
        if !pause && (!promise.business || works(story, date)) {
            counted += 1;
            if promise.check_ins.contains(&counted) && story.left.is_none_or(|left| date <= left) {
                check_ins.push((counted, date));
            }
        }
        covered.push((date, counted, pause));
        date = tomorrow(date);
    }
    let (last_covered, days, _) = *covered.last()?;
    let starts_at = first_instant(&story.zone, story.start);
    let ends_at = first_instant(&story.zone, tomorrow(last_covered));
    let until = story.left.map(|left| notice_until(promise, story, left));
    let in_time = story
        .notices
        .iter()
        .any(|notice| *notice <= story.now && until.is_some_and(|(_, late)| *notice < late));
    let left_inside = story
        .left
        .is_some_and(|left| covered.iter().any(|(date, _, _)| *date == left));
    let under_way = covered
        .iter()
        .rev()
        .find(|(date, _, _)| first_instant(&story.zone, *date) <= story.now);
    let state = if story.now < starts_at {
        "pending"
    } else if left_inside && in_time {
        "claim_open"
    } else if story.now >= ends_at {
        "satisfied"
    } else if under_way.is_some_and(|(_, _, pause)| *pause) {
        "paused"
    } else {
        "running"
    };
    let day = (state == "running")
        .then(|| under_way.map(|(_, number, _)| (*number).max(1)))
        .flatten();
    Some(Standing {
        state,
        day,
        days,
        last_covered,
        starts_at,
        ends_at,
        notice_until: until,
        check_ins,
    })
}
