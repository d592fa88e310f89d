//! Who matches, who is to confirm, who is left out, and with which points.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use meridian::matching::cli;
use serde_json::Value;

use super::{REQUEST, ids, json, scene};
use crate::models::score::{self as model, Says, Slip};

#[actix_web::test]
async fn points_follow_from_the_printed_seat_and_inputs_alone() {
    let (app, _) = scene().await;
    for seat in [1, 2] {
        let printed = json(&app, seat, cli::Extent::All).await;
        let keys: BTreeSet<&str> = printed.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            BTreeSet::from(["formula", "seat", "pool", "removed", "matches", "to_confirm"])
        );
        let matches = printed["matches"].as_array().unwrap();
        assert!(!matches.is_empty(), "seat {seat}: {printed:#}");
        for one in matches {
            let Says::Matched { points, parts } = model::says(Slip::None, &printed["seat"], &one["inputs"]) else {
                panic!("the model does not match {one:#}");
            };
            assert_eq!(one["points"], points, "{one:#}");
            assert_eq!(one["parts"], serde_json::to_value(parts).unwrap(), "{one:#}");
        }
        let inputs: Vec<Value> = matches.iter().rev().map(|one| one["inputs"].clone()).collect();
        assert_eq!(
            model::lists(Slip::None, &printed["seat"], &inputs).matches,
            ids(&printed["matches"]),
            "seat {seat}"
        );
        assert_eq!(printed["pool"], 360);
    }
}

#[actix_web::test]
async fn the_best_ten_are_the_first_of_all() {
    let (app, _) = scene().await;
    let (best, all) = (
        json(&app, 1, cli::Extent::Best).await,
        json(&app, 1, cli::Extent::All).await,
    );
    let (best, all) = (ids(&best["matches"]), ids(&all["matches"]));
    assert!(best.len() <= cli::MATCHES && all.starts_with(&best));
}

#[actix_web::test]
async fn who_is_unknown_stands_to_confirm_and_never_among_the_matches() {
    let (app, _) = scene().await;
    let before = json(&app, 1, cli::Extent::All).await;
    let best = ids(&before["matches"])[0].clone();
    assert!(
        ids(&before["to_confirm"]).len() > 20,
        "imported people stand to confirm"
    );
    for (sql, gate) in [
        (
            "update candidates set pay_minor = null, pay_currency = null, pay_period = null where id = $1::uuid",
            "budget",
        ),
        (
            "update candidates set work_start = null, work_end = null, work_days = null where id = $1::uuid",
            "overlap",
        ),
        (
            "update candidates set available_from = null where id = $1::uuid",
            "availability",
        ),
        (
            "update candidates set seniority = null where id = $1::uuid",
            "seniority",
        ),
        (
            "update claims set value = null where kind = 'skill' and candidate_id = $1::uuid",
            "must_have",
        ),
        (
            "update claims set current = false where kind like 'english%' and candidate_id = $1::uuid",
            "english",
        ),
        ("delete from vetting_checks where candidate_id = $1::uuid", "vetting"),
    ] {
        sqlx::query(sql).bind(&best).execute(app.db.pool()).await.unwrap();
        let after = json(&app, 1, cli::Extent::All).await;
        assert!(!ids(&after["matches"]).contains(&best), "{gate} is unknown");
        let entry = after["to_confirm"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["candidate"] == best.as_str());
        let unknown = entry.expect("to confirm")["unknown"].as_array().unwrap();
        assert!(unknown.contains(&Value::from(gate)), "{unknown:?}");
    }
}

