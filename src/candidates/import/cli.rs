//! `meridian import candidates FILE --mapping MAPPING.toml [--dry-run] [--json]`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Mapping;
use super::run::{Job, Mode, Report, Table, import};
use crate::clock::Clock;
use crate::db::Db;
use crate::events::Actor;

/// The arguments of the command.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The table: CSV in any common encoding.
    pub file: PathBuf,
    /// What feeds what (TOML; the README has an example).
    #[arg(long)]
    pub mapping: PathBuf,
    /// Do everything, then keep nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where rejected rows go [default: FILE's name with .errors.csv, beside it].
    #[arg(long)]
    pub errors: Option<PathBuf>,
}

/// Everything is in.
const ALL: u8 = 0;
/// Nothing was done.
const NOTHING: u8 = 1;
/// Some rows were rejected.
const SOME: u8 = 3;

/// Runs the command against a migrated database. The report goes to stdout, everything else to stderr.
pub async fn run(db: &Db, clock: &Clock, args: &ImportArgs) -> ExitCode {
    match carry_out(db, clock, args).await {
        Ok(report) => {
            print(&report, args.json);
            ExitCode::from(code(&report))
        }
        Err(message) => {
            eprintln!("meridian: {message}");
            ExitCode::from(NOTHING)
        }
    }
}

async fn carry_out(db: &Db, clock: &Clock, args: &ImportArgs) -> Result<Report, String> {
    let text = std::fs::read_to_string(&args.mapping)
        .map_err(|error| format!("{} cannot be read: {error}", args.mapping.display()))?;
    let mapping = Mapping::parse(&text).map_err(|error| format!("{}: {error}", args.mapping.display()))?;
    let bar = progress_bar();
    let job = Job {
        table: Table::File(&args.file),
        mapping: &mapping,
        mode: if args.dry_run { Mode::DryRun } else { Mode::Write },
        errors: args.errors.clone(),
    };
    let mut told = 0;
    let result = import(db, &Actor::operator(), clock.now(), &job, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
        told = done;
    })
    .await;
    bar.finish_and_clear();
    result.map_err(|error| match told {
        0 => format!("{}: {error}", args.file.display()),
        // Batches that were committed stay; the same command goes on where this one stopped.
        rows => format!(
            "{}: {error}\nThe first {rows} rows are in. Run the same command again to go on.",
            args.file.display()
        ),
    })
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn code(report: &Report) -> u8 {
    match report.rejected {
        0 => ALL,
        all if all == report.read => NOTHING,
        _ => SOME,
    }
}

fn print(report: &Report, json: bool) {
    if json {
        match serde_json::to_string(report) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("meridian: the report cannot be written as JSON: {error}"),
        }
        return;
    }
    if report.dry_run {
        println!("Dry run: nothing was kept.");
    }
    println!(
        "{} rows read ({}): {} created, {} updated, {} unchanged, {} rejected.",
        report.read, report.encoding, report.created, report.updated, report.unchanged, report.rejected
    );
    if let Some(path) = &report.errors_file {
        println!(
            "Rejected rows, with the reason of each: {}. Mend them there and import that file.",
            path.display()
        );
    }
    if !report.unknown_skills.is_empty() {
        let names: Vec<String> = report
            .unknown_skills
            .iter()
            .map(|(name, people)| format!("{name} ({people})"))
            .collect();
        println!("Skills that the taxonomy does not know: {}.", names.join(", "));
    }
    for (name, slug) in &report.guessed_skills {
        println!("\"{name}\" was taken for {slug}; please check.");
    }
    if !report.unmentioned_columns.is_empty() {
        println!(
            "Columns that the mapping neither uses nor drops: {}.",
            report.unmentioned_columns.join(", ")
        );
    }
}
