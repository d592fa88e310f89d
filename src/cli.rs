//! The commands: demo, serve, migrate, import, match, doctor, invite. Exit code 0: done; 1: not done; 2: wrong use;
//! 3: partly done (import).

use std::error::Error;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use clap::{Parser, Subcommand, ValueEnum};
use rand::RngExt as _;
use sqlx::postgres::PgConnectOptions;

use crate::accounts::passwords::Passwords;
use crate::accounts::{Role, actions};
use crate::app::{self, Parts};
use crate::candidates::import::{self, cli::ImportArgs};
use crate::clock::Clock;
use crate::config::{self, Config, Purpose};
use crate::db::{APP_ROLE, Db};
use crate::demo;
use crate::doctor;
use crate::error::AppError;
use crate::events::Actor;
use crate::jobs::{self, heart::Heart};
use crate::matching;
use crate::memory;
use crate::postgres::{self, DemoDatabase};
use crate::tokens::Tokens;
use crate::tracks;

/// What a command ends with.
pub type CommandResult<T = ExitCode> = Result<T, Box<dyn Error>>;

/// From a SIGTERM to the end of everything this process started, the database server included. A service manager that
/// gives twelve seconds need not kill.
pub const STOP: Duration = Duration::from_secs(10);

/// How long a server tries to say that it ends.
const FAREWELL: Duration = Duration::from_secs(1);

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
            Command::Doctor(arguments) => doctor::run(&arguments).await,
            Command::Match(arguments) => match_command(&arguments).await,
            Command::Invite { role, email } => invite(role, &email).await,
        }
    });
    result.unwrap_or_else(|error| {
        eprintln!("meridian: {}", words(&*error));
        ExitCode::FAILURE
    })
}

/// An error and its causes in words for whoever typed the command; where it is known what to do, only that.
pub fn words(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(cure) = cause.downcast_ref::<sqlx::Error>().and_then(cure) {
            return cure.to_owned();
        }
        let text = match cause.downcast_ref::<AppError>() {
            // It stands for its cause.
            Some(AppError::Internal(_)) => String::new(),
            Some(AppError::Refused { title, way_on }) => format!("{title}. {way_on}"),
            Some(
                AppError::Forbidden(why)
                | AppError::Invalid(why)
                | AppError::TooLarge(why)
                | AppError::Busy(why)
                | AppError::NoRoom(why),
            ) => why.to_string(),
            _ => cause.to_string(),
        };
        // Many errors repeat their cause in their own text.
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = cause.source();
    }
    said.join(": ")
}

/// By `SQLSTATE`: a table or a column that is not there.
fn cure(error: &sqlx::Error) -> Option<&'static str> {
    match error.as_database_error()?.code()?.as_ref() {
        "42P01" => Some("the database has no tables yet: run `meridian migrate`"),
        "42703" => Some("the tables of the database are those of an older release: run `meridian migrate`"),
        _ => None,
    }
}

/// Prints a command's result. A reader that has gone away (`| head`) has seen what it wanted, so that is no fault.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("meridian: the result cannot be written: {error}");
    }
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
            private.stop(Instant::now() + STOP).await;
        }
    }
}

/// A pool on a database, or words about what to look at.
pub async fn connect(options: PgConnectOptions, size: u32) -> CommandResult<Db> {
    Db::connect(options, size)
        .await
        .map_err(|error| refused_entry(&error).into())
}

fn refused_entry(error: &sqlx::Error) -> String {
    let trouble = words(error);
    format!(
        "the database does not let us in ({trouble}): check that its server runs, and the host, name and password in DATABASE_URL"
    )
}

/// The pool that serves people, with the rights that they need and no more.
pub async fn connect_as_app(options: PgConnectOptions, size: u32) -> CommandResult<Db> {
    let (db, why) = Db::connect_as_app(options, size)
        .await
        .map_err(|error| refused_entry(&error))?;
    if let Some(why) = why {
        tracing::warn!(
            %why,
            "the role {APP_ROLE} cannot be taken on, so pages run with the rights of the tables' owner; `meridian doctor` says what to do"
        );
    }
    Ok(db)
}

/// Migrates, and puts in what is shipped and missing: what an installation needs before anybody comes. Again changes
/// nothing, and of two at once one waits for the other.
async fn prepare(db: &Db) -> CommandResult<()> {
    db.migrate().await?;
    let mut tx = db.begin().await?;
    tracks::seed::load(&mut tx, &Actor::operator(), Clock::system().now()).await?;
    tx.commit().await?;
    Ok(())
}

