//! The parts of a track that are kept in versions, as forms: the challenge and the rubric. Pure.

use std::collections::{BTreeMap, HashSet};

use super::super::{Pairs, cell, many, one};
use crate::tracks::store::{Challenge, Rubric};
use crate::tracks::{Criterion, rubric_problem, slug_of};
use crate::web::{FormErrors, form};

/// The next version of the challenge, as typed.
#[derive(Debug, Clone, Default)]
pub struct ChallengeLine {
    pub title: String,
    pub body: String,
    pub hours: String,
    pub days: String,
}

impl ChallengeLine {
    pub fn of(newest: Option<&Challenge>) -> Self {
        newest.map_or_else(Self::default, |newest| Self {
            title: newest.title.clone(),
            body: newest.body.clone(),
            hours: newest.timebox_hours.to_string(),
            days: newest.deadline_days.to_string(),
        })
    }

    pub fn read(pairs: &Pairs) -> Self {
        Self {
            title: one(pairs, "title"),
            body: one(pairs, "body"),
            hours: one(pairs, "hours"),
            days: one(pairs, "days"),
        }
    }
}

/// The challenge that was typed, if it can be given to somebody.
pub fn challenge(
    line: &ChallengeLine,
    now: chrono::DateTime<chrono::Utc>,
    errors: &mut FormErrors,
) -> Option<Challenge> {
    let number = |text: &str, most: i16, words: &'static str| {
        text.trim()
            .parse::<i16>()
            .ok()
            .filter(|number| (1..=most).contains(number))
            .ok_or(words)
    };
    let title = errors.take("title", form::line(&line.title, 120));
    let body = errors.take("body", form::text(&line.body, 12_000));
    if body.as_deref() == Some("") {
        errors.add("body", "Write what is to be built.");
    }
    let timebox_hours = errors.take("hours", number(&line.hours, 40, "1 to 40 hours."));
    let deadline_days = errors.take("days", number(&line.days, 60, "1 to 60 days."));
    let (title, body) = (title?, body.filter(|body| !body.is_empty())?);
    Some(Challenge {
        number: 0, // the database gives it
        title,
        body,
        timebox_hours: timebox_hours?,
        deadline_days: deadline_days?,
        created_at: now,
        assignments: 0,
    })
}

/// A criterion as typed.
#[derive(Debug, Clone, Default)]
pub struct RubricLine {
    pub key: String,
    pub name: String,
    pub weight: String,
    pub a0: String,
    pub a2: String,
    pub a4: String,
}

impl RubricLine {
    pub fn of(rubric: Option<&Rubric>) -> Vec<Self> {
        let line = |criterion: &Criterion| Self {
            key: criterion.key.clone(),
            name: criterion.name.clone(),
            weight: criterion.weight.to_string(),
            a0: criterion.anchor("0").to_owned(),
            a2: criterion.anchor("2").to_owned(),
            a4: criterion.anchor("4").to_owned(),
        };
        rubric
            .map(|rubric| rubric.criteria.iter().map(line).collect())
            .unwrap_or_default()
    }

    pub fn read(pairs: &Pairs) -> Vec<Self> {
        let columns = ["key", "name", "weight", "a0", "a2", "a4"].map(|name| many(pairs, name));
        let at = |column: usize, row| cell(&columns[column], row);
        (0..columns[1].len())
            .map(|row| Self {
                key: at(0, row),
                name: at(1, row),
                weight: at(2, row),
                a0: at(3, row),
                a2: at(4, row),
                a4: at(5, row),
            })
            .filter(|line| !line.name.is_empty())
            .collect()
    }
}

/// The rubric that the lines mean. A new criterion gets its key from its name, once and for all versions.
pub fn rubric(lines: &[RubricLine], errors: &mut FormErrors) -> Vec<Criterion> {
    let mut keys = HashSet::new();
    let mut meant = Vec::new();
    for line in lines {
        let weight = line
            .weight
            .parse::<u32>()
            .ok()
            .filter(|weight| (1..=100).contains(weight));
        let Some(weight) = weight else {
            errors.add("weight", format!("{}: a weight of 1 to 100.", line.name));
            continue;
        };
        if [&line.a0, &line.a2, &line.a4]
            .into_iter()
            .any(|anchor| anchor.is_empty() || anchor.chars().count() > 600)
        {
            errors.add(
                "name",
                format!(
                    "{}: write what 0, 2 and 4 look like, in 600 characters each.",
                    line.name
                ),
            );
        }
        let key = if line.key.is_empty() {
            slug_of(&line.name).replace('-', "_")
        } else {
            line.key.clone()
        };
        let key: String = key.chars().take(40).collect();
        if key.is_empty()
            || !key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            || !keys.insert(key.clone())
        {
            errors.add("name", format!("{}: name it differently from the others.", line.name));
        }
        let anchors = [("0", &line.a0), ("2", &line.a2), ("4", &line.a4)];
        let anchors: BTreeMap<String, String> = anchors
            .into_iter()
            .map(|(mark, text)| (mark.to_owned(), text.clone()))
            .collect();
        meant.push(Criterion {
            key,
            name: line.name.clone(),
            weight,
            anchors,
        });
    }
    if errors.is_empty()
        && let Some(problem) = rubric_problem(&meant)
    {
        errors.add("weight", problem);
    }
    meant
}
