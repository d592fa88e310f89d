//! What `meridian doctor` sees, and that it says what to do.

mod injected;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use meridian::doctor::{self, Finding, Level};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::support::cluster;
use crate::support::process::{Meridian, blocking};

async fn examine(url: &str) -> Vec<Finding> {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    let findings = doctor::database(&mut conn, 10).await.expect("an examination");
    conn.close().await.expect("closed");
    findings
}

fn only<'a>(findings: &'a [Finding], what: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.what == what)
        .unwrap_or_else(|| panic!("nothing about {what} in {findings:?}"))
}

#[actix_web::test]
async fn a_fresh_installation_is_well() {
    let database = cluster::database().await;
    for finding in examine(&database.url()).await {
        assert_eq!(finding.level, Level::Good, "{finding}");
    }
}

#[actix_web::test]
async fn each_trouble_with_migrations_is_told_apart() {
    let database = cluster::database().await;
    let url = database.url();
    let pool = database.pool();
    for (harm, told) in [
        (
            "update _sqlx_migrations set checksum = '\\x00' where version = 1",
            "another text",
        ),
        (
            "update _sqlx_migrations set success = false where version = 1",
            "half-way",
        ),
        (
            "update _sqlx_migrations set version = 99999, success = true where version = 1",
            "unknown",
        ),
        ("delete from _sqlx_migrations where version = 99999", "1 not applied"),
        ("drop table _sqlx_migrations", "empty"),
    ] {
        sqlx::query(harm).execute(&pool).await.expect(harm);
        let findings = examine(&url).await;
        let finding = only(&findings, "migrations");
        assert_eq!(finding.level, Level::Bad, "{harm}");
        assert!(finding.seen.contains(told), "{harm}: {finding}");
        assert!(!finding.cure.is_empty(), "{harm}: {finding}");
    }
}

#[actix_web::test]
async fn a_locale_that_cannot_fold_letters_and_too_few_connections_are_seen() {
    let database = cluster::database().await;
    let plain = format!("{}_c", database.name());
    let pool = database.pool();
    let make = format!("create database {plain} template template0 locale_provider libc locale 'C'");
    sqlx::query(AssertSqlSafe(make)).execute(&pool).await.expect("made");
    let mut conn = PgConnection::connect_with(&database.connect_options().database(&plain))
        .await
        .expect("a connection");
    let findings = doctor::database(&mut conn, 100_000).await.expect("an examination");
    conn.close().await.expect("closed");
    assert_eq!(only(&findings, "locale").level, Level::Warning);
    assert!(only(&findings, "connections").cure.contains("MERIDIAN_POOL"));
    sqlx::query(AssertSqlSafe(format!("drop database {plain} with (force)")))
        .execute(&pool)
        .await
        .expect("dropped");
}

#[test]
fn an_open_or_missing_data_directory_is_seen() {
    let place = tempfile::tempdir().expect("a directory");
    let secret = place.path().join("secret");
    std::fs::write(&secret, "s").expect("a file");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o644)).expect("opened");
    let findings = doctor::data_directory(place.path());
    assert_eq!(only(&findings, "data directory").level, Level::Good);
    let open = only(&findings, "permissions");
    assert!(open.level == Level::Bad && open.cure.starts_with("chmod 600"), "{open}");
    assert!(only(&findings, "disk space").seen.contains("MB free"));
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).expect("closed");
    assert!(
        doctor::data_directory(place.path())
            .iter()
            .all(|finding| finding.level == Level::Good)
    );

    let missing = doctor::data_directory(Path::new("/nonexistent/meridian"));
    assert_eq!(only(&missing, "data directory").level, Level::Warning);
}

#[actix_web::test]
async fn the_command_ends_with_1_when_something_is_bad() {
    let place = tempfile::tempdir().expect("a directory");
    let data = place.path().join("data").to_string_lossy().into_owned();
    let (said, code) = blocking(move || {
        let mut doctor = Meridian::start(&["doctor"], &[("MERIDIAN_DATA", &data)]);
        let (status, _) = doctor.end(std::time::Duration::from_secs(30));
        (doctor.output(), status.code())
    })
    .await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("BAD   database") && said.contains("to do: start `cargo demo` once"),
        "{said}"
    );
    assert!(!place.path().join("data").exists(), "looking makes nothing");
}

#[actix_web::test]
async fn programs_are_told_the_same_as_json() {
    let place = tempfile::tempdir().expect("a directory");
    let data = place.path().join("data").to_string_lossy().into_owned();
    let (said, code) = blocking(move || {
        let vars = [("MERIDIAN_DATA", data.as_str()), ("MERIDIAN_MAIL", "memory")];
        let mut doctor = Meridian::start(&["doctor", "--json"], &vars);
        let (status, _) = doctor.end(std::time::Duration::from_secs(30));
        (doctor.output(), status.code())
    })
    .await;
    assert_eq!(code, Some(1), "{said}");
    let findings: serde_json::Value = serde_json::from_str(&said).expect("JSON and nothing else");
    let findings = findings.as_array().expect("a list");
    let of = |what: &str| {
        let found: Vec<_> = findings.iter().filter(|finding| finding["what"] == what).collect();
        assert_eq!(found.len(), 1, "{what}: {said}");
        found[0]
    };
    assert_eq!(of("mail")["level"], "good");
    assert_eq!(of("mail")["cure"], "");
    assert_eq!(of("database")["level"], "bad");
    assert!(
        of("database")["cure"]
            .as_str()
            .is_some_and(|cure| cure.contains("cargo demo")),
        "{said}"
    );
}
