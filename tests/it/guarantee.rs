//! The guarantee calendar and checklist: the dates of the product, a slow model over every zone, and proof that the
//! comparison with the model notices a wrong rule.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use meridian::placements::guarantee::{
    Calendar, CalendarError, Cause, Closing, Course, DayKind, Departure, Evidence, Exclusivity, ExclusivityRule,
    LineKind, MilestoneKind, Pause, PausePolicy, Payment, PaymentRule, Restart, Span, Specification, Started, State,
    Terms, TermsError, Tier, Verdict, checklist, replacement_span,
};
use meridian::zones::Zone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::models::guarantee as model;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn course(start: &str, in_zone: &str) -> Course<'static> {
    Course {
        start: date(start),
        span: Span::Terms,
        zone: zone(in_zone),
        pauses: &[],
        holidays: &[],
        departure: None,
        notices: &[],
        closed: None,
    }
}

fn default_at(start: &str, in_zone: &str, now: &str) -> Calendar {
    Calendar::at(&Terms::default_promise(), &course(start, in_zone), at(now)).unwrap()
}

fn departure(last: &str, cause: Cause) -> Departure {
    Departure {
        last_working_day: date(last),
        cause: Some(cause),
        circumstances: Vec::new(),
    }
}

const SOUND: Evidence = Evidence {
    started: Started::ByDate,
    payment: Payment::Unknown,
    replacements_used: 0,
    exclusivity: Exclusivity::NotAccepted,
    specification: Specification::Same,
};

#[test]
fn the_last_covered_date_is_the_start_and_twenty_nine_days() {
    for (start, last) in [
        ("2027-01-31", "2027-03-01"),
        ("2028-01-31", "2028-02-29"),
        ("2028-02-29", "2028-03-29"),
        ("2026-12-02", "2026-12-31"),
    ] {
        let calendar = default_at(start, "America/New_York", "2026-11-23T15:00:00Z");
        assert_eq!(calendar.last_covered, date(last), "{start}");
        assert_eq!(
            (calendar.state, calendar.day, calendar.days),
            (State::Pending, None, 30)
        );
    }
}

#[test]
fn thirty_business_days_skip_weekends_and_holidays() {
    let terms = Terms {
        day_kind: DayKind::Business,
        ..Terms::default_promise()
    };
    let plain = course("2026-12-02", "America/New_York");
    let last = |course: &Course<'_>| {
        Calendar::at(&terms, course, at("2026-12-02T12:00:00Z"))
            .unwrap()
            .last_covered
    };
    assert_eq!(last(&plain), date("2027-01-12"));
    let holidays = [date("2026-12-25"), date("2027-01-01"), date("2026-12-26")];
    assert_eq!(
        last(&Course {
            holidays: &holidays,
            ..plain
        }),
        date("2027-01-14")
    );
}

#[test]
fn a_day_without_a_midnight_starts_at_its_first_instant() {
    let calendar = default_at("2026-08-07", "America/Santiago", "2026-09-06T03:59:59Z");
    assert_eq!(calendar.last_covered, date("2026-09-05"));
    assert_eq!(calendar.ends_at, at("2026-09-06T04:00:00Z"));
    assert_eq!((calendar.state, calendar.day), (State::Running, Some(30)));
    assert_eq!(
        default_at("2026-08-07", "America/Santiago", "2026-09-06T04:00:00Z").state,
        State::Satisfied
    );
    assert_eq!(
        default_at("2027-09-05", "America/Santiago", "2027-01-01T00:00:00Z").starts_at,
        at("2027-09-05T04:00:00Z")
    );
}

#[test]
fn the_days_are_those_of_the_clients_zone() {
    let start = "2026-11-02";
    let just_before = default_at(start, "America/New_York", "2026-11-02T04:59:59Z");
    assert_eq!((just_before.state, just_before.day), (State::Pending, None));
    let first = default_at(start, "America/New_York", "2026-11-02T05:00:00Z");
    assert_eq!((first.state, first.day), (State::Running, Some(1)));
    let late = default_at(start, "America/New_York", "2026-11-14T04:59:59Z");
    assert_eq!((late.day, late.last_covered), (Some(12), date("2026-12-01")));
    assert_eq!(late.ends_at, at("2026-12-02T05:00:00Z"));
}

