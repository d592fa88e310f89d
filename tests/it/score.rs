//! The score against a slow model, its properties, and seeded mistakes that must be noticed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{Days, NaiveDate};
use meridian::matching::score::{
    Breakdown, Candidate, Cefr, Credit, English, Must, Nice, Outcome, POINTS, Relaxation, Seat, Seniority, SkillLevel,
    Vetting, rank, score, what_ifs,
};
use uuid::Uuid;

use crate::models::score::{self as model, Lists, SLIPS, Says, Slip};

/// A small generator, so that a failing pool is named by one number.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn within(&mut self, range: Range<i64>) -> i64 {
        range.start + i64::try_from(self.below((range.end - range.start).unsigned_abs())).unwrap()
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    fn maybe<T>(&mut self, absent_one_in: u64, of: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.one_in(absent_one_in) {
            None
        } else {
            Some(of(self))
        }
    }
}

const SKILLS: [&str; 8] = [
    "rust",
    "actix-web",
    "axum",
    "tokio",
    "async-std",
    "postgresql",
    "mysql",
    "docker",
];
const LEVELS: [Cefr; 7] = [Cefr::A1, Cefr::A2, Cefr::B1, Cefr::B2, Cefr::C1, Cefr::C2, Cefr::Native];
const BANDS: [Seniority; 3] = [Seniority::Junior, Seniority::Mid, Seniority::Senior];

fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 7).unwrap()
}

fn skills(dice: &mut Dice, least: u64, most: u64) -> Vec<&'static str> {
    let mut names = SKILLS.to_vec();
    let count = least + dice.below(most - least + 1);
    (0..count)
        .map(|_| names.remove(usize::try_from(dice.below(names.len() as u64)).unwrap()))
        .collect()
}

fn random_seat(dice: &mut Dice) -> Seat {
    let must = skills(dice, 0, 3).into_iter();
    let must = must
        .map(|skill| Must {
            skill: skill.into(),
            level: dice.pick(&[1, 2, 2, 3, 3, 4, 5]),
        })
        .collect();
    let nice = skills(dice, 0, 4).into_iter();
    let nice = nice
        .map(|skill| Nice {
            skill: skill.into(),
            weight: u32::try_from(1 + dice.below(5)).unwrap(),
        })
        .collect();
    let mut credits = Vec::new();
    for skill in SKILLS {
        for stands_in in SKILLS {
            if skill != stands_in && dice.one_in(5) {
                let percent = dice.pick(&[5, 35, 50, 55, 59, 60, 60, 61, 70, 75, 80, 85, 90, 100]);
                credits.push(Credit {
                    skill: skill.into(),
                    stands_in: stands_in.into(),
                    percent,
                });
            }
        }
    }
    Seat {
        request: dice.id(),
        number: 1,
        must,
        nice,
        credits,
        challenge: !dice.one_in(3),
        seniority: dice.maybe(5, |dice| dice.pick(&BANDS)),
        overlap_minutes: dice.maybe(5, |dice| dice.pick(&[0, 60, 180, 240, 300, 300, 480])),
        day_minutes: dice.pick(&[240, 480, 480, 540]),
        budget_minor: dice.maybe(5, |dice| dice.pick(&[1, 7, 100, 8_400, 850_000, 850_001])),
        currency: Some("USD".into()),
        period: Some("month".into()),
        start: dice.maybe(5, |_| start()),
        months: dice.maybe(3, |dice| dice.pick(&[3, 6, 12, 13])),
        english_speaking: dice.maybe(3, |dice| dice.pick(&LEVELS)),
        english_writing: dice.maybe(3, |dice| dice.pick(&LEVELS)),
    }
}

fn random_english(dice: &mut Dice, asked: Option<Cefr>) -> Option<English> {
    let least = asked.map_or(0, |asked| usize::from(asked.rank()) - 1);
    let level = if dice.one_in(6) {
        dice.pick(&LEVELS)
    } else {
        dice.pick(&LEVELS[least..])
    };
    dice.maybe(12, |dice| English {
        level,
        verified: dice.one_in(2),
    })
}

