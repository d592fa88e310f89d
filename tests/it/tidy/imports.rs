//! Which module may use which: down only.

use super::File;

/// The floors of the house. A module may use those on lower floors; the kernel is one floor whose rooms know each other.
const FLOORS: &[(&str, u8)] = &[
    ("blobs", 0),
    ("business_days", 0),
    ("clock", 0),
    ("config", 0),
    ("countries", 0),
    ("db", 0),
    ("error", 0),
    ("health", 0),
    ("ids", 0),
    ("logging", 0),
    ("memory", 0),
    ("money", 0),
    ("network", 0),
    ("postgres", 0),
    ("throttle", 0),
    ("tokens", 0),
    ("zones", 0),
    ("events", 10),
    ("jobs", 11),
    ("mail", 12),
    ("accounts", 20),
    ("web", 30),
    ("organizations", 40),
    ("tracks", 40),
    ("holidays", 42),
    ("promises", 45),
    ("candidates", 50),
    ("requests", 50),
    ("vetting", 60),
    ("takehome", 70),
    ("matching", 80),
    ("introductions", 90),
    ("interviews", 100),
    ("placements", 110),
    ("payroll", 120),
    ("notifications", 130),
    ("homes", 140),
    ("api", 140),
    ("app", 150),
    ("cli", TOP),
    ("demo", TOP),
    ("doctor", TOP),
    ("lib", TOP),
    ("main", TOP),
    ("build", TOP),
];

/// The program itself: its commands and the reading order, one floor like the kernel.
const TOP: u8 = 160;

/// The files of a domain, from below: each may use those before it.
const LAYERS: &[&str] = &["", "store", "actions", "pages"];

/// Named rules: no database, no web, no clock, whatever file they are split into.
const RULES: &[&str] = &["score", "overlap", "guarantee", "rubric", "business_days"];

/// What a rule may not touch.
const WORLD: &[&str] = &[
    "sqlx",
    "actix_web",
    "actix_session",
    "tokio",
    "askama",
    "crate::clock",
    "crate::db",
    "crate::web",
    "std::fs",
    "rand",
];

/// A place in the crate: `matching/store.rs` is (`matching`, `store`), `matching/score.rs` is (`matching`, nothing). A form
/// and whatever mounts routes belong to the pages.
fn place(file: &File) -> Option<(&str, &str)> {
    let inner = file.path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let (module, rest) = inner.split_once('/').unwrap_or((inner, ""));
    let found = rest.split('/').map(layer).find(|layer| !layer.is_empty());
    let mounts = file.code().any(|(_, line)| line.contains("fn routes(r: &mut Routes)"));
    let by_content = if mounts { "pages" } else { "" };
    Some((module, found.unwrap_or(by_content)))
}

fn layer(name: &str) -> &str {
    let name = if name == "form" { "pages" } else { name };
    LAYERS.iter().find(|layer| **layer == name).copied().unwrap_or_default()
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// Every use of a module from a lower floor, and of pages from below them.
pub fn up(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files {
        let Some((module, own_layer)) = place(file) else {
            continue;
        };
        let Some(own) = floor(module) else {
            offences.push(file.at(
                1,
                format_args!("the module {module} has no floor in tests/it/tidy/imports.rs"),
            ));
            continue;
        };
        for (line, path) in uses(file, module) {
            let mut parts = path.split("::");
            let (used, used_layer) = (
                parts.next().unwrap_or_default(),
                layer(parts.next().unwrap_or_default()),
            );
            let Some(other) = floor(used) else { continue };
            let above = if used == module {
                let rank = |layer: &str| LAYERS.iter().position(|known| *known == layer);
                own_layer != used_layer && !own_layer.is_empty() && rank(own_layer) < rank(used_layer)
            } else {
                (other > own && !(own_layer == "pages" && used == "web")) || (other == own && own != 0 && own != TOP)
            };
            // Pages stand above everything that is no page; web serves pages only.
            let is_page = own_layer == "pages" || own >= 140 || module == "web";
            let page_from_below = (used_layer == "pages" || used == "web") && !is_page && used != module;
            if above || page_from_below {
                offences.push(file.at(line, format_args!("{module} may not use {path}")));
            }
        }
    }
    offences
}

/// Every path into the crate in this file: `crate::a::b`, groups taken apart, `super::` of a domain's file resolved.
fn uses(file: &File, module: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: Vec<(usize, &str)> = file.code().collect();
    let in_file_of_domain = file.path.matches('/').count() == 2 && !file.path.ends_with("/mod.rs");
    for (index, (line, text)) in code.iter().enumerate() {
        for start in ends_of(text, "crate::") {
            // A group may go on for lines, as rustfmt lays it out.
            let mut rest = text[start..].to_owned();
            let mut next = index + 1;
            while rest.matches('{').count() > rest.matches('}').count() && next < code.len() && next < index + 60 {
                rest.push_str(code[next].1);
                next += 1;
            }
            found.extend(paths(&rest).into_iter().map(|path| (*line, path)));
        }
        if in_file_of_domain && !text.starts_with(' ') {
            for start in ends_of(text, "super::") {
                found.extend(
                    paths(&text[start..])
                        .into_iter()
                        .map(|path| (*line, format!("{module}::{}", word(&path)))),
                );
            }
        }
    }
    found
}

/// Where the text goes on after each occurrence of a word that does not continue another word.
fn ends_of<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word)
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, _)| at + word.len())
}

