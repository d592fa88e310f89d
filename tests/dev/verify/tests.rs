//! Every test: of the library, of the documentation, of this program, and the integration tests with the browser.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use crate::{Outcome, Project, read};

/// What the test binaries said at their ends, added up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
}

/// The stage.
pub fn check(project: &Project) -> Outcome {
    let skipped = match tempfile::NamedTempFile::new() {
        Ok(file) => file,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let child = project
        .cargo(&["test", "--locked", "--no-fail-fast"])
        .env("MERIDIAN_SKIPPED", skipped.path())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let mut counts = Counts::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            counts.add(&line);
        }
    }
    let ended = child.wait().is_ok_and(|status| status.success());
    let skipped = read(skipped.path()).unwrap_or_default();
    let mut said = format!(
        "{} passed, {} failed, {} ignored",
        counts.passed, counts.failed, counts.ignored
    );
    for one in skipped.lines() {
        said.push_str("\n                   SKIPPED ");
        said.push_str(one);
    }
    judge(ended, &counts, said)
}

fn judge(ended: bool, counts: &Counts, said: String) -> Outcome {
    if counts.passed == 0 {
        return Outcome::Failed(format!("no test ran: {said}"));
    }
    // A test that is switched off in the source is not run by anybody: say so rather than pass.
    if ended && counts.failed == 0 && counts.ignored == 0 {
        Outcome::Passed(said)
    } else {
        Outcome::Failed(said)
    }
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; other lines change nothing.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let number: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored") => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod counting {
    use super::{Counts, Outcome, judge};

    #[test]
    fn adds_up_the_closing_lines() {
        let mut counts = Counts::default();
        counts.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        counts.add("test something ... ok");
        counts.add("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s");
        assert_eq!(
            counts,
            Counts {
                passed: 7,
                failed: 2,
                ignored: 1
            }
        );
    }

    #[test]
    fn fails_without_tests_and_with_one_that_is_switched_off() {
        let of = |passed, failed, ignored| Counts {
            passed,
            failed,
            ignored,
        };
        assert!(matches!(judge(true, &of(3, 0, 0), String::new()), Outcome::Passed(_)));
        assert!(matches!(judge(true, &of(0, 0, 0), String::new()), Outcome::Failed(_)));
        assert!(matches!(judge(true, &of(3, 0, 1), String::new()), Outcome::Failed(_)));
        assert!(matches!(judge(true, &of(3, 1, 0), String::new()), Outcome::Failed(_)));
        assert!(matches!(judge(false, &of(3, 0, 0), String::new()), Outcome::Failed(_)));
    }
}
