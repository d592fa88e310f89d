//! Signing in and out, the own account, invitations.

mod races;

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

/// Invites somebody to the staff, as the operator does; the path of the link.
async fn invited(app: &App, role: Role, email: &str) -> String {
    let mut tx = app.db.begin().await.expect("a transaction");
    let (now, tokens) = (app.clock.now(), &app.parts.tokens);
    let (_, token) = actions::invite(&mut tx, &Actor::operator(), now, tokens, role, email)
        .await
        .expect("invited");
    tx.commit().await.expect("committed");
    format!("/invitations/{token}")
}

#[actix_web::test]
async fn an_invitation_works_once_and_opening_it_changes_nothing() {
    let app = App::start().await;
    let path = invited(&app, Role::Admin, "Owner@Agency.test").await;
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
    let path = invited(&app, Role::Recruiter, "late@agency.test").await;
    app.clock.advance(chrono::TimeDelta::days(7));
    assert_eq!(app.stranger().get(&path).await.status, StatusCode::CONFLICT);
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

async fn id_of(app: &App, email: &str) -> uuid::Uuid {
    sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_one(app.db.pool())
        .await
        .expect("a user")
}

#[actix_web::test]
async fn an_admin_changes_roles_and_keeps_people_out_but_never_themselves() {
    let app = App::start().await;
    let owner = app.admin().await;
    let ana = app.person(Role::Recruiter, "ana@agency.test", None).await;
    let path = format!("/admin/people/{}", id_of(&app, "ana@agency.test").await);
    assert_eq!(ana.get("/admin").await.status, StatusCode::FORBIDDEN);
    owner.post(&format!("{path}/role"), &[("role", "admin")]).await.to();
    ana.page("/admin").await;
    for role in ["client", "candidate"] {
        assert_eq!(
            owner.post(&format!("{path}/role"), &[("role", role)]).await.status,
            StatusCode::CONFLICT
        );
    }
    owner.post(&format!("{path}/sign-out"), &[]).await.to();
    assert_eq!(ana.get("/desk").await.status, StatusCode::SEE_OTHER);
    owner.post(&format!("{path}/deactivate"), &[]).await.to();
    let refused = app
        .stranger()
        .post("/login", &[("email", "ana@agency.test"), ("password", PASSWORD)])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(owner.page("/admin/people").await.contains("Deactivated"));
    owner.post(&format!("{path}/reactivate"), &[]).await.to();
    app.sign_in("ana@agency.test").await;
    let own = format!("/admin/people/{}", id_of(&app, "owner@agency.test").await);
    for act in ["deactivate", "sign-out", "role"] {
        assert_eq!(
            owner
                .post(&format!("{own}/{act}"), &[("role", "recruiter")])
                .await
                .status,
            StatusCode::CONFLICT,
            "{act}"
        );
    }
    let log = owner.page("/admin/events?subject=user&kind=user.").await;
    for kind in [
        "user.role_changed",
        "user.sessions_ended",
        "user.deactivated",
        "user.reactivated",
    ] {
        assert!(log.contains(kind), "{kind}");
    }
}

#[actix_web::test]
async fn an_invitation_link_is_shown_once_works_once_and_can_be_ended() {
    let app = App::start().await;
    let owner = app.admin().await;
    let wrong = owner
        .post("/admin/people/invitations", &[("email", "not an address")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("not an address") && wrong.has("Choose what they become"));
    let mut links = Vec::new();
    for email in ["new@agency.test", "other@agency.test"] {
        let page = owner
            .post("/admin/people/invitations", &[("email", email), ("role", "recruiter")])
            .await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        let token = text
            .split("/invitations/")
            .find(|rest| rest.as_bytes().get(32) == Some(&b'<'))
            .expect("a link");
        links.push(format!("/invitations/{}", &token[..32]));
    }
    let list = owner.page("/admin/people").await;
    assert!(list.contains("new@agency.test") && !list.contains(&links[0]));
    let ended: uuid::Uuid = sqlx::query_scalar("select id from invitations where email = 'other@agency.test'")
        .fetch_one(app.db.pool())
        .await
        .expect("an id");
    owner
        .post(&format!("/admin/people/invitations/{ended}/end"), &[])
        .await
        .to();
    assert_eq!(app.stranger().get(&links[1]).await.status, StatusCode::CONFLICT);
    let fresh = app.stranger();
    assert!(fresh.page(&links[0]).await.contains("new@agency.test"));
    assert_eq!(
        fresh
            .post(&links[0], &[("name", "Nora New"), ("password", "a long new password")])
            .await
            .to(),
        "/desk"
    );
    assert_eq!(app.stranger().get(&links[0]).await.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn a_session_from_before_a_sign_out_everywhere_is_worth_nothing() {
    let app = App::start().await;
    let person = app.recruiter().await;
    person.page("/desk").await;
    // As when the sessions are ended between a password's check and its session's write: the row is there, its epoch is old.
    sqlx::query("update users set session_epoch = session_epoch + 1")
        .execute(app.db.pool())
        .await
        .unwrap();
    let answer = person.get("/desk").await;
    assert_eq!(answer.to(), "/login?next=%2Fdesk");
}

#[actix_web::test]
async fn what_somebody_was_shown_is_kept_nowhere() {
    let app = App::start().await;
    let person = app.recruiter().await;
    assert_eq!(person.get("/desk").await.headers["cache-control"], "no-store");
}