#[test]
fn notice_counts_until_the_end_of_the_fifth_business_day() {
    // The last covered day is Tuesday 1 December 2026; five business days end on Tuesday the 8th, New York.
    let left = departure("2026-12-01", Cause::Resigned);
    let terms = Terms::default_promise();
    let states = |notice: &str, now: &str| {
        let notices = [at(notice)];
        let course = Course {
            departure: Some(&left),
            notices: &notices,
            ..course("2026-11-02", "America/New_York")
        };
        let calendar = Calendar::at(&terms, &course, at(now)).unwrap();
        let lines = checklist(&terms, &course, &calendar, &SOUND, at(now));
        let line = lines.iter().find(|line| line.line == LineKind::NoticeInTime).unwrap();
        (calendar.state, line.verdict)
    };
    let last_second = "2026-12-09T04:59:59Z"; // 23:59:59 on the 8th
    let too_late = "2026-12-09T05:00:00Z";
    assert_eq!(
        states(last_second, "2026-12-09T04:59:58Z"),
        (State::Satisfied, Verdict::Pending),
        "not given yet"
    );
    assert_eq!(
        states(last_second, "2026-12-10T00:00:00Z"),
        (State::ClaimOpen, Verdict::Pass)
    );
    assert_eq!(
        states(too_late, "2026-12-10T00:00:00Z"),
        (State::Satisfied, Verdict::Fail)
    );
    assert_eq!(
        states("2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z"),
        (State::ClaimOpen, Verdict::Pass),
        "before the last day"
    );
}

#[test]
fn a_satisfied_guarantee_can_still_be_claimed_inside_the_window() {
    let left = departure("2026-12-01", Cause::Performance);
    let quiet = Course {
        departure: Some(&left),
        ..course("2026-11-02", "America/New_York")
    };
    let now = at("2026-12-04T12:00:00Z");
    assert_eq!(
        Calendar::at(&Terms::default_promise(), &quiet, now).unwrap().state,
        State::Satisfied
    );
    let notices = [now];
    let told = Course {
        notices: &notices,
        ..quiet
    };
    assert_eq!(
        Calendar::at(&Terms::default_promise(), &told, now).unwrap().state,
        State::ClaimOpen
    );
    let outside = departure("2026-12-02", Cause::Performance);
    let late = Course {
        departure: Some(&outside),
        ..told
    };
    assert_eq!(
        Calendar::at(&Terms::default_promise(), &late, now).unwrap().state,
        State::Satisfied
    );
}

#[test]
fn pauses_include_both_ends_merge_and_move_the_last_day() {
    let pause = |first: &str, last: &str| Pause {
        first: date(first),
        last: date(last),
    };
    let pauses = [
        pause("2026-11-20", "2026-11-24"),
        pause("2026-11-10", "2026-11-12"),
        pause("2026-11-12", "2026-11-13"),
    ];
    let course = Course {
        pauses: &pauses,
        ..course("2026-11-02", "America/New_York")
    };
    let calendar = |terms: &Terms, now: &str| Calendar::at(terms, &course, at(now)).unwrap();
    let terms = Terms::default_promise();
    let paused = calendar(&terms, "2026-11-10T12:00:00Z");
    assert_eq!(
        (paused.state, paused.day, paused.last_covered),
        (State::Paused, None, date("2026-12-10"))
    );
    let back = calendar(&terms, "2026-11-14T12:00:00Z");
    assert_eq!((back.state, back.day), (State::Running, Some(9)));
    let runs_on = Terms {
        pauses: PausePolicy::None,
        ..terms
    };
    assert_eq!(calendar(&runs_on, "2026-11-10T12:00:00Z").day, Some(9));
    assert_eq!(
        calendar(&runs_on, "2026-11-10T12:00:00Z").last_covered,
        date("2026-12-01")
    );
    let backwards = [pause("2026-11-12", "2026-11-10")];
    let wrong = Course {
        pauses: &backwards,
        ..course.clone()
    };
    assert_eq!(
        Calendar::at(&runs_on, &wrong, at("2026-11-10T12:00:00Z")),
        Err(CalendarError::Pause)
    );
    let for_ever = [pause("2026-11-10", "9999-01-01")];
    let endless = Course {
        pauses: &for_ever,
        ..course.clone()
    };
    let terms = Terms::default_promise();
    assert_eq!(
        Calendar::at(&terms, &endless, at("2026-11-10T12:00:00Z")),
        Err(CalendarError::Endless)
    );
}

