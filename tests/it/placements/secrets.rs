//! Who may read what: money, contact details, records of others; and how heavy a page is.

use actix_web::http::StatusCode;

use super::departure;
use crate::support::app::Person;
use crate::support::hires::{BILL, PAY, scene};

/// Links on a page to pages of this domain and others.
fn links(page: &str) -> Vec<String> {
    page.split("href=\"/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|path| {
            format!(
                "/{}",
                path.split('#')
                    .next()
                    .unwrap_or_default()
                    .replace("&#38;", "&")
                    .replace("&amp;", "&")
            )
        })
        .filter(|path| !path.starts_with("/static"))
        .collect()
}

/// Every page a person reaches by links, from some starts.
async fn reachable(person: &Person, starts: &[String]) -> Vec<(String, String)> {
    let mut waiting: Vec<String> = starts.to_vec();
    let mut seen: Vec<(String, String)> = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.iter().any(|(known, _)| *known == path) || seen.len() > 150 {
            continue;
        }
        let answer = person.get(&path).await;
        if answer.status == StatusCode::OK {
            waiting.extend(links(&answer.text()));
        }
        seen.push((path, answer.text()));
    }
    seen
}

#[actix_web::test]
async fn pay_never_reaches_the_client_nor_the_bill_rate_the_developer() {
    let it = scene(2).await;
    it.agree().await;
    let placed = it.hire(0, 0, "2026-12-02").await;
    let introduced = it.introduce(1, 1).await;
    it.at("2026-12-14T15:00:00Z").await;
    departure(&it, &placed, "2026-12-11", "resigned").await.to();
    let people = format!("{}/people?seat=2", it.request);
    let starts = [
        "/client".to_owned(),
        "/placements".to_owned(),
        placed.clone(),
        introduced,
        people,
        it.request.clone(),
    ];
    let pages = reachable(&it.client, &starts).await;
    assert!(
        pages.len() >= 12,
        "the walk found the pages: {:?}",
        pages.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    for (path, page) in &pages {
        for secret in [PAY, "432100", "432,100", "@dev.test", "5550 0199"] {
            assert!(!page.contains(secret), "{path} shows {secret} to the client");
        }
    }
    assert!(
        pages.iter().any(|(_, page)| page.contains(BILL)),
        "what they pay is theirs to see"
    );
    let offer: uuid::Uuid = sqlx::query_scalar("select id from offers limit 1")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    let introduction: uuid::Uuid = sqlx::query_scalar("select introduction_id from offers limit 1")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    let starts = [
        "/me".to_owned(),
        "/placements".to_owned(),
        placed,
        format!("/offers/{offer}"),
        format!("/introductions/{introduction}"),
    ];
    let pages = reachable(&it.developers[0].person, &starts).await;
    for (path, page) in &pages {
        for secret in [BILL, "567800", "567,800"] {
            assert!(!page.contains(secret), "{path} shows {secret} to the developer");
        }
    }
    assert!(
        pages.iter().any(|(_, page)| page.contains(PAY)),
        "what they get is theirs to see"
    );
}

#[actix_web::test]
async fn the_records_of_others_are_not_found_and_no_page_is_heavy() {
    let it = scene(2).await;
    it.agree().await;
    let placed = it.hire(0, 0, "2026-12-02").await;
    let introduced = it.introduce(1, 1).await;
    let offer = it.choose(1, 2).await;
    let offer = it.offer_on(&offer, "2026-12-02").await;
    let (stranger, _) = crate::support::clients::client(&it.app, "Another Client", "eve@another.test").await;
    for path in [
        &placed,
        &introduced,
        &format!("{placed}/terms"),
        &format!("{placed}/departure"),
        &format!("{}/people", it.request),
    ] {
        assert_eq!(
            stranger.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path} for another client"
        );
    }
    for path in [&introduced, &offer] {
        assert_eq!(
            it.developers[0].person.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path} for another developer"
        );
    }
    let pages = [
        placed.clone(),
        format!("{placed}/terms"),
        format!("{placed}/history"),
        "/placements".to_owned(),
        introduced,
        format!("{}/people?seat=2", it.request),
        format!("{}/introductions", it.request),
    ];
    for path in pages {
        for person in [&it.client, &it.recruiter] {
            let size = person.page(&path).await.len();
            assert!(size <= 60 * 1024, "{path} has {size} bytes");
        }
    }
}
