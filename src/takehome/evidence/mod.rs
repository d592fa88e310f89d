//! What can be known of an upload without executing a byte of it: unpacking, static evidence, similarity.
//!
//! Tools find facts, a person scores: nothing here is a verdict, and a likeness never rejects anybody.
//!
//! # How it runs
//!
//! The caller (a worker, or an operator's command) opens the stored archive and hands the open file to a child process of this
//! program ([`child`]): an empty environment, limits that the kernel keeps ([`confine`]), a fresh directory that only this user
//! enters ([`scratch`]). The child unpacks into it; a second child reads what lies there. So neither a bomb nor a source file on
//! which the parser overflows its stack takes the web server along, and the server never opens an archive itself. [`Engine`] is
//! the way in. It blocks: call it from `spawn_blocking` or a thread.
//!
//! 2026-11-30: zip and tar are read by our own readers ([`unpack`]) over `flate2`, not over the crates of their names. What
//! has to be refused is what those crates are made to tolerate or to hide: of two entries of one name the zip crate keeps one,
//! the tar crate reads a long name of any length into memory before anybody is asked. A reader that knows exactly one shape of
//! archive is shorter than the checks around one that knows many.
//!
//! # What is refused
//!
//! `reason` starts with one of these words, then says which entry and how to mend it.
//!
//! | word | what |
//! | --- | --- |
//! | `upload-too-large`, `empty`, `not-an-archive` | over 20 MB, no byte or no entry, neither a zip nor a gzip by its first bytes, or a gzip without a tar |
//! | `slip`, `absolute`, `drive`, `backslash` | a name with `..`, from `/`, with a drive letter, with `\` |
//! | `control`, `nul`, `bidi`, `non-utf8`, `empty-part` | what a name may not contain |
//! | `too-deep`, `name-too-long` | more than 12 parts; a part over 100 bytes, a name over 240 |
//! | `symlink`, `hardlink`, `fifo`, `device`, `sparse`, `special` | entries that are no plain file or directory |
//! | `collision`, `file-as-directory` | names that are one on some system (twice, by case, by NFC and NFD); a file with entries below it |
//! | `encrypted`, `method`, `split`, `zip64` | zips of a kind that is not taken |
//! | `overlap`, `lying-size`, `lying-name`, `lying-count`, `hidden` | entries that share bytes, or say two things; bytes or entries that no directory lists |
//! | `bomb`, `too-large`, `file-too-large`, `too-many-entries` | more than 200:1 after the first MiB of an entry, 64 MiB in all, 8 MiB a file, 3,000 entries |
//! | `truncated`, `damaged` | the end is missing; a check sum or a structure is wrong |
//! | `no-cargo-toml` | none at the top, or in the one top folder |
//! | `time`, `memory` | unpacking took more than 5 s of processor time, or more memory than it may have |
//!
//! Skipped and listed, never opened: `target/`, `.git/`, `__MACOSX/`, `.cargo/` at any depth, `rust-toolchain*`, nested archives
//! and programs, told by their endings and by their first bytes.
//!
//! # What is found
//!
//! A row has a file, a line and a column, both counted from 1; a column counts characters (not bytes), as the compiler does.
//!
//! | check | criterion | what, and where it points |
//! | --- | --- | --- |
//! | `unsafe` | idiomatic | blocks, functions, impls, traits, extern blocks and attributes, in macros too: the word `unsafe` |
//! | `static-mut` | idiomatic | the word `static` |
//! | `panic.unwrap`, `panic.expect`, `panic.macro` | errors | outside of tests: the method's or the macro's name |
//! | `blocking-in-async` | async | a call that keeps a thread waiting, in async code: its path, or the method's name |
//! | `lock-across-await` | async | a guard of a blocking lock that lives over an await: its binding, or the method that took it |
//! | `actor`, `handler` | actors | `impl Actor`, `impl Handler` and `StreamHandler`: the word `impl` |
//! | `actor` with `avoided` | actors | no actor, and a sentence about it: where the sentence begins |
//! | `response-error` | errors | `impl ResponseError`: the word `impl` |
//! | `route` | endpoints | outside of tests: attributes of handlers, `.route(..)`, `web::resource(..)` |
//! | `test` | endpoints | the attribute |
//! | `allow-attribute` | idiomatic | `allow` and `expect`, also in `cfg_attr` and in the `lints` of a manifest |
//! | `build-script`, `git-dependency`, `path-dependency`, `unlisted-dependency` | idiomatic | the key in the manifest, or `build.rs` |
//! | `include` | idiomatic | `include!`, `include_str!`, `include_bytes!`, `env!`, `option_env!`, `#[path]` |
//! | `not-analysed` | idiomatic | a file that could not be looked into, and why |
//!
//! `result` is `found`, or `noted` for what matters less (a panic outside of handlers), `lock` for the unwrap of a lock (which
//! fails only after another panic), `avoided`, `not analysed: WHY`, and `not run: no sandbox configured` for the dynamic checks.
//!
//! Not seen: a blocking call behind a function of the candidate's own, types that only a compiler knows, code that a macro of
//! another crate makes.

pub mod child;
pub mod cli;
pub mod confine;
mod engine;
pub mod facts;
pub mod limits;
pub mod plain;
pub mod scratch;
pub mod similarity;
pub mod unpack;

