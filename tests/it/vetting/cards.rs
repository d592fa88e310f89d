//! Scorecards: drafts, handing in, the levels that come of them, and what the database holds to.

use actix_web::http::StatusCode;
use uuid::Uuid;

use super::room::Room;
use crate::support::app::Person;

/// The first question of the shipped kit of the code review.
async fn question(room: &Room) -> String {
    room.one("select question from check_questions where kind = 'code_review' and position = 1")
        .await
}

/// A card of a code review that rates Rust.
async fn rate(room: &Room, who: &Person, check: &str, level: &str, further: &[(&str, &str)]) {
    let (question, rust) = (question(room).await, room.skill("rust").await);
    let mut card = vec![
        ("question", question.as_str()),
        ("rating", "3"),
        ("answer", "Walked through it"),
        ("skill", rust.as_str()),
        ("level", level),
        ("recommendation", "yes"),
        ("same", "yes"),
        ("act", "in"),
    ];
    card.extend(further);
    assert_eq!(who.post(&format!("{check}/card"), &card).await.to(), check);
}

#[actix_web::test]
async fn the_lowest_level_of_two_assessors_is_verified_and_says_who_checked_it() {
    let room = Room::open().await;
    let check = room.begin("code_review", "invite").await;
    room.assign(&check, "ana@agency.test").await;
    room.assign(&check, "ben@agency.test").await;
    let judged = [("result", "passed"), ("decided_on", "2026-11-23")];
    let early = room.recruiter.post(&format!("{check}/decide"), &judged).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.has("Wait for ana, ben"), "{}", early.text());
    rate(&room, &room.ana, &check, "4", &[]).await;
    rate(&room, &room.ben, &check, "3", &[]).await;
    assert_eq!(
        room.count("claims").await,
        0,
        "nothing is verified before a person judged the check"
    );
    room.recruiter.post(&format!("{check}/decide"), &judged).await.to();
    let said: String = room
        .one(
            "select concat_ws(' ', c.value, c.source, v.name, c.current, c.note) from claims c
             join users v on v.id = c.verified_by join vetting_checks k on k.id = c.check_id",
        )
        .await;
    assert_eq!(
        said,
        "3 interview ben t Code review, the lowest rating of 2: from 3 of 5 to 4 of 5"
    );
    let ledger = room.recruiter.page(&format!("{}/ledger", room.home)).await;
    assert!(
        ledger.contains(&format!("<a href=\"{check}\">verified by ben, 23 Nov 2026</a>")),
        "{ledger}"
    );
    let page = room.recruiter.page(&check).await;
    assert!(
        page.contains("Code review: production code of their own") && page.contains("Walked through it"),
        "{page}"
    );
    let history = room.recruiter.page(&format!("{}/history", room.home)).await;
    for act in ["Assessor assigned", "Scorecard handed in", "Check decided"] {
        assert!(history.contains(act), "{act}: {history}");
    }
    assert!(
        !history.contains("Walked through it") && !history.contains("strong"),
        "{history}"
    );
}

