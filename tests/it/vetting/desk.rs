//! The desk says what of the vetting waits on whom, and stops as soon as it is done.

use chrono::TimeDelta;

use super::room::Room;

/// The rows of the desk that lead there, in words: what is waited for.
async fn rows(room: &Room, whose: &str, path: &str) -> usize {
    let page = room.recruiter.page(whose).await;
    page.matches(&format!("href=\"{path}\"")).count()
}

#[actix_web::test]
async fn an_invited_person_a_card_that_is_owed_and_a_check_to_judge_stand_on_the_desk_in_turn() {
    let room = Room::open().await;
    let review = room.begin("code_review", "invite").await;
    assert_eq!(rows(&room, "/desk", &review).await, 1, "the person is waited on");
    let waiting = [("to", "waiting")];
    room.recruiter.post(&format!("{review}/step"), &waiting).await.to();
    let page = room.recruiter.page("/desk").await;
    assert!(
        page.contains("Judge the check") && !page.contains("Come to the check"),
        "{page}"
    );
    room.assign(&review, "ana@agency.test").await;
    let card = format!("{review}/card");
    let page = room.recruiter.page("/desk").await;
    assert!(
        page.contains(&format!("href=\"{card}\"")) && !page.contains("Judge the check"),
        "{page}"
    );
    // In the charge of the assessor and of nobody else.
    assert_eq!(rows(&room, "/desk?whose=mine", &card).await, 0);
    assert!(
        room.ana
            .page("/desk?whose=mine")
            .await
            .contains(&format!("href=\"{card}\""))
    );
    let filled = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    room.ana.post(&card, &filled).await.to();
    let page = room.recruiter.page("/desk").await;
    assert!(page.contains("Judge the check") && !page.contains(&card), "{page}");
    let judged = [("result", "passed"), ("decided_on", "2026-11-23")];
    room.recruiter.post(&format!("{review}/decide"), &judged).await.to();
    assert_eq!(rows(&room, "/desk", &review).await, 0);
}

#[actix_web::test]
async fn a_second_look_reads_no_desk_and_whatever_anybody_changes_shows_at_once() {
    let room = Room::open().await;
    let review = room.begin("code_review", "invite").await;
    assert_eq!(rows(&room, "/desk", &review).await, 1);
    let first = room.recruiter.page("/desk").await;
    let run = async |sql: &'static str| {
        let done = sqlx::raw_sql(sql).execute(room.app.db.pool()).await;
        done.expect(sql);
    };
    // What the desk is read from is out of reach: only a kept one can answer.
    run("alter table guarantee_claims rename to away").await;
    assert_eq!(room.recruiter.page("/desk").await, first);
    run("alter table away rename to guarantee_claims").await;
    // As another server would change it, or the shell of an operator.
    run("update candidates set name = 'Zoe Newname'").await;
    let page = room.recruiter.page("/desk").await;
    assert!(page.contains("Zoe Newname") && !first.contains("Zoe Newname"), "{page}");
}

#[actix_web::test]
async fn an_appointment_of_another_day_waits_on_nobody_yet() {
    let room = Room::open().await;
    let interview = room.begin("technical_interview", "invite").await;
    room.assign(&interview, "ana@agency.test").await;
    let card = format!("{interview}/card");
    assert_eq!(rows(&room, "/desk", &card).await, 1);
    sqlx::query("update vetting_checks set state = 'scheduled', starts_at = $1 where kind = 'technical_interview'")
        .bind(room.app.clock.now() + TimeDelta::days(2))
        .execute(room.app.db.pool())
        .await
        .expect("scheduled");
    assert_eq!(rows(&room, "/desk", &card).await, 0);
    room.app.clock.advance(TimeDelta::days(2) - TimeDelta::hours(3));
    assert_eq!(rows(&room, "/desk", &card).await, 1, "it is due today");
}

#[actix_web::test]
async fn whoever_heard_nothing_by_the_promised_day_stands_there_once_until_somebody_writes() {
    let room = Room::open().await;
    let review = room.begin("code_review", "begin").await;
    let english = room.begin("english", "begin").await;
    for check in [&review, &english] {
        let judged = [("result", "passed"), ("decided_on", "2026-11-23")];
        room.recruiter.post(&format!("{check}/decide"), &judged).await.to();
    }
    let messages = format!("{}/messages", room.home);
    assert_eq!(rows(&room, "/desk", &messages).await, 0, "there is time");
    room.app.clock.advance(TimeDelta::days(10));
    assert_eq!(rows(&room, "/desk", &messages).await, 1);
    let words = [("subject", "You passed two checks"), ("body", "The interview is next.")];
    room.recruiter.post(&messages, &words).await.to();
    assert_eq!(rows(&room, "/desk", &messages).await, 0);
}

#[actix_web::test]
async fn thirty_days_before_somebody_stops_being_vetted_the_desk_says_so() {
    let room = Room::open().await;
    let kinds: Vec<String> = sqlx::query_scalar(
        "select tc.kind from track_checks tc join candidates c on c.track_id = tc.track_id where c.id = $1 order by tc.position",
    )
    .bind(room.id.0)
    .fetch_all(room.app.db.pool())
    .await
    .expect("what the track asks");
    let ends = (room.app.clock.now() + TimeDelta::days(31)).date_naive().to_string();
    for kind in &kinds {
        let form = [
            ("kind", kind.as_str()),
            ("result", "passed"),
            ("decided_on", "2026-11-23"),
            ("expires_on", &ends),
        ];
        room.recruiter.post(&format!("{}/checks", room.home), &form).await.to();
    }
    let page = room.recruiter.page("/desk").await;
    assert!(!page.contains("Renew a check"), "{page}");
    room.app.clock.advance(TimeDelta::days(1));
    let page = room.recruiter.page("/desk").await;
    assert!(page.contains("Renew a check: it counts until"), "{page}");
    room.app.clock.advance(TimeDelta::days(30));
    let page = room.app.sign_in("recruiter@agency.test").await.page("/desk").await;
    assert!(
        !page.contains("Renew a check"),
        "who is not vetted has nothing to renew: {page}"
    );
}
