//! What a `Cargo.toml` says. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::Check;
use super::place::{FOUND, Page};
use super::{SYNTAX, not_analysed};

/// Crates that a solution is expected to choose from; others are told. The build of a later sandbox has these.
const LISTED: &[&str] = &[
    "actix",
    "actix-broker",
    "actix-cors",
    "actix-files",
    "actix-http",
    "actix-multipart",
    "actix-rt",
    "actix-service",
    "actix-test",
    "actix-web",
    "actix-web-actors",
    "actix-ws",
    "anyhow",
    "arc-swap",
    "async-trait",
    "bytes",
    "chrono",
    "dashmap",
    "derive_more",
    "dotenvy",
    "env_logger",
    "futures",
    "futures-util",
    "log",
    "once_cell",
    "parking_lot",
    "rand",
    "reqwest",
    "serde",
    "serde_json",
    "thiserror",
    "time",
    "tokio",
    "tracing",
    "tracing-actix-web",
    "tracing-subscriber",
    "uuid",
    "validator",
];

/// Notes what a manifest says.
pub fn look(page: &mut Page<'_>, text: &str) {
    let manifest = match DeTable::parse(text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let at = error.span().map(|span| page.place_of(span.start));
            let at = at.and_then(|(line, column)| Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?)));
            page.push(not_analysed(page.name(), at, SYNTAX));
            return;
        }
    };
    let top = manifest.get_ref();
    if let Some((place, DeValue::String(script))) = table(top, "package").and_then(|package| entry(package, "build")) {
        let detail = format!("the build script {script}: it runs whenever the project is built");
        page.at_byte(Check::BuildScript, FOUND, place, detail);
    }
    dependencies(page, top);
    if let Some(workspace) = table(top, "workspace") {
        dependencies(page, workspace);
        lints(page, table(workspace, "lints"));
    }
    if let Some(targets) = table(top, "target") {
        for target in targets.values() {
            if let DeValue::Table(target) = target.get_ref() {
                dependencies(page, target);
            }
        }
    }
    for name in ["patch", "replace"] {
        let Some(patches) = table(top, name) else { continue };
        if name == "replace" {
            dependency_table(page, patches);
        }
        for registry in patches.values() {
            if let DeValue::Table(registry) = registry.get_ref() {
                dependency_table(page, registry);
            }
        }
    }
    lints(page, table(top, "lints"));
}

/// Whether a manifest says itself what its build script is, or that there is none.
pub fn names_script(text: &str) -> bool {
    DeTable::parse(text).is_ok_and(|manifest| {
        let named = table(manifest.get_ref(), "package").and_then(|package| entry(package, "build"));
        matches!(named, Some((_, DeValue::String(_) | DeValue::Boolean(false))))
    })
}

fn table<'t, 'i>(within: &'t DeTable<'i>, name: &str) -> Option<&'t DeTable<'i>> {
    match entry(within, name) {
        Some((_, DeValue::Table(inner))) => Some(inner),
        _ => None,
    }
}

/// A value, and where its key begins.
fn entry<'t, 'i>(within: &'t DeTable<'i>, name: &str) -> Option<(usize, &'t DeValue<'i>)> {
    let (key, value) = within.iter().find(|(key, _)| &**key.get_ref() == name)?;
    Some((key.span().start, value.get_ref()))
}

fn dependencies(page: &mut Page<'_>, within: &DeTable<'_>) {
    for name in [
        "dependencies",
        "dev-dependencies",
        "dev_dependencies",
        "build-dependencies",
        "build_dependencies",
    ] {
        if let Some(inner) = table(within, name) {
            dependency_table(page, inner);
        }
    }
}

