//! What a departure leaves behind: an empty seat, a request that says so, and at most one search.

use actix_web::http::StatusCode;
use futures_util::future::join;
use meridian::accounts::Role;
use meridian::organizations::terms::{Remedy, Terms};

use super::departure;
use crate::support::clients::version;
use crate::support::hires::{Developer, Scene, another, id_of, placement_of, scene};

/// Three people on the three seats of a request that is filled by them, from 2 December; the clock stands on the 14th.
async fn filled() -> (Scene, Vec<String>) {
    let it = scene(3).await;
    it.agree().await;
    let mut placements = Vec::new();
    for seat in 0..3 {
        placements.push(it.hire(seat, seat, "2026-12-02").await);
    }
    assert_eq!(it.state("role_requests", &it.request).await, "filled");
    it.at("2026-12-14T15:00:00Z").await;
    (it, placements)
}

/// The moves of the request so far, from the oldest.
async fn moves(it: &Scene) -> Vec<String> {
    sqlx::query_scalar(
        "select from_state || ' ' || to_state from role_request_states where request_id = $1 order by id",
    )
    .bind(id_of(&it.request))
    .fetch_all(it.app.db.pool())
    .await
    .unwrap()
}

async fn vacated(it: &Scene) -> i64 {
    sqlx::query_scalar("select count(*) from events where kind = 'seat.vacated'")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap()
}

/// The client wants somebody else.
async fn resume(it: &Scene) -> StatusCode {
    let seen = version(&it.client, &it.request).await;
    let path = format!("{}/resume", it.request);
    it.client.post(&path, &[("version", seen.as_str())]).await.status
}

/// Proposed for the first seat, said yes, chosen.
async fn chosen(it: &Scene, who: &Developer) -> String {
    let introduction = it.propose_person(who, 0).await;
    who.person.post(&format!("{introduction}/consent"), &[]).await.to();
    it.client.post(&format!("{introduction}/hire"), &[]).await.to();
    introduction
}

async fn replaces(it: &Scene, placement: &str) -> Option<uuid::Uuid> {
    sqlx::query_scalar("select replaces_id from placements where id = $1")
        .bind(placement_of(placement))
        .fetch_one(it.app.db.pool())
        .await
        .unwrap()
}

#[actix_web::test]
async fn whoever_leaves_after_the_guarantee_leaves_an_empty_seat() {
    let (it, placements) = filled().await;
    it.at("2027-01-15T15:00:00Z").await;
    departure(&it, &placements[0], "2027-01-14", "resigned").await.to();
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    for person in [&it.client, &it.recruiter] {
        let page = person.page(&it.request).await;
        assert!(
            page.contains("2 of 3 filled") && page.contains("Seat 1 is empty: the last working day is 14 Jan 2027."),
            "{page}"
        );
        assert!(
            page.contains("Resume the search"),
            "either side may ask for somebody else"
        );
    }
    assert!(it.client.page("/client").await.contains("2 of 3 filled"));
    assert_eq!(resume(&it).await, StatusCode::SEE_OTHER);
    let dora = another(&it, "dora@dev.test").await;
    let introduction = chosen(&it, &dora).await;
    let offer = it.offer_on(&introduction, "2027-02-01").await;
    let placement = dora.person.post(&format!("{offer}/accept"), &[]).await.to().to_owned();
    assert_eq!(replaces(&it, &placement).await, None, "a hire of its own");
    assert_eq!(it.state("role_requests", &it.request).await, "filled");
    assert_eq!(
        moves(&it).await[2..],
        ["open filled", "filled on_hold", "on_hold open", "open filled"]
    );
}

