//! Holidays by country, and what the agency chose about its days: where it works, and within how many business days somebody
//! hears from it. The count itself is [`crate::business_days`].
//!
//! 2026-11-21: holidays are rows and not code, because decrees move them during the year; what is shipped ([`seed`]) is a
//! beginning that an admin keeps. A year of a country that nobody entered has weekends and nothing else: a promise is then at
//! most a day too early, which hurts nobody but us.

pub mod actions;
pub mod pages;
pub mod seed;
pub mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::countries::Country;
use crate::ids::HolidayId;

/// Business days within which somebody hears from the agency, until an admin chooses another number.
pub const PROMISE_DAYS: u32 = 5;

/// Most business days that can be chosen.
pub const MOST_PROMISE_DAYS: u32 = 20;

/// What the agency chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// Where it works; not said: only weekends count for it.
    pub country: Option<Country>,
    /// Business days within which somebody hears from it.
    pub promise_days: u32,
}

/// A day off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Id.
    pub id: HolidayId,
    /// Whose.
    pub country: Country,
    /// When.
    pub day: NaiveDate,
    /// As people there call it.
    pub name: String,
}

/// The days off of some countries in some stretch of time.
#[derive(Debug, Clone, Default)]
pub struct DaysOff(BTreeMap<Country, Vec<NaiveDate>>);

impl DaysOff {
    /// Of these days, each with whose it is.
    pub fn of(days: impl Iterator<Item = (Country, NaiveDate)>) -> Self {
        let mut off: BTreeMap<Country, Vec<NaiveDate>> = BTreeMap::new();
        for (country, day) in days {
            off.entry(country).or_default().push(day);
        }
        Self(off)
    }

    /// The calendars of whoever works there; who does not say where has weekends only.
    pub fn calendars(&self, countries: &[Option<Country>]) -> Vec<&[NaiveDate]> {
        let said = countries.iter().flatten();
        said.filter_map(|country| self.0.get(country))
            .map(Vec::as_slice)
            .collect()
    }
}

/// Where somebody works: as they said, or as their zone says.
pub fn works_in(said: Option<Country>, zone: Option<crate::zones::Zone>) -> Option<Country> {
    said.or_else(|| zone.and_then(Country::of_zone))
}
