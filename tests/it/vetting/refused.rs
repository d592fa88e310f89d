//! What the database refuses of checks, cards and findings when it is asked round the app: each rule by its name.

use sqlx::AssertSqlSafe;

use super::room::Room;

async fn refused(room: &Room, sql: &str) -> String {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(room.app.db.pool())
        .await;
    let error = done.expect_err(sql);
    meridian::db::constraint_of(&error)
        .unwrap_or_else(|| panic!("{sql}: {error}"))
        .to_owned()
}

#[actix_web::test]
async fn the_database_refuses_what_goes_round_the_app() {
    let room = Room::open().await;
    let check = room.begin("code_review", "invite").await;
    room.assign(&check, "ana@agency.test").await;
    let in_with = |set: &str| {
        format!("update scorecards set state = 'in', handed_in_at = assigned_at, recommendation = 'yes'{set}")
    };
    let assign = |to: &str, state: &str| {
        format!(
            "insert into scorecards (id, check_id, candidate_id, assessor_id, state, assigned_by, assigned_at)
             select gen_random_uuid(), k.id, k.candidate_id, u.id, '{state}', u.id, k.created_at from vetting_checks k, users u where u.email = '{to}'"
        )
    };
    for (sql, rule) in [
        ("update vetting_checks set state = 'scheduled'".to_owned(), "vetting_checks_scheduled"),
        ("update vetting_checks set starts_at = created_at".to_owned(), "vetting_checks_not_scheduled_yet"),
        ("update vetting_checks set spoken_code = '12'".to_owned(), "vetting_checks_code_shape"),
        ("update vetting_checks set state = 'passed', decided_on = '2026-11-23', assessor_id = (select min(id::text)::uuid from users)".to_owned(), "vetting_checks_cards_in"),
        ("update vetting_checks set state = 'cancelled'".to_owned(), "vetting_checks_cards_in"),
        (
            "insert into vetting_checks (id, candidate_id, track_id, kind, state, created_at)
             select gen_random_uuid(), candidate_id, track_id, kind, 'waiting', created_at from vetting_checks".to_owned(),
            "vetting_checks_one_open",
        ),
        (
            "insert into vetting_checks (id, candidate_id, track_id, kind, state, starts_at, created_at)
             select gen_random_uuid(), candidate_id, track_id, 'english', 'scheduled', created_at, created_at from vetting_checks".to_owned(),
            "vetting_check_transition",
        ),
        (assign("ana@agency.test", "owed"), "scorecards_one_each"),
        (assign("rafaela@dev.test", "owed"), "scorecards_assessor_is_staff"),
        (assign("ben@agency.test", "in"), "scorecard_transition"),
        ("update scorecards set state = 'in'".to_owned(), "scorecards_in_is_whole"),
        ("update scorecards set note = 'early'".to_owned(), "scorecards_empty_until_in"),
        ("update scorecards set state = 'released'".to_owned(), "scorecards_released_says_why"),
        ("update scorecards set assessor_id = (select id from users where name = 'ben')".to_owned(), "scorecards_whose_it_is"),
        ("delete from scorecards".to_owned(), "scorecards_unchanged_once_in"),
        (in_with(", answers = '{}'"), "scorecards_answers_fit"),
        (in_with(r#", answers = '[{"question": "Q", "note": "", "rating": 5}]'"#), "scorecards_answers_fit"),
        (in_with(r#", answers = '[{"question": "Q", "rating": 4}]'"#), "scorecards_answers_fit"),
        (in_with(r#", skills = '[{"skill": "rust", "level": 3}]'"#), "scorecards_skills_fit"),
        (in_with(r#", skills = '[{"skill": "01900000-0000-7000-8000-000000000000", "level": 6}]'"#), "scorecards_skills_fit"),
        (in_with(", speaking = 8"), "scorecards_speaking_range"),
        ("update scorecards set state = 'in', handed_in_at = assigned_at, recommendation = 'perhaps'".to_owned(), "scorecards_recommendation_known"),
        (
            "insert into check_reports (check_id, candidate_id, provider, result) select id, candidate_id, 'P', 'R' from vetting_checks".to_owned(),
            "check_reports_of_providers",
        ),
        (
            "insert into claims (id, candidate_id, kind, value, source, stated_at, current, check_id)
             select gen_random_uuid(), candidate_id, 'years', 3, 'interview', created_at, false, id from vetting_checks".to_owned(),
            "claims_of_a_check_are_verified",
        ),
    ] {
        assert_eq!(refused(&room, &sql).await, rule, "{sql}");
    }
    room.ana
        .post(
            &format!("{check}/card"),
            &[("recommendation", "no"), ("same", "no"), ("act", "in")],
        )
        .await
        .to();
    room.recruiter
        .post(&format!("{check}/decide"), &[("result", "failed"), ("reason", "No")])
        .await
        .to();
    for (sql, rule) in [
        (
            "update scorecards set note = 'late'".to_owned(),
            "scorecards_unchanged_once_in",
        ),
        (assign("ben@agency.test", "owed"), "scorecards_of_an_open_check"),
        (
            "update identity_findings set detail = 'other'".to_owned(),
            "identity_findings_unchanged",
        ),
        (
            "update identity_findings set state = 'confirmed'".to_owned(),
            "identity_findings_decided_whole",
        ),
        (
            "delete from identity_findings".to_owned(),
            "identity_findings_never_removed",
        ),
        (
            "update vetting_checks set starts_at = created_at".to_owned(),
            "vetting_checks_unchanged_once_decided",
        ),
    ] {
        assert_eq!(refused(&room, &sql).await, rule, "{sql}");
    }
}
