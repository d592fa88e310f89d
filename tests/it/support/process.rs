//! The real binary as a child process, as an operator runs it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use super::cluster;

/// A first start in a debug build on a busy machine, with the whole demo agency to make.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running `meridian`. Killed, if it still runs, when it is dropped.
pub struct Meridian {
    child: Child,
    lines: mpsc::Receiver<String>,
    errors: tempfile::NamedTempFile,
}

impl Meridian {
    /// Starts it with `variables` and no other of its settings, on a free port.
    pub fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let errors = tempfile::NamedTempFile::new().expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
        for (name, _) in std::env::vars() {
            if name.starts_with("MERIDIAN_") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        // The programs of PostgreSQL are where the tests themselves find them.
        if let Some(programs) = std::env::var_os("MERIDIAN_PG_BIN") {
            command.env("MERIDIAN_PG_BIN", programs);
        }
        let mut child = command
            .args(arguments)
            .env("MERIDIAN_LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors.reopen().expect("the file"))
            .spawn()
            .expect("the binary");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // Read on when nobody listens: a full pipe would stop it.
                let _ = send.send(line);
            }
        });
        Self { child, lines, errors }
    }

    /// `meridian demo` on `data`.
    pub fn demo(data: &Path) -> Self {
        Self::start(&["demo"], &[("MERIDIAN_DATA", &data.to_string_lossy())])
    }

    /// The same on a copy of a demo that was made and stopped before, where there is one: making the agency takes far longer
    /// than what most tests look at. Blocks.
    pub fn lived_in(data: &Path) -> Self {
        static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let place = cluster::directory()?.join("demo");
            let mut demo = Self::demo(&place);
            demo.ready();
            demo.terminate();
            demo.end(PATIENCE);
            Some(place)
        });
        if let Some(made) = made {
            // Owners and modes too: the server is particular about them.
            let copied = Command::new("cp").arg("-a").arg(made).arg(data).status();
            assert!(copied.expect("cp").success());
        }
        Self::demo(data)
    }

    /// The address of its line `ready http://HOST:PORT`. Blocks.
    pub fn ready(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(url) = line.strip_prefix("ready ") {
                        return url.to_owned();
                    }
                }
                Err(error) => panic!("not ready ({error}); it said: {}", self.errors()),
            }
        }
    }

    /// The first line it prints; none when it ends without one. Blocks.
    pub fn first_line(&self) -> Option<String> {
        self.lines.recv_timeout(PATIENCE).ok()
    }

    /// Everything it prints until it ends. Blocks.
    pub fn output(&self) -> String {
        self.lines.iter().collect::<Vec<_>>().join("\n")
    }

    /// What it wrote to stderr so far.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.errors.path()).unwrap_or_default()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, as a service manager sends it.
    pub fn terminate(&self) {
        signal("-TERM", self.pid());
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Waits for its end, at most `patience`; tells how long that took. Blocks.
    pub fn end(&mut self, patience: Duration) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status, began.elapsed());
            }
            assert!(
                began.elapsed() < patience,
                "still there after {patience:?}: {}",
                self.errors()
            );
            pause();
        }
    }

    /// Its resident memory, in KiB.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("a living process");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace()
            .nth(1)
            .expect("a number")
            .parse()
            .expect("a number")
    }
}

impl Drop for Meridian {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal with the shell's own `kill`: not every system has the program.
pub fn signal(name: &str, pid: u32) {
    let status = Command::new("sh")
        .args(["-c", "kill \"$1\" \"$2\"", "sh", name, &pid.to_string()])
        .status()
        .expect("sh");
    assert!(status.success(), "kill {name} {pid}");
}

/// The server's process on the cluster in `home`, living or not.
pub fn server_pid(home: &Path) -> Option<u32> {
    let file = std::fs::read_to_string(home.join("pgdata/postmaster.pid")).ok()?;
    file.lines().next()?.trim().parse().ok()
}

/// A zombie, which only waits for its parent to notice, is dead.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// Every process, with its arguments, that works on something below `directory`.
pub fn processes_on(directory: &Path) -> Vec<(u32, String)> {
    let mark = directory.to_string_lossy().into_owned();
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    all.filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let arguments = std::fs::read(entry.path().join("cmdline")).ok()?;
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        (arguments.contains(&mark) && is_alive(pid)).then_some((pid, arguments))
    })
    .collect()
}

/// The cluster of a demo's data directory.
pub fn cluster_of(data: &Path) -> PathBuf {
    data.join("postgres")
}

/// Looks until `seen`, at most 15 s.
pub async fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !seen() {
        assert!(Instant::now() < deadline, "still waiting for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs what blocks beside the test's runtime.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process's end cannot be awaited without a runtime, only looked at again"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
