//! Tests of organizations and their agreement.

use actix_web::http::StatusCode;
use futures_util::future::join;
use meridian::organizations::terms::Terms;

use crate::support::app::App;
use crate::support::clients::{client, seed};

async fn app() -> App {
    let app = App::start().await;
    seed(&app).await;
    app
}

#[actix_web::test]
async fn a_contact_accepts_the_promise_once_with_name_time_and_address() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    assert!(
        person
            .page("/client")
            .await
            .contains("The guarantee waits for your word")
    );
    let page = person.page("/agreement").await;
    for said in [
        "30 calendar days",
        "One free replacement. A replacement does not start the days again.",
        "5 business days",
        "New York",
        "The developer resigned; ",
        "Layoff; ",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let half = person.post("/agreement", &[("accepted_name", "Clara C. Client")]).await;
    assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(half.has("value=\"Clara C. Client\"") && half.has("href=\"#f-agreed\""));
    let fields = [("accepted_name", "Clara C. Client"), ("agreed", "yes")];
    person.post("/agreement", &fields).await.to();
    let page = person.page("/agreement").await;
    for said in [
        "Clara C. Client",
        "account of Clara Client",
        "23 November 2026, 10:00",
        "127.0.0.1",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(
        !person
            .page("/client")
            .await
            .contains("The guarantee waits for your word")
    );
    assert_eq!(person.post("/agreement", &fields).await.status, StatusCode::CONFLICT);
    let (number, terms, network): (i32, serde_json::Value, Option<String>) =
        sqlx::query_as("select number, terms, accepted_network from agreements")
            .fetch_one(app.db.pool())
            .await
            .unwrap();
    assert_eq!((number, network.as_deref()), (1, Some("127.0.0.1")));
    assert_eq!(
        serde_json::from_value::<Terms>(terms).unwrap(),
        Terms::default_promise()
    );
}

#[actix_web::test]
async fn two_simultaneous_acceptances_make_one_agreement() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    let fields = [("accepted_name", "Clara"), ("agreed", "yes")];
    let (one, other) = join(person.post("/agreement", &fields), person.post("/agreement", &fields)).await;
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
}

#[actix_web::test]
async fn an_accepted_agreement_is_never_changed() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    person
        .post("/agreement", &[("accepted_name", "Clara"), ("agreed", "yes")])
        .await
        .to();
    for sql in [
        "update agreements set accepted_name = 'Nobody'",
        "delete from agreements",
    ] {
        let error = sqlx::query(sql).execute(app.db.pool()).await.expect_err(sql);
        assert_eq!(meridian::db::constraint_of(&error), Some("agreements_only_grows"));
    }
}

#[actix_web::test]
async fn staff_find_clients_and_their_people() {
    let app = app().await;
    let recruiter = app.recruiter().await;
    assert!(recruiter.page("/organizations").await.contains("No clients yet"));
    client(&app, "Halyard 100%", "a@halyard.test").await;
    let (person, _) = client(&app, "Zenith", "z@zenith.test").await;
    let all = recruiter.page("/organizations").await;
    assert!(all.contains("Halyard 100%") && all.contains("Zenith"));
    let found = recruiter.page("/organizations?search=100%25").await;
    assert!(
        found.contains("Halyard 100%") && !found.contains("Zenith"),
        "a percent sign is a letter like any other"
    );
    let at = all.find("/organizations/0").expect("a link");
    let path: String = all[at..].chars().take_while(|c| *c != '"').collect();
    let page = recruiter.page(&path).await;
    assert!(page.contains("Halyard 100%") && page.contains("a@halyard.test") && page.contains("Nothing accepted yet"));
    assert_eq!(person.get(&path).await.status, StatusCode::FORBIDDEN);
}
