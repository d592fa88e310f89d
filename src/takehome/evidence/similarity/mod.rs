//! How much of one solution is in another: winnowed fingerprints of normalised tokens. Pure.
//!
//! Tokens of each item (a function, a type, a method) are taken apart from their names: identifiers, lifetimes and literals are
//! folded to their kind; `use`, documentation and comments are dropped; `mod` and `impl` are opened, so that what was moved or
//! merged stays what it is. Of all windows of [`K`] tokens the least hash in each [`W`] neighbouring ones is kept: a copy of
//! `K + W - 1` tokens leaves a trace, wherever it stands (Schleimer, Wilkerson, Aiken: Winnowing, 2003).
//!
//! The containment is a fact for a person to look into. It is compared within one challenge, without what the handout gave to
//! everybody, and it rejects nobody.

mod tokens;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Tokens of a window.
pub const K: usize = 15;
/// Windows of which the least is kept.
pub const W: usize = 8;
/// With fewer fingerprints on one side, a containment says nothing.
pub const ENOUGH: usize = 40;
/// From here on a person should look.
pub const LOOK: f64 = 0.60;
/// From here on there is some overlap.
pub const SOME: f64 = 0.35;

/// The fingerprints of a solution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprints(BTreeSet<u64>);

impl Fingerprints {
    /// Of the text of one source file; none when it is no Rust.
    pub fn of_source(text: &str) -> Self {
        tokens::items(text).iter().flat_map(|item| winnow(item)).collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    /// Without what the handout gave to everybody.
    #[must_use]
    pub fn without(&self, template: &Self) -> Self {
        Self(self.0.difference(&template.0).copied().collect())
    }
}

impl FromIterator<u64> for Fingerprints {
    fn from_iter<I: IntoIterator<Item = u64>>(prints: I) -> Self {
        Self(prints.into_iter().collect())
    }
}

/// How alike two solutions are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Likeness {
    /// The part of the smaller one's fingerprints that the other has too, 0 to 1; 0 when there are none.
    pub containment: f64,
    /// Whether one of them has fewer than [`ENOUGH`].
    pub too_few: bool,
}

/// What a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing, or too little to say anything.
    Nothing,
    /// From [`SOME`].
    Some,
    /// From [`LOOK`].
    Look,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Some => "some overlap",
            Self::Look => "look",
        })
    }
}

impl Likeness {
    /// Of two solutions to one challenge, without its template.
    pub fn of(one: &Fingerprints, other: &Fingerprints, template: &Fingerprints) -> Self {
        let (one, other) = (one.without(template), other.without(template));
        let smaller = one.len().min(other.len());
        let shared = one.0.intersection(&other.0).count();
        Self {
            // Counts of fingerprints of at most 64 MiB are exact in a float.
            containment: if smaller == 0 {
                0.0
            } else {
                f64::from(u32::try_from(shared).unwrap_or(u32::MAX))
                    / f64::from(u32::try_from(smaller).unwrap_or(u32::MAX))
            },
            too_few: smaller < ENOUGH,
        }
    }

    /// What a person is told.
    pub fn verdict(self) -> Verdict {
        match self.containment {
            _ if self.too_few => Verdict::Nothing,
            containment if containment >= LOOK => Verdict::Look,
            containment if containment >= SOME => Verdict::Some,
            _ => Verdict::Nothing,
        }
    }
}

/// The kept hashes of one item.
fn winnow(tokens: &[u64]) -> Vec<u64> {
    let hashes: Vec<u64> = tokens.windows(K).map(hash).collect();
    if hashes.len() <= W {
        return hashes.iter().min().copied().into_iter().collect();
    }
    hashes
        .windows(W)
        .filter_map(|window| window.iter().min().copied())
        .collect()
}

/// FNV-1a, then mixed: the least of several hashes should not depend on the last token alone.
fn hash(tokens: &[u64]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in tokens.iter().flat_map(|token| token.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(range: std::ops::Range<u64>) -> Fingerprints {
        range.collect()
    }

    #[test]
    fn thresholds_are_where_they_are_said_to_be() {
        let none = Fingerprints::default();
        let told = |shared: u64| {
            let likeness = Likeness::of(&prints(0..100), &prints(100 - shared..1_000), &none);
            (likeness.containment, likeness.verdict())
        };
        assert_eq!(told(60), (0.60, Verdict::Look));
        assert_eq!(told(59), (0.59, Verdict::Some));
        assert_eq!(told(35), (0.35, Verdict::Some));
        assert_eq!(told(34), (0.34, Verdict::Nothing));
    }

    #[test]
    fn too_few_say_nothing_and_the_template_is_subtracted() {
        let none = Fingerprints::default();
        let few = Likeness::of(&prints(0..39), &prints(0..1_000), &none);
        assert_eq!(
            (few.containment, few.too_few, few.verdict()),
            (1.0, true, Verdict::Nothing)
        );
        let enough = Likeness::of(&prints(0..40), &prints(0..1_000), &none);
        assert!(!enough.too_few && enough.verdict() == Verdict::Look);
        let subtracted = Likeness::of(&prints(0..100), &prints(0..50), &prints(0..50));
        assert_eq!((subtracted.containment, subtracted.too_few), (0.0, true));
        let empty = Likeness::of(&none, &none, &none);
        assert_eq!((empty.containment, empty.too_few), (0.0, true));
    }

    #[test]
    fn a_window_s_least_hash_is_kept_and_a_short_item_leaves_at_most_one() {
        let tokens: Vec<u64> = (0..100).map(|at| at % 13).collect();
        assert!(winnow(&tokens[..K - 1]).is_empty());
        assert_eq!(winnow(&tokens[..K]).len(), 1);
        let kept: BTreeSet<u64> = winnow(&tokens).into_iter().collect();
        // Whatever stretch of K + W - 1 tokens somebody copies, one of the kept is in it.
        for copied in tokens.windows(K + W - 1) {
            assert!(copied.windows(K).any(|window| kept.contains(&hash(window))));
        }
    }
}
