//! `meridian doctor`: looks at everything an installation needs and says of each what is wrong and what to do.

mod audit;

use std::path::Path;
use std::process::ExitCode;

use sqlx::postgres::PgConnection;

use crate::cli::{self, CommandResult};
use crate::clock::Clock;
use crate::config::{Config, Lookup, Purpose};
use crate::health::{connections, migrations, room, text, version, zones};
use crate::postgres::{LEAST_MAJOR, Search};
use crate::zones::DATA_VERSION;

pub use crate::health::{Finding, Level};

/// Examines this installation; the exit code is 0 when nothing is bad.
pub async fn run() -> CommandResult {
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
        findings.extend(database_of(&config).await);
    }
    for finding in &findings {
        cli::print(&finding.to_string());
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

/// The directory of uploads and of the private cluster: writable, closed to others where it matters, with room.
pub fn data_directory(directory: &Path) -> Vec<Finding> {
    let what = "data directory";
    let shown = directory.display();
    if !directory.exists() {
        let cure = "nothing, if this is a new installation: the first start makes it; else set MERIDIAN_DATA";
        return vec![Finding::warning(what, format!("{shown} does not exist"), cure)];
    }
    let probe = directory.join(format!(".doctor-{}", std::process::id()));
    let mut findings = vec![
        match std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe)) {
            Ok(()) => Finding::good(what, format!("{shown} is writable")),
            Err(error) => Finding::bad(
                what,
                format!("{shown} cannot be written: {error}"),
                format!("chown it to the account that runs meridian, or set MERIDIAN_DATA: chown -R USER {shown}"),
            ),
        },
    ];
    // The cluster trusts whoever reaches its socket; the secret signs every session.
    for (name, allowed) in [("postgres", 0o700), ("secret", 0o600)] {
        findings.extend(closed(&directory.join(name), allowed));
    }
    findings.extend(room(directory));
    findings
}

fn closed(path: &Path, allowed: u32) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & !allowed != 0).then(|| {
        let shown = path.display();
        Finding::bad(
            "permissions",
            format!("{shown} is open to others ({mode:o})"),
            format!("chmod {allowed:o} {shown}"),
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
        Err(error) => return vec![Finding::bad("database", error.to_string(), cure)],
    };
    let findings = match connected.db.pool().acquire().await {
        Ok(mut conn) => database(&mut conn, config.pool).await,
        Err(error) => Err(error),
    };
    connected.close().await;
    findings.unwrap_or_else(|error| vec![Finding::bad("database", error.to_string(), cure)])
}

/// The server and the schema in it. `pool` is the number of connections the app will want.
pub async fn database(conn: &mut PgConnection, pool: u32) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = vec![
        version(conn).await?,
        text(conn).await?,
        connections(conn, pool).await?,
        migrations(conn).await?,
    ];
    // A database without tables, or with those of another release, has been told about above.
    if findings.iter().all(|finding| finding.level != Level::Bad) {
        findings.extend(audit::findings(conn).await?);
    }
    Ok(findings)
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
