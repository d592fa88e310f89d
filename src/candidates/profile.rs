//! What a profile says, apart from the ledger: one value, compared field by field.

use chrono::NaiveDate;

use crate::money::Rate;
use crate::tracks::levels::Seniority;
use crate::zones::{Weekdays, Zone, clock_text};

/// The fields that people edit. `None` and "" are unknown, and stay so until somebody states a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Display name; none: an anonymous profile, shown by its code.
    pub name: Option<String>,
    /// Folded address.
    pub email: Option<String>,
    /// As written.
    pub phone: Option<String>,
    /// Display only.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// Where the wall clock hangs.
    pub zone: Option<Zone>,
    /// Working hours on that clock.
    pub hours: Option<Hours>,
    /// A hint.
    pub seniority: Option<Seniority>,
    /// Expected pay. Never shown to clients.
    pub pay: Option<Rate>,
    /// Free from this day.
    pub available_from: Option<NaiveDate>,
    /// Shortest engagement wanted.
    pub least_months: Option<i16>,
    /// Longest engagement wanted.
    pub most_months: Option<i16>,
    /// Free text.
    pub wishes: String,
    /// One line of evidence for a client.
    pub headline: String,
    /// Free text.
    pub links: String,
}

/// Working hours and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Minutes after local midnight.
    pub start: i16,
    /// Minutes after local midnight; at or before `start`: the next day.
    pub end: i16,
    /// Bit 0 = Monday.
    pub days: i16,
}

impl Hours {
    /// Length of the working day in minutes.
    pub fn minutes(self) -> i16 {
        match (self.end - self.start).rem_euclid(24 * 60) {
            0 => 24 * 60,
            minutes => minutes,
        }
    }

    /// The days as a set.
    pub fn weekdays(self) -> Weekdays {
        Weekdays::from_bits(u8::try_from(self.days).unwrap_or_default())
    }

    /// "09:00-18:00, Mon-Fri".
    pub fn label(self) -> String {
        format!("{}, {}", self.times(), self.weekdays())
    }

    /// "09:00-18:00".
    pub fn times(self) -> String {
        format!("{}-{}", clock(self.start), clock(self.end))
    }
}

/// "09:00" for 540.
pub fn clock(minute: i16) -> String {
    clock_text(u16::try_from(minute).unwrap_or_default())
}

impl Details {
    /// The fields as (name, words), in the order of the form. One list serves the differences, the events and the page that
    /// shows two versions.
    pub fn lines(&self) -> [(&'static str, String); 15] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<i16>| value.map(|n| n.to_string()).unwrap_or_default();
        [
            ("Name", text(&self.name)),
            ("E-mail", text(&self.email)),
            ("Phone", text(&self.phone)),
            ("Country", text(&self.country)),
            ("City", text(&self.city)),
            (
                "Time zone",
                self.zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
            ),
            ("Working hours", self.hours.map(Hours::label).unwrap_or_default()),
            (
                "Seniority",
                self.seniority.map(|band| band.label().to_owned()).unwrap_or_default(),
            ),
            ("Expected pay", self.pay.map(|pay| pay.to_string()).unwrap_or_default()),
            (
                "Free from",
                self.available_from.map(|day| day.to_string()).unwrap_or_default(),
            ),
            ("Shortest engagement", number(self.least_months)),
            ("Longest engagement", number(self.most_months)),
            ("Headline", self.headline.clone()),
            ("Wishes", self.wishes.clone()),
            ("Links", self.links.clone()),
        ]
    }

    /// The names of the fields in which two versions differ. Only names: values do not belong into the event log.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        self.differences(other).into_iter().map(|(name, _, _)| name).collect()
    }

    /// Where two versions differ: field, this one's words, the other's.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        self.lines()
            .into_iter()
            .zip(other.lines())
            .filter(|((_, mine), (_, theirs))| mine != theirs)
            .map(|((name, mine), (_, theirs))| (name, mine, theirs))
            .collect()
    }

    /// The questions to ask before somebody can be matched.
    pub fn unknown(&self) -> Vec<&'static str> {
        let asked = [
            ("time zone", self.zone.is_none()),
            ("working hours", self.hours.is_none()),
            ("seniority", self.seniority.is_none()),
            ("expected pay", self.pay.is_none()),
            ("availability", self.available_from.is_none()),
        ];
        asked
            .into_iter()
            .filter(|(_, unknown)| *unknown)
            .map(|(name, _)| name)
            .collect()
    }
}
