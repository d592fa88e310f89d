//! Random guarantees in every zone, compared with the slow model.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use meridian::placements::guarantee::{
    Calendar, CalendarError, Course, DayKind, Departure, Milestone, MilestoneKind, Pause, PausePolicy, Span, State,
    Terms,
};
use meridian::zones::Zone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use super::date;
use crate::models::guarantee as model;

/// A random guarantee.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) zone: Zone,
    pub(super) start: NaiveDate,
    pub(super) days: u16,
    pub(super) business: bool,
    pub(super) extend: bool,
    pub(super) notice: u16,
    pub(super) notice_in_business_days: bool,
    pub(super) check_ins: Vec<u16>,
    pub(super) through: Option<NaiveDate>,
    pub(super) pauses: Vec<Pause>,
    pub(super) holidays: Vec<NaiveDate>,
    pub(super) left: Option<NaiveDate>,
    pub(super) notices: Vec<DateTime<Utc>>,
    pub(super) now: DateTime<Utc>,
}

/// Everything that the comparison looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) state: State,
    pub(super) day: Option<u16>,
    pub(super) days: u16,
    pub(super) last_covered: NaiveDate,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) notice: Option<(NaiveDate, DateTime<Utc>)>,
    pub(super) last_notice: (NaiveDate, DateTime<Utc>),
    pub(super) check_ins: Vec<(u16, NaiveDate)>,
    pub(super) reminder: Option<NaiveDate>,
}

/// The same, or why there is none.
pub(super) type Seen = Result<Sight, CalendarError>;

/// The rule as it is.
pub(super) fn rule(case: &Case) -> Seen {
    let terms = Terms {
        days: case.days,
        day_kind: if case.business {
            DayKind::Business
        } else {
            DayKind::Calendar
        },
        pauses: if case.extend {
            PausePolicy::Extend
        } else {
            PausePolicy::None
        },
        notice_business_days: case.notice,
        notice_day_kind: if case.notice_in_business_days {
            DayKind::Business
        } else {
            DayKind::Calendar
        },
        check_in_days: case.check_ins.clone(),
        ..Terms::default_promise()
    };
    let left = case.left.map(|last_working_day| Departure {
        last_working_day,
        cause: None,
        circumstances: vec![],
    });
    let course = Course {
        start: case.start,
        span: case.through.map_or(Span::Terms, Span::Through),
        zone: case.zone,
        pauses: &case.pauses,
        holidays: &case.holidays,
        departure: left.as_ref(),
        notices: &case.notices,
        closed: None,
    };
    let found = Calendar::at(&terms, &course, case.now)?;
    let reminders = |m: &Milestone| (m.kind == MilestoneKind::Reminder).then_some(m.date);
    Ok(Sight {
        state: found.state,
        day: found.day,
        days: found.days,
        last_covered: found.last_covered,
        starts_at: found.starts_at,
        ends_at: found.ends_at,
        notice: found.notice_deadline.map(|deadline| (deadline.date, deadline.before)),
        last_notice: (found.last_notice.date, found.last_notice.before),
        check_ins: found
            .milestones
            .iter()
            .filter_map(|m| m.day.map(|day| (day, m.date)))
            .collect(),
        reminder: found.milestones.iter().find_map(reminders),
    })
}

fn to_jiff(date: NaiveDate) -> jiff::civil::Date {
    date.to_string().parse().expect("a sound case")
}

fn from_jiff(date: jiff::civil::Date) -> NaiveDate {
    date.to_string().parse().expect("a sound case")
}

fn stamp(at: DateTime<Utc>) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.timestamp()).expect("a sound case")
}

fn instant(at: jiff::Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(at.as_second(), 0).expect("a sound case")
}

/// The slow model's answer in the same shape.
fn slow(case: &Case) -> Seen {
    let promise = model::Promise {
        days: case.days.into(),
        business: case.business,
        notice: case.notice.into(),
        notice_in_business_days: case.notice_in_business_days,
        pauses_extend: case.extend,
        check_ins: case.check_ins.iter().map(|day| u32::from(*day)).collect(),
    };
    let story = model::Story {
        zone: case.zone.name().to_owned(),
        start: to_jiff(case.start),
        through: case.through.map(to_jiff),
        pauses: case
            .pauses
            .iter()
            .map(|pause| (to_jiff(pause.first), to_jiff(pause.last)))
            .collect(),
        holidays: case.holidays.iter().copied().map(to_jiff).collect(),
        left: case.left.map(to_jiff),
        notices: case.notices.iter().copied().map(stamp).collect(),
        now: stamp(case.now),
    };
    let found = model::standing(&promise, &story).ok_or(CalendarError::NotCovered)?;
    let state = match found.state {
        "pending" => State::Pending,
        "claim_open" => State::ClaimOpen,
        "satisfied" => State::Satisfied,
        "paused" => State::Paused,
        _ => State::Running,
    };
    let small = |n: u32| u16::try_from(n).expect("a sound case");
    let until = |(date, late)| (from_jiff(date), instant(late));
    Ok(Sight {
        state,
        day: found.day.map(small),
        days: small(found.days),
        last_covered: from_jiff(found.last_covered),
        starts_at: instant(found.starts_at),
        ends_at: instant(found.ends_at),
        notice: found.notice_until.map(until),
        last_notice: until(found.last_notice),
        check_ins: found
            .check_ins
            .into_iter()
            .map(|(day, date)| (small(day), from_jiff(date)))
            .collect(),
        reminder: found.reminder.map(from_jiff),
    })
}

