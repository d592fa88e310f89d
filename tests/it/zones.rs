//! Tests of the zones kernel: the traps by name, and every zone against a walk over its minutes.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use meridian::zones::{LocalTime, UnknownZone, Weekdays, WorkingWeek, Zone};
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn reading(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn every_zone_of_the_data_parses_and_comes_back_from_its_text() {
    let all: Vec<Zone> = Zone::all().collect();
    assert!(all.len() > 590, "{} zones", all.len());
    for zone in &all {
        assert!(
            zone.offset_seconds(utc("2026-11-21T00:00:00Z")).abs() <= 14 * 3600,
            "{zone}"
        );
        assert_eq!(Zone::parse(&zone.to_string()), Ok(*zone));
        let text = serde_json::to_string(zone).unwrap();
        assert_eq!(text, format!("\"{zone}\""));
        assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), *zone);
    }
    assert_eq!(zone("america/sao_paulo").name(), "America/Sao_Paulo");
    for wrong in [
        "",
        "Mars/Olympus",
        "America",
        "UTC-3",
        "Factory",
        "America/São_Paulo",
        "../etc/passwd",
    ] {
        assert!(matches!(Zone::parse(wrong), Err(UnknownZone(_))), "{wrong}");
        assert!(serde_json::from_str::<Zone>(&format!("\"{wrong}\"")).is_err());
    }
}

#[test]
fn the_zone_data_is_the_bundled_one_and_knows_2026() {
    // chrono-tz's last release and many machines still put Vancouver on UTC-8 in December 2026.
    assert!(
        meridian::zones::DATA_VERSION >= "2026",
        "{}",
        meridian::zones::DATA_VERSION
    );
    assert_eq!(
        zone("America/Vancouver").offset_seconds(utc("2026-12-21T12:00:00Z")),
        -7 * 3600
    );
    assert_eq!(
        zone("America/Asuncion").offset_seconds(utc("2026-07-01T12:00:00Z")),
        -3 * 3600
    );
}

#[test]
fn a_day_starts_at_the_first_instant_that_bears_its_date() {
    let start = |name: &str, day: &str| zone(name).start_of_day(date(day)).to_rfc3339();
    // The usual midnight, in winter and in summer.
    assert_eq!(start("America/New_York", "2026-12-07"), "2026-12-07T05:00:00+00:00");
    assert_eq!(start("America/New_York", "2026-06-07"), "2026-06-07T04:00:00+00:00");
    // No midnight.
    assert_eq!(start("America/Santiago", "2026-09-06"), "2026-09-06T04:00:00+00:00");
    assert_eq!(start("America/Santiago", "2027-09-05"), "2027-09-05T04:00:00+00:00");
    assert_eq!(
        zone("America/Santiago").local(utc("2026-09-06T04:00:00Z")),
        reading("2026-09-06T01:00:00")
    );
    // Midnight twice: Havana goes from 1:00 back to 0:00.
    assert_eq!(start("America/Havana", "2025-11-02"), "2025-11-02T04:00:00+00:00");
    // The date comes for one minute, goes, and comes back: St. John's went from 0:01 back to 23:01.
    assert_eq!(start("America/St_Johns", "2010-11-07"), "2010-11-07T02:30:00+00:00");
    assert_eq!(
        zone("America/St_Johns").local_date(utc("2010-11-07T02:31:00Z")),
        date("2010-11-06")
    );
    // Samoa left a Friday out; Kwajalein a Saturday.
    assert_eq!(start("Pacific/Apia", "2011-12-30"), "2011-12-30T10:00:00+00:00");
    assert_eq!(start("Pacific/Apia", "2011-12-31"), "2011-12-30T10:00:00+00:00");
    assert_eq!(start("Pacific/Kwajalein", "1993-08-21"), "1993-08-21T12:00:00+00:00");
    // Lord Howe moves by half an hour.
    assert_eq!(start("Australia/Lord_Howe", "2026-10-05"), "2026-10-04T13:00:00+00:00");
}

