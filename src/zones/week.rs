//! A working week as people state it: wall times and weekdays in a zone, never an offset.

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::Zone;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// What forms call the days of the week, and how people read them, Monday first.
pub const DAYS: [(&str, &str); 7] = [
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
];

/// A set of weekdays; bit 0 is Monday, bit 6 Sunday. Stored as that small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Friday.
    pub const MONDAY_TO_FRIDAY: Self = Self(0b001_1111);
    /// Sunday to Thursday.
    pub const SUNDAY_TO_THURSDAY: Self = Self(0b100_1111);
    /// The whole week.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday first, as the bits stand.
    pub const ORDER: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];

    /// From the stored number; the eighth bit is dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b111_1111)
    }

    /// The number to store.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// How many days are in the set.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Nobody works in an empty week; forms refuse it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether that weekday is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// Whether that date falls on a day of the set.
    pub fn contains_date(self, date: NaiveDate) -> bool {
        self.contains(date.weekday())
    }

    /// The days of the set, Monday first.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        Self::ORDER.into_iter().filter(move |day| self.contains(*day))
    }

    /// The same set with every day moved `days` later.
    #[must_use]
    pub const fn moved(self, days: i32) -> Self {
        let by = days.rem_euclid(7);
        let wide = (self.0 as u16) << by;
        Self::from_bits(((wide | (wide >> 7)) & 0b111_1111) as u8)
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(
            days.into_iter()
                .fold(0, |bits, day| bits | (1 << day.num_days_from_monday())),
        )
    }
}

impl From<u8> for Weekdays {
    fn from(bits: u8) -> Self {
        Self::from_bits(bits)
    }
}

impl From<Weekdays> for u8 {
    fn from(days: Weekdays) -> Self {
        days.0
    }
}

/// `Mon-Fri`, `Sun-Thu`, or the days one by one.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = (0..7).find_map(|start| {
            let length = self.count();
            let unbroken = (2..7).contains(&length)
                && (0..length).all(|step| self.contains(Self::ORDER[((start + step) % 7) as usize]));
            unbroken.then(|| (start, (start + length - 1) % 7))
        });
        match run {
            _ if *self == Self::ALL => f.write_str("every day"),
            Some((first, last)) => {
                write!(f, "{}-{}", Self::ORDER[first as usize], Self::ORDER[last as usize])
            }
            None => {
                let names: Vec<String> = self.days().map(|day| day.to_string()).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

/// Working hours and days in a zone. Hours whose end is not after their start cross midnight; equal ones are a whole
/// day. A night shift belongs to the weekday it starts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkingWeek {
    /// Where the wall clock hangs.
    pub zone: Zone,
    /// Minute of the day at which work starts, 0 to 1,439.
    pub start_minute: u16,
    /// Minute of the day at which it ends, 0 to 1,440.
    pub end_minute: u16,
    /// The days on which it starts.
    pub days: Weekdays,
}

/// Why hours and days make no working week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWeek {
    /// A time outside the day.
    #[error("a working day starts and ends between 00:00 and 24:00")]
    OutsideTheDay,
    /// No day at all.
    #[error("choose at least one working day")]
    NoDays,
}

impl WorkingWeek {
    /// A week with its parts checked. Minutes count from midnight.
    ///
    /// # Errors
    /// [`InvalidWeek`] says what is wrong, in words for a form.
    pub fn new(zone: Zone, start_minute: u16, end_minute: u16, days: Weekdays) -> Result<Self, InvalidWeek> {
        if start_minute >= DAY || end_minute > DAY {
            return Err(InvalidWeek::OutsideTheDay);
        }
        if days.is_empty() {
            return Err(InvalidWeek::NoDays);
        }
        Ok(Self {
            zone,
            start_minute,
            end_minute,
            days,
        })
    }

    /// Minutes of one working day, 1 to 1,440.
    pub fn minutes_a_day(self) -> u16 {
        match (self.end_minute % DAY + DAY - self.start_minute % DAY) % DAY {
            0 => DAY,
            minutes => minutes,
        }
    }

    /// `09:00-18:00`.
    pub fn hours_text(self) -> String {
        format!("{}-{}", clock_text(self.start_minute), clock_text(self.end_minute))
    }
}

/// A minute of the day as a clock shows it: `09:05`, and `24:00` for the end of the day.
pub fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
