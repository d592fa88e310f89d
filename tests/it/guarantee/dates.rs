//! The dates of the product.

use meridian::placements::guarantee::{
    Calendar, CalendarError, Cause, Closing, Course, DayKind, LineKind, MilestoneKind, Pause, PausePolicy, Restart,
    Span, State, Terms, Verdict, checklist, replacement_span,
};

use super::{SOUND, at, course, date, default_at, departure};

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
            .expect("a sound case")
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
        let calendar = Calendar::at(&terms, &course, at(now)).expect("a sound case");
        let lines = checklist(&terms, &course, &calendar, &SOUND, at(now));
        let line = lines
            .iter()
            .find(|line| line.line == LineKind::NoticeInTime)
            .expect("a sound case");
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
        Calendar::at(&Terms::default_promise(), &quiet, now)
            .expect("a sound case")
            .state,
        State::Satisfied
    );
    let notices = [now];
    let told = Course {
        notices: &notices,
        ..quiet
    };
    assert_eq!(
        Calendar::at(&Terms::default_promise(), &told, now)
            .expect("a sound case")
            .state,
        State::ClaimOpen
    );
    let outside = departure("2026-12-02", Cause::Performance);
    let late = Course {
        departure: Some(&outside),
        ..told
    };
    assert_eq!(
        Calendar::at(&Terms::default_promise(), &late, now)
            .expect("a sound case")
            .state,
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
    let calendar = |terms: &Terms, now: &str| Calendar::at(terms, &course, at(now)).expect("a sound case");
    let terms = Terms::default_promise();
    let inside = calendar(&terms, "2026-11-10T12:00:00Z");
    assert_eq!(
        (inside.state, inside.day, inside.last_covered),
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
    let next = calendar
        .next_milestone(at("2026-11-09T12:00:00Z"))
        .expect("a sound case");
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
    let state = |now| {
        Calendar::at(&Terms::default_promise(), &closed, at(now))
            .expect("a sound case")
            .state
    };
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
    let calendar = Calendar::at(&terms, &second, at("2026-11-26T12:00:00Z")).expect("a sound case");
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