#[actix_web::test]
async fn a_currency_without_a_rate_is_unknown_and_a_rate_converts() {
    let (app, _) = scene().await;
    let best = ids(&json(&app, 1, cli::Extent::All).await["matches"])[0].clone();
    let bill = |list: &Value| {
        let all = list["matches"].as_array().unwrap();
        all.iter()
            .find(|one| one["candidate"] == best.as_str())
            .map(|one| one["inputs"]["bill_minor"].clone())
    };
    let pay = "update candidates set pay_minor = 500000, pay_currency = $2, pay_period = $3 where id = $1::uuid";
    for (currency, period, expected) in [
        ("USD", "month", Some(675_000)),
        ("USD", "hour", None),
        ("SEK", "month", None),
    ] {
        sqlx::query(pay)
            .bind(&best)
            .bind(currency)
            .bind(period)
            .execute(app.db.pool())
            .await
            .unwrap();
        let list = json(&app, 1, cli::Extent::All).await;
        assert_eq!(bill(&list), expected.map(Value::from), "{currency} a {period}");
        assert_eq!(
            ids(&list["to_confirm"]).contains(&best),
            currency == "SEK",
            "no rate is unknown, too dear is not"
        );
    }
    // 25,000 reais a month, mark-up 35 %, at 0.185 dollars.
    sqlx::query(
        "update candidates set pay_minor = 2500000, pay_currency = 'BRL', pay_period = 'month' where id = $1::uuid",
    )
    .bind(&best)
    .execute(app.db.pool())
    .await
    .unwrap();
    assert_eq!(bill(&json(&app, 1, cli::Extent::All).await), Some(Value::from(624_375)));
}

#[actix_web::test]
async fn a_check_that_expires_leaves_the_matches_at_once() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    let best = ids(&json(&app, 1, cli::Extent::All).await["matches"])[0].clone();
    assert!(recruiter.page(&path).await.contains(&best));
    sqlx::query(
        "update vetting_checks set expires_on = '2026-11-24' where kind = 'english' and candidate_id = $1::uuid",
    )
    .bind(&best)
    .execute(app.db.pool())
    .await
    .unwrap();
    assert!(
        recruiter.page(&path).await.contains(&best),
        "it counts through the day before"
    );
    app.clock.advance(TimeDelta::hours(9)); // 2026-11-24 00:00 UTC
    let page = recruiter.page(&path).await;
    assert!(!page.contains(&best), "no job has run, the page knows");
    assert!(
        recruiter
            .page(&format!("{path}&candidate={best}"))
            .await
            .contains("Vetting checks of the track")
    );
}

#[actix_web::test]
async fn who_left_declined_or_was_refused_is_off_limits_for_this_client() {
    let (app, _) = scene().await;
    let all = ids(&json(&app, 1, cli::Extent::All).await["matches"]);
    let (refused, declined) = (all[0].clone(), all[1].clone());
    for (candidate, state) in [(&refused, "refused"), (&declined, "declined")] {
        sqlx::query(
            "with born as (
                insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
                values (gen_random_uuid(), '00000000-0000-7000-8000-000000000010', '00000000-0000-7000-8000-000000000011',
                        '00000000-0000-7000-8000-000000000001', $1::uuid, 'proposed', '00000000-0000-7000-8000-000000000003', $2, $2))
             select 1",
        )
        .bind(candidate).bind(app.clock.now()).execute(app.db.pool()).await.unwrap();
        let answer = if state == "declined" {
            "update introductions set state = 'declined' where candidate_id = $1::uuid"
        } else {
            // The account that a consent needs.
            sqlx::query(
                "with u as (insert into users (id, email, name, password_hash, role, created_at)
                            values ('00000000-0000-7000-8000-0000000000aa', 'dev@dev.test', 'Dev', '-', 'candidate', $2) returning id)
                 update candidates set user_id = '00000000-0000-7000-8000-0000000000aa' from u where candidates.id = $1::uuid",
            )
            .bind(candidate).bind(app.clock.now()).execute(app.db.pool()).await.unwrap();
            sqlx::query(
                "update introductions set state = 'consented', consented_at = $2, consented_by = '00000000-0000-7000-8000-0000000000aa'
                 where candidate_id = $1::uuid",
            )
            .bind(candidate).bind(app.clock.now()).execute(app.db.pool()).await.unwrap();
            "update introductions set state = 'refused', reason_kind = 'skills' where candidate_id = $1::uuid"
        };
        sqlx::query(answer)
            .bind(candidate)
            .execute(app.db.pool())
            .await
            .unwrap();
    }
    let first = json(&app, 1, cli::Extent::All).await;
    assert!(!ids(&first["matches"]).contains(&refused) && !ids(&first["matches"]).contains(&declined));
    assert_eq!(first["removed"]["standing"], 2);
    let second = json(&app, 2, cli::Extent::All).await;
    assert_eq!(
        second["removed"]["standing"], 1,
        "a no of the client counts for its other seats, a no of the person for this seat"
    );
}