pub use engine::{Engine, Examined, Wanted};
pub use limits::Limits;
pub use similarity::{Fingerprints, Likeness, Verdict};

use serde::{Deserialize, Serialize};

/// What is known of an upload. The JSON of `meridian evidence`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether it was unpacked.
    pub accepted: bool,
    /// Why it was refused: a stable word, a colon, and what is wrong with which entry and how to mend it.
    pub reason: Option<String>,
    /// Entries that were left out, never opened.
    pub skipped: Vec<String>,
    /// What was unpacked, by name. Names are those below the one top folder, when there is one.
    pub files: Vec<FileEntry>,
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
}

impl Evidence {
    /// The stable word of a refusal.
    pub fn reason_word(&self) -> Option<&str> {
        self.reason.as_deref().and_then(|reason| reason.split(':').next())
    }
}

/// A file that was unpacked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name, with slashes.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A fact. What it quotes of the upload is plain text: capped, without control and direction characters; escape it for HTML
/// like any other text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Key of the rubric's criterion that it belongs to.
    pub criterion: Criterion,
    /// Stable name of the check.
    pub check: Check,
    /// What the check came to; see the module.
    pub result: String,
    /// The file; none for what is about all of them.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// The line of the source.
    pub source: Option<String>,
    /// What it means, in words.
    pub detail: String,
}

/// The five criteria of the shipped rubric, by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Criterion {
    /// Idiomatic, safe Rust.
    Idiomatic,
    /// Async patterns correct.
    Async,
    /// Actor model used appropriately, or avoided.
    Actors,
    /// Proper error handling.
    Errors,
    /// Endpoints work.
    Endpoints,
}

/// The checks, by their stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the table of the module says what each is")]
pub enum Check {
    Unsafe,
    StaticMut,
    #[serde(rename = "panic.unwrap")]
    PanicUnwrap,
    #[serde(rename = "panic.expect")]
    PanicExpect,
    #[serde(rename = "panic.macro")]
    PanicMacro,
    BlockingInAsync,
    LockAcrossAwait,
    Actor,
    Handler,
    ResponseError,
    Route,
    Test,
    AllowAttribute,
    BuildScript,
    GitDependency,
    PathDependency,
    UnlistedDependency,
    Include,
    NotAnalysed,
    /// Dynamic: it compiles.
    Build,
    /// Dynamic: what clippy says.
    Clippy,
    /// Dynamic: its own tests.
    #[serde(rename = "run-tests")]
    RunTests,
    /// Dynamic: both endpoints answer as they should.
    #[serde(rename = "probe.endpoints")]
    ProbeEndpoints,
    /// Dynamic: malformed, wrong and huge requests.
    #[serde(rename = "probe.errors")]
    ProbeErrors,
    /// Dynamic: parallel writes and slow clients.
    #[serde(rename = "probe.parallel")]
    ProbeParallel,
}

impl Check {
    /// The checks that execute an upload, which only a sandbox may.
    pub const DYNAMIC: [Self; 6] = [
        Self::Build,
        Self::Clippy,
        Self::RunTests,
        Self::ProbeEndpoints,
        Self::ProbeErrors,
        Self::ProbeParallel,
    ];

    /// The criterion under which a grader sees it.
    pub fn criterion(self) -> Criterion {
        match self {
            Self::Unsafe
            | Self::StaticMut
            | Self::AllowAttribute
            | Self::BuildScript
            | Self::GitDependency
            | Self::PathDependency
            | Self::UnlistedDependency
            | Self::Include
            | Self::NotAnalysed
            | Self::Build
            | Self::Clippy => Criterion::Idiomatic,
            Self::BlockingInAsync | Self::LockAcrossAwait | Self::ProbeParallel => Criterion::Async,
            Self::Actor | Self::Handler => Criterion::Actors,
            Self::PanicUnwrap | Self::PanicExpect | Self::PanicMacro | Self::ResponseError | Self::ProbeErrors => {
                Criterion::Errors
            }
            Self::Route | Self::Test | Self::RunTests | Self::ProbeEndpoints => Criterion::Endpoints,
        }
    }
}

/// What a dynamic check says as long as nothing can run it.
pub const NOT_RUN: &str = "not run: no sandbox configured";

/// The rows of the dynamic checks. Nothing executes an upload yet.
pub fn not_run() -> Vec<Finding> {
    let what = |check| match check {
        Check::Build => "whether it compiles",
        Check::Clippy => "what clippy says of it",
        Check::RunTests => "whether its own tests pass",
        Check::ProbeErrors => "malformed, wrong and huge requests",
        Check::ProbeParallel => "parallel writes and slow clients",
        _ => "whether both endpoints answer as they should",
    };
    Check::DYNAMIC
        .into_iter()
        .map(|check| Finding {
            criterion: check.criterion(),
            check,
            result: NOT_RUN.to_owned(),
            file: None,
            line: None,
            column: None,
            source: None,
            detail: format!("{}: {NOT_RUN}", what(check)),
        })
        .collect()
}

/// A text file of an upload, or why its text is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name, as in [`Evidence::files`].
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its text as uploaded, neither scrubbed nor stripped; none when it is no UTF-8 text or too long.
    pub text: Option<String>,
}
