//! Slow model of business days: numbers the days from one far away, knows the weekday by the remainder, and asks each country
//! in turn whether it works. Imports nothing from the rule, and no library of dates.

use std::collections::{BTreeMap, BTreeSet};

/// A date as people write it: year, month, day.
pub type Written = (i32, u32, u32);

/// Who has which days off.
pub type Off = BTreeMap<String, BTreeSet<Written>>;

fn is_leap(year: i32) -> bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
}

fn length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The day after.
pub fn tomorrow((year, month, day): Written) -> Written {
    if day < length(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// Days since Saturday, 1 January 2000.
fn number(date: Written) -> u32 {
    let mut at = (2000, 1, 1);
    let mut passed = 0;
    while at < date {
        // Whole years first, only so that the walk ends today.
        if at.1 == 1 && at.2 == 1 && at.0 < date.0 {
            passed += if is_leap(at.0) { 366 } else { 365 };
            at = (at.0 + 1, 1, 1);
        } else {
            passed += 1;
            at = tomorrow(at);
        }
    }
    passed
}

/// Whether everybody of these works on that day.
pub fn all_work(date: Written, countries: &[&str], off: &Off) -> bool {
    let weekend = [0, 1].contains(&(number(date) % 7));
    let mut working = 0;
    for country in countries {
        let at_rest = off.get(*country).is_some_and(|days| days.contains(&date));
        if !weekend && !at_rest {
            working += 1;
        }
    }
    working == countries.len() && !weekend
}

/// The day on which so many days were worked by all, from the day after.
pub fn due(begun: Written, days: u32, countries: &[&str], off: &Off) -> Written {
    let mut at = begun;
    let mut left = days;
    while left > 0 {
        at = tomorrow(at);
        if all_work(at, countries, off) {
            left -= 1;
        }
    }
    at
}

/// Days worked by all, after one day and through another.
pub fn worked(after: Written, through: Written, countries: &[&str], off: &Off) -> usize {
    let mut at = after;
    let mut days = 0;
    while at < through {
        at = tomorrow(at);
        days += usize::from(all_work(at, countries, off));
    }
    days
}
