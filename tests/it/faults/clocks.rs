//! Clocks that jump, and servers whose clocks differ.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::clock::Clock;
use meridian::jobs::{self, Sweep};
use meridian::mail::delivery::{Delivery, Round};
use meridian::mail::{self, Letter, Recipient};

use crate::mail::over;
use crate::mail::server::Server;
use crate::support::app::{App, PASSWORD, Person, monday};
use crate::support::hires::scene;

const CLARA: [(&str, &str); 2] = [("email", "clara@halyard.test"), ("password", PASSWORD)];

/// Every page answers: itself, or with the way to sign in.
async fn all_answer(people: &[&Person], paths: &[&str]) {
    for person in people {
        for path in paths {
            let status = person.get(path).await.status;
            assert!(status.as_u16() < 500, "{path}: {status}");
        }
    }
}

#[actix_web::test]
async fn a_year_forward_and_back_loses_nothing_and_sends_nothing_twice() {
    let it = scene(2).await;
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    let offer = it.offer(1, 1, "2026-12-09").await;
    let app = &it.app;
    app.drain().await;
    let sent_before = app.letters("clara@halyard.test").len();
    let everybody = [
        &it.client,
        &it.recruiter,
        &it.developers[0].person,
        &it.developers[1].person,
    ];
    let request = it.request.as_str();
    let paths = [
        "/",
        "/desk",
        "/account",
        "/requests",
        "/placements",
        request,
        &placement,
        &offer,
    ];

    app.clock.advance(TimeDelta::days(365));
    all_answer(&everybody, &paths).await;
    app.drain().await;
    all_answer(&everybody, &paths).await;
    // By a clock a year ahead: signed in, locked out by guesses, and a letter asked for that does not leave yet.
    let late = app.stranger();
    late.post("/login", &CLARA).await.to();
    late.page(&placement).await;
    for _ in 0..11 {
        let wrong = [("email", "recruiter@agency.test"), ("password", "wrong guess")];
        app.stranger().post("/login", &wrong).await;
    }
    let right = [("email", "recruiter@agency.test"), ("password", PASSWORD)];
    assert_eq!(
        app.stranger().post("/login", &right).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        app.stranger()
            .post("/forgot", &[("email", "clara@halyard.test")])
            .await
            .status,
        StatusCode::OK
    );
    jobs::once(&app.db, &app.clock, &meridian::app::sweeps(&app.parts)).await;

    app.clock.set(monday() + TimeDelta::hours(1));
    all_answer(&everybody, &paths).await;
    all_answer(&[&late], &paths).await;
    // Nobody is locked out for a year, and people come in again.
    assert_eq!(app.stranger().post("/login", &right).await.to(), "/desk");
    let clara = app.stranger();
    clara.post("/login", &CLARA).await.to();
    clara.page(&placement).await;
    // The letter leaves now and not in a year, once, and its link works.
    app.drain().await;
    app.drain().await;
    let letters = app.letters("clara@halyard.test");
    assert_eq!(letters.len() - sent_before, 1, "{letters:#?}");
    let link = app.link("clara@halyard.test", "/reset/");
    let chosen = app.stranger().post(&link, &[("password", PASSWORD)]).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text());
    // What was agreed before still stands, and acts go on.
    it.at("2026-11-23T17:00:00Z").await;
    assert_eq!(it.state("offers", &offer).await, "sent");
    it.developers[1].person.post(&format!("{offer}/accept"), &[]).await.to();
    let placements: i64 = sqlx::query_scalar("select count(*) from placements")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(placements, 2);
}

/// A worker over this server by a clock of its own.
fn worker(app: &App, server: &Server, clock: Clock) -> Delivery {
    Delivery {
        clock,
        ..over(app, server)
    }
}

async fn post(app: &App, about: u32, clock: &Clock) {
    let to = Recipient {
        user: None,
        address: "ana@people.test",
        name: "Ana Lima",
    };
    let letter = Letter::new(to, "test.said", &about, "Something was said").say("It was said today.");
    let mut tx = app.db.begin().await.expect("a transaction");
    mail::post(&mut tx, clock.now(), letter)
        .await
        .expect("posted")
        .expect("new");
    tx.commit().await.expect("committed");
}

fn sent(letters: u64) -> Round {
    Round {
        sent: letters,
        ..Round::default()
    }
}

