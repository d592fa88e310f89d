//! Slow model of the score: written from the text of the formula page, reading the JSON that the command line prints.
//! It imports nothing from the rule. Points are found by counting up instead of dividing, sums by long loops.
//!
//! [`Slip`] names mistakes that one makes when writing such a rule; the tests seed each and demand that it is noticed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A seeded mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    None,
    StandInRoundsUp,
    StandInFromFifty,
    StandInAboveSixtyOnly,
    CreditCapMissing,
    CreditsAddUp,
    CreditsBothWays,
    ClaimedCountsInFull,
    ClaimedFailsGates,
    UnknownSkillFails,
    UnknownSkillAlwaysOpen,
    HeadroomOne,
    HeadroomThree,
    NoRoomEarnsNothing,
    WeightsSwapped,
    WeightsNotRedistributed,
    RemainderToTheFirst,
    PointsRoundHalfUp,
    RoundPerSkill,
    NiceUnweighted,
    SeniorityTwoApart,
    OneBandOffEarnsHalf,
    OverlapAboveNotFrom,
    OverlapIgnoresShortDay,
    OverlapZeroIsAsked,
    BudgetGateAtHundred,
    BudgetGateStrict,
    CheaperEarnsMore,
    FreeWithinTwentyNine,
    EarlyEarnsLess,
    LengthIgnored,
    OpenEndedIsLimitless,
    NativeAboveC2,
    EnglishBestOfBoth,
    UnknownEnglishFails,
    UnknownBeatsFailed,
    MissingGradeUnknown,
    ExpiredCheckFails,
    OffLimitsForgotten,
    OrderWithoutRubric,
    OrderWithoutHash,
    HashLittleEndian,
    HashCandidateFirst,
}

pub const SLIPS: [Slip; 42] = [
    Slip::StandInRoundsUp,
    Slip::StandInFromFifty,
    Slip::StandInAboveSixtyOnly,
    Slip::CreditCapMissing,
    Slip::CreditsAddUp,
    Slip::CreditsBothWays,
    Slip::ClaimedCountsInFull,
    Slip::ClaimedFailsGates,
    Slip::UnknownSkillFails,
    Slip::UnknownSkillAlwaysOpen,
    Slip::HeadroomOne,
    Slip::HeadroomThree,
    Slip::NoRoomEarnsNothing,
    Slip::WeightsSwapped,
    Slip::WeightsNotRedistributed,
    Slip::RemainderToTheFirst,
    Slip::PointsRoundHalfUp,
    Slip::RoundPerSkill,
    Slip::NiceUnweighted,
    Slip::SeniorityTwoApart,
    Slip::OneBandOffEarnsHalf,
    Slip::OverlapAboveNotFrom,
    Slip::OverlapIgnoresShortDay,
    Slip::OverlapZeroIsAsked,
    Slip::BudgetGateAtHundred,
    Slip::BudgetGateStrict,
    Slip::CheaperEarnsMore,
    Slip::FreeWithinTwentyNine,
    Slip::EarlyEarnsLess,
    Slip::LengthIgnored,
    Slip::OpenEndedIsLimitless,
    Slip::NativeAboveC2,
    Slip::EnglishBestOfBoth,
    Slip::UnknownEnglishFails,
    Slip::UnknownBeatsFailed,
    Slip::MissingGradeUnknown,
    Slip::ExpiredCheckFails,
    Slip::OffLimitsForgotten,
    Slip::OrderWithoutRubric,
    Slip::OrderWithoutHash,
    Slip::HashLittleEndian,
    Slip::HashCandidateFirst,
];

/// What the model says of one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    Matched {
        points: u64,
        parts: BTreeMap<String, u64>,
    },
    ToConfirm {
        unknown: BTreeMap<String, u64>,
        points: u64,
    },
    Removed {
        failed: Vec<String>,
    },
}

/// What the model says of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    pub matches: Vec<String>,
    pub to_confirm: Vec<String>,
    pub removed: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    Yes,
    No,
    Unknown,
}

/// A share of a weight as a fraction.
#[derive(Clone, Copy)]
struct Part {
    top: u64,
    bottom: u64,
}

const NOTHING: Part = Part { top: 0, bottom: 1 };
const ALL: Part = Part { top: 1, bottom: 1 };

