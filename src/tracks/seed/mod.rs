//! The shipped data of an empty installation: taxonomy, first track, demo rates. Parsed from the files beside this one.
//!
//! 2026-11-30. The first track asks for six of the eight kinds of checks; for the other two it has the kits, and an admin asks for
//! them by writing a number beside them. Not for the background check: what may be asked, and whether at all, differs by the
//! country of the person and by the client, it costs money for each person, and it needs their word in writing; so it is begun for
//! somebody when a client wants it. Not for debugging and performance: with the take-home, the code review and the interview it
//! would be a fourth technical appointment, and an agency that places people for slow services knows that it wants it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::skills::{Confidence, Entry, Taxonomy};
use super::store::Band;
use super::store::kits::Question;

mod load;

pub use load::{load, load_demo_rates};

/// The taxonomy file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SkillsFile {
    area: Vec<Area>,
}

/// Skills under one heading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// The heading.
    pub name: String,
    /// Its skills.
    pub skills: Vec<Skill>,
}

/// One skill.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// What data calls it.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Other spellings.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Spellings that probably mean it.
    #[serde(default)]
    pub guesses: Vec<String>,
    /// Slug of a stand-in -> credit in percent towards this skill.
    #[serde(default)]
    pub credits: BTreeMap<String, i32>,
}

/// A track as shipped.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// What data calls it.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// One paragraph.
    pub summary: String,
    /// Interview prompts, never score inputs.
    pub red_flags: Vec<String>,
    /// The proposed mark-up.
    pub markup: Markup,
    /// Seniority bands by region.
    pub bands: Vec<Band>,
    /// What "vetted" demands, in order.
    pub checks: Vec<Check>,
    /// What assessors ask, also of checks that are not demanded.
    pub kits: Vec<Kit>,
    /// Must-have skills of the role template.
    pub must: Vec<Must>,
    /// Nice-to-have skills of the role template.
    pub nice: Vec<Nice>,
    /// What a request starts from.
    pub defaults: Defaults,
    /// First version of the challenge.
    pub challenge: Challenge,
    /// First version of the rubric.
    pub rubric: Rubric,
}

/// A mark-up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Markup {
    /// Basis points of pay.
    pub basis_points: i32,
    /// What to tell the admin about the figure.
    pub note: String,
}

/// A vetting check that the track demands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// One of the schema's kinds.
    pub kind: String,
    /// What this track calls it.
    #[serde(default)]
    pub title: String,
    /// Absent: never expires.
    pub valid_months: Option<i16>,
}

/// What the assessor of a kind of check asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kit {
    /// One of the schema's kinds.
    pub kind: String,
    /// In their order.
    pub questions: Vec<Question>,
}

/// A must-have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Must {
    /// Slug.
    pub skill: String,
    /// 1 to 5.
    pub level: i16,
}

/// A nice-to-have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nice {
    /// Slug.
    pub skill: String,
    /// 1 to 5.
    pub weight: i16,
}

/// What a request of the track starts from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Least English, CEFR.
    pub english: String,
    /// Least overlap of the working days, minutes.
    pub overlap_minutes: i32,
}

/// A version of the challenge.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Version.
    pub number: i32,
    /// Title.
    pub title: String,
    /// How long it should take.
    pub timebox_hours: i16,
    /// How long the candidate has.
    pub deadline_days: i16,
    /// The text as given.
    pub body: String,
}

/// A version of the rubric.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// Version.
    pub number: i32,
    /// What is graded.
    pub criteria: Vec<Criterion>,
}

/// One criterion of a rubric.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What data calls it.
    pub key: String,
    /// The criterion's text.
    pub name: String,
    /// Percent; the weights of a rubric add up to 100.
    pub weight: i32,
    /// "0", "2" and "4": what such work looks like.
    pub anchors: BTreeMap<String, String>,
}

/// Rates of the demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoRates {
    /// Says that they are made up.
    pub source: String,
    /// From which day they hold.
    pub valid_from: NaiveDate,
    /// The rates.
    pub rates: Vec<DemoRate>,
}

/// One rate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoRate {
    /// ISO 4217.
    pub base: String,
    /// ISO 4217.
    pub quote: String,
    /// One base unit costs this many thousand-millionths of the quote unit.
    pub rate_e9: i64,
}

/// The shipped taxonomy.
pub fn areas() -> Vec<Area> {
    toml::from_str::<SkillsFile>(include_str!("skills.toml"))
        .expect("compiled in and parsed by a test")
        .area
}

/// The shipped tracks.
pub fn tracks() -> Vec<Track> {
    vec![toml::from_str(include_str!("rust-actix.toml")).expect("compiled in and parsed by a test")]
}

