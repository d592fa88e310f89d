//! The commands: demo, serve, migrate, import, match, doctor, invite. Exit code 0: done; 1: not done; 2: wrong use;
//! 3: partly done (import).

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use rand::RngExt as _;
use sqlx::postgres::PgConnectOptions;

use crate::accounts::passwords::Passwords;
use crate::accounts::{Role, actions};
use crate::app::{self, Parts};
use crate::candidates::import::{self, cli::ImportArgs};
use crate::clock::Clock;
use crate::config::{Config, Purpose};
use crate::db::Db;
use crate::error::AppError;
use crate::events::Actor;
use crate::jobs;
use crate::matching;
use crate::postgres::{self, DemoDatabase};
use crate::takehome::actions as takehome;
use crate::tokens::Tokens;

/// What a command ends with.
pub type CommandResult = Result<ExitCode, Box<dyn std::error::Error>>;

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
    Doctor,
    /// Print the matches of a seat with every point, or compute a stored run again.
    Match(matching::cli::Arguments),
    /// Invite somebody to the agency's staff; prints a one-time link.
    Invite {
        /// What the person becomes.
        #[arg(long)]
        role: StaffRole,
        /// Whom the link is for.
        email: String,
    },
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
    let result = actix_web::rt::System::new().block_on(async {
        match cli.command {
            Command::Demo => crate::demo::run().await,
            Command::Serve => serve().await,
            Command::Migrate => migrate().await,
            Command::Import {
                what: Importable::Candidates(args),
            } => import(&args).await,
            Command::Doctor => crate::doctor::run().await,
            Command::Match(arguments) => match_command(&arguments).await,
            Command::Invite { role, email } => invite(role, &email).await,
        }
    });
    result.unwrap_or_else(|error| {
        eprintln!("meridian: {error}");
        ExitCode::FAILURE
    })
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A database for one command, and the private server behind it if the command had to start it.
pub struct Connected {
    /// The pool.
    pub db: Db,
    private: Option<DemoDatabase>,
}

impl Connected {
    /// Closes the pool and stops the server if this command started it.
    pub async fn close(self) {
        self.db.pool().close().await;
        if let Some(private) = self.private {
            private.stop().await;
        }
    }
}

/// Connects the operator's commands: `DATABASE_URL`, or the private cluster of the data directory (`MERIDIAN_DATA`), which
/// is used as it runs or started for as long as the command takes.
pub async fn database() -> Result<Connected, Box<dyn std::error::Error>> {
    if let Some(url) = environment("DATABASE_URL").filter(|url| !url.trim().is_empty()) {
        let options: PgConnectOptions = url.parse()?;
        return Ok(Connected {
            db: Db::connect(options, 4).await?,
            private: None,
        });
    }
    let data = PathBuf::from(environment("MERIDIAN_DATA").unwrap_or_else(|| "data".to_owned()));
    if !data.join("postgres").is_dir() {
        return Err(format!(
            "there is no database: DATABASE_URL is missing, and {} holds no private one. Set DATABASE_URL=postgres://user:password@host/database, or start `cargo demo` once, or name its directory in MERIDIAN_DATA.",
            data.display()
        )
        .into());
    }
    let private = postgres::for_demo(&data, None).await?;
    let db = Db::connect(private.connect_options(), 4).await?;
    Ok(Connected {
        db,
        private: Some(private),
    })
}

async fn match_command(arguments: &matching::cli::Arguments) -> CommandResult {
    let connected = database().await?;
    let printed = matching::cli::run(&connected.db, Clock::system().now(), arguments).await;
    connected.close().await;
    match printed {
        Ok(printed) => {
            println!("{}", printed.text);
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

async fn migrate() -> CommandResult {
    let connected = database().await?;
    connected.db.migrate().await?;
    connected.close().await;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}

async fn import(args: &ImportArgs) -> CommandResult {
    let connected = database().await?;
    connected.db.migrate().await?;
    let code = import::cli::run(&connected.db, &Clock::system(), args).await;
    connected.close().await;
    Ok(code)
}

async fn invite(role: StaffRole, email: &str) -> CommandResult {
    let email = crate::web::form::email(email)?;
    let role = match role {
        StaffRole::Admin => Role::Admin,
        StaffRole::Recruiter => Role::Recruiter,
    };
    let connected = database().await?;
    let mut tx = connected.db.begin().await?;
    // The link is printed and never written again, so no letter needs the installation's own tokens.
    let once = Tokens::new(&rand::rng().random::<[u8; 32]>());
    let by = Actor::operator();
    let (_, token) = actions::invite(&mut tx, &by, Clock::system().now(), &once, role, &email).await?;
    tx.commit().await?;
    connected.close().await;
    let site = environment("MERIDIAN_SITE_URL").unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    println!("{}/invitations/{token}", site.trim_end_matches('/'));
    Ok(ExitCode::SUCCESS)
}

async fn serve() -> CommandResult {
    let config = Config::read(Purpose::Serve, &environment)?;
    let _log = crate::logging::start(config.log, &config.log_filter)?;
    let url = config.database_url.clone().unwrap_or_default();
    let db = Db::connect(url.parse()?, config.pool).await?;
    db.migrate().await?;
    let parts = Parts {
        db,
        clock: Clock::system(),
        passwords: Passwords::strong(),
        tokens: Tokens::new(&config.secret),
        data: config.data.clone(),
    };
    let listener = TcpListener::bind(config.listen)?;
    run_until_signal(&config, &parts, listener, || println!("ready {}", config.site_url)).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves pages and jobs until SIGTERM or Ctrl-C; then requests in flight finish.
pub async fn run_until_signal(
    config: &Config,
    parts: &Parts,
    listener: TcpListener,
    ready: impl FnOnce(),
) -> std::io::Result<()> {
    let delivery = app::delivery(config, parts)?;
    let server = app::serve(config, parts, &delivery, listener, 2)?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let sweeping = actix_web::rt::spawn(jobs::run(parts.db.clone(), parts.clock.clone(), app::sweeps(parts)));
    let mailing = actix_web::rt::spawn(delivery.run());
    let blobs = app::uploads(parts)?;
    let tidying = actix_web::rt::spawn(takehome::keep_swept(parts.db.clone(), parts.clock.clone(), blobs));
    ready();
    wait_for_signal().await?;
    sweeping.abort();
    mailing.abort();
    tidying.abort();
    handle.stop(true).await;
    running.await.map_err(std::io::Error::other)?
}

async fn wait_for_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
    }
}