/// `a::b` of `a::b::c`; of `{a::x, b::{c, d}}` each member, one level deep in each.
fn paths(rest: &str) -> Vec<String> {
    let rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        return members(group).iter().flat_map(|member| paths(member)).collect();
    }
    let first = word(rest);
    if first.is_empty() {
        return Vec::new();
    }
    let Some(behind) = rest[first.len()..].strip_prefix("::") else {
        return vec![first.to_owned()];
    };
    if let Some(group) = behind.trim_start().strip_prefix('{') {
        return members(group)
            .iter()
            .map(|member| format!("{first}::{}", word(member.trim())))
            .collect();
    }
    vec![format!("{first}::{}", word(behind))]
}

fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

/// What stands between the commas of a group whose opening brace has been read.
fn members(group: &str) -> Vec<String> {
    let mut members = vec![String::new()];
    let mut depth = 0_i32;
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => {
                members.push(String::new());
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if let Some(last) = members.last_mut() {
            last.push(c);
        }
    }
    members.retain(|member| !member.trim().is_empty());
    members
}

/// Every touch of the world in a rule.
pub fn impure(files: &[File]) -> Vec<String> {
    let is_rule = |path: &str| {
        let inner = path.strip_prefix("src/").and_then(|inner| inner.strip_suffix(".rs"));
        inner.is_some_and(|inner| inner.split('/').any(|part| RULES.contains(&part)))
    };
    let mut offences = Vec::new();
    for file in files.iter().filter(|file| is_rule(&file.path)) {
        for (line, text) in file.code() {
            for thing in WORLD {
                if ends_of(text, &format!("{thing}::")).next().is_some() {
                    offences.push(file.at(line, format_args!("a rule may not use {thing}")));
                }
            }
        }
    }
    offences
}

#[test]
fn an_arrow_that_runs_up_is_seen() {
    let planted = [
        File::new("src/requests/store.rs", "use crate::matching::score::Score;\n"),
        File::new(
            "src/candidates/mod.rs",
            "use crate::{\n    ids::UserId,\n    requests::{RequestState, store},\n};\n",
        ),
        File::new(
            "src/tracks/actions.rs",
            "fn f() {\n    crate::tracks::pages::g();\n    crate::web::page();\n}\n",
        ),
        File::new("src/tracks/store.rs", "use super::actions::rename;\n"),
        File::new("src/clock.rs", "use crate::events;\n"),
        File::new("src/unheard_of.rs", "fn f() {}\n"),
    ];
    let seen = up(&planted);
    let expected = [
        "src/requests/store.rs:1: requests may not use matching::score",
        "src/candidates/mod.rs:1: candidates may not use requests::RequestState",
        "src/candidates/mod.rs:1: candidates may not use requests::store",
        "src/tracks/actions.rs:2: tracks may not use tracks::pages",
        "src/tracks/actions.rs:3: tracks may not use web::page",
        "src/tracks/store.rs:1: tracks may not use tracks::actions",
        "src/clock.rs:1: clock may not use events",
        "src/unheard_of.rs:1: the module unheard_of has no floor in tests/it/tidy/imports.rs",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn an_arrow_that_runs_down_is_well() {
    let planted = [
        File::new(
            "src/matching/pages.rs",
            "use super::{actions, store};\nuse crate::web::{Routes, page};\nuse crate::requests::pages::tabs;\n",
        ),
        File::new(
            "src/matching/actions.rs",
            "//! [`crate::app`]\nuse crate::{candidates::store, events, ids::UserId};\nmod tests {\n    use super::*;\n}\n",
        ),
        File::new("src/error.rs", "use crate::ids::EventId;\n"),
        File::new("src/accounts/pages.rs", "use crate::web::Form;\n"),
        File::new("src/cli.rs", "use crate::demo;\n"),
        File::new("src/app.rs", "fn f() {\n    crate::placements::pages::routes();\n}\n"),
    ];
    assert_eq!(up(&planted), Vec::<String>::new());
}

#[test]
fn a_rule_that_asks_the_database_is_seen() {
    let planted = [
        File::new(
            "src/matching/score.rs",
            "use sqlx::PgConnection;\nuse crate::clock::Clock;\nuse chrono::NaiveDate;\n",
        ),
        File::new(
            "src/placements/guarantee/calendar.rs",
            "fn f() { std::fs::read(\"x\"); }\n",
        ),
        File::new("src/business_days.rs", "use sqlx::PgConnection;\n"),
        File::new("src/matching/store.rs", "use sqlx::PgConnection;\n"),
    ];
    let seen = impure(&planted);
    let expected = [
        "src/matching/score.rs:1: a rule may not use sqlx",
        "src/matching/score.rs:2: a rule may not use crate::clock",
        "src/placements/guarantee/calendar.rs:1: a rule may not use std::fs",
        "src/business_days.rs:1: a rule may not use sqlx",
    ];
    assert_eq!(seen, expected);
}
