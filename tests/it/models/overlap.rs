//! The overlap of working weeks the slow way: a date at a time, a minute at a time. Knows nothing of the crate: it reads
//! the zone data by itself and asks for each minute of the week whether both work.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Hours and days of one side.
#[derive(Debug, Clone)]
pub struct Side {
    pub zone: String,
    pub start: i64,
    pub end: i64,
    /// Monday first.
    pub days: [bool; 7],
}

/// A run of dates: first date, date after, minutes a client's day.
pub type Run = (String, String, i64);

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub least: i64,
    pub counted: Vec<Run>,
    pub short: Vec<Run>,
}

/// Works at this minute of the local week (0 = Monday 00:00)? Tried for the shift of that day and of the day before.
fn works(side: &Side, minute_of_week: i64) -> bool {
    let day = minute_of_week / 1440;
    let minute = minute_of_week % 1440;
    let end = side.end % 1440;
    let today = side.days[usize::try_from(day).unwrap()];
    let yesterday = side.days[usize::try_from((day + 6) % 7).unwrap()];
    if end > side.start {
        today && side.start <= minute && minute < end
    } else {
        (today && minute >= side.start) || (yesterday && minute < end)
    }
}

fn per_day(client: &Side, developer: &Side, difference: i64) -> i64 {
    let both = (0..10_080)
        .filter(|minute| works(client, *minute) && works(developer, (minute + difference).rem_euclid(10_080)))
        .count();
    let days = client.days.iter().filter(|works| **works).count();
    i64::try_from(both / days).unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// The last minute that bears this date or an earlier one, found by walking back from well after it: first by quarters of
/// an hour, then forward again by minutes.
fn last_minute(zone: &TimeZone, date: Date) -> i64 {
    let reached = |minute: &i64| zone.to_datetime(Timestamp::from_second(minute * 60).unwrap()).date() <= date;
    let after = date.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() / 60 + 1440 + 27 * 60;
    let quarter = (0..10_000).map(|step| after - step * 15).find(reached).unwrap();
    (quarter..quarter + 15).rfind(reached).unwrap()
}

fn difference(client: &TimeZone, developer: &TimeZone, date: Date) -> i64 {
    let stamp = Timestamp::from_second(last_minute(client, date) * 60 + 59).unwrap();
    let seconds = developer.to_offset(stamp).seconds() - client.to_offset(stamp).seconds();
    i64::from(seconds).div_euclid(60)
}

/// `from` and `until` as `2026-12-07`; `until` is outside.
pub fn overlap(client: &Side, developer: &Side, from: &str, until: &str) -> Answer {
    let (ours, theirs) = (zone(&client.zone), zone(&developer.zone));
    let until: Date = until.parse().unwrap();
    let mut date: Date = from.parse().unwrap();
    let mut runs: Vec<(Date, Date, i64)> = Vec::new();
    while date < until {
        let next = date.tomorrow().unwrap();
        let now = difference(&ours, &theirs, date);
        match runs.last_mut() {
            Some(run) if run.2 == now => run.1 = next,
            _ => runs.push((date, next, now)),
        }
        date = next;
    }
    let mut known = HashMap::new();
    let mut answer = Answer {
        least: 0,
        counted: Vec::new(),
        short: Vec::new(),
    };
    let long = |run: &(Date, Date, i64)| run.0.until(run.1).unwrap().get_days() >= 14;
    let any_long = runs.iter().any(long);
    for run in &runs {
        let minutes = *known.entry(run.2).or_insert_with(|| per_day(client, developer, run.2));
        let told = (run.0.to_string(), run.1.to_string(), minutes);
        if long(run) || !any_long {
            answer.counted.push(told);
        } else {
            answer.short.push(told);
        }
    }
    answer.least = answer.counted.iter().map(|run| run.2).min().unwrap_or(0);
    answer
}