#[actix_web::test]
async fn a_covered_departure_empties_the_seat_at_once_and_the_search_starts_once() {
    let (it, placements) = filled().await;
    departure(&it, &placements[0], "2026-12-11", "resigned").await.to();
    assert_eq!(it.state("guarantee_claims", &placements[0]).await, "notified");
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    // The client does not wait for the judgement. Nobody is hired before it: a replacement or not is still open.
    assert_eq!(resume(&it).await, StatusCode::SEE_OTHER);
    let dora = another(&it, "dora@dev.test").await;
    let introduction = chosen(&it, &dora).await;
    let fields = Scene::offer_fields("2026-12-20");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let early = it.recruiter.post(&format!("{introduction}/offer"), &fields).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.has("A guarantee claim about this seat is not decided"));

    it.recruiter.post(&format!("{}/claim", placements[0]), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &placements[0]).await, "replacement_search");
    assert_eq!(
        moves(&it).await[3..],
        ["filled on_hold", "on_hold open"],
        "the search that runs is not opened again"
    );
    assert_eq!(vacated(&it).await, 1, "the seat was emptied once");
    let offer = it.offer_on(&introduction, "2026-12-20").await;
    let placement = dora.person.post(&format!("{offer}/accept"), &[]).await.to().to_owned();
    assert_eq!(replaces(&it, &placement).await, Some(id_of(&placements[0])));
    assert_eq!(it.state("role_requests", &it.request).await, "filled");
}

#[actix_web::test]
async fn a_claim_that_is_not_eligible_leaves_the_seat_empty() {
    let (it, placements) = filled().await;
    departure(&it, &placements[0], "2026-12-11", "layoff").await.to();
    it.recruiter.post(&format!("{}/claim", placements[0]), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &placements[0]).await, "ineligible");
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    assert_eq!(resume(&it).await, StatusCode::SEE_OTHER);
    assert_eq!(it.state("role_requests", &it.request).await, "open");
}

#[actix_web::test]
async fn a_search_that_a_person_paused_stays_paused() {
    let it = scene(1).await;
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    let seen = version(&it.client, &it.request).await;
    let fields = [("version", seen.as_str()), ("reason", "Budget round")];
    it.client.post(&format!("{}/hold", it.request), &fields).await.to();
    departure(&it, &placement, "2026-12-11", "resigned").await.to();
    it.recruiter.post(&format!("{placement}/claim"), &[]).await.to();
    assert_eq!(it.state("guarantee_claims", &placement).await, "replacement_search");
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    assert!(it.client.page(&it.request).await.contains("Budget round"));
}

#[actix_web::test]
async fn a_seat_given_up_before_the_judgement_gets_the_next_remedy() {
    for (remedies, ends) in [
        (vec![Remedy::Replacement, Remedy::Refund], "refund_due"),
        (vec![Remedy::Replacement], "closed_unfilled"),
    ] {
        let it = scene(1).await;
        it.agree_to(&Terms {
            remedies,
            ..Terms::default_promise()
        })
        .await;
        let placement = it.hire(0, 0, "2026-12-02").await;
        it.at("2026-12-14T15:00:00Z").await;
        departure(&it, &placement, "2026-12-11", "resigned").await.to();
        let seen = version(&it.client, &it.request).await;
        let fields = [("version", seen.as_str()), ("reason", "The project is over")];
        it.client.post(&format!("{}/cancel", it.request), &fields).await.to();
        it.recruiter.post(&format!("{placement}/claim"), &[]).await.to();
        assert_eq!(it.state("guarantee_claims", &placement).await, ends);
        assert_eq!(it.state("role_requests", &it.request).await, "cancelled");
        it.client.page(&placement).await;
    }
}

#[actix_web::test]
async fn two_who_leave_at_once_leave_two_seats_and_one_rest() {
    let (it, placements) = filled().await;
    let (a, b) = join(
        departure(&it, &placements[0], "2026-12-11", "resigned"),
        departure(&it, &placements[1], "2026-12-11", "resigned"),
    )
    .await;
    assert_eq!((a.to(), b.to()), (placements[0].as_str(), placements[1].as_str()));
    assert_eq!(moves(&it).await[3..], ["filled on_hold"]);
    assert_eq!(vacated(&it).await, 2);
    assert!(it.client.page(&it.request).await.contains("1 of 3 filled"));
    // Two searches become due while the client asks for one: whoever comes first, it starts once.
    let other = it
        .app
        .person(meridian::accounts::Role::Recruiter, "second@agency.test", None)
        .await;
    let seen = version(&it.client, &it.request).await;
    let (claims, by_hand) = (
        [&placements[0], &placements[1]].map(|path| format!("{path}/claim")),
        [("version", seen.as_str())],
    );
    let resumed = format!("{}/resume", it.request);
    let (resumed, (first, second)) = join(
        it.client.post(&resumed, &by_hand),
        join(it.recruiter.post(&claims[0], &[]), other.post(&claims[1], &[])),
    )
    .await;
    assert!(matches!(resumed.status, StatusCode::SEE_OTHER | StatusCode::CONFLICT));
    assert_eq!(
        (first.to(), second.to()),
        (placements[0].as_str(), placements[1].as_str())
    );
    assert_eq!(moves(&it).await[3..], ["filled on_hold", "on_hold open"]);
    assert_eq!(vacated(&it).await, 2);
}

