//! Whoever owes a scorecard about somebody reads no score of theirs, on any page that has some, until it is in.

use actix_web::http::StatusCode;
use meridian::candidates::blind::Eyes;
use meridian::ids::{CandidateId, CheckId};
use meridian::vetting::store;
use uuid::Uuid;

use super::room::Room;
use crate::support::app::Person;
use crate::support::hires::scene;

/// What Ana wrote and nobody who owes a card may read.
const SECRETS: [&str; 4] = ["ANSWER-OF-ANA", "NOTE-OF-ANA", "FLAG-OF-ANA", "NOTE-OF-THE-DECISION"];

/// A code review that Ana rated (Rust 5) and that is judged; while Ben owes a card of the technical interview.
async fn decided_meanwhile() -> (Room, String, String) {
    let room = Room::open().await;
    let review = room.begin("code_review", "invite").await;
    room.assign(&review, "ana@agency.test").await;
    let interview = room.begin("technical_interview", "invite").await;
    room.assign(&interview, "ben@agency.test").await;
    let (rust, question): (String, String) = (room.skill("rust").await, "Asked?".to_owned());
    let card = [
        ("question", question.as_str()),
        ("rating", "4"),
        ("answer", SECRETS[0]),
        ("skill", rust.as_str()),
        ("level", "5"),
        ("recommendation", "strong_yes"),
        ("note", SECRETS[1]),
        ("red_flags", SECRETS[2]),
        ("same", "yes"),
        ("act", "in"),
    ];
    room.ana.post(&format!("{review}/card"), &card).await.to();
    let judged = [("result", "passed"), ("decided_on", "2026-11-23"), ("note", SECRETS[3])];
    room.recruiter.post(&format!("{review}/decide"), &judged).await.to();
    // As if it had been a take-home: a score stands with the check. Nobody rewrites a result, so it is a check of its own.
    let graded = "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, score_bp, created_at)
                  select gen_random_uuid(), candidate_id, track_id, 'take_home', 'passed', assessor_id, decided_on, 8765, created_at
                  from vetting_checks where kind = 'code_review'";
    sqlx::query(graded).execute(room.app.db.pool()).await.expect("graded");
    (room, review, interview)
}

/// Every page on which something of it could stand.
async fn pages(room: &Room, review: &str) -> Vec<String> {
    let home = &room.home;
    let mut pages = vec![
        home.clone(),
        format!("{home}/ledger"),
        format!("{home}/vetting"),
        format!("{home}/history"),
        format!("{home}/takehome"),
        review.to_owned(),
        "/candidates".to_owned(),
        "/candidates?q=Rafaela".to_owned(),
        "/takehome?state=graded".to_owned(),
    ];
    let events: Vec<Uuid> = sqlx::query_scalar("select id from events where subject_id = $1")
        .bind(room.id)
        .fetch_all(room.app.db.pool())
        .await
        .expect("events");
    assert!(events.len() >= 6, "{}", events.len());
    pages.push(format!("/admin/events?subject=candidate&id={}", room.id));
    pages.extend(events.iter().map(|id| format!("/admin/events/{id}")));
    pages
}

/// What of the scores stands on a page.
fn seen(page: &str) -> Vec<&'static str> {
    let levels = [
        "5 of 5",
        "87.65",
        "Strong yes",
        "<span class=\"lvl\">5</span>",
        "value: 5",
        "<ins><span class=\"visually-hidden\">is now </span>5</ins>",
        "8765",
    ];
    SECRETS
        .into_iter()
        .chain(levels)
        .filter(|secret| page.contains(secret))
        .collect()
}

#[actix_web::test]
async fn over_pages_lists_history_and_the_log_nothing_is_seen_before_the_own_card_is_in() {
    let (room, review, interview) = decided_meanwhile().await;
    let pages = pages(&room, &review).await;
    for path in &pages {
        let page = room.ben.page(path).await;
        assert_eq!(seen(&page), Vec::<&str>::new(), "{path}");
    }
    let ledger = room.ben.page(&format!("{}/ledger", room.home)).await;
    assert!(ledger.contains("hidden until your scorecard is in"), "{ledger}");
    // That it passed is no score.
    assert!(
        room.ben
            .page(&format!("{}/vetting", room.home))
            .await
            .contains("Passed")
    );
    let handed_in = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    room.ben.post(&format!("{interview}/card"), &handed_in).await.to();
    let mut all = Vec::new();
    for path in &pages {
        all.extend(seen(&room.ben.page(path).await));
    }
    for secret in [
        "ANSWER-OF-ANA",
        "NOTE-OF-ANA",
        "FLAG-OF-ANA",
        "NOTE-OF-THE-DECISION",
        "5 of 5",
        "87.65",
        "Strong yes",
    ] {
        assert!(
            all.contains(&secret),
            "the pages do show it to whoever owes nothing: {secret} of {all:?}"
        );
    }
}

#[actix_web::test]
async fn a_search_by_level_finds_nobody_by_a_level_that_one_may_not_read() {
    let (room, _, interview) = decided_meanwhile().await;
    let found = async |who: &Person, query: &str| {
        who.page(&format!("/candidates?{query}"))
            .await
            .contains("Rafaela Nascimento")
    };
    for (query, ben) in [
        ("skill=Rust", true),
        ("skill=Rust&level=1", false),
        ("skill=Rust&level=5", false),
        ("q=Rafaela&skill=Rust&level=5", false),
    ] {
        assert_eq!(found(&room.ben, query).await, ben, "{query}");
        assert!(found(&room.ana, query).await, "{query}");
    }
    room.ben
        .post(
            &format!("{interview}/card"),
            &[("recommendation", "no"), ("same", "yes"), ("act", "in")],
        )
        .await
        .to();
    assert!(found(&room.ben, "skill=Rust&level=5").await);
}