fn number(value: &Value) -> Option<u64> {
    value.as_u64()
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Days from 1970-01-01, counted year by year and month by month.
fn day_number(value: &Value) -> Option<i64> {
    let parts: Vec<i64> = value
        .as_str()?
        .split('-')
        .map(|part| part.parse().expect("a date"))
        .collect();
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days = 0;
    for year in 1970..parts[0] {
        days += if leap(year) { 366 } else { 365 };
    }
    for month in 1..parts[1] {
        days += match month {
            2 if leap(parts[0]) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
    }
    Some(days + parts[2] - 1)
}

fn band(value: &Value) -> Option<u64> {
    value.as_str().map(|name| match name {
        "junior" => 1,
        "mid" => 2,
        "senior" => 3,
        other => panic!("no band {other}"),
    })
}

fn cefr(slip: Slip, value: &Value) -> Option<u64> {
    value.as_str().map(|name| match name {
        "A1" => 1,
        "A2" => 2,
        "B1" => 3,
        "B2" => 4,
        "C1" => 5,
        "native" if slip == Slip::NativeAboveC2 => 7,
        "C2" | "native" => 6,
        other => panic!("no level {other}"),
    })
}

fn trust(slip: Slip, verified: &Value) -> u64 {
    if verified.as_bool().expect("yes or no") || slip == Slip::ClaimedCountsInFull {
        100
    } else {
        80
    }
}

/// Depth of a level that meets the asked one, in hundredths over a room: (top, bottom).
fn depth(slip: Slip, asked: u64, level: u64, top: u64, trust: u64) -> Part {
    let most = match slip {
        Slip::HeadroomOne => 1,
        Slip::HeadroomThree => 3,
        _ => 2,
    };
    let mut room = 0;
    while room < most && asked + room < top {
        room += 1;
    }
    if room == 0 {
        return if slip == Slip::NoRoomEarnsNothing {
            NOTHING
        } else {
            Part {
                top: trust,
                bottom: 100,
            }
        };
    }
    let mut steps = 0;
    while steps < room && asked + steps < level {
        steps += 1;
    }
    Part {
        top: steps * trust,
        bottom: room * 100,
    }
}

/// All fractions over one bottom: 600 holds every room of 1 to 3 in hundredths.
fn in_600ths(part: Part) -> u64 {
    assert_eq!(600 % part.bottom, 0);
    part.top * (600 / part.bottom)
}

/// The candidate's skills that count towards `wanted`, each with its credit.
fn options<'a>(slip: Slip, seat: &Value, candidate: &'a Value, wanted: &str) -> Vec<(&'a Value, u64)> {
    let mut found = Vec::new();
    for skill in entries(&candidate["skills"]) {
        let mut credit = 0;
        for row in entries(&seat["credits"]) {
            let there = row["skill"] == wanted && row["stands_in"] == skill["skill"];
            let back = slip == Slip::CreditsBothWays && row["stands_in"] == wanted && row["skill"] == skill["skill"];
            if there || back {
                let percent = number(&row["percent"]).unwrap();
                let capped = if slip == Slip::CreditCapMissing || percent < 80 {
                    percent
                } else {
                    80
                };
                credit = credit.max(capped);
            }
        }
        if skill["skill"] == wanted {
            credit = 100;
        }
        if credit > 0 {
            found.push((skill, credit));
        }
    }
    found
}

/// floor(level x credit / 100), by counting.
fn stands_for(slip: Slip, level: u64, credit: u64) -> u64 {
    let mut stands = 0;
    while (stands + 1) * 100 <= level * credit {
        stands += 1;
    }
    if slip == Slip::StandInRoundsUp && stands * 100 < level * credit {
        stands + 1
    } else {
        stands
    }
}

fn must_entry(slip: Slip, seat: &Value, candidate: &Value, entry: &Value) -> (Answer, u64) {
    let asked = number(&entry["level"]).unwrap();
    let mut answer = Answer::No;
    let mut best = 0;
    for (skill, credit) in options(slip, seat, candidate, entry["skill"].as_str().unwrap()) {
        let enough = match slip {
            Slip::StandInFromFifty => credit >= 50,
            Slip::StandInAboveSixtyOnly => credit > 60,
            _ => credit >= 60,
        };
        if !enough {
            continue;
        }
        match number(&skill["level"]) {
            Some(level) => {
                let mut stands = stands_for(slip, level, credit);
                if slip == Slip::ClaimedFailsGates {
                    stands = stands * trust(slip, &skill["verified"]) / 100;
                }
                if stands >= asked {
                    answer = Answer::Yes;
                    best = best.max(in_600ths(depth(
                        slip,
                        asked,
                        stands,
                        5,
                        trust(slip, &skill["verified"]),
                    )));
                }
            }
            None if answer == Answer::No
                && slip != Slip::UnknownSkillFails
                && (stands_for(slip, 5, credit) >= asked || slip == Slip::UnknownSkillAlwaysOpen) =>
            {
                answer = Answer::Unknown;
            }
            None => {}
        }
    }
    (answer, best)
}

fn all_of(answers: &[Answer]) -> Answer {
    if answers.contains(&Answer::No) {
        Answer::No
    } else if answers.contains(&Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

fn yes_if(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

fn asked_overlap(slip: Slip, seat: &Value) -> Option<u64> {
    number(&seat["overlap_minutes"]).filter(|minutes| *minutes > 0 || slip == Slip::OverlapZeroIsAsked)
}

fn english_parts<'a>(seat: &'a Value, candidate: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let mut parts = Vec::new();
    for name in ["english_speaking", "english_writing"] {
        if !seat[name].is_null() {
            parts.push((&seat[name], &candidate[name]));
        }
    }
    parts
}

fn gates(slip: Slip, seat: &Value, candidate: &Value) -> Vec<(&'static str, Answer)> {
    let musts: Vec<Answer> = entries(&seat["must"])
        .iter()
        .map(|entry| must_entry(slip, seat, candidate, entry).0)
        .collect();
    let vetting = match candidate["vetting"].as_str().unwrap() {
        "vetted" => Answer::Yes,
        "unfinished" if slip == Slip::ExpiredCheckFails => Answer::No,
        "unfinished" => Answer::Unknown,
        "failed" => Answer::No,
        other => panic!("no vetting {other}"),
    };
    let off_limits = candidate["off_limits"] == true && slip != Slip::OffLimitsForgotten;
    let seniority = match (band(&seat["seniority"]), band(&candidate["seniority"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(asked), Some(have)) => {
            yes_if(asked.abs_diff(have) <= if slip == Slip::SeniorityTwoApart { 2 } else { 1 })
        }
    };
    let overlap = match (asked_overlap(slip, seat), number(&candidate["overlap_minutes"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(asked), Some(have)) => yes_if(if slip == Slip::OverlapAboveNotFrom {
            have > asked
        } else {
            have >= asked
        }),
    };
    let budget = match (number(&seat["budget_minor"]), number(&candidate["bill_minor"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(budget), Some(bill)) => yes_if(match slip {
            Slip::BudgetGateAtHundred => bill <= budget,
            Slip::BudgetGateStrict => bill * 100 < budget * 115,
            _ => bill * 100 <= budget * 115,
        }),
    };
    let within = if slip == Slip::FreeWithinTwentyNine { 29 } else { 30 };
    let free = match (day_number(&seat["start"]), day_number(&candidate["free_from"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(start), Some(free)) => yes_if(free - start <= within),
    };
    let open_ended = if slip == Slip::OpenEndedIsLimitless { 1200 } else { 12 };
    let months = number(&seat["months"]).unwrap_or(open_ended);
    let length = yes_if(
        slip == Slip::LengthIgnored
            || (months >= number(&candidate["least_months"]).unwrap_or(0)
                && months <= number(&candidate["most_months"]).unwrap_or(u64::MAX)),
    );
    let english: Vec<Answer> = english_parts(seat, candidate)
        .into_iter()
        .map(|(asked, have)| match cefr(slip, &have["level"]) {
            None if slip == Slip::UnknownEnglishFails => Answer::No,
            None => Answer::Unknown,
            Some(have) => yes_if(have >= cefr(slip, asked).unwrap()),
        })
        .collect();
    let english = if slip == Slip::EnglishBestOfBoth && english.contains(&Answer::Yes) {
        Answer::Yes
    } else {
        all_of(&english)
    };
    vec![
        ("must_have", all_of(&musts)),
        ("vetting", vetting),
        ("standing", yes_if(candidate["active"] == true && !off_limits)),
        ("seniority", seniority),
        ("overlap", overlap),
        ("budget", budget),
        ("availability", all_of(&[free, length])),
        ("english", english),
    ]
}

fn base_weights(slip: Slip, seat: &Value) -> Vec<(&'static str, u64)> {
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
fn weights(slip: Slip, seat: &Value) -> Vec<(&'static str, u64)> {
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

fn must_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn nice_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn overlap_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn budget_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn availability_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn english_part(slip: Slip, seat: &Value, candidate: &Value) -> Part {
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

fn part(slip: Slip, name: &str, seat: &Value, candidate: &Value) -> Part {
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
fn whole_points(slip: Slip, weight: u64, share: Part) -> u64 {
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

/// One candidate for one seat.
pub fn says(slip: Slip, seat: &Value, candidate: &Value) -> Says {
    let weights = weights(slip, seat);
    let mut parts = BTreeMap::new();
    for (name, weight) in &weights {
        let share = if *weight == 0 {
            NOTHING
        } else {
            part(slip, name, seat, candidate)
        };
        parts.insert((*name).to_owned(), whole_points(slip, *weight, share));
    }
    let points = parts.values().sum();
    let mut answers = gates(slip, seat, candidate);
    if slip == Slip::MissingGradeUnknown && candidate["rubric"].is_null() && seat["challenge"] == true {
        answers[1].1 = Answer::Unknown;
    }
    let of = |wanted: Answer| {
        answers
            .iter()
            .filter(move |(_, answer)| *answer == wanted)
            .map(|(name, _)| *name)
    };
    let failed: Vec<String> = of(Answer::No).map(str::to_owned).collect();
    let unknown: BTreeMap<String, u64> = of(Answer::Unknown)
        .map(|name| {
            let weight = weights
                .iter()
                .find(|(other, _)| *other == name)
                .map_or(0, |(_, weight)| *weight);
            (name.to_owned(), weight - parts.get(name).copied().unwrap_or(0))
        })
        .collect();
    if !failed.is_empty() && (unknown.is_empty() || slip != Slip::UnknownBeatsFailed) {
        return Says::Removed { failed };
    }
    if unknown.is_empty() {
        Says::Matched { points, parts }
    } else {
        Says::ToConfirm { unknown, points }
    }
}

/// The 16 bytes of a hyphenated id.
fn id_bytes(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| *c != '-').collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).expect("hexadecimal"))
        .collect()
}

fn hash(slip: Slip, seat: &Value, candidate: &Value) -> u64 {
    let request = id_bytes(seat["request"].as_str().unwrap());
    let person = id_bytes(candidate["id"].as_str().unwrap());
    let both = if slip == Slip::HashCandidateFirst {
        [person, request]
    } else {
        [request, person]
    }
    .concat();
    let digest = Sha256::digest(&both);
    let mut value = 0_u64;
    for i in 0..8 {
        let byte = if slip == Slip::HashLittleEndian {
            digest[7 - i]
        } else {
            digest[i]
        };
        value = value * 256 + u64::from(byte);
    }
    if slip == Slip::OrderWithoutHash { 0 } else { value }
}

/// A whole pool: repeatedly takes the best one left.
pub fn lists(slip: Slip, seat: &Value, pool: &[Value]) -> Lists {
    let mut lists = Lists::default();
    let mut matches = Vec::new();
    let mut open = Vec::new();
    for candidate in pool {
        let id = candidate["id"].as_str().unwrap().to_owned();
        let rubric = if slip == Slip::OrderWithoutRubric {
            0
        } else {
            number(&candidate["rubric"]).unwrap_or(0)
        };
        let hash = hash(slip, seat, candidate);
        match says(slip, seat, candidate) {
            Says::Matched { points, .. } => matches.push((points, 0, rubric, hash, id)),
            Says::ToConfirm { unknown, points } => open.push((points, unknown.len(), rubric, hash, id)),
            Says::Removed { failed } => {
                for gate in failed {
                    *lists.removed.entry(gate).or_insert(0) += 1;
                }
            }
        }
    }
    let drain = |mut left: Vec<(u64, usize, u64, u64, String)>| {
        let mut sorted = Vec::new();
        while !left.is_empty() {
            let mut best = 0;
            for i in 1..left.len() {
                let key = |one: &(u64, usize, u64, u64, String)| {
                    (u64::MAX - one.0, one.1, u64::MAX - one.2, one.3, one.4.clone())
                };
                if key(&left[i]) < key(&left[best]) {
                    best = i;
                }
            }
            sorted.push(left.remove(best).4);
        }
        sorted
    };
    lists.matches = drain(matches);
    lists.to_confirm = drain(open);
    lists
}
