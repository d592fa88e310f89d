//! `meridian evidence` and `meridian similarity`, for operators. Neither needs a database.

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::similarity::{Fingerprints, Likeness};
use super::{Engine, Evidence, Finding, Wanted, not_run, plain};

/// The archive was refused.
const REFUSED: u8 = 2;

/// `meridian evidence`.
#[derive(Debug, clap::Args)]
pub struct EvidenceArguments {
    /// The archive: zip or tar.gz, told by its content.
    pub file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Leave out the rows of checks that would have to execute the upload.
    #[arg(long = "static")]
    pub only_static: bool,
}

/// `meridian similarity`.
#[derive(Debug, clap::Args)]
pub struct SimilarityArguments {
    /// The archives, each compared with each.
    #[arg(required = true, num_args = 2..)]
    pub files: Vec<PathBuf>,
    /// Print one JSON array.
    #[arg(long)]
    pub json: bool,
}

/// The hidden command by which the program calls itself.
#[derive(Debug, clap::Args)]
pub struct StepArguments {
    /// What to do, as JSON.
    pub question: String,
}

/// What a command says on standard output, and its exit code.
#[derive(Debug)]
pub struct Told {
    /// For standard output; empty when there is nothing to say there.
    pub text: String,
    /// The exit code: 0 accepted, 2 refused; an error is 1.
    pub code: ExitCode,
}

/// Runs `meridian evidence`.
pub fn evidence(arguments: &EvidenceArguments) -> Result<Told, String> {
    let named = arguments.file.display();
    let run = || Engine::own()?.run(&arguments.file);
    let mut evidence = run().map_err(|error| format!("{named} cannot be looked into: {error}"))?;
    if evidence.accepted && !arguments.only_static {
        evidence.findings.extend(not_run());
    }
    let text = if arguments.json {
        serde_json::to_string(&evidence).map_err(|error| error.to_string())?
    } else {
        in_words(&evidence)
    };
    Ok(Told {
        text,
        code: if evidence.accepted {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(REFUSED)
        },
    })
}

fn in_words(evidence: &Evidence) -> String {
    if let Some(reason) = &evidence.reason {
        return format!("Refused. {reason}");
    }
    let mut text = format!("Accepted: {} files", evidence.files.len());
    if !evidence.skipped.is_empty() {
        let names: Vec<String> = evidence.skipped.iter().map(|name| plain::name(name)).collect();
        let _ = write!(text, ", left out: {}", names.join(", "));
    }
    for finding in &evidence.findings {
        text.push('\n');
        text.push_str(&row(finding));
    }
    text
}

fn row(finding: &Finding) -> String {
    let check = serde_json::to_value(finding.check).unwrap_or_default();
    let mut row = String::new();
    if let Some(file) = &finding.file {
        row.push_str(&plain::name(file));
        for number in [finding.line, finding.column].into_iter().flatten() {
            let _ = write!(row, ":{number}");
        }
        row.push_str(": ");
    }
    let _ = write!(row, "{}: {}", check.as_str().unwrap_or_default(), finding.detail);
    row
}

#[derive(Serialize)]
struct Pair<'a> {
    a: &'a str,
    b: &'a str,
    containment: f64,
    too_few: bool,
}

/// Runs `meridian similarity`.
pub fn similarity(arguments: &SimilarityArguments) -> Result<Told, String> {
    let engine = Engine::own().map_err(|error| error.to_string())?;
    let mut known = Vec::new();
    for path in &arguments.files {
        let named = path.display().to_string();
        let examined = File::open(path)
            .and_then(|file| engine.examine(&file, &[Wanted::Fingerprints]))
            .map_err(|error| format!("{named} cannot be looked into: {error}"))?;
        if let Some(reason) = examined.evidence.reason {
            eprintln!("meridian: {named} is refused. {reason}");
            return Ok(Told {
                text: String::new(),
                code: ExitCode::from(REFUSED),
            });
        }
        known.push((named, examined.fingerprints));
    }
    let none = Fingerprints::default();
    let mut pairs = Vec::new();
    for (at, (a, one)) in known.iter().enumerate() {
        for (b, other) in &known[at + 1..] {
            let likeness = Likeness::of(one, other, &none);
            pairs.push(Pair {
                a,
                b,
                containment: likeness.containment,
                too_few: likeness.too_few,
            });
        }
    }
    let text = if arguments.json {
        serde_json::to_string(&pairs).map_err(|error| error.to_string())?
    } else {
        let rows = pairs.iter().map(|pair| {
            let few = if pair.too_few {
                " (too few fingerprints to say anything)"
            } else {
                ""
            };
            format!("{:.2}  {}  {}{few}", pair.containment, pair.a, pair.b)
        });
        rows.collect::<Vec<_>>().join("\n")
    };
    Ok(Told {
        text,
        code: ExitCode::SUCCESS,
    })
}
