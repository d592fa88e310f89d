//! Properties over every zone, the comparison with the slow model, and proof that the comparison notices a wrong rule.

use chrono::{Days, NaiveDate};
use meridian::matching::overlap::{Overlap, OverlapRegime, Weekdays, WorkingWeek, minutes_per_day, overlap};
use meridian::zones::Zone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRng, TestRunner};

use super::date;
use crate::models::overlap as model;

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
