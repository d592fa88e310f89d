//! What pages cost: `cargo bench-pages [--json]`.
//!
//! Starts a private `PostgreSQL` in a temporary directory, fills it with an agency of 10,000 and then of 100,000 people, runs
//! the app in release mode as `meridian serve` does, and beside it a bare page of actix, sqlx and askama that lists fifty of
//! the same people (`reference`). In turns, several times, each page is asked for over kept connections, and the processor
//! time that the app and the database server used for it is divided by the requests (`usage` says how it is counted). A
//! page's ratio is the middle of its ratios to the reference of the same turn. The client is on the same machine and is not
//! counted; it asks for bodies that are not compressed, and `bytes` is their size.
//!
//! Statements are read on the wire between the app and the database, the session's included, BEGIN and COMMIT not.
//! Latencies are those at 64 connections over loopback, client, app and database on the same cores; they mean something only
//! on a machine with nothing else to do. With `--json` standard output is the JSON alone.

#[path = "bench_pages/client.rs"]
mod client;
#[path = "bench_pages/launch.rs"]
mod launch;
#[path = "bench_pages/math.rs"]
mod math;
#[path = "bench_pages/measure.rs"]
mod measure;
#[path = "bench_pages/reference.rs"]
mod reference;
#[path = "bench_pages/report.rs"]
mod report;
#[path = "bench_pages/seed/mod.rs"]
mod seed;
#[path = "bench_pages/usage.rs"]
mod usage;
#[expect(dead_code, reason = "shared with the tests, which stop it too; here it only listens")]
#[path = "../it/support/wire.rs"]
mod wire;

use std::process::ExitCode;

use clap::Parser;
use meridian::postgres::{Cluster, Mode};

use client::Trouble;

/// Measures what pages cost.
#[derive(Parser, Debug, Clone)]
#[command(name = "bench-pages")]
pub struct Arguments {
    /// JSON on standard output, progress on standard error.
    #[arg(long)]
    json: bool,
    /// Of the agency that is made up.
    #[arg(long, default_value_t = 2_026)]
    seed: u64,
    /// Sizes, smallest first.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    candidates: Vec<usize>,
    /// Turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measures nothing: fills the database, starts the app and waits for Ctrl-C, for a look at plans.
    #[arg(long)]
    hold: bool,
}

fn main() -> ExitCode {
    meridian::memory::tune();
    match std::env::args().nth(1).as_deref() {
        // This program is also the processes it measures, so that one build serves them all.
        Some(launch::APP) => {
            launch::end_with_the_starter();
            return meridian::cli::run();
        }
        Some(launch::REFERENCE) => {
            launch::end_with_the_starter();
            return told(actix_web::rt::System::new().block_on(serve_reference()));
        }
        _ => {}
    }
    told(bench(&Arguments::parse()))
}

fn told<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-pages: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_reference() -> Result<(), Box<dyn std::error::Error>> {
    let options = std::env::var("DATABASE_URL")?.parse()?;
    reference::serve(options).await
}

fn bench(arguments: &Arguments) -> Result<(), Trouble> {
    if cfg!(debug_assertions) && !arguments.hold {
        return Err("this is no release build: use cargo bench-pages".into());
    }
    let home = std::env::temp_dir().join(format!("meridian-bench-{}", std::process::id()));
    eprintln!("seed {}, database in {}", arguments.seed, home.display());
    // Its guard removes the directory, whatever becomes of us.
    let cluster = Cluster::open(&home, Mode::Ephemeral)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            done = measure::run(&cluster, arguments) => done,
            _ = terminate.recv() => Err("stopped".into()),
            _ = tokio::signal::ctrl_c() => Err("stopped".into()),
        }
    });
    drop(runtime);
    cluster.stop();
    let rows = done?;
    if arguments.json {
        meridian::cli::print(&report::json(&rows)?);
    } else {
        meridian::cli::print(&report::table(&rows));
    }
    Ok(())
}