#[actix_web::test]
async fn a_card_of_an_open_check_is_read_by_those_who_handed_theirs_in() {
    let room = Room::open().await;
    let check = room.begin("code_review", "invite").await;
    for who in ["ana@agency.test", "ben@agency.test"] {
        room.assign(&check, who).await;
    }
    let card = |note: &'static str| {
        [
            ("recommendation", "yes"),
            ("same", "yes"),
            ("note", note),
            ("act", "in"),
        ]
    };
    room.ana.post(&format!("{check}/card"), &card("NOTE-OF-ANA")).await.to();
    let reads = async |who: &Person| who.page(&check).await.contains("NOTE-OF-ANA");
    assert!(reads(&room.ana).await, "the author");
    assert!(!reads(&room.ben).await, "an assessor who owes one");
    assert!(!reads(&room.recruiter).await, "somebody else, while the check is open");
    room.ben.post(&format!("{check}/card"), &card("NOTE-OF-BEN")).await.to();
    assert!(reads(&room.ben).await, "an assessor whose card is in");
    // Ben owes another card of this person now: closed again, but for his own.
    let other = room.begin("english", "invite").await;
    room.assign(&other, "ben@agency.test").await;
    let page = room.ben.page(&check).await;
    assert!(!page.contains("NOTE-OF-ANA") && page.contains("NOTE-OF-BEN"), "{page}");
    room.recruiter
        .post(&format!("{check}/decide"), &[("result", "passed")])
        .await
        .to();
    assert!(reads(&room.recruiter).await, "the staff, once it is judged");
    assert!(!reads(&room.ben).await);
    assert_eq!(room.developer.get(&check).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn the_queries_themselves_leave_scores_out() {
    let (room, review, _) = decided_meanwhile().await;
    let mut conn = room.app.db.conn().await.expect("a connection");
    let ben: Uuid = room.one("select id from users where email = 'ben@agency.test'").await;
    let check: CheckId = review.rsplit('/').next().expect("an id").parse().expect("an id");
    let id: CandidateId = room.id;
    for (eyes, closed) in [(Eyes::of(Some(meridian::ids::UserId(ben))), true), (Eyes::OWN, false)] {
        let checks = store::checks(&mut conn, id, eyes).await.expect("checks");
        assert_eq!(
            checks.iter().filter(|one| one.hidden).count(),
            if closed { 2 } else { 0 }
        );
        assert_eq!(
            checks.iter().any(|one| one.score_bp.is_some() || !one.note.is_empty()),
            !closed
        );
        let detail = store::detail(&mut conn, id, check, eyes).await.expect("a check");
        assert_eq!(detail.note.is_empty(), closed);
        let ledger = meridian::candidates::store::ledger(&mut conn, id, eyes)
            .await
            .expect("the ledger");
        assert!(
            ledger
                .iter()
                .all(|line| line.value.is_none() == closed && line.hidden == closed)
        );
    }
}

#[actix_web::test]
async fn points_of_introductions_are_hidden_too_and_tell_nothing_by_their_order() {
    let it = scene(2).await;
    for developer in 0..2 {
        it.introduce(developer, 0).await;
    }
    // As if they had been shortlisted from a run.
    for (developer, points) in [(0, 9_876), (1, 5_432)] {
        sqlx::query("update introductions set points = $2 where candidate_id = $1")
            .bind(it.developers[developer].id)
            .bind(points)
            .execute(it.app.db.pool())
            .await
            .expect("points");
    }
    let list = format!("{}/introductions", it.request);
    let own: Uuid = sqlx::query_scalar("select id from introductions where points = 9876")
        .fetch_one(it.app.db.pool())
        .await
        .expect("an introduction");
    let own = format!("/introductions/{own}");
    let is_first = |page: &str| page.find(it.developers[0].name) < page.find(it.developers[1].name);
    let page = it.recruiter.page(&list).await;
    assert!(page.contains("9,876") && is_first(&page), "{page}");
    assert!(it.recruiter.page(&own).await.contains("9,876 of 10,000"));

    let home = format!("/candidates/{}", it.developers[0].id);
    let begun = [("kind", "debugging"), ("result", "begin")];
    it.recruiter.post(&format!("{home}/checks"), &begun).await.to();
    let (check, me): (Uuid, Uuid) = sqlx::query_as(
        "select k.id, u.id from vetting_checks k, users u where k.kind = 'debugging' and u.email = 'recruiter@agency.test'",
    )
    .fetch_one(it.app.db.pool())
    .await
    .expect("a check");
    let check = format!("{home}/checks/{check}");
    let assessor = [("assessor", me.to_string())];
    let assessor: Vec<(&str, &str)> = assessor.iter().map(|(name, value)| (*name, value.as_str())).collect();
    it.recruiter.post(&format!("{check}/assessors"), &assessor).await.to();
    let page = it.recruiter.page(&list).await;
    assert!(
        !page.contains("9,876") && page.contains("hidden until your scorecard is in"),
        "{page}"
    );
    assert!(page.contains("5,432") && !is_first(&page), "{page}");
    let page = it.recruiter.page(&own).await;
    assert!(
        !page.contains("9,876") && page.contains("hidden until your scorecard is in"),
        "{page}"
    );
    let card = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    it.recruiter.post(&format!("{check}/card"), &card).await.to();
    let page = it.recruiter.page(&list).await;
    assert!(page.contains("9,876") && is_first(&page), "{page}");
}
