//! The intake: what a form brings in, what it refuses, what it says.

use actix_web::http::StatusCode;

use super::app;
use crate::support::clients::{account, brief, brief_with, client};

#[actix_web::test]
async fn a_stranger_becomes_a_client_with_the_first_request() {
    let app = app().await;
    let empty = app.stranger().page("/start").await;
    assert!(
        empty.contains("value=\"Rust\"") && empty.contains("value=\"actix-web\""),
        "starts from the track's template"
    );
    assert!(empty.contains("<option value=\"Sao Paulo (UTC-3)\">"));
    assert!(empty.len() < 60_000, "{} bytes", empty.len());
    let (person, path) = client(&app, "Halyard Payments", "Clara@Halyard.test").await;
    let page = person.page(&path).await;
    for said in [
        "Ledger services",
        "Submitted, waiting on the agency",
        "We have your request",
        "p99 under 20 ms",
        "New York (UTC-5/-4)",
        "09:00\u{2013}17:30, Mon-Fri",
        "at least 4 h 30 min",
        "B2, spoken and written",
        "up to $8,500 / month",
        "0 of 3 filled",
        "12 months",
    ] {
        assert!(page.contains(said), "{said} is missing:\n{page}");
    }
    assert!(!page.contains("Perhaps do not hire"));
    // The account works from the login too, and the home lists the request.
    let again = app.sign_in("clara@halyard.test").await;
    assert!(again.page("/client").await.contains(&path));
    assert!(again.page("/requests").await.contains(&path));
    let events: Vec<String> = sqlx::query_scalar(
        "select kind from events where kind not like 'user.signed%' and kind <> 'skills.seeded' order by id",
    )
    .fetch_all(app.db.pool())
    .await
    .unwrap();
    let ours: Vec<&str> = events
        .iter()
        .map(String::as_str)
        .filter(|kind| kind.starts_with("organization") || kind.starts_with("user") || kind.starts_with("role"))
        .collect();
    assert_eq!(
        ours,
        [
            "organization.founded",
            "user.registered",
            "role_request.submitted",
            "user.accepted_document",
            "user.accepted_document"
        ]
    );
}

#[actix_web::test]
async fn a_form_with_errors_comes_back_filled_in_and_nothing_is_made() {
    let app = app().await;
    let wrong = brief_with(&[
        ("title", " "),
        ("zone", "Gotham"),
        ("overlap", "25"),
        ("start_on", "2020-01-01"),
        ("senior_budget", "-5"),
        ("must_skill", "Postgress & <friends>"),
        ("must_level", "3"),
        ("length_months", "soon"),
    ]);
    let mut fields = wrong;
    fields.extend([
        ("organization", "Halyard"),
        ("name", "Clara"),
        ("email", "not an address"),
        ("password", "short"),
    ]);
    let answer = app.stranger().post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text();
    for kept in [
        "Books every payment.",
        "value=\"Gotham\"",
        "value=\"25\"",
        "value=\"Halyard\"",
        "value=\"not an address\"",
        "4,000 open connections",
        "Postgress &#38; &#60;friends&#62;",
    ] {
        assert!(page.contains(kept), "{kept} is lost");
    }
    for field in [
        "title",
        "zone",
        "overlap",
        "senior_budget",
        "must_skill",
        "length_months",
        "email",
        "password",
    ] {
        assert!(
            page.contains(&format!("href=\"#f-{field}\"")),
            "the summary does not name {field}"
        );
        assert!(page.contains(&format!("id=\"f-{field}\"")), "{field} cannot be reached");
    }
    assert!(!page.contains("value=\"short\""), "a password is never sent back");
    let made: i64 = sqlx::query_scalar("select count(*) from organizations")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(made, 0);
}

