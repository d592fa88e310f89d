//! /apply: what a developer applies for.

use actix_web::http::StatusCode;
use meridian::ids::TrackId;

use super::seeded;
use crate::support::app::{Answer, App, PASSWORD};

const ASKED: &str = "What do you apply for?";

async fn apply(app: &App, email: &str, track: &str) -> Answer {
    let fields = [
        ("name", "Ana Diaz"),
        ("email", email),
        ("password", PASSWORD),
        ("headline", "Cut p99 from 180 to 22 ms"),
        ("track", track),
        ("consent", "yes"),
    ];
    app.stranger().post("/apply", &fields).await
}

async fn track_of(app: &App, email: &str) -> String {
    sqlx::query_scalar("select t.slug from candidates c join tracks t on t.id = c.track_id where c.email = $1")
        .bind(email)
        .fetch_one(app.db.pool())
        .await
        .expect("a track")
}

#[actix_web::test]
async fn a_developer_chooses_among_several_tracks_and_is_not_asked_for_one() {
    let app = App::start().await;
    seeded(&app).await;
    assert!(!app.stranger().page("/apply").await.contains(ASKED));
    apply(&app, "a@people.test", "").await.to();
    assert_eq!(track_of(&app, "a@people.test").await, "rust-actix");

    sqlx::query("insert into tracks (id, slug, name, summary, created_at) values ($1, 'reliability', 'Site reliability', 'Nights & days', $2)")
        .bind(TrackId::new().0)
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("a track");
    let page = app.stranger().page("/apply").await;
    assert!(page.contains(ASKED) && page.contains("Nights &#38; days"));
    assert!(!page.contains("\" checked><b>"), "nothing is chosen for them");
    for track in ["", "nonsense"] {
        let answer = apply(&app, "b@people.test", track).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{track}");
        for said in [
            "href=\"#f-track\"",
            "id=\"f-track\"",
            "id=\"e-track\"",
            "value=\"Ana Diaz\"",
            "180 to 22 ms",
        ] {
            assert!(answer.has(said), "{track}: {said}");
        }
    }
    let answer = apply(&app, "not an address", "reliability").await;
    assert!(
        answer.has("name=\"track\" value=\"reliability\" checked"),
        "the choice survives"
    );
    apply(&app, "b@people.test", "reliability").await.to();
    assert_eq!(track_of(&app, "b@people.test").await, "reliability");

    sqlx::query("update tracks set archived_at = $1 where slug = 'reliability'")
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("archived");
    let answer = apply(&app, "c@people.test", "reliability").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.has("id=\"e-track\"") && answer.has(ASKED),
        "a closed one is said beside the choice"
    );
}

#[actix_web::test]
async fn staff_choose_the_track_of_a_new_person_once_there_are_several() {
    const FIELD: &str = "name=\"track\"";
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    assert!(!staff.page("/candidates/new").await.contains(FIELD));
    staff
        .post("/candidates", &[("name", "Ana"), ("email", "a@people.test")])
        .await
        .to();
    assert_eq!(track_of(&app, "a@people.test").await, "rust-actix");

    sqlx::query("insert into tracks (id, slug, name, summary, created_at) values ($1, 'reliability', 'Site reliability', '', $2)")
        .bind(TrackId::new().0)
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("a track");
    assert!(staff.page("/candidates/new").await.contains(FIELD));
    for track in ["", "nonsense"] {
        let fields = [("name", "Rui Costa"), ("email", "b@people.test"), ("track", track)];
        let again = staff.post("/candidates", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{track}");
        assert!(again.has("Rui Costa") && again.has("e-track"), "{}", again.text());
    }
    let fields = [
        ("name", "Rui Costa"),
        ("email", "b@people.test"),
        ("track", "reliability"),
    ];
    staff.post("/candidates", &fields).await.to();
    assert_eq!(track_of(&app, "b@people.test").await, "reliability");
}