fn random_skills(dice: &mut Dice, seat: &Seat) -> Vec<SkillLevel> {
    let mut names = skills(dice, 0, 4);
    for must in &seat.must {
        let known = SKILLS.iter().find(|name| **name == must.skill).unwrap();
        if !names.contains(known) && !dice.one_in(4) {
            names.push(known);
        }
    }
    let mut level = |name: &str| {
        let asked = seat
            .must
            .iter()
            .find(|must| must.skill == name)
            .map_or(1, |must| must.level);
        let least = if dice.one_in(8) { 1 } else { i64::from(asked) };
        let level = dice.maybe(15, |dice| u8::try_from(dice.within(least..6)).unwrap());
        SkillLevel {
            skill: name.into(),
            level,
            verified: dice.one_in(2),
        }
    };
    names.iter().map(|name| level(name)).collect()
}

fn random_bill(dice: &mut Dice, seat: &Seat) -> u64 {
    let budget = seat.budget_minor.unwrap_or(850_000);
    let limit = budget * 115 / 100;
    dice.pick(&[
        1,
        budget / 2 + 1,
        budget,
        budget,
        budget + 1,
        budget * 107 / 100,
        limit,
        limit.max(2) - 1,
        limit + 1,
    ])
}

fn random_candidate(dice: &mut Dice, seat: &Seat) -> Candidate {
    let asked = i64::from(seat.overlap_minutes.unwrap_or(0));
    Candidate {
        id: dice.id(),
        skills: random_skills(dice, seat),
        vetting: dice.pick(
            &[Vetting::Vetted; 14]
                .iter()
                .copied()
                .chain([Vetting::Unfinished, Vetting::Failed])
                .collect::<Vec<_>>(),
        ),
        active: !dice.one_in(20),
        off_limits: dice.one_in(20),
        rubric: dice.maybe(6, |dice| dice.pick(&[0, 1, 2_500, 8_799, 8_800, 9_999, 10_000])),
        seniority: dice.maybe(15, |dice| {
            if dice.one_in(2) {
                seat.seniority.unwrap_or(Seniority::Mid)
            } else {
                dice.pick(&BANDS)
            }
        }),
        overlap_minutes: dice.maybe(15, |dice| {
            let above = dice.pick(&[-1, 0, 0, 1, 59, 60, 61, 120, 239, 240, 241, 300]);
            u32::try_from((asked + above).max(0)).unwrap()
        }),
        bill_minor: dice.maybe(15, |dice| random_bill(dice, seat)),
        free_from: dice.maybe(15, |dice| {
            let late: i64 = dice.pick(&[-400, -1, 0, 0, 1, 7, 15, 29, 30, 31]);
            if late < 0 {
                start() - Days::new(i64::unsigned_abs(late))
            } else {
                start() + Days::new(i64::unsigned_abs(late))
            }
        }),
        least_months: dice.maybe(2, |dice| dice.pick(&[1, 3, 6, 12, 13])),
        most_months: dice.maybe(2, |dice| dice.pick(&[6, 12, 13, 24, 36])),
        english_speaking: random_english(dice, seat.english_speaking),
        english_writing: random_english(dice, seat.english_writing),
    }
}

/// A seat and its pool; often with a twin of somebody, so that the order of equals matters.
fn random_pool(seed: u64) -> (Seat, Vec<Candidate>) {
    let mut dice = Dice(seed);
    let seat = random_seat(&mut dice);
    let mut pool: Vec<Candidate> = (0..dice.within(0..9))
        .map(|_| random_candidate(&mut dice, &seat))
        .collect();
    for i in 0..pool.len() {
        if dice.one_in(3) {
            let mut twin = Candidate {
                id: dice.id(),
                ..pool[i].clone()
            };
            if dice.one_in(3) {
                twin.rubric = dice.maybe(3, |dice| u32::try_from(dice.below(10_001)).unwrap());
            }
            pool.push(twin);
        }
    }
    (seat, pool)
}

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

