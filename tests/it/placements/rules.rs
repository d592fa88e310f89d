//! The rules of offers, placements and claims in the database, and acts that meet.

use actix_web::http::StatusCode;
use futures_util::future::join;

use super::departure;
use crate::support::app::Answer;
use crate::support::hires::{Scene, id_of, scene};

#[actix_web::test]
async fn round_the_app_the_database_refuses_the_same() {
    let it = scene(3).await;
    it.agree().await;
    let offer_like = "insert into offers (id, introduction_id, seat_id, candidate_id, pay_minor, bill_minor, currency, period, engagement,
                                          start_on, agreement_id, state, sent_by, sent_at)
                      select gen_random_uuid(), i.id, i.seat_id, i.candidate_id, 1, 2, 'USD', 'month', 'contractor', '2026-12-02', a.id,
                             'sent', i.proposed_by, i.proposed_at
                      from introductions i join agreements a on a.organization_id = i.organization_id where i.id = $1";
    let refused = it.introduce(2, 1).await;
    it.client
        .post(&format!("{refused}/refuse"), &[("reason", "skills")])
        .await
        .to();
    assert_eq!(
        it.refused_by(offer_like, id_of(&refused)).await,
        "offers_to_the_chosen",
        "an offer to the refused"
    );
    let chosen = it.choose(0, 0).await;
    it.offer_on(&chosen, "2026-12-02").await;
    assert_eq!(
        it.refused_by(offer_like, id_of(&chosen)).await,
        "offers_one_live_per_seat"
    );
    let offer: uuid::Uuid = sqlx::query_scalar("select id from offers limit 1")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    let path = it.developers[0]
        .person
        .post(&format!("/offers/{offer}/accept"), &[])
        .await
        .to()
        .to_owned();
    let placement = id_of(&path);

    // A second hire of the seat, whatever its introduction says.
    let second = "insert into placements (id, offer_id, introduction_id, seat_id, request_id, organization_id, candidate_id, state, start_on,
                                          zone, terms, specification, pay_minor, bill_minor, currency, period, engagement, accepted_at, root_id)
                  select n.id, o.id, p.introduction_id, p.seat_id, p.request_id, p.organization_id, p.candidate_id, 'scheduled', p.start_on,
                         p.zone, p.terms, p.specification, 1, 2, 'USD', 'month', 'contractor', p.accepted_at, n.id
                  from placements p, offers o, (select gen_random_uuid() id) n where p.id = $1 limit 1";
    let rule = it.refused_by(second, placement).await;
    assert!(
        [
            "placements_one_at_a_time",
            "placements_one_per_offer",
            "placements_one_hire_per_seat"
        ]
        .contains(&rule.as_str()),
        "{rule}"
    );
    let other = it.choose(1, 1).await;
    let offer = it.offer_on(&other, "2026-12-02").await;
    // Accepting an offer whose choice is gone.
    sqlx::query("update introductions set state = 'refused', reason_kind = 'skills' where id = $1")
        .bind(id_of(&other))
        .execute(it.app.db.pool())
        .await
        .unwrap();
    let accept = "update offers set state = 'accepted' where id = $1";
    assert_eq!(it.refused_by(accept, id_of(&offer)).await, "offers_to_the_chosen");

    let claim =
        "insert into guarantee_claims (id, placement_id, state, last_working_day, cause, notified_by, notified_at)
                 select gen_random_uuid(), p.id, 'notified', p.start_on, 'resigned', o.sent_by, o.sent_at
                 from placements p join offers o on o.id = p.offer_id where p.id = $1";
    assert_eq!(
        it.refused_by(claim, placement).await,
        "guarantee_claims_after_departure"
    );
    it.at("2026-12-14T15:00:00Z").await;
    departure(&it, &path, "2026-12-11", "resigned").await.to();
    assert_eq!(
        it.refused_by(claim, placement).await,
        "guarantee_claims_one_open",
        "two open claims"
    );
    let rules = [
        (
            "update placements set terms = '{}' where id = $1",
            "placements_terms_frozen",
        ),
        (
            "update placements set specification = '{}' where id = $1",
            "placements_terms_frozen",
        ),
        (
            "update placements set bill_minor = bill_minor + 1 where id = $1",
            "placements_terms_frozen",
        ),
        (
            "update placements set start_on = start_on + 1 where id = $1",
            "placements_terms_frozen",
        ),
        (
            "update placements set state = 'active', last_working_day = null where id = $1",
            "placement_transition",
        ),
        (
            "update guarantees set ends_at = ends_at + interval '1 day' where placement_id = $1",
            "guarantees_dates_frozen",
        ),
        (
            "update guarantees set state = 'pending' where placement_id = $1",
            "guarantee_transition",
        ),
        (
            "update guarantee_claims set state = 'eligible' where placement_id = $1",
            "guarantee_claims_decided",
        ),
        (
            "update guarantee_claims set state = 'replaced' where placement_id = $1",
            "guarantee_claim_transition",
        ),
    ];
    for (sql, rule) in rules {
        assert_eq!(it.refused_by(sql, placement).await, rule, "{sql}");
    }
}

