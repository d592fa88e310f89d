//! Tests of the overlap rule: known figures here; properties, the slow model and wrong rules in `against_model`.

mod against_model;

use chrono::{Days, NaiveDate};
use meridian::matching::overlap::{
    Overlaps, Weekdays, WorkingWeek, engagement, hours_text, minutes_per_day, overlap, start_on_client_clock,
};
use meridian::zones::Zone;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn week(zone: &str, start: u16, end: u16) -> WorkingWeek {
    WorkingWeek::new(Zone::parse(zone).unwrap(), start, end, Weekdays::MONDAY_TO_FRIDAY).unwrap()
}

fn nine_to_five(zone: &str) -> WorkingWeek {
    week(zone, 9 * 60, 17 * 60)
}

/// Winter (difference at the start) and summer hours for two nine-to-five weeks against a client in the United States.
fn winter_and_summer(client: &str, developer: &str) -> (u16, u16) {
    let (client, developer) = (nine_to_five(client), nine_to_five(developer));
    let on = |day: &str| {
        let from = date(day);
        overlap(&client, &developer, from, from + Days::new(20)).least_minutes
    };
    (on("2026-12-07"), on("2027-06-07"))
}

#[test]
fn the_known_table_holds() {
    let hours = |client, developer| {
        let (winter, summer) = winter_and_summer(client, developer);
        (hours_text(winter), hours_text(summer))
    };
    let table = [
        ("America/New_York", "America/Sao_Paulo", "6.0 h", "7.0 h"),
        ("America/New_York", "America/Bogota", "8.0 h", "7.0 h"),
        ("America/New_York", "America/Mexico_City", "7.0 h", "6.0 h"),
        ("America/New_York", "America/Santiago", "6.0 h", "8.0 h"),
        ("America/Los_Angeles", "America/Sao_Paulo", "3.0 h", "4.0 h"),
        // Northern and southern clocks move apart: Manaus keeps UTC-4 and follows nobody.
        ("America/New_York", "America/Manaus", "7.0 h", "8.0 h"),
        ("America/New_York", "America/Tijuana", "5.0 h", "5.0 h"),
    ];
    for (client, developer, winter, summer) in table {
        assert_eq!(
            hours(client, developer),
            (winter.to_owned(), summer.to_owned()),
            "{client} and {developer}"
        );
    }
}

#[test]
fn the_least_stretch_gates_and_each_stretch_is_told_with_its_dates() {
    let (from, until) = engagement(date("2026-12-07"), None);
    assert_eq!((from, until), (date("2026-12-07"), date("2027-12-07")));
    let found = overlap(
        &nine_to_five("America/New_York"),
        &nine_to_five("America/Bogota"),
        from,
        until,
    );
    assert_eq!(found.least_minutes, 420);
    assert_eq!(
        found.explanation(),
        "8.0 h until 14 March 2027, 7.0 h until 7 November 2027, 8.0 h after"
    );
    let summer = &found.regimes[1];
    assert_eq!((summer.until - summer.from).num_days(), 238);
    assert_eq!(found.warning(), None);
}

#[test]
fn a_week_between_two_clock_changes_warns_and_does_not_gate() {
    // Europe leaves summer time on 25 October 2026, New York on 1 November: for a week Lisbon is four hours ahead.
    let client = week("Europe/Lisbon", 9 * 60, 17 * 60);
    let developer = week("America/New_York", 5 * 60, 13 * 60);
    let found = overlap(&client, &developer, date("2026-09-01"), date("2027-02-01"));
    assert_eq!(found.least_minutes, 420);
    assert_eq!(found.explanation(), "7.0 h");
    assert_eq!(found.short_regimes.len(), 1);
    assert_eq!(
        (found.short_regimes[0].from, found.short_regimes[0].until),
        (date("2026-10-25"), date("2026-11-01"))
    );
    assert_eq!(found.short_regimes[0].minutes_per_day, 480);
    assert_eq!(found.warning(), None, "more hours for a week are nothing to warn of");
    let later = overlap(
        &client,
        &nine_to_five("America/New_York"),
        date("2026-09-01"),
        date("2027-02-01"),
    );
    assert_eq!(later.warning(), None);
    let earlier = week("America/New_York", 3 * 60, 11 * 60);
    let warned = overlap(&client, &earlier, date("2026-09-01"), date("2027-02-01"));
    assert_eq!(warned.explanation(), "7.0 h");
    assert_eq!(
        warned.warning().as_deref(),
        Some("6.0 h from 25 October 2026 until 1 November 2026")
    );
}

