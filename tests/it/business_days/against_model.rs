//! The rule and a slow model that shares nothing with it, over random histories and calendars.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use meridian::business_days::{between, nth_after};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::models::business_days::{Off, Written, due, worked};

/// A promise: when it began, of how many days, between whom, and who rests when.
struct History {
    begun: NaiveDate,
    days: u32,
    until: NaiveDate,
    countries: Vec<&'static str>,
    off: Off,
}

const COUNTRIES: [&str; 4] = ["US", "BR", "CO", "nobody's"];

fn written(day: NaiveDate) -> Written {
    (day.year(), day.month(), day.day())
}

fn date((year, month, day): Written) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("the model walks over days that exist")
}

/// One history; holidays lie thick around its beginning, so that they matter.
fn history(dice: &mut StdRng) -> History {
    let first = NaiveDate::from_ymd_opt(2023, 12, 1).expect("a day");
    let begun = first + chrono::Days::new(dice.random_range(0..1_600));
    let mut off = Off::new();
    for country in &COUNTRIES[..3] {
        let days: BTreeSet<Written> = (0..dice.random_range(0..12))
            .map(|_| written(begun + chrono::Days::new(dice.random_range(0..30))))
            .collect();
        off.insert((*country).to_owned(), days);
    }
    let mut countries: Vec<&'static str> = COUNTRIES.into_iter().filter(|_| dice.random_bool(0.5)).collect();
    // The agency and the candidate may work in the same country.
    if dice.random_bool(0.2) {
        countries.extend(countries.clone());
    }
    History {
        begun,
        days: dice.random_range(0..25),
        until: begun + chrono::Days::new(dice.random_range(0..60)) - chrono::Days::new(5),
        countries,
        off,
    }
}

/// What somebody says of a history: the due day, and the days between.
type Said = (Option<NaiveDate>, usize);

type Rule = fn(&History) -> Said;

/// The rule, over the calendars of the countries named.
fn rule(of: &History) -> Said {
    let calendars: Vec<Vec<NaiveDate>> = of
        .countries
        .iter()
        .map(|country| {
            let days = of.off.get(*country).into_iter().flatten();
            days.map(|day| date(*day)).collect()
        })
        .collect();
    let calendars: Vec<&[NaiveDate]> = calendars.iter().map(Vec::as_slice).collect();
    (
        nth_after(of.begun, of.days, &calendars),
        between(of.begun, of.until, &calendars),
    )
}

fn model(of: &History) -> Said {
    let (begun, until) = (written(of.begun), written(of.until));
    (
        Some(date(due(begun, of.days, &of.countries, &of.off))),
        worked(begun, until, &of.countries, &of.off),
    )
}

/// How many of so many random histories two of them see differently.
fn differences(seed: u64, histories: usize, other: Rule) -> usize {
    let mut dice = StdRng::seed_from_u64(seed);
    (0..histories)
        .filter(|_| {
            let of = history(&mut dice);
            model(&of) != other(&of)
        })
        .count()
}

#[test]
fn the_rule_agrees_with_the_model_over_random_histories_and_calendars() {
    for seed in 0..8 {
        assert_eq!(differences(seed, 1_000, rule), 0, "seed {seed}");
    }
}

#[test]
fn wrong_rules_are_noticed() {
    let wrong: [(&str, Rule); 5] = [
        ("only the first country's holidays", |of| {
            rule(&History {
                countries: of.countries.iter().take(1).copied().collect(),
                off: of.off.clone(),
                ..*of
            })
        }),
        ("no holidays", |of| {
            rule(&History {
                countries: Vec::new(),
                off: Off::new(),
                ..*of
            })
        }),
        ("the day itself counts", |of| {
            rule(&History {
                begun: of.begun - chrono::Days::new(1),
                countries: of.countries.clone(),
                off: of.off.clone(),
                ..*of
            })
        }),
        ("a day too many", |of| {
            rule(&History {
                days: of.days + 1,
                countries: of.countries.clone(),
                off: of.off.clone(),
                ..*of
            })
        }),
        ("the last day does not count", |of| {
            rule(&History {
                until: of.until - chrono::Days::new(1),
                countries: of.countries.clone(),
                off: of.off.clone(),
                ..*of
            })
        }),
    ];
    for (name, rule) in wrong {
        assert!(differences(1, 500, rule) > 0, "{name} is not noticed");
    }
}

#[test]
fn both_know_the_products_date() {
    let first = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
    let last = NaiveDate::from_ymd_opt(2027, 1, 12).expect("a day");
    assert_eq!(due(written(first), 30, &[], &Off::new()), written(last));
    assert_eq!(nth_after(first, 30, &[]), Some(last));
}
