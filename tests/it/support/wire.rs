//! A wire between the app and PostgreSQL that can be listened to, and that can be told to stop at a commit.
//!
//! It reads what the app sends as protocol messages, so it knows each statement and each commit without anything in the
//! app for that purpose. It is held by a thread of its own: the runtimes of tests end with them.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::oneshot;

/// On which side of a commit the wire stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The server never hears of the commit.
    Before,
    /// The server has committed, and the app never hears of it.
    After,
}

/// Ends the app; it is dead when this returns.
pub type Kill = Box<dyn FnOnce() + Send>;

/// What the wire does at a commit: it is asked about each, and it goes on only when the answer is `None`. On `Some` the
/// app is expected to be dead when the function returns, and nothing more passes.
type OnCommit = dyn FnMut(&str) -> Option<(Side, Kill)> + Send;

struct Shared {
    statements: Vec<String>,
    on_commit: Option<Box<OnCommit>>,
    /// A connection has reached the commit at which the app dies: the others say nothing more.
    cut: bool,
    /// The app is dead.
    dead: bool,
}

/// The wire.
pub struct Wire {
    port: u16,
    options: PgConnectOptions,
    shared: Arc<Mutex<Shared>>,
    _end: oneshot::Sender<()>,
}

impl Wire {
    /// Lays a wire to the server and database of these options.
    pub fn to(options: &PgConnectOptions) -> Self {
        let server = Server::of(options);
        let shared = Arc::new(Mutex::new(Shared {
            statements: Vec::new(),
            on_commit: None,
            cut: false,
            dead: false,
        }));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        let (end, ended) = oneshot::channel::<()>();
        let held = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("wire".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(async move {
                    let listener = TcpListener::from_std(listener).expect("a listener");
                    tokio::select! {
                        () = accept(&listener, &server, &held) => {}
                        _ = ended => {}
                    }
                });
            })
            .expect("a thread");
        Self {
            port,
            options: options.clone(),
            shared,
            _end: end,
        }
    }

    /// How to connect through it.
    pub fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(self.options.get_username())
            .ssl_mode(PgSslMode::Disable);
        match self.options.get_database() {
            Some(database) => options.database(database),
            None => options,
        }
    }

    /// The same for another process.
    pub fn url(&self) -> String {
        let database = self.options.get_database().unwrap_or_default();
        let user = self.options.get_username();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        format!("postgres://{user}@{address}/{database}?sslmode=disable")
    }

    /// The statements since the last call, without the begin and end of transactions.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared).statements)
    }

    /// Asks `decide` about each commit from now on: of a transaction (with `commit`), or of a statement that writes outside
    /// of one (with the statement).
    pub fn at_commit(&self, decide: impl FnMut(&str) -> Option<(Side, Kill)> + Send + 'static) {
        lock(&self.shared).on_commit = Some(Box::new(decide));
    }

    /// Lets everything pass again, after a stop.
    pub fn mend(&self) {
        let mut shared = lock(&self.shared);
        shared.on_commit = None;
        shared.cut = false;
        shared.dead = false;
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the wire leads.
#[derive(Clone)]
enum Server {
    Socket(PathBuf),
    Tcp(String, u16),
}

impl Server {
    fn of(options: &PgConnectOptions) -> Self {
        match options.get_socket() {
            Some(directory) => Self::Socket(directory.join(format!(".s.PGSQL.{}", options.get_port()))),
            None => Self::Tcp(options.get_host().to_owned(), options.get_port()),
        }
    }
}

async fn accept(listener: &TcpListener, server: &Server, shared: &Arc<Mutex<Shared>>) {
    while let Ok((app, _)) = listener.accept().await {
        let (server, shared) = (server.clone(), Arc::clone(shared));
        let _ = app.set_nodelay(true);
        tokio::spawn(async move {
            // Ends when either side hangs up, as a wire does.
            let _ = match server {
                Server::Socket(path) => match UnixStream::connect(path).await {
                    Ok(server) => join(app, server, &shared).await,
                    Err(error) => Err(error),
                },
                Server::Tcp(host, port) => match TcpStream::connect((host, port)).await {
                    Ok(server) => join(app, server, &shared).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn join<S: AsyncRead + AsyncWrite>(app: TcpStream, server: S, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let (from_app, mut to_app) = app.into_split();
    let (from_server, mut to_server) = tokio::io::split(server);
    let (mut from_app, mut from_server) = (BufReader::new(from_app), BufReader::new(from_server));
    // The first message has no type.
    let length = from_app.read_u32().await?;
    let mut start = length.to_be_bytes().to_vec();
    start.resize(length as usize, 0);
    from_app.read_exact(&mut start[4..]).await?;
    to_server.write_all(&start).await?;
    // Set when the answer to a commit is not to reach the app.
    let last: Mutex<Option<Kill>> = Mutex::new(None);
    let there = async {
        let mut reading = Reading::default();
        loop {
            let message = next(&mut from_app).await?;
            let stop = reading.read(&message).and_then(|commit| ask(shared, &commit));
            if let Some(statement) = reading.statement.take() {
                lock(shared).statements.push(statement);
            }
            match stop {
                Some((Side::Before, kill)) => {
                    kill();
                    lock(shared).dead = true;
                    return Ok(());
                }
                Some((Side::After, kill)) => *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(kill),
                // Another connection's commit is the last thing that the app says. It must not learn so before it is dead:
                // it would answer its people that something is wrong.
                None if lock(shared).cut && last.lock().unwrap_or_else(PoisonError::into_inner).is_none() => {
                    while !lock(shared).dead {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                    return Ok(());
                }
                None => {}
            }
            to_server.write_all(&message).await?;
        }
    };
    let back = async {
        loop {
            let answer = next(&mut from_server).await?;
            if last.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
                to_app.write_all(&answer).await?;
            } else if answer[0] == b'Z' {
                // Ready for more: what was to be committed is safe.
                if let Some(kill) = last.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    kill();
                    lock(shared).dead = true;
                }
                return Ok(());
            }
        }
    };
    tokio::select! {
        ended = there => ended,
        ended = back => ended,
    }
}

/// Asks what to do at this commit; a stop cuts all connections of the app, which is about to be dead.
fn ask(shared: &Mutex<Shared>, commit: &str) -> Option<(Side, Kill)> {
    let mut shared = lock(shared);
    if shared.cut {
        return None;
    }
    let stop = shared.on_commit.as_mut().and_then(|decide| decide(commit));
    shared.cut = stop.is_some();
    stop
}

/// One message of either side: type, length, body.
async fn next(side: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut message = vec![side.read_u8().await?];
    let length = side.read_u32().await?;
    message.extend(length.to_be_bytes());
    message.resize(1 + length as usize, 0);
    side.read_exact(&mut message[5..]).await?;
    Ok(message)
}

/// What one connection has said so far.
#[derive(Default)]
struct Reading {
    prepared: HashMap<Vec<u8>, String>,
    bound: String,
    in_transaction: bool,
    statement: Option<String>,
}

impl Reading {
    /// Reads a message of the app; gives the commit that it asks for.
    fn read(&mut self, message: &[u8]) -> Option<String> {
        let body = &message[5..];
        match message[0] {
            b'Q' => self.run(&text(body)),
            b'P' => {
                let name = name(body);
                self.prepared.insert(name.to_vec(), text(&body[name.len() + 1..]));
                None
            }
            b'B' => {
                let portal = name(body).len() + 1;
                self.bound = self.prepared.get(name(&body[portal..])).cloned().unwrap_or_default();
                None
            }
            b'E' => {
                let statement = self.bound.clone();
                self.run(&statement)
            }
            _ => None,
        }
    }

    fn run(&mut self, statement: &str) -> Option<String> {
        let first = statement
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_end_matches(';')
            .to_lowercase();
        match first.as_str() {
            "begin" | "start" => {
                self.in_transaction = true;
                None
            }
            "commit" | "end" => {
                self.in_transaction = false;
                Some("commit".to_owned())
            }
            "rollback" => {
                // To a savepoint, the transaction goes on.
                self.in_transaction &= statement.to_lowercase().contains(" to ");
                None
            }
            "savepoint" | "release" | "set" | "" => None,
            _ => {
                self.statement = Some(statement.to_owned());
                let writes = ["insert", "update", "delete", "with", "merge"].contains(&first.as_str());
                (writes && !self.in_transaction).then(|| statement.to_owned())
            }
        }
    }
}

fn name(body: &[u8]) -> &[u8] {
    body.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(name(body)).into_owned()
}
