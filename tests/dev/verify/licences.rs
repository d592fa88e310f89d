//! The licence of every package in `Cargo.lock`, of all platforms, against a list of permissive ones. No package is
//! excepted, whatever it is used for.

use std::collections::BTreeMap;

use crate::{Outcome, Project};

/// Ask for no more than a notice. What is not listed is asked about before it is used.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Data only: the root certificates of the web.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The stage.
pub fn check(project: &Project) -> Outcome {
    let packages = match packages(project) {
        Ok(packages) => packages,
        Err(why) => return Outcome::Failed(why),
    };
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused = Vec::new();
    for (name, licence) in &packages {
        match permitted(licence, PERMISSIVE) {
            Ok(true) => *counted.entry(licence).or_default() += 1,
            Ok(false) => refused.push(format!("{name}: {licence:?} is not on the list")),
            Err(why) => refused.push(format!("{name}: {licence:?}: {why}")),
        }
    }
    for (licence, number) in &counted {
        println!("{number:>4}  {licence}");
    }
    for one in &refused {
        println!("{one}");
    }
    if refused.is_empty() {
        Outcome::Passed(format!("{} packages", packages.len()))
    } else {
        Outcome::Failed(format!("{} found", refused.len()))
    }
}

/// Name and licence of each dependency.
fn packages(project: &Project) -> Result<Vec<(String, String)>, String> {
    let output = project
        .cargo(&["metadata", "--format-version", "1", "--locked"])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?;
    let dependencies = packages.iter().filter(|package| !package["source"].is_null());
    Ok(dependencies
        .map(|package| (text(&package["name"]), text(&package["license"])))
        .collect())
}

/// Whether an SPDX expression can be met with these licences alone: either side of OR, both sides of AND. AND binds
/// tighter than OR; a slash is how OR was written before.
///
/// # Errors
/// When the expression cannot be read.
pub fn permitted(expression: &str, licences: &[&str]) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&words, &mut at, licences)?;
    match words.get(at) {
        None => Ok(met),
        Some(word) => Err(format!("unexpected {word}")),
    }
}

fn either(words: &[&str], at: &mut usize, licences: &[&str]) -> Result<bool, String> {
    let mut met = both(words, at, licences)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(words, at, licences)?;
    }
    Ok(met)
}

fn both(words: &[&str], at: &mut usize, licences: &[&str]) -> Result<bool, String> {
    let mut met = one(words, at, licences)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, licences)?;
    }
    Ok(met)
}

fn one(words: &[&str], at: &mut usize, licences: &[&str]) -> Result<bool, String> {
    let word = *words.get(*at).ok_or("it ends too early, or there is none")?;
    *at += 1;
    if word == "(" {
        let met = either(words, at, licences)?;
        if words.get(*at) != Some(&")") {
            return Err("a bracket is not closed".to_owned());
        }
        *at += 1;
        return Ok(met);
    }
    if ["AND", "OR", "WITH", ")"].contains(&word) {
        return Err(format!("unexpected {word}"));
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).ok_or("WITH without an exception")?;
        *at += 2;
        return Ok(licences.contains(&format!("{word} WITH {exception}").as_str()));
    }
    Ok(licences.contains(&word))
}

#[cfg(test)]
mod expressions {
    use super::permitted;

    #[test]
    fn are_met_by_one_side_of_or_and_both_of_and() {
        let met = |expression| permitted(expression, &["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
        assert_eq!(met("MIT"), Ok(true));
        assert_eq!(met("GPL-3.0-only"), Ok(false));
        assert_eq!(met("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(met("GPL-3.0-only/MIT"), Ok(true));
        assert_eq!(met("GPL-3.0-only AND MIT"), Ok(false));
        assert_eq!(met("MIT OR ISC AND GPL-3.0-only"), Ok(true));
        assert_eq!(met("(MIT OR ISC) AND GPL-3.0-only"), Ok(false));
        assert_eq!(met("(GPL-3.0-only OR MIT) AND ISC"), Ok(true));
        assert_eq!(met("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(met("Apache-2.0"), Ok(false));
        assert_eq!(met("MIT WITH Some-exception"), Ok(false));
    }

    #[test]
    fn that_make_no_sense_are_refused() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT ISC", "MIT WITH"] {
            assert!(
                permitted(expression, &["MIT", "ISC"]).is_err(),
                "{expression:?} was read"
            );
        }
    }
}
