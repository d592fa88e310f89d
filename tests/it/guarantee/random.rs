//! Random guarantees in every zone, compared with the slow model.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use meridian::placements::guarantee::{
    Calendar, CalendarError, Course, DayKind, Departure, Pause, PausePolicy, Span, State, Terms,
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
    pub(super) check_ins: Vec<u16>,
    pub(super) through: Option<NaiveDate>,
    pub(super) pauses: Vec<Pause>,
    pub(super) holidays: Vec<NaiveDate>,
    pub(super) left: Option<NaiveDate>,
    pub(super) notices: Vec<DateTime<Utc>>,
    pub(super) now: DateTime<Utc>,
}

/// Everything that the comparison looks at.
pub(super) type Seen = Result<
    (
        State,
        Option<u16>,
        u16,
        NaiveDate,
        DateTime<Utc>,
        DateTime<Utc>,
        Option<(NaiveDate, DateTime<Utc>)>,
        Vec<(u16, NaiveDate)>,
    ),
    CalendarError,
>;

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
    let check_ins = found
        .milestones
        .iter()
        .filter_map(|m| m.day.map(|day| (day, m.date)))
        .collect();
    let deadline = found.notice_deadline.map(|deadline| (deadline.date, deadline.before));
    Ok((
        found.state,
        found.day,
        found.days,
        found.last_covered,
        found.starts_at,
        found.ends_at,
        deadline,
        check_ins,
    ))
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
    Ok((
        state,
        found.day.map(small),
        small(found.days),
        from_jiff(found.last_covered),
        instant(found.starts_at),
        instant(found.ends_at),
        found.notice_until.map(|(date, late)| (from_jiff(date), instant(late))),
        found
            .check_ins
            .into_iter()
            .map(|(day, date)| (small(day), from_jiff(date)))
            .collect(),
    ))
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

pub(super) fn case_in(zones: Vec<Zone>) -> impl Strategy<Value = Case> {
    let story = (
        proptest::sample::select(zones),
        // From 2010, so that Apia's missing day and the last midnight changes of many zones are inside.
        prop_oneof![
            Just(date("2011-12-05")),
            (0..9_500_u64).prop_map(|n| date("2010-01-01") + Days::new(n))
        ],
        prop_oneof![4 => Just(30_u16), 1 => 30..60_u16],
        any::<(bool, bool)>(),
        0..7_u16,
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
                notice,
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

#[test]
fn the_calendar_agrees_with_the_slow_model_in_every_zone() {
    for zone in Zone::all() {
        runner(12)
            .run(&case_in(vec![zone]), |case| compare(&rule, &case))
            .unwrap_or_else(|error| panic!("{zone}: {error}"));
    }
    let all: Vec<Zone> = Zone::all().collect();
    runner(4_000)
        .run(&case_in(all), |case| compare(&rule, &case))
        .expect("a sound case");
}
