//! A running server seen from outside: its pid file, whether it answers, how it is told to stop.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::SUPERUSER;
use super::initdb::MARK;

/// The longest socket path the system takes, in bytes, without the ending NUL.
pub(super) const SOCKET_LIMIT: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// The file the server makes in its socket directory.
const SOCKET_FILE: &str = ".s.PGSQL.5432";

/// One look at a server takes at most this long.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What `postmaster.pid` tells, when the process it names is a server on that directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    pub pid: u32,
    pub socket_directory: PathBuf,
    pgdata: PathBuf,
}

impl Running {
    /// The server on `pgdata`, if there is one: starting, ready or stopping.
    pub(super) fn on(pgdata: &Path) -> Option<Self> {
        let file = std::fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
        let mut lines = file.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        // Then the data directory, the start time and the port; the socket directory appears a little later.
        let socket_directory = PathBuf::from(lines.nth(3).unwrap_or_default().trim());
        let running = Self {
            pid,
            socket_directory,
            pgdata: pgdata.to_owned(),
        };
        running.is_alive().then_some(running)
    }

    /// A killed server leaves its file behind, and its number may be somebody else's by now.
    pub(super) fn is_alive(&self) -> bool {
        if !exists(self.pid) {
            return false;
        }
        if cfg!(target_os = "linux") {
            // A server stands in its data directory. Root in a container may not read that link of another account's
            // process, but everybody may read its name. A zombie has no such link.
            return match std::fs::read_link(format!("/proc/{}/cwd", self.pid)) {
                Ok(cwd) => cwd == self.pgdata,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => is_named_postgres(self.pid),
                Err(_) => false,
            };
        }
        Command::new("ps")
            .args(["-o", "comm=", "-p", &self.pid.to_string()])
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("postgres"))
    }

    /// Whether it was started by this module, and not by hand.
    pub(super) fn is_ours(&self) -> bool {
        std::fs::read_to_string(self.pgdata.join("postmaster.opts")).is_ok_and(|options| options.contains(MARK))
    }

    /// Whether it takes connections now (not: is starting up, is shutting down).
    pub(super) fn answers(&self) -> bool {
        !self.socket_directory.as_os_str().is_empty() && greets(&socket_in(&self.socket_directory)).unwrap_or(false)
    }

    pub(super) fn signal(&self, signal: Signal) {
        send(self.pid, signal);
    }
}

/// How a server is asked to stop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    /// "Fast": roll back, write a checkpoint, go.
    Interrupt,
    /// "Immediate": drop everything; the next start recovers.
    Quit,
    Kill,
}

pub(super) fn socket_in(directory: &Path) -> PathBuf {
    directory.join(SOCKET_FILE)
}

/// The shortest wait that does not burn the processor; what is waited for is always looked at again after it.
#[expect(
    clippy::disallowed_methods,
    reason = "another process's state cannot be awaited, only looked at again"
)]
pub(super) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// Looks until `seen` or `patience` is over; tells which.
pub(super) fn wait_until(patience: Duration, mut seen: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if seen() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        pause();
    }
}

/// The guard of a server's lifetime: a shell that reads a pipe only we hold. When we are gone, by whatever end, it
/// reads end of file, stops the server and removes the directory of an ephemeral one.
#[derive(Debug)]
pub(super) struct Guard(Child);

