//! Tests of the overlap rule: known figures, properties over every zone, and proof that the comparison with the slow model
//! notices a wrong rule.

use chrono::{Days, NaiveDate};
use meridian::matching::overlap::{
    Overlap, OverlapRegime, Overlaps, Weekdays, WorkingWeek, engagement, hours_text, minutes_per_day, overlap,
    start_on_client_clock,
};
use meridian::zones::Zone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRng, TestRunner};

use crate::models::overlap as model;

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

/// What a pair of weeks and an engagement is called in a failure.
#[derive(Debug, Clone)]
struct Case {
    client: WorkingWeek,
    developer: WorkingWeek,
    from: NaiveDate,
    until: NaiveDate,
}

type Rule = fn(&WorkingWeek, &WorkingWeek, NaiveDate, NaiveDate) -> Overlap;

fn side(week: &WorkingWeek) -> model::Side {
    model::Side {
        zone: week.zone.name().to_owned(),
        start: i64::from(week.start_minute),
        end: i64::from(week.end_minute),
        days: std::array::from_fn(|day| week.days.contains(Weekdays::ORDER[day])),
    }
}

/// The comparison, with the rule as an argument so that wrong rules can be put in its place.
fn disagreement(rule: Rule, case: &Case) -> Option<String> {
    let Case {
        client,
        developer,
        from,
        until,
    } = case;
    let found = rule(client, developer, *from, *until);
    let runs = |regimes: &[OverlapRegime]| {
        let run = |r: &OverlapRegime| (r.from.to_string(), r.until.to_string(), i64::from(r.minutes_per_day));
        regimes.iter().map(run).collect::<Vec<_>>()
    };
    let found = model::Answer {
        least: i64::from(found.least_minutes),
        counted: runs(&found.regimes),
        short: runs(&found.short_regimes),
    };
    let expected = model::overlap(&side(client), &side(developer), &from.to_string(), &until.to_string());
    (found != expected).then(|| format!("{case:?}\n the rule: {found:?}\n the model: {expected:?}"))
}

fn zones() -> impl Strategy<Value = Zone> {
    // Half of the time zones with clock changes of all kinds, else any zone of the data.
    let moving = [
        "America/New_York",
        "Europe/London",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Beirut",
        "America/Sao_Paulo",
        "Africa/Cairo",
        "Pacific/Chatham",
        "Asia/Kathmandu",
        "America/Havana",
    ];
    let all: Vec<Zone> = Zone::all().collect();
    prop_oneof![
        proptest::sample::select(moving.map(|name| Zone::parse(name).unwrap()).to_vec()),
        proptest::sample::select(all),
    ]
}

fn weeks() -> impl Strategy<Value = WorkingWeek> {
    let hours = prop_oneof![
        Just((540, 1020)),
        Just((540, 1080)),
        Just((22 * 60, 6 * 60)),
        Just((1170, 210)),
        (0_u16..96, 0_u16..=96).prop_map(|(start, end)| (start * 15, end * 15)),
        (0_u16..1440, 0_u16..=1440),
    ];
    let days = prop_oneof![
        3 => Just(Weekdays::MONDAY_TO_FRIDAY),
        1 => Just(Weekdays::SUNDAY_TO_THURSDAY),
        2 => (1_u8..128).prop_map(Weekdays::from_bits),
    ];
    (zones(), hours, days).prop_map(|(zone, (start, end), days)| WorkingWeek::new(zone, start, end, days).unwrap())
}

fn cases() -> impl Strategy<Value = Case> {
    (weeks(), weeks(), 0_u64..15_000, 1_u64..400).prop_map(|(client, developer, start, length)| {
        let from = date("1999-01-01") + Days::new(start);
        Case {
            client,
            developer,
            from,
            until: from + Days::new(length),
        }
    })
}

/// The first of `count` seeded cases on which the rule and the model differ.
fn first_disagreement(rule: Rule, count: u32) -> Option<String> {
    let config = Config {
        cases: count,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(config.rng_algorithm));
    let outcome = runner.run(&cases(), |case| match disagreement(rule, &case) {
        Some(text) => Err(TestCaseError::fail(text)),
        None => Ok(()),
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(reason, _)) => Some(reason.message().to_owned()),
        Err(TestError::Abort(reason)) => panic!("no cases: {reason}"),
    }
}

#[test]
fn the_rule_agrees_with_the_minute_by_minute_model() {
    assert_eq!(first_disagreement(overlap, 250), None);
}

