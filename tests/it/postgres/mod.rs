//! The private cluster: started, attached to, lost, found again.

mod databases;
mod lost;
mod programs;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use meridian::postgres::{Cluster, Mode, for_demo};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use crate::support::process::{blocking, is_alive, server_pid, until};

pub fn temporary() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("meridian-pg")
        .tempdir()
        .expect("a temporary directory")
}

pub async fn open(home: PathBuf, mode: Mode) -> Cluster {
    blocking(move || Cluster::open(&home, mode))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

pub async fn connect(cluster: &Cluster) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(&cluster.connect_options("postgres")).await
}

pub async fn run(cluster: &Cluster, statement: &'static str) {
    let mut conn = connect(cluster).await.expect("a connection");
    sqlx::query(statement)
        .execute(&mut conn)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    conn.close().await.expect("closed");
}

#[actix_web::test]
async fn a_cluster_starts_speaks_unicode_and_keeps_its_data() {
    let place = temporary();
    let home = place.path().join("c");
    let began = Instant::now();
    let first = open(home.clone(), Mode::Durable).await;
    println!("first start: {:?}", began.elapsed());
    assert!(first.is_owner());

    let mut conn = connect(&first).await.expect("a connection");
    let row = sqlx::query(
        "select lower('ÀÉÎ') as low, 'ÅNGSTRÖM' ilike 'ångström' as same, current_setting('fsync') as fsync",
    )
    .fetch_one(&mut conn)
    .await
    .expect("a row");
    assert_eq!(row.get::<String, _>("low"), "àéî");
    assert!(row.get::<bool, _>("same"));
    assert_eq!(
        row.get::<String, _>("fsync"),
        "on",
        "the demo's data survives a power cut"
    );
    sqlx::query("create table kept (n int)")
        .execute(&mut conn)
        .await
        .expect("a table");
    conn.close().await.expect("closed");

    assert_eq!(
        home.metadata().expect("the home").permissions().mode() & 0o777,
        0o700,
        "trust authentication needs a closed directory"
    );
    until("initdb to have synced the new directory", || {
        !home.join("not-yet-synced").exists()
    })
    .await;
    let pid = server_pid(&home).expect("a server");
    blocking(move || first.stop()).await;
    assert!(!is_alive(pid), "stop waits until the server is gone");

    let began = Instant::now();
    let second = open(home, Mode::Durable).await;
    println!("later start: {:?}", began.elapsed());
    run(&second, "insert into kept values (1)").await;
    blocking(move || second.stop()).await;
}

#[actix_web::test]
async fn the_url_and_the_options_lead_to_the_same_database() {
    let place = temporary();
    let cluster = open(place.path().join("a b%c"), Mode::Ephemeral).await;
    let mut conn = PgConnection::connect(&cluster.url("postgres"))
        .await
        .expect("the URL works");
    let listens: String = sqlx::query_scalar("select current_setting('listen_addresses')")
        .fetch_one(&mut conn)
        .await
        .expect("a setting");
    assert_eq!(listens, "", "only the socket");
    conn.close().await.expect("closed");
    blocking(move || cluster.stop()).await;
    assert!(
        !place.path().join("a b%c").exists(),
        "an ephemeral cluster leaves nothing"
    );
}

#[actix_web::test]
async fn a_second_opener_attaches_and_leaves_the_server_to_the_first() {
    let place = temporary();
    let first = open(place.path().join("c"), Mode::Durable).await;
    let second = open(place.path().join("c"), Mode::Durable).await;
    assert!(first.is_owner() && !second.is_owner());
    run(&second, "create table seen ()").await;
    blocking(move || second.stop()).await;
    run(&first, "select * from seen").await;
    blocking(move || first.stop()).await;
}

#[actix_web::test]
async fn many_openers_at_once_start_one_server() {
    let place = temporary();
    let home = place.path().join("c");
    let openers: Vec<_> = (0..4).map(|_| open(home.clone(), Mode::Durable)).collect();
    let clusters = futures_util::future::join_all(openers).await;
    assert_eq!(clusters.iter().filter(|cluster| cluster.is_owner()).count(), 1);
    for cluster in &clusters {
        run(cluster, "select 1").await;
    }
    blocking(move || drop(clusters)).await;
}

#[actix_web::test]
async fn a_deep_checkout_gets_a_short_socket() {
    let place = temporary();
    let home = place.path().join("d".repeat(60)).join("e".repeat(60)).join("c");
    assert!(home.as_os_str().len() > 107);
    let cluster = open(home.clone(), Mode::Ephemeral).await;
    run(&cluster, "select 1").await;
    let again = open(home, Mode::Ephemeral).await;
    assert!(!again.is_owner(), "found through the pid file");
    run(&again, "select 1").await;
    let short = cluster
        .connect_options("postgres")
        .get_socket()
        .cloned()
        .expect("a socket");
    assert!(short.is_dir() && short.metadata().expect("its rights").permissions().mode() & 0o777 == 0o700);
    blocking(move || drop((again, cluster))).await;
    assert!(!short.exists(), "nothing is left among the temporary files");
}

#[actix_web::test]
async fn the_demo_prefers_a_given_url_and_else_has_a_database_of_its_own() {
    let place = temporary();
    let theirs = "postgres://somebody@elsewhere/theirs".parse().expect("a URL");
    let given = for_demo(place.path(), Some(theirs)).await.expect("taken as it is");
    assert_eq!(given.connect_options().get_host(), "elsewhere");
    assert!(given.cluster().is_none() && !place.path().join("postgres").exists());

    for _start in 0..2 {
        let own = for_demo(place.path(), None)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let mut conn = PgConnection::connect_with(&own.connect_options())
            .await
            .expect("the database exists");
        let name: String = sqlx::query_scalar("select current_database()")
            .fetch_one(&mut conn)
            .await
            .expect("a name");
        assert_eq!(name, "meridian");
        conn.close().await.expect("closed");
        own.stop(Instant::now() + Duration::from_secs(10)).await;
    }
}
