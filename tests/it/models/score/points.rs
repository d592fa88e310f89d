//! Weights and points of the model.

use serde_json::Value;

use super::facts::{
    ALL, NOTHING, Part, asked_overlap, band, cefr, day_number, depth, english_parts, entries, in_600ths, must_entry,
    number, options, trust,
};
use super::slips::Slip;

pub(super) fn base_weights(slip: Slip, seat: &Value) -> Vec<(&'static str, u64)> {
    let asked = |yes: bool, weight: u64| if yes { weight } else { 0 };
    let nice: u64 = entries(&seat["nice"])
        .iter()
        .map(|entry| number(&entry["weight"]).unwrap())
        .sum();
    let (budget, availability) = if slip == Slip::WeightsSwapped {
        (500, 700)
    } else {
        (700, 500)
    };
    vec![
        ("must_have", asked(!entries(&seat["must"]).is_empty(), 2500)),
        ("nice_to_have", asked(nice > 0, 2500)),
        ("vetting", asked(seat["challenge"] == true, 1500)),
        ("seniority", asked(!seat["seniority"].is_null(), 1000)),
        ("overlap", asked(asked_overlap(slip, seat).is_some(), 1000)),
        ("budget", asked(!seat["budget_minor"].is_null(), budget)),
        ("availability", asked(!seat["start"].is_null(), availability)),
        (
            "english",
            asked(
                !(seat["english_speaking"].is_null() && seat["english_writing"].is_null()),
                300,
            ),
        ),
    ]
}

/// Hands out the 10,000 points: whole shares by counting, then one each to the largest remainders.
pub(super) fn weights(slip: Slip, seat: &Value) -> Vec<(&'static str, u64)> {
    let base = base_weights(slip, seat);
    let total: u64 = base.iter().map(|(_, weight)| weight).sum();
    if total == 0 || slip == Slip::WeightsNotRedistributed {
        return base;
    }
    let mut handed: Vec<(&'static str, u64, u64)> = Vec::new();
    for (name, weight) in base {
        let mut whole = 0;
        while (whole + 1) * total <= weight * 10_000 {
            whole += 1;
        }
        handed.push((name, whole, weight * 10_000 - whole * total));
    }
    let mut left = 10_000 - handed.iter().map(|(_, whole, _)| whole).sum::<u64>();
    while left > 0 {
        let mut best = None;
        for (i, (_, _, remainder)) in handed.iter().enumerate() {
            let better = best.is_none_or(|b: usize| *remainder > handed[b].2 && slip != Slip::RemainderToTheFirst);
            if *remainder > 0 && better {
                best = Some(i);
            }
        }
        let best = best.expect("a remainder is left");
        handed[best].1 += 1;
        handed[best].2 = 0;
        left -= 1;
    }
    handed.into_iter().map(|(name, whole, _)| (name, whole)).collect()
}

pub(super) fn must_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let list = entries(&seat["must"]);
    let sum: u64 = list
        .iter()
        .map(|entry| must_entry(slip, seat, candidate, entry).1)
        .sum();
    Part {
        top: sum,
        bottom: 600 * list.len() as u64,
    }
}

pub(super) fn nice_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let (mut top, mut bottom) = (0, 0);
    for entry in entries(&seat["nice"]) {
        let weight = if slip == Slip::NiceUnweighted {
            1
        } else {
            number(&entry["weight"]).unwrap()
        };
        let values = options(slip, seat, candidate, entry["skill"].as_str().unwrap())
            .into_iter()
            .filter_map(|(skill, credit)| Some(number(&skill["level"])? * credit * trust(slip, &skill["verified"])));
        let value = if slip == Slip::CreditsAddUp {
            values.sum::<u64>().min(50_000)
        } else {
            values.max().unwrap_or(0)
        };
        top += weight * value;
        bottom += weight * 50_000;
    }
    Part { top, bottom }
}

