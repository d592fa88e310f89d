//! Random seats and pools, rich in borderline values and in equals.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use meridian::matching::score::{Candidate, Cefr, Credit, English, Must, Nice, Seat, Seniority, SkillLevel, Vetting};
use uuid::Uuid;

/// A small generator, so that a failing pool is named by one number.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn within(&mut self, range: Range<i64>) -> i64 {
        range.start + i64::try_from(self.below((range.end - range.start).unsigned_abs())).unwrap()
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }

    pub(super) fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    pub(super) fn maybe<T>(&mut self, absent_one_in: u64, of: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.one_in(absent_one_in) {
            None
        } else {
            Some(of(self))
        }
    }
}

pub(super) const SKILLS: [&str; 8] = [
    "rust",
    "actix-web",
    "axum",
    "tokio",
    "async-std",
    "postgresql",
    "mysql",
    "docker",
];
pub(super) const LEVELS: [Cefr; 7] = [Cefr::A1, Cefr::A2, Cefr::B1, Cefr::B2, Cefr::C1, Cefr::C2, Cefr::Native];
pub(super) const BANDS: [Seniority; 3] = [Seniority::Junior, Seniority::Mid, Seniority::Senior];

pub(super) fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 7).unwrap()
}

pub(super) fn skills(dice: &mut Dice, least: u64, most: u64) -> Vec<&'static str> {
    let mut names = SKILLS.to_vec();
    let count = least + dice.below(most - least + 1);
    (0..count)
        .map(|_| names.remove(usize::try_from(dice.below(names.len() as u64)).unwrap()))
        .collect()
}

pub(super) fn random_seat(dice: &mut Dice) -> Seat {
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

pub(super) fn random_english(dice: &mut Dice, asked: Option<Cefr>) -> Option<English> {
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

pub(super) fn random_skills(dice: &mut Dice, seat: &Seat) -> Vec<SkillLevel> {
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

pub(super) fn random_bill(dice: &mut Dice, seat: &Seat) -> u64 {
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

pub(super) fn random_candidate(dice: &mut Dice, seat: &Seat) -> Candidate {
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
pub(super) fn random_pool(seed: u64) -> (Seat, Vec<Candidate>) {
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
