//! Slow model of the score: written from the text of the formula page, reading the JSON that the command line prints.
//! It imports nothing from the rule. Points are found by counting up instead of dividing, sums by long loops.
//!
//! [`Slip`] names mistakes that one makes when writing such a rule; the tests seed each and demand that it is noticed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

mod facts;
mod gates;
mod points;
mod slips;

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use facts::{Answer, NOTHING, number};
use gates::gates;
use points::{part, weights, whole_points};
pub use slips::{SLIPS, Slip};

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
