//! The outbox and its delivery, against a server that takes, delays, refuses, sleeps, hangs up and is dead for an hour.

pub mod server;
mod tls;
mod told;

use chrono::TimeDelta;
use meridian::config::{Config, Purpose};
use meridian::ids::MailId;
use meridian::mail::carrier::Carrier;
use meridian::mail::delivery::{Breaker, Delivery, LEASE, Round};
use meridian::mail::{self, Letter, Recipient, State, render, store};
use sqlx::Row as _;

use crate::support::app::App;
use server::{Mood, Server, header};

/// The app's delivery, over this server, by the app's clock.
pub fn over(app: &App, server: &Server) -> Delivery {
    by(app, server.url())
}

/// The app's delivery by another `MERIDIAN_MAIL`.
fn by(app: &App, route: String) -> Delivery {
    let vars = [
        ("MERIDIAN_MAIL", route),
        ("MERIDIAN_SITE_URL", app.url.clone()),
        ("MERIDIAN_SECRET", ('!'..='~').collect()),
        ("DATABASE_URL", "postgres://unused".to_owned()),
    ];
    let lookup = |name: &str| {
        vars.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
    };
    let config = Config::read(Purpose::Serve, &lookup).expect("a configuration");
    Delivery {
        carrier: Carrier::open(&config.mail).expect("a carrier"),
        breaker: Breaker::default(),
        ..app.delivery.clone()
    }
}

async fn post(app: &App, to: &str, about: impl ToString) -> Option<MailId> {
    let to = Recipient {
        user: None,
        address: to,
        name: "Ana Lima",
    };
    let letter = Letter::new(to, "test.said", &about, "Something was said")
        .say("It was said today.")
        .page("Read it", "/requests");
    let mut tx = app.db.begin().await.expect("a transaction");
    let posted = mail::post(&mut tx, app.clock.now(), letter).await.expect("posted");
    tx.commit().await.expect("committed");
    posted
}

async fn state(app: &App, id: MailId) -> State {
    let mut conn = app.db.conn().await.expect("a connection");
    store::one(&mut conn, store::Scope::All, id)
        .await
        .expect("the letter")
        .state
}

async fn outcomes(app: &App, id: MailId) -> Vec<String> {
    let rows = sqlx::query("select outcome from mail_attempts where mail_id = $1 order by number")
        .bind(id)
        .fetch_all(app.db.pool())
        .await
        .expect("the log");
    rows.iter().map(|row| row.get(0)).collect()
}

fn sent(letters: u64) -> Round {
    Round {
        sent: letters,
        ..Round::default()
    }
}

#[actix_web::test]
async fn a_letter_arrives_once_however_often_it_is_posted() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    assert_eq!(post(&app, "ana@people.test", 1).await, None);
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    assert_eq!(delivery.round().await.expect("a round"), sent(0));
    assert_eq!(state(&app, id).await, State::Sent);
    let taken = server.seen.taken.borrow().clone();
    assert_eq!(taken.len(), 1);
    assert_eq!(header(&taken[0], "To"), "\"Ana Lima\" <ana@people.test>");
    assert_eq!(header(&taken[0], "Subject"), "Something was said");
    assert!(header(&taken[0], "Message-ID").starts_with(&format!("<{id}@")));
}

#[actix_web::test]
async fn many_people_posting_the_same_at_once_make_one_row() {
    let app = App::start().await;
    let all = futures_util::future::join_all((0..8).map(|_| post(&app, "ana@people.test", "same"))).await;
    assert_eq!(all.iter().flatten().count(), 1);
}

