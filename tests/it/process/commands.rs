//! The operator's commands from outside: what they say, and what they refuse.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use actix_web::http::StatusCode;
use meridian::accounts::passwords::Passwords;
use meridian::db::Db;
use meridian::demo::{self, ACCOUNTS};

use super::{GONE, lived_in, place};
use crate::support::app::Person;
use crate::support::cluster::{self, TestDatabase};
use crate::support::installation::{Installation, SECRET};
use crate::support::process::{Meridian, blocking};

/// What a command said on standard output and standard error, and its code.
async fn said(arguments: &[&str], variables: &[(&str, &str)]) -> (String, String, i32) {
    let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
    let variables: Vec<(String, String)> = variables
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut command = Meridian::start(&arguments, &variables);
        let (status, _) = command.end(Duration::from_mins(1));
        (command.output(), command.errors(), status.code().expect("a code"))
    })
    .await
}

/// `serve` on this database: its address, or what it refused with.
async fn serve(database: &TestDatabase, data: &Path) -> Result<(Meridian, String), String> {
    let (database, data) = (database.url(), data.to_string_lossy().into_owned());
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = port.local_addr().expect("an address").to_string();
    drop(port);
    blocking(move || {
        let variables = [
            ("DATABASE_URL", &*database),
            ("MERIDIAN_DATA", &*data),
            ("MERIDIAN_SECRET", SECRET),
            ("MERIDIAN_LISTEN", &*listen),
            ("MERIDIAN_SITE_URL", &*format!("http://{listen}")),
        ];
        let mut serve = Meridian::start(&["serve"], &variables);
        if let Some(line) = serve.first_line() {
            return Ok((serve, line.trim_start_matches("ready ").to_owned()));
        }
        serve.end(GONE);
        Err(serve.errors())
    })
    .await
}

async fn stop(mut app: Meridian) {
    app.terminate();
    blocking(move || app.end(GONE)).await;
}

async fn number(database: &TestDatabase, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&database.pool())
        .await
        .expect("a number")
}

#[actix_web::test]
async fn a_fresh_installation_takes_requests_and_later_starts_change_nothing() {
    let database = cluster::database().await;
    let place = place();
    // Two servers at once, on a database that is empty.
    let (one, two) = futures_util::future::join(serve(&database, place.path()), serve(&database, place.path())).await;
    let (one, url) = one.expect("served");
    let (two, _) = two.expect("served");
    assert_eq!(Person::at(&url).get("/start").await.status, StatusCode::OK);
    assert_eq!(number(&database, "select count(*) from tracks").await, 1);
    stop(one).await;
    stop(two).await;

    sqlx::raw_sql(
        "update tracks set name = 'Our own', archived_at = null; update skills set name = 'Our Tokio' where slug = 'tokio';
         delete from skill_aliases; delete from skill_adjacency",
    )
    .execute(&database.pool())
    .await
    .expect("an admin's changes");
    let (_, errors, code) = said(&["migrate"], &[("DATABASE_URL", &database.url())]).await;
    assert_eq!(code, 0, "{errors}");
    let (again, _) = serve(&database, place.path()).await.expect("served");
    stop(again).await;
    for (sql, expected) in [
        ("select count(*) from tracks where name = 'Our own'", 1),
        ("select count(*) from tracks", 1),
        ("select count(*) from skills where name in ('Our Tokio', 'Tokio')", 1),
        ("select count(*) from skill_aliases", 0),
        ("select count(*) from skill_adjacency", 0),
        ("select count(*) from events where kind = 'track.created'", 1),
    ] {
        assert_eq!(number(&database, sql).await, expected, "{sql}");
    }
}

#[actix_web::test]
async fn the_demo_leaves_a_database_alone_that_people_live_in() {
    let app = crate::support::app::App::start().await;
    app.admin().await;
    let place = place();
    let data = place.path().join("data").to_string_lossy().into_owned();
    let variables = [("MERIDIAN_DATA", &*data), ("DATABASE_URL", &*app.database.url())];
    let (_, errors, code) = said(&["demo"], &variables).await;
    assert_eq!(code, 1);
    assert!(
        errors.contains("DATABASE_URL") && errors.contains("empty database"),
        "{errors}"
    );
    assert_eq!(number(&app.database, "select count(*) from users").await, 1);
}

#[actix_web::test]
async fn serve_refuses_accounts_whose_password_everybody_knows() {
    let database = cluster::database().await;
    let place = place();
    let data = place.path().join("data");
    let (url, directory) = (database.url(), data.to_string_lossy().into_owned());
    let demo = blocking(move || {
        let demo = Meridian::start(&["demo"], &[("MERIDIAN_DATA", &directory), ("DATABASE_URL", &url)]);
        demo.ready();
        demo
    })
    .await;
    stop(demo).await;
    let refused = serve(&database, &data).await.err().expect("refused");
    assert!(
        refused.contains(ACCOUNTS[0]) && refused.contains("meridian demo"),
        "{refused}"
    );

    // With passwords of their own, or out of use, they are accounts like others.
    let passwords = Passwords::with_memory(64);
    let own = passwords.hash("another long one".to_owned()).await.expect("hashed");
    sqlx::query("update users set password_hash = $1 where role = 'admin'")
        .bind(own)
        .execute(&database.pool())
        .await
        .expect("changed");
    let refused = serve(&database, &data).await.err().expect("refused");
    assert!(
        !refused.contains(ACCOUNTS[0]) && refused.contains(ACCOUNTS[1]),
        "{refused}"
    );
    // Whoever leaves hands over first.
    sqlx::query("update role_requests set recruiter_id = (select min(id::text)::uuid from users where role = 'admin') where recruiter_id is not null")
        .execute(&database.pool())
        .await
        .expect("handed over");
    sqlx::query("update users set deactivated_at = created_at where role <> 'admin' and email <> $1")
        .bind(ACCOUNTS[2])
        .execute(&database.pool())
        .await
        .expect("deactivated");
    let db = Db::from_pool(database.pool());
    assert_eq!(
        demo::known_passwords(&db, &passwords).await.expect("looked"),
        [ACCOUNTS[2]]
    );
    sqlx::query("update users set deactivated_at = created_at where email = $1")
        .bind(ACCOUNTS[2])
        .execute(&database.pool())
        .await
        .expect("deactivated");
    let (served, _) = serve(&database, &data).await.expect("served");
    stop(served).await;
}