impl Guard {
    /// Set before anything is started, so that no moment is left in which a kill would leave a server behind. How the
    /// server will be stopped: by `signal`; what is removed then, if anything: `remove`.
    pub(super) fn set(pgdata: &Path, signal: Signal, remove: Option<&Path>) -> io::Result<Self> {
        // $1 the signal, $2 the server's pid file (under a PID 1 that does not reap, the number of a dead server stays;
        // the file does not), $3 the directory to remove, if any. The pipe brings: "starting" when a pid file can only
        // be the new server's, the server's number, "gone". At most about ten seconds.
        const SCRIPT: &str = r#"
            trap '' INT TERM HUP
            server=
            if read -r word; then
                [ "$word" = gone ] && exit 0
                if read -r server; then
                    read -r word && exit 0
                else
                    sleep 2
                    read -r server 2>/dev/null < "$2"
                fi
            fi
            if [ -n "$server" ]; then
                kill -"$1" "$server" 2>/dev/null
                n=0
                while kill -0 "$server" 2>/dev/null && [ -e "$2" ] && [ "$n" -lt 100 ]; do
                    n=$((n + 1))
                    [ "$n" = 70 ] && kill -QUIT "$server" 2>/dev/null
                    [ "$n" = 90 ] && kill -KILL "$server" 2>/dev/null
                    sleep 0.1 2>/dev/null || sleep 1
                done
            fi
            [ -z "$3" ] || rm -rf -- "$3" 2>/dev/null || { sleep 2; rm -rf -- "$3"; }
        "#;
        let signal = match signal {
            Signal::Interrupt => "INT",
            Signal::Quit => "QUIT",
            Signal::Kill => "KILL",
        };
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT, "meridian-postgres-guard", signal]);
        shell
            .arg(pgdata.join("postmaster.pid"))
            .arg(remove.unwrap_or(Path::new("")));
        // Not our output: whoever reads it to the end would wait for the guard too. Not our group: Ctrl-C is for us.
        shell
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        shell.process_group(0);
        shell.spawn().map(Self)
    }

    /// From here on a pid file is that of the server we are starting.
    pub(super) fn starting(&mut self) {
        self.tell("starting");
    }

    /// The server to look after.
    pub(super) fn started(&mut self, pid: u32) {
        self.tell(&pid.to_string());
    }

    /// Ends the guard without its doing anything.
    pub(super) fn dismiss(mut self) {
        self.tell("gone");
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }

    fn tell(&mut self, word: &str) {
        if let Some(pipe) = &mut self.0.stdin {
            // A guard that was killed cannot be told; the next start takes over what it leaves.
            drop(pipe.write_all(format!("{word}\n").as_bytes()));
        }
    }
}

/// By `stat`, "123 (postgres) S ...": the name and that it is no zombie.
fn is_named_postgres(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.split_once(" (postgres) ")
            .is_some_and(|(_, state)| !state.starts_with('Z'))
    })
}

/// Opens a session just far enough to know that the server serves.
fn greets(socket: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    // Startup message of protocol 3.0: its length, the version, pairs of strings, a NUL.
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    for word in [
        "user",
        SUPERUSER,
        "database",
        "postgres",
        "application_name",
        "meridian-look",
        "",
    ] {
        body.extend_from_slice(word.as_bytes());
        body.push(0);
    }
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &body].concat())?;
    loop {
        let mut head = [0_u8; 5];
        stream.read_exact(&mut head)?;
        match head[0] {
            // Ready for a query: say goodbye (Terminate, no body).
            b'Z' => return stream.write_all(&[b'X', 0, 0, 0, 4]).map(|()| true),
            b'E' => return Ok(false),
            _ => {}
        }
        let rest = u32::from_be_bytes([head[1], head[2], head[3], head[4]]).saturating_sub(4);
        io::copy(&mut (&mut stream).take(rest.into()), &mut io::sink())?;
    }
}

#[expect(
    unsafe_code,
    reason = "the standard library can only kill, and only its own children"
)]
fn call_kill(pid: u32, signal: i32) -> io::Result<()> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    // SAFETY: kill takes two numbers and touches no memory of ours.
    if unsafe { libc::kill(pid, signal) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn exists(pid: u32) -> bool {
    match call_kill(pid, 0) {
        Ok(()) => true,
        Err(error) => error.raw_os_error() == Some(libc::EPERM),
    }
}

pub(super) fn send(pid: u32, signal: Signal) {
    let number = match signal {
        Signal::Interrupt => libc::SIGINT,
        Signal::Quit => libc::SIGQUIT,
        Signal::Kill => libc::SIGKILL,
    };
    // One that is gone already is what was wanted.
    drop(call_kill(pid, number));
}
