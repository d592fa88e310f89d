//! What can be known of an upload without executing it: the engine and its commands, on archives made here byte by byte.

mod accepted;
mod archives;
mod attacks;
mod commands;
mod facts;
mod limits;
mod nesting;
mod similar;
mod solutions;

use std::path::Path;

use meridian::takehome::evidence::{Engine, Evidence, Examined, Limits, Wanted};

/// A project of two files.
const MANIFEST: &str =
    "[package]\nname = \"solution\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nactix-web = \"4\"\n";
const MAIN: &str = "fn main() {}\n";

/// An engine with the real program as its child, and the directory in which it unpacks.
struct Bench {
    engine: Engine,
    scratch: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::STANDARD)
    }

    fn with(limits: Limits) -> Self {
        let scratch = tempfile::tempdir().expect("a directory");
        let engine = Engine::new(env!("CARGO_BIN_EXE_meridian"), scratch.path()).with_limits(limits);
        Self { engine, scratch }
    }

    fn examine(&self, archive: &[u8], wanted: &[Wanted]) -> Examined {
        let mut file = tempfile::tempfile().expect("a file");
        std::io::Write::write_all(&mut file, archive).expect("written");
        let examined = self.engine.examine(&file, wanted).expect("looked into");
        assert!(
            is_empty(self.scratch.path()),
            "something is left in the scratch directory"
        );
        examined
    }

    /// What is found in an archive.
    fn look(&self, archive: &[u8]) -> Evidence {
        self.examine(archive, &[Wanted::Facts]).evidence
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("a directory").next().is_none()
}
