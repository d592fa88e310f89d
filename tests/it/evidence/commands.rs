//! The commands as an operator runs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::archives::{Entry, project, zip, zip_with};
use super::is_empty;

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

/// Runs it with an empty directory for temporary files, which is empty afterwards too.
fn run(arguments: &[&str]) -> Said {
    let temporary = tempfile::tempdir().expect("a directory");
    let output = Command::new(env!("CARGO_BIN_EXE_meridian"))
        .args(arguments)
        .env_clear()
        .env("TMPDIR", temporary.path())
        .output()
        .expect("the program");
    assert!(is_empty(temporary.path()));
    Said {
        code: output.status.code().expect("a code"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

fn kept(folder: &Path, name: &str, archive: &[u8]) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, archive).expect("written");
    path.to_string_lossy().into_owned()
}

#[test]
fn evidence_is_one_object_and_the_code_says_whether_it_was_accepted() {
    let folder = tempfile::tempdir().expect("a directory");
    // The name says one thing and the content another.
    let good = kept(
        folder.path(),
        "solution.tar.gz",
        &zip_with([Entry::file("src/a.rs", b"fn f() { unsafe {} }\n")]),
    );
    let said = run(&["evidence", &good, "--json", "--static"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let json = said.json();
    assert_eq!(json["accepted"], true);
    assert_eq!(json["reason"], Value::Null);
    assert_eq!(json["skipped"], serde_json::json!([]));
    assert_eq!(json["files"][1], serde_json::json!({"name": "src/a.rs", "bytes": 21}));
    assert_eq!(
        json["findings"],
        serde_json::json!([{
            "criterion": "idiomatic", "check": "unsafe", "result": "found", "file": "src/a.rs", "line": 1, "column": 10,
            "source": "fn f() { unsafe {} }", "detail": "an unsafe block"
        }])
    );

    let all = run(&["evidence", &good, "--json"]).json();
    let dynamic: Vec<&Value> = all["findings"].as_array().expect("rows").iter().skip(1).collect();
    assert_eq!(dynamic.len(), 6);
    assert!(
        dynamic
            .iter()
            .all(|row| row["result"] == "not run: no sandbox configured" && row["file"].is_null())
    );

    let bad = kept(
        folder.path(),
        "solution.zip",
        &zip_with([Entry::file("../evil.rs", b"x")]),
    );
    let said = run(&["evidence", &bad, "--json"]);
    assert_eq!(said.code, 2);
    let json = said.json();
    assert_eq!(
        (&json["accepted"], &json["files"], &json["findings"]),
        (&Value::Bool(false), &serde_json::json!([]), &serde_json::json!([]))
    );
    assert!(
        json["reason"]
            .as_str()
            .expect("a reason")
            .starts_with("slip: ../evil.rs "),
        "{}",
        json["reason"]
    );

    for missing in [folder.path().join("none.zip"), folder.path().to_owned()] {
        let said = run(&["evidence", &missing.to_string_lossy(), "--json"]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert!(said.err.contains("cannot be looked into"));
    }
}

#[test]
fn evidence_in_words_is_plain_text() {
    let folder = tempfile::tempdir().expect("a directory");
    let source = "fn f() { /* \u{1b}[31m\u{202e} */ unsafe {} }\n";
    let path = kept(
        folder.path(),
        "a",
        &zip_with([Entry::file("src/a.rs", source.as_bytes()), Entry::file("target/x", b"")]),
    );
    let said = run(&["evidence", &path, "--static"]);
    assert_eq!(
        said.out,
        "Accepted: 3 files, left out: target/x\nsrc/a.rs:1:23: unsafe: an unsafe block\n"
    );
    let row = &run(&["evidence", &path, "--static", "--json"]).json()["findings"][0];
    assert_eq!(row["source"], "fn f() { /*  */ unsafe {} }");
    let refused = kept(
        folder.path(),
        "b",
        &zip_with([Entry::file("\u{202e}\u{1b}[2J.rs", b"")]),
    );
    let said = run(&["evidence", &refused]);
    assert_eq!(said.code, 2);
    assert!(
        said.out
            .starts_with("Refused. control: \\u{202e}\\u{1b}[2J.rs has a control character"),
        "{}",
        said.out
    );
}

#[test]
fn similarity_is_a_list_of_pairs() {
    let folder = tempfile::tempdir().expect("a directory");
    let of = |source: &str| {
        zip(&[
            Entry::file("Cargo.toml", super::MANIFEST.as_bytes()),
            Entry::file("src/main.rs", source.as_bytes()),
        ])
    };
    let one = kept(folder.path(), "one.zip", &of(super::similar::MUTEX));
    let two = kept(folder.path(), "two.zip", &of(super::similar::MUTEX));
    let small = kept(folder.path(), "small.zip", &zip(&project()));
    let said = run(&["similarity", &one, &two, &small, "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(
        said.json(),
        serde_json::json!([
            {"a": one, "b": two, "containment": 1.0, "too_few": false},
            {"a": one, "b": small, "containment": 0.0, "too_few": true},
            {"a": two, "b": small, "containment": 0.0, "too_few": true},
        ])
    );
    let bad = kept(folder.path(), "bad.zip", b"PK");
    let refused = run(&["similarity", &one, &bad, "--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("not-an-archive"), "{}", refused.err);
    assert_eq!(run(&["similarity", &one, "/nowhere", "--json"]).code, 1);
    assert_eq!(run(&["similarity", &one, "--json"]).code, 2);
}
