//! Pausing, coming back, withdrawing: who said why stays readable for staff, and for nobody else; the log has only that it happened.

use actix_web::http::StatusCode;
use meridian::db::constraint_of;

use super::seeded;
use crate::support::app::{App, Person};
use crate::support::hires::scene;

async fn paused(staff: &Person, home: &str, reason: &str) {
    let fields = [("state", "paused"), ("reason", reason)];
    assert_eq!(staff.post(&format!("{home}/state"), &fields).await.to(), home);
}

#[actix_web::test]
async fn every_reason_stays_readable_on_the_history_with_who_gave_it() {
    let it = scene(1).await;
    let (developer, home) = (&it.developers[0], format!("/candidates/{}", it.developers[0].id));
    let history = format!("{home}/history");
    assert!(!it.recruiter.page(&history).await.contains("State, and why"));
    paused(&it.recruiter, &home, "on leave <b>until</b> March").await;
    it.app.clock.advance(chrono::TimeDelta::minutes(1));
    it.recruiter
        .post(
            &format!("{home}/state"),
            &[("state", "active"), ("reason", "back early")],
        )
        .await
        .to();
    it.app.clock.advance(chrono::TimeDelta::minutes(1));
    developer
        .person
        .post(
            "/me/state",
            &[("state", "withdrawn"), ("reason", "found something nearer")],
        )
        .await
        .to();
    let page = it.recruiter.page(&history).await;
    let panel = page.split("State, and why").nth(1).expect("the panel");
    let panel = panel.split("</section>").next().unwrap_or_default();
    let places: Vec<usize> = [
        "Withdrawn: found something nearer",
        "rafaela",
        "Active: back early",
        "recruiter",
        "Paused: on leave &#60;b&#62;until&#60;/b&#62; March",
    ]
    .iter()
    .map(|words| panel.find(words).unwrap_or_else(|| panic!("{words}: {panel}")))
    .collect();
    assert!(places.is_sorted(), "newest first: {panel}");
    // The log says that it happened and holds none of the words.
    let told: Vec<String> = sqlx::query_scalar(
        "select concat(data, before, after) from events where subject_kind = 'candidate' and subject_id = $1",
    )
    .bind(developer.id)
    .fetch_all(it.app.db.pool())
    .await
    .expect("events");
    for words in ["leave", "early", "nearer"] {
        assert!(told.iter().all(|text| !text.contains(words)), "{words}: {told:?}");
    }
    for person in [&it.client, &developer.person] {
        assert_eq!(person.get(&history).await.status, StatusCode::FORBIDDEN);
    }
}

#[actix_web::test]
async fn a_move_that_is_refused_leaves_no_line() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Rui")]).await.to().to_owned();
    paused(&staff, &home, "once").await;
    let again = [("state", "paused"), ("reason", "twice")];
    assert_eq!(
        staff.post(&format!("{home}/state"), &again).await.status,
        StatusCode::CONFLICT
    );
    let page = staff.page(&format!("{home}/history")).await;
    assert!(page.contains("Paused: once") && !page.contains("twice"), "{page}");
}

#[actix_web::test]
async fn the_tables_let_words_be_taken_away_and_not_be_changed() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Rui")]).await.to().to_owned();
    paused(&staff, &home, "a long illness").await;
    for (sql, rule) in [
        (
            "update candidate_states set reason = 'other words'",
            "candidate_states_unchanged",
        ),
        (
            "update candidate_states set at = at + interval '1 day'",
            "candidate_states_unchanged",
        ),
        (
            "update candidate_states set by_user = null",
            "candidate_states_unchanged",
        ),
        ("delete from candidate_states", "candidate_states_never_removed"),
        ("truncate candidate_states", "candidate_states_never_removed"),
        (
            "insert into candidate_states (id, candidate_id, from_state, to_state, at)
             select gen_random_uuid(), candidate_id, 'paused', 'paused', at from candidate_states",
            "candidate_states_moves",
        ),
    ] {
        let error = sqlx::query(sql).execute(app.db.pool()).await.expect_err(sql);
        assert_eq!(constraint_of(&error), Some(rule), "{sql}");
    }
    let taken = sqlx::query("update candidate_states set reason = ''")
        .execute(app.db.pool())
        .await;
    assert_eq!(taken.expect("taken away").rows_affected(), 1);
    let page = staff.page(&format!("{home}/history")).await;
    let panel = page.split("State, and why").nth(1).unwrap_or_default();
    assert!(panel.contains("Paused") && !panel.contains("illness"), "{panel}");
}