#[test]
fn milestones_stand_in_the_order_of_time() {
    let calendar = default_at("2026-11-02", "America/New_York", "2026-11-09T12:00:00Z");
    let found: Vec<_> = calendar
        .milestones
        .iter()
        .map(|m| (m.kind, m.day, m.date.to_string()))
        .collect();
    let wanted = [
        (MilestoneKind::Start, None, "2026-11-02"),
        (MilestoneKind::CheckIn, Some(7), "2026-11-08"),
        (MilestoneKind::CheckIn, Some(15), "2026-11-16"),
        (MilestoneKind::CheckIn, Some(25), "2026-11-26"),
        (MilestoneKind::Reminder, None, "2026-11-30"),
        (MilestoneKind::LastCovered, None, "2026-12-01"),
        (MilestoneKind::End, None, "2026-12-02"),
        (MilestoneKind::NoticeCloses, None, "2026-12-09"),
    ];
    assert_eq!(found, wanted.map(|(kind, day, on)| (kind, day, on.to_owned())));
    let next = calendar.next_milestone(at("2026-11-09T12:00:00Z")).unwrap();
    assert_eq!(
        (next.kind, next.at),
        (MilestoneKind::CheckIn, at("2026-11-16T05:00:00Z"))
    );
}

#[test]
fn a_closed_guarantee_stays_closed_from_that_instant() {
    let closed = Course {
        closed: Some((Closing::Waived, at("2026-11-05T00:00:00Z"))),
        ..course("2026-11-02", "UTC")
    };
    let state = |now| Calendar::at(&Terms::default_promise(), &closed, at(now)).unwrap().state;
    assert_eq!(state("2026-11-04T23:59:59Z"), State::Running);
    assert_eq!(state("2026-11-05T00:00:00Z"), State::Waived);
    assert_eq!(state("2027-11-05T00:00:00Z"), State::Waived);
}

#[test]
fn a_replacement_gets_what_the_restart_policy_says() {
    let first = default_at("2026-11-02", "America/New_York", "2026-11-20T12:00:00Z");
    let with = |restart| Terms {
        restart,
        ..Terms::default_promise()
    };
    let left = date("2026-11-20"); // day 19
    assert_eq!(
        replacement_span(&with(Restart::None), &first, left),
        Span::Through(date("2026-12-01"))
    );
    assert_eq!(replacement_span(&with(Restart::Full), &first, left), Span::Terms);
    assert_eq!(
        replacement_span(&with(Restart::RemainingDays), &first, left),
        Span::Days(11)
    );
    let terms = Terms::default_promise();
    let second = Course {
        span: Span::Through(date("2026-12-01")),
        ..course("2026-11-25", "America/New_York")
    };
    let calendar = Calendar::at(&terms, &second, at("2026-11-26T12:00:00Z")).unwrap();
    assert_eq!(
        (calendar.day, calendar.days, calendar.last_covered),
        (Some(2), 7, date("2026-12-01"))
    );
    let too_late = Course {
        start: date("2026-12-02"),
        ..second
    };
    assert_eq!(
        Calendar::at(&terms, &too_late, at("2026-11-26T12:00:00Z")),
        Err(CalendarError::NotCovered)
    );
}

/// The verdicts of a claim, in the order of the nine lines.
fn verdicts(terms: &Terms, course: &Course<'_>, facts: &Evidence, now: &str) -> Vec<Verdict> {
    let calendar = Calendar::at(terms, course, at(now)).unwrap();
    let lines = checklist(terms, course, &calendar, facts, at(now));
    assert!(
        lines.iter().all(|line| !line.evidence.is_empty()),
        "every line says why: {lines:#?}"
    );
    assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), LineKind::ALL);
    lines.into_iter().map(|line| line.verdict).collect()
}

