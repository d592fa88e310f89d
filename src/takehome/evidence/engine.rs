//! Unpack once, then ask about what lies there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use super::child::{self, End, Line, Request, Step};
use super::scratch::Scratch;
use super::similarity::Fingerprints;
use super::unpack::{Outcome, Refusal, Unpacked, Word};
use super::{Evidence, Finding, Limits, Source, facts};

/// How many files of an upload may end a child before the others are left alone.
const DEATHS: usize = 32;

/// What to ask about an archive besides unpacking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Findings.
    Facts,
    /// The texts.
    Sources,
    /// Fingerprints, to compare.
    Fingerprints,
}

/// What is known of an archive. What was not asked for, or could not be because it was refused, is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// Whether it was accepted, what is in it, what was found. Without rows of the dynamic checks; see [`super::not_run`].
    pub evidence: Evidence,
    /// Its text files, by name.
    pub sources: Vec<Source>,
    /// Its fingerprints.
    pub fingerprints: Fingerprints,
}

/// The way in. Everything here blocks; several threads may use one engine at once.
#[derive(Debug, Clone)]
pub struct Engine {
    program: PathBuf,
    scratch: PathBuf,
    limits: Limits,
}

impl Engine {
    /// With this program as its own child, and the system's directory for temporary files. In a test this program is the test:
    /// use [`new`](Self::new) there.
    pub fn own() -> io::Result<Self> {
        // The name of what runs, not of the file: an upgrade may have put another program there since.
        let running = Path::new("/proc/self/exe");
        let program = if running.exists() {
            running.to_owned()
        } else {
            std::env::current_exe()?
        };
        Ok(Self::new(program, std::env::temp_dir()))
    }

    /// With this `meridian` as its child, and uploads unpacked below this directory, which has to be there.
    pub fn new(program: impl Into<PathBuf>, scratch: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            scratch: scratch.into(),
            limits: Limits::STANDARD,
        }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Unpacks the archive at `path` and finds facts.
    pub fn run(&self, path: &Path) -> io::Result<Evidence> {
        Ok(self.examine(&File::open(path)?, &[Wanted::Facts])?.evidence)
    }

    /// The texts of the archive at `path`; none when it is refused.
    pub fn sources(&self, path: &Path) -> io::Result<Vec<Source>> {
        Ok(self.examine(&File::open(path)?, &[Wanted::Sources])?.sources)
    }

    /// Unpacks an open archive and asks what is wanted about it. An error is the machine's; what is wrong with the archive is in
    /// the evidence.
    pub fn examine(&self, archive: &File, wanted: &[Wanted]) -> io::Result<Examined> {
        if !archive.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        // A duplicate would share its position with the caller's.
        io::Seek::rewind(&mut &*archive)?;
        let scratch = Scratch::new(&self.scratch)?;
        let unpacked = match self.unpack(&scratch, archive)? {
            Ok(unpacked) => unpacked,
            Err(reason) => {
                let evidence = Evidence {
                    reason: Some(reason),
                    ..Evidence::default()
                };
                return Ok(Examined {
                    evidence,
                    ..Examined::default()
                });
            }
        };
        let mut examined = Examined::default();
        for wanted in wanted {
            let asked = self.ask_about(&scratch, &unpacked, *wanted)?;
            match wanted {
                Wanted::Facts => examined.evidence.findings = findings(asked),
                Wanted::Sources => {
                    examined.sources = asked
                        .lines
                        .into_iter()
                        .filter_map(|line| {
                            if let Line::Source(source) = line {
                                Some(source)
                            } else {
                                None
                            }
                        })
                        .collect();
                }
                Wanted::Fingerprints => {
                    let prints = asked.lines.into_iter().filter_map(|line| {
                        if let Line::Prints(prints) = line {
                            Some(prints)
                        } else {
                            None
                        }
                    });
                    examined.fingerprints = prints.flatten().collect();
                }
            }
        }
        examined.evidence.accepted = true;
        examined.evidence.files = unpacked.files;
        examined.evidence.skipped = unpacked.skipped;
        Ok(examined)
    }