fn data_directory() -> PathBuf {
    PathBuf::from(environment("MERIDIAN_DATA").unwrap_or_else(|| "data".to_owned()))
}

/// Connects the operator's commands: `DATABASE_URL`, or the private cluster of the data directory (`MERIDIAN_DATA`), which
/// is used as it runs or started for as long as the command takes.
pub async fn database() -> CommandResult<Connected> {
    if let Some(options) = config::database(&environment)? {
        return Ok(Connected {
            db: connect(options, 4).await?,
            private: None,
        });
    }
    let data = data_directory();
    if !data.join("postgres").is_dir() {
        return Err(format!(
            "there is no database: DATABASE_URL is missing, and {} holds no private one. Set DATABASE_URL=postgres://user:password@host/database, or start `cargo demo` once, or name its directory in MERIDIAN_DATA.",
            data.display()
        )
        .into());
    }
    let private = postgres::for_demo(&data, None).await?;
    let db = connect(private.connect_options(), 4).await?;
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

async fn serve() -> CommandResult {
    let config = Config::read(Purpose::Serve, &environment)?;
    let _log = crate::logging::start(config.log, &config.log_filter)?;
    let options = config.database.clone().ok_or("DATABASE_URL is missing")?;
    let owner = connect(options.clone(), 2).await?;
    prepare(&owner).await?;
    owner.pool().close().await;
    let db = connect_as_app(options, config.pool).await?;
    let parts = Parts {
        db,
        clock: Clock::system(),
        passwords: Passwords::strong(),
        tokens: Tokens::new(&config.secret),
        data: config.data.clone(),
    };
    refuse_known_passwords(&parts).await?;
    let listener = TcpListener::bind(config.listen)?;
    run_until_signal(&config, &parts, listener, || {
        print(&format!("ready {}", config.site_url));
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

/// What the demo wrote stays on this machine, whatever database it was told to write it to.
async fn refuse_known_passwords(parts: &Parts) -> CommandResult<()> {
    let known = demo::known_passwords(&parts.db, &parts.passwords).await?;
    if known.is_empty() {
        return Ok(());
    }
    let (shown, more) = known.split_at(known.len().min(6));
    let more = match more.len() {
        0 => String::new(),
        number => format!(" and {number} more"),
    };
    Err(format!(
        "this database holds accounts of the demo, and everybody knows their password: {}{more}. Serve another database (an empty one will do). To go on with this one, run `meridian demo` on it, which listens on this machine only, invite an admin of your own with `meridian invite`, and as that admin deactivate these accounts under People.",
        shown.join(", ")
    )
    .into())
}

/// Serves pages and jobs until SIGTERM or Ctrl-C; then requests in flight finish. Gives the instant by which everything
/// else has to be gone too.
pub async fn run_until_signal(
    config: &Config,
    parts: &Parts,
    listener: TcpListener,
    ready: impl FnOnce(),
) -> std::io::Result<Instant> {
    let delivery = app::delivery(config, parts)?;
    let server = app::serve(config, parts, &delivery, listener, 2)?;
    let heart = Heart::new(parts.clock.now());
    let mut sweeps = app::sweeps(parts);
    sweeps.push(heart.sweep());
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let sweeping = actix_web::rt::spawn(jobs::run(parts.db.clone(), parts.clock.clone(), sweeps));
    let mailing = actix_web::rt::spawn(delivery.run());
    let trimming = actix_web::rt::spawn(memory::keep_small());
    let uploads = app::uploads(parts)?;
    let hour = Duration::from_hours(1);
    let tidying = actix_web::rt::spawn(jobs::every(
        parts.db.clone(),
        parts.clock.clone(),
        hour,
        app::uploads_sweep(uploads),
    ));
    ready();
    wait_for_signal().await?;
    let deadline = Instant::now() + STOP;
    sweeping.abort();
    mailing.abort();
    trimming.abort();
    tidying.abort();
    // The workers look at their own limit only once a second.
    let patience = Duration::from_secs(app::IN_FLIGHT_SECONDS + 1);
    if tokio::time::timeout(patience, handle.stop(true)).await.is_ok() {
        running.await.map_err(std::io::Error::other)??;
    }
    // A database that is away keeps the row, and the doctor tells of it as of a server that was killed.
    let _ = tokio::time::timeout(FAREWELL, heart.stop(&parts.db)).await;
    Ok(deadline)
}

async fn wait_for_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
    }
}