fn dependency_table(page: &mut Page<'_>, within: &DeTable<'_>) {
    for (key, value) in within {
        let place = key.span().start;
        let key: &str = key.get_ref();
        let DeValue::Table(details) = value.get_ref() else {
            if matches!(value.get_ref(), DeValue::String(_)) {
                listed(page, place, key);
            }
            continue;
        };
        let said = |name| text_of(details, name);
        let name = said("package").unwrap_or_else(|| key.to_owned());
        if let Some(address) = said("git") {
            page.at_byte(
                Check::GitDependency,
                FOUND,
                place,
                format!("{name} comes from {address}, not from the registry"),
            );
        }
        if let Some(path) = said("path") {
            page.at_byte(
                Check::PathDependency,
                FOUND,
                place,
                format!("{name} comes from the path {path}"),
            );
        }
        let from_registry = ["git", "path", "workspace"]
            .iter()
            .all(|name| entry(details, name).is_none());
        // In `patch` a table may hold tables; a dependency says where it comes from.
        let is_dependency = [
            "version",
            "package",
            "features",
            "registry",
            "optional",
            "default-features",
        ]
        .iter()
        .any(|name| entry(details, name).is_some());
        if from_registry && is_dependency {
            listed(page, place, &name);
        }
    }
}

fn listed(page: &mut Page<'_>, place: usize, name: &str) {
    if !LISTED.contains(&name) && !LISTED.contains(&name.replace('_', "-").as_str()) {
        page.at_byte(
            Check::UnlistedDependency,
            FOUND,
            place,
            format!("{name} is not on the list of expected crates"),
        );
    }
}

fn text_of(within: &DeTable<'_>, name: &str) -> Option<String> {
    match entry(within, name) {
        Some((_, DeValue::String(text))) => Some(text.to_string()),
        _ => None,
    }
}

/// Lints that are switched off for the whole package.
fn lints(page: &mut Page<'_>, tools: Option<&DeTable<'_>>) {
    let tools = tools.into_iter().flat_map(|tools| tools.values());
    for tool in tools.filter_map(|tool| {
        if let DeValue::Table(tool) = tool.get_ref() {
            Some(tool)
        } else {
            None
        }
    }) {
        for (lint, level) in tool {
            let level = match level.get_ref() {
                DeValue::String(level) => level.to_string(),
                DeValue::Table(details) => text_of(details, "level").unwrap_or_default(),
                _ => String::new(),
            };
            if level == "allow" {
                let detail = format!("{} is switched off for the whole package", lint.get_ref());
                page.at_byte(Check::AllowAttribute, FOUND, Spanned::span(lint).start, detail);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(Check, u32, u32)> {
        let mut page = Page::new("Cargo.toml", text);
        look(&mut page, text);
        page.finish()
            .into_iter()
            .map(|row| (row.check, row.line.unwrap(), row.column.unwrap()))
            .collect()
    }

    #[test]
    fn every_table_of_dependencies_is_read() {
        let text = r#"[package]
name = "x"
build = "make.rs"

[dependencies]
actix-web = "4"
serde = { version = "1", features = ["derive"] }
left-pad = "1"
json = { package = "serde_json", version = "1" }
sneaky = { package = "evil", version = "1" }
g = { git = "https://example.com/g" }
p = { path = "../p" }
shared.workspace = true

[dev-dependencies.tempfile]
version = "3"

[build-dependencies]
b = { git = "https://example.com/b" }

[target.'cfg(unix)'.dependencies]
nix = "1"

[workspace.dependencies]
w = { path = "w" }

[patch.somewhere]
serde = { git = "https://example.com/serde" }

[lints.rust]
unsafe_code = "allow"
dead_code = "warn"

[lints.clippy]
pedantic = { level = "allow", priority = -1 }
"#;
        assert_eq!(
            rows(text),
            [
                (Check::BuildScript, 3, 1),
                (Check::UnlistedDependency, 8, 1),
                (Check::UnlistedDependency, 10, 1),
                (Check::GitDependency, 11, 1),
                (Check::PathDependency, 12, 1),
                (Check::UnlistedDependency, 15, 19),
                (Check::GitDependency, 19, 1),
                (Check::UnlistedDependency, 22, 1),
                (Check::PathDependency, 25, 1),
                (Check::GitDependency, 28, 1),
                (Check::AllowAttribute, 31, 1),
                (Check::AllowAttribute, 35, 1),
            ]
        );
    }

    #[test]
    fn what_is_no_toml_is_told() {
        assert_eq!(rows("[package\n").first().map(|row| row.0), Some(Check::NotAnalysed));
    }

    #[test]
    fn a_manifest_names_its_script() {
        assert!(names_script("[package]\nbuild = \"b.rs\"\n") && names_script("[package]\nbuild = false\n"));
        assert!(!names_script("[package]\nname = \"x\"\n") && !names_script("nonsense ["));
    }
}
