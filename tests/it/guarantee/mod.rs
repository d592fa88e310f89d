//! The guarantee calendar and checklist: the dates of the product, a slow model over every zone, and proof that the
//! comparison with the model notices a wrong rule.

mod checklist;
mod dates;
mod printed;
mod random;
mod wrong;

use chrono::{DateTime, NaiveDate, Utc};
use meridian::placements::guarantee::{
    Calendar, Cause, Course, Departure, Evidence, Exclusivity, Payment, Span, Specification, Started, Terms,
};
use meridian::zones::Zone;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a sound case")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a sound case")
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a sound case")
}

fn course(start: &str, in_zone: &str) -> Course<'static> {
    Course {
        start: date(start),
        span: Span::Terms,
        zone: zone(in_zone),
        pauses: &[],
        holidays: &[],
        departure: None,
        notices: &[],
        closed: None,
    }
}

fn default_at(start: &str, in_zone: &str, now: &str) -> Calendar {
    Calendar::at(&Terms::default_promise(), &course(start, in_zone), at(now)).expect("a sound case")
}

fn departure(last: &str, cause: Cause) -> Departure {
    Departure {
        last_working_day: date(last),
        cause: Some(cause),
        circumstances: Vec::new(),
    }
}

const SOUND: Evidence = Evidence {
    started: Started::ByDate,
    payment: Payment::Unknown,
    replacements_used: 0,
    exclusivity: Exclusivity::NotAccepted,
    specification: Specification::Same,
};
