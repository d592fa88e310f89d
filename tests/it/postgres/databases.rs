//! The throw-away databases of the tests themselves.

use std::time::{Duration, Instant};

use meridian::postgres::Mode;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{open, run, temporary};
use crate::support::cluster;
use crate::support::process::blocking;

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
    let deadline = Instant::now() + Duration::from_secs(15);
    while PgConnection::connect(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "the database is still there");
    }
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
    let hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
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
