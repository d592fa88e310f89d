//! Passwords, their fields, and the cookies that stand for them.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::accounts::Role;

use super::{ANA, seed_track};
use crate::support::app::{App, PASSWORD, Person};

async fn change(person: &Person, from: &str, to: &str) -> StatusCode {
    let fields = [("current", from), ("password", to)];
    person.post("/account/password", &fields).await.status
}

#[actix_web::test]
async fn a_new_password_is_long_enough_and_no_common_one() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    for refused in [
        "seven77",
        "password",
        "Password1",
        "1234567890",
        "qwertyuiop",
        "recruiter",
        "recruiter@agency.test",
        "meridian",
        "aaaaaaaaaaaaaaa",
    ] {
        let answer = ana
            .post("/account/password", &[("current", PASSWORD), ("password", refused)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert!(
            answer.has("id=\"e-password\""),
            "the reason stands beside the field: {refused}"
        );
        let own = refused.starts_with("recruiter");
        assert!(
            own || !answer.has(&format!("value=\"{refused}\"")),
            "{refused} comes back"
        );
    }
    // The same rule wherever one is chosen.
    let page = app
        .stranger()
        .post(
            "/apply",
            &[
                ("name", "Carla Ruiz"),
                ("email", "carla@dev.test"),
                ("password", "carla ruiz"),
                ("consent", "yes"),
            ],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("first passwords that somebody would try"));
}

#[actix_web::test]
async fn a_password_counts_to_its_last_character() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let long = format!(" {}é✓ Ω", "long words ".repeat(20));
    assert_eq!(change(&ana, PASSWORD, &long).await, StatusCode::SEE_OTHER);
    // It runs out never, and nothing of it is cut off, folded or trimmed.
    app.clock.advance(TimeDelta::days(700));
    let all_but_one: String = long.chars().take(long.chars().count() - 1).collect();
    for almost in [all_but_one, long.to_uppercase(), long.trim().to_owned()] {
        let answer = app
            .stranger()
            .post("/login", &[("email", ANA), ("password", &almost)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{almost}");
    }
    let right = app
        .stranger()
        .post("/login", &[("email", ANA), ("password", &long)])
        .await;
    assert_eq!(right.to(), "/desk");
}

#[actix_web::test]
async fn a_password_field_is_masked_and_open_to_managers() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    seed_track(&app).await;
    let pages = [
        (app.stranger(), "/login"),
        (app.stranger(), "/apply"),
        (app.stranger(), "/start"),
        (ana, "/account"),
    ];
    for (person, path) in pages {
        let page = person.page(path).await;
        let fields: Vec<&str> = page
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
            .filter(|tag| tag.contains("password"))
            .collect();
        assert!(!fields.is_empty(), "{path}");
        for tag in fields {
            assert!(tag.contains("type=\"password\""), "{path}: {tag}");
            let named =
                tag.contains("autocomplete=\"current-password\"") || tag.contains("autocomplete=\"new-password\"");
            assert!(
                named && !tag.contains("value=") && !tag.contains("onpaste"),
                "{path}: {tag}"
            );
        }
    }
}

#[actix_web::test]
async fn cookies_are_kept_from_scripts_and_other_sites() {
    let app = App::start().await;
    app.user(Role::Recruiter, ANA, None).await;
    let answer = app
        .stranger()
        .post("/login", &[("email", ANA), ("password", PASSWORD)])
        .await;
    let cookies = &answer.set_cookies;
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        let value = cookie.split(['=', ';']).nth(1).unwrap_or_default();
        assert!(value.len() >= 64, "at least 128 random bits: {cookie}");
    }
}

#[actix_web::test]
async fn a_key_kept_from_before_signing_out_is_worth_nothing() {
    let app = App::start().await;
    let ana = app.recruiter().await;
    let kept = ana.clone();
    kept.page("/desk").await;
    ana.post("/logout", &[]).await.to();
    assert_eq!(kept.get("/desk").await.to(), "/login?next=%2Fdesk");
}

#[actix_web::test]
async fn signing_out_stands_on_every_home() {
    let app = App::start().await;
    for (person, home) in [(app.recruiter().await, "/desk"), (app.admin().await, "/admin")] {
        for path in [
            home,
            "/account",
            "/account/sessions",
            "/account/second-factor",
            "/outbox",
        ] {
            assert!(person.page(path).await.contains("action=\"/logout\""), "{path}");
        }
    }
}
