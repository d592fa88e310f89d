//! What stands before the pool: a bounded waiting room, and a breaker for a database that is away. Counted, not timed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use meridian::db::{APP_ROLE, Db};
use meridian::error::AppError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::{TcpListener, UnixStream};

use crate::support::cluster;

#[actix_web::test]
async fn who_comes_to_a_full_waiting_room_is_told_at_once_and_the_others_are_served() {
    let database = cluster::database().await;
    let db = Db::connect(database.connect_options(), 1).await.expect("a pool");
    let most = db.pressure().most;
    let held = db.conn().await.expect("the only connection");
    let mut coming: FuturesUnordered<_> = (0..most + 10).map(|_| db.conn()).collect();
    for _ in 0..10 {
        let told = coming.next().await.expect("an answer");
        assert!(matches!(told, Err(AppError::Busy(_))), "{:?}", told.is_ok());
    }
    let pressure = db.pressure();
    assert_eq!((pressure.waiting, pressure.turned_away), (most, 10));
    drop(held);
    let mut served = 0;
    while let Some(answer) = coming.next().await {
        answer.expect("its turn");
        served += 1;
    }
    assert_eq!(served, most);
    assert_eq!(db.pressure().waiting, 0);
    assert!(!db.pressure().away, "a full house is not an absent one");
}

#[actix_web::test]
async fn a_wait_in_vain_for_a_busy_pool_does_not_shut_the_way() {
    let database = cluster::database().await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(100))
        .connect_with(database.connect_options())
        .await
        .expect("a pool");
    let db = Db::from_pool(pool);
    let held = db.conn().await.expect("the only connection");
    assert!(matches!(db.conn().await, Err(AppError::Busy(_))));
    assert!(!db.pressure().away);
    drop(held);
    db.conn().await.expect("free again");
}

/// A server's door that can be shut: connections are then closed as they come, and counted.
struct Door {
    port: u16,
    shut: Rc<Cell<bool>>,
    knocks: Rc<Cell<u32>>,
}

async fn door(to: &PgConnectOptions) -> Door {
    let directory = to.get_socket().expect("the tests' own server listens on a socket");
    let socket = directory.join(format!(".s.PGSQL.{}", to.get_port()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (shut, knocks) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let door = Door {
        port,
        shut: Rc::clone(&shut),
        knocks: Rc::clone(&knocks),
    };
    actix_web::rt::spawn(async move {
        while let Ok((mut app, _)) = listener.accept().await {
            knocks.set(knocks.get() + 1);
            if shut.get() {
                continue;
            }
            let (socket, shut) = (socket.clone(), Rc::clone(&shut));
            actix_web::rt::spawn(async move {
                let Ok(mut server) = UnixStream::connect(socket).await else {
                    return;
                };
                let falls_shut = async {
                    while !shut.get() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut app, &mut server) => {}
                    () = falls_shut => {}
                }
            });
        }
    });
    door
}

#[actix_web::test]
async fn a_thousand_requests_knock_a_few_times_while_the_database_is_away_and_find_it_again() {
    let database = cluster::database().await;
    let options = database.connect_options();
    let door = door(&options).await;
    let through = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(door.port)
        .username(options.get_username())
        .database(database.name())
        .ssl_mode(sqlx::postgres::PgSslMode::Disable);
    let db = Db::connect(through, 4).await.expect("a pool");
    db.conn().await.expect("a connection");

    door.shut.set(true);
    let began = Instant::now();
    while !db.pressure().away {
        assert!(began.elapsed() < Duration::from_secs(10), "the absence is noticed");
        if let Ok(mut conn) = db.conn().await {
            // Used a moment ago, so taken as it is: the statement finds out.
            let _ = meridian::db::ping(&mut conn).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (before, began) = (door.knocks.get(), Instant::now());
    for _ in 0..1000 {
        assert!(matches!(db.conn().await, Err(AppError::Busy(_))));
    }
    // One look in a quarter of a second at the most, and one that was on its way.
    let allowed = 2 + u32::try_from(began.elapsed().as_millis() / 250).expect("short");
    let knocks = door.knocks.get() - before;
    println!("1000 requests, {knocks} knocks");
    assert!(knocks <= allowed, "{knocks} of at most {allowed}");
    assert!(db.pressure().turned_away >= 1000 - u64::from(allowed));

    door.shut.set(false);
    let began = Instant::now();
    while db.conn().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("served again after {:?}", began.elapsed());
    assert!(!db.pressure().away);
}

#[actix_web::test]
async fn only_trouble_with_the_role_makes_the_app_run_as_the_owner() {
    let database = cluster::database().await;
    // A database that is away: no pool at all.
    let nowhere = database.connect_options().socket("/nonexistent");
    assert!(Db::connect_as_app(nowhere, 2).await.is_err());
    // The tables' owner may not take the role on: said, and served all the same.
    let owner = format!("{}_owner", database.name());
    let pool = database.pool();
    let run = |sql: String| {
        let pool = pool.clone();
        async move {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .execute(&pool)
                .await
                .expect("done")
        }
    };
    run(format!("create role {owner} login")).await;
    let options = database.connect_options().username(&owner);
    let (db, why) = Db::connect_as_app(options, 2).await.expect("a pool");
    let why = why.expect("the reason");
    assert!(why.contains(APP_ROLE), "{why}");
    db.pool().close().await;
    run(format!("drop role {owner}")).await;
}
