//! Slow model of the guarantee calendar: walks day by day and looks at wall clocks, and imports nothing from the rule.
//!
//! It has its own vocabulary (plain words and numbers), its own idea of a day's first instant (a search over quarters of an
//! hour and then minutes with jiff) and no arithmetic on dates beyond "tomorrow".

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};

/// What is promised, as the model sees it.
#[derive(Debug, Clone)]
pub struct Promise {
    pub days: u32,
    pub business: bool,
    pub notice: u32,
    pub notice_in_business_days: bool,
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
    /// Of a departure on the last covered date.
    pub last_notice: (Date, Timestamp),
    pub check_ins: Vec<(u32, Date)>,
    pub reminder: Option<Date>,
}

/// A clock with a calendar on the wall of one zone.
struct Wall {
    zone: TimeZone,
    /// Looking for a day's beginning takes dozens of looks at the clock, and many stories happen in the same month.
    beginnings: RefCell<HashMap<Date, Timestamp>>,
}

thread_local! {
    static WALLS: RefCell<HashMap<String, Rc<Wall>>> = RefCell::default();
}

fn wall(name: &str) -> Rc<Wall> {
    WALLS.with_borrow_mut(|walls| {
        if let Some(known) = walls.get(name) {
            return Rc::clone(known);
        }
        let wall = Rc::new(Wall {
            zone: TimeZoneDatabase::bundled().get(name).expect("a zone"),
            beginnings: RefCell::default(),
        });
        walls.insert(name.to_owned(), Rc::clone(&wall));
        wall
    })
}

impl Wall {
    fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The first instant at which the wall shows the date (or, where it never does, a later one).
    fn beginning(&self, date: Date) -> Timestamp {
        if let Some(known) = self.beginnings.borrow().get(&date) {
            return *known;
        }
        let midnight = date.at(0, 0, 0, 0);
        let evening = midnight - 2.hours();
        let mut at = midnight.to_zoned(TimeZone::UTC).expect("in range").timestamp() - 16.hours();
        while self.date(at) >= date {
            at -= 16.hours();
        }
        // By hours until the evening before, then by quarters: a date that comes for minutes only, and goes again because the
        // clocks go back, begins on a quarter of an hour.
        while self.zone.to_datetime(at) < evening {
            at += 1.hour();
        }
        while self.date(at) < date {
            at += 15.minutes();
        }
        while self.date(at - 1.minute()) >= date {
            at -= 1.minute();
        }
        self.beginnings.borrow_mut().insert(date, at);
        at
    }
}

fn tomorrow(date: Date) -> Date {
    date.tomorrow().expect("in range")
}

fn works(story: &Story, date: Date) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && !story.holidays.contains(&date)
}

/// Every date that lies in a pause.
fn paused(promise: &Promise, story: &Story) -> BTreeSet<Date> {
    let mut all = BTreeSet::new();
    for (first, last) in &story.pauses {
        let mut day = *first;
        while promise.pauses_extend && day <= *last {
            all.insert(day);
            day = tomorrow(day);
        }
    }
    all
}

fn notice_until(promise: &Promise, story: &Story, wall: &Wall, left: Date) -> (Date, Timestamp) {
    let mut date = left;
    let mut still = promise.notice;
    loop {
        if still == 0 && works(story, date) {
            return (date, wall.beginning(tomorrow(date)));
        }
        date = tomorrow(date);
        if still > 0 && (!promise.notice_in_business_days || works(story, date)) {
            still -= 1;
        }
    }
}

/// The standing at the story's now; `None` when nothing was ever covered.
pub fn standing(promise: &Promise, story: &Story) -> Option<Standing> {
    let wall = wall(&story.zone);
    let pauses = paused(promise, story);
    let mut date = story.start;
    let mut counted = 0;
    let mut covered: Vec<(Date, u32, bool)> = Vec::new();
    let mut check_ins = Vec::new();
    loop {
        if story.through.is_some_and(|through| date > through) || (story.through.is_none() && counted == promise.days) {
            break;
        }
        let pause = pauses.contains(&date);
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
    let starts_at = wall.beginning(story.start);
    let ends_at = wall.beginning(tomorrow(last_covered));
    let until = story.left.map(|left| notice_until(promise, story, &wall, left));
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
        .find(|(date, _, _)| wall.beginning(*date) <= story.now);
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
    // The date before the last covered one, unless nothing was covered then or the person had left.
    let eve = covered.iter().rev().nth(1).map(|(date, _, _)| *date);
    Some(Standing {
        state,
        day,
        days,
        last_covered,
        starts_at,
        ends_at,
        notice_until: until,
        last_notice: notice_until(promise, story, &wall, last_covered),
        check_ins,
        reminder: eve.filter(|eve| story.left.is_none_or(|left| left >= *eve)),
    })
}
