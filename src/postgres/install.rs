//! Installs PostgreSQL by the system's package manager when we may, and says how to when we may not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::identity::is_root;

/// Whether and by what a missing PostgreSQL is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    /// Never: say only how it could be.
    Never,
    /// By the package manager of this system, when this process is root.
    System,
}

/// Debian's package makes and starts a server of its own on port 5432, unless a file says not to.
const NO_MAIN_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/meridian.conf";

struct Manager {
    program: &'static str,
    steps: &'static [&'static [&'static str]],
    by_hand: &'static str,
}

const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        steps: &[
            &["-o", "DPkg::Lock::Timeout=120", "-qq", "update"],
            &[
                "-o",
                "DPkg::Lock::Timeout=120",
                "-qq",
                "install",
                "-y",
                "--no-install-recommends",
                "postgresql",
            ],
        ],
        by_hand: "sudo apt-get update && sudo apt-get install -y postgresql",
    },
    Manager {
        program: "dnf",
        steps: &[&["-q", "install", "-y", "postgresql-server", "postgresql-contrib"]],
        by_hand: "sudo dnf install -y postgresql-server postgresql-contrib",
    },
    Manager {
        program: "apk",
        steps: &[&["add", "--quiet", "postgresql", "postgresql-contrib"]],
        by_hand: "sudo apk add postgresql postgresql-contrib",
    },
    // Below: only told, never run. Their users are rarely root at a first look, and a rolling system wants a full upgrade.
    Manager {
        program: "brew",
        steps: &[],
        by_hand: "brew install postgresql@17",
    },
    Manager {
        program: "pacman",
        steps: &[],
        by_hand: "sudo pacman -S postgresql",
    },
    Manager {
        program: "zypper",
        steps: &[],
        by_hand: "sudo zypper install -y postgresql-server postgresql-contrib",
    },
];

/// Installs the server, telling on stderr what is run. `None`: nothing may be or could be tried; else how it went.
pub(super) fn install(path: &[PathBuf]) -> Option<Result<(), String>> {
    if !is_root() {
        return None;
    }
    let (manager, program) = MANAGERS
        .iter()
        .filter(|manager| !manager.steps.is_empty())
        .find_map(|manager| on_path(path, manager.program).map(|program| (manager, program)))?;
    eprintln!("No PostgreSQL on this machine: installing it with {}.", manager.program);
    Some(without_main_cluster(manager.program, || run_all(manager, &program)))
}

/// The lines of an error: every way to a server on this system.
pub(super) fn ways(path: &[PathBuf]) -> String {
    let by_hand = MANAGERS
        .iter()
        .find(|manager| on_path(path, manager.program).is_some())
        .map_or_else(
            || "install PostgreSQL 15 or newer, server and contrib modules".to_owned(),
            |manager| format!("install it:  {}", manager.by_hand),
        );
    let mut ways = vec![
        by_hand,
        "or, when it is installed, name the directory that holds `postgres` and `initdb`:  export MERIDIAN_PG_BIN=/path/to/bin".to_owned(),
        "or use a server that runs already:  export DATABASE_URL=postgres://USER:PASSWORD@HOST/DATABASE".to_owned(),
    ];
    let newer = if on_path(path, "apt-get").is_some() {
        "install postgresql-common, run the script in /usr/share/postgresql-common/pgdg/, then install postgresql-17"
    } else if on_path(path, "dnf").is_some() {
        "dnf module enable -y postgresql:16, then the same once more"
    } else {
        "a newer one from the PostgreSQL project"
    };
    ways.push(format!("(where the system's own version is too old: {newer})"));
    ways.iter()
        .map(|way| format!("  - {way}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn run_all(manager: &Manager, program: &Path) -> Result<(), String> {
    for arguments in manager.steps {
        let line = format!("{} {}", manager.program, arguments.join(" "));
        eprintln!("  {line}");
        let status = Command::new(program)
            .args(*arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            // Its words belong with ours: stdout is for `ready` and for JSON.
            .stdout(std::io::stderr())
            .status()
            .map_err(|error| format!("`{line}`: {error}"))?;
        if !status.success() {
            return Err(format!("`{line}` ended with {status}"));
        }
    }
    Ok(())
}

fn without_main_cluster<T>(program: &str, run: impl FnOnce() -> T) -> T {
    let file = Path::new(NO_MAIN_CLUSTER);
    let ours = program == "apt-get"
        && !file.exists()
        && file
            .parent()
            .is_some_and(|parent| std::fs::create_dir_all(parent).is_ok())
        && std::fs::write(file, "create_main_cluster = false\n").is_ok();
    let done = run();
    if ours {
        // Only for the time of our own installation: what the machine's owner installs later is theirs. A file that
        // cannot be removed does no harm.
        drop(std::fs::remove_file(file));
    }
    done
}

fn on_path(path: &[PathBuf], program: &str) -> Option<PathBuf> {
    path.iter()
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_name_the_command_of_the_package_manager_at_hand() {
        let here = tempfile::tempdir().expect("a temporary directory");
        let path = [here.path().to_owned()];
        assert!(ways(&path).contains("install PostgreSQL 15 or newer"));
        std::fs::write(here.path().join("dnf"), "").expect("a file");
        let told = ways(&path);
        assert!(told.contains("sudo dnf install -y postgresql-server"), "{told}");
        assert!(
            told.contains("MERIDIAN_PG_BIN") && told.contains("DATABASE_URL=postgres://"),
            "{told}"
        );
    }
}
