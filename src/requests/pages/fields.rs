//! Single values of the long form: from what people type to numbers, with the words for what cannot be read.

use chrono::NaiveDate;

use crate::money::{self, Currency};
use crate::requests::English;
use crate::web::form;

/// Most people of one band.
const MOST_PEOPLE: u16 = 30;

/// A line that has to be there; `missing` says what to write, because "fill this in" in a summary helps nobody.
pub fn named(text: &str, missing: &'static str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(missing.to_owned());
    }
    form::line(text, 200)
}

/// People of one band; nothing typed is none.
pub fn people(text: &str) -> Result<u16, String> {
    match text.trim() {
        "" => Ok(0),
        text => text
            .parse()
            .ok()
            .filter(|count| *count <= MOST_PEOPLE)
            .ok_or_else(|| format!("Write a number from 0 to {MOST_PEOPLE}.")),
    }
}

/// An amount above zero, in minor units.
pub fn positive(text: &str, currency: Currency) -> Result<i64, &'static str> {
    money::parse(text, currency).and_then(|minor| {
        if minor > 0 {
            Ok(minor)
        } else {
            Err("Write an amount above zero.")
        }
    })
}

/// "09:30" as minutes after midnight.
pub fn minute(text: &str) -> Result<u16, &'static str> {
    const NOT: &str = "Write a time such as 09:00.";
    let (hours, minutes) = text.trim().split_once(':').ok_or(NOT)?;
    // A browser may add seconds.
    let minutes = minutes.split(':').next().unwrap_or(minutes);
    match (hours.parse::<u16>(), minutes.parse::<u16>()) {
        (Ok(24), Ok(0)) => Ok(0),
        (Ok(hours), Ok(minutes)) if hours < 24 && minutes < 60 => Ok(hours * 60 + minutes),
        _ => Err(NOT),
    }
}

/// "4.5" hours as minutes; nothing: not asked.
pub fn overlap_minutes(text: &str) -> Result<Option<i16>, &'static str> {
    const NOT: &str = "Write hours from 0 to 24, such as 4 or 4.5, or leave it empty.";
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let hours: f64 = text.parse().map_err(|_| NOT)?;
    if !(0.0..=24.0).contains(&hours) {
        return Err(NOT);
    }
    #[expect(clippy::cast_possible_truncation, reason = "0 to 1,440 after the check above")]
    Ok(Some((hours * 60.0).round() as i16))
}

/// A CEFR number; nothing: not asked.
pub fn english(text: &str) -> Result<Option<i16>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => (text.parse().ok())
            .and_then(English::of)
            .map(|level| Some(level.number()))
            .ok_or("Choose a level of the list."),
    }
}

/// A date of this century, or nothing.
pub fn optional_date(text: &str) -> Result<Option<NaiveDate>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => form::date(text).map(Some),
    }
}

/// Months; nothing: open-ended.
pub fn months(text: &str) -> Result<Option<i16>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .ok()
            .filter(|months| (1..=120).contains(months))
            .map(Some)
            .ok_or("Write months from 1 to 120, or leave it empty for an open end."),
    }
}
