//! Offers, placements, departures and guarantee claims, through the app and round it.

mod claims;
mod departures;
mod one_at_a_time;
mod rules;
mod secrets;
mod seen;

use actix_web::http::StatusCode;
use meridian::introductions::policy::{Audience, Scope};
use meridian::organizations::terms::Terms;
use meridian::placements::actions::settle;
use meridian::placements::store::hires::{Which, list};
use meridian::placements::{OfferState, State};

use crate::support::app::Answer;
use crate::support::hires::{Scene, scene};

/// The client tells of a departure.
async fn departure(it: &Scene, path: &str, last_day: &str, cause: &str) -> Answer {
    let fields = [
        ("last_day", last_day),
        ("cause", cause),
        ("note", "Told us this morning"),
    ];
    it.client.post(&format!("{path}/departure"), &fields).await
}

#[actix_web::test]
async fn the_enums_and_the_database_know_the_same_moves() {
    let it = scene(0).await;
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select machine, from_state, to_state from state_transitions where from_state <> ''")
            .fetch_all(it.app.db.pool())
            .await
            .unwrap();
    let name = |state: serde_json::Value| state.as_str().unwrap().to_owned();
    let knows = |machine: &str, from: String, to: String| rows.contains(&(machine.to_owned(), from, to));
    for from in State::ALL {
        for to in State::ALL {
            let (a, b) = (serde_json::to_value(from).unwrap(), serde_json::to_value(to).unwrap());
            assert_eq!(
                from.may_become(to),
                knows("placement", name(a), name(b)),
                "{from:?} to {to:?}"
            );
        }
    }
    for from in OfferState::ALL {
        for to in OfferState::ALL {
            let (a, b) = (serde_json::to_value(from).unwrap(), serde_json::to_value(to).unwrap());
            assert_eq!(
                from.may_become(to),
                knows("offer", name(a), name(b)),
                "{from:?} to {to:?}"
            );
        }
    }
}

#[actix_web::test]
async fn an_accepted_offer_freezes_the_terms_and_the_days_run_in_the_clients_zone() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.hire(0, 0, "2026-12-02").await;
    assert_eq!(it.state("placements", &path).await, "scheduled");
    for person in [&it.client, &it.recruiter, &it.developers[0].person] {
        let page = person.page(&path).await;
        assert!(
            page.contains("30 days") && page.contains("Thu 31 Dec 2026, 24:00 New York"),
            "{page}"
        );
        assert!(page.contains("Fri 1 Jan 2027, 02:00 Recife"), "the other clock: {page}");
    }
    it.at("2026-12-02T04:59:59Z").await;
    assert!(
        it.client.page(&path).await.contains("from the first day"),
        "the last second before the first day"
    );
    it.at("2026-12-02T05:00:00Z").await;
    assert!(
        it.client.page(&path).await.contains("Day 1 <span class=\"soft\">of 30"),
        "without any sweep"
    );
    it.at("2026-12-13T12:00:00Z").await;
    let page = it.client.page(&path).await;
    assert!(
        page.contains("Day 12 <span class=\"soft\">of 30") && page.contains("Next: check-in on day 15, 16 Dec 2026"),
        "{page}"
    );
    assert!(page.contains("What a claim made today would be judged by."));
    // A later agreement changes nothing that runs.
    it.agree_to(&Terms {
        days: 90,
        ..Terms::default_promise()
    })
    .await;
    assert!(
        it.client
            .page(&path)
            .await
            .contains("Day 12 <span class=\"soft\">of 30")
    );
    let terms = it.client.page(&format!("{path}/terms")).await;
    assert!(
        terms.contains("30 calendar days") && terms.contains("From agreement v1"),
        "{terms}"
    );
    it.at("2027-01-01T05:00:00Z").await;
    assert!(it.client.page(&path).await.contains("Completed"));
}

#[actix_web::test]
async fn the_sweep_moves_what_is_due_once() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.hire(0, 0, "2026-12-02").await;
    let sweep = async |at: &str| {
        it.at(at).await;
        let mut tx = it.app.db.begin().await.unwrap();
        let moved = settle(&mut tx, it.app.clock.now(), None).await.unwrap();
        tx.commit().await.unwrap();
        moved
    };
    assert_eq!(sweep("2026-12-02T04:59:59Z").await, 0);
    assert_eq!(
        sweep("2026-12-02T05:00:00Z").await,
        2,
        "the placement and its guarantee"
    );
    assert_eq!(sweep("2026-12-02T05:00:00Z").await, 0);
    assert_eq!(
        (it.state("placements", &path).await, it.state("guarantees", &path).await),
        ("active".into(), "running".into())
    );
    let staff = Scope {
        organization: None,
        candidate: None,
        audience: Audience::Staff,
    };
    let running = async || {
        let mut conn = it.app.db.conn().await.unwrap();
        list(&mut conn, staff, Which::Running(it.app.clock.now()), None, 10)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(running().await, 1);
    assert_eq!(sweep("2027-01-01T04:59:59Z").await, 0);
    assert_eq!(sweep("2027-01-01T05:00:00Z").await, 1);
    assert_eq!(running().await, 0);
    assert_eq!(it.state("guarantees", &path).await, "satisfied");
}

#[actix_web::test]
async fn a_no_show_and_a_cancellation_are_no_claims() {
    let it = scene(2).await;
    it.agree().await;
    let never = it.hire(0, 0, "2026-12-02").await;
    let off = it.hire(1, 1, "2026-12-02").await;
    assert_eq!(
        it.recruiter.post(&format!("{never}/no-show"), &[]).await.status,
        StatusCode::CONFLICT,
        "not yet"
    );
    assert_eq!(
        departure(&it, &never, "2026-12-05", "resigned").await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(it.recruiter.post(&format!("{off}/cancel"), &[]).await.to(), off);
    it.at("2026-12-03T15:00:00Z").await;
    assert_eq!(it.recruiter.post(&format!("{never}/no-show"), &[]).await.to(), never);
    for (path, state) in [(&never, "no_show"), (&off, "cancelled_before_start")] {
        assert_eq!(
            (
                it.state("placements", path).await.as_str(),
                it.state("guarantees", path).await.as_str()
            ),
            (state, "voided")
        );
        it.client.page(path).await;
    }
    let open: i64 = sqlx::query_scalar("select count(*) from seats where state = 'open'")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(open, 3, "both seats look again");
    let claims: i64 = sqlx::query_scalar("select count(*) from guarantee_claims")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(claims, 0);
}
