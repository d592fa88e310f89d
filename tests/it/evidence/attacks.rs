//! Every class of hostile archive, each otherwise a valid project, is refused for what it is.

mod others;
mod zips;

use std::time::{Duration, Instant};

use meridian::takehome::evidence::Limits;

use super::archives::{Entry, tar_entry, tgz_with, zip_with};
use super::{Bench, MAIN};
use others::{bombs, sizes, tars};
use zips::{kinds, lies, names};

/// A class, an archive, and the word it is refused with.
type Attack = (&'static str, Vec<u8>, &'static str);

fn refused(bench: &Bench, attacks: Vec<Attack>, within: Duration) {
    let mut wrong = Vec::new();
    for (class, archive, word) in attacks {
        let began = Instant::now();
        let evidence = bench.look(&archive);
        let took = began.elapsed();
        let reason = evidence.reason.clone().unwrap_or_default();
        if evidence.accepted || evidence.reason_word() != Some(word) || !evidence.files.is_empty() {
            wrong.push(format!("{class}: expected {word}, got {reason:?}"));
        }
        if reason.len() < word.len() + 30 || !reason.ends_with('.') {
            wrong.push(format!("{class}: says too little: {reason:?}"));
        }
        if reason
            .chars()
            .any(|c| c.is_control() || ('\u{202a}'..='\u{2069}').contains(&c))
        {
            wrong.push(format!("{class}: hostile text in {reason:?}"));
        }
        if took > within {
            wrong.push(format!("{class}: took {took:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Time for a child of a build that is not optimised, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn hostile_names_are_refused() {
    refused(&Bench::new(), names(), PATIENCE);
}

#[test]
fn links_devices_and_encryption_are_refused() {
    refused(&Bench::new(), kinds(), PATIENCE);
}

#[test]
fn zips_that_say_two_things_are_refused() {
    refused(&Bench::new(), lies(), PATIENCE);
}

#[test]
fn what_is_too_large_or_no_project_is_refused() {
    refused(&Bench::new(), sizes(), PATIENCE);
}

#[test]
fn hostile_tars_are_refused() {
    refused(&Bench::new(), tars(), PATIENCE);
}

#[test]
fn bombs_are_refused() {
    refused(&Bench::new(), bombs(), PATIENCE);
}

#[test]
fn none_of_it_needs_memory() {
    // The kernel keeps the limit: with a sixth of it the same archives are refused with the same words.
    let bench = Bench::with(Limits {
        memory: 16 * 1024 * 1024,
        ..Limits::STANDARD
    });
    for attacks in [lies(), tars(), bombs()] {
        refused(&bench, attacks, PATIENCE);
    }
    assert!(
        bench
            .look(&zip_with([Entry::file("src/a.rs", MAIN.as_bytes())]))
            .accepted
    );
}

#[test]
fn nothing_is_written_outside() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().expect("a directory");
    let target = outside.path().join("evil.rs");
    let name = target.to_string_lossy().into_owned();
    let up = format!("{}{name}", "../".repeat(8));
    for name in [&name, &up[..up.len().min(200)]] {
        for archive in [
            zip_with([Entry::file(name, b"evil")]),
            tgz_with(&tar_entry(name.as_bytes(), b'0', b"evil")),
        ] {
            assert!(!bench.look(&archive).accepted, "{name}");
        }
    }
    assert!(!target.exists());
}