/// The rates of the demo.
pub fn demo_rates() -> DemoRates {
    toml::from_str(include_str!("demo-rates.toml")).expect("compiled in and parsed by a test")
}

/// The shipped taxonomy as a finder of names.
pub fn taxonomy() -> Taxonomy {
    let areas = areas();
    let skills = || areas.iter().flat_map(|area| &area.skills);
    Taxonomy::new(
        skills().map(|skill| Entry {
            slug: &skill.slug,
            name: &skill.name,
        }),
        skills().flat_map(|skill| {
            let sure = skill
                .aliases
                .iter()
                .map(|alias| (alias.as_str(), skill.slug.as_str(), Confidence::Sure));
            let guessed = skill
                .guesses
                .iter()
                .map(|alias| (alias.as_str(), skill.slug.as_str(), Confidence::Guess));
            sure.chain(guessed)
        }),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::tracks::skills::fold;

    #[test]
    fn every_spelling_belongs_to_one_skill_and_every_credit_to_a_known_one() {
        let areas = areas();
        let skills: Vec<&Skill> = areas.iter().flat_map(|area| &area.skills).collect();
        let slugs: HashSet<&str> = skills.iter().map(|skill| skill.slug.as_str()).collect();
        assert_eq!(slugs.len(), skills.len(), "a slug is used twice");
        let own: usize = areas.iter().take(6).map(|area| area.skills.len()).sum();
        assert_eq!(own, 49, "the skills of a Rust back end");
        let mut spelling: HashMap<String, &str> = HashMap::new();
        for skill in &skills {
            for name in std::iter::once(&skill.name).chain(&skill.aliases).chain(&skill.guesses) {
                let folded = fold(name);
                assert!(!folded.is_empty(), "{name} folds to nothing");
                let before = spelling.insert(folded, &skill.slug);
                assert!(before.is_none(), "{name} of {} also means {before:?}", skill.slug);
            }
            for (stand_in, credit) in &skill.credits {
                assert!(slugs.contains(stand_in.as_str()), "{stand_in} of {}", skill.slug);
                assert!((1..=100).contains(credit) && *stand_in != skill.slug, "{stand_in}");
            }
        }
        for skill in &skills {
            let found = taxonomy().find(&skill.slug).map(|(slug, _)| slug.to_owned());
            let expected = if skill.slug == "actix" {
                "actix-web"
            } else {
                &skill.slug
            };
            assert_eq!(found.as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_first_track_is_whole() {
        let taxonomy = taxonomy();
        for track in tracks() {
            assert_eq!(track.rubric.criteria.iter().map(|c| c.weight).sum::<i32>(), 100);
            for criterion in &track.rubric.criteria {
                assert_eq!(
                    criterion.anchors.keys().map(String::as_str).collect::<Vec<_>>(),
                    ["0", "2", "4"]
                );
            }
            for slug in track
                .must
                .iter()
                .map(|m| &m.skill)
                .chain(track.nice.iter().map(|n| &n.skill))
            {
                assert!(taxonomy.has_slug(slug), "{slug}");
            }
            for kit in &track.kits {
                assert!(
                    super::super::CHECK_KINDS.iter().any(|(kind, _)| *kind == kit.kind),
                    "{}",
                    kit.kind
                );
                assert!((3..=12).contains(&kit.questions.len()), "{}", kit.kind);
                for one in &kit.questions {
                    assert!((20..=600).contains(&one.question.chars().count()), "{}", one.question);
                    for anchor in [&one.weak, &one.solid, &one.strong] {
                        assert!(
                            (8..=400).contains(&anchor.chars().count()),
                            "{}: {anchor}",
                            one.question
                        );
                    }
                }
            }
            for check in &track.checks {
                let graded = check.kind == "take_home";
                assert_eq!(
                    track.kits.iter().any(|kit| kit.kind == check.kind),
                    !graded,
                    "{}",
                    check.kind
                );
            }
            for band in &track.bands {
                assert_eq!(band.yearly_from_minor.is_some(), band.currency.is_some(), "{band:?}");
                assert_eq!(
                    band.yearly_from_minor.is_some(),
                    !band.source.is_empty(),
                    "a figure has a source: {band:?}"
                );
            }
            assert!(
                track
                    .challenge
                    .body
                    .starts_with("Build a simple Actix web service with two endpoints")
            );
        }
    }

    #[test]
    fn demo_rates_say_what_they_are() {
        let rates = demo_rates();
        assert!(rates.source.contains("not a quotation"));
        assert!(
            rates
                .rates
                .iter()
                .all(|rate| rate.rate_e9 > 0 && rate.base != rate.quote)
        );
    }
}
