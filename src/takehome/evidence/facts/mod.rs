//! Facts in the files of an upload. Runs in a child process only; see [`super::child`].
//!
//! The files are gone through twice: first for what one file says about another ([`survey`]), then for what is found. Before
//! each file the child says which it is, so that its parent knows on which it died.

mod blocking;
mod depth;
mod imports;
mod locks;
mod macros;
mod manifest;
mod place;
mod sentences;
mod survey;
mod text;
mod walk;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::child::{Line, Request};
use super::similarity::Fingerprints;
use super::{Check, Finding, Limits, Source, confine};
use place::Page;
use survey::Survey;

/// Why a file was not looked into: it overflowed the parser's stack, or is nested deeper than allowed.
pub const NESTING: &str = "nesting";
/// It took too long.
pub const TIME: &str = "time";
/// It took too much memory.
pub const MEMORY: &str = "nesting (memory)";
/// It is too large.
pub const SIZE: &str = "size";
/// It is no text.
pub const ENCODING: &str = "not UTF-8";
/// It is not the language that its name says.
pub const SYNTAX: &str = "syntax";
/// There is more in it than anybody reads.
pub const MANY: &str = "too many findings";
/// Something else.
pub const FAILED: &str = "failure";

/// Findings of a file that are told.
const PER_FILE: usize = 300;
/// Findings of an upload that are told.
const IN_ALL: usize = 5_000;
/// Bytes of all texts together that are said.
const TEXTS: u64 = 8 * super::limits::MIB;

/// The row of a file that could not be looked into.
pub fn not_analysed(file: &str, at: Option<(u32, u32)>, why: &str) -> Finding {
    let detail = match why {
        NESTING => "nesting: its code is nested too deeply to be read",
        TIME => "time: looking into it, or into files before it, took too long",
        MEMORY => "nesting: looking into it took more memory than it may have",
        SIZE => "size: it is larger than a source file may be",
        ENCODING => "encoding: it is no UTF-8 text",
        SYNTAX => "syntax: it cannot be read as what its name says",
        MANY => "too many findings: the rest is left out",
        _ => "failure: looking into it failed",
    };
    Finding {
        criterion: Check::NotAnalysed.criterion(),
        check: Check::NotAnalysed,
        result: format!("not analysed: {why}"),
        file: Some(file.to_owned()),
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
        source: None,
        detail: detail.to_owned(),
    }
}

/// Whether facts are looked for in a file of this name.
pub fn is_looked_into(name: &str) -> bool {
    is_rust(name) || is_manifest(name) || sentences::is_prose(name)
}

fn is_rust(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("rs"))
}

fn is_manifest(name: &str) -> bool {
    name.rsplit('/').next() == Some("Cargo.toml")
}

/// Says every finding.
pub fn facts(request: &Request, say: &mut dyn FnMut(&Line) -> io::Result<()>) -> io::Result<()> {
    let files = files(&request.root)?;
    let looked: Vec<usize> = (0..files.len())
        .filter(|at| !request.avoid.contains(at) && is_looked_into(&files[*at]))
        .collect();
    let mut survey = Survey::new(&files);
    for &at in looked.iter().filter(|&&at| is_rust(&files[at])) {
        say(&Line::Begin(at, confine::spent()))?;
        if let Ok(text) = read(&request.root, &files[at], &request.limits)?
            && let Ok(parsed) = text::parse(&text, &request.limits)
        {
            survey.add(&files[at], &parsed);
        }
        text::forget();
    }
    for at in looked.iter().filter(|&&at| is_manifest(&files[at])) {
        say(&Line::Begin(*at, confine::spent()))?;
        if let Ok(text) = read(&request.root, &files[*at], &request.limits)?
            && manifest::names_script(&text)
        {
            survey.names_script(files[*at].trim_end_matches("Cargo.toml"));
        }
    }
    let mut told = 0;
    for at in looked {
        say(&Line::Begin(at, confine::spent()))?;
        let mut found = in_file(request, &files[at], &survey)?;
        let most = PER_FILE.min(IN_ALL - told);
        if found.len() > most {
            found.truncate(most);
            found.push(not_analysed(&files[at], None, MANY));
        }
        told = (told + found.len()).min(IN_ALL);
        say(&Line::Found(at, found))?;
        text::forget();
    }
    Ok(())
}

fn in_file(request: &Request, name: &str, survey: &Survey) -> io::Result<Vec<Finding>> {
    let text = match read(&request.root, name, &request.limits)? {
        Ok(text) => text,
        // Nobody misses a sentence in a picture.
        Err(_) if !is_rust(name) && !is_manifest(name) => return Ok(Vec::new()),
        Err(why) => return Ok(vec![not_analysed(name, None, why)]),
    };
    let mut page = Page::new(name, &text);
    if is_manifest(name) {
        manifest::look(&mut page, &text);
    } else if is_rust(name) {
        match text::parse(&text, &request.limits) {
            Ok(parsed) => walk::look(&mut page, &parsed, survey),
            Err(text::Unreadable { why, at }) => page.push(not_analysed(name, at, why)),
        }
        if name.ends_with("build.rs") && survey.is_build_script(name) {
            page.build_script();
        }
    }
    if !survey.has_actor {
        sentences::look(&mut page, &text, is_rust(name), &request.limits);
    }
    Ok(page.finish())
}

/// Says every text.
pub fn sources(request: &Request, say: &mut dyn FnMut(&Line) -> io::Result<()>) -> io::Result<()> {
    let mut left = TEXTS;
    for (at, name) in files(&request.root)?.into_iter().enumerate() {
        say(&Line::Begin(at, confine::spent()))?;
        let path = format!("{}{name}", request.root);
        let bytes = fs::metadata(&path)?.len();
        let text = if bytes > left {
            None
        } else {
            read(&request.root, &name, &request.limits)?.ok()
        };
        left -= text.as_ref().map_or(0, |text| text.len() as u64);
        say(&Line::Source(Source { name, bytes, text }))?;
    }
    Ok(())
}

/// Says the fingerprints of every source file.
pub fn fingerprints(request: &Request, say: &mut dyn FnMut(&Line) -> io::Result<()>) -> io::Result<()> {
    for (at, name) in files(&request.root)?.into_iter().enumerate() {
        if !is_rust(&name) || request.avoid.contains(&at) {
            continue;
        }
        say(&Line::Begin(at, confine::spent()))?;
        if let Ok(text) = read(&request.root, &name, &request.limits)? {
            say(&Line::Prints(Fingerprints::of_source(&text).iter().collect()))?;
        }
    }
    Ok(())
}

/// Every file below the project's folder, by its name from there, in the order of [`super::Evidence::files`].
fn files(root: &str) -> io::Result<Vec<String>> {
    let top = if root.is_empty() {
        "."
    } else {
        root.trim_end_matches('/')
    };
    let mut found = Vec::new();
    let mut open = vec![(Path::new(top).to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file, or why it is not looked into.
fn read(root: &str, name: &str, limits: &Limits) -> io::Result<Result<String, &'static str>> {
    let file = File::open(format!("{root}{name}"))?;
    if file.metadata()?.len() > limits.source {
        return Ok(Err(SIZE));
    }
    let mut bytes = Vec::new();
    file.take(limits.source).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).map_err(|_| ENCODING))
}
