//! What the database refuses past the app, and what two at once make.

use actix_web::http::StatusCode;
use futures_util::future::join;

use super::{judge, open, promises};
use crate::support::hires::scene;

#[actix_web::test]
async fn the_database_holds_what_was_promised() {
    let it = scene(1).await;
    judge(&it, 0, "english", "passed").await;
    let id = it.developers[0].id.0;
    for (sql, rule) in [
        (
            "insert into promises (id, candidate_id, what, check_id, begun_at, begun_on, due_on, due_before)
             select gen_random_uuid(), candidate_id, what, check_id, begun_at, begun_on, due_on, due_before from promises where candidate_id = $1",
            "promises_one_open",
        ),
        ("update promises set due_on = due_on + 1 where candidate_id = $1", "promises_moved_with_a_reason"),
        (
            "update promises set due_before = due_before + interval '1 day' where candidate_id = $1",
            "promises_moved_with_a_reason",
        ),
        ("update promises set begun_on = begun_on - 1 where candidate_id = $1", "promises_unchanged"),
        ("delete from promises where candidate_id = $1", "promises_never_removed"),
        ("update promises set kept_at = begun_at where candidate_id = $1", "promises_kept_whole"),
        (
            "update promises set kept_at = begun_at - interval '1 second', kept_how = 'message',
                    kept_by = (select id from users where role = 'recruiter') where candidate_id = $1",
            "promises_kept_after",
        ),
        (
            "update promises set kept_at = begun_at, kept_how = 'message',
                    kept_by = (select user_id from candidates where id = $1) where candidate_id = $1",
            "promises_kept_by_staff",
        ),
        (
            "insert into promises (id, candidate_id, what, begun_at, begun_on, due_on, due_before)
             select gen_random_uuid(), candidate_id, 'check', begun_at, begun_on, due_on, due_before from promises where candidate_id = $1",
            "promises_check_named",
        ),
        (
            "insert into promises (id, candidate_id, what, begun_at, begun_on, due_on, due_before)
             select gen_random_uuid(), candidate_id, 'application', begun_at, begun_on, begun_on, due_before from promises where candidate_id = $1",
            "promises_due_after",
        ),
    ] {
        assert_eq!(it.refused_by(sql, id).await, rule, "{sql}");
    }
    super::write(&it.recruiter, it.developers[0].id, "You passed", "Well done.").await;
    for (sql, rule) in [
        (
            "update promises set kept_how = 'offer' where candidate_id = $1",
            "promises_kept_once",
        ),
        (
            "update promises set kept_at = null, kept_by = null, kept_how = null where candidate_id = $1",
            "promises_kept_once",
        ),
        (
            "update candidate_messages set body = 'other words' where candidate_id = $1",
            "candidate_messages_unchanged",
        ),
        (
            "delete from candidate_messages where candidate_id = $1",
            "candidate_messages_never_removed",
        ),
    ] {
        assert_eq!(it.refused_by(sql, id).await, rule, "{sql}");
    }
    let taken = sqlx::query("update candidate_messages set subject = '', body = ''")
        .execute(it.app.db.pool())
        .await;
    assert_eq!(taken.expect("words can be taken away").rows_affected(), 1);
    assert!(
        it.developers[0]
            .person
            .page("/me/messages")
            .await
            .contains("Taken away")
    );
}

#[actix_web::test]
async fn two_words_at_once_keep_a_promise_once() {
    for _ in 0..3 {
        let it = scene(1).await;
        let id = it.developers[0].id;
        judge(&it, 0, "english", "passed").await;
        let path = format!("/candidates/{id}/messages");
        let (one, other) = (
            [("subject", "One"), ("body", "word")],
            [("subject", "Another"), ("body", "word")],
        );
        let (a, b) = join(it.recruiter.post(&path, &one), it.recruiter.post(&path, &other)).await;
        assert_eq!((a.status, b.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        assert_eq!((open(&it.app, id).await, promises(&it.app, id).await.len()), (0, 1));
        let told: i64 = sqlx::query_scalar("select count(*) from events where kind = 'promise.kept'")
            .fetch_one(it.app.db.pool())
            .await
            .expect("a number");
        assert_eq!(told, 1);
    }
}
