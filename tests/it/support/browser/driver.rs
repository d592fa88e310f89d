//! The programs behind a browser: how they are started, and how they end with the test.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::Settings;

/// What Chromium is asked to be.
pub(super) fn capabilities(browser: &Path, profile: &Path, settings: Settings) -> Value {
    let mut arguments: Vec<String> = [
        "--headless=new",
        // Its sandbox wants rights that root in a container does not have; it opens our own pages only.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--disable-quic",
        "--disable-breakpad",
        "--no-first-run",
        "--password-store=basic",
        "--lang=en-US",
        "--force-color-profile=srgb",
        "--hide-scrollbars",
        // A page that wants anything from elsewhere shows it here as an error.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        // The browser ends with its driver, whatever ended that.
        "--remote-debugging-pipe",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.join("profile").display()));
    // 1 allows, 2 refuses.
    let scripts = if settings.javascript { 1 } else { 2 };
    json!({
        "goog:chromeOptions": {
            "binary": browser,
            "args": arguments,
            "prefs": {"profile.managed_default_content_settings.javascript": scripts},
        },
        "goog:loggingPrefs": {"browser": "ALL"},
    })
}

/// A chromedriver in a process group of its own, under a shell that ends it, and the browser, as soon as this process
/// lets go of a pipe: by dropping it, by panicking, by being killed.
#[derive(Debug)]
pub(super) struct Driver {
    shell: Child,
    pub(super) port: u16,
}

/// Arguments: chromedriver, then the directory that all processes of the browser carry in their command lines.
const GUARD: &str = r#"
exec 3<&0
"$1" --port=0 </dev/null 3<&- &
driver=$!
cat <&3 >/dev/null
kill -9 "$driver" 2>/dev/null
for process in /proc/[0-9]*; do
    if [ "${process#/proc/}" != "$$" ] && grep -qF -- "$2/" "$process/cmdline" 2>/dev/null; then
        kill -9 "${process#/proc/}" 2>/dev/null
    fi
done
exit 0
"#;

impl Driver {
    pub(super) fn start(program: &Path, profile: &Path) -> Self {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(program)
            .arg(profile)
            // Its settings and caches stay out of the home of whoever runs the tests.
            .env("HOME", profile)
            .env("XDG_CONFIG_HOME", profile)
            .env("XDG_CACHE_HOME", profile)
            .env("TMPDIR", profile)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("/bin/sh starts");
        let output = BufReader::new(shell.stdout.take().expect("its output is a pipe"));
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let port = port.unwrap_or_else(|| panic!("{} does not start", program.display()));
        Self { shell, port }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The end of the pipe is the signal.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
