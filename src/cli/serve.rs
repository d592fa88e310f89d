//! The web server and the jobs, from the start to a signal.

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::database::{connect, connect_as_app, environment, prepare};
use super::{CommandResult, print};
use crate::accounts::passwords::Passwords;
use crate::app::{self, Parts};
use crate::clock::Clock;
use crate::config::{Config, Purpose};
use crate::demo;
use crate::jobs::{self, heart::Heart};
use crate::memory;
use crate::tokens::Tokens;

/// From a SIGTERM to the end of everything this process started, the database server included. A service manager that
/// gives twelve seconds need not kill.
pub const STOP: Duration = Duration::from_secs(10);

/// How long a server tries to say that it ends.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) async fn serve() -> CommandResult {
    let config = Config::read(Purpose::Serve, &environment)?;
    let _log = crate::logging::start(config.log, &config.log_filter)?;
    let options = config.database.clone().ok_or("DATABASE_URL is missing")?;
    let owner = connect(options.clone(), 2).await?;
    prepare(&owner).await?;
    owner.close().await;
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
    memory::forget_the_start();
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
