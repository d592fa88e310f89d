//! Whether the time of an answer tells who is registered: `cargo bench-addresses`.
//!
//! Starts a private `PostgreSQL` in a temporary directory with some hundred accounts, and the app on it as `meridian serve`
//! runs it. In turns, every form into which anybody may type any address is sent with a registered address and with one that
//! nobody has: from the first byte sent to the last byte read, on a connection that stands already. Each address is used
//! once in each form, as whoever goes through a list would, and each request comes from a network of its own (127.0.0.0/8
//! is large), so no limit answers in the app's place. The two of a turn change places from turn to turn, and a pause
//! between requests lets the app finish what the last one left to its jobs.
//!
//! A form whose two medians are more than a tenth apart is marked, and so is one whose answers differ in anything but the
//! address. What chance does is in the last column: the same ratio between the odd and the even turns of one kind.
//!
//! Not here: `/start` and `/apply`, which say openly that an address has an account already, and are limited for that
//! (`accounts::limits`); invitations of colleagues, which say it to whoever may invite; forms behind a link that somebody got
//! by mail, which take no address.

#[expect(dead_code, reason = "of the client of bench-pages only its error is wanted here")]
#[path = "bench_pages/client.rs"]
mod client;
#[expect(dead_code, reason = "of what bench-pages starts only the app is wanted here")]
#[path = "bench_pages/launch.rs"]
mod launch;
#[expect(
    dead_code,
    reason = "of the arithmetic of bench-pages only the median is wanted here"
)]
#[path = "bench_pages/math.rs"]
mod math;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::http::response::Parts;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use meridian::accounts::Role;
use meridian::accounts::actions::{RegisterError, Registration, register};
use meridian::accounts::passwords::Passwords;
use meridian::clock::Clock;
use meridian::db::Db;
use meridian::events::Actor;
use meridian::postgres::{Cluster, Mode};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::net::TcpSocket;

use client::Trouble;

/// Measures whether the time of an answer tells who is registered.
#[derive(Parser, Debug, Clone)]
#[command(name = "bench-addresses")]
struct Arguments {
    /// Turns that count.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// Measures a build that is not optimised all the same.
    #[arg(long)]
    debug: bool,
}

const DATABASE: &str = "addresses";
const PASSWORD: &str = "a password of many people";
/// Turns before those that count: caches fill, statements are prepared, connections open.
const WARM: usize = 10;
/// Between two requests.
const PAUSE: Duration = Duration::from_millis(40);
/// Medians may lie so far apart.
const APART: f64 = 0.10;
/// Accounts made in one transaction.
const AT_A_TIME: usize = 50;

/// A form into which somebody types any address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Signing in with a password that is nobody's.
    SignIn,
    /// Asking for a new password.
    Forgot,
    /// Asking for another address for the own account.
    Move,
}

impl Sent {
    const ALL: [Self; 3] = [Self::SignIn, Self::Forgot, Self::Move];

    fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/login",
            Self::Forgot => "/forgot",
            Self::Move => "/account/email",
        }
    }

    fn body(self, email: &str) -> Result<String, Trouble> {
        let password = match self {
            Self::SignIn => ("password", "this is nobody's password"),
            Self::Forgot => return Ok(serde_html_form::to_string([("email", email)])?),
            Self::Move => ("address_password", PASSWORD),
        };
        Ok(serde_html_form::to_string([("email", email), password])?)
    }
}

/// What came back, without the address in it.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    place: Option<String>,
    body: String,
}

/// The times of one form, turn by turn.
#[derive(Debug, Default)]
struct Times {
    registered: Vec<f64>,
    unknown: Vec<f64>,
    /// Whether two answers of one turn were ever different.
    differ: bool,
}

fn main() -> ExitCode {
    meridian::memory::tune();
    if std::env::args().nth(1).as_deref() == Some(launch::APP) {
        // This program is also the app that it measures, so that one build serves both.
        launch::end_with_the_starter();
        return meridian::cli::run();
    }
    match bench(&Arguments::parse()) {
        Ok(table) => {
            meridian::cli::print(&table);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench-addresses: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<String, Trouble> {
    if cfg!(debug_assertions) && !arguments.debug {
        return Err("this is no release build: use cargo bench-addresses, or say --debug".into());
    }
    let home = std::env::temp_dir().join(format!("meridian-addresses-{}", std::process::id()));
    // Its guard removes the directory, whatever becomes of us.
    let cluster = Cluster::open(&home, Mode::Ephemeral)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = measure(&cluster, arguments.rounds) => done,
            _ = tokio::signal::ctrl_c() => Err("stopped".into()),
        }
    });
    drop(runtime);
    cluster.stop();
    done
}

fn address(registered: bool, number: usize) -> String {
    // Of one length: the app answers with the address, and longer pages take longer.
    let whose = if registered { "somebody" } else { "no-person" };
    format!("{whose:-<9}{number:06}@people.test")
}