#[actix_web::test]
async fn a_database_without_tables_is_said_to_have_none() {
    let database = cluster::database().await;
    sqlx::raw_sql("drop schema public cascade; create schema public")
        .execute(&database.pool())
        .await
        .expect("emptied");
    let url = database.url();
    let request = "0190b1f0-0000-7000-8000-00000000dead";
    for arguments in [
        &["match", request][..],
        &["invite", "--role", "admin", "owner@agency.test"],
    ] {
        let (_, errors, code) = said(arguments, &[("DATABASE_URL", &url)]).await;
        assert_eq!(code, 1);
        assert!(
            errors.contains("no tables yet") && errors.contains("meridian migrate"),
            "{errors}"
        );
    }
    let (_, errors, code) = said(&["match", request], &[("DATABASE_URL", "nonsense")]).await;
    assert!(code == 1 && errors.contains("DATABASE_URL"), "{errors}");
    let away = "postgres://nobody:hush@127.0.0.1:1/none";
    let (_, errors, code) = said(&["match", request], &[("DATABASE_URL", away)]).await;
    assert!(
        code == 1 && errors.contains("DATABASE_URL") && !errors.contains("hush"),
        "{errors}"
    );
}

#[actix_web::test]
async fn an_invitation_leads_to_where_the_demo_listens() {
    let place = place();
    let data = place.path().join("data");
    let (demo, url) = lived_in(&data).await;
    let directory = data.to_string_lossy().into_owned();
    let arguments = ["invite", "--role", "recruiter", "ana@agency.test"];
    let (out, errors, code) = said(&arguments, &[("MERIDIAN_DATA", &directory)]).await;
    assert_eq!(code, 0, "{errors}");
    let path = out
        .strip_prefix(&url)
        .unwrap_or_else(|| panic!("{out} does not begin with {url}"));
    assert!(Person::at(&url).page(path).await.contains("ana@agency.test"));
    assert!(errors.contains("until "), "{errors}");
    assert_eq!(out.lines().count(), 1, "the link alone: {out}");
    let elsewhere = [
        ("MERIDIAN_DATA", &*directory),
        ("MERIDIAN_SITE_URL", "https://agency.example/"),
    ];
    let (out, _, _) = said(&arguments, &elsewhere).await;
    assert!(out.starts_with("https://agency.example/invitations/"), "{out}");
    let listens = [("MERIDIAN_DATA", &*directory), ("MERIDIAN_LISTEN", "127.0.0.1:9443")];
    let (out, _, _) = said(&arguments, &listens).await;
    assert!(out.starts_with("http://127.0.0.1:9443/invitations/"), "{out}");

    // The reader of the matches goes away before they are printed.
    let request: String = sqlx::query_scalar("select id::text from role_requests where state = 'open' limit 1")
        .fetch_one(&mut connection(&data).await)
        .await
        .expect("a request");
    let (errors, code) = blocking(move || {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meridian"))
            .args(["match", &request, "--json", "--all"])
            .env_remove("DATABASE_URL")
            .env("MERIDIAN_DATA", &directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        drop(child.stdout.take());
        let mut errors = String::new();
        let mut pipe = child.stderr.take().expect("its errors");
        pipe.read_to_string(&mut errors).expect("read");
        (errors, child.wait().expect("ended").code())
    })
    .await;
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    stop(demo).await;
}

/// To the private database of a demo.
async fn connection(data: &Path) -> sqlx::PgConnection {
    use sqlx::Connection as _;
    let socket = crate::support::process::cluster_of(data)
        .to_string_lossy()
        .replace('/', "%2F");
    let url = format!("postgres://meridian@localhost/meridian?host={socket}&sslmode=disable");
    sqlx::PgConnection::connect(&url).await.expect("a connection")
}

/// How long an installation takes to stop that nobody uses.
async fn idle_stop() -> Duration {
    let installation = Installation::start().await;
    // A browser that keeps its connection open.
    let address = installation.url().trim_start_matches("http://").to_owned();
    let mut idle = std::net::TcpStream::connect(address).expect("a connection");
    std::io::Write::write_all(&mut idle, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let mut answer = [0; 15];
    idle.read_exact(&mut answer).expect("answered");
    let began = std::time::Instant::now();
    installation.stop().await;
    began.elapsed()
}

#[actix_web::test]
async fn an_idle_installation_stops_at_once() {
    // The bound is for a quiet machine: the best of three.
    let mut best = Duration::MAX;
    for _stop in 0..3 {
        best = best.min(idle_stop().await);
        println!("stopped {best:?} after SIGTERM");
        if best < Duration::from_secs(3) {
            return;
        }
    }
    panic!("{best:?}");
}
