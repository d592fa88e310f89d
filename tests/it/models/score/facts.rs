//! Reading the JSON, and the pieces that gates and points share.

use serde_json::Value;

use super::slips::Slip;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

/// A share of a weight as a fraction.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) top: u64,
    pub(super) bottom: u64,
}

pub(super) const NOTHING: Part = Part { top: 0, bottom: 1 };
pub(super) const ALL: Part = Part { top: 1, bottom: 1 };

pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64()
}

pub(super) fn entries(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Days from 1970-01-01, counted year by year and month by month.
pub(super) fn day_number(value: &Value) -> Option<i64> {
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

pub(super) fn band(value: &Value) -> Option<u64> {
    value.as_str().map(|name| match name {
        "junior" => 1,
        "mid" => 2,
        "senior" => 3,
        other => panic!("no band {other}"),
    })
}

pub(super) fn cefr(slip: Slip, value: &Value) -> Option<u64> {
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

pub(super) fn trust(slip: Slip, verified: &Value) -> u64 {
    if verified.as_bool().expect("yes or no") || slip == Slip::ClaimedCountsInFull {
        100
    } else {
        80
    }
}

/// Depth of a level that meets the asked one, in hundredths over a room: (top, bottom).
pub(super) fn depth(slip: Slip, asked: u64, level: u64, top: u64, trust: u64) -> Part {
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
pub(super) fn in_600ths(part: Part) -> u64 {
    assert_eq!(600 % part.bottom, 0);
    part.top * (600 / part.bottom)
}

/// The candidate's skills that count towards `wanted`, each with its credit.
pub(super) fn options<'a>(slip: Slip, seat: &Value, candidate: &'a Value, wanted: &str) -> Vec<(&'a Value, u64)> {
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
pub(super) fn stands_for(slip: Slip, level: u64, credit: u64) -> u64 {
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

pub(super) fn must_entry(slip: Slip, seat: &Value, candidate: &Value, entry: &Value) -> (Answer, u64) {
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

pub(super) fn all_of(answers: &[Answer]) -> Answer {
    if answers.contains(&Answer::No) {
        Answer::No
    } else if answers.contains(&Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

pub(super) fn yes_if(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

pub(super) fn asked_overlap(slip: Slip, seat: &Value) -> Option<u64> {
    number(&seat["overlap_minutes"]).filter(|minutes| *minutes > 0 || slip == Slip::OverlapZeroIsAsked)
}

pub(super) fn english_parts<'a>(seat: &'a Value, candidate: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let mut parts = Vec::new();
    for name in ["english_speaking", "english_writing"] {
        if !seat[name].is_null() {
            parts.push((&seat[name], &candidate[name]));
        }
    }
    parts
}