#[actix_web::test]
async fn what_may_not_be_missing_and_what_is_taken() {
    let app = app().await;
    let bare = brief_with(&[
        ("system", ""),
        ("must_skill", ""),
        ("seniors", "0"),
        ("mids", ""),
        ("start_on", "2026-11-22"),
    ]);
    let fields: Vec<_> = bare
        .iter()
        .copied()
        .chain(account("Halyard", "a@halyard.test"))
        .collect();
    let page = app.stranger().post("/start", &fields).await.text();
    for field in ["system", "must_skill", "seniors", "start_on"] {
        assert!(page.contains(&format!("href=\"#f-{field}\"")), "{field}");
    }
    client(&app, "Halyard", "a@halyard.test").await;
    let again: Vec<_> = brief()
        .into_iter()
        .chain(account("HALYARD", "b@halyard.test"))
        .collect();
    let answer = app.stranger().post("/start", &again).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("There is a client of this name"));
    let taken: Vec<_> = brief()
        .into_iter()
        .chain(account("Another", "A@halyard.test"))
        .collect();
    let answer = app.stranger().post("/start", &taken).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("There is an account with this address"));
    let organizations: i64 = sqlx::query_scalar("select count(*) from organizations")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(organizations, 1, "a refused registration leaves no company behind");
}

#[actix_web::test]
async fn more_lines_come_without_javascript_and_lose_nothing() {
    let app = app().await;
    let mut fields = brief();
    fields.push(("act", "more"));
    let answer = app.stranger().post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = answer.text();
    assert_eq!(page.matches("name=\"must_skill\"").count(), 2 + 6);
    assert!(page.contains("value=\"actix web\"") && page.contains("value=\"8,500\""));
    assert!(!page.contains("Not saved yet"));
}

#[actix_web::test]
async fn skills_are_found_by_alias_and_a_near_miss_is_named() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    let aliases = brief_with(&[
        ("must_skill", "rustlang"),
        ("must_level", "3"),
        ("must_skill", "psql"),
        ("must_level", "2"),
    ]);
    let answer = person.post("/start", &aliases).await;
    let page = person.page(answer.to()).await;
    assert!(page.contains(">Rust <") && page.contains(">PostgreSQL <"), "{page}");
    let twice = brief_with(&[
        ("must_skill", "Rust"),
        ("must_skill", "rustlang"),
        ("must_level", "3"),
        ("must_level", "3"),
    ]);
    assert!(person.post("/start", &twice).await.has("Rust stands here twice."));
    let both = brief_with(&[("nice_skill", "rust"), ("nice_weight", "3")]);
    assert!(
        person
            .post("/start", &both)
            .await
            .has("Rust is among the must-haves already.")
    );
    let near = brief_with(&[("must_skill", "Post"), ("must_level", "3")]);
    assert!(person.post("/start", &near).await.has("Do you mean PostgreSQL"));
}

#[actix_web::test]
async fn advice_stands_on_the_page_and_refuses_nothing() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    let fields = brief_with(&[
        ("signals", "prototype"),
        ("signals", "nobody_knows_rust"),
        ("length_months", "2"),
        ("seniors", "0"),
        ("mids", "2"),
    ]);
    let answer = person.post("/start", &fields).await;
    let page = person.page(answer.to()).await;
    for said in [
        "Perhaps do not hire",
        "A prototype before product-market fit",
        "Nobody in the team knows Rust",
        "very short",
        "lead the architecture",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("Submitted, waiting on the agency"));
}

#[actix_web::test]
async fn what_is_wrong_and_what_is_missing_are_said_at_once() {
    let app = app().await;
    let mut fields = brief_with(&[
        ("title", ""),
        ("system", " "),
        ("seniors", "0"),
        ("mids", ""),
        ("juniors", ""),
    ]);
    fields.extend(account("Halyard Payments", "clara@halyard.test"));
    let answer = app.stranger().post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["title", "system", "seniors"] {
        assert!(
            answer.has(&format!("href=\"#f-{field}\"")),
            "{field}: {}",
            answer.text()
        );
    }
    assert!(!answer.has("href=\"#f-must_skill\""), "skills are named");
}
