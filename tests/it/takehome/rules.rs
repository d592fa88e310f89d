//! What the database keeps as well, races, and the sweep of uploads.

use actix_web::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use meridian::blobs::tidy;
use meridian::ids::TrackId;
use meridian::takehome::State;

use super::{ZIP, grade_of, hex, pairs, scene, upload};
use crate::support::app::App;

#[actix_web::test]
async fn an_assignment_keeps_the_version_it_was_given() {
    let scene = scene().await;
    let path = scene.invited().await;
    let owner = scene.app.admin().await;
    let track: TrackId = sqlx::query_scalar("select id from tracks")
        .fetch_one(scene.app.db.pool())
        .await
        .expect("a track");
    let tab = format!("/admin/tracks/{track}/challenge");
    let new = [
        ("version", "1"),
        ("title", "Another service"),
        ("body", "Build a queue."),
        ("hours", "4"),
        ("days", "7"),
    ];
    assert_eq!(owner.post(&tab, &new).await.to(), tab);
    assert!(owner.page(&tab).await.contains("Version 2: Another service"));
    let page = scene.ana.page(&path).await;
    assert!(page.contains("GET /messages") && !page.contains("Build a queue"));
    // The database keeps it as well, and an upload to a graded or withdrawn assignment is refused there.
    let moved = sqlx::query("update assignments set challenge_id = (select id from challenges where number = 2)")
        .execute(scene.app.db.pool())
        .await;
    assert!(
        moved
            .expect_err("refused")
            .to_string()
            .contains("keeps its candidate, challenge and rubric")
    );
    scene.ana.post(&format!("{path}/withdraw"), &[]).await.to();
    let late = sqlx::query(
        "insert into submissions (id, assignment_id, number, file_name, bytes, sha256, media, late, received_at)
         select gen_random_uuid(), id, 1, 'a.zip', 1, sha256('a'), 'zip', false, invited_at from assignments",
    )
    .execute(scene.app.db.pool())
    .await;
    assert!(
        late.expect_err("refused")
            .to_string()
            .contains("the assignment is withdrawn")
    );
}

#[actix_web::test]
async fn the_state_machine_is_the_databases() {
    let app = App::start().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'assignment' and from_state <> ''",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("moves");
    for from in State::ALL {
        for to in State::ALL {
            let stored = rows.contains(&(from.word().to_owned(), to.word().to_owned()));
            assert_eq!(from.may_become(to), stored, "{from:?} to {to:?}");
        }
    }
}

#[actix_web::test]
async fn two_grades_at_once_leave_one() {
    let scene = scene().await;
    let path = scene.invited().await;
    upload(&scene.ana, &path, "solution", "a.zip", ZIP, &[]).await.to();
    let other = scene.app.admin().await;
    let submission: uuid::Uuid = sqlx::query_scalar("select id from submissions")
        .fetch_one(scene.app.db.pool())
        .await
        .expect("an id");
    let sent = grade_of(&scene, submission, "3", ("failed", "Not yet.")).await;
    let sent = pairs(&sent);
    let grade = format!("{path}/grade");
    let (one, two) = futures_util::future::join(scene.staff.post(&grade, &sent), other.post(&grade, &sent)).await;
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(scene.number("select count(*) from grades").await, 1);
    assert_eq!(
        scene
            .number("select count(*) from vetting_checks where state = 'failed' and expires_on is null")
            .await,
        1
    );
}

#[actix_web::test]
async fn the_sweep_takes_what_nothing_refers_to() {
    let scene = scene().await;
    let path = scene.invited().await;
    upload(&scene.ana, &path, "solution", "kept.zip", ZIP, &[]).await.to();
    let store = meridian::app::uploads(&scene.app.parts).expect("the folder");
    let now: DateTime<Utc> = scene.app.clock.now();
    let mut orphan = store.begin(now).await.expect("begun");
    orphan.write(b"PK\x03\x04 nobody's").await.expect("written");
    let orphan = orphan.finish().await.expect("stored").digest;
    assert_eq!(
        tidy::sweep(&scene.app.db, &store, now + TimeDelta::hours(23))
            .await
            .expect("swept"),
        0
    );
    assert_eq!(
        tidy::sweep(&scene.app.db, &store, now + TimeDelta::hours(25))
            .await
            .expect("swept"),
        1
    );
    assert!(store.read(orphan).await.is_err());
    assert_eq!(scene.staff.get(&format!("{path}/submissions/1")).await.body, ZIP);
}

#[actix_web::test]
async fn a_refused_upload_leaves_nothing_on_disk() {
    let scene = scene().await;
    let path = scene.invited().await;
    upload(&scene.ana, &path, "solution", "kept.zip", ZIP, &[]).await.to();
    let store = meridian::app::uploads(&scene.app.parts).expect("the folder");
    // The check before the first byte lets it in; the database refuses it after the last one.
    let refuse = "create function no_more() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
                  create trigger no_more before insert on submissions for each row execute function no_more()";
    sqlx::raw_sql(refuse).execute(scene.app.db.pool()).await.expect("made");
    let body = b"PK\x03\x04 refused";
    let answer = upload(&scene.ana, &path, "solution", "refused.zip", body, &[]).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    assert!(store.read(hex(body).parse().expect("a digest")).await.is_err());
    assert!(store.read(hex(ZIP).parse().expect("a digest")).await.is_ok());
}

#[actix_web::test]
async fn too_many_bytes_are_refused_before_they_are_read() {
    let scene = scene().await;
    let path = scene.invited().await;
    let fill = "insert into submissions (id, assignment_id, number, file_name, bytes, sha256, media, late, received_at)
                select gen_random_uuid(), a.id, n, 'big.zip', 20971520, sha256(n::text::bytea), 'zip', false, a.invited_at
                from assignments a, generate_series(1, 10) n";
    sqlx::query(fill).execute(scene.app.db.pool()).await.expect("filled");
    let answer = upload(&scene.ana, &path, "solution", "more.zip", ZIP, &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("200 MB already"), "{}", answer.text());
    let store = meridian::app::uploads(&scene.app.parts).expect("the folder");
    assert!(store.read(hex(ZIP).parse().expect("a digest")).await.is_err());
}
