//! Wrong rules, each of which the comparison with the slow model must notice.
#![expect(
    clippy::many_single_char_names,
    reason = "the fields of one tuple, taken apart and put together"
)]

use chrono::TimeDelta;
use meridian::placements::guarantee::State;
use meridian::zones::Zone;

use super::random::{Case, Seen, case_in, compare, near, rule, runner};

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
            let noon = case
                .zone
                .instant(near(l, 1).and_hms_opt(12, 0, 0).expect("a sound case"))
                .resolve();
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