/// How good an outcome is: 0 = removed, 1 = to confirm, 2 = matched, then its points.
fn goodness(outcome: &Outcome) -> (u8, u32) {
    match outcome {
        Outcome::Removed { .. } => (0, 0),
        Outcome::ToConfirm { known, .. } => (1, known.points),
        Outcome::Matched(breakdown) => (2, breakdown.points),
    }
}

#[test]
fn better_facts_never_lower_the_points() {
    for seed in 0..4_000 {
        let (seat, pool) = random_pool(seed);
        let mut dice = Dice(seed ^ 0x00be_77e5);
        for candidate in &pool {
            let before = score(&seat, candidate);
            let mut better: Vec<(&str, Candidate)> = Vec::new();
            let mut push = |name, change: &dyn Fn(&mut Candidate)| {
                let mut changed = candidate.clone();
                change(&mut changed);
                better.push((name, changed));
            };
            for i in 0..candidate.skills.len() {
                push("level", &|one| {
                    one.skills[i].level = one.skills[i].level.map(|level| (level + 1).min(5));
                });
                push("verified", &|one| one.skills[i].verified = true);
            }
            let new = SkillLevel {
                skill: dice.pick(&SKILLS).into(),
                level: dice.maybe(5, |dice| u8::try_from(1 + dice.below(5)).unwrap()),
                verified: dice.one_in(2),
            };
            push("a skill more", &|one| one.skills.push(new.clone()));
            push("rubric", &|one| {
                one.rubric = Some(one.rubric.unwrap_or(0).saturating_add(37).min(POINTS));
            });
            push("overlap", &|one| {
                one.overlap_minutes = one.overlap_minutes.map(|minutes| minutes + 1);
            });
            push("rate", &|one| {
                one.bill_minor = one.bill_minor.map(|bill| bill.saturating_sub(1));
            });
            push("date", &|one| {
                one.free_from = one.free_from.map(|free| free - Days::new(1));
            });
            let step = |english: Option<English>| {
                english.map(|one| English {
                    level: LEVELS[usize::from(one.level.rank()).min(5)],
                    verified: true,
                })
            };
            push("speaking", &|one| one.english_speaking = step(one.english_speaking));
            push("writing", &|one| one.english_writing = step(one.english_writing));
            for (name, changed) in better {
                let after = score(&seat, &changed);
                assert!(
                    goodness(&after) >= goodness(&before),
                    "pool {seed}, better {name}: {before:?} became {after:?}"
                );
            }
        }
    }
}

fn matched(seat: &Seat, pool: &[Candidate]) -> Vec<Uuid> {
    rank(seat, pool).matches.iter().map(|one| one.candidate).collect()
}

#[test]
fn a_tighter_gate_gives_a_subset() {
    let tighter: [fn(&mut Seat); 7] = [
        |seat| seat.overlap_minutes = Some(seat.overlap_minutes.unwrap_or(0) + 30),
        |seat| seat.budget_minor = seat.budget_minor.map(|budget| budget / 2),
        |seat| {
            seat.must
                .iter_mut()
                .for_each(|must| must.level = (must.level + 1).min(5));
        },
        |seat| {
            seat.must.push(Must {
                skill: "docker".into(),
                level: 2,
            });
        },
        |seat| seat.start = seat.start.map(|start| start - Days::new(9)),
        |seat| {
            seat.english_speaking = Some(
                seat.english_speaking
                    .map_or(Cefr::A1, |asked| LEVELS[usize::from(asked.rank()).min(5)]),
            );
        },
        |seat| seat.seniority = seat.seniority.or(Some(Seniority::Senior)),
    ];
    let mut narrowed = [0; 7];
    for seed in 0..4_000 {
        let (seat, pool) = random_pool(seed);
        let wide = matched(&seat, &pool);
        for (i, tighten) in tighter.iter().enumerate() {
            let mut seat = seat.clone();
            tighten(&mut seat);
            let narrow = matched(&seat, &pool);
            assert!(narrow.iter().all(|id| wide.contains(id)), "pool {seed}, gate {i}");
            narrowed[i] += wide.len() - narrow.len();
        }
    }
    assert!(
        narrowed.iter().all(|count| *count > 0),
        "a gate that never bites tests nothing: {narrowed:?}"
    );
}

