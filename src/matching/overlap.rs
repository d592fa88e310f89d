//! Overlap: the hours of a client's working day in which the developer works too. Pure, integers only.
//!
//! **The rule.** Both sides keep an IANA zone, wall-clock hours and weekdays. While the difference of their offsets
//! stands still, both weeks lie on one circle of 10,080 minutes; the minutes of the week that both work, divided by the
//! number of the client's working days and rounded down, are the overlap a day. Over an engagement the difference
//! changes at the clock changes of either zone, so the engagement falls into stretches:
//!
//! - A stretch starts on the client's local date of the clock change. Of several changes on one date the last decides
//!   (New York and Chicago change an hour apart, and that hour is nobody's news), and neighbours with the same
//!   difference are one stretch.
//! - A stretch of fewer than 14 such dates is a warning and does not count. If no stretch is as long, all count.
//! - The least value of those that count is the value of the pair: [`Overlap::least_minutes`].
//!
//! Differences are whole minutes, rounded down (offsets with seconds ended in 1972).
//!
//! The weeks are not laid out as bits: hours are the same every day, so the shared minutes of one client day with the
//! developer's day `k` days later depend on `k` alone, and a rotated mask of weekdays says how many client days have
//! such a neighbour. Seven steps replace a rotation of 10,080 bits.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::zones::{Regime, Zone};

pub use crate::zones::{Weekdays, WorkingWeek};

/// Stretches shorter than this many days warn, and do not lower the value that gates.
pub const SHORTEST_THAT_COUNTS: i64 = 14;

/// Months that an open-ended engagement is taken for, here and in the score.
pub const OPEN_ENDED_MONTHS: u32 = 12;

const DAY: i32 = 24 * 60;

/// The overlap of two working weeks over an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Minutes per working day of the client, in the worst stretch that counts. This is what the gate and the points use.
    pub least_minutes: u16,
    /// The stretches that count, in order of time. Empty only for an empty engagement.
    pub regimes: Vec<OverlapRegime>,
    /// The stretches under 14 days, in order of time: for a warning.
    pub short_regimes: Vec<OverlapRegime>,
}

/// A stretch of an engagement in which the offsets of both sides keep their difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlapRegime {
    /// First date, in the client's zone.
    pub from: NaiveDate,
    /// First date after the stretch.
    pub until: NaiveDate,
    /// Minutes both work, per working day of the client.
    pub minutes_per_day: u16,
    /// The developer's offset less the client's, in minutes.
    pub difference: i32,
}

impl OverlapRegime {
    fn days(&self) -> i64 {
        (self.until - self.from).num_days()
    }
}

/// The dates an engagement covers, the second one outside. Without a length it is looked at for twelve months.
pub fn engagement(start: NaiveDate, months: Option<u32>) -> (NaiveDate, NaiveDate) {
    let until = start.checked_add_months(Months::new(months.unwrap_or(OPEN_ENDED_MONTHS)));
    (start, until.unwrap_or(NaiveDate::MAX))
}

/// The overlap of one pair over `[from, until)`. For many developers against one client use [`Overlaps`].
pub fn overlap(client: &WorkingWeek, developer: &WorkingWeek, from: NaiveDate, until: NaiveDate) -> Overlap {
    Overlaps::new(*client, from, until).with(developer).as_ref().clone()
}

/// The overlaps of one client's week with many developers'. Remembers zones and whole weeks: pools share few of either.
pub struct Overlaps {
    client: WorkingWeek,
    from: NaiveDate,
    until: NaiveDate,
    client_regimes: Vec<Regime>,
    differences: HashMap<Zone, Arc<[Stretch]>>,
    known: HashMap<WorkingWeek, Arc<Overlap>>,
}

/// Dates over which the difference stands still.
struct Stretch {
    from: NaiveDate,
    until: NaiveDate,
    difference: i32,
}