pub(super) fn overlap_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let (Some(asked), Some(have)) = (asked_overlap(slip, seat), number(&candidate["overlap_minutes"])) else {
        return NOTHING;
    };
    if have < asked {
        return NOTHING;
    }
    let day = number(&seat["day_minutes"]).unwrap();
    let full = if asked + 240 < day || slip == Slip::OverlapIgnoresShortDay {
        asked + 240
    } else {
        day
    };
    if full <= asked || have >= full {
        return ALL;
    }
    Part {
        top: have - asked,
        bottom: full - asked,
    }
}

pub(super) fn budget_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let (Some(budget), Some(bill)) = (number(&seat["budget_minor"]), number(&candidate["bill_minor"])) else {
        return NOTHING;
    };
    if bill <= budget && slip == Slip::CheaperEarnsMore {
        return Part {
            top: 2 * budget - bill,
            bottom: 2 * budget,
        };
    }
    if bill <= budget {
        return ALL;
    }
    if 100 * bill > 115 * budget {
        return NOTHING;
    }
    Part {
        top: 115 * budget - 100 * bill,
        bottom: 15 * budget,
    }
}

pub(super) fn availability_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let (Some(start), Some(free)) = (day_number(&seat["start"]), day_number(&candidate["free_from"])) else {
        return NOTHING;
    };
    let late = free - start;
    if late < 0 && slip == Slip::EarlyEarnsLess {
        return Part { top: 1, bottom: 2 };
    }
    if late <= 0 {
        return ALL;
    }
    if late >= 30 {
        return NOTHING;
    }
    Part {
        top: (30 - late).unsigned_abs(),
        bottom: 30,
    }
}

pub(super) fn english_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
    let parts = english_parts(seat, candidate);
    let mut sum = 0;
    for (asked, have) in &parts {
        let asked = cefr(slip, asked).unwrap();
        if let Some(level) = cefr(slip, &have["level"])
            && level >= asked
        {
            let top = if slip == Slip::NativeAboveC2 { 7 } else { 6 };
            sum += in_600ths(depth(slip, asked, level, top, trust(slip, &have["verified"])));
        }
    }
    Part {
        top: sum,
        bottom: 600 * parts.len() as u64,
    }
}

pub(super) fn part(slip: Slip, name: &str, seat: &Value, candidate: &Value) -> Part {
    match name {
        "must_have" => must_part(slip, seat, candidate),
        "nice_to_have" => nice_part(slip, seat, candidate),
        "vetting" => match number(&candidate["rubric"]) {
            None => NOTHING,
            Some(rubric) => Part {
                top: rubric.min(10_000),
                bottom: 10_000,
            },
        },
        "seniority" => match (band(&seat["seniority"]), band(&candidate["seniority"])) {
            (Some(asked), Some(have)) if asked == have => ALL,
            (Some(asked), Some(have)) if asked.abs_diff(have) == 1 => Part {
                top: if slip == Slip::OneBandOffEarnsHalf { 50 } else { 40 },
                bottom: 100,
            },
            _ => NOTHING,
        },
        "overlap" => overlap_part(slip, seat, candidate),
        "budget" => budget_part(slip, seat, candidate),
        "availability" => availability_part(slip, seat, candidate),
        "english" => english_part(slip, seat, candidate),
        other => panic!("no criterion {other}"),
    }
}

/// The largest whole number of points not above weight x share, found by halving the interval.
pub(super) fn whole_points(slip: Slip, weight: u64, share: Part) -> u64 {
    if weight == 0 {
        return 0;
    }
    if slip == Slip::RoundPerSkill {
        return share.top * 100 / share.bottom * weight / 100;
    }
    let (mut low, mut high) = (0, weight);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if u128::from(middle) * u128::from(share.bottom) <= u128::from(weight) * u128::from(share.top) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let left = u128::from(weight) * u128::from(share.top) - u128::from(low) * u128::from(share.bottom);
    if slip == Slip::PointsRoundHalfUp && 2 * left >= u128::from(share.bottom) {
        low + 1
    } else {
        low
    }
}