async fn measure(cluster: &Cluster, rounds: usize) -> Result<String, Trouble> {
    let turns = WARM + rounds;
    PgConnection::connect_with(&cluster.connect_options("postgres"))
        .await?
        .execute("create database addresses")
        .await?;
    let db = Db::connect(cluster.connect_options(DATABASE), 2).await?;
    db.migrate().await?;
    people(&db, turns + 1).await?;
    db.pool().close().await;
    let data = tempfile::tempdir()?;
    let app = launch::app(&cluster.url(DATABASE), data.path()).await?;
    let mut networks = (0_u32..).map(|number| Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + number));
    let server = app.visitor.server.as_str();
    let first = networks.next().ok_or("there is no network")?;
    let me = sign_in(server, first, &address(true, turns)).await?;
    let mut all = Sent::ALL.map(|form| (form, Times::default()));
    for turn in 0..turns {
        for (form, times) in &mut all {
            let visitor = (server, (*form == Sent::Move).then_some(me.as_str()));
            let mut answers = Vec::new();
            // The one that comes second must not always be the same one.
            for registered in [turn % 2 == 0, turn % 2 == 1] {
                tokio::time::sleep(PAUSE).await;
                let from = networks.next().ok_or("there are no more networks")?;
                let (answer, took) = send(visitor, from, *form, &address(registered, turn)).await?;
                if turn >= WARM {
                    let kept = if registered {
                        &mut times.registered
                    } else {
                        &mut times.unknown
                    };
                    kept.push(took.as_secs_f64() * 1_000.0);
                }
                answers.push(answer);
            }
            times.differ |= answers.first() != answers.last();
        }
    }
    table(&all)
}

/// Accounts with one password, which is hashed once.
async fn people(db: &Db, number: usize) -> Result<(), Trouble> {
    let hash = Passwords::strong().hash(PASSWORD.to_owned()).await?;
    let now = Clock::system().now();
    let numbers: Vec<usize> = (0..number).collect();
    for some in numbers.chunks(AT_A_TIME) {
        let mut tx = db.begin().await?;
        for number in some {
            let registration = Registration {
                email: &address(true, *number),
                name: "Somebody",
                password_hash: &hash,
                role: Role::Candidate,
                organization: None,
            };
            register(&mut tx, &Actor::operator(), now, &registration)
                .await
                .map_err(|error| match error {
                    RegisterError::EmailTaken => Trouble::from("an address was made up twice"),
                    RegisterError::Other(error) => error.into(),
                })?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// A form on its way.
struct Letter<'a> {
    /// `host:port`.
    server: &'a str,
    /// The session, for who is signed in.
    cookie: Option<&'a str>,
    /// The address of this machine that it comes from.
    from: Ipv4Addr,
    path: &'static str,
    body: String,
}

/// Sends a form; what came back, and how long it took from the first byte sent to the last byte read.
async fn exchange(it: Letter<'_>) -> Result<(Parts, Bytes, Duration), Trouble> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((it.from, 0)))?;
    let stream = socket.connect(it.server.parse()?).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Ends with the sender.
    tokio::spawn(connection);
    let request = Request::post(it.path)
        .header(header::HOST, it.server)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let request = match it.cookie {
        Some(cookie) => request.header(header::COOKIE, cookie),
        None => request,
    };
    let request = request.body(Full::new(Bytes::from(it.body)))?;
    let begun = Instant::now();
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok((head, body, begun.elapsed()))
}

/// The cookies of somebody who has signed in.
async fn sign_in(server: &str, from: Ipv4Addr, email: &str) -> Result<String, Trouble> {
    let form = Letter {
        server,
        cookie: None,
        from,
        path: Sent::SignIn.path(),
        body: serde_html_form::to_string([("email", email), ("password", PASSWORD)])?,
    };
    let (head, ..) = exchange(form).await?;
    if head.status != StatusCode::SEE_OTHER {
        return Err(format!("nobody could sign in: {}", head.status).into());
    }
    let given = head.headers.get_all(header::SET_COOKIE).iter();
    let cookies = given.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    Ok(cookies.collect::<Vec<_>>().join("; "))
}

/// Sends one of the forms with an address in it.
async fn send(
    (server, cookie): (&str, Option<&str>),
    from: Ipv4Addr,
    form: Sent,
    email: &str,
) -> Result<(Answer, Duration), Trouble> {
    let letter = Letter {
        server,
        cookie,
        from,
        path: form.path(),
        body: form.body(email)?,
    };
    let (head, body, took) = exchange(letter).await?;
    // As it should be: refused, on its way, asked.
    let expected = match form {
        Sent::SignIn => StatusCode::UNPROCESSABLE_ENTITY,
        Sent::Forgot => StatusCode::OK,
        Sent::Move => StatusCode::SEE_OTHER,
    };
    if head.status != expected {
        return Err(format!("{}: {}", form.path(), head.status).into());
    }
    let place = head.headers.get(header::LOCATION);
    let answer = Answer {
        place: place.and_then(|place| place.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&body).replace(email, ""),
    };
    Ok((answer, took))
}

/// The middle of every second value, from the given one on.
fn half(values: &[f64], from: usize) -> Option<f64> {
    let values: Vec<f64> = values.iter().skip(from).step_by(2).copied().collect();
    math::median(&values)
}

fn table(all: &[(Sent, Times)]) -> Result<String, Trouble> {
    let mut table = String::from(
        "| form | registered, ms | unknown, ms | ratio | by chance | |\n| --- | ---: | ---: | ---: | ---: | --- |\n",
    );
    for (form, times) in all {
        let nothing = "nothing was measured";
        let (registered, unknown) = math::median(&times.registered)
            .zip(math::median(&times.unknown))
            .ok_or(nothing)?;
        let (odd, even) = half(&times.unknown, 0).zip(half(&times.unknown, 1)).ok_or(nothing)?;
        let ratio = registered / unknown;
        let said = if times.differ {
            "the answers differ"
        } else if (ratio - 1.0).abs() > APART {
            "apart"
        } else {
            "alike"
        };
        writeln!(
            table,
            "| POST {} | {registered:.2} | {unknown:.2} | {ratio:.3} | {:.3} | {said} |",
            form.path(),
            odd / even
        )?;
    }
    if cfg!(debug_assertions) {
        table.push_str("\nA build that is not optimised.\n");
    }
    Ok(table.trim_end().to_owned())
}
