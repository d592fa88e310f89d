//! The take-home challenge by hand: invitation, upload with a receipt, rubric, feedback.

mod full_disk;
mod refused;
mod rules;

use actix_web::http::{Method, StatusCode};
use meridian::accounts::Role;
use meridian::blobs;
use meridian::events::Actor;
use meridian::ids::CandidateId;
use meridian::tracks::seed;
use sha2::{Digest, Sha256};

use crate::support::app::{Answer, App, Person};

const ZIP: &[u8] = b"PK\x03\x04 a project of a few bytes";

/// Tracks, a recruiter and a candidate in Santiago with an account.
struct Scene {
    app: App,
    staff: Person,
    ana: Person,
    candidate: CandidateId,
}

async fn candidate(app: &App, email: &str) -> CandidateId {
    let id = CandidateId::new();
    let user = app.user(Role::Candidate, email, None).await;
    sqlx::query(
        "insert into candidates (id, user_id, track_id, name, source, zone, created_at, updated_at)
         select $1, $2, t.id, $3, 'apply', 'America/Santiago', $4, $4 from tracks t where slug = 'rust-actix'",
    )
    .bind(id.0)
    .bind(user.0)
    .bind(email.split('@').next())
    .bind(app.clock.now())
    .execute(app.db.pool())
    .await
    .expect("a candidate");
    id
}

async fn scene() -> Scene {
    let app = App::start().await;
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), app.clock.now())
        .await
        .expect("loaded");
    tx.commit().await.expect("committed");
    let candidate = candidate(&app, "ana@people.test").await;
    let staff = app.recruiter().await;
    let ana = app.sign_in("ana@people.test").await;
    Scene {
        app,
        staff,
        ana,
        candidate,
    }
}

impl Scene {
    /// Invites; the path of the assignment.
    async fn invited(&self) -> String {
        let answer = self
            .staff
            .post(&format!("/candidates/{}/takehome", self.candidate), &[])
            .await;
        answer.to().to_owned()
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.app.db.pool())
            .await
            .expect("a number")
    }
}

