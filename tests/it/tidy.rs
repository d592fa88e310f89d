//! The rules of the house that a compiler does not know, checked on the text of the project.
//!
//! Each check takes files and gives every offence as `path:line: what`; it is tried on planted files beside it, so that
//! it is known to be able to fail. A line that has to break a rule says so itself, where the check allows for that.

mod imports;
mod rust;
mod templates;
mod words;

use std::path::Path;

/// A text file of the project.
#[derive(Debug)]
pub struct File {
    /// Path from the top directory, with slashes.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    /// A planted file.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether it is written in this language, told by its ending.
    pub fn is(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == ending)
    }

    /// Its lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines of Rust that say something to the compiler: no comments (also not behind code), no documentation.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .map(|(number, line)| {
                (
                    number,
                    line.split_once("//")
                        .filter(|(before, _)| !before.ends_with(':'))
                        .map_or(line, |(code, _)| code),
                )
            })
            .filter(|(_, line)| !line.trim().is_empty())
    }

    /// An offence at a line of this file.
    pub fn at(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Every text file that we wrote: what git knows or would add, without what was fetched or generated.
fn project() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(root, "", &mut files);
    assert!(files.len() > 50, "the project was not found at {}", root.display());
    files
}

/// Not ours: fetched, generated, or data.
const FOREIGN: &[&str] = &[
    ".git",
    ".env",
    "target",
    "data",
    "tests/data",
    "tests/vendor",
    "static/vendor",
    ".sqlx",
    "Cargo.lock",
    "LICENSE",
];

fn collect(root: &Path, below: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = std::fs::read_dir(root.join(below))
        .expect("a directory of the project")
        .flatten()
        .collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if below.is_empty() {
            name.to_string()
        } else {
            format!("{below}/{name}")
        };
        if FOREIGN.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(root, &path, files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}

fn none(offences: &[String]) {
    assert!(
        offences.is_empty(),
        "{} offences:\n{}",
        offences.len(),
        offences.join("\n")
    );
}

#[test]
fn imports_only_go_down() {
    none(&imports::up(&project()));
}

#[test]
fn rules_are_pure() {
    none(&imports::impure(&project()));
}

#[test]
fn files_are_short() {
    none(&rust::long_files(&project()));
}

#[test]
fn handlers_are_short() {
    none(&rust::long_handlers(&project()));
}

#[test]
fn only_the_clock_knows_what_time_it_is() {
    none(&rust::clocks(&project()));
    none(&rust::clocks_in_sql(&project()));
}

#[test]
fn no_status_is_compared_as_text() {
    none(&rust::status_as_text(&project()));
}

#[test]
fn templates_keep_to_the_content_policy() {
    none(&templates::inline(&project()));
}

#[test]
fn what_templates_trust_has_a_reason() {
    none(&templates::trusted(&project()));
}

#[test]
fn every_domain_with_pages_has_templates() {
    none(&templates::folders(&project()));
}

#[test]
fn nothing_is_left_open() {
    none(&words::left_open(&project()));
}

#[test]
fn no_package_registry_is_named() {
    none(&words::registries(&project()));
}