pub(super) fn compare(implementation: &dyn Fn(&Case) -> Seen, case: &Case) -> Result<(), TestCaseError> {
    prop_assert_eq!(implementation(case), slow(case));
    Ok(())
}

pub(super) fn near(start: NaiveDate, days: i64) -> NaiveDate {
    start + TimeDelta::days(days)
}

/// Offsets in seconds around a day's first instant: the boundary itself and its neighbours are tried often.
fn moment() -> impl Strategy<Value = (i64, i64)> {
    (
        -5..75_i64,
        prop_oneof![Just(0), Just(-1), Just(1), Just(3599), 0..86_400_i64],
    )
}

/// Starts from 2010 on, so that Apia's missing day and the last midnight changes of many zones are inside.
fn any_start() -> impl Strategy<Value = NaiveDate> {
    prop_oneof![
        Just(date("2011-12-05")),
        (0..9_500_u64).prop_map(|n| date("2010-01-01") + Days::new(n))
    ]
}

/// Starts so that a day on which the zone's clocks change lies about a boundary, where there are such days since 2010; a month
/// at most of other starts. Few months, because the slow model looks for the beginning of every date.
fn starts_in(zone: Zone) -> impl Strategy<Value = NaiveDate> + use<> {
    let (from, until) = (date("2010-01-01"), date("2036-01-01"));
    let changes = zone.regimes(from, until);
    let mut near: Vec<NaiveDate> = changes
        .iter()
        .skip(1)
        .map(|regime| zone.local_date(regime.from_utc))
        .collect();
    // The first ones, the last ones, and of those between one in sixteen.
    let count = near.len();
    let mut at = 0;
    near.retain(|_| {
        at += 1;
        at < 3 || at + 1 > count || at % 16 == 0
    });
    near.push(date("2011-12-30"));
    near.push(date("2028-02-29"));
    let before = proptest::sample::select(vec![0_u64, 1, 29, 30]);
    (proptest::sample::select(near), before).prop_map(|(change, before)| change - Days::new(before))
}

pub(super) fn case_in(zones: Vec<Zone>) -> impl Strategy<Value = Case> {
    cases(proptest::sample::select(zones), any_start())
}

fn cases(zones: impl Strategy<Value = Zone>, starts: impl Strategy<Value = NaiveDate>) -> impl Strategy<Value = Case> {
    let story = (
        zones,
        starts,
        prop_oneof![4 => Just(30_u16), 1 => 30..60_u16],
        any::<(bool, bool)>(),
        (0..7_u16, prop_oneof![2 => Just(true), 1 => Just(false)]),
        proptest::option::weighted(0.2, -2..40_i64),
        proptest::collection::vec((-5..40_i64, 0..9_i64), 0..4),
        proptest::collection::vec(-3..60_i64, 0..4),
        proptest::option::of(-3..45_i64),
        proptest::collection::vec(moment(), 0..3),
        moment(),
    );
    story.prop_map(
        |(zone, start, days, (business, extend), notice, through, pauses, holidays, left, notices, now)| {
            let instant =
                |(day, seconds): (i64, i64)| zone.start_of_day(near(start, day)) + TimeDelta::seconds(seconds);
            Case {
                zone,
                start,
                days,
                business,
                extend,
                notice: notice.0,
                notice_in_business_days: notice.1,
                check_ins: vec![1, 7, 15, 25, 30],
                through: through.map(|n| near(start, n)),
                pauses: pauses
                    .into_iter()
                    .map(|(from, length)| Pause {
                        first: near(start, from),
                        last: near(start, from + length),
                    })
                    .collect(),
                holidays: holidays.into_iter().map(|n| near(start, n)).collect(),
                left: left.map(|n| near(start, n)),
                notices: notices.into_iter().map(instant).collect(),
                now: instant(now),
            }
        },
    )
}

pub(super) fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(
        config,
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

/// How often each zone is tried.
const EACH: u32 = 170;

#[test]
fn the_calendar_agrees_with_the_slow_model_a_hundred_thousand_times_in_every_zone() {
    let all: Vec<Zone> = Zone::all().collect();
    assert!(all.len() * EACH as usize > 100_000, "{} zones", all.len());
    // As many hands as the machine has; each takes every so many-th zone.
    let hands = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for hand in 0..hands {
            let zones = all.iter().skip(hand).step_by(hands);
            scope.spawn(move || {
                for &zone in zones {
                    runner(EACH)
                        .run(&cases(Just(zone), starts_in(zone)), |case| compare(&rule, &case))
                        .unwrap_or_else(|error| panic!("{zone}: {error}"));
                }
            });
        }
    });
}

#[test]
fn the_calendar_agrees_with_the_slow_model_at_any_start() {
    let all: Vec<Zone> = Zone::all().collect();
    runner(4_000)
        .run(&case_in(all), |case| compare(&rule, &case))
        .expect("a sound case");
}