#[test]
fn every_line_of_the_checklist_passes_fails_and_does_not_apply() {
    use Verdict::{Fail, NotApplicable, Pass, Pending};
    let strict = Terms {
        payment_rule: PaymentRule::PaidAtNotice,
        exclusivity: ExclusivityRule::Required,
        ..Terms::default_promise()
    };
    let notices = [at("2026-11-20T12:00:00Z")];
    let left = departure("2026-11-20", Cause::Resigned);
    let claim = Course {
        departure: Some(&left),
        notices: &notices,
        ..course("2026-11-02", "America/New_York")
    };
    let good = Evidence {
        payment: Payment::Paid,
        exclusivity: Exclusivity::Accepted(date("2026-10-01")),
        ..SOUND
    };
    let now = "2026-11-21T12:00:00Z";
    assert_eq!(verdicts(&strict, &claim, &good, now), [Pass; 9]);

    let bad_left = Departure {
        circumstances: vec![Cause::Relocation],
        ..departure("2026-12-05", Cause::Layoff)
    };
    let late = [at("2027-01-20T12:00:00Z")];
    let bad = Evidence {
        payment: Payment::Overdue,
        replacements_used: 1,
        exclusivity: Exclusivity::NotAccepted,
        specification: Specification::Changed,
        ..SOUND
    };
    let lost = Course {
        departure: Some(&bad_left),
        notices: &late,
        ..claim.clone()
    };
    let found = verdicts(&strict, &lost, &bad, "2027-01-21T12:00:00Z");
    assert_eq!(found, [Pass, Fail, Fail, Fail, Fail, Fail, Fail, Fail, Fail]);
    let never = Evidence {
        started: Started::Never,
        ..good
    };
    let found = verdicts(&strict, &claim, &never, now);
    assert_eq!((found[0], &found[1..]), (Fail, &[NotApplicable; 8][..]));

    let lenient = Terms {
        covered_causes: vec![],
        exclusions: vec![],
        most_replacements: 0,
        ..Terms::default_promise()
    };
    let found = verdicts(&lenient, &claim, &SOUND, now);
    assert_eq!(
        found,
        [
            Pass,
            Pass,
            NotApplicable,
            NotApplicable,
            Pass,
            NotApplicable,
            NotApplicable,
            NotApplicable,
            Pass
        ]
    );

    // Nothing happened yet: what a claim made today would be judged by.
    let quiet = course("2026-11-02", "America/New_York");
    let found = verdicts(&strict, &quiet, &good, now);
    assert_eq!(
        found,
        [Pass, Pass, Pending, Pending, Pending, Pending, Pass, Pass, Pass]
    );
    let early = Course {
        departure: None,
        notices: &[],
        ..course("2027-11-02", "America/New_York")
    };
    assert_eq!(verdicts(&strict, &early, &good, now)[..2], [Pending, Pending]);
    let unnamed = Departure {
        cause: None,
        ..left.clone()
    };
    let silent = Course {
        departure: Some(&unnamed),
        notices: &[],
        ..claim.clone()
    };
    assert_eq!(
        verdicts(&strict, &silent, &good, now)[2..6],
        [Pending, Pending, Pending, Pending]
    );
    assert_eq!(
        verdicts(&strict, &silent, &good, "2026-11-28T05:00:00Z")[4],
        Fail,
        "nobody told us in time"
    );
    let before = departure("2026-11-01", Cause::Resigned);
    let unstarted = Course {
        departure: Some(&before),
        ..claim.clone()
    };
    assert_eq!(verdicts(&strict, &unstarted, &good, now)[..2], [Fail, Fail]);
}

