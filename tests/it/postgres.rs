//! The private cluster: started, attached to, lost, found again.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use meridian::postgres::{Cluster, Installer, Mode, PostgresError, RootDrop, Search, Setup, for_demo};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use crate::support::cluster;

/// The directory that the helper process shall open, and hold until it is killed.
const HOLD: &str = "MERIDIAN_TEST_HOLD";

fn temporary() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("meridian-pg")
        .tempdir()
        .expect("a temporary directory")
}

async fn open(home: PathBuf, mode: Mode) -> Cluster {
    blocking(move || Cluster::open(&home, mode))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

async fn connect(cluster: &Cluster) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(&cluster.connect_options("postgres")).await
}

async fn run(cluster: &Cluster, statement: &'static str) {
    let mut conn = connect(cluster).await.expect("a connection");
    sqlx::query(statement)
        .execute(&mut conn)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    conn.close().await.expect("closed");
}

fn server_pid(home: &Path) -> Option<u32> {
    let file = std::fs::read_to_string(home.join("pgdata/postmaster.pid")).ok()?;
    file.lines().next()?.trim().parse().ok()
}

/// A zombie, which only waits for its parent to notice, is dead.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

async fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !seen() {
        assert!(Instant::now() < deadline, "still waiting for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn kill(signal: &str, pid: u32) {
    let status = Command::new("sh")
        .args(["-c", "kill \"$1\" \"$2\"", "sh", signal, &pid.to_string()])
        .status()
        .expect("sh");
    assert!(status.success(), "kill {signal} {pid}");
}

/// Another process that opens `home` and keeps it open.
fn holder(home: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "postgres::helper_that_holds_a_cluster", "--nocapture"])
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
async fn kill_9_of_the_owner_stops_the_server_and_the_next_start_has_the_data() {
    let place = temporary();
    let home = place.path().join("c");
    let mut owner = holder(&home);
    let attached = open(home.clone(), Mode::Durable).await;
    assert!(!attached.is_owner());
    run(&attached, "create table committed ()").await;
    let server = server_pid(&home).expect("a server");
    assert!(is_alive(server));

    kill("-KILL", owner.id());
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
    kill("-KILL", guard_of(&home).expect("a guard"));
    kill("-KILL", owner.id());
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
    kill("-KILL", server);
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
    blocking(move || drop((again, cluster))).await;
}

#[actix_web::test]
async fn root_without_namespaces_runs_the_server_as_another_account() {
    if !is_root() {
        // Elsewhere there is nothing to drop, and the setup must not try to.
        let setup = Setup {
            root_drop: RootDrop::Setuid,
            ..Setup::from_environment()
        };
        let place = temporary();
        let home = place.path().join("c");
        drop(
            blocking(move || setup.open(&home, Mode::Ephemeral))
                .await
                .expect("as ourselves"),
        );
        return;
    }
    let place = temporary();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o711)).expect("reachable");
    let home = place.path().join("c");
    // First as usual, so that the directory has to change hands twice.
    let usual = open(home.clone(), Mode::Durable).await;
    run(&usual, "create table handed_over ()").await;
    blocking(move || usual.stop()).await;

    let setup = Setup {
        root_drop: RootDrop::Setuid,
        ..Setup::from_environment()
    };
    let there = home.clone();
    let cluster = blocking(move || setup.open(&there, Mode::Durable))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    run(&cluster, "select * from handed_over").await;
    let pid = server_pid(&home).expect("a server");
    assert_ne!(
        Path::new(&format!("/proc/{pid}")).metadata().expect("a process").uid(),
        0,
        "not root"
    );
    blocking(move || cluster.stop()).await;

    let usual = open(home, Mode::Durable).await;
    run(&usual, "select * from handed_over").await;
    blocking(move || usual.stop()).await;
}

