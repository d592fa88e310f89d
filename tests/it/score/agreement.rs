//! The rule against the slow model, and seeded mistakes that must be noticed.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::Days;
use meridian::matching::score::{Candidate, English, Outcome, Seat, rank, score};

use super::pools::random_pool;
use crate::models::score::{self as model, Lists, SLIPS, Says, Slip};

type Judge<'a> = &'a dyn Fn(&Seat, &[Candidate]) -> (Vec<Says>, Lists);

fn the_rule(seat: &Seat, pool: &[Candidate]) -> (Vec<Says>, Lists) {
    let ranked = rank(seat, pool);
    let ids = |list: &[meridian::matching::score::Standing]| list.iter().map(|one| one.candidate.to_string()).collect();
    let lists = Lists {
        matches: ids(&ranked.matches),
        to_confirm: ids(&ranked.to_confirm),
        removed: ranked
            .removed
            .iter()
            .map(|(gate, count)| (gate.key().to_owned(), *count as u64))
            .collect(),
    };
    (
        pool.iter()
            .map(|candidate| in_model_words(&score(seat, candidate)))
            .collect(),
        lists,
    )
}

fn in_model_words(outcome: &Outcome) -> Says {
    match outcome {
        Outcome::Matched(breakdown) => {
            let part =
                |part: &meridian::matching::score::Part| (part.criterion.key().to_owned(), u64::from(part.points));
            Says::Matched {
                points: breakdown.points.into(),
                parts: breakdown.parts.iter().map(part).collect(),
            }
        }
        Outcome::ToConfirm { unknown, known } => {
            let unknown = unknown
                .iter()
                .map(|one| (one.gate.key().to_owned(), u64::from(one.at_stake)))
                .collect();
            Says::ToConfirm {
                unknown,
                points: known.points.into(),
            }
        }
        Outcome::Removed { failed, .. } => Says::Removed {
            failed: failed.iter().map(|gate| gate.key().to_owned()).collect(),
        },
    }
}

/// The model sees only JSON, as somebody who writes a second implementation does.
fn the_model(slip: Slip, seat: &Seat, pool: &[Candidate]) -> (Vec<Says>, Lists) {
    let seat = serde_json::to_value(seat).unwrap();
    let pool: Vec<serde_json::Value> = pool.iter().map(|one| serde_json::to_value(one).unwrap()).collect();
    (
        pool.iter()
            .map(|candidate| model::says(slip, &seat, candidate))
            .collect(),
        model::lists(slip, &seat, &pool),
    )
}

/// The first of these pools on which an implementation differs from the model.
fn first_difference(implementation: Judge<'_>, seeds: Range<u64>) -> Option<String> {
    seeds.into_iter().find_map(|seed| {
        let (seat, pool) = random_pool(seed);
        let (ours, theirs) = (implementation(&seat, &pool), the_model(Slip::None, &seat, &pool));
        (ours != theirs)
            .then(|| format!("pool {seed}: {seat:#?}\n{pool:#?}\nimplementation {ours:#?}\nmodel {theirs:#?}"))
    })
}

#[test]
fn the_rule_agrees_with_the_slow_model_on_random_pools() {
    if let Some(difference) = first_difference(&the_rule, 0..6_000) {
        panic!("{difference}");
    }
}

#[test]
fn every_seeded_mistake_is_noticed() {
    let missed: Vec<Slip> = SLIPS
        .into_iter()
        .filter(|slip| first_difference(&|seat, pool| the_model(*slip, seat, pool), 0..6_000).is_none())
        .collect();
    assert!(missed.is_empty(), "nobody noticed {missed:?}");
}

/// Spoils what the rule is given.
type Change = fn(&mut Seat, &mut Candidate);

/// The same mistakes made around the rule itself rather than in the model.
#[test]
fn a_rule_with_wrong_inputs_or_order_is_noticed() {
    let wrapped = |change: Change| {
        move |seat: &Seat, pool: &[Candidate]| {
            let (mut seat, mut pool) = (seat.clone(), pool.to_vec());
            for candidate in &mut pool {
                change(&mut seat, candidate);
            }
            the_rule(&seat, &pool)
        }
    };
    let changes: [(&str, Change); 7] = [
        ("discount ignored", |_, one| {
            one.skills.iter_mut().for_each(|skill| skill.verified = true);
        }),
        ("English discount ignored", |_, one| {
            one.english_writing = one.english_writing.map(|english| English {
                verified: true,
                ..english
            });
        }),
        ("no level taken for 1", |_, one| {
            one.skills
                .iter_mut()
                .for_each(|skill| skill.level = skill.level.or(Some(1)));
        }),
        ("cap at 79", |seat, _| {
            seat.credits
                .iter_mut()
                .for_each(|credit| credit.percent = credit.percent.min(79));
        }),
        ("one minute less overlap", |_, one| {
            one.overlap_minutes = one.overlap_minutes.map(|have| have.saturating_sub(1));
        }),
        ("one cent more", |_, one| {
            one.bill_minor = one.bill_minor.map(|bill| bill + 1);
        }),
        ("a day later", |_, one| {
            one.free_from = one.free_from.map(|free| free + Days::new(1));
        }),
    ];
    for (name, change) in changes {
        assert!(
            first_difference(&wrapped(change), 0..6_000).is_some(),
            "nobody noticed: {name}"
        );
    }
    let backwards = |seat: &Seat, pool: &[Candidate]| {
        let (says, mut lists) = the_rule(seat, pool);
        lists.matches.reverse();
        (says, lists)
    };
    assert!(first_difference(&backwards, 0..6_000).is_some());
    let swapped = |seat: &Seat, pool: &[Candidate]| {
        let (mut says, lists) = the_rule(seat, pool);
        for one in &mut says {
            if let Says::Matched { parts, .. } = one {
                let (budget, english) = (parts["budget"], parts["english"]);
                parts.extend([("budget".to_owned(), english), ("english".to_owned(), budget)]);
            }
        }
        (says, lists)
    };
    assert!(first_difference(&swapped, 0..6_000).is_some());
}

#[test]
fn random_pools_reach_every_outcome() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..2_000 {
        let (seat, pool) = random_pool(seed);
        for candidate in &pool {
            *seen
                .entry(match score(&seat, candidate) {
                    Outcome::Matched(_) => "matched",
                    Outcome::ToConfirm { .. } => "to confirm",
                    Outcome::Removed { .. } => "removed",
                })
                .or_default() += 1;
        }
    }
    assert!(seen.values().all(|count| *count > 800) && seen.len() == 3, "{seen:?}");
}
