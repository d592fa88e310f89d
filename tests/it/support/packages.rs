//! Finds the programs that the checks need, and installs them by the system's package manager when it may.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A browser and the driver that belongs to it.
#[derive(Clone, Debug)]
pub struct Chromium {
    /// The browser's program.
    pub browser: PathBuf,
    /// Chromedriver of the same version.
    pub driver: PathBuf,
}

/// Finds Chromium and its driver, installing them when this user may.
///
/// # Errors
/// With the ways to mend it, when there is none and none can be installed.
pub fn chromium() -> Result<Chromium, String> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    // Two test binaries must not run the package manager at the same time, and the second then finds what it needs.
    let lock_path = std::env::temp_dir().join("meridian-install.lock");
    let lock = std::fs::File::create(&lock_path).map_err(|e| format!("{}: {e}", lock_path.display()))?;
    lock.lock().map_err(|e| format!("{}: {e}", lock_path.display()))?;
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    install("Chromium and its driver", |manager| match manager {
        "apt-get" => &["chromium", "chromium-driver"],
        "dnf" => &["chromium", "chromedriver"],
        _ => &["chromium", "chromium-chromedriver"],
    })?;
    find_chromium().ok_or_else(|| {
        "Chromium was installed but does not start; set MERIDIAN_CHROMIUM and MERIDIAN_CHROMEDRIVER".to_owned()
    })
}

fn find_chromium() -> Option<Chromium> {
    let browser = find(
        "MERIDIAN_CHROMIUM",
        &[
            "chromium",
            "chromium-browser",
            "google-chrome-stable",
            "google-chrome",
            "chrome",
        ],
        &[
            "/usr/lib/chromium/chromium",
            "/usr/lib64/chromium-browser/chromium-browser",
        ],
    )?;
    let driver = find(
        "MERIDIAN_CHROMEDRIVER",
        &["chromedriver", "chromium.chromedriver"],
        &[
            "/usr/lib/chromium/chromedriver",
            "/usr/lib/chromium-browser/chromedriver",
        ],
    )?;
    Some(Chromium { browser, driver })
}

/// The program of that variable, else the first of `names` in PATH, else the first of `places`, that starts.
fn find(variable: &str, names: &[&str], places: &[&str]) -> Option<PathBuf> {
    if let Some(set) = std::env::var_os(variable) {
        return Some(set.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)));
    in_path
        .chain(places.iter().map(PathBuf::from))
        .find(|program| starts(program))
}

/// Ubuntu has a `chromium-browser` that only says to install a snap: being there is not enough.
fn starts(program: &Path) -> bool {
    program.is_file()
        && Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// Installs `what` with the first package manager found.
///
/// # Errors
/// When there is none, when the user is not root, or when it fails: with the command to run by hand.
pub fn install(what: &str, packages: fn(&str) -> &'static [&'static str]) -> Result<(), String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(manager) = ["apt-get", "dnf", "apk"]
        .into_iter()
        .find(|name| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
    else {
        return Err(format!(
            "{what} is missing, and no apt-get, dnf or apk was found to install it with"
        ));
    };
    let packages = packages(manager);
    let verb: &[&str] = match manager {
        "apt-get" => &["install", "-y", "--no-install-recommends"],
        "dnf" => &["install", "-y"],
        _ => &["add", "--no-progress"],
    };
    let by_hand = format!("{manager} {} {}", verb.join(" "), packages.join(" "));
    if !is_root() {
        return Err(format!("{what} is missing. As root: {by_hand}"));
    }
    eprintln!("{what} is missing: running {by_hand}");
    if manager == "apt-get" {
        // A fresh image has no package lists. A failure shows in the installation that follows.
        let _ = run(manager, ["update"]);
    }
    if run(manager, verb.iter().chain(packages)) {
        Ok(())
    } else {
        Err(format!("{what} is missing and could not be installed: {by_hand}"))
    }
}

fn run<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> bool {
    Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output();
    answer.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
