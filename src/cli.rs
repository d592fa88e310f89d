//! The commands: demo, serve, migrate, import, match, guarantee, doctor, invite, evidence, similarity. Exit code 0: done; 1: not
//! done; 2: wrong use, or an upload that is refused (evidence, similarity); 3: partly done (import).

mod database;
mod said;
mod serve;

pub use database::{Connected, connect, connect_as_app, database};
pub use said::{print, words};
pub use serve::{STOP, run_until_signal};

use std::error::Error;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::{Parser, Subcommand, ValueEnum};
use rand::RngExt as _;

use crate::accounts::{Role, actions};
use crate::candidates::import::{self, cli::ImportArgs};
use crate::clock::Clock;
use crate::demo;
use crate::doctor;
use crate::error::AppError;
use crate::events::Actor;
use crate::matching;
use crate::placements;
use crate::takehome::evidence;
use crate::tokens::Tokens;
use database::{data_directory, environment, prepare};
use serve::serve;

/// What a command ends with.
pub type CommandResult<T = ExitCode> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(
    name = "meridian",
    version,
    about = "Self-hosted web app for agencies that place vetted software developers"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring up everything on this machine: private `PostgreSQL`, a demo agency, web server and jobs.
    Demo,
    /// Run the web server and jobs against `DATABASE_URL`.
    Serve,
    /// Apply missing migrations to `DATABASE_URL`.
    Migrate,
    /// Import a table.
    Import {
        #[command(subcommand)]
        what: Importable,
    },
    /// Look at configuration, data directory and database, and say what to do about what is wrong.
    Doctor(doctor::Arguments),
    /// Print the matches of a seat with every point, or compute a stored run again.
    Match(matching::cli::Arguments),
    /// Compute where a guarantee stands, for auditors: no database, no clock, the same rule as the pages.
    Guarantee(placements::cli::Arguments),
    /// Invite somebody to the agency's staff; prints a one-time link.
    Invite {
        /// What the person becomes.
        #[arg(long)]
        role: StaffRole,
        /// Whom the link is for.
        email: String,
    },
    /// Look into an uploaded solution without executing it. Exit code 0: accepted; 2: refused; 1: not looked into.
    Evidence(evidence::cli::EvidenceArguments),
    /// Compare solutions: how much of one is in another.
    Similarity(evidence::cli::SimilarityArguments),
    /// How the program calls itself to look into an upload.
    #[command(name = evidence::child::COMMAND, hide = true)]
    EvidenceStep(evidence::cli::StepArguments),
}

#[derive(Subcommand)]
enum Importable {
    /// People, by a mapping. Exit code 0: all in; 3: some rows rejected; 1: nothing done.
    Candidates(ImportArgs),
}

#[derive(Clone, Copy, ValueEnum)]
enum StaffRole {
    Admin,
    Recruiter,
}

/// Parses the command line and runs the command.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let command = match cli.command {
        Command::Evidence(arguments) => return looked_into(evidence::cli::evidence(&arguments)),
        Command::Similarity(arguments) => return looked_into(evidence::cli::similarity(&arguments)),
        Command::EvidenceStep(arguments) => return evidence::child::answer(&arguments.question),
        Command::Guarantee(arguments) => return guarantee(&arguments),
        other => other,
    };
    let result = actix_web::rt::System::new().block_on(served(command));
    result.unwrap_or_else(|error| {
        eprintln!("meridian: {}", words(&*error));
        ExitCode::FAILURE
    })
}

/// Commands that need a runtime.
async fn served(command: Command) -> CommandResult {
    match command {
        Command::Demo => crate::demo::run().await,
        Command::Serve => serve().await,
        Command::Migrate => migrate().await,
        Command::Import {
            what: Importable::Candidates(args),
        } => import(&args).await,
        Command::Doctor(arguments) => doctor::run(&arguments).await,
        Command::Match(arguments) => match_command(&arguments).await,
        Command::Invite { role, email } => invite(role, &email).await,
        Command::Evidence(_) | Command::Similarity(_) | Command::EvidenceStep(_) | Command::Guarantee(_) => {
            Err("this command needs no runtime".into())
        }
    }
}

fn looked_into(told: Result<evidence::cli::Told, String>) -> ExitCode {
    match told {
        Ok(told) => {
            if !told.text.is_empty() {
                print(&told.text);
            }
            told.code
        }
        Err(error) => {
            eprintln!("meridian: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn match_command(arguments: &matching::cli::Arguments) -> CommandResult {
    let connected = database().await?;
    let printed = matching::cli::run(&connected.db, Clock::system().now(), arguments).await;
    connected.close().await;
    match printed {
        Ok(printed) => {
            print(&printed.text);
            Ok(if printed.good {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Err(AppError::NotFound) => Err("there is no such request, seat or run".into()),
        Err(error) => Err(error.into()),
    }
}

/// What was asked for is wrong, or it is answered: nothing else can happen without a database.
fn guarantee(arguments: &placements::cli::Arguments) -> ExitCode {
    match placements::cli::run(arguments) {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("meridian: {}", words(&error));
            ExitCode::from(2)
        }
    }
}

async fn migrate() -> CommandResult {
    let connected = database().await?;
    prepare(&connected.db).await?;
    connected.close().await;
    print("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}

async fn import(args: &ImportArgs) -> CommandResult {
    let connected = database().await?;
    prepare(&connected.db).await?;
    let told = import::cli::run(&connected.db, &Clock::system(), args).await;
    connected.close().await;
    if !told.text.is_empty() {
        print(&told.text);
    }
    Ok(told.code)
}

async fn invite(role: StaffRole, email: &str) -> CommandResult {
    let email = crate::web::form::email(email)?;
    let role = match role {
        StaffRole::Admin => Role::Admin,
        StaffRole::Recruiter => Role::Recruiter,
    };
    let connected = database().await?;
    let mut tx = connected.db.begin().await?;
    let now = Clock::system().now();
    // The link is printed and never written again, so no letter needs the installation's own tokens.
    let once = Tokens::new(&rand::rng().random::<[u8; 32]>());
    let (_, token) = actions::invite(&mut tx, &Actor::operator(), now, &once, role, &email).await?;
    tx.commit().await?;
    let site = site(&connected);
    connected.close().await;
    let until = now + TimeDelta::days(actions::INVITATION_DAYS);
    // The link alone on standard output, for scripts.
    print(&format!("{site}/invitations/{token}"));
    eprintln!("The link works once, until {}.", until.format("%-d %B %Y, %H:%M UTC"));
    Ok(ExitCode::SUCCESS)
}

/// Where people reach the installation: as configured, else where `MERIDIAN_LISTEN` has it, else where the demo of the
/// private database is, or was last.
fn site(connected: &Connected) -> String {
    let given = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    let listen = given("MERIDIAN_LISTEN").filter(|listen| !listen.ends_with(":0"));
    let noted = || {
        let file = data_directory().join(demo::ADDRESS);
        connected
            .private
            .as_ref()
            .and_then(|_| std::fs::read_to_string(file).ok())
    };
    given("MERIDIAN_SITE_URL")
        .or_else(|| listen.map(|listen| format!("http://{}", listen.replace("0.0.0.0:", "127.0.0.1:"))))
        .or_else(noted)
        .unwrap_or_else(|| "http://127.0.0.1:8080".to_owned())
        .trim()
        .trim_end_matches('/')
        .to_owned()
}