#[actix_web::test]
async fn greylisting_is_waited_out_and_a_clear_no_is_final() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    server.mood.set(Mood::Greylists);
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    assert_eq!(delivery.round().await.expect("a round").later, 1);
    // Not before its time, and then at the first try.
    server.mood.set(Mood::Takes);
    assert_eq!(delivery.round().await.expect("a round"), sent(0));
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    assert_eq!(outcomes(&app, id).await, ["later", "sent"]);

    server.mood.set(Mood::Refuses);
    let id = post(&app, "gone@people.test", 2).await.expect("posted");
    assert_eq!(delivery.round().await.expect("a round").dead, 1);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(delivery.round().await.expect("a round"), Round::default());
    assert_eq!(state(&app, id).await, State::Dead);

    // A person says once more, and the mailbox is there now.
    server.mood.set(Mood::Takes);
    let admin = app.admin().await;
    let page = admin.page(&format!("/admin/mail/{id}")).await;
    assert!(
        page.contains("no such mailbox") && !page.contains("gone@people.test"),
        "{page}"
    );
    admin.post(&format!("/admin/mail/{id}/resend"), &[]).await.to();
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    assert_eq!(outcomes(&app, id).await, ["refused", "sent"]);
}

#[actix_web::test]
async fn a_server_that_sleeps_hangs_up_or_is_full_costs_one_try() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    for (mood, tried) in [
        (Mood::Sleeps, "unreachable"),
        (Mood::HangsUp, "unreachable"),
        (Mood::IsFull, "later"),
    ] {
        server.mood.set(mood);
        assert_eq!(delivery.round().await.expect("a round").later, 1, "{mood:?}");
        assert_eq!(
            outcomes(&app, id).await.last().map(String::as_str),
            Some(tried),
            "{mood:?}"
        );
        assert!(server.seen.taken.borrow().is_empty());
        app.clock.advance(TimeDelta::hours(1));
    }
    server.mood.set(Mood::Takes);
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    assert_eq!(server.seen.taken.borrow().len(), 1);
}

#[actix_web::test]
async fn a_server_dead_for_an_hour_loses_and_doubles_nothing() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let address = server.address;
    drop(server);
    let mut posted = Vec::new();
    for minute in 0..60 {
        posted.push(
            post(&app, &format!("p{minute}@people.test"), minute)
                .await
                .expect("posted"),
        );
        delivery.round().await.expect("a round");
        app.clock.advance(TimeDelta::minutes(1));
    }
    // Nobody knocked for every letter: at most one batch a minute.
    let tries: i64 = sqlx::query_scalar("select count(*) from mail_attempts")
        .fetch_one(app.db.pool())
        .await
        .expect("the log");
    assert!((1..=240).contains(&tries), "{tries} tries");
    let server = Server::start_at(address).await;
    let mut rounds = Round::default();
    for _ in 0..130 {
        rounds.sent += delivery.round().await.expect("a round").sent;
        app.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(rounds.sent, 60);
    let mut wanted: Vec<String> = posted
        .iter()
        .map(|id| format!("<{id}@localhost.localdomain>"))
        .collect();
    wanted.sort();
    assert_eq!(server.ids(), wanted);
    let standing = store::standing(&mut app.db.conn().await.expect("a connection"))
        .await
        .expect("counted");
    assert_eq!((standing.waiting, standing.dead), (0, 0));
}

#[actix_web::test]
async fn two_workers_never_send_the_same_letter() {
    let (app, server) = (App::start().await, Server::start().await);
    for number in 0..40 {
        post(&app, &format!("p{number}@people.test"), number)
            .await
            .expect("posted");
    }
    let (one, two) = (over(&app, &server), over(&app, &server));
    let (first, second) = Box::pin(futures_util::future::join(one.round(), two.round())).await;
    assert_eq!(first.expect("a round").sent + second.expect("a round").sent, 40);
    let mut ids = server.ids();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert_eq!(server.seen.taken.borrow().len(), 40);
    assert!(
        server.seen.knocks.get() <= 8,
        "connections are kept: {}",
        server.seen.knocks.get()
    );
}

#[actix_web::test]
async fn a_worker_killed_between_sending_and_saying_so_repeats_with_the_same_id() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    let now = app.clock.now();
    let mut conn = app.db.conn().await.expect("a connection");
    let far = now + TimeDelta::days(1);
    let limits = store::Limits {
        lease: now + LEASE,
        queued: far,
        due: far,
        leased: far,
    };
    let taken = store::take(&mut conn, now, limits, 4).await.expect("taken");
    drop(conn);
    let message = render::message(&taken[0], &delivery.from, &delivery.site, &delivery.tokens).expect("a message");
    delivery.carrier.carry(id, message).await;
    // Here it is killed. Nobody else touches the letter while the lease runs.
    assert_eq!(delivery.round().await.expect("a round"), sent(0));
    app.clock.advance(LEASE);
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    let ids = server.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(outcomes(&app, id).await, ["lost", "sent"]);
}