    fn unpack(&self, scratch: &Scratch, archive: &File) -> io::Result<Result<Unpacked, String>> {
        let request = Request {
            step: Step::Unpack,
            limits: self.limits,
            seconds: self.limits.unpack_seconds,
            root: String::new(),
            avoid: Vec::new(),
        };
        let (end, lines) = child::ask(&self.program, scratch, &request, Stdio::from(archive.try_clone()?))?;
        let outcome = lines.into_iter().find_map(|line| match line {
            Line::Outcome(outcome) => Some(outcome),
            _ => None,
        });
        let refuse = |word, why: String| Ok(Err(Refusal::new(word, why).to_string()));
        match (end, outcome) {
            (End::Well, Some(Outcome::Unpacked(unpacked))) => Ok(Ok(unpacked)),
            (End::Well, Some(Outcome::Refused(reason))) => Ok(Err(reason)),
            (End::Well, Some(Outcome::Failed(why))) => Err(io::Error::other(why)),
            (End::Late, _) => refuse(
                Word::Time,
                format!(
                    "unpacking took more than {} seconds. Leave out generated files.",
                    request.seconds
                ),
            ),
            (End::Memory | End::Nesting, _) => refuse(
                Word::Memory,
                "unpacking needs more memory than it may have. Pack the folder anew.".to_owned(),
            ),
            _ => Err(io::Error::other("the child process that unpacks failed")),
        }
    }

    /// Asks, again and again without the files that ended a child.
    fn ask_about(&self, scratch: &Scratch, unpacked: &Unpacked, wanted: Wanted) -> io::Result<Asked> {
        let step = match wanted {
            Wanted::Facts => Step::Facts,
            Wanted::Sources => Step::Sources,
            Wanted::Fingerprints => Step::Fingerprints,
        };
        let began = Instant::now();
        let all = self.limits.analysis_seconds;
        let mut spent = 0;
        let mut problems: Vec<(usize, &'static str)> = Vec::new();
        loop {
            let request = Request {
                step,
                limits: self.limits,
                // A whole second at least: the kernel knows no less. All rounds together take little more than one may.
                seconds: all.saturating_sub(spent / 1_000).max(1),
                root: unpacked.root.clone(),
                avoid: problems.iter().map(|(at, _)| *at).collect(),
            };
            let (end, lines) = child::ask(&self.program, scratch, &request, Stdio::null())?;
            let why = match end {
                End::Well => return Ok(Asked::new(lines, problems, unpacked)),
                End::Late => facts::TIME,
                End::Memory => facts::MEMORY,
                End::Nesting => facts::NESTING,
                End::Failed => facts::FAILED,
            };
            let died = lines.iter().rev().find_map(|line| match line {
                Line::Begin(at, after) => Some((*at, *after)),
                _ => None,
            });
            if let Some((died, after)) = died {
                spent += after;
                problems.push((died, why));
            } else if end != End::Late {
                return Err(io::Error::other("the child process that looks into files failed"));
            }
            let is_over = spent >= all * 1_000 || began.elapsed().as_secs() >= all * child::PATIENCE;
            if end == End::Late || problems.len() == DEATHS || is_over {
                // What was not reached is not known either.
                let reached: Vec<usize> = lines
                    .iter()
                    .filter_map(|line| if let Line::Found(at, _) = line { Some(*at) } else { None })
                    .chain(problems.iter().map(|(at, _)| *at))
                    .collect();
                let rest = (0..unpacked.files.len()).filter(|at| !reached.contains(at));
                let rest = rest.filter(|&at| facts::is_looked_into(&unpacked.files[at].name));
                problems.extend(rest.map(|at| (at, facts::TIME)).collect::<Vec<_>>());
                return Ok(Asked::new(lines, problems, unpacked));
            }
        }
    }
}

/// What a child said in the end, and what it could not look into.
struct Asked {
    lines: Vec<Line>,
    problems: Vec<Finding>,
}

impl Asked {
    fn new(lines: Vec<Line>, problems: Vec<(usize, &'static str)>, unpacked: &Unpacked) -> Self {
        let problems = problems.into_iter().filter_map(|(at, why)| {
            let file = unpacked.files.get(at)?;
            Some(facts::not_analysed(&file.name, None, why))
        });
        Self {
            lines,
            problems: problems.collect(),
        }
    }
}

fn findings(asked: Asked) -> Vec<Finding> {
    let mut all: Vec<Finding> = asked
        .lines
        .into_iter()
        .filter_map(|line| {
            if let Line::Found(_, found) = line {
                Some(found)
            } else {
                None
            }
        })
        .flatten()
        .chain(asked.problems)
        .collect();
    all.sort_by(|one, other| {
        let place = |finding: &Finding| (finding.file.clone(), finding.line, finding.column, finding.check);
        place(one).cmp(&place(other))
    });
    all
}