fn won(answer: &Answer) -> bool {
    assert!(
        matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::CONFLICT),
        "{}: {}",
        answer.status,
        answer.text()
    );
    answer.status == StatusCode::SEE_OTHER
}

#[actix_web::test]
async fn acceptance_and_withdrawal_at_once_have_one_winner() {
    let it = scene(3).await;
    it.agree().await;
    for seat in 0..3 {
        let introduction = it.choose(seat, seat).await;
        let offer = it.offer_on(&introduction, "2026-12-02").await;
        let (accept, withdraw) = (format!("{offer}/accept"), format!("{introduction}/withdraw"));
        let (a, b) = join(
            it.developers[seat].person.post(&accept, &[]),
            it.recruiter.post(&withdraw, &[("reason", "not_available")]),
        )
        .await;
        assert!(won(&a) != won(&b), "exactly one: {} and {}", a.status, b.status);
        let states = (
            it.state("introductions", &introduction).await,
            it.state("offers", &offer).await,
        );
        let wanted = if won(&a) {
            ("hired", "accepted")
        } else {
            ("withdrawn", "withdrawn")
        };
        assert_eq!((states.0.as_str(), states.1.as_str()), wanted);
    }
}

#[actix_web::test]
async fn two_offers_on_one_seat_at_once_have_one_winner() {
    let it = scene(1).await;
    it.agree().await;
    let introduction = it.choose(0, 0).await;
    let fields = Scene::offer_fields("2026-12-02");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let other = it
        .app
        .person(meridian::accounts::Role::Recruiter, "second@agency.test", None)
        .await;
    let path = format!("{introduction}/offer");
    let (a, b) = join(it.recruiter.post(&path, &fields), other.post(&path, &fields)).await;
    assert!(won(&a) != won(&b), "one offer: {} and {}", a.status, b.status);
    let offers: i64 = sqlx::query_scalar("select count(*) from offers")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(offers, 1);
    // And accepting it twice at once makes one placement.
    let offer = [a, b]
        .into_iter()
        .find(|answer| answer.location.is_some())
        .unwrap()
        .to()
        .to_owned();
    let accept = format!("{offer}/accept");
    let twice = it.app.sign_in(it.developers[0].email).await;
    let (a, b) = join(it.developers[0].person.post(&accept, &[]), twice.post(&accept, &[])).await;
    assert!(won(&a) != won(&b), "one placement");
}

#[actix_web::test]
async fn two_departures_at_once_open_one_claim() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.hire(0, 0, "2026-12-02").await;
    it.at("2026-12-14T15:00:00Z").await;
    let fields = [("last_day", "2026-12-11"), ("cause", "resigned")];
    let act = format!("{path}/departure");
    let (a, b) = join(it.client.post(&act, &fields), it.recruiter.post(&act, &fields)).await;
    assert!(won(&a) != won(&b), "{} and {}", a.status, b.status);
    let claims: i64 = sqlx::query_scalar("select count(*) from guarantee_claims")
        .fetch_one(it.app.db.pool())
        .await
        .unwrap();
    assert_eq!(claims, 1);
    let judge = format!("{path}/claim");
    let other = it
        .app
        .person(meridian::accounts::Role::Recruiter, "second@agency.test", None)
        .await;
    let (a, b) = join(it.recruiter.post(&judge, &[]), other.post(&judge, &[])).await;
    assert!(won(&a) != won(&b), "judged once");
}

#[actix_web::test]
async fn a_day_that_cannot_be_meant_is_no_first_and_no_last_day() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.choose(0, 0).await;
    for day in ["+262142-12-31", "9999-12-31", "-4712-01-01", "2033-01-01"] {
        let fields = Scene::offer_fields(day);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = it.recruiter.post(&format!("{path}/offer"), &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        assert!(
            answer.has("Write a date such as") || answer.has("five years ahead"),
            "{}",
            answer.text()
        );
    }
    let far = "insert into offers (id, introduction_id, seat_id, candidate_id, pay_minor, bill_minor, currency, period, engagement, start_on,
                                   agreement_id, state, sent_by, sent_at)
               select gen_random_uuid(), i.id, i.seat_id, i.candidate_id, 1, 2, 'USD', 'month', 'contractor', '9999-12-31',
                      (select id from agreements limit 1), 'sent', i.proposed_by, i.proposed_at
               from introductions i where i.id = $1";
    assert_eq!(it.refused_by(far, id_of(&path)).await, "offers_start_of_this_age");
    let offer = it.offer_on(&path, "2026-12-02").await;
    let placement = it.developers[0].person.post(&format!("{offer}/accept"), &[]).await;
    let departure = format!("{}/departure", placement.to());
    for day in ["+262142-12-31", "9999-12-31", "-4712-01-01"] {
        let answer = it
            .recruiter
            .post(&departure, &[("last_day", day), ("cause", "performance")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
    }
}
