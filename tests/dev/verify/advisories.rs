//! Known faults of the dependencies in `Cargo.lock`, by the `RustSec` advisory database.

use std::path::PathBuf;

use rustsec::{Database, Lockfile, Report, advisory::Informational, report::Settings};

use crate::{Outcome, Project};

/// Advisories that do not concern this app, each with the reason. One that no longer matches anything is an error.
const IGNORED: &[(&str, &str)] = &[(
    "RUSTSEC-2026-0258",
    "h2 0.3 is there only for awc, the HTTP client of the tests, which speaks HTTP/1.1 to our own server; the app is built \
     without it (cargo tree -e no-dev -i h2@0.3.27 is empty), and no awc with a newer h2 exists",
)];

/// The stage.
pub fn check(project: &Project) -> Outcome {
    let set = std::env::var_os("MERIDIAN_ADVISORIES").map(PathBuf::from);
    let named = set.is_some();
    let directory = project.root.join(set.unwrap_or_else(|| "../shared/advisory-db".into()));
    if !directory.join("crates").is_dir() {
        let why = format!("no advisory database at {} (MERIDIAN_ADVISORIES)", directory.display());
        println!("NOT RUN: {why}");
        // A directory that was named is meant to be there.
        return if named {
            Outcome::Failed(why)
        } else {
            Outcome::NotRun(why)
        };
    }
    match look(project, &directory) {
        Ok((checked, known, found)) if found.is_empty() => {
            let ignored = IGNORED.len();
            Outcome::Passed(format!(
                "{checked} packages against {known} advisories, {ignored} ignored with a reason"
            ))
        }
        Ok((_, _, found)) => {
            for one in &found {
                println!("{one}");
            }
            Outcome::Failed(format!("{} found", found.len()))
        }
        Err(why) => Outcome::Failed(why),
    }
}

fn look(project: &Project, directory: &std::path::Path) -> Result<(usize, usize, Vec<String>), String> {
    let database = Database::open(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let lock = Lockfile::load(project.root.join("Cargo.lock")).map_err(|error| error.to_string())?;
    let settings = Settings {
        informational_warnings: vec![
            Informational::Unsound,
            Informational::Unmaintained,
            Informational::Notice,
        ],
        ..Settings::default()
    };
    let report = Report::generate(&database, &lock, &settings);
    let vulnerable = report
        .vulnerabilities
        .list
        .iter()
        .map(|one| (&one.advisory, &one.package));
    let warned = report.warnings.values().flatten();
    let warned = warned.filter_map(|one| Some((one.advisory.as_ref()?, &one.package)));
    let all: Vec<_> = vulnerable.chain(warned).collect();
    let mut found: Vec<String> = all
        .iter()
        .filter(|(advisory, _)| !IGNORED.iter().any(|(id, _)| *id == advisory.id.as_str()))
        .map(|(advisory, package)| {
            format!(
                "{}: {} {}: {}",
                advisory.id, package.name, package.version, advisory.title
            )
        })
        .collect();
    for (id, reason) in IGNORED {
        match all.iter().find(|(advisory, _)| advisory.id.as_str() == *id) {
            Some((_, package)) => println!("{id}: {} {} ignored: {reason}", package.name, package.version),
            None => found.push(format!("{id} is ignored but matches nothing: take it off the list")),
        }
    }
    Ok((lock.packages.len(), database.iter().count(), found))
}
