//! One-time links of accounts, from the letter to the button, and what a thief, a scanner and a race do to them.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::accounts::Role;
use sqlx::Row as _;

use crate::support::app::{App, PASSWORD, Person};

const ANOTHER: &str = "another long password";

async fn forgot(person: &Person, email: &str) -> String {
    let answer = person.post("/forgot", &[("email", email)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.text().replace(email, "…")
}

#[actix_web::test]
async fn a_forgotten_password_is_chosen_anew_by_the_letter_alone() {
    let app = App::start().await;
    let before = app.recruiter().await;
    let stranger = app.stranger();
    forgot(&stranger, "Recruiter@Agency.test ").await;
    app.drain().await;
    let path = app.link("recruiter@agency.test", "/reset/");
    // A mail scanner opens it, twice.
    for _ in 0..2 {
        assert!(app.stranger().page(&path).await.contains("recruiter@agency.test"));
    }
    let short = stranger.post(&path, &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stranger.post(&path, &[("password", ANOTHER)]).await.to(), "/desk");
    // Everybody else is out, the old password and the link are worth nothing, and the owner is told.
    assert_eq!(before.get("/desk").await.status, StatusCode::SEE_OTHER);
    let old = [("email", "recruiter@agency.test"), ("password", PASSWORD)];
    assert_eq!(
        app.stranger().post("/login", &old).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.stranger().post(&path, &[("password", PASSWORD)]).await.status,
        StatusCode::CONFLICT
    );
    app.drain().await;
    let told = app.letters("recruiter@agency.test");
    assert!(
        told.last()
            .is_some_and(|letter| letter.contains("Subject: Your password was changed"))
    );
}

#[actix_web::test]
async fn nobody_learns_from_the_answer_who_has_an_account() {
    let app = App::start().await;
    app.recruiter().await;
    let person = app.stranger();
    let known = forgot(&person, "recruiter@agency.test").await;
    let unknown = forgot(&person, "nobody@agency.test").await;
    assert_eq!(known, unknown);
    app.drain().await;
    assert_eq!(app.letters("recruiter@agency.test").len(), 1);
    assert!(app.letters("nobody@agency.test").is_empty());
    // The same work for both in the request itself: one row each, and the letter is written elsewhere.
    let rows: i64 = sqlx::query_scalar("select count(*) from asked_resets where done_at is not null")
        .fetch_one(app.db.pool())
        .await
        .expect("counted");
    assert_eq!(rows, 2);
}

#[actix_web::test]
async fn a_link_ends_with_its_hour_with_a_newer_one_and_with_its_account() {
    let app = App::start().await;
    let (email, admin) = ("recruiter@agency.test", app.admin().await);
    app.recruiter().await;
    let ask = async || {
        forgot(&app.stranger(), email).await;
        app.drain().await;
        app.link(email, "/reset/")
    };
    let first = ask().await;
    let second = ask().await;
    assert_ne!(first, second);
    assert_eq!(app.stranger().get(&first).await.status, StatusCode::CONFLICT);
    app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(app.stranger().get(&second).await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.stranger().get(&second).await.status, StatusCode::CONFLICT);
    let third = ask().await;
    let id: uuid::Uuid = sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_one(app.db.pool())
        .await
        .expect("the user");
    admin.post("/account/prove", &[("password", PASSWORD)]).await;
    admin.post(&format!("/admin/people/{id}/deactivate"), &[]).await.to();
    assert_eq!(
        app.stranger().post(&third, &[("password", ANOTHER)]).await.status,
        StatusCode::CONFLICT
    );
    // A guessed link, and a link of one kind on the page of another.
    let guessed = format!("/reset/{}", "0".repeat(32));
    assert_eq!(app.stranger().get(&guessed).await.status, StatusCode::CONFLICT);
    assert_eq!(
        app.stranger().get(&third.replace("reset", "confirm")).await.status,
        StatusCode::CONFLICT
    );
}

#[actix_web::test]
async fn two_people_with_the_same_link_are_one_too_many() {
    let app = App::start().await;
    app.recruiter().await;
    forgot(&app.stranger(), "recruiter@agency.test").await;
    app.drain().await;
    let path = app.link("recruiter@agency.test", "/reset/");
    let (one, two) = (app.stranger(), app.stranger());
    let (first, second) = futures_util::future::join(
        one.post(&path, &[("password", "the first password")]),
        two.post(&path, &[("password", "the second password")]),
    )
    .await;
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
}

#[actix_web::test]
async fn an_address_is_changed_by_its_new_owner_and_the_old_one_is_told() {
    let app = App::start().await;
    let person = app.recruiter().await;
    let wrong = person
        .post(
            "/account/email",
            &[("email", "new@agency.test"), ("address_password", "guess")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("new@agency.test"), "the address typed is still there");
    let fields = [("email", "New@agency.test"), ("address_password", PASSWORD)];
    assert_eq!(person.post("/account/email", &fields).await.to(), "/account");
    assert!(person.page("/account").await.contains("new@agency.test"));
    app.drain().await;
    let path = app.link("new@agency.test", "/confirm/");
    assert!(app.stranger().page(&path).await.contains("new@agency.test"));
    assert!(person.page("/account").await.contains("recruiter@agency.test"));
    person.post(&path, &[]).await.to();
    assert_eq!(person.post(&path, &[]).await.status, StatusCode::CONFLICT);
    app.drain().await;
    assert!(
        app.letters("recruiter@agency.test")
            .last()
            .is_some_and(|letter| letter.contains("Subject: Your address was changed"))
    );
    app.sign_in("new@agency.test").await;
    let old = [("email", "recruiter@agency.test"), ("password", PASSWORD)];
    assert_eq!(
        app.stranger().post("/login", &old).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[actix_web::test]
async fn an_address_that_is_taken_meanwhile_stays_with_whoever_has_it() {
    let app = App::start().await;
    let person = app.recruiter().await;
    let fields = [("email", "wanted@agency.test"), ("address_password", PASSWORD)];
    person.post("/account/email", &fields).await.to();
    app.drain().await;
    let path = app.link("wanted@agency.test", "/confirm/");
    app.user(Role::Recruiter, "wanted@agency.test", None).await;
    assert_eq!(person.post(&path, &[]).await.status, StatusCode::CONFLICT);
    app.sign_in("recruiter@agency.test").await;
    app.sign_in("wanted@agency.test").await;
}

#[actix_web::test]
async fn an_invited_colleague_joins_by_the_letter() {
    let app = App::start().await;
    let admin = app.admin().await;
    let fields = [("email", "rita@agency.test"), ("role", "recruiter")];
    let answer = admin.post("/admin/people/invitations", &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    app.drain().await;
    let path = app.link("rita@agency.test", "/invitations/");
    let rita = app.stranger();
    let fields = [("name", "Rita"), ("password", PASSWORD)];
    assert_eq!(rita.post(&path, &fields).await.to(), "/desk");
}

#[actix_web::test]
async fn no_row_of_the_database_opens_an_account() {
    let app = App::start().await;
    app.recruiter().await;
    forgot(&app.stranger(), "recruiter@agency.test").await;
    app.drain().await;
    let path = app.link("recruiter@agency.test", "/reset/");
    let token = path.trim_start_matches("/reset/");
    for table in [
        "outbox",
        "account_links",
        "asked_resets",
        "mail_attempts",
        "events",
        "sessions",
    ] {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select row_to_json(t)::text from {table} t"
        )))
        .fetch_all(app.db.pool())
        .await
        .expect("the rows");
        for row in rows {
            let text: String = row.get(0);
            assert!(!text.contains(token), "{table}: {text}");
        }
    }
    // The account's own list of letters shows the letter without the working link.
    let person = app.sign_in("recruiter@agency.test").await;
    let list = person.page("/outbox").await;
    let href = list
        .split("href=\"/outbox/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a letter");
    let letter = person.page(&format!("/outbox/{href}")).await;
    assert!(
        letter.contains("somebody asked for a new password") && !letter.contains(token),
        "{letter}"
    );
    let other = app.person(Role::Recruiter, "other@agency.test", None).await;
    assert_eq!(
        other.get(&format!("/outbox/{href}")).await.status,
        StatusCode::NOT_FOUND
    );
}