async fn upload(person: &Person, path: &str, field: &str, name: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
    let mut sent = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    sent.extend_from_slice(body);
    sent.extend_from_slice(b"\r\n--cut--\r\n");
    let mut all = vec![
        ("content-type", "multipart/form-data; boundary=cut"),
        ("sec-fetch-site", "same-origin"),
    ];
    all.extend_from_slice(headers);
    person
        .send(Method::POST, &format!("{path}/submissions"), &all, sent)
        .await
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

const KEYS: [&str; 5] = ["idiomatic", "async", "actors", "errors", "endpoints"];

async fn keys(scene: &Scene) -> Vec<String> {
    let keys: Vec<String> = sqlx::query_scalar(
        "select c->>'key' from rubrics r, jsonb_array_elements(r.criteria) with ordinality as e (c, at) order by at",
    )
    .fetch_all(scene.app.db.pool())
    .await
    .expect("keys");
    assert_eq!(keys.len(), KEYS.len());
    keys
}

/// The fields of a grade of this upload, with the same mark everywhere.
async fn grade_of(
    scene: &Scene,
    submission: uuid::Uuid,
    mark: &str,
    (outcome, feedback): (&str, &str),
) -> Vec<(String, String)> {
    let marks = keys(scene).await.into_iter().map(|key| (format!("mark_{key}"), mark));
    let rest = [("outcome", outcome), ("feedback", feedback)].map(|(name, value)| (name.to_owned(), value));
    marks
        .chain(rest)
        .map(|(name, value)| (name, value.to_owned()))
        .chain([("submission".to_owned(), submission.to_string())])
        .collect()
}

/// Fields as a form sends them.
fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[actix_web::test]
async fn from_the_invitation_to_the_released_feedback() {
    let scene = scene().await;
    let path = scene.invited().await;
    // Five days on at 18:00 in Santiago, told in the candidate's own zone.
    let page = scene.ana.page(&path).await;
    assert!(
        page.contains("Sat 28 Nov, 18:00 Santiago") && page.contains("5 days 6 h"),
        "{page}"
    );
    assert!(page.contains("GET /messages") && page.contains("How it is graded"));
    assert!(scene.ana.page("/takehome").await.contains(&path));

    let answer = upload(&scene.ana, &path, "solution", "messages.zip", ZIP, &[]).await;
    assert_eq!(answer.to(), path);
    let page = scene.ana.page(&path).await;
    for told in ["messages.zip", &hex(ZIP), "23 Nov 2026, 12:00:00 Santiago"] {
        assert!(page.contains(told), "{told}");
    }
    let fetched = scene.staff.get(&format!("{path}/submissions/1")).await;
    assert_eq!((fetched.status, &fetched.body[..]), (StatusCode::OK, ZIP));
    assert_eq!(fetched.headers["x-content-type-options"], "nosniff");
    assert!(fetched.headers["content-disposition"].starts_with("attachment; filename=\"M-"));
    assert_eq!(
        scene.ana.get(&format!("{path}/submissions/1")).await.status,
        StatusCode::FORBIDDEN
    );

    let grade = format!("{path}/grade");
    let keys = keys(&scene).await;
    let form = scene.staff.page(&grade).await;
    assert!(!form.contains("ana@people.test") && form.contains("does not build, or unsafe without cause"));
    let submission = form
        .split("name=\"submission\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an id")
        .to_owned();
    let marks: Vec<(String, &str)> = keys
        .iter()
        .zip(["3", "4", "2", "1", "na"])
        .map(|(key, mark)| (format!("mark_{key}"), mark))
        .collect();
    let mut sent: Vec<(&str, &str)> = marks.iter().map(|(name, mark)| (name.as_str(), *mark)).collect();
    sent.extend([
        ("submission", submission.as_str()),
        ("feedback", "Clear ownership; test the bad input too."),
    ]);

    // Comments for the 4 and the 1 are missing, and so is the outcome: nothing is lost and nothing is graded.
    let refused = scene.staff.post(&grade, &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.text().matches("a mark of 0, 1 or 4 needs a comment").count(),
        4,
        "two beside, two in the summary"
    );
    assert!(refused.has("Clear ownership") && refused.has("Say whether it passed"));
    assert!(
        scene.staff.page(&grade).await.contains("Clear ownership"),
        "the draft is kept"
    );
    assert_eq!(scene.number("select count(*) from grades").await, 0);

    let (four, one) = (format!("comment_{}", keys[1]), format!("comment_{}", keys[3]));
    sent.extend([
        (four.as_str(), "no lock across an await"),
        (one.as_str(), "a panic reaches the client"),
        ("outcome", "passed"),
    ]);
    assert_eq!(scene.staff.post(&grade, &sent).await.to(), path);
    // 25*3 + 20*4 + 15*2 + 20*1 = 205 of 320; the endpoints' weight went to the others.
    assert_eq!(
        scene
            .number("select score_bp::bigint from vetting_checks where kind = 'take_home' and state = 'passed'")
            .await,
        6_406
    );
    assert_eq!(
        scene
            .number("select count(*) from vetting_checks where state = 'waiting'")
            .await,
        0
    );

    assert!(!scene.ana.page(&path).await.contains("Clear ownership"));
    assert_eq!(scene.staff.post(&format!("{path}/feedback"), &[]).await.to(), path);
    let page = scene.ana.page(&path).await;
    assert!(page.contains("Clear ownership") && page.contains("Passed"));
    assert!(
        !page.contains("a panic reaches the client"),
        "comments stay with the staff"
    );
    assert_eq!(
        scene.staff.post(&format!("{path}/feedback"), &[]).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        upload(&scene.ana, &path, "solution", "late.zip", ZIP, &[]).await.status,
        StatusCode::CONFLICT
    );
    for (person, page) in [
        (&scene.staff, path.as_str()),
        (&scene.staff, "/takehome?state=graded"),
        (&scene.ana, "/takehome"),
    ] {
        assert!(person.page(page).await.len() < 60_000, "{page}");
    }
}

#[actix_web::test]
async fn the_last_upload_counts_and_a_repeated_one_is_there_once() {
    let scene = scene().await;
    let path = scene.invited().await;
    for _ in 0..2 {
        upload(&scene.ana, &path, "solution", "first.zip", ZIP, &[]).await.to();
    }
    assert_eq!(scene.number("select count(*) from submissions").await, 1);
    let second = [0x1f, 0x8b, 8, 0, 1, 2, 3];
    let scripted = upload(
        &scene.ana,
        &path,
        "solution",
        "second.tar.gz",
        &second,
        &[("x-upload", "1")],
    )
    .await;
    assert_eq!(
        (scripted.status, scripted.location.as_deref()),
        (StatusCode::CREATED, Some(path.as_str()))
    );
    let page = scene.ana.page(&path).await;
    assert!(page.contains(&hex(&second)) && page.contains("Earlier uploads (1)"));
    // A grader who looked at the first one is told.
    let first: uuid::Uuid = sqlx::query_scalar("select id from submissions where number = 1")
        .fetch_one(scene.app.db.pool())
        .await
        .expect("an id");
    let sent = grade_of(&scene, first, "2", ("passed", "Good.")).await;
    let answer = scene.staff.post(&format!("{path}/grade"), &pairs(&sent)).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("A newer upload came in"));
}

