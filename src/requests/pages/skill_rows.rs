//! The two lists of skills of the long form, row by row.

use crate::requests::SkillNeed;
use crate::requests::store::catalogue::Catalogue;
use crate::web::FormErrors;

/// Most rows of either list of skills.
const MOST_ROWS: usize = 40;

/// One row of a list of skills, as the template draws it.
pub struct SkillLine {
    /// Place in the list, for the id of the control.
    pub at: usize,
    pub skill: String,
    pub degree: String,
    pub error: String,
}

/// The filled rows and `spare` empty ones.
pub fn lines(field: &str, skills: &[String], degrees: &[String], spare: usize, errors: &FormErrors) -> Vec<SkillLine> {
    let filled: Vec<(&String, Option<&String>)> = skills
        .iter()
        .enumerate()
        .map(|(at, skill)| (skill, degrees.get(at)))
        .filter(|(skill, _)| !skill.trim().is_empty())
        .collect();
    let rows = (filled.len() + spare).min(MOST_ROWS.max(filled.len()));
    (0..rows)
        .map(|at| SkillLine {
            at,
            skill: filled.get(at).map_or_else(String::new, |(skill, _)| (*skill).clone()),
            degree: filled
                .get(at)
                .and_then(|(_, degree)| degree.cloned())
                .unwrap_or_else(|| "3".to_owned()),
            // The first row has the plain field name, so that a message about the whole list leads there too.
            error: errors.of(&row_field(field, at)).to_owned(),
        })
        .collect()
}

/// Takes away the rows that are `known`, and empty ones; whether a known one was there.
pub fn forget(skills: &mut Vec<String>, degrees: &mut Vec<String>, known: &[(String, String)]) -> bool {
    // A row without a degree is a mangled form: what was typed stays, and reading it says what is missing.
    degrees.resize(skills.len(), String::new());
    let rows: Vec<_> = std::mem::take(skills)
        .into_iter()
        .zip(std::mem::take(degrees))
        .collect();
    let before = rows.iter().filter(|(skill, _)| !skill.trim().is_empty()).count();
    let kept: Vec<_> = rows
        .into_iter()
        .filter(|row| !row.0.trim().is_empty() && !known.contains(row))
        .collect();
    let gone = kept.len() < before;
    (*skills, *degrees) = kept.into_iter().unzip();
    gone
}

fn row_field(field: &str, at: usize) -> String {
    if at == 0 {
        field.to_owned()
    } else {
        format!("{field}_{}", at + 1)
    }
}

/// The rows that name a skill, as ids. `taken` are those of the other list.
pub fn needs(
    catalogue: &Catalogue,
    (field, names, degrees): (&str, &[String], &[String]),
    taken: &[SkillNeed],
    errors: &mut FormErrors,
) -> Vec<SkillNeed> {
    let mut found: Vec<SkillNeed> = Vec::new();
    let rows = names.iter().enumerate().filter(|(_, name)| !name.trim().is_empty());
    for (place, (at, name)) in rows.enumerate() {
        let field = row_field(field, place);
        let degree = degrees
            .get(at)
            .and_then(|degree| degree.parse::<i16>().ok())
            .filter(|degree| (1..=5).contains(degree));
        let Some(skill) = catalogue.find(name) else {
            errors.add(field, unknown_skill(catalogue, name));
            continue;
        };
        match degree {
            _ if found.iter().any(|need| need.skill == skill.id) => {
                errors.add(field, format!("{} stands here twice.", skill.name));
            }
            _ if taken.iter().any(|need| need.skill == skill.id) => {
                errors.add(field, format!("{} is among the must-haves already.", skill.name));
            }
            Some(degree) => found.push(SkillNeed {
                skill: skill.id,
                degree,
            }),
            None => errors.add(field, "Choose a number from 1 to 5."),
        }
        if found.len() > MOST_ROWS {
            errors.add(row_field("must_skill", 0), "That is too many skills for one person.");
            break;
        }
    }
    found
}

fn unknown_skill(catalogue: &Catalogue, name: &str) -> String {
    let name: String = name.trim().chars().take(60).collect();
    let like = catalogue.like(&name);
    if like.is_empty() {
        format!("\"{name}\" is not in our list. Choose the nearest one, and write the exact word into the text above.")
    } else {
        format!("\"{name}\" is not in our list. Do you mean {}?", like.join(", or "))
    }
}
