//! Faults that are injected: the doctor names each, and says what to do.

use std::time::Duration;

use chrono::TimeDelta;
use meridian::clock::Clock;
use meridian::config::{Config, Purpose};
use meridian::doctor::{self, Finding, Level};
use meridian::jobs::heart::Heart;
use meridian::mail::{self, Letter, Recipient};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::{examine, only};
use crate::mail::server::{Mood, Server};
use crate::support::cluster::{self, TestDatabase};
use crate::support::installation::SECRET;
use crate::support::process::{Meridian, blocking};
use crate::support::small_disk::SmallDisk;

/// Bad, in these words, and with something to do.
fn bad(findings: &[Finding], what: &str, words: &str) {
    let found = findings.iter().any(|finding| {
        finding.what == what && finding.level == Level::Bad && finding.seen.contains(words) && !finding.cure.is_empty()
    });
    assert!(found, "no {what} with {words} in {findings:#?}");
}

async fn connection(database: &TestDatabase) -> PgConnection {
    PgConnection::connect_with(&database.connect_options())
        .await
        .expect("a connection")
}

#[actix_web::test]
async fn a_killed_worker_a_clock_that_is_off_and_late_letters_are_named() {
    let database = cluster::database().await;
    let mut conn = connection(&database).await;
    let now = Clock::system().now();
    let heart = Heart::new(now - TimeDelta::hours(2));
    heart.beat(&mut conn, now).await.expect("a sign");
    let findings = doctor::running(&mut conn, now).await.expect("findings");
    assert!(
        findings.iter().all(|finding| finding.level == Level::Good),
        "{findings:#?}"
    );

    // Killed: nobody said goodbye, and ten minutes go by.
    heart
        .beat(&mut conn, now - TimeDelta::minutes(10))
        .await
        .expect("a sign");
    bad(
        &doctor::running(&mut conn, now).await.expect("findings"),
        "servers",
        "none has worked since",
    );

    heart
        .beat(&mut conn, now + TimeDelta::minutes(3))
        .await
        .expect("a sign");
    let findings = doctor::running(&mut conn, now).await.expect("findings");
    bad(&findings, "clock", "the clock of a server at work is 1");
    let findings = doctor::running(&mut conn, now - TimeDelta::seconds(8))
        .await
        .expect("findings");
    bad(&findings, "clock", "this machine's clock");

    let to = Recipient {
        user: None,
        address: "ana@people.test",
        name: "Ana Lima",
    };
    let letter = Letter::new(to, "test.said", &1, "Something was said").say("It was said today.");
    mail::post(&mut conn, now - TimeDelta::hours(1), letter)
        .await
        .expect("posted");
    bad(
        &doctor::running(&mut conn, now).await.expect("findings"),
        "letters",
        "1 should have left",
    );
    // After a restart the letters of the hours before it are on their way: nothing is wrong.
    sqlx::raw_sql("delete from instances")
        .execute(&mut conn)
        .await
        .expect("ended");
    Heart::new(now - TimeDelta::minutes(9))
        .beat(&mut conn, now)
        .await
        .expect("a sign");
    let findings = doctor::running(&mut conn, now).await.expect("findings");
    assert!(
        findings
            .iter()
            .any(|found| found.level == Level::Good && found.seen.contains("sends them")),
        "{findings:#?}"
    );
    let given_up = "update outbox set state = 'sending', attempts = 1, leased_until = created_at;
         update outbox set state = 'dead', leased_until = null";
    sqlx::raw_sql(given_up).execute(&mut conn).await.expect("given up");
    bad(
        &doctor::running(&mut conn, now).await.expect("findings"),
        "letters",
        "1 were given up",
    );
    conn.close().await.expect("closed");
}

#[actix_web::test]
async fn a_database_that_takes_nothing_in_is_named() {
    let database = cluster::database().await;
    let name = database.name();
    let sql = format!("alter database {name} set default_transaction_read_only = on");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&database.pool())
        .await
        .expect("set");
    bad(&examine(&database.url()).await, "writing", "read only");
}

