//! A stranger's half-filled form.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;

use super::{count, refused};
use crate::requests::app;
use crate::support::app::{App, PASSWORD, Person};
use crate::support::clients::{account, brief, brief_with, client};

const ROWS: &str = "select count(*) from start_drafts";

/// What somebody has typed who cannot say yet what the system does.
fn half() -> Vec<(&'static str, &'static str)> {
    let mut fields = brief_with(&[("system", ""), ("title", "Quote engine")]);
    fields.extend(account("Halyard & Sons", "clara@halyard.test"));
    fields
}

async fn send(person: &Person, act: &'static str) -> StatusCode {
    let mut fields = half();
    fields.push(("act", act));
    person.post("/start", &fields).await.status
}

fn token(person: &Person) -> String {
    let cookies = person.cookies();
    let found = cookies.iter().find(|(name, _)| name == "meridian_draft");
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

async fn stored(app: &App) -> String {
    sqlx::query_scalar("select form::text from start_drafts")
        .fetch_one(app.db.pool())
        .await
        .expect("one form")
}

#[actix_web::test]
async fn a_form_with_gaps_is_found_again_by_the_same_browser_only() {
    let app = app().await;
    let person = app.stranger();
    assert_eq!(send(&person, "").await, StatusCode::UNPROCESSABLE_ENTITY);
    let page = person.page("/start").await;
    for kept in [
        "value=\"Quote engine\"",
        "value=\"Halyard &#38; Sons\"",
        "value=\"clara@halyard.test\"",
        "4,000 open connections",
        "value=\"actix web\"",
        "Kept from 23 Nov 2026, until 23 Dec 2026",
    ] {
        assert!(page.contains(kept), "{kept} is lost:\n{page}");
    }
    assert!(
        !page.contains("Not saved yet"),
        "no error before anything is sent again"
    );
    let form = stored(&app).await;
    assert!(!form.contains(PASSWORD) && !form.contains("password"), "{form}");

    assert!(!app.stranger().page("/start").await.contains("value=\"Quote engine\""));
    for guess in [
        "0".repeat(32),
        token(&person).to_uppercase() + "0",
        "' or true --".to_owned(),
    ] {
        let cookie = format!("meridian_draft={guess}");
        let headers = [("cookie", cookie.as_str())];
        let answer = app.stranger().send(Method::GET, "/start", &headers, Vec::new()).await;
        assert!(
            answer.status == StatusCode::OK && !answer.has("value=\"Quote engine\""),
            "{guess}"
        );
    }
    let raw = count(
        &app,
        "select count(*) from start_drafts where position('Quote' in encode(token_hash, 'escape')) > 0 or length(token_hash) <> 32",
    );
    assert_eq!(raw.await, 0);
    let own: i64 = sqlx::query_scalar("select count(*) from start_drafts where token_hash = convert_to($1, 'UTF8')")
        .bind(token(&person))
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(own, 0, "the table holds the hash of the token, not the token");
}

#[actix_web::test]
async fn keeping_for_later_asks_for_nothing_and_the_cookie_is_for_the_form_alone() {
    let app = app().await;
    let person = app.stranger();
    let answer = person
        .post(
            "/start",
            &[("title", "Only a name"), ("password", PASSWORD), ("act", "keep")],
        )
        .await;
    assert_eq!(answer.to(), "/start");
    let cookie = answer.headers.get("set-cookie").expect("a cookie");
    for part in [
        "meridian_draft=",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/start",
        "Max-Age=2592000",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let again = person.get("/start").await;
    assert!(again.has("value=\"Only a name\"") && !again.has(PASSWORD));
    assert_eq!(again.headers.get("cache-control").map(String::as_str), Some("no-store"));

    let nothing = app.stranger().post("/start", &[("act", "keep")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.has("There is nothing to keep yet"));
    assert_eq!(count(&app, ROWS).await, 1);
}

#[actix_web::test]
async fn it_is_kept_while_it_is_typed_once_for_each_browser() {
    let app = app().await;
    let person = app.stranger();
    let typing = |title: &'static str| vec![("title", title), ("password", PASSWORD)];
    let script = [("hx-request", "true")];
    let said = person.post_with("/start/draft", &typing("Quo"), &script).await;
    assert!(said.status == StatusCode::OK && said.has("Kept for this browser until 23 Dec 2026"));
    person.post_with("/start/draft", &typing("Quote engine"), &script).await;
    // A browser without script comes back to the form.
    assert_eq!(
        person.post("/start/draft", &typing("Quote engines")).await.to(),
        "/start"
    );
    assert_eq!(count(&app, ROWS).await, 1, "a browser has one");
    assert!(person.page("/start").await.contains("value=\"Quote engines\""));
    let (client, _) = client(&app, "Halyard", "a@halyard.test").await;
    client.post_with("/start/draft", &typing("Other"), &script).await;
    assert_eq!(count(&app, ROWS).await, 1, "a client has drafts with the account");
}

#[actix_web::test]
async fn after_thirty_days_it_is_gone_whether_or_not_anybody_swept() {
    let app = app().await;
    let person = app.stranger();
    send(&person, "check").await;
    app.clock.advance(TimeDelta::days(20));
    send(&person, "keep").await;
    app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert!(
        person.page("/start").await.contains("value=\"Quote engine\""),
        "counted from the last touch"
    );
    app.drain().await;
    assert_eq!(count(&app, ROWS).await, 1);
    app.clock.advance(TimeDelta::seconds(1));
    assert!(
        !person.page("/start").await.contains("value=\"Quote engine\""),
        "over, and still in the table"
    );
    assert_eq!(count(&app, ROWS).await, 1);
    app.drain().await;
    assert_eq!(count(&app, ROWS).await, 0);
    // The old token is not taken up again.
    let old = token(&person);
    send(&person, "keep").await;
    assert_ne!(token(&person), old);
}

#[actix_web::test]
async fn handing_in_or_starting_afresh_leaves_nothing() {
    let app = app().await;
    let person = app.stranger();
    send(&person, "check").await;
    let mut whole = brief();
    whole.extend(account("Halyard", "clara@halyard.test"));
    person.post("/start", &whole).await.to();
    assert_eq!(token(&person), "");
    assert_eq!(count(&app, ROWS).await, 0);

    let (one, other) = (app.stranger(), app.stranger());
    send(&one, "keep").await;
    send(&other, "keep").await;
    assert_eq!(one.post("/start/afresh", &[]).await.to(), "/start");
    assert!(!one.page("/start").await.contains("value=\"Quote engine\""));
    assert!(
        other.page("/start").await.contains("value=\"Quote engine\""),
        "theirs alone"
    );
}

#[actix_web::test]
async fn a_form_that_is_too_large_or_one_too_many_comes_back_filled_in() {
    let app = app().await;
    let long = "é".repeat(40_000);
    let fields = [("title", "Long one"), ("system", long.as_str()), ("act", "keep")];
    let answer = app.stranger().post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("too long to be kept") && answer.has("value=\"Long one\"") && answer.has("id=\"f-keep\""));
    assert_eq!(count(&app, ROWS).await, 0);
    let first = app.stranger();
    send(&first, "keep").await;
    for _ in 1..30 {
        assert_eq!(send(&app.stranger(), "keep").await, StatusCode::SEE_OTHER);
    }
    let late = app.stranger();
    assert_eq!(send(&late, "keep").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(token(&late), "");
    assert_eq!(
        send(&late, "check").await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the form itself still answers"
    );
    assert_eq!(
        send(&first, "keep").await,
        StatusCode::SEE_OTHER,
        "one that is there is written over"
    );
    assert_eq!(count(&app, ROWS).await, 30);
}

#[actix_web::test]
async fn the_table_itself_takes_no_password_and_nothing_large_or_lasting() {
    let app = app().await;
    send(&app.stranger(), "keep").await;
    for (change, rule) in [
        (
            "form = form || '{\"password\": \"x\"}'",
            "start_drafts_without_password",
        ),
        ("form = '[]'", "start_drafts_form_is_object"),
        (
            "form = jsonb_build_object('title', repeat('x', 66000))",
            "start_drafts_bounded",
        ),
        (
            "expires_at = updated_at + interval '31 days'",
            "start_drafts_thirty_days",
        ),
        ("token_hash = ''", "start_drafts_token_is_hash"),
    ] {
        assert_eq!(
            refused(&app, &format!("update start_drafts set {change}")).await,
            rule,
            "{change}"
        );
    }
    let twin = "insert into start_drafts select gen_random_uuid(), token_hash, form, created_at, updated_at, expires_at from start_drafts";
    assert_eq!(refused(&app, twin).await, "start_drafts_token_once");
}
