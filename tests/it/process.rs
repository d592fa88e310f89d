//! The real binary from outside: start, serve, stop, be killed.

mod commands;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use actix_web::http::StatusCode;
use futures_util::{StreamExt as _, stream};
use sqlx::Connection;

use crate::support::app::Person;
use crate::support::process::{Meridian, blocking, cluster_of, is_alive, processes_on, server_pid, until};

/// The most resident memory after 20 logins and 200 pages, and after 500 logins side by side, in KiB.
const MEMORY: u64 = 60 * 1024;
/// The app and its server are gone within this time after a SIGTERM.
const GONE: Duration = Duration::from_secs(12);
/// The four demo accounts and a page of each one's home.
const ACCOUNTS: [&str; 4] = [
    "demo-admin@meridian.test",
    "demo-recruiter@meridian.test",
    "demo-client@meridian.test",
    "demo-candidate@meridian.test",
];

fn place() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("meridian-demo")
        .tempdir()
        .expect("a directory")
}

async fn demo(data: &Path) -> (Meridian, String) {
    let data = data.to_owned();
    blocking(move || {
        let demo = Meridian::demo(&data);
        let url = demo.ready();
        (demo, url)
    })
    .await
}

/// The same, of an agency that was made before.
async fn lived_in(data: &Path) -> (Meridian, String) {
    let data = data.to_owned();
    blocking(move || {
        let demo = Meridian::lived_in(&data);
        let url = demo.ready();
        (demo, url)
    })
    .await
}

async fn sign_in(url: &str, email: &str) -> (Person, String) {
    let person = Person::at(url);
    let answer = person
        .post("/login", &[("email", email), ("password", "meridian-demo")])
        .await;
    let home = answer.to().to_owned();
    person.page(&home).await;
    (person, home)
}

#[actix_web::test]
async fn the_demo_starts_serves_stays_small_and_stops() {
    let place = place();
    let data = place.path().join("data");
    let (mut first, url) = demo(&data).await;
    Person::at(&url).page("/").await;
    Person::at(&url).page("/readyz").await;

    let mut pages = 0;
    for login in 0..20 {
        let (person, home) = sign_in(&url, ACCOUNTS[login % ACCOUNTS.len()]).await;
        let reached = links(&person.page(&home).await);
        assert!(!reached.is_empty(), "{home} leads nowhere");
        for path in reached.iter().cycle().take(8) {
            let answer = person.get(path).await;
            assert!(answer.status.as_u16() < 400, "{path} from {home}: {}", answer.status);
            pages += 1;
        }
        // The home itself: after the sign-in and for its links.
        pages += 2;
    }
    assert_eq!(pages, 200);
    let resident = first.resident();
    println!("resident after 20 logins and {pages} pages: {resident} KiB");
    assert!(resident < MEMORY, "{resident} KiB");

    let server = server_pid(&cluster_of(&data)).expect("a server");
    first.terminate();
    let (status, took) = blocking(move || first.end(GONE)).await;
    println!("gone {took:?} after SIGTERM");
    assert!(status.success(), "{status}");
    assert!(!is_alive(server), "its server went first");
    assert_eq!(processes_on(&data), [], "nothing is left");

    // The bound is for a quiet machine: the best of three.
    let mut best = Duration::MAX;
    for _start in 0..3 {
        let began = SystemTime::now();
        let (mut again, url) = demo(&data).await;
        let ready = SystemTime::now();
        let database = database_ready(&cluster_of(&data), began);
        let took = ready.duration_since(database).unwrap_or_default();
        println!(
            "ready {took:?} after the database, {:?} after the start",
            ready.duration_since(began)
        );
        best = best.min(took);
        sign_in(&url, ACCOUNTS[1]).await;
        again.terminate();
        blocking(move || again.end(GONE)).await;
    }
    assert!(best < Duration::from_secs(1), "ready {best:?} after the database");
}