#[actix_web::test]
async fn a_mail_server_in_each_mood_is_named() {
    let server = Server::start().await;
    let address = server.address;
    let judge = async |url: String| {
        let vars = [
            ("MERIDIAN_MAIL", url),
            ("MERIDIAN_SITE_URL", "https://agency.example".to_owned()),
            ("MERIDIAN_SECRET", SECRET.to_owned()),
            ("DATABASE_URL", "postgres://unused".to_owned()),
        ];
        let lookup = |name: &str| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
        };
        let config = Config::read(Purpose::Serve, &lookup).expect("a configuration");
        doctor::mail(&config.mail).await
    };
    let well = judge(server.url()).await;
    assert_eq!(well.level, Level::Good, "{well}");
    assert!(server.seen.taken.borrow().is_empty(), "no letter was sent");
    let login = judge(format!("smtp://u:hush@{address}?timeout=2")).await;
    bad(std::slice::from_ref(&login), "mail", "does not let us in");
    assert!(!login.to_string().contains("hush"), "{login}");
    let tls = judge(format!("smtp://{address}?tls=required&timeout=2")).await;
    bad(&[tls], "mail", &address.to_string());
    server.mood.set(Mood::IsFull);
    bad(&[judge(server.url()).await], "mail", "not now");
    drop(server);
    bad(
        &[judge(format!("smtp://{address}?timeout=2")).await],
        "mail",
        "cannot be reached",
    );
}

#[test]
fn a_full_disk_is_named() {
    let place = tempfile::tempdir().expect("a directory");
    let Some(disk) = SmallDisk::over(place.path(), 256) else {
        return;
    };
    std::fs::create_dir(place.path().join("uploads")).expect("uploads");
    disk.fill();
    let findings = doctor::data_directory(place.path());
    for what in ["data directory", "uploads"] {
        bad(&findings, what, "cannot be written");
        assert!(only(&findings, what).cure.starts_with("make room"));
    }
    bad(&findings, "disk space", "0 MB free");
    disk.make_room();
    let findings = doctor::data_directory(place.path());
    assert_eq!(only(&findings, "uploads").level, Level::Good);
}

/// `meridian doctor` on this database: what it said, and its code.
async fn command(database: String, variables: &[(&str, &str)]) -> (String, Option<i32>) {
    let place = tempfile::tempdir().expect("a directory");
    let data = place.path().to_string_lossy().into_owned();
    let mut all = vec![
        ("DATABASE_URL".to_owned(), database),
        ("MERIDIAN_DATA".to_owned(), data),
        ("MERIDIAN_SECRET".to_owned(), SECRET.to_owned()),
        ("MERIDIAN_SITE_URL".to_owned(), "https://agency.example".to_owned()),
    ];
    all.extend(
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let said = blocking(move || {
        let variables: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut doctor = Meridian::start(&["doctor"], &variables);
        let (status, _) = doctor.end(Duration::from_mins(1));
        (doctor.output(), status.code())
    })
    .await;
    drop(place);
    said
}

#[actix_web::test]
async fn the_command_ends_with_1_and_names_what_is_wrong_and_with_0_when_all_is_well() {
    let database = cluster::database().await;
    let mail = tempfile::tempdir().expect("a directory");
    let files = format!("file:{}", mail.path().display());
    let (said, code) = command(
        database.url(),
        &[("MERIDIAN_MAIL", &files), ("MERIDIAN_TRUSTED_PROXIES", "127.0.0.1")],
    )
    .await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.lines().all(|line| line.starts_with("ok ")), "{said}");

    // A server that nobody listens at, and a worker that was killed; a hint beside.
    let mut conn = connection(&database).await;
    let killed = Clock::system().now() - TimeDelta::hours(2);
    Heart::new(killed).beat(&mut conn, killed).await.expect("a sign");
    conn.close().await.expect("closed");
    let (said, code) = command(database.url(), &[("MERIDIAN_MAIL", "smtp://127.0.0.1:1?timeout=2")]).await;
    assert_eq!(code, Some(1), "{said}");
    for line in ["BAD   mail", "BAD   servers", "look  proxy"] {
        assert!(said.contains(line), "{line} in {said}");
    }

    // Nobody is let in: a role that has used its connections up, and a server that is not there.
    let role = format!("{}_full", database.name());
    let sql = format!("create role {role} login connection limit 0");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&database.pool())
        .await
        .expect("made");
    let user = database.connect_options().get_username().to_owned();
    let full = database.url().replacen(&format!("{user}@"), &format!("{role}@"), 1);
    let (said, code) = command(full, &[("MERIDIAN_MAIL", &files)]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("BAD   database") && said.contains("MERIDIAN_POOL"),
        "{said}"
    );
    let sql = format!("drop role {role}");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&database.pool())
        .await
        .expect("dropped");
    let (said, code) = command(
        "postgres://nobody@127.0.0.1:1/none".to_owned(),
        &[("MERIDIAN_MAIL", &files)],
    )
    .await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("BAD   database") && said.contains("to do: check host"),
        "{said}"
    );
}
