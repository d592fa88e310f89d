//! What is asked before an act binds, who is waited on, and the way back from a refusal.

use actix_web::http::{Method, StatusCode};

use crate::support::hires::scene;

#[actix_web::test]
async fn a_hire_is_asked_for_with_what_follows_and_only_under_an_accepted_promise() {
    let it = scene(2).await;
    let path = it.introduce(0, 0).await;
    let page = it.client.page(&path).await;
    assert!(
        page.contains("href=\"/agreement\"") && !page.contains(&format!("{path}/hire")),
        "{page}"
    );
    it.agree().await;
    let number = format!("Candidate M-{}", it.developers[0].code);
    let page = it.client.page(&path).await;
    assert!(
        page.contains(&format!("Hire {number}…")) && page.contains("Nobody is bound until the person accepts it"),
        "{page}"
    );
    assert!(
        page.contains("You see the name as soon as you choose the person"),
        "{page}"
    );
    // Side by side nothing binds by one click.
    let people = it.client.page(&format!("{}/people?seat=1", it.request)).await;
    assert!(
        people.contains(&format!("href=\"{path}#interview\""))
            && !people.contains("method=\"post\" action=\"/introductions")
    );
}

#[actix_web::test]
async fn an_interview_that_is_asked_for_waits_on_the_agency_in_every_list() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    it.client.post(&format!("{path}/interview"), &[]).await.to();
    let (list, people) = (
        format!("{}/introductions", it.request),
        format!("{}/people?seat=1", it.request),
    );
    for page in [&path, &list, &people] {
        let text = it.client.page(page).await;
        assert!(
            text.contains("Interview asked for, waiting on the agency") && !text.contains("then waiting on you"),
            "{page}: {text}"
        );
    }
}

#[actix_web::test]
async fn nobody_selected_leads_back_to_the_matches() {
    let it = scene(1).await;
    let answer = it
        .recruiter
        .post(&format!("{}/shortlist", it.request), &[("seat", "2")])
        .await;
    assert_eq!(answer.to(), format!("{}/matches?seat=2", it.request));
    assert!(it.recruiter.page(answer.to()).await.contains("Nobody is selected"));
}

#[actix_web::test]
async fn a_refusal_offers_the_way_back_to_the_page_it_was_sent_from() {
    let it = scene(1).await;
    let path = it.introduce(0, 0).await;
    let act = format!("{path}/hire");
    for (referer, back) in [
        (format!("{}{path}?say=hire", it.app.url), true),
        (format!("https://elsewhere.test{path}"), false),
        (format!("{}{act}", it.app.url), false),
    ] {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("referer", referer.as_str()),
        ];
        let answer = it.client.send(Method::POST, &act, &headers, Vec::new()).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.has("Back to where you were"), back, "{referer}");
        assert_eq!(answer.has(&format!("href=\"{path}?say=hire\"")), back, "{referer}");
    }
}

#[actix_web::test]
async fn side_by_side_hides_scores_from_the_staff_who_owe_a_scorecard_and_from_nobody_else() {
    const HIDDEN: &str = "Hidden until your scorecard is in";
    let it = scene(1).await;
    it.introduce(0, 0).await;
    let person = it.developers[0].id;
    let graded = "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, score_bp, created_at)
                  select gen_random_uuid(), c.id, c.track_id, 'take_home', 'passed', u.id, date '2026-11-20', 8700, c.created_at
                  from candidates c, users u where c.id = $1 and u.email = 'recruiter@agency.test'";
    let graded = sqlx::query(graded).bind(person.0).execute(it.app.db.pool()).await;
    assert_eq!(graded.expect("graded").rows_affected(), 1);
    let people = format!("{}/people?seat=1", it.request);
    assert!(it.recruiter.page(&people).await.contains("87 of 100"));
    let checks = format!("/candidates/{person}/checks");
    let invited = [("kind", "debugging"), ("result", "invite")];
    it.recruiter.post(&checks, &invited).await.to();
    let find = |sql: &'static str| sqlx::query_scalar::<_, uuid::Uuid>(sql).fetch_one(it.app.db.pool());
    let check = find("select id from vetting_checks where kind = 'debugging'")
        .await
        .expect("a check");
    let me = find("select id from users where email = 'recruiter@agency.test'")
        .await
        .expect("me");
    let assessor = [("assessor", &*me.to_string())];
    it.recruiter
        .post(&format!("{checks}/{check}/assessors"), &assessor)
        .await
        .to();
    let page = it.recruiter.page(&people).await;
    assert!(page.contains(HIDDEN) && !page.contains("87 of 100"), "{page}");
    let client = it.client.page(&people).await;
    assert!(!client.contains(HIDDEN) && client.contains("87 of 100"), "{client}");
    let card = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    it.recruiter.post(&format!("{checks}/{check}/card"), &card).await.to();
    assert!(it.recruiter.page(&people).await.contains("87 of 100"));
}