#[test]
fn thirteen_days_are_short_and_fourteen_count() {
    let (client, developer) = (nine_to_five("America/New_York"), nine_to_five("America/Bogota"));
    let until_change = |days: u64| {
        let from = date("2027-03-14") - Days::new(days);
        overlap(&client, &developer, from, date("2027-06-01"))
            .short_regimes
            .len()
    };
    assert_eq!((until_change(13), until_change(14)), (1, 0));
    // An engagement that is itself shorter still gets a value.
    let brief = overlap(&client, &developer, date("2027-03-10"), date("2027-03-20"));
    assert_eq!(
        (brief.least_minutes, brief.regimes.len(), brief.short_regimes.len()),
        (420, 2, 0)
    );
}

#[test]
fn two_zones_that_change_an_hour_apart_are_one_stretch() {
    let found = overlap(
        &nine_to_five("America/New_York"),
        &nine_to_five("America/Chicago"),
        date("2026-01-05"),
        date("2027-01-05"),
    );
    assert_eq!(
        (found.regimes.len(), found.short_regimes.len(), found.least_minutes),
        (1, 0, 420)
    );
}

#[test]
fn nights_weekends_half_hours_and_the_date_line() {
    let monday_to_friday = Weekdays::MONDAY_TO_FRIDAY;
    let zone = |name: &str| Zone::parse(name).unwrap();
    let at = |client: &WorkingWeek, developer: &WorkingWeek| {
        overlap(client, developer, date("2026-12-07"), date("2027-01-07")).least_minutes
    };
    let new_york = nine_to_five("America/New_York");
    // Half past: 9:00-17:00 in New York is 19:30-03:30 in Kolkata, a night shift that ends on the next date.
    let night = WorkingWeek::new(zone("Asia/Kolkata"), 19 * 60 + 30, 3 * 60 + 30, monday_to_friday).unwrap();
    assert_eq!(at(&new_york, &night), 480);
    // A quarter to: Kathmandu is 10:45 ahead, so its 18:00-02:00 meets 9:00-15:15.
    let kathmandu = WorkingWeek::new(zone("Asia/Kathmandu"), 18 * 60, 2 * 60, monday_to_friday).unwrap();
    assert_eq!(at(&new_york, &kathmandu), 6 * 60 + 15);
    // Sunday to Thursday shares four of the client's five days.
    let sunday = WorkingWeek::new(zone("America/New_York"), 540, 1020, Weekdays::SUNDAY_TO_THURSDAY).unwrap();
    assert_eq!(at(&new_york, &sunday), 480 * 4 / 5);
    // Auckland is 18 hours ahead: Tuesday 3:00-11:00 there is the client's Monday, and the client's Friday is Saturday.
    let auckland = week("Pacific/Auckland", 3 * 60, 11 * 60);
    assert_eq!(at(&new_york, &auckland), 480 * 4 / 5);
    let tuesday_to_saturday = WorkingWeek {
        days: monday_to_friday.moved(1),
        ..auckland
    };
    assert_eq!(at(&new_york, &tuesday_to_saturday), 480);
    // Kiritimati and Pago Pago are 25 hours apart and share every minute but the date.
    let pago = nine_to_five("Pacific/Pago_Pago");
    let kiritimati = week("Pacific/Kiritimati", 10 * 60, 18 * 60);
    assert_eq!(at(&pago, &kiritimati), 480 * 4 / 5);
    // A whole day around the clock.
    let always = WorkingWeek::new(zone("America/Sao_Paulo"), 0, 0, Weekdays::ALL).unwrap();
    assert_eq!((at(&new_york, &always), at(&always, &new_york)), (480, 480 * 5 / 7));
    assert_eq!(start_on_client_clock(&auckland, 18 * 60), 9 * 60);
    assert_eq!(minutes_per_day(&new_york, &auckland, 18 * 60), 384);
}

#[test]
fn a_remembered_answer_is_the_same_answer() {
    let client = nine_to_five("America/Santiago");
    let (from, until) = engagement(date("2026-11-21"), Some(7));
    let mut many = Overlaps::new(client, from, until);
    for zone in Zone::all() {
        let developer = WorkingWeek {
            zone,
            ..nine_to_five("UTC")
        };
        let first = many.with(&developer);
        assert_eq!(first, many.with(&developer));
        assert_eq!(*first, overlap(&client, &developer, from, until), "{zone}");
    }
}
