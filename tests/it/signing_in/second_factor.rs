//! Codes of an app, recovery codes, and whoever has to have them.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{ANA, Phone, password};
use crate::support::app::{App, Person};

#[actix_web::test]
async fn a_second_factor_is_asked_for_after_the_password_and_each_code_counts_once() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let (phone, recovery) = Phone::set_up(&app, &ana).await;
    app.clock.advance(TimeDelta::seconds(60));
    let now = app.clock.now();
    let person = app.stranger();
    assert_eq!(password(&person).await.to(), "/login/code");
    // The password alone opens nothing.
    assert_eq!(person.get("/desk").await.to(), "/login?next=%2Fdesk");
    let wrong = person.post("/login/code", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = phone.code(now);
    assert_eq!(person.post("/login/code", &[("code", &code)]).await.to(), "/desk");
    person.page("/desk").await;
    // Read over a shoulder: the same code, and an earlier one, are worth nothing.
    let thief = app.stranger();
    password(&thief).await.to();
    for used in [code, phone.code(now - TimeDelta::seconds(30))] {
        let again = thief.post("/login/code", &[("code", &used)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // A recovery code, as typed by hand, once.
    let typed = recovery[3].replace('-', " ").to_uppercase();
    assert_eq!(thief.post("/login/code", &[("code", &typed)]).await.to(), "/desk");
    let other = app.stranger();
    password(&other).await.to();
    let again = other.post("/login/code", &[("code", &recovery[3])]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Too late after the password, and never without it.
    app.clock.advance(TimeDelta::minutes(11));
    let late = other
        .post("/login/code", &[("code", &phone.code(app.clock.now()))])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let nobody = app
        .stranger()
        .post("/login/code", &[("code", &phone.code(app.clock.now()))])
        .await;
    assert_eq!(nobody.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn codes_cannot_be_tried_out_and_a_letter_is_no_way_round() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let (phone, _) = Phone::set_up(&app, &ana).await;
    app.clock.advance(TimeDelta::seconds(60));
    let mut people = Vec::new();
    for _ in 0..12 {
        let person = app.stranger();
        password(&person).await.to();
        people.push(person);
    }
    let guesses = people.iter().enumerate().map(|(number, person)| async move {
        person
            .post("/login/code", &[("code", &format!("{number:06}"))])
            .await
            .status
    });
    let answers = join_all(guesses).await;
    let judged = answers
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(judged, 5, "{answers:?}");
    app.clock.advance(TimeDelta::minutes(15));
    // A new password by letter: whoever reads the mailbox stands before the code as well.
    let stranger = app.stranger();
    stranger.post("/forgot", &[("email", ANA)]).await;
    app.drain().await;
    let path = app.link(ANA, "/reset/");
    let answer = stranger.post(&path, &[("password", "another long one")]).await;
    assert_eq!(answer.to(), "/login/code");
    assert_eq!(stranger.get("/desk").await.to(), "/login?next=%2Fdesk");
    let code = phone.code(app.clock.now());
    assert_eq!(stranger.post("/login/code", &[("code", &code)]).await.to(), "/desk");
}

#[actix_web::test]
async fn an_admin_asks_the_staff_for_it_and_helps_who_lost_the_phone() {
    let app = App::start().await;
    let (admin, ana) = (app.admin().await, app.recruiter().await);
    let demand = async |person: &Person, answer: &str| {
        person
            .post("/admin/settings/second-factor", &[("demand", answer)])
            .await
            .status
    };
    // Whoever demands has one.
    assert_eq!(demand(&admin, "yes").await, StatusCode::CONFLICT);
    Phone::set_up(&app, &admin).await;
    assert_eq!(demand(&admin, "yes").await, StatusCode::SEE_OTHER);
    // The staff without one reach their account and nothing else, by any route.
    assert_eq!(ana.get("/desk").await.to(), "/account/second-factor");
    assert_eq!(ana.get("/candidates").await.to(), "/account/second-factor");
    assert_eq!(ana.post("/candidates", &[]).await.status, StatusCode::CONFLICT);
    assert!(ana.page("/account/second-factor").await.contains("Waiting on you"));
    Phone::set_up(&app, &ana).await;
    ana.page("/desk").await;
    assert_eq!(
        ana.post("/account/second-factor/off", &[]).await.status,
        StatusCode::CONFLICT
    );
    // Phone and codes lost: an admin takes it away, everybody is told, the sessions end.
    let id: uuid::Uuid = sqlx::query_scalar("select id from users where email = $1")
        .bind(ANA)
        .fetch_one(app.db.pool())
        .await
        .expect("the user");
    admin
        .post(&format!("/admin/people/{id}/second-factor/off"), &[])
        .await
        .to();
    assert_eq!(ana.get("/account").await.to(), "/login?next=%2Faccount");
    app.drain().await;
    let told = app.letters(ANA);
    assert!(
        told.last()
            .is_some_and(|letter| letter.contains("asks for no code any more")),
        "{told:?}"
    );
    assert_eq!(demand(&admin, "no").await, StatusCode::SEE_OTHER);
    password(&ana).await.to();
    ana.page("/desk").await;
}