#[actix_web::test]
async fn departures_from_before_the_rule_are_put_right() {
    let (it, placements) = filled().await;
    departure(&it, &placements[0], "2026-12-11", "layoff").await.to();
    let before = moves(&it).await.len();
    let (seat, request) = (it.seats[0], id_of(&it.request));
    // As it was left in those days: the seat filled, the request too, and no move between.
    for sql in [
        "delete from state_transitions where (machine, from_state, to_state) in
             (('role_request', 'filled', 'on_hold'), ('guarantee_claim', 'eligible', 'closed_unfilled'))",
        "alter table role_request_states disable trigger role_request_states_only_grow",
        "delete from role_request_states where from_state = 'filled'",
        "alter table role_request_states enable trigger role_request_states_only_grow",
        "alter table seats disable trigger seats_filled_by_a_hire",
    ] {
        sqlx::query(sql).execute(it.app.db.pool()).await.expect(sql);
    }
    for (sql, id) in [
        ("update seats set state = 'filled' where id = $1", seat.0),
        ("update role_requests set state = 'open' where id = $1", request),
        ("update role_requests set state = 'filled' where id = $1", request),
    ] {
        sqlx::query(sql).bind(id).execute(it.app.db.pool()).await.expect(sql);
    }
    sqlx::raw_sql(include_str!("../../../migrations/0080_departures.sql"))
        .execute(it.app.db.pool())
        .await
        .expect("the migration");
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    let after = moves(&it).await;
    assert_eq!(
        (after.len(), after.last().map(String::as_str)),
        (before, Some("filled on_hold"))
    );
    assert!(it.client.page(&it.request).await.contains("2 of 3 filled"));
    assert_eq!(resume(&it).await, StatusCode::SEE_OTHER);
}

/// Who answers for the request.
async fn in_charge(it: &Scene) -> Option<uuid::Uuid> {
    sqlx::query_scalar("select recruiter_id from role_requests where id = $1")
        .bind(id_of(&it.request))
        .fetch_one(it.app.db.pool())
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_request_that_is_opened_again_is_not_in_the_hands_of_who_left_meanwhile() {
    let (mut it, placements) = filled().await;
    let anna = in_charge(&it).await.expect("whoever opened it");
    let owner = it.app.admin().await;
    // It was over, so nobody had to take it.
    let leave = format!("/admin/people/{anna}/deactivate");
    assert_eq!(owner.post(&leave, &[]).await.to(), "/admin/people");
    assert_eq!(in_charge(&it).await, Some(anna), "who filled it stays to be read");
    // Past the app the tables refuse to open it in those hands.
    let again = "update role_requests set state = 'on_hold' where id = $1";
    assert_eq!(
        it.refused_by(again, id_of(&it.request)).await,
        "role_requests_in_active_hands"
    );
    let bert = it.app.user(Role::Recruiter, "bert@agency.test", None).await;
    it.recruiter = it.app.sign_in("bert@agency.test").await;
    departure(&it, &placements[0], "2026-12-11", "resigned").await.to();
    assert_eq!(it.state("role_requests", &it.request).await, "on_hold");
    assert_eq!(in_charge(&it).await, None);
    assert!(it.recruiter.page(&it.request).await.contains("Nobody yet"));
    assert_eq!(resume(&it).await, StatusCode::SEE_OTHER);
    assert_eq!(in_charge(&it).await, None, "the client's word puts nobody in charge");
    let seen = version(&it.recruiter, &it.request).await;
    let (put, who) = (format!("{}/recruiter", it.request), bert.to_string());
    let fields = [("version", seen.as_str()), ("recruiter", who.as_str())];
    it.recruiter.post(&put, &fields).await.to();
    assert_eq!(in_charge(&it).await, Some(bert.0));
}
