//! `meridian import candidates FILE --mapping MAPPING.toml [--dry-run] [--json]`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Mapping;
use super::run::{Job, Mode, Report, Table, import, refuse_same};
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
    /// Do everything, then keep nothing; the first reasons of rejected rows are printed.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where rejected rows go; an earlier file of that name is kept beside [default: FILE's name with .errors.csv, beside it].
    #[arg(long)]
    pub errors: Option<PathBuf>,
}

/// Everything is in.
const ALL: u8 = 0;
/// Nothing was done.
const NOTHING: u8 = 1;
/// Some rows were rejected.
const SOME: u8 = 3;

/// People whose kept fields are named in words.
const KEPT: usize = 20;

/// What the command says and ends with.
#[derive(Debug)]
pub struct Told {
    /// For standard output; empty when there is nothing to say there.
    pub text: String,
    /// The exit code.
    pub code: ExitCode,
}

/// Runs the command against a migrated database. The report is given back for stdout, everything else goes to stderr.
pub async fn run(db: &Db, clock: &Clock, args: &ImportArgs) -> Told {
    let report = carry_out(db, clock, args).await;
    if let Some(error) = &report.error {
        eprintln!("meridian: {error}");
    }
    let text = if args.json {
        // Numbers, texts and paths that stood on the command line: it cannot fail but on a path that is no UTF-8.
        serde_json::to_string(&report).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    } else if report.error.is_some() {
        String::new()
    } else {
        in_words(&report)
    };
    Told {
        text,
        code: ExitCode::from(code(&report)),
    }
}

async fn carry_out(db: &Db, clock: &Clock, args: &ImportArgs) -> Report {
    let failed = |so_far: Report, error: String| Report {
        error: Some(error),
        dry_run: args.dry_run,
        ..so_far
    };
    let mapping = match mapping(args) {
        Ok(mapping) => mapping,
        Err(error) => return failed(Report::default(), error),
    };
    let bar = progress_bar();
    let job = Job {
        table: Table::File(&args.file),
        mapping: &mapping,
        mode: if args.dry_run { Mode::DryRun } else { Mode::Write },
        errors: args.errors.clone(),
    };
    let mut so_far = Report::default();
    let result = import(db, &Actor::operator(), clock.now(), &job, |report, all| {
        bar.set_length(all);
        bar.set_position(report.read);
        so_far.clone_from(report);
    })
    .await;
    bar.finish_and_clear();
    match result {
        Ok(report) => report,
        // Batches that were committed stay; the same command goes on where this one stopped.
        Err(error) if so_far.read > 0 && !args.dry_run => {
            let error = format!(
                "{}: {error}\nThe first {} rows are in. Run the same command again to go on.",
                args.file.display(),
                so_far.read
            );
            failed(so_far, error)
        }
        Err(error) => failed(Report::default(), format!("{}: {error}", args.file.display())),
    }
}

fn mapping(args: &ImportArgs) -> Result<Mapping, String> {
    let named = args.mapping.display();
    let text = std::fs::read_to_string(&args.mapping).map_err(|error| format!("{named} cannot be read: {error}"))?;
    if let Some(errors) = &args.errors {
        refuse_same(errors, &args.mapping, "the mapping").map_err(|error| error.to_string())?;
    }
    Mapping::parse(&text).map_err(|error| format!("{named}: {error}"))
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
        _ if report.error.is_some() => NOTHING,
        0 => ALL,
        all if all == report.read => NOTHING,
        _ => SOME,
    }
}

fn in_words(report: &Report) -> String {
    let mut lines = Vec::new();
    if report.dry_run {
        lines.push("Dry run: nothing was kept.".to_owned());
    }
    lines.push(format!(
        "{} rows read ({}): {} created, {} updated, {} unchanged, {} rejected.",
        report.read, report.encoding, report.created, report.updated, report.unchanged, report.rejected
    ));
    lines.extend(report.reasons.iter().map(|reason| format!("  {reason}")));
    if let Some(path) = &report.errors_file {
        lines.push(format!(
            "Rejected rows, with the reason of each: {}. Mend them there and import that file.",
            path.display()
        ));
    }
    if let Some(path) = &report.earlier_errors_file {
        lines.push(format!("The earlier file of that name is {} now.", path.display()));
    }
    if !report.kept.is_empty() {
        let named: Vec<String> = report
            .kept
            .iter()
            .take(KEPT)
            .map(|(who, fields)| format!("{who} ({})", fields.join(", ")))
            .collect();
        let more = match report.kept.len().saturating_sub(KEPT) {
            0 => String::new(),
            more => format!(" and {more} more; --json names all"),
        };
        lines.push(format!(
            "Changed by hand since, and left as they are: {}{more}.",
            named.join(", ")
        ));
    }
    if !report.unknown_skills.is_empty() {
        let names: Vec<String> = report
            .unknown_skills
            .iter()
            .map(|(name, people)| format!("{name} ({people})"))
            .collect();
        lines.push(format!("Skills that the taxonomy does not know: {}.", names.join(", ")));
    }
    for (name, slug) in &report.guessed_skills {
        lines.push(format!("\"{name}\" was taken for {slug}; please check."));
    }
    if !report.unmentioned_columns.is_empty() {
        lines.push(format!(
            "Columns that the mapping neither uses nor drops: {}.",
            report.unmentioned_columns.join(", ")
        ));
    }
    lines.join("\n")
}
