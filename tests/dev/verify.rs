//! Runs every check of the project: `cargo verify`.
//!
//! - `cargo verify` runs all stages, one failing or not, and ends with a table; its exit code is 0 when none failed.
//! - `cargo verify fast` leaves out the tests.
//! - `cargo verify prepare` writes `.sqlx` anew, after a query or a migration changed.
//!
//! Variables: `MERIDIAN_ADVISORIES` (a copy of the advisory database, `../shared/advisory-db` by default),
//! `MERIDIAN_ALLOW_SKIP` (names of tests that may be left out here, separated by commas), `MERIDIAN_PG_BIN`,
//! `MERIDIAN_CHROMIUM`, `MERIDIAN_CHROMEDRIVER`.

#[path = "verify/advisories.rs"]
mod advisories;
#[path = "verify/licences.rs"]
mod licences;
#[path = "../it/support/packages.rs"]
mod packages;
#[path = "verify/prepared.rs"]
mod prepared;
#[path = "verify/tests.rs"]
mod tests;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

/// How a stage ended, with what the summary says of it.
#[derive(Debug)]
pub enum Outcome {
    /// Everything it looks at is as it should be.
    Passed(String),
    /// Something is wrong; the details stand in the output above.
    Failed(String),
    /// It could not run here, and that is no fault of the project.
    NotRun(String),
}

/// What every stage knows.
#[derive(Debug)]
pub struct Project {
    /// The top directory.
    pub root: PathBuf,
    cargo: PathBuf,
}

impl Project {
    fn here() -> Self {
        let variable = |name: &str, otherwise: &str| std::env::var_os(name).unwrap_or_else(|| otherwise.into());
        Self {
            root: variable("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR")).into(),
            cargo: variable("CARGO", "cargo").into(),
        }
    }

    /// Cargo with these words. The queries are checked against `.sqlx`, whatever database a `.env` names, so that
    /// all stages see what a fresh clone sees. Nothing is asked of whoever started it.
    pub fn cargo(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command
            .args(words)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .env("SQLX_OFFLINE", "true");
        // The cargo that runs this program sets these for it. Build scripts look at some of them: left there, half of
        // the dependencies would be compiled again, here and once more by the next cargo from outside.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text == "OUT_DIR" || text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, words: &[&str], way_on: &str) -> Outcome {
        match self.cargo(words).status() {
            Ok(status) if status.success() => Outcome::Passed(String::new()),
            Ok(_) => Outcome::Failed(way_on.to_owned()),
            Err(error) => Outcome::Failed(format!("{}: {error}", self.cargo.display())),
        }
    }
}

fn main() -> ExitCode {
    let project = Project::here();
    let word = std::env::args().nth(1);
    match word.as_deref() {
        None => run(&project, true),
        Some("fast") => run(&project, false),
        Some("prepare") => match prepared::write(&project) {
            Ok(said) => {
                println!("{said}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        },
        Some(_) => {
            eprintln!("usage: cargo verify [fast | prepare]");
            ExitCode::from(2)
        }
    }
}

type Stage = (&'static str, fn(&Project) -> Outcome);

fn run(project: &Project, with_tests: bool) -> ExitCode {
    let mut stages: Vec<Stage> = vec![
        ("format", |project| {
            project.run(&["fmt", "--all", "--check"], "run `cargo fmt`")
        }),
        ("advisories", advisories::check),
        ("licences", licences::check),
        ("lints and queries", prepared::check),
    ];
    if with_tests {
        stages.insert(0, ("programs", programs));
        stages.push(("tests", tests::check));
    }
    let started = Instant::now();
    let mut table = Vec::new();
    for (name, stage) in stages {
        println!("\n=== {name}");
        let begun = Instant::now();
        let outcome = stage(project);
        if let Outcome::Failed(why) = &outcome {
            println!("{name} FAILED: {why}");
        }
        table.push((name, outcome, begun.elapsed()));
    }
    summarise(&table, started.elapsed())
}

fn summarise(table: &[(&str, Outcome, Duration)], whole: Duration) -> ExitCode {
    println!("\n=== summary");
    let mut failed = 0;
    for (name, outcome, took) in table {
        let (word, said) = match outcome {
            Outcome::Passed(said) => ("ok", said),
            Outcome::Failed(said) => ("FAILED", said),
            Outcome::NotRun(said) => ("NOT RUN", said),
        };
        failed += usize::from(word == "FAILED");
        println!("{name:<18} {word:<8} {:>7.1} s  {said}", took.as_secs_f64());
    }
    println!(
        "{:<18} {:<8} {:>7.1} s",
        "all",
        if failed == 0 { "ok" } else { "FAILED" },
        whole.as_secs_f64()
    );
    ExitCode::from(u8::from(failed > 0))
}

/// Installs what the tests need before they start, where its output can be seen.
fn programs(project: &Project) -> Outcome {
    let mut missing = Vec::new();
    let browser = packages::chromium();
    match &browser {
        Ok(found) => println!("{} with {}", found.browser.display(), found.driver.display()),
        Err(why) => missing.push(why.clone()),
    }
    match prepared::Scratch::start() {
        Ok(_) => println!("a PostgreSQL server starts"),
        Err(why) => missing.push(why),
    }
    for tool in ["fmt", "clippy"] {
        let there = project.cargo(&[tool, "--version"]).stdout(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            missing.push(format!("cargo {tool} is missing: rustup component add rustfmt clippy"));
        }
    }
    if missing.is_empty() {
        return Outcome::Passed("PostgreSQL, Chromium, rustfmt, clippy".to_owned());
    }
    let allowed = std::env::var("MERIDIAN_ALLOW_SKIP").unwrap_or_default();
    // The tests say for themselves whether they can go without a browser.
    if missing.len() == 1 && browser.is_err() && allowed.split(',').any(|name| name.trim() == "browser") {
        return Outcome::NotRun(missing.join("; "));
    }
    Outcome::Failed(missing.join("; "))
}

/// A file of the project, read whole.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
