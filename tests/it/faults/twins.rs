//! Two servers on one database: everything is done once, whichever of them does it.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use futures_util::future::join;
use meridian::app::{Parts, sweeps};
use meridian::clock::Clock;
use meridian::db::{Db, MIGRATOR};
use meridian::jobs;
use meridian::mail::carrier::Carrier;
use meridian::mail::delivery::{Breaker, Delivery};
use sqlx::migrate::Migrate as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::support::app::{App, Person};
use crate::support::cluster;
use crate::support::hires::scene;
use crate::support::installation::SECRET;
use crate::support::process::{Meridian, blocking};

/// What a second server works with: a pool of its own.
async fn other(app: &App) -> (Parts, Delivery) {
    let (db, _) = Db::connect_as_app(app.database.connect_options(), 4)
        .await
        .expect("a pool");
    let delivery = Delivery {
        db: db.clone(),
        breaker: Breaker::default(),
        ..app.delivery.clone()
    };
    let parts = Parts {
        db,
        ..app.parts.clone()
    };
    (parts, delivery)
}

async fn number(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

#[actix_web::test]
async fn sweeps_and_letters_of_both_at_once_are_done_once() {
    let it = scene(2).await;
    it.agree().await;
    it.hire(0, 0, "2026-12-02").await;
    it.hire(1, 1, "2026-12-02").await;
    let app = &it.app;
    let (parts, delivery) = other(app).await;
    app.drain().await;
    app.clock.set("2026-12-03T15:00:00Z".parse().expect("an instant"));
    let asked = [
        "clara@halyard.test",
        "recruiter@agency.test",
        "rafaela@dev.test",
        "bruno@dev.test",
    ];
    for email in asked {
        assert_eq!(
            app.stranger().post("/forgot", &[("email", email)]).await.status,
            StatusCode::OK
        );
    }
    let (here, there) = (sweeps(&app.parts), sweeps(&parts));
    for _ in 0..3 {
        join(
            Box::pin(jobs::once(&app.parts.db, &app.clock, &here)),
            Box::pin(jobs::once(&parts.db, &app.clock, &there)),
        )
        .await;
    }
    for kind in ["placement.started", "guarantee.running"] {
        let all: Vec<i64> = sqlx::query_scalar("select count(*) from events where kind = $1 group by subject_id")
            .bind(kind)
            .fetch_all(app.db.pool())
            .await
            .expect("counts");
        assert_eq!(all, [1, 1], "{kind}: once for each placement");
    }
    assert_eq!(
        number(app, "select count(*) from account_links where purpose = 'reset'").await,
        4
    );
    let waiting = number(app, "select count(*) from outbox where state = 'queued'").await;
    assert!(waiting >= 4, "{waiting} letters");

    let Carrier::Memory(memory) = &app.delivery.carrier else {
        panic!("letters stay in memory here");
    };
    let before = memory.all().len();
    let (first, second) = Box::pin(join(app.delivery.round(), delivery.round())).await;
    let sent = first.expect("a round").sent + second.expect("a round").sent;
    assert_eq!(i64::try_from(sent).expect("few"), waiting);
    let left: Vec<_> = memory.all().into_iter().skip(before).map(|(id, _)| id).collect();
    assert_eq!(
        left.len(),
        left.iter().collect::<BTreeSet<_>>().len(),
        "each letter once"
    );
    assert_eq!(i64::try_from(left.len()).expect("few"), waiting);
    for email in asked {
        assert_eq!(
            app.letters(email)
                .iter()
                .filter(|letter| letter.contains("/reset/"))
                .count(),
            1,
            "{email}"
        );
    }
}

#[actix_web::test]
async fn a_session_of_one_is_one_of_the_other_and_ends_on_both() {
    let app = App::start().await;
    let twin = app.twin("").await;
    let here = app.recruiter().await;
    let there = here.moved_to(&twin);
    there.page("/desk").await;
    there.post("/logout", &[]).await.to();
    assert_ne!(here.get("/desk").await.status, StatusCode::OK, "signed out on both");
    let stolen = there.moved_to(&app.url);
    assert_ne!(stolen.get("/desk").await.status, StatusCode::OK);
}

/// The same act by the same person on both servers at once; whoever was not first is told so or led to the same place.
async fn race(here: &Person, there: &Person, path: &str) {
    let (first, second) = join(here.post(path, &[]), there.post(path, &[])).await;
    let statuses = [first.status, second.status];
    assert!(statuses.contains(&StatusCode::SEE_OTHER), "{path}: {statuses:?}");
    assert!(
        statuses
            .iter()
            .all(|status| [StatusCode::SEE_OTHER, StatusCode::CONFLICT, StatusCode::NOT_FOUND].contains(status)),
        "{path}: {statuses:?}"
    );
}

#[actix_web::test]
async fn an_act_on_both_at_once_is_done_once() {
    let it = scene(1).await;
    it.agree().await;
    let twin = it.app.twin("").await;
    let developer = &it.developers[0].person;
    let introduction = it.propose(0, 0).await;
    race(
        developer,
        &developer.moved_to(&twin),
        &format!("{introduction}/consent"),
    )
    .await;
    race(&it.client, &it.client.moved_to(&twin), &format!("{introduction}/hire")).await;
    let offer = it.offer_on(&introduction, "2026-12-02").await;
    race(developer, &developer.moved_to(&twin), &format!("{offer}/accept")).await;
    let twice: Vec<(String, i64)> = sqlx::query_as(
        "select kind, count(*) from events where split_part(kind, '.', 1) in ('introduction', 'offer', 'placement', 'guarantee')
         group by kind, subject_id having count(*) > 1",
    )
    .fetch_all(it.app.db.pool())
    .await
    .expect("events");
    assert_eq!(twice, []);
    assert_eq!(it.state("introductions", &introduction).await, "hired");
    assert_eq!(number(&it.app, "select count(*) from placements").await, 1);
    assert_eq!(number(&it.app, "select count(*) from guarantees").await, 1);
}

#[actix_web::test]
async fn what_is_asked_of_one_wakes_the_worker_of_the_other() {
    let app = App::start().await;
    app.recruiter().await;
    let (parts, _) = other(&app).await;
    let working = actix_web::rt::spawn(jobs::run(parts.db.clone(), Clock::system(), sweeps(&parts)));
    let look = async |sql: &'static str| {
        let began = std::time::Instant::now();
        while number(&app, sql).await == 0 {
            assert!(began.elapsed().as_secs() < 20, "still nothing: {sql}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        began.elapsed()
    };
    // Its first round is done and the next by its own interval a minute away.
    look("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'").await;
    let posted = app
        .stranger()
        .post("/forgot", &[("email", "recruiter@agency.test")])
        .await;
    assert_eq!(posted.status, StatusCode::OK);
    let took = look("select count(*) from outbox where link_path like '/reset/%'").await;
    println!("the letter was written after {took:?}");
    working.abort();
    // Its listener says goodbye on this runtime.
    assert!(working.await.is_err());
}

#[actix_web::test]
async fn two_servers_that_start_at_once_on_an_empty_database_both_come_up() {
    let database = cluster::database().await;
    let name = format!("{}_empty", database.name());
    let pool = database.pool();
    let run = async |sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.expect("done");
    };
    run(format!("create database {name} template template0")).await;
    let url = database.url().replace(database.name(), &name);
    // A third one migrates already, and takes longer than any page may.
    let mut first = PgConnection::connect_with(&database.connect_options().database(&name))
        .await
        .expect("a connection");
    first.lock().await.expect("the lock of migrations");
    let place = tempfile::tempdir().expect("a directory");
    let servers: Vec<Meridian> = (0..2)
        .map(|number| serve(&url, &place.path().join(number.to_string())))
        .collect();
    let began = std::time::Instant::now();
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = $1 and wait_event = 'advisory'
             and clock_timestamp() - query_start > interval '6 seconds'",
        )
        .bind(&name)
        .fetch_one(&pool)
        .await
        .expect("a number");
        if waiting == 2 {
            break;
        }
        assert!(
            began.elapsed().as_secs() < 60,
            "{waiting} wait: {}",
            servers[0].errors()
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    first.unlock().await.expect("unlocked");
    first.close().await.expect("closed");
    blocking(move || {
        for mut server in servers {
            let address = server.ready();
            assert!(address.starts_with("http://"), "{address}");
            server.terminate();
            server.end(std::time::Duration::from_secs(15));
        }
    })
    .await;
    let mut conn = PgConnection::connect_with(&database.connect_options().database(&name))
        .await
        .expect("a connection");
    let (applied, tracks, alive): (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from _sqlx_migrations where success), (select count(*) from tracks where slug = 'rust-actix'),
                (select count(*) from instances)",
    )
    .fetch_one(&mut conn)
    .await
    .expect("counts");
    conn.close().await.expect("closed");
    assert_eq!(
        (applied, tracks),
        (i64::try_from(MIGRATOR.iter().count()).expect("few"), 1)
    );
    assert_eq!(alive, 0, "both said that they end");
    run(format!("drop database {name} with (force)")).await;
}

fn serve(database: &str, data: &std::path::Path) -> Meridian {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = port.local_addr().expect("an address").to_string();
    drop(port);
    let variables = [
        ("DATABASE_URL", database),
        ("MERIDIAN_DATA", &data.to_string_lossy()),
        ("MERIDIAN_SECRET", SECRET),
        ("MERIDIAN_LISTEN", &listen),
        ("MERIDIAN_SITE_URL", &format!("http://{listen}")),
    ];
    Meridian::start(&["serve"], &variables)
}
