//! Where the programs come from and as whom they run.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use meridian::postgres::{Cluster, Installer, Mode, PostgresError, RootDrop, Search, Setup};

use super::{open, run, temporary};
use crate::support::process::{blocking, server_pid};

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
