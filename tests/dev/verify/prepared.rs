//! The facts about every query in `.sqlx`, by which the crate compiles without a database: written, and compared.
//!
//! sqlx's own command line does this too, but takes longer to install than all stages here take to run.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
    time::SystemTime,
};

use meridian::postgres::{Cluster, Mode};
use sqlx::{Connection as _, PgConnection, migrate::Migrator};

use crate::{Outcome, Project, read};

/// The roots of our own crates: looking newer is what makes cargo compile them again.
const ROOTS: &[&str] = &["src/lib.rs", "src/main.rs", "tests/it/main.rs", "tests/dev/verify.rs"];

/// A private server with an empty database; server and directory are gone when dropped.
pub struct Scratch(Cluster);

impl Scratch {
    /// Starts it, installing PostgreSQL when it is missing and this user may.
    ///
    /// # Errors
    /// With what to do about it.
    pub fn start() -> Result<Self, String> {
        // Not below the project, because the path of a unix socket has at most 107 bytes, and not below a private
        // directory, because the server may have to run as another user.
        let home = std::env::temp_dir().join(format!("meridian-verify-{}", std::process::id()));
        let cluster = Cluster::open(&home, Mode::Ephemeral).map_err(|error| error.to_string())?;
        Ok(Self(cluster))
    }

    /// Applies the migrations as they are in the folder now, not as they were when this was compiled.
    fn migrated(&self, migrations: &Path) -> Result<String, String> {
        let options = self.0.connect_options("postgres");
        let migrate = async {
            let mut connection = PgConnection::connect_with(&options).await?;
            Migrator::new(migrations).await?.run(&mut connection).await?;
            Ok::<_, sqlx::migrate::MigrateError>(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime
            .map_err(|error| error.to_string())?
            .block_on(migrate)
            .map_err(|error| format!("the migrations do not run on an empty database: {error}"))?;
        Ok(self.0.url("postgres"))
    }
}

/// What compiles our crates for [`write`].
const CHECK: &[&str] = &["check", "--locked", "--all-targets"];
/// What compiles them for [`check`]: the lints are looked at in the same pass, because one of its own takes minutes.
const LINTS: &[&str] = &["clippy", "--locked", "--all-targets", "--", "-D", "warnings"];

/// The stage: no lint has anything to say, and every query is described as the migrated schema describes it now, and nothing else is.
pub fn check(project: &Project) -> Outcome {
    let compared = describe(project, LINTS)
        .and_then(|now| Ok((differences(&files(&project.root.join(".sqlx"))?, &now), now.len())));
    match compared {
        Ok((wrong, number)) if wrong.is_empty() => Outcome::Passed(format!("{number} queries")),
        Ok((wrong, _)) => {
            for one in &wrong {
                println!("{one}");
            }
            Outcome::Failed(format!(
                "{} of .sqlx are not up to date: cargo verify prepare",
                wrong.len()
            ))
        }
        Err(why) => Outcome::Failed(why),
    }
}

/// Writes `.sqlx` anew.
///
/// # Errors
/// When the crate does not compile against the migrated schema; `.sqlx` is then as it was.
pub fn write(project: &Project) -> Result<String, String> {
    let now = describe(project, CHECK)?;
    let directory = project.root.join(".sqlx");
    let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
    for name in files(&directory)?.keys().filter(|name| !now.contains_key(*name)) {
        std::fs::remove_file(directory.join(name)).map_err(failed)?;
    }
    std::fs::create_dir_all(&directory).map_err(failed)?;
    for (name, text) in &now {
        std::fs::write(directory.join(name), text).map_err(failed)?;
    }
    Ok(format!(".sqlx describes {} queries", now.len()))
}

/// Compiles our crates by these words of cargo against a scratch database and gives what sqlx wrote, file by file.
fn describe(project: &Project, words: &[&str]) -> Result<BTreeMap<OsString, String>, String> {
    let scratch = Scratch::start()?;
    let url = scratch.migrated(&project.root.join("migrations"))?;
    let written = tempfile::tempdir().map_err(|error| error.to_string())?;
    let newer = Newer::than_compiled(&project.root)?;
    let status = project
        .cargo(words)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", written.path())
        .env("SQLX_TMP", written.path())
        .env("DATABASE_URL", url)
        .status();
    drop(newer);
    if !status.is_ok_and(|status| status.success()) {
        return Err(format!(
            "cargo {} does not pass against the migrated schema: see above",
            words[0]
        ));
    }
    files(written.path())
}

fn files(directory: &Path) -> Result<BTreeMap<OsString, String>, String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Ok(BTreeMap::new());
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "json"))
        .map(|entry| Ok((entry.file_name(), read(&entry.path())?)))
        .collect()
}

fn differences(committed: &BTreeMap<OsString, String>, now: &BTreeMap<OsString, String>) -> Vec<String> {
    let query = |text: &str| {
        let described: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let words = described["query"].as_str().unwrap_or("?").split_whitespace();
        words.take(12).collect::<Vec<_>>().join(" ")
    };
    let missing = now.iter().filter(|(name, _)| !committed.contains_key(*name));
    let missing = missing.map(|(_, text)| format!("missing: {}", query(text)));
    let stale = committed.iter().filter(|(name, _)| !now.contains_key(*name));
    let stale = stale.map(|(_, text)| format!("no longer used: {}", query(text)));
    let changed = now
        .iter()
        .filter(|(name, text)| committed.get(*name).is_some_and(|before| before != *text));
    let changed = changed.map(|(_, text)| format!("changed: {}", query(text)));
    missing.chain(stale).chain(changed).collect()
}

/// Lets the roots of our crates look changed for as long as it lives: cargo does not know that the database is an
/// input. The dates go back afterwards, so that nothing that was built for the tests is built twice.
struct Newer(Vec<(PathBuf, SystemTime)>);

impl Newer {
    fn than_compiled(root: &Path) -> Result<Self, String> {
        let mut dates = Self(Vec::new());
        for path in ROOTS.iter().map(|name| root.join(name)) {
            let failed = |error: std::io::Error| format!("{}: {error}", path.display());
            let file = File::options().append(true).open(&path).map_err(failed)?;
            let before = file.metadata().and_then(|about| about.modified()).map_err(failed)?;
            file.set_modified(SystemTime::now()).map_err(failed)?;
            dates.0.push((path, before));
        }
        Ok(dates)
    }
}

impl Drop for Newer {
    fn drop(&mut self) {
        for (path, date) in &self.0 {
            if let Ok(file) = File::options().append(true).open(path) {
                let _ = file.set_modified(*date);
            }
        }
    }
}

#[cfg(test)]
mod comparing {
    use super::{BTreeMap, OsString, differences};

    fn of(files: &[(&str, &str)]) -> BTreeMap<OsString, String> {
        files
            .iter()
            .map(|(name, text)| (OsString::from(name), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn says_what_is_missing_stale_and_changed() {
        let committed = of(&[("same", "{}"), ("old", r#"{"query": "select 1"}"#), ("other", "{}")]);
        let now = of(&[
            ("same", "{}"),
            ("new", r#"{"query": "select  2"}"#),
            ("other", r#"{"query": "select 3"}"#),
        ]);
        let said = differences(&committed, &now);
        assert_eq!(
            said,
            ["missing: select 2", "no longer used: select 1", "changed: select 3"]
        );
        assert!(differences(&now, &now).is_empty());
    }
}