impl Overlaps {
    /// For one client week and the dates `[from, until)`; see [`engagement`].
    pub fn new(client: WorkingWeek, from: NaiveDate, until: NaiveDate) -> Self {
        let client_regimes = client.zone.regimes(from, until);
        Self {
            client,
            from,
            until,
            client_regimes,
            differences: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// The overlap with that developer's week.
    pub fn with(&mut self, developer: &WorkingWeek) -> Arc<Overlap> {
        if let Some(known) = self.known.get(developer) {
            return Arc::clone(known);
        }
        let computed = Arc::new(self.compute(developer));
        self.known.insert(*developer, Arc::clone(&computed));
        computed
    }

    fn compute(&mut self, developer: &WorkingWeek) -> Overlap {
        let stretches = Arc::clone(self.stretches(developer.zone));
        let all: Vec<OverlapRegime> = stretches
            .iter()
            .map(|stretch| OverlapRegime {
                from: stretch.from,
                until: stretch.until,
                minutes_per_day: minutes_per_day(&self.client, developer, stretch.difference),
                difference: stretch.difference,
            })
            .collect();
        let counts = |regime: &OverlapRegime| regime.days() >= SHORTEST_THAT_COUNTS;
        let (regimes, short_regimes) = if all.iter().any(counts) {
            all.into_iter().partition(counts)
        } else {
            (all, Vec::new())
        };
        let least = regimes.iter().map(|regime| regime.minutes_per_day).min();
        Overlap {
            least_minutes: least.unwrap_or(0),
            regimes,
            short_regimes,
        }
    }

    fn stretches(&mut self, developer: Zone) -> &Arc<[Stretch]> {
        let (client, from, until) = (self.client.zone, self.from, self.until);
        let ours = &self.client_regimes;
        self.differences
            .entry(developer)
            .or_insert_with(|| stretches(client, ours, developer, from, until))
    }
}

/// Walks the clock changes of both zones in order of time.
fn stretches(client: Zone, ours: &[Regime], developer: Zone, from: NaiveDate, until: NaiveDate) -> Arc<[Stretch]> {
    let (Some(first), Some(last)) = (ours.first(), ours.last()) else {
        return Arc::new([]);
    };
    let theirs = developer.regimes_between(first.from_utc, last.until_utc);
    let mut found: Vec<(NaiveDate, i32)> = Vec::with_capacity(ours.len() + theirs.len());
    let (mut our, mut their) = (ours.iter().peekable(), theirs.iter().peekable());
    while let (Some(mine), Some(yours)) = (our.peek(), their.peek()) {
        let since = mine.from_utc.max(yours.from_utc);
        let difference = (yours.offset_seconds - mine.offset_seconds).div_euclid(60);
        // Clocks put back over midnight may show yesterday's date again; a stretch never starts before the last one.
        let date = client
            .local_date(since)
            .max(found.last().map_or(from, |(date, _)| *date));
        found.pop_if(|(started, _)| *started == date);
        if found.last().is_none_or(|(_, before)| *before != difference) {
            found.push((date, difference));
        }
        let (mine_until, yours_until) = (mine.until_utc, yours.until_utc);
        if mine_until <= yours_until {
            our.next();
        }
        if yours_until <= mine_until {
            their.next();
        }
    }
    let ends = found.iter().skip(1).map(|(date, _)| *date).chain([until]);
    found
        .iter()
        .zip(ends)
        .map(|(&(from, difference), until)| Stretch {
            from,
            until,
            difference,
        })
        .collect()
}

/// Minutes both work per working day of the client while the developer's clock is `difference` minutes ahead of the
/// client's; rounded down.
pub fn minutes_per_day(client: &WorkingWeek, developer: &WorkingWeek, difference: i32) -> u16 {
    let days = client.days.count();
    if days == 0 {
        return 0;
    }
    let ours = i32::from(client.minutes_a_day());
    let theirs = i32::from(developer.minutes_a_day());
    // The developer's start, on the client's clock, relative to the client's start on the same weekday.
    let ahead = i32::from(developer.start_minute) - difference - i32::from(client.start_minute);
    let weekly: u32 = (-3..=3)
        .map(|later| {
            let start = ahead + later * DAY;
            let shared = (ours.min(start + theirs) - start.max(0)).max(0).unsigned_abs();
            let pairs = client.days.bits() & developer.days.moved(-later).bits();
            shared * pairs.count_ones()
        })
        .sum();
    u16::try_from(weekly / days).expect("a working day has at most 1,440 minutes")
}

/// The minute of the client's day at which the developer starts, for the strip that draws both days on one axis.
pub fn start_on_client_clock(developer: &WorkingWeek, difference: i32) -> u16 {
    let minute = (i32::from(developer.start_minute) - difference).rem_euclid(DAY);
    u16::try_from(minute).expect("a remainder of 1,440 is small")
}

impl Overlap {
    /// Every stretch that counts with its dates: `7.0 h until 14 March 2027, 8.0 h after`. Neighbours with the same
    /// hours are told as one.
    pub fn explanation(&self) -> String {
        let mut told: Vec<OverlapRegime> = Vec::new();
        for regime in &self.regimes {
            match told.last_mut() {
                Some(last) if last.minutes_per_day == regime.minutes_per_day => last.until = regime.until,
                _ => told.push(*regime),
            }
        }
        let Some((last, earlier)) = told.split_last() else {
            return hours_text(0);
        };
        let mut parts: Vec<String> = earlier
            .iter()
            .map(|regime| {
                format!(
                    "{} until {}",
                    hours_text(regime.minutes_per_day),
                    date_text(regime.until)
                )
            })
            .collect();
        let after = if earlier.is_empty() { "" } else { " after" };
        parts.push(format!("{}{after}", hours_text(last.minutes_per_day)));
        parts.join(", ")
    }

    /// The short stretches that do not count, where they are worse than what counts: `6.0 h from 25 October 2026 until
    /// 1 November 2026`.
    pub fn warning(&self) -> Option<String> {
        let parts: Vec<String> = self
            .short_regimes
            .iter()
            .filter(|regime| regime.minutes_per_day < self.least_minutes)
            .map(|regime| {
                let (from, until) = (date_text(regime.from), date_text(regime.until));
                format!("{} from {from} until {until}", hours_text(regime.minutes_per_day))
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Hours with one decimal, rounded down so that no page promises more than the gate counts: 449 minutes are `7.4 h`.
pub fn hours_text(minutes: u16) -> String {
    format!("{}.{} h", minutes / 60, minutes % 60 / 6)
}

fn date_text(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}