#[actix_web::test]
async fn five_hundred_sign_ins_side_by_side_leave_the_process_small() {
    const SIGN_INS: usize = 500;
    const AT_ONCE: usize = 20;
    let place = place();
    let data = place.path().join("data");
    let (mut demo, url) = demo(&data).await;
    let fresh = demo.resident();
    let url = &url;
    let answers: Vec<StatusCode> = stream::iter(0..SIGN_INS)
        .map(|number| async move {
            let fields = [
                ("email", ACCOUNTS[number % ACCOUNTS.len()]),
                ("password", "meridian-demo"),
            ];
            Person::at(url).post("/login", &fields).await.status
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let resident = demo.resident();
    println!(
        "resident at the start {fresh} KiB, right after {SIGN_INS} logins at {AT_ONCE} side by side {resident} KiB"
    );
    let others: Vec<_> = answers
        .iter()
        .filter(|status| **status != StatusCode::SEE_OTHER)
        .collect();
    assert!(others.is_empty(), "{} were not let in: {others:?}", others.len());
    assert!(resident < MEMORY, "{resident} KiB");
    demo.terminate();
    blocking(move || demo.end(GONE)).await;
}

/// Where a page leads inside the site.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("<a ").skip(1);
    let targets = parts.filter_map(|part| part.split_once('>')?.0.split_once("href=\"")?.1.split_once('"'));
    targets
        .map(|(target, _)| target.to_owned())
        .filter(|target| target.starts_with('/'))
        .collect()
}

/// When the server's log says that it accepts connections, in the start that began at `since`.
fn database_ready(home: &Path, since: SystemTime) -> SystemTime {
    let log = std::fs::read_to_string(home.join("server.log")).expect("a log");
    let line = log
        .lines()
        .rfind(|line| line.contains("ready to accept connections"))
        .expect("a ready server");
    let at = chrono::NaiveDateTime::parse_from_str(&line[..23], "%Y-%m-%d %H:%M:%S%.3f").expect("an instant");
    let at = SystemTime::from(at.and_utc());
    assert!(at + Duration::from_secs(1) > since, "the log is of this start: {line}");
    at
}

#[actix_web::test]
async fn a_request_in_flight_is_finished_on_sigterm() {
    let place = place();
    let data = place.path().join("data");
    let (mut demo, url) = lived_in(&data).await;
    let address = url.trim_start_matches("http://").to_owned();

    // A form whose second half comes after the signal.
    let body = "email=demo-admin%40meridian.test&password=meridian-demo";
    let (head, tail) = body.split_at(20);
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{head}",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    // Another request on the same app, so that the first has surely been taken up.
    Person::at(&url).page("/").await;
    demo.terminate();
    until("no new connections", || {
        TcpStream::connect(&address).ok().is_none_or(|mut late| {
            // The system may still take one up; nobody answers it.
            let _ = late.set_read_timeout(Some(Duration::from_millis(100)));
            let _ = late.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
            late.read(&mut [0; 1]).is_ok_and(|read| read == 0)
        })
    })
    .await;
    stream.write_all(tail.as_bytes()).expect("sent");
    let answer = blocking(move || {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let (status, took) = blocking(move || demo.end(GONE)).await;
    assert!(status.success() && took < GONE, "{status} after {took:?}");
    assert_eq!(processes_on(&data), []);
}

#[actix_web::test]
async fn requests_that_never_end_hold_up_nothing_for_long() {
    let place = place();
    let data = place.path().join("data");
    let (mut demo, url) = lived_in(&data).await;
    let address = url.trim_start_matches("http://").to_owned();
    let mut open = TcpStream::connect(&address).expect("a connection");
    let request = "POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 50\r\n\r\nemail=";
    open.write_all(request.as_bytes()).expect("sent");
    // And a query of somebody else's on the server, with a lock that the app's own statements wait for.
    let socket = cluster_of(&data).to_string_lossy().replace('/', "%2F");
    let server = format!("postgres://meridian@localhost/meridian?host={socket}&sslmode=disable");
    let mut locker = sqlx::PgConnection::connect(&server).await.expect("a connection");
    sqlx::raw_sql("begin; lock table sessions, users in access exclusive mode")
        .execute(&mut locker)
        .await
        .expect("locked");
    let mut waits = TcpStream::connect(&address).expect("a connection");
    let body = "email=demo-admin%40meridian.test&password=meridian-demo";
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    waits.write_all(request.as_bytes()).expect("sent");
    Person::at(&url).page("/").await;

    demo.terminate();
    let (status, took) = blocking(move || demo.end(GONE)).await;
    println!("gone {took:?} after SIGTERM, with two requests hanging");
    assert!(status.success(), "{status}");
    assert_eq!(processes_on(&data), [], "the server is gone too");
}

#[actix_web::test]
async fn two_demos_on_one_directory_share_the_server_and_kill_9_leaves_none() {
    let place = place();
    let data = place.path().join("data");
    let (mut first, first_url) = lived_in(&data).await;
    let server = server_pid(&cluster_of(&data)).expect("a server");
    let (mut second, second_url) = demo(&data).await;
    assert_ne!(first_url, second_url);
    sign_in(&second_url, ACCOUNTS[1]).await;
    assert_eq!(server_pid(&cluster_of(&data)), Some(server), "the same server");
    second.terminate();
    blocking(move || second.end(GONE)).await;
    sign_in(&first_url, ACCOUNTS[1]).await;

    // The operator's commands use it as well.
    let directory = data.to_string_lossy().into_owned();
    let (said, code) = blocking(move || {
        let mut doctor = Meridian::start(&["doctor"], &[("MERIDIAN_DATA", &directory)]);
        let (status, _) = doctor.end(Duration::from_secs(30));
        (doctor.output(), status.code())
    })
    .await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.lines().all(|line| line.starts_with("ok ")), "{said}");

    let began = Instant::now();
    first.kill();
    until("the server to go after a kill -9 of the app", || !is_alive(server)).await;
    println!("the server was gone {:?} after the kill", began.elapsed());
    until("the guard to go", || processes_on(&data).is_empty()).await;

    let (mut again, url) = demo(&data).await;
    sign_in(&url, ACCOUNTS[1]).await;
    again.terminate();
    blocking(move || again.end(GONE)).await;
}

#[actix_web::test]
async fn the_demo_refuses_to_listen_beyond_this_machine() {
    let place = place();
    let data = place.path().join("data").to_string_lossy().into_owned();
    let (errors, code) = blocking(move || {
        let variables = [("MERIDIAN_DATA", &*data), ("MERIDIAN_LISTEN", "0.0.0.0:0")];
        let mut demo = Meridian::start(&["demo"], &variables);
        let (status, _) = demo.end(Duration::from_secs(10));
        (demo.errors(), status.code())
    })
    .await;
    assert_eq!(code, Some(1));
    assert!(errors.contains("MERIDIAN_LISTEN is 0.0.0.0:0"), "{errors}");
    assert!(!place.path().join("data").exists(), "refused before anything was made");
}

#[actix_web::test]
async fn serve_refuses_a_missing_setting_by_name() {
    let (errors, code) = blocking(|| {
        let mut serve = Meridian::start(&["serve"], &[("MERIDIAN_SECRET", "short")]);
        let (status, _) = serve.end(Duration::from_secs(10));
        (serve.errors(), status.code())
    })
    .await;
    assert_eq!(code, Some(1));
    for name in ["DATABASE_URL", "MERIDIAN_SECRET", "MERIDIAN_SITE_URL"] {
        assert!(errors.contains(name), "{name} in {errors}");
    }
}

#[actix_web::test]
async fn a_port_in_use_is_said_before_anything_is_made() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("an address").to_string();
    let place = place();
    let data = place.path().join("data").to_string_lossy().into_owned();
    let (errors, code) = blocking(move || {
        let mut demo = Meridian::start(&["demo"], &[("MERIDIAN_DATA", &data), ("MERIDIAN_LISTEN", &listen)]);
        let (status, _) = demo.end(Duration::from_secs(10));
        (demo.errors(), status.code())
    })
    .await;
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("cannot be listened on") && errors.contains("MERIDIAN_LISTEN"),
        "{errors}"
    );
}

#[actix_web::test]
async fn a_database_url_is_used_and_no_server_started() {
    let database = crate::support::cluster::database().await;
    let place = place();
    let data = place.path().join("data");
    let (url, directory) = (database.url(), data.to_string_lossy().into_owned());
    let (mut demo, address) = blocking(move || {
        let demo = Meridian::start(&["demo"], &[("MERIDIAN_DATA", &directory), ("DATABASE_URL", &url)]);
        let address = demo.ready();
        (demo, address)
    })
    .await;
    assert_eq!(Person::at(&address).get("/readyz").await.status, StatusCode::OK);
    assert!(!cluster_of(&data).exists());
    demo.terminate();
    blocking(move || demo.end(GONE)).await;
}