/// Every wrong rule that one edit, or one misunderstanding, would make of the right one.
const MUTATIONS: [(&str, Rule); 12] = [
    ("the difference has the wrong sign", |c, d, from, until| {
        overlap(
            &WorkingWeek { zone: d.zone, ..*c },
            &WorkingWeek { zone: c.zone, ..*d },
            from,
            until,
        )
    }),
    ("only the offsets of the first day", |c, d, from, until| {
        let mut first = overlap(c, d, from, from + Days::new(1));
        first.regimes[0].until = until;
        first
    }),
    ("weekdays are forgotten", |c, d, from, until| {
        overlap(
            &WorkingWeek {
                days: Weekdays::ALL,
                ..*c
            },
            &WorkingWeek {
                days: Weekdays::ALL,
                ..*d
            },
            from,
            until,
        )
    }),
    ("everybody works Monday to Friday", |c, d, from, until| {
        let days = Weekdays::MONDAY_TO_FRIDAY;
        overlap(&WorkingWeek { days, ..*c }, &WorkingWeek { days, ..*d }, from, until)
    }),
    ("a night shift is read as a day", |c, d, from, until| {
        let day = |w: &WorkingWeek| WorkingWeek {
            start_minute: w.start_minute.min(w.end_minute),
            end_minute: w.end_minute.max(w.start_minute),
            ..*w
        };
        overlap(&day(c), &day(d), from, until)
    }),
    ("the part of a night after midnight is lost", |c, d, from, until| {
        let cut = |w: &WorkingWeek| WorkingWeek {
            end_minute: if w.end_minute <= w.start_minute {
                1440
            } else {
                w.end_minute
            },
            ..*w
        };
        overlap(&cut(c), &cut(d), from, until)
    }),
    ("short stretches gate too", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        let short = found.short_regimes.iter().map(|regime| regime.minutes_per_day).min();
        found.least_minutes = found.least_minutes.min(short.unwrap_or(u16::MAX));
        found
    }),
    ("the best stretch instead of the least", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        found.least_minutes = found
            .regimes
            .iter()
            .map(|regime| regime.minutes_per_day)
            .max()
            .unwrap_or(0);
        found
    }),
    ("divided by the developer's days", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        let scale =
            |minutes: u16| u16::try_from(u32::from(minutes) * c.days.count() / d.days.count()).unwrap_or(u16::MAX);
        found.least_minutes = scale(found.least_minutes);
        found
            .regimes
            .iter_mut()
            .for_each(|regime| regime.minutes_per_day = scale(regime.minutes_per_day));
        found
    }),
    ("whole hours only", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        found.least_minutes -= found.least_minutes % 60;
        found
    }),
    ("the last stretch is left out", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        if found.regimes.len() > 1 {
            found.regimes.pop();
        }
        found
    }),
    ("a clock change counts from the next day", |c, d, from, until| {
        let mut found = overlap(c, d, from, until);
        for regime in found.regimes.iter_mut().filter(|regime| regime.from != from) {
            regime.from = regime.from + Days::new(1);
        }
        found
    }),
];

#[test]
fn the_comparison_notices_every_mutation_of_the_rule() {
    let missed: Vec<&str> = MUTATIONS
        .iter()
        .filter(|(_, mutated)| first_disagreement(*mutated, 250).is_none())
        .map(|(name, _)| *name)
        .collect();
    assert!(missed.is_empty(), "the comparison let these pass: {missed:?}");
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn more_hours_or_days_of_the_developer_never_lower_it(case in cases(), longer in 0_u16..600, day in 0_u8..7) {
        let before = overlap(&case.client, &case.developer, case.from, case.until);
        let room = 1440 - case.developer.minutes_a_day();
        let end_minute = (case.developer.end_minute + longer.min(room)) % 1440;
        let more = WorkingWeek {
            end_minute,
            days: Weekdays::from_bits(case.developer.days.bits() | 1 << day),
            ..case.developer
        };
        let after = overlap(&case.client, &more, case.from, case.until);
        prop_assert!(after.least_minutes >= before.least_minutes);
    }

    #[test]
    fn it_is_at_most_the_clients_day_and_the_stretches_tile_the_engagement(case in cases()) {
        let found = overlap(&case.client, &case.developer, case.from, case.until);
        prop_assert!(found.least_minutes <= case.client.minutes_a_day());
        let mut all: Vec<_> = found.regimes.iter().chain(&found.short_regimes).collect();
        all.sort_by_key(|regime| regime.from);
        prop_assert_eq!(all[0].from, case.from);
        prop_assert_eq!(all[all.len() - 1].until, case.until);
        prop_assert!(all.windows(2).all(|pair| pair[0].until == pair[1].from));
    }

    #[test]
    fn the_shared_minutes_of_a_week_are_the_same_from_both_sides(one in weeks(), other in weeks(), quarter in -104_i32..=104) {
        let whole = |week: WorkingWeek| WorkingWeek { days: Weekdays::ALL, ..week };
        let (one, other) = (whole(one), whole(other));
        prop_assert_eq!(
            minutes_per_day(&one, &other, quarter * 15),
            minutes_per_day(&other, &one, -quarter * 15)
        );
    }
}
