//! How often somebody may try.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use futures_util::future::join_all;
use meridian::accounts::Role;

use super::{ANA, guess, seconds, seed_track};
use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn ten_guesses_at_an_address_are_enough_on_every_server_and_after_a_restart() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    let twin = app.twin("").await;
    // Known and unknown alike, and neither spelling nor server makes another address of it.
    for email in [ANA, "nobody@agency.test"] {
        for number in 0..10 {
            let at = if number % 2 == 0 { &app.url } else { &twin };
            let spelled = if number % 3 == 0 {
                email.to_uppercase()
            } else {
                format!(" {email}")
            };
            let answer = guess(&app.stranger_at(at), &spelled).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        }
        let eleventh = guess(&app.stranger_at(&twin), email).await;
        assert_eq!(seconds(&eleventh), 90);
        assert!(eleventh.has(email) && eleventh.has("90 seconds"), "{}", eleventh.text());
    }
    // The right password is no way round, a server that starts now knows it too, and others are not touched.
    let right = [("email", ANA), ("password", PASSWORD)];
    let fresh = app.twin("").await;
    seconds(&app.stranger_at(&fresh).post("/login", &right).await);
    assert_eq!(
        guess(&app.stranger(), "other@agency.test").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    app.clock.advance(TimeDelta::seconds(90));
    assert_eq!(app.stranger().post("/login", &right).await.to(), "/desk");
    // A success costs nothing: one guess is free again, not two.
    assert_eq!(
        guess(&app.stranger(), ANA).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    seconds(&guess(&app.stranger(), ANA).await);
    app.clock.advance(TimeDelta::minutes(15));
    for _ in 0..10 {
        assert_eq!(
            guess(&app.stranger(), ANA).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    seconds(&guess(&app.stranger(), ANA).await);
    // The log says who was tried, and holds no address that nobody has.
    let failed: Vec<(String, i64)> = sqlx::query_as(
        "select subject_kind, count(*) from events where kind = 'user.sign_in_failed' group by 1 order by 1",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("events");
    assert_eq!(failed, [("address".to_owned(), 11), ("user".to_owned(), 21)]);
}

#[actix_web::test]
async fn guesses_side_by_side_are_counted_before_they_are_judged() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    let twin = app.twin("").await;
    let all = (0..40).map(|number| {
        let person = app.stranger_at(if number % 2 == 0 { &app.url } else { &twin });
        async move { guess(&person, ANA).await.status }
    });
    let answers = join_all(all).await;
    let judged = answers
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    let refused = answers
        .iter()
        .filter(|status| **status == StatusCode::TOO_MANY_REQUESTS)
        .count();
    assert_eq!((judged, refused), (10, 30), "{answers:?}");
}

#[actix_web::test]
async fn a_stranger_does_not_lock_the_owner_out_of_a_browser_that_is_known() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    ana.post("/logout", &[]).await.to();
    while guess(&app.stranger(), ANA).await.status != StatusCode::TOO_MANY_REQUESTS {}
    let right = [("email", ANA), ("password", PASSWORD)];
    seconds(&app.stranger().post("/login", &right).await);
    assert_eq!(ana.post("/login", &right).await.to(), "/desk");
    // The mark is worth ten guesses as well, and nothing at another address.
    ana.post("/logout", &[]).await.to();
    for _ in 0..10 {
        assert_eq!(guess(&ana, ANA).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    seconds(&guess(&ana, ANA).await);
}

#[actix_web::test]
async fn one_password_tried_at_many_addresses_ends_at_the_network() {
    let app = App::start().await;
    let behind = app.twin("127.0.0.1").await;
    let spray = async |url: &str, number: usize, address: &str| {
        let email = format!("person{number}@company.test");
        app.stranger_at(url)
            .post_with(
                "/login",
                &[("email", &email), ("password", "Summer2026!")],
                &[("x-forwarded-for", address)],
            )
            .await
            .status
    };
    // Behind a trusted proxy each browser counts for itself.
    for number in 0..50 {
        assert_eq!(
            spray(&behind, number, "203.0.113.7").await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number}"
        );
    }
    assert_eq!(spray(&behind, 50, "203.0.113.7").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        spray(&behind, 50, "10.9.9.9, 203.0.113.7").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        spray(&behind, 50, "203.0.113.8").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // Without a trusted proxy the header is only what a stranger wrote: they are all one network.
    for number in 0..50 {
        let claimed = format!("198.51.100.{number}");
        assert_eq!(
            spray(&app.url, 100 + number, &claimed).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number}"
        );
    }
    assert_eq!(
        spray(&app.url, 200, "198.51.100.200").await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[actix_web::test]
async fn a_clock_that_was_set_back_keeps_nobody_out_for_long() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    app.clock.advance(TimeDelta::days(400));
    while guess(&app.stranger(), ANA).await.status != StatusCode::TOO_MANY_REQUESTS {}
    // By a little, as two servers differ: the limit holds. By much: what was counted is no measure any more.
    app.clock.advance(TimeDelta::minutes(-10));
    let wait = seconds(&guess(&app.stranger(), ANA).await);
    assert!(wait <= 25 * 60, "{wait}");
    app.clock.advance(TimeDelta::days(-400));
    let right = [("email", ANA), ("password", PASSWORD)];
    assert_eq!(app.stranger().post("/login", &right).await.to(), "/desk");
    for _ in 0..10 {
        assert_eq!(
            guess(&app.stranger(), ANA).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    seconds(&guess(&app.stranger(), ANA).await);
}

#[actix_web::test]
async fn whoever_asks_which_addresses_are_known_is_stopped() {
    let app = App::start().await;
    app.user(Role::Candidate, "carla@dev.test", None).await;
    seed_track(&app).await;
    let apply = async |email: &str| {
        let fields = [
            ("email", email),
            ("name", "Carla"),
            ("password", PASSWORD),
            ("zone", "America/Bogota"),
            ("country", "CO"),
            ("consent", "yes"),
        ];
        app.stranger().post("/apply", &fields).await
    };
    let first = apply("carla@dev.test").await;
    assert!(first.has("There is an account with this address"), "{}", first.text());
    for _ in 0..19 {
        assert_eq!(apply("carla@dev.test").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    seconds(&apply("new@dev.test").await);
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(apply("new@dev.test").await.to(), "/me");
}
