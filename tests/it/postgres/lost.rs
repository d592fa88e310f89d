//! Owners, guards and servers that are killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use meridian::postgres::{Cluster, Mode, Search};

use super::{open, run, temporary};
use crate::support::process::{blocking, is_alive, server_pid, signal, until};

/// The directory that the helper process shall open, and hold until it is killed.
const HOLD: &str = "MERIDIAN_TEST_HOLD";

/// Another process that opens `home` and keeps it open.
fn holder(home: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "postgres::lost::helper_that_holds_a_cluster", "--nocapture"])
        .env(HOLD, home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the helper");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let held = out.lines().map_while(Result::ok).any(|line| line.contains("holds"));
    assert!(held, "the helper did not open the cluster");
    child
}

/// Run by [`holder`] in another process: opens, says so, waits to be killed. In an ordinary run it asserts that the
/// programs it would need are there.
#[test]
fn helper_that_holds_a_cluster() {
    let Some(home) = std::env::var_os(HOLD) else {
        assert!(
            !Search::from_environment().all().expect("a look around").is_empty(),
            "PostgreSQL is needed by the tests"
        );
        return;
    };
    let _cluster = Cluster::open(Path::new(&home), Mode::Durable).unwrap_or_else(|error| panic!("{error}"));
    println!("holds");
    drop(std::io::read_to_string(std::io::stdin()));
}

#[actix_web::test]
async fn kill_9_of_the_owner_stops_the_server_and_the_next_start_has_the_data() {
    let place = temporary();
    let home = place.path().join("c");
    let mut owner = holder(&home);
    let attached = open(home.clone(), Mode::Durable).await;
    assert!(!attached.is_owner());
    run(&attached, "create table committed ()").await;
    let server = server_pid(&home).expect("a server");
    assert!(is_alive(server));

    signal("-KILL", owner.id());
    owner.wait().expect("it ended");
    // At once, while the server is still stopping: waits for that and starts its own.
    let next = open(home.clone(), Mode::Durable).await;
    assert!(next.is_owner(), "a dying server is not attached to");
    assert!(!is_alive(server));
    assert_ne!(server_pid(&home), Some(server));
    run(&next, "select * from committed").await;
    blocking(move || next.stop()).await;
}

#[actix_web::test]
async fn a_server_that_lost_owner_and_guard_is_taken_over() {
    let place = temporary();
    let home = place.path().join("c");
    let mut owner = holder(&home);
    let server = server_pid(&home).expect("a server");
    signal("-KILL", guard_of(&home).expect("a guard"));
    signal("-KILL", owner.id());
    owner.wait().expect("it ended");

    let heir = open(home.clone(), Mode::Durable).await;
    assert!(heir.is_owner());
    assert_eq!(
        server_pid(&home),
        Some(server),
        "the same server, which went on serving"
    );
    run(&heir, "select 1").await;
    blocking(move || heir.stop()).await;
    until("the server to stop", || !is_alive(server)).await;
}

#[actix_web::test]
async fn a_killed_server_is_recovered_in_spite_of_its_stale_files() {
    let place = temporary();
    let home = place.path().join("c");
    let first = open(home.clone(), Mode::Durable).await;
    run(&first, "create table survived ()").await;
    let server = server_pid(&home).expect("a server");
    signal("-KILL", server);
    until("the server to die", || !is_alive(server)).await;
    let file = home.join("pgdata/postmaster.pid");
    let stale = std::fs::read_to_string(&file).expect("a killed server leaves its file");
    blocking(move || first.stop()).await;
    // The worst case: the number now belongs to a living process of the same user, ourselves.
    std::fs::write(
        &file,
        stale.replacen(&server.to_string(), &std::process::id().to_string(), 1),
    )
    .expect("rewritten");

    let second = open(home, Mode::Durable).await;
    run(&second, "select * from survived").await;
    blocking(move || second.stop()).await;
}

#[actix_web::test]
async fn an_interrupted_first_start_is_begun_again() {
    let place = temporary();
    let home = place.path().join("c");
    std::fs::create_dir_all(home.join("pgdata.unfinished/base")).expect("a half-made cluster");
    let cluster = open(home.clone(), Mode::Ephemeral).await;
    assert!(!home.join("pgdata.unfinished").exists());
    blocking(move || cluster.stop()).await;
}

/// The guard is told apart by the pid file among its arguments.
fn guard_of(home: &Path) -> Option<u32> {
    let mark = format!("\0{}/pgdata/postmaster.pid\0", home.display());
    std::fs::read_dir("/proc").expect("/proc").flatten().find_map(|entry| {
        let arguments = std::fs::read(entry.path().join("cmdline")).ok()?;
        let arguments = String::from_utf8_lossy(&arguments);
        let found = arguments.contains("\0meridian-postgres-guard\0") && arguments.contains(&mark);
        found.then(|| entry.file_name().to_str()?.parse().ok())?
    })
}