fn check_sum(seed: u64, breakdown: &Breakdown) {
    let sum: u32 = breakdown.parts.iter().map(|part| part.points).sum();
    let weights: u32 = breakdown.parts.iter().map(|part| part.weight).sum();
    assert_eq!(sum, breakdown.points, "pool {seed}");
    assert!(
        weights == POINTS || weights == 0,
        "pool {seed}: weights sum to {weights}"
    );
    assert!(
        breakdown.points <= POINTS && breakdown.parts.iter().all(|part| part.points <= part.weight),
        "pool {seed}"
    );
}

#[test]
fn parts_sum_to_the_total_within_bounds() {
    for seed in 0..4_000 {
        let (seat, pool) = random_pool(seed);
        let ranked = rank(&seat, &pool);
        ranked
            .matches
            .iter()
            .chain(&ranked.to_confirm)
            .for_each(|one| check_sum(seed, &one.breakdown));
        let weights = ranked
            .matches
            .first()
            .map(|one| one.breakdown.parts.map(|part| part.weight));
        assert!(
            ranked
                .matches
                .iter()
                .all(|one| Some(one.breakdown.parts.map(|part| part.weight)) == weights),
            "pool {seed}"
        );
    }
}

#[test]
fn a_perfect_candidate_earns_all_points_whatever_is_asked() {
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let seat = random_seat(&mut dice);
        let best = Some(English {
            level: Cefr::C2,
            verified: true,
        });
        let skills = SKILLS
            .map(|name| SkillLevel {
                skill: name.into(),
                level: Some(5),
                verified: true,
            })
            .to_vec();
        let perfect = Candidate {
            id: dice.id(),
            skills,
            vetting: Vetting::Vetted,
            active: true,
            off_limits: false,
            rubric: Some(POINTS),
            seniority: seat.seniority,
            overlap_minutes: Some(1_440),
            bill_minor: Some(0),
            free_from: Some(start()),
            least_months: None,
            most_months: None,
            english_speaking: best,
            english_writing: best,
        };
        let asks_nothing = meridian::matching::score::weights(&seat).iter().sum::<u32>() == 0;
        assert_eq!(
            goodness(&score(&seat, &perfect)),
            (2, if asks_nothing { 0 } else { POINTS }),
            "seat {seed}: {seat:?}"
        );
    }
}

