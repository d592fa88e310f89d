//! Nothing is ever rejected by a number: no job, no score, no failed check, and no line of the program but the form's.

use std::path::Path;

use actix_web::http::StatusCode;
use meridian::candidates::rejection::{Reason, actions};
use meridian::error::AppError;
use meridian::events::Actor;

use super::state;
use crate::support::hires::scene;

/// Every line of the program's own Rust, with its file.
fn lines(below: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(below).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            lines(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a file");
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path);
            let name = name.to_string_lossy().into_owned();
            found.extend(text.lines().map(|line| (name.clone(), line.trim().to_owned())));
        }
    }
}

#[test]
fn only_the_form_of_a_person_leads_to_a_rejection() {
    let mut all = Vec::new();
    lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let files = |wanted: fn(&str) -> bool| {
        let mut files: Vec<&str> = all
            .iter()
            .filter(|(_, line)| !line.starts_with("//") && wanted(line))
            .map(|(file, _)| file.as_str())
            .collect();
        files.dedup();
        files.sort_unstable();
        files
    };
    let pages = "src/candidates/rejection/pages.rs";
    // Called by the page, and by the demo, whose recruiter does it.
    assert_eq!(
        files(|line| line.contains("actions::reject(")),
        [pages, "src/demo/story.rs"]
    );
    // Written by its own store, and the state by the one function that writes states.
    assert_eq!(
        files(|line| line.contains("into rejections")),
        ["src/candidates/rejection/store.rs"]
    );
    assert_eq!(
        files(|line| line.contains(", State::Rejected), ")),
        ["src/candidates/rejection/actions.rs"]
    );
    assert!(files(|line| line.contains("state = 'rejected'")).is_empty());
}

#[actix_web::test]
async fn neither_failures_nor_points_nor_jobs_nor_years_reject_anybody() {
    let it = scene(2).await;
    let id = it.developers[0].id;
    for kind in [
        "english",
        "code_review",
        "technical_interview",
        "debugging",
        "references",
        "background",
        "identity",
    ] {
        let fields = [("kind", kind), ("result", "failed"), ("reason", "not met")];
        it.recruiter
            .post(&format!("/candidates/{id}/checks"), &fields)
            .await
            .to();
    }
    it.recruiter.page(&format!("{}/matches", it.request)).await;
    for instant in ["2026-12-23T15:00:00Z", "2027-11-23T15:00:00Z", "2036-11-23T15:00:00Z"] {
        it.at(instant).await;
        it.app.drain().await;
        it.recruiter.page(&format!("{}/matches", it.request)).await;
        assert_eq!(state(&it.app, id).await, "active", "{instant}");
    }
    assert_eq!(it.recruiter.get("/promises").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn whoever_is_no_person_cannot_reject() {
    let it = scene(1).await;
    let id = it.developers[0].id;
    let no = actions::No {
        reason: Reason::Skills,
        words: String::new(),
        note: String::new(),
        message: "Your score was 12 of 100.".to_owned(),
        may_apply_on: "2027-05-23".parse().expect("a day"),
    };
    for by in [Actor::system(), Actor::operator()] {
        let mut tx = it.app.db.begin().await.expect("a transaction");
        let answer = actions::reject(&mut tx, &by, it.app.clock.now(), id, &no).await;
        assert!(matches!(answer, Err(AppError::Forbidden(_))), "{answer:?}");
    }
    // Nor somebody who is not of the agency, whatever code calls this.
    let user = sqlx::query_scalar("select user_id from candidates where id = $1")
        .bind(id)
        .fetch_one(it.app.db.pool())
        .await
        .expect("an account");
    let mut tx = it.app.db.begin().await.expect("a transaction");
    let answer = actions::reject(&mut tx, &Actor::user(user), it.app.clock.now(), id, &no).await;
    assert!(answer.is_err());
    drop(tx);
    assert_eq!(state(&it.app, id).await, "active");
}
