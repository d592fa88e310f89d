//! Known faults of the dependencies in `Cargo.lock`, by the `RustSec` advisory database.

use std::path::PathBuf;

use rustsec::{Database, Lockfile, Report, advisory::Informational, report::Settings};

use crate::{Outcome, Project};

/// Advisories that do not concern this app, each with the reason. One that no longer matches anything is an error.
const IGNORED: &[(&str, &str)] = &[];

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
    let all: Vec<(String, String)> = vulnerable
        .chain(warned)
        .map(|(advisory, package)| {
            let what = format!("{} {}: {}", package.name, package.version, advisory.title);
            (advisory.id.to_string(), what)
        })
        .collect();
    Ok((lock.packages.len(), database.iter().count(), judge(&all, IGNORED)))
}

/// What is wrong, of these advisories (id, what) and this list.
fn judge(all: &[(String, String)], ignored: &[(&str, &str)]) -> Vec<String> {
    let is_ignored = |id: &str| ignored.iter().any(|(one, _)| *one == id);
    let mut wrong: Vec<String> = all
        .iter()
        .filter(|(id, _)| !is_ignored(id))
        .map(|(id, what)| format!("{id}: {what}"))
        .collect();
    for (id, reason) in ignored {
        match all.iter().find(|(found, _)| found == id) {
            Some((_, what)) => println!("{id}: {what}, ignored: {reason}"),
            None => wrong.push(format!("{id} is ignored but matches nothing: take it off the list")),
        }
    }
    wrong
}

#[cfg(test)]
mod judging {
    use super::judge;

    #[test]
    fn refuses_what_is_not_on_the_list_and_a_list_that_is_too_long() {
        let found = [("A-1", "one 1.0: bad"), ("A-2", "two 2.0: worse")];
        let found = found.map(|(id, what)| (id.to_owned(), what.to_owned()));
        let of = |ignored: &[&str]| {
            let ignored: Vec<_> = ignored.iter().map(|id| (*id, "a reason")).collect();
            judge(&found, &ignored)
        };
        assert_eq!(of(&[]), ["A-1: one 1.0: bad", "A-2: two 2.0: worse"]);
        assert_eq!(of(&["A-1"]), ["A-2: two 2.0: worse"]);
        assert_eq!(of(&["A-1", "A-2"]), <[&str; 0]>::default());
        assert_eq!(
            of(&["A-1", "A-2", "A-3"]),
            ["A-3 is ignored but matches nothing: take it off the list"]
        );
    }
}
