//! What holds for every pool.

use chrono::Days;
use meridian::matching::score::{
    Breakdown, Candidate, Cefr, English, Must, Outcome, POINTS, Relaxation, Seat, Seniority, SkillLevel, Vetting, rank,
    score, what_ifs,
};
use uuid::Uuid;

use super::pools::{Dice, LEVELS, SKILLS, random_candidate, random_pool, random_seat, start};

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
        // Everybody's overlap is another one when the start is: an hour less or more, or as it was.
        let later: Vec<Candidate> = pool
            .iter()
            .enumerate()
            .map(|(index, candidate)| Candidate {
                overlap_minutes: candidate
                    .overlap_minutes
                    .map(|minutes| (minutes + [0, 60, 120][index % 3]).saturating_sub(60)),
                ..candidate.clone()
            })
            .collect();
        for what_if in what_ifs(&seat, &pool, |index| later[index].overlap_minutes) {
            let moved = what_if.relaxation == Relaxation::StartLater;
            let then = rank(
                &what_if.relaxation.applied_to(&seat),
                if moved { &later } else { &pool },
            );
            let matched = |id: Uuid| now.matches.iter().any(|one| one.candidate == id);
            assert_eq!(
                what_if.adds,
                then.matches.iter().filter(|one| !matched(one.candidate)).count(),
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
