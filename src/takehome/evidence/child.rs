//! The two sides of a child process: what the parent asks and waits for, and what the child does.
//!
//! The parent believes nothing of a child but what it says in full: an answer that is cut short is none.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::scratch::Scratch;
use super::{Finding, Limits, Source, confine, facts, unpack};

/// The hidden command by which the program calls itself.
pub const COMMAND: &str = "evidence-step";

/// What a child may say, in bytes. The texts of an upload are the most.
const MOST: u64 = 48 * super::limits::MIB;
/// What it may complain, in bytes.
const COMPLAINT: u64 = 4 * 1024;
/// The processor is shared, so that a second of its time takes longer. A child that never gets it ends after this many times
/// its seconds.
pub const PATIENCE: u64 = 20;

/// What a child is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Unpack the archive on standard input into the current directory.
    Unpack,
    /// Find facts in what lies there.
    Facts,
    /// Say the texts that lie there.
    Sources,
    /// Compute fingerprints of the sources that lie there.
    Fingerprints,
}

/// A question to a child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What to do.
    pub step: Step,
    /// Within which limits.
    pub limits: Limits,
    /// Seconds of processor time.
    pub seconds: u64,
    /// The folder of the project below the current directory, with its slash, or nothing.
    pub root: String,
    /// Files not to look into, by their place in the sorted list.
    pub avoid: Vec<usize>,
}

/// A line of a child's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// What became of the archive.
    Outcome(unpack::Outcome),
    /// Looking into this file begins, by its place in the sorted list, after so many milliseconds of processor time.
    Begin(usize, u64),
    /// What was found in this file.
    Found(usize, Vec<Finding>),
    /// A text.
    Source(Source),
    /// Fingerprints of one file.
    Prints(Vec<u64>),
    /// All is said.
    Done,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It said all it had to say.
    Well,
    /// It used its processor time up, or waited for the processor too long.
    Late,
    /// It needed more memory than it may have.
    Memory,
    /// It overflowed its stack.
    Nesting,
    /// It failed in another way.
    Failed,
}

/// Runs a child to its end. Blocks.
pub fn ask(program: &Path, scratch: &Scratch, request: &Request, input: Stdio) -> io::Result<(End, Vec<Line>)> {
    let question = serde_json::to_string(request).map_err(io::Error::other)?;
    let mut complaints = scratch.complaints()?;
    let mut child = Command::new(program)
        .arg0("meridian")
        .args([OsStr::new(COMMAND), OsStr::new("--"), OsStr::new(&question)])
        .env_clear()
        .current_dir(scratch.tree())
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(complaints.try_clone()?)
        .spawn()?;
    let out = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
    let (send, said) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.take(MOST + 1).read_to_end(&mut bytes).map(|_| bytes);
        let _ = send.send(read);
    });
    let waited = said.recv_timeout(Duration::from_secs(request.seconds * PATIENCE));
    let is_late = waited.is_err();
    if is_late {
        child.kill()?;
    }
    // What it said until then tells where it was.
    let bytes = waited.or_else(|_| said.recv()).map_err(io::Error::other)??;
    if bytes.len() as u64 > MOST {
        child.kill()?;
    }
    let status = child.wait()?;
    let _ = reader.join();
    let lines: Vec<Line> = bytes
        .split(|&byte| byte == b'\n')
        .map_while(|line| serde_json::from_slice(line).ok())
        .collect();
    if status.success() && lines.last() == Some(&Line::Done) {
        return Ok((End::Well, lines));
    }
    if is_late {
        return Ok((End::Late, lines));
    }
    let mut complaint = String::new();
    io::Seek::rewind(&mut complaints)?;
    let _ = complaints.take(COMPLAINT).read_to_string(&mut complaint);
    let end = match status.signal() {
        Some(libc::SIGXCPU) => End::Late,
        Some(libc::SIGABRT) if complaint.contains("memory allocation of") => End::Memory,
        Some(libc::SIGABRT | libc::SIGSEGV | libc::SIGBUS) => End::Nesting,
        _ => {
            tracing::error!(%status, %complaint, "a child process that looks into an upload failed");
            End::Failed
        }
    };
    Ok((end, lines))
}

/// The child's side of it: limits itself, then does what it is asked.
pub fn answer(question: &str) -> ExitCode {
    let request: Request = match serde_json::from_str(question) {
        Ok(request) => request,
        Err(error) => {
            eprintln!("meridian: {COMMAND} is how the program calls itself, and no command for people: {error}");
            return ExitCode::FAILURE;
        }
    };
    match carry_out(&request) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("meridian: {error}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(request: &Request) -> io::Result<()> {
    confine::confine(&request.limits, request.seconds)?;
    match request.step {
        Step::Unpack => {
            let archive = File::from(io::stdin().as_fd().try_clone_to_owned()?);
            say(&Line::Outcome(unpack::unpack(&archive, &request.limits)))?;
        }
        Step::Facts => facts::facts(request, &mut say)?,
        Step::Sources => facts::sources(request, &mut say)?,
        Step::Fingerprints => facts::fingerprints(request, &mut say)?,
    }
    say(&Line::Done)
}

/// Says a line at once: the parent knows from the last one where a child died.
fn say(line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
    text.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}
