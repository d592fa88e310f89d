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