#[actix_web::test]
async fn workers_whose_clocks_differ_by_ten_minutes_take_no_letter_from_each_other() {
    let (app, server) = (App::start().await, Server::start().await);
    let (behind, ahead) = (Clock::fixed(monday()), Clock::fixed(monday() + TimeDelta::minutes(10)));
    for (about, (holds, looks)) in [(&behind, &ahead), (&ahead, &behind)].into_iter().enumerate() {
        post(&app, u32::try_from(about).expect("few"), &behind).await;
        // The first worker is in the middle of sending: the server says nothing until it is told to.
        server.mood.set(crate::mail::server::Mood::Sleeps);
        let (slow, quick) = (
            worker(&app, &server, holds.clone()),
            worker(&app, &server, looks.clone()),
        );
        let sending = actix_web::rt::spawn(async move { slow.round().await });
        let began = std::time::Instant::now();
        loop {
            let held: i64 = sqlx::query_scalar("select count(*) from outbox where state = 'sending'")
                .fetch_one(app.db.pool())
                .await
                .expect("a number");
            if held == 1 {
                break;
            }
            assert!(began.elapsed().as_secs() < 10, "nobody takes it");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(quick.round().await.expect("a round"), sent(0), "it is somebody's");
        // Killed there: after the lease the other one sends it.
        sending.abort();
        assert!(sending.await.is_err());
        server.mood.set(crate::mail::server::Mood::Takes);
        for clock in [&behind, &ahead] {
            clock.advance(TimeDelta::minutes(26));
        }
        assert_eq!(quick.round().await.expect("a round"), sent(1));
        assert_eq!(quick.round().await.expect("a round"), sent(0));
    }
    let mut ids = server.ids();
    ids.dedup();
    assert_eq!((ids.len(), server.seen.taken.borrow().len()), (2, 2), "each once");
}

#[actix_web::test]
async fn a_letter_is_not_kept_back_or_given_up_by_a_clock_that_jumped() {
    let (app, server) = (App::start().await, Server::start().await);
    let address = server.address;
    let delivery = worker(&app, &server, app.clock.clone());
    drop(server);
    // Waits for a dead server; then the clock is a year ahead, where it is tried and fails again: not given up.
    post(&app, 1, &app.clock).await;
    assert_eq!(delivery.round().await.expect("a round").later, 1);
    app.clock.advance(TimeDelta::days(365));
    let round = delivery.round().await.expect("a round");
    assert_eq!((round.later, round.dead), (1, 0));
    // Posted by that clock; and one whose worker was killed under it.
    post(&app, 2, &app.clock).await;
    post(&app, 3, &app.clock).await;
    sqlx::query("update outbox set state = 'sending', attempts = 1, leased_until = $1 where about = '3'")
        .bind(app.clock.now() + TimeDelta::minutes(15))
        .execute(app.db.pool())
        .await
        .expect("taken");
    app.clock.set(monday() + TimeDelta::minutes(1));
    let server = Server::start_at(address).await;
    assert_eq!(
        delivery.round().await.expect("a round"),
        sent(3),
        "at once, not in a year"
    );
    assert_eq!(delivery.round().await.expect("a round"), sent(0));
    assert_eq!(server.seen.taken.borrow().len(), 3);
}

#[actix_web::test]
async fn sweeps_wait_while_the_clock_is_far_from_the_databases() {
    let app = App::start().await;
    let calls = Rc::new(Cell::new(0));
    let counting = || -> Vec<(&'static str, Sweep)> {
        let calls = Rc::clone(&calls);
        vec![(
            "counted",
            Box::new(move |_, _| {
                calls.set(calls.get() + 1);
                Box::pin(async { Ok(0) })
            }),
        )]
    };
    for hours in [-24, 24] {
        let astray = Clock::fixed(Clock::system().now() + TimeDelta::hours(hours));
        let running = jobs::run(app.db.clone(), astray, counting());
        let ended = tokio::time::timeout(Duration::from_secs(1), running).await;
        assert!(ended.is_err(), "it goes on running");
        assert_eq!(calls.get(), 0, "{hours} h");
    }
    let running = jobs::run(app.db.clone(), Clock::system(), counting());
    let seen = async {
        while calls.get() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = running => panic!("it ended"),
        seen = tokio::time::timeout(Duration::from_secs(10), seen) => seen.expect("swept"),
    }
}
