//! The shipped holidays, held against what the statutes say of them: fixed dates, Mondays, days before and after Easter. Easter is
//! computed here, by the Gregorian computus, and appears in no file of the program.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use meridian::countries::Country;
use meridian::holidays::seed::{Shipped, shipped};

const YEARS: [i32; 3] = [2026, 2027, 2028];

/// Easter Sunday (Meeus, Jones and Butcher).
fn easter(year: i32) -> NaiveDate {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let days = moon + weekday - 7 * ((golden + 11 * moon + 22 * weekday) / 451) + 114;
    let part = |number: i32| u32::try_from(number).expect("positive");
    NaiveDate::from_ymd_opt(year, part(days / 31), part(days % 31 + 1)).expect("a day")
}

fn on(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

fn of(code: &str) -> Shipped {
    let found = shipped().into_iter().find(|country| country.code == code);
    found.unwrap_or_else(|| panic!("{code} is shipped"))
}

fn days(code: &str, year: i32) -> BTreeSet<NaiveDate> {
    let all = of(code).days.into_iter().map(|(day, _)| day);
    all.filter(|day| day.year() == year).collect()
}

#[test]
fn nine_countries_have_three_years_in_order_without_doubles() {
    let all = shipped();
    let codes: Vec<&str> = all.iter().map(|country| country.code.as_str()).collect();
    assert_eq!(codes, ["US", "BR", "AR", "CO", "MX", "CL", "PE", "UY", "CR"]);
    for country in &all {
        assert!(Country::parse(&country.code).is_some(), "{}", country.code);
        assert!(country.days.is_sorted_by(|a, b| a.0 < b.0), "{}", country.code);
        assert!(country.source.len() > 20, "{}", country.code);
        assert_eq!(country.years(), YEARS, "{}", country.code);
        for (day, name) in &country.days {
            assert!(!name.trim().is_empty() && name.chars().count() <= 100, "{day}");
        }
    }
}

#[test]
fn easter_falls_on_its_sundays() {
    assert_eq!(YEARS.map(easter), [on(2026, 4, 5), on(2027, 3, 28), on(2028, 4, 16)]);
}

#[test]
fn days_that_follow_easter_follow_it() {
    // Days from Easter Sunday, by country.
    let relative: [(&str, &[i64]); 6] = [
        ("BR", &[-2]),
        ("AR", &[-48, -47, -2]),
        ("CO", &[-3, -2, 43, 64, 71]),
        ("CL", &[-2, -1]),
        ("PE", &[-3, -2]),
        ("CR", &[-3, -2]),
    ];
    for year in YEARS {
        for (code, offsets) in relative {
            for offset in offsets {
                let day = easter(year) + chrono::TimeDelta::days(*offset);
                assert!(days(code, year).contains(&day), "{code} {day}");
            }
        }
        for code in ["US", "MX", "UY"] {
            let good_friday = easter(year) - Days::new(2);
            assert!(!days(code, year).contains(&good_friday), "{code} works on Good Friday");
        }
    }
}

#[test]
fn every_colombian_day_that_the_law_moves_stands_on_a_monday() {
    let fixed = [(1, 1), (5, 1), (7, 20), (8, 7), (12, 8), (12, 25)];
    let moved = [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)];
    for year in YEARS {
        let mut expected: BTreeSet<NaiveDate> = fixed.iter().map(|(month, day)| on(year, *month, *day)).collect();
        for (month, day) in moved {
            let named = on(year, month, day);
            let monday = named.iter_days().find(|day| day.weekday() == Weekday::Mon);
            expected.insert(monday.expect("a Monday"));
        }
        for offset in [-3, -2, 43, 64, 71] {
            expected.insert(easter(year) + chrono::TimeDelta::days(offset));
        }
        assert_eq!(expected.len(), 18, "{year}");
        assert_eq!(days("CO", year), expected, "{year}");
    }
}

#[test]
fn an_american_day_on_a_weekend_is_observed_on_the_nearest_weekday() {
    let fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)];
    for year in YEARS {
        let all = days("US", year);
        for (month, day) in fixed {
            let named = on(year, month, day);
            assert!(all.contains(&named), "{named}");
            let observed = match named.weekday() {
                Weekday::Sat => named - Days::new(1),
                Weekday::Sun => named + Days::new(1),
                _ => named,
            };
            if observed.year() == year {
                assert!(all.contains(&observed), "{observed}");
            }
        }
    }
    // New Year's Day of 2028 is a Saturday, observed in the year before.
    assert!(days("US", 2027).contains(&on(2027, 12, 31)));
    assert!(days("US", 2026).contains(&on(2026, 7, 3)));
    assert!(days("US", 2026).contains(&on(2026, 11, 26)) && !days("US", 2026).contains(&on(2026, 11, 27)));
}

#[test]
fn mondays_of_mexico_argentina_and_chile_are_where_their_laws_put_them() {
    let mexico = |year| days("MX", year);
    assert!(mexico(2027).contains(&on(2027, 2, 1)) && mexico(2027).contains(&on(2027, 3, 15)));
    assert!(mexico(2028).contains(&on(2028, 11, 20)) && mexico(2026).len() == 7);
    // A Wednesday goes to the Monday before, a Friday to the one after, a Saturday stays.
    assert!(days("AR", 2026).contains(&on(2026, 6, 15)) && !days("AR", 2026).contains(&on(2026, 6, 17)));
    assert!(days("AR", 2026).contains(&on(2026, 11, 23)) && !days("AR", 2026).contains(&on(2026, 11, 20)));
    assert!(days("AR", 2027).contains(&on(2027, 11, 20)));
    assert!(days("CL", 2028).contains(&on(2028, 6, 26)) && days("CL", 2028).contains(&on(2028, 10, 27)));
    assert!(days("CL", 2027).contains(&on(2027, 9, 17)) && !days("CL", 2026).contains(&on(2026, 9, 17)));
}
