//! What the kernel keeps a child to.

use std::fs::File;
use std::process::{Command, Stdio};

use meridian::takehome::evidence::child::{COMMAND, Request, Step};
use meridian::takehome::evidence::{Engine, Limits, Wanted};

use super::archives::{Entry, project, zip, zip_with};
use super::{Bench, is_empty};

#[test]
fn an_archive_that_needs_more_memory_than_there_is_is_refused_as_that() {
    let bench = Bench::with(Limits {
        memory: 0,
        ..Limits::STANDARD
    });
    // A directory of half a mebibyte.
    let many = (0..2_900).map(|at| Entry::stored(format!("src/{}{at}", "a".repeat(90)), b""));
    let evidence = bench.look(&zip_with(many));
    assert_eq!(evidence.reason_word(), Some("memory"));
}

#[test]
fn a_question_by_hand_is_answered_with_what_it_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_meridian"))
        .args([COMMAND, "--", "unpack"])
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no command for people"));
}

#[test]
fn the_child_has_no_environment_of_ours_and_writes_plain_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a directory");
    let archive = folder.path().join("archive");
    let tree = folder.path().join("tree");
    std::fs::create_dir(&tree).expect("a directory");
    // A mode of its own would let a file be run, or run as somebody else.
    let entry = Entry {
        mode: 0o10_4777,
        ..Entry::file("src/run.rs", b"// run\n")
    };
    std::fs::write(&archive, zip_with([entry])).expect("written");
    let request = Request {
        step: Step::Unpack,
        limits: Limits::STANDARD,
        seconds: 5,
        root: String::new(),
        avoid: Vec::new(),
    };
    let status = Command::new(env!("CARGO_BIN_EXE_meridian"))
        .args([COMMAND, "--", &serde_json::to_string(&request).expect("json")])
        .current_dir(&tree)
        .stdin(File::open(&archive).expect("the archive"))
        .stdout(Stdio::null())
        .status()
        .expect("the program");
    assert!(status.success());
    for name in ["Cargo.toml", "src/main.rs", "src/run.rs"] {
        let mode = std::fs::metadata(tree.join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o644, "{name}");
    }
}

#[test]
fn a_child_that_cannot_be_started_is_the_machine_s_fault_and_leaves_nothing() {
    let scratch = tempfile::tempdir().expect("a directory");
    let engine = Engine::new(scratch.path().join("gone"), scratch.path());
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, &zip(&project())).expect("written");
    assert!(engine.examine(&file, &[Wanted::Facts]).is_err());
    assert!(is_empty(scratch.path()));
}

#[test]
fn what_a_killed_process_left_goes_with_the_next_upload() {
    let bench = Bench::new();
    let left = bench.scratch.path().join("meridian-evidence-left");
    std::fs::create_dir_all(left.join("tree/src")).expect("a directory");
    std::fs::write(left.join("tree/src/main.rs"), "x").expect("written");
    std::fs::write(left.join("lock"), "").expect("written");
    assert!(bench.look(&zip(&project())).accepted);
    assert!(!left.exists());
}
