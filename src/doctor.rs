//! `meridian doctor`: looks at everything an installation needs and says of each what is wrong and what to do.

mod audit;
mod disk;
mod mail;
mod running;

use std::process::ExitCode;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

pub use disk::data_directory;
pub use mail::mail;
pub use running::running;

use crate::cli::{self, CommandResult};
use crate::clock::Clock;
use crate::config::{Config, Lookup, Purpose};
use crate::health::{connections, migrations, text, version, zones};
use crate::postgres::{LEAST_MAJOR, Search};
use crate::zones::DATA_VERSION;

pub use crate::health::{Finding, Level};

/// How to tell.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// `[{level, what, seen, cure}]` on standard output; the level is good, warning or bad.
    #[arg(long)]
    json: bool,
}

/// Examines this installation; the exit code is 0 when nothing is bad.
pub async fn run(arguments: &Arguments) -> CommandResult {
    let lookup = |name: &str| std::env::var(name).ok();
    let (mut findings, config) = configuration(&lookup);
    findings.push(zones(DATA_VERSION, Clock::system().now()));
    if let Some(config) = config {
        let private = config.database.is_none();
        let directory = config.data.clone();
        findings.extend(tokio::task::spawn_blocking(move || data_directory(&directory)).await?);
        if private {
            findings.extend(tokio::task::spawn_blocking(programs).await?);
        }
        findings.extend(proxies(&config));
        findings.push(mail(&config.mail).await);
        findings.extend(database_of(&config).await);
    }
    if arguments.json {
        cli::print(&serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            cli::print(&finding.to_string());
        }
    }
    let bad = findings.iter().any(|finding| finding.level == Level::Bad);
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The environment: as `serve` wants it where `DATABASE_URL` is set, else as `demo` does.
pub fn configuration(lookup: Lookup<'_>) -> (Vec<Finding>, Option<Config>) {
    let what = "configuration";
    let serve = lookup("DATABASE_URL").is_some_and(|url| !url.trim().is_empty());
    let (purpose, name) = if serve {
        (Purpose::Serve, "serve")
    } else {
        (Purpose::Demo, "demo")
    };
    match Config::read(purpose, lookup) {
        Ok(config) => (
            vec![Finding::good(what, format!("complete for `meridian {name}`"))],
            Some(config),
        ),
        Err(error) => {
            let cure = format!("set it before `meridian {name}`; the README has a table of all variables");
            (
                error.0.iter().map(|line| Finding::bad(what, line, &*cure)).collect(),
                None,
            )
        }
    }
}

/// Behind a proxy that is not named everybody comes from one address, and shares the limits on guessing.
fn proxies(config: &Config) -> Option<Finding> {
    (config.secure_cookies && config.proxies.is_empty()).then(|| {
        Finding::warning(
            "proxy",
            "the site is https, so something before meridian speaks TLS, and MERIDIAN_TRUSTED_PROXIES names nothing",
            "set it to the proxy's address as meridian sees it, such as 127.0.0.1; until then all people share the limits of one network",
        )
    })
}

fn programs() -> Vec<Finding> {
    let what = "PostgreSQL";
    vec![match Search::from_environment().all() {
        Ok(found) => match found.first() {
            Some(first) => Finding::good(what, format!("{} in {}", first.major, first.directory.display())),
            None => Finding::bad(
                what,
                format!("no version {LEAST_MAJOR} or newer on this machine"),
                "run `meridian demo`: it installs it as root, or prints the exact command",
            ),
        },
        Err(error) => Finding::bad(what, error.to_string(), "unset MERIDIAN_PG_BIN or mend it"),
    }]
}

async fn database_of(config: &Config) -> Vec<Finding> {
    let cure = if config.database.is_some() {
        "check host, name and password in DATABASE_URL, and that the server runs"
    } else {
        "start `cargo demo` once, or set DATABASE_URL; server.log below the data directory's postgres says more"
    };
    let connected = match cli::database().await {
        Ok(connected) => connected,
        Err(error) => {
            // A pool only says that it waited in vain; one connection says why.
            let refused = match &config.database {
                Some(options) => refused(options).await,
                None => None,
            };
            return vec![refused.unwrap_or_else(|| Finding::bad("database", error.to_string(), cure))];
        }
    };
    let findings = match connected.db.pool().acquire().await {
        Ok(mut conn) => database(&mut conn, config.pool).await,
        Err(error) => Err(error),
    };
    connected.close().await;
    findings.unwrap_or_else(|error| vec![Finding::bad("database", error.to_string(), cure)])
}

/// What a server says that answers and lets nobody in, by `SQLSTATE`.
async fn refused(options: &PgConnectOptions) -> Option<Finding> {
    let error = match PgConnection::connect_with(options).await {
        Ok(conn) => {
            let _ = conn.close().await;
            return None;
        }
        Err(error) => error,
    };
    let said = error.as_database_error()?;
    let cure = match said.code()?.as_ref() {
        "53300" => {
            "end what holds connections, lower MERIDIAN_POOL of each server, or raise max_connections of the database server"
        }
        "57P03" => "wait: the database server is starting or stopping; its log says which, and why",
        "3D000" => "make the database: createdb NAME, then `meridian migrate`; or mend its name in DATABASE_URL",
        "28P01" | "28000" => "mend user and password in DATABASE_URL, or pg_hba.conf of the database server",
        _ => return None,
    };
    Some(Finding::bad("database", format!("lets nobody in: {said}"), cure))
}

/// The server and the schema in it. `pool` is the number of connections the app will want.
pub async fn database(conn: &mut PgConnection, pool: u32) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = vec![
        version(conn).await?,
        writes(conn).await?,
        text(conn).await?,
        connections(conn, pool).await?,
        migrations(conn).await?,
    ];
    // A database without tables, or with those of another release, has been told about above.
    if findings.iter().all(|finding| finding.level != Level::Bad) {
        findings.extend(audit::findings(conn).await?);
        findings.extend(running(conn, Clock::system().now()).await?);
    }
    Ok(findings)
}

/// A standby, or a server that was set to read only: pages come, and every form fails.
async fn writes(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let (standby, read_only): (bool, bool) =
        sqlx::query_as("select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'")
            .fetch_one(conn)
            .await?;
    let what = "writing";
    Ok(match (standby, read_only) {
        (true, _) => Finding::bad(
            what,
            "the database server is a standby and takes nothing in",
            "let DATABASE_URL name the primary, or promote this one: select pg_promote()",
        ),
        (false, true) => Finding::bad(
            what,
            "the database is set to read only",
            "find out who did so and why (a full disk?); then: alter database NAME reset default_transaction_read_only",
        ),
        (false, false) => Finding::good(what, "the database takes changes in"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_configuration_is_a_line_a_variable() {
        let vars = |name: &str| (name == "DATABASE_URL").then(|| "postgres://x/y".to_owned());
        let (findings, config) = configuration(&vars);
        assert!(config.is_none());
        assert!(findings.iter().all(|finding| finding.level == Level::Bad));
        for name in ["MERIDIAN_SECRET", "MERIDIAN_SITE_URL"] {
            assert_eq!(
                findings.iter().filter(|finding| finding.seen.starts_with(name)).count(),
                1,
                "{name}"
            );
        }
        assert!(configuration(&|_| None).1.is_some(), "the demo needs nothing");
    }
}