#[test]
fn a_wall_clock_reading_may_come_once_never_or_twice() {
    let new_york = zone("America/New_York");
    let once = new_york.instant(reading("2026-12-07T09:30:15.250"));
    assert_eq!(once, LocalTime::One(utc("2026-12-07T14:30:15.250Z")));
    let skipped = new_york.instant(reading("2027-03-14T02:30:00"));
    assert_eq!(
        skipped,
        LocalTime::Skipped {
            jump: utc("2027-03-14T07:00:00Z"),
            shifted: utc("2027-03-14T07:30:00Z")
        }
    );
    assert_eq!(new_york.local(skipped.resolve()), reading("2027-03-14T03:30:00"));
    let twice = new_york.instant(reading("2026-11-01T01:30:00"));
    assert_eq!(
        twice,
        LocalTime::Twice {
            first: utc("2026-11-01T05:30:00Z"),
            second: utc("2026-11-01T06:30:00Z")
        }
    );
    assert_eq!(twice.resolve(), utc("2026-11-01T05:30:00Z"));
    // The edges of a gap and of a repetition.
    assert!(matches!(
        new_york.instant(reading("2027-03-14T02:00:00")),
        LocalTime::Skipped { .. }
    ));
    assert!(matches!(
        new_york.instant(reading("2027-03-14T03:00:00")),
        LocalTime::One(_)
    ));
    assert!(matches!(
        new_york.instant(reading("2026-11-01T01:00:00")),
        LocalTime::Twice { .. }
    ));
    assert!(matches!(
        new_york.instant(reading("2026-11-01T02:00:00")),
        LocalTime::One(_)
    ));
    // A whole day that never was.
    let apia = zone("Pacific/Apia").instant(reading("2011-12-30T12:00:00"));
    assert_eq!(
        apia,
        LocalTime::Skipped {
            jump: utc("2011-12-30T10:00:00Z"),
            shifted: utc("2011-12-30T22:00:00Z")
        }
    );
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for zone in [zone("Pacific/Kiritimati"), zone("America/Santiago")] {
        for day in [NaiveDate::MIN, NaiveDate::MAX, date("-9999-01-01"), date("9999-12-31")] {
            let _ = zone.start_of_day(day);
            let _ = zone.instant(day.and_hms_opt(23, 59, 59).unwrap()).resolve();
        }
        let _ = zone.local(DateTime::<Utc>::MAX_UTC);
        let _ = zone.local(DateTime::<Utc>::MIN_UTC);
    }
}

#[test]
fn regimes_are_listed_from_the_transitions() {
    let (from, until) = (date("2026-11-21"), date("2027-11-21"));
    let found: Vec<(String, i32)> = zone("America/New_York")
        .regimes(from, until)
        .iter()
        .map(|regime| (regime.from_utc.to_rfc3339(), regime.offset_seconds / 3600))
        .collect();
    let expected = [
        ("2026-11-21T05:00:00+00:00", -5),
        ("2027-03-14T07:00:00+00:00", -4),
        ("2027-11-07T06:00:00+00:00", -5),
    ];
    assert_eq!(found, expected.map(|(at, hours)| (at.to_owned(), hours)));
    assert_eq!(zone("America/Bogota").regimes(from, until).len(), 1);
    assert!(zone("America/Bogota").regimes(until, from).is_empty());
    // Morocco left its usual offset for the weeks of Ramadan only; sampling by quarter would miss them.
    let morocco = zone("Africa/Casablanca").regimes(date("2025-01-01"), date("2025-12-31"));
    assert_eq!(morocco.len(), 3);
    assert!((morocco[1].until_utc - morocco[1].from_utc).num_days() < 45);
}

#[test]
fn people_find_zones_by_place() {
    let at = utc("2026-11-21T09:00:00Z");
    assert_eq!(zone("America/Sao_Paulo").label(at), "Sao Paulo (UTC-3)");
    assert_eq!(zone("America/Santiago").label(at), "Santiago (UTC-3/-4)");
    assert_eq!(zone("Asia/Kathmandu").label(at), "Kathmandu (UTC+5:45)");
    assert_eq!(zone("America/St_Johns").label(at), "St Johns (UTC-3:30/-2:30)");
    assert_eq!(Zone::utc().label(at), "UTC (UTC+0)");
    assert_eq!(
        zone("America/Argentina/Buenos_Aires").place(),
        "Buenos Aires, Argentina"
    );
    let found = |text: &str| Zone::find(text).map(Zone::name);
    for text in [
        "America/Sao_Paulo",
        "sao paulo",
        "São Paulo",
        "Sao Paulo (UTC-3)",
        "america/sao paulo",
    ] {
        assert_eq!(found(text), Some("America/Sao_Paulo"), "{text}");
    }
    assert_eq!(found("Buenos Aires"), Some("America/Argentina/Buenos_Aires"));
    assert_eq!(found("new york"), Some("America/New_York"));
    assert_eq!(
        (found(""), found("   "), found("(UTC-3)"), found("Gotham")),
        (None, None, None, None)
    );
    let choices = Zone::choices(at);
    assert!((400..450).contains(&choices.len()), "{}", choices.len());
    assert!(choices.iter().any(|choice| choice.label == "Coyhaique (UTC-3)"));
    assert!(!choices.iter().any(|choice| choice.zone.name() == "Asia/Calcutta"));
    for choice in &choices {
        assert_eq!(Zone::find(&choice.label), Some(choice.zone), "{}", choice.label);
    }
}