#[actix_web::test]
async fn a_barred_directory_with_data_is_named_and_an_unused_one_is_replaced_by_a_link() {
    if !is_root() {
        return assert!(Search::from_environment().all().is_ok());
    }
    let place = temporary();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o700)).expect("barred");
    let setup = Setup {
        root_drop: RootDrop::Setuid,
        ..Setup::from_environment()
    };
    let used = place.path().join("used");
    std::fs::create_dir_all(used.join("pgdata")).expect("data");
    let (here, there) = (setup.clone(), used.clone());
    let error = blocking(move || here.open(&there, Mode::Durable))
        .await
        .expect_err("unreachable");
    assert!(error.to_string().contains("MERIDIAN_DATA"), "{error}");

    let fresh = place.path().join("fresh");
    let there = fresh.clone();
    let cluster = blocking(move || setup.open(&there, Mode::Ephemeral))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    run(&cluster, "select 1").await;
    assert!(
        fresh.is_symlink()
            && fresh
                .canonicalize()
                .expect("its target")
                .starts_with("/var/lib/meridian")
    );
    blocking(move || cluster.stop()).await;
}

#[test]
fn without_programs_the_error_names_every_way_to_get_them() {
    let place = temporary();
    let programs = place.path().join("bin");
    std::fs::create_dir(&programs).expect("a directory");
    std::fs::write(programs.join("apt-get"), "").expect("a file");
    let setup = Setup {
        search: Search {
            named: None,
            path: vec![programs.clone()],
            places: vec![format!("{}/*/none", place.path().display())],
        },
        installer: Installer::Never,
        root_drop: RootDrop::Auto,
    };
    let error = setup
        .open(&place.path().join("c"), Mode::Durable)
        .expect_err("nothing to start")
        .to_string();
    for part in [
        "PostgreSQL 15 or newer",
        "sudo apt-get install -y postgresql",
        "MERIDIAN_PG_BIN=",
        "DATABASE_URL=postgres://",
        "PATH",
    ] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }

    // One that is too old is seen and named.
    let old = place.path().join("9/none");
    fake_binaries(&old, "9.6.24");
    let error = setup
        .open(&place.path().join("c"), Mode::Durable)
        .expect_err("too old")
        .to_string();
    assert!(error.contains("there is only PostgreSQL 9"), "{error}");

    let named = Setup {
        search: Search {
            named: Some(old),
            ..Search::default()
        },
        ..setup
    };
    let error = named
        .open(&place.path().join("c"), Mode::Durable)
        .expect_err("a wrong MERIDIAN_PG_BIN")
        .to_string();
    assert!(
        error.contains("MERIDIAN_PG_BIN is") && error.contains("PostgreSQL 9"),
        "{error}"
    );
}

#[actix_web::test]
async fn root_has_the_package_manager_install_what_is_missing() {
    let place = temporary();
    let (managers, installed) = (place.path().join("sbin"), place.path().join("pg/16/bin"));
    std::fs::create_dir(&managers).expect("a directory");
    let real = Search::from_environment().all().expect("programs")[0].directory.clone();
    // "Installs" by linking to the programs of this machine, and notes what it was asked.
    let script = format!(
        "#!/bin/sh\necho \"$@\" > {0}/asked\nmkdir -p {1} && for p in {2}/*; do printf '#!/bin/sh\\nexec %s \"$@\"\\n' $p > {1}/${{p##*/}}; chmod +x {1}/*; done\n",
        place.path().display(),
        installed.display(),
        real.display()
    );
    executable(&managers.join("dnf"), &script);
    let setup = Setup {
        search: Search {
            named: None,
            path: vec![managers],
            places: vec![format!("{}/pg/*/bin", place.path().display())],
        },
        installer: Installer::System,
        root_drop: RootDrop::Auto,
    };
    let home = place.path().join("c");
    let opened = blocking(move || setup.open(&home, Mode::Ephemeral)).await;
    if !is_root() {
        assert!(
            matches!(opened, Err(PostgresError::NoBinaries { .. })),
            "only root may install: {opened:?}"
        );
        return;
    }
    let cluster = opened.unwrap_or_else(|error| panic!("{error}"));
    run(&cluster, "select 1").await;
    blocking(move || cluster.stop()).await;
    let asked = std::fs::read_to_string(place.path().join("asked")).expect("the manager ran");
    assert!(asked.contains("install -y postgresql-server"), "{asked}");
}

