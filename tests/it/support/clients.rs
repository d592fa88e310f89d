//! Clients and their requests, made the way people make them: through /start.

use actix_web::http::StatusCode;
use meridian::events::Actor;
use meridian::tracks::seed;

use super::app::{App, PASSWORD, Person};

/// The shipped taxonomy and track.
pub async fn seed(app: &App) {
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), app.clock.now())
        .await
        .expect("seeded");
    tx.commit().await.expect("committed");
}

/// A whole request without an account part, as the form sends it: one senior and two mid-level people.
pub fn brief() -> Vec<(&'static str, &'static str)> {
    vec![
        ("title", "Ledger services"),
        ("system", "Books every payment.\r\nTwo services, one queue."),
        ("performance_targets", "p99 under 20 ms at 3,000 requests a second"),
        ("concurrency", "4,000 open connections"),
        ("infrastructure", "Kubernetes, PostgreSQL"),
        ("team_structure", "Three Rust developers, one lead"),
        ("why_technology", "Tail latency costs us money"),
        ("must_skill", "Rust"),
        ("must_level", "4"),
        ("must_skill", "actix web"),
        ("must_level", "3"),
        ("must_skill", ""),
        ("must_level", "3"),
        ("nice_skill", "docker"),
        ("nice_weight", "2"),
        ("seniors", "1"),
        ("senior_budget", "8,500"),
        ("mids", "2"),
        ("mid_budget", ""),
        ("juniors", ""),
        ("junior_budget", ""),
        ("currency", "USD"),
        ("period", "month"),
        ("zone", "new york"),
        ("work_start", "09:00"),
        ("work_end", "17:30"),
        ("days", "mon"),
        ("days", "tue"),
        ("days", "wed"),
        ("days", "thu"),
        ("days", "fri"),
        ("overlap", "4.5"),
        ("speaking", "4"),
        ("writing", "4"),
        ("start_on", "2026-12-07"),
        ("length_months", "12"),
    ]
}

/// [`brief`] with other values for some fields.
pub fn brief_with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut fields: Vec<_> = brief()
        .into_iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .collect();
    fields.extend_from_slice(changes);
    fields
}

/// The account part of /start.
pub fn account(company: &'static str, email: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("organization", company),
        ("name", "Clara Client"),
        ("email", email),
        ("password", PASSWORD),
    ]
}

/// Registers a client with its first request; the person, signed in, and the request's path.
pub async fn client(app: &App, company: &'static str, email: &'static str) -> (Person, String) {
    let person = app.stranger();
    let mut fields = brief();
    fields.extend(account(company, email));
    let answer = person.post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let path = answer.to().to_owned();
    (person, path)
}

/// The version that the page's forms carry.
pub async fn version(person: &Person, path: &str) -> String {
    let edit = person.get(&format!("{path}/edit")).await;
    let page = if edit.status == StatusCode::OK {
        edit.text()
    } else {
        person.page(path).await
    };
    let at = page.find("name=\"version\" value=\"").expect("a form with a version") + 22;
    page[at..].chars().take_while(char::is_ascii_digit).collect()
}
