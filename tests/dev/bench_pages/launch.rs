//! The processes that are measured: the app and the reference, each this program once more, as what `serve` runs and as the
//! bare page. They end with the pipe that their starter holds, also when it is killed.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::client::{Trouble, Visitor};

/// A start takes this long at most; it may have to put in what is shipped.
const START: Duration = Duration::from_mins(1);

/// A server that runs.
pub struct Server {
    /// Stops with this.
    #[expect(dead_code, reason = "held so that the process ends with it")]
    child: Child,
    /// Its number.
    pub pid: u32,
    /// A stranger at its door.
    pub visitor: Visitor,
}

/// What a process of ours is told to be by its first word.
pub const REFERENCE: &str = "reference";
/// The app, by the word of its own command.
pub const APP: &str = "serve";

/// Starts the app on a database, keeping its uploads and its log in `data`.
pub async fn app(database: &str, data: &Path) -> Result<Server, Trouble> {
    // Free a moment ago; nobody else is given it in between unless very many are taken.
    let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let log = std::fs::File::create(data.join("app.log"))?;
    let mut command = ours(APP, database)?;
    command
        .env("MERIDIAN_LISTEN", free.to_string())
        .env("MERIDIAN_SITE_URL", format!("http://{free}"))
        .env("MERIDIAN_SECRET", uuid::Uuid::new_v4().to_string().repeat(3))
        .env("MERIDIAN_DATA", data)
        .stderr(log);
    start(command).await
}

/// Starts the reference on a database.
pub async fn reference(database: &str) -> Result<Server, Trouble> {
    start(ours(REFERENCE, database)?).await
}

fn ours(word: &str, database: &str) -> Result<Command, Trouble> {
    let mut command = Command::new(std::env::current_exe()?);
    // Settings of somebody's own installation are not for this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MERIDIAN_") {
            command.env_remove(name);
        }
    }
    command
        .arg(word)
        .env("DATABASE_URL", database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

async fn start(mut command: Command) -> Result<Server, Trouble> {
    let mut child = command.spawn()?;
    let pid = child.id().ok_or("a server ended at once")?;
    let out = child.stdout.take().ok_or("a server without output")?;
    let mut line = String::new();
    let mut out = BufReader::new(out);
    tokio::time::timeout(START, out.read_line(&mut line)).await??;
    let server = line
        .trim()
        .strip_prefix("ready http://")
        .ok_or_else(|| format!("a server did not start: \"{}\"", line.trim()))?
        .to_owned();
    Ok(Server {
        child,
        pid,
        visitor: Visitor { server, cookie: None },
    })
}

/// Ends this process when its starter is gone: the other end of its input is closed then.
pub fn end_with_the_starter() {
    std::thread::spawn(|| {
        let mut input = std::io::stdin().lock();
        drop(std::io::copy(&mut input, &mut std::io::sink()));
        std::process::exit(1);
    });
}
