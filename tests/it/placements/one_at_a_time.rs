//! One person, one placement: in the app, in the database, and when two clients want the same person at once.

use actix_web::http::StatusCode;
use futures_util::future::join;

use super::departure;
use crate::support::hires::{Scene, another, id_of, placement_of, scene};

#[actix_web::test]
async fn whoever_accepts_an_offer_is_waited_for_nowhere_else() {
    let it = scene(1).await;
    it.agree().await;
    let (proposed, chosen) = (it.propose(0, 1).await, it.choose(0, 2).await);
    let other = it.offer_on(&chosen, "2026-12-03").await;
    it.hire(0, 0, "2026-12-02").await;
    for path in [&proposed, &chosen] {
        assert_eq!(it.state("introductions", path).await, "withdrawn");
    }
    assert_eq!(it.state("offers", &other).await, "withdrawn");
    assert!(
        it.recruiter
            .page(&chosen)
            .await
            .contains("Accepted an offer elsewhere.")
    );
    // Nor can they be proposed while they are placed.
    let id = it.developers[0].id.to_string();
    let fields = [("seat", "2"), ("candidate", id.as_str())];
    let answer = it.recruiter.post(&format!("{}/shortlist", it.request), &fields).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn two_offers_accepted_at_once_make_one_placement() {
    for _ in 0..3 {
        let it = scene(1).await;
        it.agree().await;
        let (one, two) = (it.offer(0, 0, "2026-12-02").await, it.offer(0, 1, "2026-12-02").await);
        let person = &it.developers[0].person;
        let (one, two) = (format!("{one}/accept"), format!("{two}/accept"));
        let (a, b) = join(person.post(&one, &[]), person.post(&two, &[])).await;
        let won = [&a, &b]
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(won, 1, "{} and {}", a.text(), b.text());
        let live: i64 = sqlx::query_scalar("select count(*) from placements")
            .fetch_one(it.app.db.pool())
            .await
            .unwrap();
        assert_eq!(live, 1);
    }
}

#[actix_web::test]
async fn the_database_refuses_a_second_live_placement() {
    let it = scene(1).await;
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    let second = "insert into placements (id, offer_id, introduction_id, seat_id, request_id, organization_id, candidate_id, state, start_on, zone,
                    terms, specification, pay_minor, bill_minor, currency, period, engagement, accepted_at, root_id)
                  select x.id, p.offer_id, p.introduction_id, p.seat_id, p.request_id, p.organization_id, p.candidate_id, 'scheduled', p.start_on, p.zone,
                    p.terms, p.specification, p.pay_minor, p.bill_minor, p.currency, p.period, p.engagement, p.accepted_at, x.id
                  from placements p, (select gen_random_uuid() as id) x where p.id = $1";
    assert_eq!(
        it.refused_by(second, id_of(&placement)).await,
        "placements_one_at_a_time"
    );
}

#[actix_web::test]
async fn an_offer_cannot_be_accepted_after_its_first_day() {
    let it = scene(1).await;
    it.agree().await;
    let offer = it.offer(0, 0, "2026-12-02").await;
    it.at("2026-12-03T15:00:00Z").await;
    let late = it.developers[0].person.post(&format!("{offer}/accept"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.has("The first day of this offer has passed"));
    assert_eq!(it.state("offers", &offer).await, "sent");
}

/// A hire that left inside the guarantee, and the replacement that was accepted for it.
async fn replaced(it: &Scene) -> (String, String) {
    it.agree().await;
    let first = it.hire(0, 0, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    departure(it, &first, "2026-12-11", "resigned").await.to();
    it.recruiter.post(&format!("{first}/claim"), &[]).await.to();
    (first, it.hire(1, 0, "2026-12-20").await)
}

#[actix_web::test]
async fn a_replacement_who_never_comes_is_owed_again_and_uses_nothing_up() {
    let it = scene(2).await;
    let (first, replacement) = replaced(&it).await;
    assert_eq!(it.state("guarantee_claims", &first).await, "replaced");
    it.recruiter.post(&format!("{replacement}/cancel"), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &first).await, "replacement_search");
    assert_eq!(it.state("guarantees", &first).await, "claim_open");
    let dora = another(&it, "dora@dev.test").await;
    let introduction = it.propose_person(&dora, 0).await;
    dora.person.post(&format!("{introduction}/consent"), &[]).await.to();
    it.client.post(&format!("{introduction}/hire"), &[]).await.to();
    let offer = it.offer_on(&introduction, "2026-12-21").await;
    let next = dora.person.post(&format!("{offer}/accept"), &[]).await.to().to_owned();
    let (replaces, number): (uuid::Uuid, i16) =
        sqlx::query_as("select replaces_id, replacement_number from placements where id = $1")
            .bind(placement_of(&next))
            .fetch_one(it.app.db.pool())
            .await
            .unwrap();
    assert_eq!((replaces, number), (id_of(&first), 1));
    assert_eq!(it.state("guarantee_claims", &first).await, "replaced");
}

#[actix_web::test]
async fn nobody_is_a_no_show_after_the_guarantee_ran_its_course() {
    let it = scene(1).await;
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    it.at("2027-01-15T15:00:00Z").await;
    assert!(!it.recruiter.page(&placement).await.contains("/no-show"));
    let answer = it.recruiter.post(&format!("{placement}/no-show"), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("The guarantee has run its course"), "{}", answer.text());
}