#[test]
fn terms_travel_as_json_and_refuse_nonsense() {
    let terms = Terms::default_promise();
    let json = serde_json::to_value(&terms).unwrap();
    assert_eq!(
        (&json["days"], &json["day_kind"], &json["start"]),
        (&30.into(), &"calendar".into(), &"first_paid_day".into())
    );
    assert_eq!(
        json["exclusions"],
        serde_json::json!(["layoff", "scope_change", "relocation", "client_breach"])
    );
    assert_eq!(serde_json::from_value::<Terms>(json).unwrap(), terms);
    let partial: Terms = serde_json::from_str(r#"{"days": 90, "day_kind": "business"}"#).unwrap();
    assert_eq!(
        (partial.days, partial.day_kind, partial.notice_business_days),
        (90, DayKind::Business, 5)
    );
    assert!(
        serde_json::from_str::<Terms>(r#"{"dayz": 90}"#).is_err(),
        "a misspelt term is not ignored"
    );
    assert_eq!(terms.check(), Ok(()));
    let broken = [
        (
            Terms {
                days: 29,
                ..terms.clone()
            },
            TermsError::Days,
        ),
        (
            Terms {
                days: 366,
                ..terms.clone()
            },
            TermsError::Days,
        ),
        (
            Terms {
                notice_business_days: 61,
                ..terms.clone()
            },
            TermsError::Notice,
        ),
        (
            Terms {
                exclusions: vec![Cause::Resigned],
                ..terms.clone()
            },
            TermsError::Causes,
        ),
        (
            Terms {
                remedies: vec![],
                ..terms.clone()
            },
            TermsError::Remedies,
        ),
        (
            Terms {
                tiers: vec![Tier {
                    through_day: 31,
                    percent: 50,
                }],
                ..terms.clone()
            },
            TermsError::Tiers,
        ),
        (
            Terms {
                check_in_days: vec![7, 7],
                ..terms.clone()
            },
            TermsError::CheckIns,
        ),
    ];
    for (terms, error) in broken {
        assert_eq!(terms.check(), Err(error));
    }
    let tiered = Terms {
        tiers: vec![
            Tier {
                through_day: 10,
                percent: 100,
            },
            Tier {
                through_day: 20,
                percent: 50,
            },
        ],
        ..terms
    };
    assert_eq!(
        [1, 10, 11, 20, 21].map(|day| tiered.refund_percent(day)),
        [100, 100, 50, 50, 0]
    );
}

/// A random guarantee.
#[derive(Debug, Clone)]
struct Case {
    zone: Zone,
    start: NaiveDate,
    days: u16,
    business: bool,
    extend: bool,
    notice: u16,
    check_ins: Vec<u16>,
    through: Option<NaiveDate>,
    pauses: Vec<Pause>,
    holidays: Vec<NaiveDate>,
    left: Option<NaiveDate>,
    notices: Vec<DateTime<Utc>>,
    now: DateTime<Utc>,
}

/// Everything that the comparison looks at.
type Seen = Result<
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
fn rule(case: &Case) -> Seen {
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
    date.to_string().parse().unwrap()
}

fn from_jiff(date: jiff::civil::Date) -> NaiveDate {
    date.to_string().parse().unwrap()
}

fn stamp(at: DateTime<Utc>) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.timestamp()).unwrap()
}