#[test]
fn weekdays_and_hours_say_themselves() {
    assert_eq!(Weekdays::MONDAY_TO_FRIDAY.to_string(), "Mon-Fri");
    assert_eq!(Weekdays::SUNDAY_TO_THURSDAY.to_string(), "Sun-Thu");
    assert_eq!(Weekdays::ALL.to_string(), "every day");
    assert_eq!(Weekdays::from_bits(0b001_0101).to_string(), "Mon, Wed, Fri");
    assert_eq!(Weekdays::MONDAY_TO_FRIDAY.moved(6), Weekdays::SUNDAY_TO_THURSDAY);
    assert_eq!(Weekdays::MONDAY_TO_FRIDAY.moved(-1), Weekdays::SUNDAY_TO_THURSDAY);
    let night = WorkingWeek::new(Zone::utc(), 22 * 60, 6 * 60, Weekdays::ALL).unwrap();
    assert_eq!(
        (night.minutes_a_day(), night.hours_text().as_str()),
        (480, "22:00-06:00")
    );
    let whole = WorkingWeek::new(Zone::utc(), 540, 540, Weekdays::ALL).unwrap();
    assert_eq!(whole.minutes_a_day(), 1440);
    assert!(WorkingWeek::new(Zone::utc(), 1440, 0, Weekdays::ALL).is_err());
    assert!(WorkingWeek::new(Zone::utc(), 0, 1441, Weekdays::ALL).is_err());
    assert!(WorkingWeek::new(Zone::utc(), 0, 60, Weekdays::from_bits(0)).is_err());
}

/// The first instant with that date, by walking every minute; offsets have had whole minutes since 1972.
fn walked_start(zone: Zone, day: NaiveDate) -> DateTime<Utc> {
    let tz = jiff::tz::TimeZoneDatabase::bundled().get(zone.name()).unwrap();
    let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() / 60;
    let local_date = |minute: i64| {
        tz.to_datetime(jiff::Timestamp::from_second(minute * 60).unwrap())
            .date()
            .to_string()
    };
    let wanted = day.to_string();
    let span = (midnight - 27 * 60)..(midnight + 54 * 60);
    let first = span.clone().find(|minute| local_date(*minute) == wanted);
    let minute = first
        .or_else(|| span.clone().find(|minute| local_date(*minute) > wanted))
        .unwrap();
    DateTime::from_timestamp(minute * 60, 0).unwrap()
}

#[test]
fn days_around_every_clock_change_of_every_zone_start_where_a_walk_says() {
    for zone in Zone::canonical() {
        let changes = zone.regimes(date("2009-01-01"), date("2013-01-01"));
        for change in changes.iter().skip(1) {
            let day = zone.local_date(change.from_utc);
            for day in [day - Days::new(1), day, day + Days::new(1)] {
                let found = zone.start_of_day(day);
                // Walking all of them takes a minute: midnight without a change nearby needs no walk.
                let plain = zone.local(found) == day.and_hms_opt(0, 0, 0).unwrap()
                    && (found - change.from_utc).abs() > TimeDelta::hours(3);
                assert!(plain || found == walked_start(zone, day), "{zone} {day}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_instant_survives_the_way_through_its_local_time(
        zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
        seconds in 0_i64..3_000_000_000,
    ) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let back = zone.instant(zone.local(at));
        let holds = match back {
            LocalTime::One(one) => one == at,
            LocalTime::Twice { first, second } => first < second && (first == at || second == at),
            LocalTime::Skipped { .. } => false,
        };
        prop_assert!(holds, "{zone} {at} {back:?}");
    }

    #[test]
    fn days_follow_each_other_and_start_where_a_walk_says(
        zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
        day in 0_u64..22_000,
    ) {
        let day = date("1980-01-01") + Days::new(day);
        let start = zone.start_of_day(day);
        prop_assert_eq!(start, walked_start(zone, day));
        prop_assert!(zone.start_of_day(day + Days::new(1)) >= start);
    }

    #[test]
    fn regimes_touch_differ_and_hold_their_offset(
        zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
        day in 0_u64..22_000,
        length in 1_u64..900,
        probe in 0_i64..77_760_000,
    ) {
        let from = date("1980-01-01") + Days::new(day);
        let until = from + Days::new(length);
        let found = zone.regimes(from, until);
        prop_assert_eq!(found[0].from_utc, zone.start_of_day(from));
        prop_assert_eq!(found[found.len() - 1].until_utc, zone.start_of_day(until));
        for pair in found.windows(2) {
            prop_assert_eq!(pair[0].until_utc, pair[1].from_utc);
            prop_assert_ne!(pair[0].offset_seconds, pair[1].offset_seconds);
        }
        let at = found[0].from_utc + TimeDelta::seconds(probe);
        if let Some(regime) = found.iter().find(|regime| (regime.from_utc..regime.until_utc).contains(&at)) {
            prop_assert_eq!(regime.offset_seconds, zone.offset_seconds(at));
        }
    }
}
