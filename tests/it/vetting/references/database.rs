//! Past the app: what the database itself refuses.

use meridian::db::constraint_of;

use super::super::room::Room;
use super::{IRIS, answer};

async fn refused(room: &Room, statement: &str, constraint: &str) {
    let statement = statement.replace("$request", &room.request().await.to_string());
    let error = sqlx::query(sqlx::AssertSqlSafe(statement.clone()))
        .execute(room.app.db.pool())
        .await
        .expect_err(&statement);
    assert_eq!(constraint_of(&error), Some(constraint), "{statement}: {error}");
}

const ANSWER: &str = "insert into reference_answers (request_id, candidate_id, answers, again, may_read, answered_at)
    select id, candidate_id, '[]', 'yes', false, AT from reference_requests where id = '$request'";
const IDENTITY: &str =
    "insert into reference_identities (request_id, candidate_id, name, role, company, knows, confirmed_at)
    select id, candidate_id, 'I', 'R', 'C', 'K', asked_at from reference_requests where id = '$request'";

fn answered(at: &str) -> String {
    ANSWER.replace("AT", at)
}

#[actix_web::test]
async fn no_answer_without_an_identity_out_of_time_or_twice() {
    let room = Room::open().await;
    room.ask(IRIS).await;
    refused(
        &room,
        &answered("asked_at"),
        "reference_answers_of_a_confirmed_identity",
    )
    .await;
    let identity = IDENTITY.replace("$request", &room.request().await.to_string());
    sqlx::query(sqlx::AssertSqlSafe(identity))
        .execute(room.app.db.pool())
        .await
        .expect("an identity");
    for (statement, constraint) in [
        (answered("expires_at"), "reference_answers_in_time"),
        (answered("asked_at - interval '1 second'"), "reference_answers_in_time"),
        (
            IDENTITY.replace("asked_at from", "expires_at from"),
            "reference_identities_in_time",
        ),
        (
            answered("asked_at").replace("'[]'", r#"'[{"question": 1}]'"#),
            "reference_answers_fit",
        ),
        (
            answered("asked_at").replace("'yes'", "'perhaps'"),
            "reference_answers_again_known",
        ),
        (
            "update reference_requests set state = 'answered', closed_at = asked_at where id = '$request'".to_owned(),
            "reference_requests_answered_by_an_answer",
        ),
        (
            "update reference_requests set state = 'declined', closed_at = expires_at where id = '$request'".to_owned(),
            "reference_requests_declined_in_time",
        ),
        (
            "update reference_requests set state = 'named' where id = '$request'".to_owned(),
            "reference_request_transition",
        ),
        (
            "update reference_requests set expires_at = expires_at + interval '1 year' where id = '$request'"
                .to_owned(),
            "reference_requests_reminded_once",
        ),
        (
            "update reference_requests set email = 'other@x.test' where id = '$request'".to_owned(),
            "reference_requests_unchanged",
        ),
        (
            "update reference_requests set token_hash = sha256('x') where id = '$request'".to_owned(),
            "reference_requests_unchanged",
        ),
        (
            "delete from reference_requests".to_owned(),
            "reference_requests_never_removed",
        ),
        (
            "truncate reference_requests cascade".to_owned(),
            "reference_requests_never_removed",
        ),
        (
            "delete from reference_identities".to_owned(),
            "reference_identities_never_removed",
        ),
    ] {
        refused(&room, &statement, constraint).await;
    }
    let once = answered("asked_at").replace("$request", &room.request().await.to_string());
    sqlx::query(sqlx::AssertSqlSafe(once))
        .execute(room.app.db.pool())
        .await
        .expect("an answer");
    let state: String = room.one("select state from reference_requests").await;
    assert_eq!(state, "answered");
    for (statement, constraint) in [
        (answered("asked_at"), "reference_answers_in_time"),
        (
            "update reference_answers set again = 'no'".to_owned(),
            "reference_answers_unchanged",
        ),
        (
            "delete from reference_answers".to_owned(),
            "reference_answers_unchanged",
        ),
        (
            "update reference_identities set name = 'Somebody else'".to_owned(),
            "reference_identities_in_time",
        ),
        (
            "update reference_requests set state = 'withdrawn', closed_by = added_by where id = '$request'".to_owned(),
            "reference_request_transition",
        ),
        (
            "update reference_requests set reminded_at = asked_at where id = '$request'".to_owned(),
            "reference_requests_unchanged_once_closed",
        ),
        (
            "insert into reference_drafts select id, '[]', asked_at from reference_requests where id = '$request'"
                .to_owned(),
            "reference_drafts_in_time",
        ),
    ] {
        refused(&room, &statement, constraint).await;
    }
}

#[actix_web::test]
async fn nothing_is_taken_after_a_withdrawal_and_a_token_is_one_requests() {
    let room = Room::open().await;
    room.confirmed(IRIS).await;
    let request = room.request().await;
    room.recruiter
        .post(&format!("{}/{request}/withdraw", room.references()), &[])
        .await
        .to();
    refused(&room, &answered("asked_at"), "reference_answers_in_time").await;
    let copy = |what: &str| {
        format!("insert into reference_requests (id, candidate_id, track_id, state, name, email, relation, company, worked, agreed, added_by, added_at)
                 select gen_random_uuid(), candidate_id, track_id, {what}, added_by, added_at from reference_requests where id = '$request'")
    };
    for (what, constraint) in [
        (
            "'asked', name, 'a@b.test', relation, company, worked, agreed",
            "reference_request_transition",
        ),
        (
            "'named', name, 'rafaela@dev.test', relation, company, worked, agreed",
            "reference_requests_not_the_person",
        ),
        (
            "'named', name, 'ana@agency.test', relation, company, worked, agreed",
            "reference_requests_not_staff",
        ),
        (
            "'named', E'a\\nb', 'a@b.test', relation, company, worked, agreed",
            "reference_requests_name_one_line",
        ),
        (
            "'named', name, 'A@b.test', relation, company, worked, agreed",
            "reference_requests_email_shape",
        ),
        (
            "'named', name, 'a@b.test', 'friend', company, worked, agreed",
            "reference_requests_relation_known",
        ),
        (
            "'named', name, 'a@b.test', relation, company, worked, 'guessed'",
            "reference_requests_agreed_known",
        ),
    ] {
        refused(&room, &copy(what), constraint).await;
    }
    // Asked again after a withdrawal; the two requests have two tokens.
    room.ask(IRIS).await;
    refused(
        &room,
        &copy("'named', name, email, relation, company, worked, agreed"),
        "reference_requests_address_once",
    )
    .await;
    room.recruiter
        .post(&room.references(), &super::referee("second@halyard.test"))
        .await
        .to();
    let same = "with named as (
            insert into reference_requests (id, candidate_id, track_id, state, name, email, relation, company, worked, agreed, added_by, added_at)
            select gen_random_uuid(), candidate_id, track_id, 'named', name, 'third@x.test', relation, company, worked, agreed, added_by, added_at
            from reference_requests where id = '$request' returning id) select 1 from named";
    let same = same.replace("$request", &room.request().await.to_string());
    sqlx::query(sqlx::AssertSqlSafe(same))
        .execute(room.app.db.pool())
        .await
        .expect("named");
    refused(
        &room,
        "update reference_requests n set state = 'asked', link_id = gen_random_uuid(), token_hash = o.token_hash, questions = '[]',
             asked_by = o.asked_by, asked_at = o.asked_at, expires_at = o.expires_at
         from reference_requests o where n.email = 'third@x.test' and o.email = 'second@halyard.test'",
        "reference_requests_token_once",
    )
    .await;
    // With the link's token only its hash is kept.
    let link = room.app.link(IRIS, "/reference/");
    let token = link.trim_start_matches("/reference/");
    let dump: String = room
        .one("select string_agg(r::text, ';') from reference_requests r")
        .await;
    let letters: String = room.one("select string_agg(o::text, ';') from outbox o").await;
    assert!(!dump.contains(token) && !letters.contains(token));
}

#[actix_web::test]
async fn the_log_says_that_a_referee_answered_and_not_what() {
    let room = Room::open().await;
    let link = room.confirmed(IRIS).await;
    room.app.stranger().post(&link, &answer("no")).await.to();
    let kinds: Vec<String> =
        sqlx::query_scalar("select kind from events where kind like 'reference.%' order by at, id")
            .fetch_all(room.app.db.pool())
            .await
            .expect("events");
    assert_eq!(
        kinds,
        [
            "reference.named",
            "reference.asked",
            "reference.confirmed",
            "reference.answered"
        ]
    );
    let agents: i64 = room
        .one("select count(*) from events where kind in ('reference.confirmed', 'reference.answered') and actor_kind = 'visitor'")
        .await;
    assert_eq!(agents, 2);
}