fn instant(at: jiff::Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(at.as_second(), 0).unwrap()
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
    let small = |n: u32| u16::try_from(n).unwrap();
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

fn compare(implementation: &dyn Fn(&Case) -> Seen, case: &Case) -> Result<(), TestCaseError> {
    prop_assert_eq!(implementation(case), slow(case));
    Ok(())
}

fn near(start: NaiveDate, days: i64) -> NaiveDate {
    start + TimeDelta::days(days)
}

/// Offsets in seconds around a day's first instant: the boundary itself and its neighbours are tried often.
fn moment() -> impl Strategy<Value = (i64, i64)> {
    (
        -5..75_i64,
        prop_oneof![Just(0), Just(-1), Just(1), Just(3599), 0..86_400_i64],
    )
}

fn case_in(zones: Vec<Zone>) -> impl Strategy<Value = Case> {
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

fn runner(cases: u32) -> TestRunner {
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
    runner(4_000).run(&case_in(all), |case| compare(&rule, &case)).unwrap();
}

/// Wrong rules, each one step away from the right one.
fn mutants() -> Vec<(&'static str, fn(&Case) -> Seen)> {
    vec![
        ("one day too many", |case| {
            rule(&Case {
                days: case.days + 1,
                ..case.clone()
            })
        }),
        ("days of UTC", |case| {
            rule(&Case {
                zone: Zone::utc(),
                ..case.clone()
            })
        }),
        ("notice a day longer", |case| {
            rule(&Case {
                notice: case.notice + 1,
                ..case.clone()
            })
        }),
        ("holidays forgotten", |case| {
            rule(&Case {
                holidays: vec![],
                ..case.clone()
            })
        }),
        ("business days counted as calendar days", |case| {
            rule(&Case {
                business: false,
                ..case.clone()
            })
        }),
        ("a pause leaves its last date out", |case| {
            let mut changed = case.clone();
            for pause in &mut changed.pauses {
                pause.last = pause.last.pred_opt().unwrap().max(pause.first);
            }
            rule(&changed)
        }),
        ("pauses ignored", |case| {
            rule(&Case {
                pauses: vec![],
                ..case.clone()
            })
        }),
        ("overlapping pauses count twice", |case| {
            let shared = case
                .pauses
                .iter()
                .enumerate()
                .any(|(n, a)| case.pauses[..n].iter().any(|b| a.first <= b.last && b.first <= a.last));
            let extra = u16::from(shared && case.extend && case.through.is_none());
            rule(&Case {
                days: case.days + extra,
                ..case.clone()
            })
            .map(|(s, d, n, l, a, e, b, c)| (s, d, n - extra, l, a, e, b, c))
        }),
        ("notice at the boundary is in time", |case| {
            let notices = case
                .notices
                .iter()
                .map(|notice| *notice - TimeDelta::seconds(1))
                .collect();
            rule(&Case {
                notices,
                ..case.clone()
            })
        }),
        ("the end is covered too", |case| {
            let seen = rule(case)?;
            if seen.5 == case.now && seen.0 == State::Satisfied {
                return Ok((
                    State::Running,
                    Some(seen.2),
                    seen.2,
                    seen.3,
                    seen.4,
                    seen.5,
                    seen.6,
                    seen.7,
                ));
            }
            Ok(seen)
        }),
        ("midnight instead of the first instant", |case| {
            let (s, d, n, l, a, _, b, c) = rule(case)?;
            let noon = case.zone.instant(near(l, 1).and_hms_opt(12, 0, 0).unwrap()).resolve();
            Ok((s, d, n, l, a, noon - TimeDelta::hours(12), b, c))
        }),
        ("the next day from the same hour", |case| {
            let (s, d, n, l, a, _, b, c) = rule(case)?;
            Ok((
                s,
                d,
                n,
                l,
                a,
                a + TimeDelta::days((l - case.start).num_days() + 1),
                b,
                c,
            ))
        }),
        ("a day number while paused", |case| {
            let (s, d, n, l, a, e, b, c) = rule(case)?;
            Ok((s, if s == State::Paused { Some(1) } else { d }, n, l, a, e, b, c))
        }),
        ("check-ins after the person left", |case| {
            let (s, d, n, l, a, e, b, _) = rule(case)?;
            let unbroken = rule(&Case {
                left: None,
                ..case.clone()
            })?;
            Ok((s, d, n, l, a, e, b, unbroken.7))
        }),
        ("no claim once satisfied", |case| {
            let seen = rule(case)?;
            let over = seen.5 <= case.now && seen.0 == State::ClaimOpen;
            Ok((
                if over { State::Satisfied } else { seen.0 },
                seen.1,
                seen.2,
                seen.3,
                seen.4,
                seen.5,
                seen.6,
                seen.7,
            ))
        }),
        ("day one is the day after the start", |case| {
            let (s, d, n, l, a, e, b, c) = rule(case)?;
            Ok((s, d.map(|day| day - 1), n, l, a, e, b, c))
        }),
        ("pauses never extend", |case| {
            rule(&Case {
                extend: false,
                ..case.clone()
            })
        }),
    ]
}

#[test]
fn the_comparison_notices_every_wrong_rule() {
    let all: Vec<Zone> = Zone::all().collect();
    for (name, mutant) in mutants() {
        let outcome = runner(6_000).run(&case_in(all.clone()), |case| compare(&mutant, &case));
        assert!(outcome.is_err(), "nobody noticed: {name}");
    }
}
