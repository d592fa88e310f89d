//! `meridian demo`: a private `PostgreSQL`, a demo agency, web server and jobs in one process, with nothing to set up.
//!
//! The agency is made on the first start through the same actions as people's own acts, so that its history, its events
//! and its invariants are real. Each chapter is one transaction that looks whether it has been done: a start that was
//! killed half-way goes on where it stopped. The accounts have a known password, so the demo listens on loopback only.

pub mod agency;
mod archive;
mod checks;
mod people;
mod references;
pub mod sample;
mod steps;
mod story;
mod waiting;

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use rand::RngExt as _;

use crate::accounts::passwords::Passwords;
use crate::app::Parts;
use crate::cli::{self, CommandResult};
use crate::clock::Clock;
use crate::config::{Config, Purpose};
use crate::db::Db;
use crate::error::AppResult;
use crate::tokens::Tokens;
use crate::{logging, postgres};

/// The password of every demo account.
pub const PASSWORD: &str = "meridian-demo";

/// The demo accounts, one a role.
pub const ACCOUNTS: [&str; 4] = [
    "demo-admin@meridian.test",
    "demo-recruiter@meridian.test",
    "demo-client@meridian.test",
    "demo-candidate@meridian.test",
];

/// Runs the demo until it is told to stop.
pub async fn run() -> CommandResult {
    let lookup = |name: &str| std::env::var(name).ok();
    let mut config = Config::read(Purpose::Demo, &lookup)?;
    let _log = logging::start(config.log, &config.log_filter)?;
    // Taken first: a port that is in use is said before anything is made.
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        format!(
            "{} cannot be listened on ({error}); set MERIDIAN_LISTEN to another HOST:PORT.",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    if lookup("MERIDIAN_SITE_URL").is_none() {
        config.site_url = format!("http://{address}");
    }
    make_private_directory(&config.data)?;
    if config.secret.is_empty() {
        config.secret = own_secret(&config.data)?;
    }
    let database = postgres::for_demo(&config.data, config.database.clone()).await?;
    let owner = cli::connect(database.connect_options(), 2).await?;
    // Before the tables are touched: a database that is in use is none for this command.
    refuse_lived_in(&owner).await?;
    owner.migrate().await?;
    owner.close().await;
    let db = cli::connect_as_app(database.connect_options(), config.pool).await?;
    let parts = Parts {
        db: db.clone(),
        clock: Clock::system(),
        passwords: Passwords::strong(),
        tokens: Tokens::new(&config.secret),
        data: config.data.clone(),
    };
    agency::open(&parts)
        .await
        .map_err(|error| format!("the demo agency could not be made: {}", cli::words(&error)))?;
    let url = format!("http://{address}");
    // For `meridian invite`: the port may have been any free one.
    std::fs::write(config.data.join(ADDRESS), &config.site_url)?;
    let deadline = cli::run_until_signal(&config, &parts, listener, || announce(&url)).await?;
    // What still holds a connection is cut off by the server's stop.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), db.close()).await;
    database.stop(deadline).await;
    Ok(ExitCode::SUCCESS)
}

/// The file of the data directory that holds the address of the demo that ran there last.
pub const ADDRESS: &str = "address";

/// Everybody knows the password of what the demo writes, so it goes into a database of its own: an empty one, or one
/// that it made itself.
async fn refuse_lived_in(db: &Db) -> CommandResult<()> {
    // The tables may not be there yet, so no query of the crate's own.
    let there: bool =
        sqlx::query_scalar("select to_regclass('users') is not null and to_regclass('events') is not null")
            .fetch_one(db.pool())
            .await?;
    let lived_in: bool = there
        && sqlx::query_scalar(
            "select exists (select from users) and not exists (select from events where subject_kind = 'demo')",
        )
        .fetch_one(db.pool())
        .await?;
    if lived_in {
        return Err("the database that DATABASE_URL names holds accounts that the demo did not make. The demo adds accounts whose password everybody knows: give it an empty database, or unset DATABASE_URL so that it brings its own. Nothing was changed.".into());
    }
    Ok(())
}

/// The active accounts that have a password which everybody knows: the demo's, and whoever shares the hash of one of
/// them, as all that the demo makes do. Empty in an installation that the demo never touched, without any hashing.
pub async fn known_passwords(db: &Db, passwords: &Passwords) -> AppResult<Vec<String>> {
    let suspects = sqlx::query!(
        r#"select password_hash, array_agg(email order by email) filter (where deactivated_at is null) as "active?"
           from users group by password_hash
           having bool_or(deactivated_at is null) and (count(*) > 1 or bool_or(email = any($1)))"#,
        &ACCOUNTS.map(str::to_owned)[..],
    )
    .fetch_all(db.pool())
    .await?;
    let mut known = Vec::new();
    for suspect in suspects {
        if passwords
            .verify(PASSWORD.to_owned(), Some(suspect.password_hash))
            .await?
        {
            known.extend(suspect.active.unwrap_or_default());
        }
    }
    // Those that the demo prints first.
    known.sort_by_key(|email| !ACCOUNTS.contains(&email.as_str()));
    Ok(known)
}

fn announce(url: &str) {
    let accounts = ACCOUNTS.join("\n  ");
    // A reader behind a pipe gets the lines now; if it is gone, the server runs on.
    cli::print(&format!(
        "ready {url}\nSign in with the password {PASSWORD} as\n  {accounts}"
    ));
}

fn make_private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    // 0711: a server that had to give up root must be able to pass through.
    std::fs::DirBuilder::new().recursive(true).mode(0o711).create(path)
}

/// The secret that signs this installation's cookies, made once and readable by its owner only.
fn own_secret(data: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let path = data.join("secret");
    if let Ok(secret) = std::fs::read(&path)
        && secret.len() >= crate::config::SECRET_BYTES
    {
        return Ok(secret);
    }
    let secret: Vec<String> = (0..4)
        .map(|_| format!("{:032x}", rand::rng().random::<u128>()))
        .collect();
    let secret = secret.concat();
    // Written beside and renamed: a killed start leaves a whole secret or none.
    let draft = data.join(format!("secret.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, &path)?;
    Ok(secret.into_bytes())
}
