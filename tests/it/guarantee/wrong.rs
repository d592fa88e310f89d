//! Wrong rules, each of which the comparison with the slow model must notice.

use chrono::{Datelike as _, TimeDelta, Weekday};
use meridian::placements::guarantee::State;
use meridian::zones::Zone;

use super::random::{Case, Seen, Sight, case_in, compare, near, rule, runner};

/// A name and the wrong rule.
type Mutant = (&'static str, fn(&Case) -> Seen);

/// Wrong rules, each one step away from the right one.
#[expect(clippy::too_many_lines, reason = "a list, one entry a wrong rule")]
fn mutants() -> Vec<Mutant> {
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
                pause.last = pause.last.pred_opt().expect("a sound case").max(pause.first);
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
            .map(|seen| Sight {
                days: seen.days - extra,
                ..seen
            })
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
        ("a notice window of the other kind of days", |case| {
            rule(&Case {
                notice_in_business_days: !case.notice_in_business_days,
                ..case.clone()
            })
        }),
        ("a deadline on a weekend does not roll", |case| {
            let seen = rule(case)?;
            let plain = case.left.filter(|_| !case.notice_in_business_days);
            let Some(date) = plain.map(|left| near(left, case.notice.into())) else {
                return Ok(seen);
            };
            let late = case.zone.start_of_day(near(date, 1));
            Ok(Sight {
                notice: Some((date, late)),
                ..seen
            })
        }),
        ("the last covered date rolls", |case| {
            let seen = rule(case)?;
            let weekend = matches!(seen.last_covered.weekday(), Weekday::Sat | Weekday::Sun);
            Ok(Sight {
                last_covered: near(seen.last_covered, i64::from(weekend)),
                ..seen
            })
        }),
        ("the end is covered too", |case| {
            let seen = rule(case)?;
            if seen.ends_at == case.now && seen.state == State::Satisfied {
                return Ok(Sight {
                    state: State::Running,
                    day: Some(seen.days),
                    ..seen
                });
            }
            Ok(seen)
        }),
        ("midnight instead of the first instant", |case| {
            let seen = rule(case)?;
            let noon = case
                .zone
                .instant(near(seen.last_covered, 1).and_hms_opt(12, 0, 0).expect("a sound case"))
                .resolve();
            Ok(Sight {
                ends_at: noon - TimeDelta::hours(12),
                ..seen
            })
        }),
        ("the next day from the same hour", |case| {
            let seen = rule(case)?;
            let length = (seen.last_covered - case.start).num_days() + 1;
            Ok(Sight {
                ends_at: seen.starts_at + TimeDelta::days(length),
                ..seen
            })
        }),
        ("a day number while paused", |case| {
            let seen = rule(case)?;
            let day = if seen.state == State::Paused { Some(1) } else { seen.day };
            Ok(Sight { day, ..seen })
        }),
        ("check-ins after the person left", |case| {
            let unbroken = rule(&Case {
                left: None,
                ..case.clone()
            })?;
            Ok(Sight {
                check_ins: unbroken.check_ins,
                ..rule(case)?
            })
        }),
        ("a reminder after the person left", |case| {
            let unbroken = rule(&Case {
                left: None,
                ..case.clone()
            })?;
            Ok(Sight {
                reminder: unbroken.reminder,
                ..rule(case)?
            })
        }),
        ("no claim once satisfied", |case| {
            let seen = rule(case)?;
            let over = seen.ends_at <= case.now && seen.state == State::ClaimOpen;
            let state = if over { State::Satisfied } else { seen.state };
            Ok(Sight { state, ..seen })
        }),
        ("day one is the day after the start", |case| {
            let seen = rule(case)?;
            Ok(Sight {
                day: seen.day.map(|day| day - 1),
                ..seen
            })
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
