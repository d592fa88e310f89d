//! Tracks, the skills taxonomy, challenges, rubrics, mark-ups and exchange rates: data an admin keeps.
//!
//! Texts that others rely on (challenge, rubric) are versions: a change is a new row and the old ones stay, because an
//! assignment or a grade keeps the version it was made with. Rates and mark-ups are dated rows, for the same reason.

pub mod actions;
pub mod levels;
pub mod pages;
pub mod seed;
pub mod skills;
pub mod store;
pub mod taxonomy;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::TrackId;

/// What a rubric judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What data calls it; stays the same from version to version.
    pub key: String,
    /// The criterion's text.
    pub name: String,
    /// Percent; the weights of a rubric add up to 100.
    pub weight: u32,
    /// "0", "2" and "4": what such work looks like.
    pub anchors: BTreeMap<String, String>,
}

impl Criterion {
    /// The written anchor of a mark, empty where there is none.
    pub fn anchor(&self, mark: &str) -> &str {
        self.anchors.get(mark).map_or("", String::as_str)
    }
}

/// A kind of role to choose.
#[derive(Debug, Clone)]
pub struct OpenTrack {
    /// Its id.
    pub id: TrackId,
    /// What data and forms call it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// One paragraph.
    pub summary: String,
}

/// The track that a form names. A form that shows no choice names none, which is right where there is only one.
pub fn choose<'a>(tracks: &'a [OpenTrack], typed: &str) -> Result<&'a OpenTrack, &'static str> {
    match (tracks.iter().find(|track| track.slug == typed), tracks) {
        (Some(track), _) => Ok(track),
        (None, [only]) if typed.is_empty() => Ok(only),
        (None, _) if typed.is_empty() => Err("Choose one."),
        (None, _) => Err("The agency does not hire for this any more. Choose another."),
    }
}

/// The marks that have a written anchor.
pub const ANCHORS: [&str; 3] = ["0", "2", "4"];

/// The kinds of vetting check, as the schema names them, with the words for people.
pub const CHECK_KINDS: [(&str, &str); 8] = [
    ("identity", "Identity"),
    ("english", "English screen"),
    ("take_home", "Take-home challenge"),
    ("code_review", "Code review"),
    ("technical_interview", "Technical interview"),
    ("debugging", "Debugging and performance"),
    ("references", "References"),
    ("background", "Background check"),
];

/// The bands of seniority, with the words for people.
pub const SENIORITIES: [(&str, &str); 3] = [("junior", "Junior"), ("mid", "Mid"), ("senior", "Senior")];

/// Basis points as a percentage: 3500 is "35 %", 3525 "35.25 %".
pub fn percent(basis_points: i32) -> String {
    format!("{} %", percent_plain(basis_points))
}

/// Basis points as a form field has them: "35" or "35.25".
pub fn percent_plain(basis_points: i32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

/// Reads a percentage with up to two decimals as basis points.
pub fn parse_percent(text: &str) -> Result<i32, &'static str> {
    const NOT: &str = "Write a percentage such as 35 or 32.5.";
    let scaled = decimal(text.trim().trim_end_matches('%').trim(), 2).ok_or(NOT)?;
    i32::try_from(scaled)
        .ok()
        .filter(|points| *points <= 50_000)
        .ok_or("At most 500 percent.")
}

/// Reads a price such as 1.15 or 0.00026 as billionths.
pub fn parse_rate(text: &str) -> Result<i64, &'static str> {
    const NOT: &str = "Write a price such as 1.15 or 0.00026, with at most nine decimals.";
    decimal(text.trim(), 9).filter(|rate| *rate > 0).ok_or(NOT)
}

/// Billionths as people write them, without zeros at the end: 1,150,000,000 is "1.15".
pub fn rate_plain(rate_e9: i64) -> String {
    let (whole, rest) = (rate_e9 / 1_000_000_000, rate_e9 % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A plain decimal number (point or comma) as an integer of its `places`-th decimals; nothing when it has more, or is none.
fn decimal(text: &str, places: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || fraction.len() > places || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// What a new version of a rubric lacks; nothing when it can be used.
pub fn rubric_problem(criteria: &[Criterion]) -> Option<&'static str> {
    let total: u32 = criteria.iter().map(|criterion| criterion.weight).sum();
    if criteria.is_empty() {
        Some("A rubric needs at least one criterion.")
    } else if total != 100 {
        Some("The weights must add up to 100.")
    } else {
        None
    }
}

/// A slug from a name: small letters, digits and hyphens.
pub fn slug_of(name: &str) -> String {
    let words = name.to_lowercase();
    let parts: Vec<&str> = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_rates_are_read_exactly_and_come_back() {
        for (text, points) in [
            ("35", 3_500),
            ("32.5", 3_250),
            ("35,25 %", 3_525),
            ("0", 0),
            ("500", 50_000),
        ] {
            assert_eq!(parse_percent(text), Ok(points), "{text}");
        }
        for text in ["", "-1", "500.01", "3.125", "abc", ".5"] {
            assert!(parse_percent(text).is_err(), "{text}");
        }
        assert_eq!(
            (percent(3_500), percent(3_525), percent(3_250)),
            ("35 %".into(), "35.25 %".into(), "32.5 %".into())
        );
        for (text, rate) in [("1.15", 1_150_000_000), ("0.00026", 260_000), ("20", 20_000_000_000)] {
            assert_eq!(parse_rate(text), Ok(rate));
            assert_eq!(rate_plain(rate), text);
        }
        for text in ["0", "0.0000000001", "1e5", "-2", "12345678901"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug_of("Rust / Actix back end"), "rust-actix-back-end");
        assert_eq!(slug_of("  C++ "), "c");
    }

    #[test]
    fn weights_add_up_to_a_hundred() {
        let criterion = |weight| Criterion {
            key: "a".into(),
            name: "A".into(),
            weight,
            anchors: BTreeMap::new(),
        };
        assert_eq!(rubric_problem(&[criterion(60), criterion(40)]), None);
        assert!(rubric_problem(&[criterion(60)]).is_some());
        assert!(rubric_problem(&[]).is_some());
    }
}
