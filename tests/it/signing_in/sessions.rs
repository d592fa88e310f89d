//! The own sessions, their ends, and the proof before grave acts.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::accounts::Role;
use meridian::accounts::second_factor::Codes;

use super::{ANA, Phone, seconds};
use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn money_roles_and_the_way_in_ask_for_a_fresh_proof() {
    let app = App::start().await;
    let admin = app.admin().await;
    let id = app.user(Role::Recruiter, ANA, None).await;
    let acts = [
        "/admin/rates".to_owned(),
        "/admin/markups".to_owned(),
        "/admin/people/invitations".to_owned(),
        "/admin/settings/second-factor".to_owned(),
        "/account/second-factor/begin".to_owned(),
        format!("/admin/people/{id}/role"),
        format!("/admin/people/{id}/deactivate"),
        format!("/admin/people/{id}/second-factor/off"),
    ];
    app.clock.advance(TimeDelta::minutes(31));
    for path in &acts {
        let answer = admin.post(path, &[("role", "admin")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.has("href=\"/account/prove\""), "{path}");
    }
    let role: String = sqlx::query_scalar("select role from users where id = $1")
        .bind(id.0)
        .fetch_one(app.db.pool())
        .await
        .expect("the user");
    assert_eq!(role, "recruiter");
    for _ in 0..10 {
        let wrong = admin.post("/account/prove", &[("password", "wrong guess")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("password", PASSWORD), ("next", "/admin/people")];
    seconds(&admin.post("/account/prove", &right).await);
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(admin.post("/account/prove", &right).await.to(), "/admin/people");
    // The form that waited beside is sent again.
    let again = admin
        .post(&format!("/admin/people/{id}/role"), &[("role", "admin")])
        .await;
    assert_eq!(again.to(), "/admin/people");
    // Somebody with a second factor proves it by a code; the password is not asked for.
    let (phone, _) = Phone::set_up(&app, &admin).await;
    app.clock.advance(TimeDelta::minutes(40));
    let by_password = admin.post("/account/prove", &right).await;
    assert_eq!(by_password.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = phone.code(app.clock.now());
    let by_code = admin
        .post("/account/prove", &[("code", &code), ("next", "//evil.example")])
        .await;
    assert_eq!(by_code.status, StatusCode::OK);
    assert!(by_code.has("Thank you") && !by_code.has("evil"));
}

#[actix_web::test]
async fn somebody_sees_and_ends_the_own_sessions_and_nobody_elses() {
    let app = App::start().await;
    let here = app.recruiter().await;
    let there = app.sign_in(ANA).await;
    let admin = app.admin().await;
    let page = here.page("/account/sessions").await;
    let ends: Vec<&str> = page
        .match_indices("/end\"")
        .map(|(at, _)| &page[at - 36..at])
        .filter(|id| id.parse::<uuid::Uuid>().is_ok())
        .collect();
    assert_eq!(ends.len(), 1, "one other browser: {page}");
    let path = format!("/account/sessions/{}/end", ends[0]);
    assert_eq!(admin.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    there.page("/desk").await;
    assert_eq!(here.post(&path, &[]).await.to(), "/account/sessions");
    assert_eq!(there.get("/desk").await.to(), "/login?next=%2Fdesk");
    assert_eq!(here.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    let third = app.sign_in(ANA).await;
    assert_eq!(here.post("/account/sessions/end-all", &[]).await.to(), "/login");
    for person in [&here, &third] {
        assert_eq!(person.get("/desk").await.to(), "/login?next=%2Fdesk");
    }
    admin.page("/desk").await;
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_month_in_any_case() {
    let app = App::start().await;
    let (idle, busy) = (app.recruiter().await, app.sign_in(ANA).await);
    for _ in 0..29 {
        app.clock.advance(TimeDelta::days(1));
        busy.page("/desk").await;
    }
    assert_eq!(idle.get("/desk").await.to(), "/login?next=%2Fdesk");
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(busy.get("/desk").await.to(), "/login?next=%2Fdesk");
    // Nothing is kept of it for ever.
    app.clock.advance(TimeDelta::days(31));
    app.drain().await;
    let left: i64 = sqlx::query_scalar("select count(*) from sign_ins")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn the_database_refuses_what_the_app_would_not_do() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    Phone::set_up(&app, &ana).await;
    let refused = async |statement: &str| {
        let error = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(app.db.pool())
            .await
            .expect_err(statement);
        meridian::db::constraint_of(&error).unwrap_or_default().to_owned()
    };
    assert_eq!(
        refused("update second_factors set last_step = last_step - 1").await,
        "second_factors_code_once"
    );
    sqlx::query("update recovery_codes set used_at = '2026-11-23'")
        .execute(app.db.pool())
        .await
        .expect("used");
    assert_eq!(
        refused("update recovery_codes set used_at = null").await,
        "recovery_codes_used_once"
    );
    assert_eq!(
        refused(
            "insert into settings (name, value, changed_at) values ('staff_second_factor', '\"yes\"', '2026-11-23')"
        )
        .await,
        "settings_staff_second_factor"
    );
    assert_eq!(
        refused("insert into settings (name, value, changed_at) values ('other', 'true', '2026-11-23')").await,
        "settings_known"
    );
    // The secret is nowhere in the database: only what it is made from.
    let salt: uuid::Uuid = sqlx::query_scalar("select salt from second_factors")
        .fetch_one(app.db.pool())
        .await
        .expect("a salt");
    let foreign = meridian::tokens::Tokens::new(b"the secret of another installation");
    let now = app.clock.now();
    assert_ne!(
        Codes::new(&app.parts.tokens, salt).key(),
        Codes::new(&foreign, salt).key()
    );
    assert!(Codes::new(&app.parts.tokens, salt).step("000000", now).is_none());
}