#[test]
fn of_the_usual_places_the_highest_version_wins_and_path_comes_first() {
    let place = temporary();
    for version in ["9.6", "15.2", "17.1", "16.0"] {
        fake_binaries(&place.path().join(version).join("bin"), version);
    }
    let mut search = Search {
        named: None,
        path: Vec::new(),
        places: vec![format!("{}/*/bin", place.path().display())],
    };
    let majors = |search: &Search| {
        search
            .all()
            .expect("found")
            .iter()
            .map(|found| found.major)
            .collect::<Vec<_>>()
    };
    assert_eq!(majors(&search), [17, 16, 15]);
    search.path = vec![place.path().join("15.2/bin")];
    assert_eq!(majors(&search)[0], 15);
    search.named = Some(place.path().join("16.0/bin"));
    assert_eq!(majors(&search), [16], "the named one alone");
}

#[actix_web::test]
async fn data_of_another_version_is_not_touched() {
    let place = temporary();
    let home = place.path().join("c");
    std::fs::create_dir_all(home.join("pgdata")).expect("a directory");
    std::fs::write(home.join("pgdata/PG_VERSION"), "14\n").expect("a file");
    let error = blocking(move || Cluster::open(&home, Mode::Durable))
        .await
        .expect_err("no 14 here");
    assert!(
        matches!(error, PostgresError::OtherVersion { made_by: 14, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("move that directory away"), "{error}");
}

#[actix_web::test]
async fn the_demo_prefers_a_given_url_and_else_has_a_database_of_its_own() {
    let place = temporary();
    let given = for_demo(place.path(), Some("postgres://somebody@elsewhere/theirs"))
        .await
        .expect("taken as it is");
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
        own.stop().await;
    }
    let error = for_demo(place.path(), Some("mysql://nonsense"))
        .await
        .expect_err("not a database URL");
    assert!(error.to_string().contains("DATABASE_URL"), "{error}");
}

#[actix_web::test]
async fn every_test_has_a_database_of_its_own_that_goes_with_it() {
    let (one, two) = futures_util::future::join(cluster::database(), cluster::database()).await;
    sqlx::query("create table only_here ()")
        .execute(&one.pool())
        .await
        .expect("a table");
    let seen: bool = sqlx::query_scalar("select to_regclass('only_here') is not null")
        .fetch_one(&two.pool())
        .await
        .expect("a row");
    assert!(!seen, "the other test does not see it");

    let url = one.url();
    PgConnection::connect(&url)
        .await
        .expect("the URL works")
        .close()
        .await
        .expect("closed");
    // Also by a panic, and with a connection still in use.
    let _busy = one.pool().acquire().await.expect("a connection");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _one = one;
        panic!("as a failing test does");
    }));
    assert!(panicked.is_err());
    assert!(PgConnection::connect(&url).await.is_err(), "dropped");
}

#[actix_web::test]
async fn clusters_of_killed_runs_are_swept_and_living_ones_stay() {
    let place = temporary();
    let dead = place.path().join("meridian-test-1-dead");
    let young = place.path().join("meridian-test-2-young");
    let other = place.path().join("something-else");
    for directory in [&dead, &young, &other] {
        std::fs::create_dir_all(directory.join("pgdata")).expect("a directory");
    }
    let living = open(place.path().join("meridian-test-3-living"), Mode::Ephemeral).await;
    let hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    for directory in [&dead, &other, &living.home().to_owned()] {
        std::fs::File::open(directory)
            .expect("a directory")
            .set_modified(hour_ago)
            .expect("aged");
    }
    let base = place.path().to_owned();
    blocking(move || cluster::sweep(&base)).await;
    assert!(!dead.exists() && young.exists() && other.exists());
    run(&living, "select 1").await;
    blocking(move || living.stop()).await;
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

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output().expect("id");
    String::from_utf8_lossy(&said.stdout).trim() == "0"
}

fn executable(file: &Path, script: &str) {
    std::fs::write(file, script).expect("a file");
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).expect("executable");
}

/// Programs that only tell a version.
fn fake_binaries(directory: &Path, version: &str) {
    std::fs::create_dir_all(directory).expect("a directory");
    let script = directory.join("postgres");
    executable(&script, &format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"));
    symlink(&script, directory.join("initdb")).expect("a link");
}
