//! The privacy notice and the terms: versions, and who accepted them.

use actix_web::http::StatusCode;
use meridian::accounts::Role;
use meridian::accounts::documents::Document;
use sqlx::AssertSqlSafe;

use super::{count, refused};
use crate::requests::app;
use crate::support::app::{App, PASSWORD};
use crate::support::clients::{brief, client};

/// What each address accepted: text, version, instant, network.
async fn accepted(app: &App, email: &str) -> Vec<(String, i32, String, Option<String>)> {
    sqlx::query_as(
        "select a.document, a.version, a.accepted_at::text, a.network from acceptances a join users u on u.id = a.user_id
         where u.email = $1 order by a.version, a.document",
    )
    .bind(email)
    .fetch_all(app.db.pool())
    .await
    .expect("acceptances")
}

async fn publish(app: &App, document: &str) {
    let sql = format!("select publish_document('{document}', 2, '2026-11-22', E'Newer words.\n\n# A part\nMore.')");
    sqlx::query(AssertSqlSafe(sql))
        .execute(app.db.pool())
        .await
        .expect("published");
}

#[actix_web::test]
async fn handing_in_and_applying_accept_what_is_in_force() {
    let app = app().await;
    let form = app.stranger().page("/start").await;
    assert!(form.contains("you accept the <a href=\"/privacy\">") && form.contains("<a href=\"/terms\">"));
    client(&app, "Halyard", "clara@halyard.test").await;
    let told = accepted(&app, "clara@halyard.test").await;
    assert_eq!(told.len(), 2, "{told:?}");
    for (line, document) in told.iter().zip(["privacy", "terms"]) {
        assert_eq!((line.0.as_str(), line.1), (document, 1));
        assert!(line.2.starts_with("2026-11-23 15:00:00"), "{line:?}");
        assert_eq!(line.3.as_deref(), Some("127.0.0.1"));
    }
    let person = app.stranger();
    let mut fields = vec![("name", "Ana"), ("email", "ana@dev.test"), ("password", PASSWORD)];
    let without = person.post("/apply", &fields).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.has("href=\"#f-consent\"") && without.has("value=\"ana@dev.test\""));
    fields.push(("consent", "1"));
    person.post("/apply", &fields).await.to();
    assert_eq!(accepted(&app, "ana@dev.test").await.len(), 2);
    let account = person.page("/account").await;
    assert!(account.contains("Privacy notice, version 1") && account.contains("accepted on 23 Nov 2026"));
    let noted = "select count(*) from events where kind = 'user.accepted_document'";
    assert_eq!(count(&app, noted).await, 4);
    // A refused registration accepts nothing.
    let mut again = brief();
    again.extend([
        ("organization", "Another"),
        ("name", "Ana"),
        ("email", "ana@dev.test"),
        ("password", PASSWORD),
    ]);
    assert_eq!(
        app.stranger().post("/start", &again).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(count(&app, "select count(*) from acceptances").await, 4);
}

#[actix_web::test]
async fn a_newer_version_is_told_at_home_and_accepted_as_it_was_looked_at() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "clara@halyard.test").await;
    let news = "have a version that you have not accepted yet";
    assert!(!person.page("/client").await.contains(news));
    publish(&app, "terms").await;
    assert!(person.page("/client").await.contains(news));
    let stale = person.post("/account/documents", &[("terms", "1")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "the version that was not looked at");
    assert_eq!(
        person.post("/account/documents", &[]).await.status,
        StatusCode::CONFLICT
    );
    let page = person.page("/account/documents").await;
    assert!(
        page.contains("Terms, version 2") && page.contains("name=\"terms\" value=\"2\""),
        "{page}"
    );
    person.post("/account/documents", &[("terms", "2")]).await.to();
    person.post("/account/documents", &[("terms", "2")]).await.to();
    let told = accepted(&app, "clara@halyard.test").await;
    assert_eq!(told.iter().map(|line| line.1).collect::<Vec<_>>(), [1, 1, 2]);
    assert!(!person.page("/client").await.contains(news));

    // Both texts stay readable, by anybody.
    let stranger = app.stranger();
    let newest = stranger.page("/terms").await;
    assert!(newest.contains("Newer words.") && newest.contains("<h2>A part</h2>") && newest.contains("In force"));
    let older = stranger.page("/terms/1").await;
    assert!(older.contains("An earlier version") && older.contains("What binds and what does not"));
    assert_eq!(stranger.get("/terms/3").await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get("/privacy/x").await.status, StatusCode::NOT_FOUND);
    assert!(stranger.page("/privacy").await.contains(Document::Privacy.title()));
}

#[actix_web::test]
async fn an_invented_or_rewritten_acceptance_is_refused_by_the_table() {
    let app = app().await;
    client(&app, "Halyard", "clara@halyard.test").await;
    app.user(Role::Recruiter, "r@agency.test", None).await;
    let insert = |version: &str, hash: &str| {
        format!(
            "insert into acceptances (id, user_id, document, version, text_hash, accepted_at)
             select gen_random_uuid(), u.id, 'terms', {version}, {hash}, u.created_at from users u where u.email = 'r@agency.test'"
        )
    };
    let text = "(select text_hash from documents where kind = 'terms')";
    for (sql, rule) in [
        (insert("2", text), "acceptances_of_a_published_text"),
        (insert("1", "sha256('other words')"), "acceptances_of_a_published_text"),
        (
            "insert into acceptances select gen_random_uuid(), user_id, document, version, text_hash, accepted_at, network from acceptances"
                .to_owned(),
            "acceptances_once",
        ),
        ("update acceptances set version = version".to_owned(), "acceptances_only_grows"),
        ("delete from acceptances".to_owned(), "acceptances_only_grows"),
        ("truncate acceptances".to_owned(), "acceptances_only_grows"),
        ("update documents set body = 'x'".to_owned(), "documents_only_grows"),
        (
            "insert into documents (kind, version, dated, body, text_hash) values ('terms', 2, '2027-01-01', 'x', sha256('y'))".to_owned(),
            "documents_hash_of_body",
        ),
    ] {
        assert_eq!(refused(&app, &sql).await, rule, "{sql}");
    }
}
