//! The `meridian` command. Everything is in the library; see `cli.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    meridian::memory::tune();
    meridian::cli::run()
}
