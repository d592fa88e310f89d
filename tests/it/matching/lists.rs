//! Who matches, who is to confirm, who is left out, and with which points.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use meridian::matching::score::Relaxation;
use meridian::matching::{cli, pool, runs};
use meridian::zones::{Weekdays, WorkingWeek, Zone};
use serde_json::Value;

use super::{REQUEST, ids, json, request, run_sql, scene};
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
async fn the_best_fifty_are_the_first_of_all() {
    let (app, _) = scene().await;
    // The seat asks for so little that more people match than are printed.
    run_sql(
        &app,
        "update role_requests set least_overlap_minutes = null, english_speaking = null, english_writing = null, start_on = null,
                                  length_months = 24;
         update seats set seniority = null, budget_minor = null;
         delete from role_request_skills where need = 'must'",
    )
    .await;
    let (best, all) = (
        json(&app, 1, cli::Extent::Best).await,
        json(&app, 1, cli::Extent::All).await,
    );
    let (best, all) = (ids(&best["matches"]), ids(&all["matches"]));
    assert!(all.len() > 50, "only {} match", all.len());
    assert_eq!(best, all[..50]);
}

#[actix_web::test]
async fn a_later_start_is_counted_with_the_overlap_of_the_later_weeks() {
    let (app, _) = scene().await;
    let loaded = pool::load(&mut app.db.conn().await.unwrap(), request(), 1, app.clock.now())
        .await
        .unwrap();
    let best = runs::compute_here(loaded.raw.clone()).unwrap().ranked.matches[0].index;
    // Nine to five on both sides, seven hours of them asked for, three months.
    let nine_to_five =
        |zone| WorkingWeek::new(Zone::parse(zone).unwrap(), 540, 1020, Weekdays::MONDAY_TO_FRIDAY).unwrap();
    let later_adds = |start: &str, zone, free_from: &str| {
        let mut raw = loaded.raw.clone();
        let start = start.parse().unwrap();
        (raw.seat.start, raw.seat.window_from, raw.seat.months) = (Some(start), start, Some(3));
        (raw.seat.week, raw.seat.least_overlap_minutes) = (nine_to_five("America/New_York"), Some(420));
        let mut person = raw.candidates[best].clone();
        (person.week, person.free_from) = (Some(nine_to_five(zone)), Some(free_from.parse().unwrap()));
        raw.candidates = vec![person];
        let computed = runs::compute_here(raw).unwrap();
        assert!(computed.ranked.matches.is_empty(), "from {start} in {zone}");
        let later = computed
            .what_ifs
            .iter()
            .find(|one| one.relaxation == Relaxation::StartLater);
        later.unwrap().adds
    };
    // Free in time for the later start; its three months reach into New York's summer time.
    assert_eq!(
        later_adds("2026-12-07", "America/Mexico_City", "2027-01-20"),
        0,
        "seven hours in winter, six in summer"
    );
    assert_eq!(
        later_adds("2026-12-07", "America/Bogota", "2027-01-20"),
        1,
        "eight and seven"
    );
    // Free already, but with too little overlap as long as New York has winter time.
    assert_eq!(
        later_adds("2027-02-22", "America/Recife", "2026-12-01"),
        1,
        "six hours in winter, seven in summer"
    );
    assert_eq!(
        later_adds("2027-02-22", "America/Recife", "2027-04-15"),
        1,
        "both at once"
    );
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
            "with old as (update claims set current = false where kind = 'skill' and current and candidate_id = $1::uuid returning *)
             insert into claims (id, candidate_id, kind, skill_id, source, stated_at, current)
             select gen_random_uuid(), candidate_id, kind, skill_id, source, stated_at, true from old",
            "must_have",
        ),
        (
            "update claims set current = false where kind like 'english%' and candidate_id = $1::uuid",
            "english",
        ),
        (
            "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, created_at)
             select gen_random_uuid(), candidate_id, track_id, kind, state, assessor_id, '2026-11-22', '2026-11-23', created_at
             from vetting_checks where candidate_id = $1::uuid",
            "vetting",
        ),
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
        "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, created_at)
         select gen_random_uuid(), candidate_id, track_id, kind, state, assessor_id, '2026-11-22', '2026-11-24', created_at
         from vetting_checks where kind = 'english' and candidate_id = $1::uuid",
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
    run_sql(&app, "update role_requests set state = 'open'").await;
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
