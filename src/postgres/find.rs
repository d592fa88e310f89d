//! Where the server programs of this machine are.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{LEAST_MAJOR, PostgresError};

/// Patterns of the directories in which systems keep the programs, apart from those on PATH. One `*` a component.
const USUAL_PLACES: &[&str] = &[
    // Debian and Ubuntu: the programs are deliberately not on PATH there.
    "/usr/lib/postgresql/*/bin",
    // Fedora and its kin, with the distribution's packages and with those of the PostgreSQL project.
    "/usr/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib64/pgsql/*/bin",
    // openSUSE, Alpine.
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    // Homebrew on Apple and Intel processors and on Linux, then a build from source or a BSD port.
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A directory with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory.
    pub directory: PathBuf,
    /// The major version, as in 15.
    pub major: u32,
}

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn in_directory(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        let said = Command::new(directory.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
            .filter(|done| done.status.success())?;
        let major = major_version(&String::from_utf8_lossy(&said.stdout))?;
        Some(Self {
            directory: directory.to_owned(),
            major,
        })
    }
}

/// Where to look, so that a test can look elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// `MERIDIAN_PG_BIN`: used alone when it is set.
    pub named: Option<PathBuf>,
    /// The directories of PATH, in their order.
    pub path: Vec<PathBuf>,
    /// Patterns of further places; of these the highest version wins.
    pub places: Vec<String>,
}

impl Search {
    /// As the environment and the systems we know have it.
    pub fn from_environment() -> Self {
        Self {
            named: std::env::var_os("MERIDIAN_PG_BIN")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
            path: std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect(),
            places: USUAL_PLACES.iter().map(|&place| place.to_owned()).collect(),
        }
    }

    /// Every suitable version, the preferred first: the named one alone, else PATH, else the highest of the usual
    /// places. `Ok` with nothing when there is none.
    pub fn all(&self) -> Result<Vec<Binaries>, PostgresError> {
        Ok(self
            .everything()?
            .into_iter()
            .filter(|found| found.major >= LEAST_MAJOR)
            .collect())
    }

    /// As [`Search::all`], with the versions that are too old: an error should name them.
    pub(super) fn everything(&self) -> Result<Vec<Binaries>, PostgresError> {
        if let Some(directory) = &self.named {
            return Self::named_alone(directory);
        }
        let mut found: Vec<Binaries> = self
            .path
            .iter()
            .filter_map(|directory| Binaries::in_directory(directory))
            .collect();
        let mut usual: Vec<Binaries> = self
            .places
            .iter()
            .flat_map(|place| matching(place))
            .filter_map(|directory| Binaries::in_directory(&directory))
            .collect();
        usual.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
        found.extend(usual);
        Ok(found)
    }

    /// What was looked at, for an error.
    pub(super) fn describe(&self) -> String {
        let mut places: Vec<String> = Vec::new();
        if !self.path.is_empty() {
            places.push("PATH".to_owned());
        }
        places.extend(self.places.iter().cloned());
        if places.is_empty() {
            "nowhere".to_owned()
        } else {
            places.join(", ")
        }
    }

    fn named_alone(directory: &Path) -> Result<Vec<Binaries>, PostgresError> {
        let wrong = |problem: String| PostgresError::NamedBinaries {
            directory: directory.to_owned(),
            problem,
        };
        let found = Binaries::in_directory(directory)
            .ok_or_else(|| wrong("`postgres` and `initdb` do not both run from there".to_owned()))?;
        if found.major < LEAST_MAJOR {
            return Err(wrong(format!("that is PostgreSQL {}", found.major)));
        }
        Ok(vec![found])
    }
}

/// The 15 of "postgres (PostgreSQL) 15.14 (Debian ...)"; also of "16beta1" and "18devel".
fn major_version(said: &str) -> Option<u32> {
    let version = said.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The existing directories that a pattern names.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in Path::new(pattern).components() {
        let part = component.as_os_str().to_string_lossy().into_owned();
        found = match part.split_once('*') {
            None => found.into_iter().map(|base| base.join(&part)).collect(),
            Some((before, after)) => found.iter().flat_map(|base| children(base, before, after)).collect(),
        };
    }
    found.retain(|directory| directory.is_dir());
    found
}

fn children(base: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(base) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        })
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_form_of_the_banner() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 16beta1"), Some(16));
        assert_eq!(major_version("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major_version("postgres: command not found"), None);
    }
}