#[actix_web::test]
async fn a_draft_keeps_whatever_was_typed_and_what_is_in_stays() {
    let room = Room::open().await;
    let check = room.begin("technical_interview", "invite").await;
    room.assign(&check, "ana@agency.test").await;
    let card = format!("{check}/card");
    let empty = room.ana.page(&card).await;
    assert!(
        empty.contains("What does the borrow checker promise you") && empty.contains("Calls the borrow checker a bug.")
    );
    assert!(empty.len() < 60_000, "{}", empty.len());
    let long = "w".repeat(2_001);
    let question: String = room
        .one("select question from check_questions where kind = 'technical_interview' and position = 2")
        .await;
    let typed = [
        ("question", question.as_str()),
        ("rating", "7"),
        ("answer", long.as_str()),
        ("document", "Passport & more"),
        ("note", "Kept <as typed>"),
        ("red_flags", "One"),
        ("speaking", "B2"),
        ("act", "in"),
    ];
    let answer = room.ana.post(&card, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["recommendation", "same", "rating-1", "answer-1"] {
        let beside = answer.has(&format!("id=\"e-{field}\"")) && answer.has(&format!("href=\"#f-{field}\""));
        assert!(beside || field == "answer-1", "{field}: {}", answer.text());
    }
    for page in [answer.text(), room.ana.page(&card).await] {
        assert!(
            page.contains(&long)
                && page.contains("Kept &#60;as typed&#62;")
                && page.contains("value=\"Passport &#38; more\"")
        );
    }
    assert_eq!(room.count("scorecards where state = 'owed' and note = ''").await, 1);
    assert_eq!(
        room.count("events where kind like '%draft%'").await,
        0,
        "a draft is no event"
    );
    // The kit changes meanwhile: the answer stays with its question.
    sqlx::query("update check_questions set question = 'Reworded' where question = $1")
        .bind(&question)
        .execute(room.app.db.pool())
        .await
        .expect("reworded");
    let page = room.ana.page(&card).await;
    assert!(page.contains("Reworded") && page.contains(&long));
    // Nobody else's card, no stranger's, and none twice.
    assert_eq!(room.ben.get(&card).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        room.ben.post(&card, &[("act", "save")]).await.status,
        StatusCode::NOT_FOUND
    );
    let whole = [
        ("recommendation", "strong_no"),
        ("same", "yes"),
        ("note", "Final"),
        ("act", "in"),
    ];
    room.ana.post(&card, &whole).await.to();
    assert_eq!(room.ana.get(&card).await.to(), check);
    assert_eq!(room.ana.post(&card, &whole).await.status, StatusCode::CONFLICT);
    assert_eq!(room.count("scorecard_drafts").await, 0);
}

#[actix_web::test]
async fn a_missing_card_is_released_with_a_reason_and_a_waiver_needs_none() {
    let room = Room::open().await;
    let check = room.begin("english", "invite").await;
    for who in ["ana@agency.test", "ben@agency.test"] {
        room.assign(&check, who).await;
    }
    let again: Uuid = room.one("select id from users where email = 'ana@agency.test'").await;
    let twice = [("assessor", again.to_string())];
    let twice: Vec<(&str, &str)> = twice.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        room.recruiter.post(&format!("{check}/assessors"), &twice).await.status,
        StatusCode::CONFLICT
    );
    let nobody = room
        .recruiter
        .post(&format!("{check}/assessors"), &[("assessor", "")])
        .await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let stranger: Uuid = room.one("select id from users where email = 'rafaela@dev.test'").await;
    let stranger = stranger.to_string();
    assert_eq!(
        room.recruiter
            .post(&format!("{check}/assessors"), &[("assessor", &stranger)])
            .await
            .status,
        StatusCode::CONFLICT
    );
    let card: Uuid = room
        .one("select s.id from scorecards s join users u on u.id = s.assessor_id where u.name = 'ana'")
        .await;
    let card = card.to_string();
    let long = "r".repeat(201);
    for reason in ["", long.as_str()] {
        let answer = room
            .recruiter
            .post(
                &format!("{check}/release"),
                &[("card", &card), ("release_reason", reason)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.has("id=\"e-release_reason\"") && answer.has(reason));
    }
    room.recruiter
        .post(
            &format!("{check}/release"),
            &[("card", &card), ("release_reason", "Ill for a month")],
        )
        .await
        .to();
    assert!(room.recruiter.page(&check).await.contains("Released: Ill for a month"));
    let form = [
        ("recommendation", "yes"),
        ("same", "yes"),
        ("speaking", "C1"),
        ("writing", "B2"),
        ("act", "in"),
    ];
    room.ben.post(&format!("{check}/card"), &form).await.to();
    assert_eq!(
        room.ana.post(&format!("{check}/card"), &form).await.status,
        StatusCode::CONFLICT,
        "released is released"
    );
    room.recruiter
        .post(
            &format!("{check}/decide"),
            &[
                ("result", "failed"),
                ("decided_on", "2026-11-23"),
                ("reason", "Not yet"),
            ],
        )
        .await
        .to();
    let english: Vec<(String, i16)> = sqlx::query_as("select kind, value from claims where current order by kind")
        .fetch_all(room.app.db.pool())
        .await
        .expect("claims");
    assert_eq!(
        english,
        [("english_speaking".to_owned(), 5), ("english_writing".to_owned(), 4)],
        "a failed check verifies too"
    );

    let check = room.begin("identity", "invite").await;
    room.assign(&check, "ana@agency.test").await;
    room.recruiter
        .post(
            &format!("{check}/decide"),
            &[("result", "waived"), ("reason", "Known for years")],
        )
        .await
        .to();
    assert_eq!(
        room.count("scorecards where release_reason = 'The check was waived.'")
            .await,
        1
    );
    let owed: Vec<Uuid> = room.one("select owed_by from candidates").await;
    assert!(owed.is_empty());
    let takehome = room.begin("take_home", "begin").await;
    let ana = again.to_string();
    assert_eq!(
        room.recruiter
            .post(&format!("{takehome}/assessors"), &[("assessor", &ana)])
            .await
            .status,
        StatusCode::CONFLICT
    );
}

#[actix_web::test]
async fn what_does_not_fit_becomes_a_finding_that_a_person_closes() {
    let room = Room::open().await;
    let check = room.begin("technical_interview", "invite").await;
    room.assign(&check, "ana@agency.test").await;
    let card = [
        ("recommendation", "yes"),
        ("same", "yes"),
        ("document", "passport"),
        ("code", "no"),
        ("clock", "no"),
        ("payout_country", "Portugal"),
        ("act", "in"),
    ];
    room.ana.post(&format!("{check}/card"), &card).await.to();
    let page = room.recruiter.page(&format!("{}/vetting", room.home)).await;
    for said in [
        "Did not know the code",
        "The clock does not fit",
        "Portugal; the profile says Brazil",
        "ana looks into it",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // It stops nothing.
    room.recruiter
        .post(&format!("{check}/decide"), &[("result", "passed")])
        .await
        .to();
    let finding: Uuid = room.one("select id from identity_findings where kind = 'clock'").await;
    let path = format!("{}/findings/{finding}", room.home);
    let long = "f".repeat(401);
    for (to, found, field) in [
        ("", "x", "to"),
        ("explained", "", "found"),
        ("open", "x", "to"),
        ("confirmed", long.as_str(), "found"),
    ] {
        let answer = room.recruiter.post(&path, &[("to", to), ("found", found)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
        assert!(
            answer.has(&format!("id=\"e-{field}\"")) && answer.has(&format!("value=\"{found}\"")),
            "{to}: {}",
            answer.text()
        );
    }
    let answer = room.recruiter.post(&path, &[("to", "give"), ("owner", "nobody")]).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("id=\"e-owner\""));
    let ben: Uuid = room.one("select id from users where email = 'ben@agency.test'").await;
    let ben = ben.to_string();
    room.recruiter
        .post(&path, &[("to", "give"), ("owner", &ben)])
        .await
        .to();
    room.ben
        .post(&path, &[("to", "explained"), ("found", "Travels this month")])
        .await
        .to();
    let page = room.recruiter.page(&format!("{}/vetting", room.home)).await;
    assert!(
        page.contains("Travels this month") && page.contains("Explained"),
        "{page}"
    );
    assert_eq!(
        room.recruiter
            .post(&path, &[("to", "give"), ("owner", &ben)])
            .await
            .status,
        StatusCode::CONFLICT
    );
    room.ben
        .post(&path, &[("to", "confirmed"), ("found", "It was not true")])
        .await
        .to();
    let other = format!("{}/findings/{}", room.home, Uuid::now_v7());
    assert_eq!(
        room.ben
            .post(&other, &[("to", "explained"), ("found", "x")])
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}
