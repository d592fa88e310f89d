//! A test that cannot run here fails, unless `MERIDIAN_ALLOW_SKIP` names it.
//!
//! `MERIDIAN_ALLOW_SKIP` is a list of names separated by commas. What was skipped is written to the file that
//! `MERIDIAN_SKIPPED` names, one `name: why` per line, from which `cargo verify` fills its summary.

use std::io::Write as _;

/// Says whether a test may go on. `false` means that the test is to return at once: it cannot run here, and the
/// person who started it said that this is acceptable.
///
/// # Panics
/// When the condition does not hold and nobody allowed `name` to be skipped.
#[must_use]
pub fn unless(condition: bool, name: &str, why: &str) -> bool {
    if condition {
        return true;
    }
    let allowed = std::env::var("MERIDIAN_ALLOW_SKIP").unwrap_or_default();
    assert!(
        names(&allowed, name),
        "cannot run here: {why}. To leave it out knowingly, set MERIDIAN_ALLOW_SKIP={name}"
    );
    eprintln!("SKIPPED {name}: {why}");
    if let Some(file) = std::env::var_os("MERIDIAN_SKIPPED") {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .expect("the list of skipped tests can be opened");
        // One write per line, so that two tests cannot mix theirs.
        file.write_all(format!("{name}: {}\n", why.replace('\n', " ")).as_bytes())
            .expect("the list of skipped tests can be written");
    }
    false
}

fn names(allowed: &str, name: &str) -> bool {
    allowed.split(',').any(|one| one.trim() == name)
}

#[test]
fn a_name_must_match_whole() {
    assert!(names("kill, browser", "browser"));
    assert!(!names("browsers", "browser"));
    assert!(!names("", "browser"));
}

#[test]
#[should_panic(expected = "MERIDIAN_ALLOW_SKIP=a-name-nobody-allows")]
fn what_nobody_allowed_fails() {
    let _ = unless(false, "a-name-nobody-allows", "planted");
}