#[actix_web::test]
async fn what_is_no_archive_or_too_large_is_refused_with_a_way_on() {
    let scene = scene().await;
    let path = scene.invited().await;
    let mut large = ZIP.to_vec();
    large.resize(usize::try_from(blobs::LIMIT).expect("small") + 1, 0);
    for (field, name, body, words) in [
        (
            "solution",
            "notes.zip",
            &b"<script>alert(1)</script>"[..],
            "neither a zip nor a tar.gz",
        ),
        ("solution", "empty.zip", b"", "Choose a file"),
        ("other", "messages.zip", ZIP, "Choose a file"),
        ("solution", "large.zip", &large, "larger than 20 MB"),
    ] {
        let answer = upload(&scene.ana, &path, field, name, body, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.has(words), "{name}: {}", answer.text());
    }
    assert_eq!(scene.number("select count(*) from submissions").await, 0);
    large.pop();
    upload(&scene.ana, &path, "solution", "<b>full</b>.zip", &large, &[])
        .await
        .to();
    let page = scene.ana.page(&path).await;
    assert!(
        page.contains("20.9 MB") && !page.contains("<b>full"),
        "hostile names are text"
    );
}

#[actix_web::test]
async fn a_late_upload_is_accepted_and_marked_and_time_can_be_asked_for() {
    let scene = scene().await;
    let path = scene.invited().await;
    let empty = scene.ana.post(&format!("{path}/time"), &[("reason", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene
        .ana
        .post(
            &format!("{path}/time"),
            &[("reason", "A week of exams; two days more.")],
        )
        .await
        .to();
    assert_eq!(
        scene
            .ana
            .post(&format!("{path}/time"), &[("reason", "again")])
            .await
            .status,
        StatusCode::CONFLICT
    );
    assert!(
        scene
            .staff
            .page("/takehome?state=invited")
            .await
            .contains("Asks for more time")
    );
    let past = scene
        .staff
        .post(
            &format!("{path}/deadline"),
            &[("due_date", "2026-11-20"), ("due_time", "18:00")],
        )
        .await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(past.has("value=\"2026-11-20\""));
    scene
        .staff
        .post(
            &format!("{path}/deadline"),
            &[("due_date", "2026-11-30"), ("due_time", "18:00")],
        )
        .await
        .to();
    assert!(scene.ana.page(&path).await.contains("Mon 30 Nov, 18:00 Santiago"));
    assert_eq!(scene.number("select count(*) from time_wishes where granted").await, 1);
    scene.app.clock.set("2026-11-30T21:00:01Z".parse().expect("an instant"));
    let ana = scene.app.sign_in("ana@people.test").await;
    upload(&ana, &path, "solution", "late.zip", ZIP, &[]).await.to();
    assert!(ana.page(&path).await.contains("After the deadline; accepted"));
    assert_eq!(scene.number("select count(*) from submissions where late").await, 1);
}

#[actix_web::test]
async fn one_challenge_is_open_at_a_time_and_a_withdrawal_ends_it() {
    let scene = scene().await;
    let path = scene.invited().await;
    let again = scene
        .staff
        .post(&format!("/candidates/{}/takehome", scene.candidate), &[])
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    scene
        .ana
        .post(&format!("{path}/withdraw"), &[("reason", "no time")])
        .await
        .to();
    assert_eq!(
        scene.ana.post(&format!("{path}/withdraw"), &[]).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        scene
            .number("select count(*) from vetting_checks where state = 'cancelled'")
            .await,
        1
    );
    assert!(scene.staff.page(&path).await.contains("Called off: no time"));
    assert_ne!(scene.invited().await, path);
}

#[actix_web::test]
async fn somebody_elses_challenge_does_not_exist() {
    let scene = scene().await;
    let path = scene.invited().await;
    candidate(&scene.app, "eve@people.test").await;
    let eve = scene.app.sign_in("eve@people.test").await;
    assert_eq!(eve.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        upload(&eve, &path, "solution", "a.zip", ZIP, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        eve.post(&format!("{path}/withdraw"), &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        eve.post(&format!("{path}/time"), &[("reason", "x")]).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(!eve.page("/takehome").await.contains(&path));
    assert_eq!(scene.number("select count(*) from submissions").await, 0);
}
