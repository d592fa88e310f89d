//! `meridian demo`: a private PostgreSQL, a demo agency, web server and jobs in one process.

use crate::cli::CommandResult;

/// Runs the demo until it is told to stop.
pub async fn run() -> CommandResult {
    Err("not yet".into())
}