#[test]
fn no_order_chunk_or_thread_changes_the_list() {
    for seed in 0..1_500 {
        let (seat, pool) = random_pool(seed);
        let list = |pool: &[Candidate]| {
            let ranked = rank(&seat, pool);
            let ids = |list: &[meridian::matching::score::Standing]| {
                list.iter()
                    .map(|one| (one.candidate, one.breakdown.clone(), one.unknown.clone()))
                    .collect::<Vec<_>>()
            };
            (ids(&ranked.matches), ids(&ranked.to_confirm), ranked.removed)
        };
        let expected = list(&pool);
        let mut dice = Dice(seed);
        let mut shuffled = pool.clone();
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, usize::try_from(dice.below(i as u64 + 1)).unwrap());
        }
        for candidate in &mut shuffled {
            candidate.skills.reverse();
        }
        assert_eq!(list(&shuffled), expected, "pool {seed}");

        let mut turned = seat.clone();
        turned.must.reverse();
        turned.nice.reverse();
        turned.credits.reverse();
        let turned = rank(&turned, &pool)
            .matches
            .into_iter()
            .map(|one| (one.candidate, one.breakdown, one.unknown))
            .collect::<Vec<_>>();
        assert_eq!(turned, expected.0, "seat turned round, pool {seed}");

        // Chunks, each on a thread of its own, joined by the published key.
        if seed % 50 == 0 {
            let mut merged: Vec<(u32, Candidate)> = std::thread::scope(|scope| {
                let chunks: Vec<_> = shuffled
                    .chunks(3)
                    .map(|chunk| {
                        scope.spawn(|| {
                            rank(&seat, chunk)
                                .matches
                                .iter()
                                .map(|one| (one.breakdown.points, chunk[one.index].clone()))
                                .collect::<Vec<_>>()
                        })
                    })
                    .collect();
                chunks.into_iter().flat_map(|chunk| chunk.join().unwrap()).collect()
            });
            merged.sort_by_key(|(points, one)| meridian::matching::score::order_key(&seat, one, *points));
            let ids: Vec<Uuid> = merged.iter().map(|(_, one)| one.id).collect();
            assert_eq!(
                ids,
                expected.0.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
                "pool {seed} in chunks"
            );
        }
    }
}

#[test]
fn one_candidate_more_changes_nobody_else() {
    for seed in 0..2_000 {
        let (seat, mut pool) = random_pool(seed);
        let before = rank(&seat, &pool);
        let mut dice = Dice(seed ^ 0xadd);
        let newcomer = random_candidate(&mut dice, &seat);
        let id = newcomer.id;
        pool.insert(0, newcomer);
        let after = rank(&seat, &pool);
        let without = |list: &[meridian::matching::score::Standing]| {
            list.iter()
                .filter(|one| one.candidate != id)
                .map(|one| (one.candidate, one.breakdown.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(without(&before.matches), without(&after.matches), "pool {seed}");
        assert_eq!(without(&before.to_confirm), without(&after.to_confirm), "pool {seed}");
    }
}

#[test]
fn what_a_relaxation_adds_is_what_a_full_search_finds() {
    let (mut some, mut confirm) = (0, 0);
    for seed in 0..2_000 {
        let (seat, pool) = random_pool(seed);
        let now = rank(&seat, &pool);
        for what_if in what_ifs(&seat, &pool) {
            let then = rank(&what_if.relaxation.applied_to(&seat), &pool);
            assert_eq!(
                what_if.adds,
                then.matches.len() - now.matches.len(),
                "pool {seed}, {:?}",
                what_if.relaxation
            );
            let known = |id: Uuid| now.matches.iter().chain(&now.to_confirm).any(|one| one.candidate == id);
            let new = then.to_confirm.iter().filter(|one| !known(one.candidate)).count();
            assert_eq!(what_if.adds_to_confirm, new, "pool {seed}, {:?}", what_if.relaxation);
            some += what_if.adds;
            confirm += new;
        }
    }
    assert!(
        some > 100 && confirm > 20,
        "relaxations that add nobody test nothing: {some}, {confirm}"
    );
}

#[test]
fn a_seat_that_asks_for_nothing_of_a_kind_offers_no_relaxation_of_it() {
    let (mut seat, _) = random_pool(1);
    seat.must.clear();
    seat.overlap_minutes = Some(0);
    (seat.budget_minor, seat.seniority, seat.start) = (None, None, None);
    (seat.english_speaking, seat.english_writing) = (Some(Cefr::B2), None);
    assert_eq!(Relaxation::all_for(&seat), [Relaxation::EnglishStepLower]);
}

#[test]
fn inputs_survive_json_to_the_bit() {
    for seed in 0..500 {
        let (seat, pool) = random_pool(seed);
        let text = serde_json::to_string(&(&seat, &pool)).unwrap();
        assert_eq!(
            serde_json::from_str::<(Seat, Vec<Candidate>)>(&text).unwrap(),
            (seat, pool),
            "pool {seed}"
        );
    }
}