#[actix_web::test]
async fn hostile_words_stay_words() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let long = "n".repeat(10_000);
    let hostile = [
        "Eve\r\nBcc: all@victims.test\r\n\r\n<script>alert(1)</script>",
        "\u{202e}gnp.exe <img src=x onerror=alert(1)>",
        "=?utf-8?q?=0D=0ABcc:_x@y.test?=",
        "\"; drop table outbox; -- \u{0}\u{8}",
        ".\r\n.\r\nQUIT",
        long.as_str(),
        "Zoë 🦀 \u{2028}line",
    ];
    for (number, text) in hostile.iter().enumerate() {
        let to = Recipient {
            user: None,
            address: "ana@people.test",
            name: text,
        };
        let letter = Letter::new(to, "test.hostile", &number, &format!("From {text}"))
            .say(format!("{text} wrote:"))
            .quote(text);
        let mut tx = app.db.begin().await.expect("a transaction");
        mail::post(&mut tx, app.clock.now(), letter)
            .await
            .expect("posted")
            .expect("new");
        tx.commit().await.expect("committed");
    }
    assert_eq!(delivery.round().await.expect("a round"), sent(hostile.len() as u64));
    for letter in server.seen.taken.borrow().iter() {
        let head = letter.split("\r\n\r\n").next().unwrap_or_default();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        let mut known = names.clone();
        known.retain(|name| {
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "MIME-Version",
                "Content-Type",
            ]
            .contains(name)
        });
        assert_eq!(names, known, "{head}");
        assert!(head.split("\r\n").all(|line| line.len() <= 998), "{head}");
        assert!(header(letter, "To").ends_with("<ana@people.test>"), "{head}");
        let html = letter.split("Content-Type: text/html").nth(1).expect("an HTML part");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
}

#[actix_web::test]
async fn text_and_html_say_the_same_words() {
    let app = App::start().await;
    let blocks = serde_json::json!([{"say": "Hello <b>Ana</b> & co."}, {"quote": "one\ntwo"}, {"page": ["Open it", "/requests/1"]}]);
    let parts = render::parts(&blocks, None, &app.url, render::Links::Hidden).expect("parts");
    let (text, html) = (
        render::text(&parts, &app.url).expect("text"),
        render::html("S", &parts, &app.url).expect("html"),
    );
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .map(|word| word.trim_matches(['>', '-', ':']).to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    };
    let body = html.split("<body>").nth(1).expect("a body");
    let pieces: Vec<&str> = body
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest))
        .collect();
    let plain = pieces.join(" ");
    let plain = plain.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    assert_eq!(words(&plain), words(&text));
    assert!(text.contains("> one\n> two\n"), "{text}");
    assert!(text.contains(&format!("{}/requests/1", app.url)), "{text}");
}

#[actix_web::test]
async fn the_database_refuses_a_second_row_and_a_letter_out_of_order() {
    let app = App::start().await;
    let id = post(&app, "ana@people.test", 1).await.expect("posted");
    let refusals = [
        ("update outbox set state = 'sent', sent_at = created_at where id = $1", "mail_transition"),
        ("update outbox set subject = E'a\\nBcc: b' where id = $1", "outbox_subject_one_line"),
        ("update outbox set recipient = 'a@b.test, c@d.test' where id = $1", "outbox_recipient_shape"),
        (
            "insert into outbox select gen_random_uuid(), occasion, about, user_id, recipient, recipient_name, subject, blocks, link_path, link_id,
                    'queued', 0, created_at, queued_at, due_at, null, null from outbox where id = $1",
            "outbox_once",
        ),
    ];
    for (statement, constraint) in refusals {
        let error = sqlx::query(statement)
            .bind(id)
            .execute(app.db.pool())
            .await
            .expect_err(statement);
        assert_eq!(meridian::db::constraint_of(&error), Some(constraint), "{statement}");
    }
}
