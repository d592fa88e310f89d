//! Signing in and out, the own account, invitations.

use actix_web::http::{Method, StatusCode};
use meridian::accounts::{Role, actions};
use meridian::events::Actor;

use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn each_role_is_sent_to_a_home_that_answers() {
    let app = App::start().await;
    app.user(Role::Recruiter, "ana@agency.test", None).await;
    let ana = app.stranger();
    let answer = ana
        .post("/login", &[("email", " Ana@Agency.test"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.to(), "/desk");
    ana.page("/desk").await;
    assert_eq!(ana.post("/logout", &[]).await.to(), "/");
    assert_eq!(ana.get("/desk").await.to(), "/login?next=%2Fdesk");
}

#[actix_web::test]
async fn a_wrong_password_keeps_the_address_and_says_no_more() {
    let app = App::start().await;
    app.user(Role::Recruiter, "ana@agency.test", None).await;
    let stranger = app.stranger();
    for email in ["ana@agency.test", "nobody@agency.test"] {
        let answer = stranger
            .post("/login", &[("email", email), ("password", "wrong")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.has(email) && answer.has("do not belong together"));
        assert!(!answer.has("wrong"));
    }
}

#[actix_web::test]
async fn a_session_key_planted_before_the_login_is_worth_nothing() {
    let app = App::start().await;
    app.user(Role::Recruiter, "ana@agency.test", None).await;
    let ana = app.sign_in("ana@agency.test").await;
    let before = ana.cookies();
    ana.post("/login", &[("email", "ana@agency.test"), ("password", PASSWORD)])
        .await;
    assert_ne!(before, ana.cookies());
}

#[actix_web::test]
async fn another_site_cannot_post() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("origin", "https://evil.example")],
        vec![],
    ] {
        let answer = ana
            .send(Method::POST, "/account/sessions/end", &headers, Vec::new())
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
}

#[actix_web::test]
async fn changing_the_password_ends_every_other_session() {
    let app = App::start().await;
    let here = app.recruiter().await;
    let there = app.sign_in("recruiter@agency.test").await;
    let wrong = here
        .post(
            "/account/password",
            &[("current", "nonsense"), ("password", "another long one")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = here
        .post(
            "/account/password",
            &[("current", PASSWORD), ("password", "another long one")],
        )
        .await;
    assert_eq!(right.to(), "/account");
    here.page("/account").await;
    assert_eq!(there.get("/account").await.to(), "/login?next=%2Faccount");
}

#[actix_web::test]
async fn an_invitation_works_once_and_opening_it_changes_nothing() {
    let app = App::start().await;
    let mut tx = app.db.begin().await.expect("a transaction");
    let by = Actor::operator();
    let token = actions::invite(&mut tx, &by, app.clock.now(), Role::Admin, "Owner@Agency.test")
        .await
        .expect("invited");
    tx.commit().await.expect("committed");
    let path = format!("/invitations/{token}");
    let owner = app.stranger();
    assert!(owner.page(&path).await.contains("owner@agency.test"));
    owner.page(&path).await;
    let short = owner
        .post(&path, &[("name", "Olga Owner"), ("password", "short")])
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.has("Olga Owner"));
    assert_eq!(
        owner
            .post(&path, &[("name", "Olga Owner"), ("password", PASSWORD)])
            .await
            .to(),
        "/admin"
    );
    assert_eq!(owner.get(&path).await.status, StatusCode::CONFLICT);
    let twice = app
        .stranger()
        .post(&path, &[("name", "Mallory"), ("password", PASSWORD)])
        .await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn an_invitation_ends_after_a_week() {
    let app = App::start().await;
    let mut tx = app.db.begin().await.expect("a transaction");
    let by = Actor::operator();
    let token = actions::invite(&mut tx, &by, app.clock.now(), Role::Recruiter, "late@agency.test")
        .await
        .expect("invited");
    tx.commit().await.expect("committed");
    app.clock.advance(chrono::TimeDelta::days(7));
    assert_eq!(
        app.stranger().get(&format!("/invitations/{token}")).await.status,
        StatusCode::CONFLICT
    );
}

#[actix_web::test]
async fn the_log_of_events_only_grows() {
    let app = App::start().await;
    app.recruiter().await;
    for statement in ["update events set kind = 'x'", "delete from events", "truncate events"] {
        let error = sqlx::query(statement)
            .execute(app.db.pool())
            .await
            .expect_err("refused");
        assert_eq!(
            meridian::db::constraint_of(&error),
            Some("events_only_grows"),
            "{statement}"
        );
    }
}
