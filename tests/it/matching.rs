//! Matching end to end: pages, the command's JSON, stored runs and their replay.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::events::Actor;
use meridian::ids::{CandidateId, RequestId, RunId};
use meridian::matching::{cli, runs};
use serde_json::Value;
use uuid::Uuid;

use crate::models::score::{self as model, Says, Slip};
use crate::support::app::{App, Person};
use crate::support::browser::{Browser, Key, Settings};

const SCENE: &str = include_str!("matching/scene.sql");
const REQUEST: &str = "00000000-0000-7000-8000-000000000010";

/// The app with the invented pool of `scene.sql`, and a recruiter.
async fn scene() -> (App, Person) {
    let app = App::start().await;
    let mut tx = app.db.begin().await.unwrap();
    meridian::tracks::seed::load(&mut tx, &Actor::operator(), app.clock.now())
        .await
        .unwrap();
    meridian::tracks::seed::load_demo_rates(&mut tx, app.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    run_sql(&app, SCENE).await;
    let recruiter = app.recruiter().await;
    (app, recruiter)
}

async fn run_sql(app: &App, sql: &'static str) {
    sqlx::raw_sql(sql).execute(app.db.pool()).await.unwrap();
}

fn request() -> RequestId {
    REQUEST.parse().unwrap()
}

async fn json(app: &App, seat: u32, extent: cli::Extent) -> Value {
    cli::matches(&app.db, app.clock.now(), request(), seat, extent)
        .await
        .unwrap()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one["candidate"].as_str().unwrap().to_owned())
        .collect()
}

async fn stored_runs(app: &App) -> i64 {
    sqlx::query_scalar("select count(*) from match_runs")
        .fetch_one(app.db.pool())
        .await
        .unwrap()
}

async fn only_run(app: &App) -> RunId {
    RunId(
        sqlx::query_scalar("select id from match_runs order by id limit 1")
            .fetch_one(app.db.pool())
            .await
            .unwrap(),
    )
}

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
async fn looking_twice_stores_once_and_a_change_stores_again() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    for _ in 0..2 {
        recruiter.page(&path).await;
    }
    assert_eq!(stored_runs(&app).await, 1);
    app.clock.advance(TimeDelta::days(1));
    recruiter.page(&path).await;
    assert_eq!(
        stored_runs(&app).await,
        1,
        "another day with the same facts is the same run"
    );
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=2")).await;
    assert_eq!(stored_runs(&app).await, 2, "another seat is another run");
    run_sql(
        &app,
        "update candidates set city = 'Cali', name = 'Somebody Else' where code = 1001",
    )
    .await;
    recruiter.page(&path).await;
    assert_eq!(
        stored_runs(&app).await,
        2,
        "what the formula does not read makes no run"
    );
    run_sql(
        &app,
        "update candidates set available_from = available_from + 1 where code = 1001",
    )
    .await;
    recruiter.page(&path).await;
    assert_eq!(stored_runs(&app).await, 3);
}

#[actix_web::test]
async fn two_who_look_at_the_same_moment_share_a_run() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    let pages = futures_util::future::join_all((0..6).map(|_| recruiter.get(&path))).await;
    assert!(pages.iter().all(|page| page.status == StatusCode::OK), "{pages:?}");
    assert_eq!(stored_runs(&app).await, 1);
}

#[actix_web::test]
async fn a_run_replays_to_the_bit_whatever_happened_since() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    let first = cli::replay(&app.db, run).await.unwrap();
    assert!(
        first.same && first.inputs_untouched && first.differences.is_empty(),
        "{first:?}"
    );
    run_sql(&app, "update candidates set state = 'paused'; update role_requests set least_overlap_minutes = 60;
                   update markups set basis_points = 1; delete from exchange_rates; update skill_adjacency set credit_percent = 1").await;
    app.clock.advance(TimeDelta::days(13));
    let later = cli::replay(&app.db, run).await.unwrap();
    assert!(later.same && later.inputs_untouched, "{later:?}");
    assert!(
        recruiter
            .page(&format!("/runs/{run}"))
            .await
            .contains("Replays to the bit")
    );
}

#[actix_web::test]
async fn one_changed_input_makes_the_replay_differ() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    // Somebody with rights over the database changes one stored number.
    run_sql(&app, "alter table match_runs disable trigger match_runs_only_grow").await;
    let best = cli::replay(&app.db, run).await.unwrap().results.unwrap().matches[0].candidate;
    let place: i64 = sqlx::query_scalar(
        "select o - 1 from match_runs, jsonb_array_elements(inputs -> 'candidates') with ordinality e (v, o) where v ->> 'id' = $1",
    )
    .bind(best.to_string()).fetch_one(app.db.pool()).await.unwrap();
    let before: Value = sqlx::query_scalar("select inputs from match_runs")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    let index = usize::try_from(place).unwrap();
    let changes: [(&str, Value); 6] = [
        ("/rubric", Value::from(1)),
        ("/seniority", Value::from("junior")),
        ("/pay/minor", Value::from(99_999_999)),
        ("/free_from", Value::from("2028-01-01")),
        ("/week/start_minute", Value::from(1_000)),
        ("/active", Value::from(false)),
    ];
    for (pointer, value) in changes {
        let mut changed = before.clone();
        *changed.pointer_mut(&format!("/candidates/{index}{pointer}")).unwrap() = value;
        sqlx::query("update match_runs set inputs = $1")
            .bind(&changed)
            .execute(app.db.pool())
            .await
            .unwrap();
        let replay = cli::replay(&app.db, run).await.unwrap();
        assert!(!replay.same && !replay.inputs_untouched, "{pointer}: {replay:?}");
        assert!(
            replay.differences.iter().any(|line| line.contains(&best.to_string())),
            "{pointer}: {replay:?}"
        );
    }
    let page = recruiter.page(&format!("/runs/{run}")).await;
    assert!(page.contains("Differs") && page.contains("not those the run was computed from"));

    // And one stored result: the replay reads results only to compare, so it still computes the truth.
    sqlx::query("update match_runs set inputs = $1, results = jsonb_set(results, '{matches,0,points}', '9999')")
        .bind(&before)
        .execute(app.db.pool())
        .await
        .unwrap();
    let replay = cli::replay(&app.db, run).await.unwrap();
    assert!(replay.inputs_untouched && !replay.same, "{replay:?}");
    assert_ne!(replay.results.unwrap().matches[0].points, 9999);
}

#[actix_web::test]
async fn the_database_refuses_to_change_a_run() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    for sql in ["update match_runs set matched = 0", "delete from match_runs"] {
        let error = sqlx::query(sql).execute(app.db.pool()).await.unwrap_err();
        assert_eq!(
            meridian::db::constraint_of(&error),
            Some("match_runs_only_grows"),
            "{sql}"
        );
    }
    let twice = sqlx::query(
        "insert into match_runs select gen_random_uuid(), seat_id, request_id, formula, zone_data, inputs_hash, inputs, results,
                pool, matched, to_confirm, created_by, created_at from match_runs",
    );
    let error = twice.execute(app.db.pool()).await.unwrap_err();
    assert_eq!(meridian::db::constraint_of(&error), Some("match_runs_once"));
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

#[actix_web::test]
async fn the_pages_say_what_the_list_says() {
    let (app, recruiter) = scene().await;
    let list = json(&app, 1, cli::Extent::All).await;
    let (matches, open) = (ids(&list["matches"]), ids(&list["to_confirm"]));
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    let page = recruiter.page(&path).await;
    assert!(
        page.contains(&format!(r#"<b class="big">{}</b>"#, matches.len())) && page.contains("of 360 meet every gate")
    );
    for (gate, count) in list["removed"].as_object().unwrap() {
        assert!(page.contains(&format!("<b>{count}</b>")), "{gate} leaves out {count}");
    }
    let mut seen = Vec::new();
    for from in (1..=matches.len()).step_by(12) {
        let page = recruiter.page(&format!("{path}&from={from}")).await;
        let rows = page
            .split(r#"name="candidate" value=""#)
            .skip(1)
            .map(|rest| rest[..36].to_owned());
        seen.extend(rows);
    }
    assert_eq!(seen, matches, "every match once, in order");

    let last = matches.last().unwrap();
    let explained = recruiter.page(&format!("{path}&candidate={last}")).await;
    let points = list["matches"].as_array().unwrap().last().unwrap()["points"]
        .as_u64()
        .unwrap();
    let panel = explained.split(r#"id="why""#).nth(1).unwrap();
    assert!(
        panel.contains(&meridian::web::marks::thousands(u32::try_from(points).unwrap())),
        "{panel}"
    );

    let confirm = recruiter
        .page(&format!("/requests/{REQUEST}/matches/to-confirm?seat=1"))
        .await;
    assert!(confirm.contains(&format!(r#"<b class="big">{}</b>"#, open.len())));
    assert!(open.iter().take(20).all(|id| confirm.contains(id)) && !confirm.contains(&matches[0]));
    assert!(confirm.contains("Level in actix-web?") && confirm.contains("Spoken English B2 or better?"));

    let runs = recruiter.page(&format!("/requests/{REQUEST}/runs")).await;
    assert!(runs.contains(&only_run(&app).await.to_string()));
}

#[actix_web::test]
async fn no_page_is_heavy_and_none_answers_for_a_seat_that_is_not_there() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    for path in [
        format!("/requests/{REQUEST}/matches?seat=1"),
        format!("/requests/{REQUEST}/matches?seat=2&from=2"),
        format!("/requests/{REQUEST}/matches/to-confirm?seat=1"),
        format!("/requests/{REQUEST}/runs"),
        format!("/runs/{run}"),
        "/formula".to_owned(),
    ] {
        let bytes = recruiter.page(&path).await.len();
        assert!(bytes <= 60 * 1024, "{path} has {bytes} bytes");
    }
    for path in [
        format!("/requests/{REQUEST}/matches?seat=3"),
        format!("/requests/{REQUEST}/matches?seat=0"),
        format!("/requests/{REQUEST}/matches/to-confirm?seat=70000"),
        format!("/requests/{}/matches", Uuid::nil()),
        format!("/requests/{}/runs", Uuid::nil()),
        format!("/runs/{}", Uuid::nil()),
    ] {
        assert_eq!(recruiter.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let far = recruiter
        .page(&format!(
            "/requests/{REQUEST}/matches?seat=1&from=99999&candidate={}",
            Uuid::nil()
        ))
        .await;
    assert!(far.contains("every gate"));
}

#[actix_web::test]
async fn the_formula_page_says_the_numbers_of_the_code() {
    let app = App::start().await;
    let page = app.stranger().page("/formula").await;
    for criterion in meridian::matching::score::Criterion::ALL {
        assert!(
            page.contains(&format!("<code>{}</code>", criterion.key())),
            "{criterion:?}"
        );
        assert!(
            page.contains(&format!(r#"<td class="num">{}</td>"#, criterion.base_weight())),
            "{criterion:?}"
        );
    }
    for gate in meridian::matching::score::Gate::ALL {
        assert!(
            page.contains(&format!("<dt><code>{}</code></dt>", gate.key())),
            "{gate:?}"
        );
    }
}

#[actix_web::test]
async fn points_of_a_shortlisted_match_are_read_from_its_run() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let list = json(&app, 1, cli::Extent::All).await;
    let run = only_run(&app).await;
    let best = &list["matches"][0];
    let mut conn = app.db.conn().await.unwrap();
    let candidate: CandidateId = best["candidate"].as_str().unwrap().parse().unwrap();
    let points = runs::points_in_run(&mut conn, run, candidate).await.unwrap();
    assert_eq!(points.map(u64::from), best["points"].as_u64());
    let open: CandidateId = ids(&list["to_confirm"])[0].parse().unwrap();
    assert_eq!(runs::points_in_run(&mut conn, run, open).await.unwrap(), None);
}

#[actix_web::test]
async fn the_command_prints_json_and_replays() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await.to_string();
    let command = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_meridian"))
            .arg("match")
            .args(arguments)
            .env("DATABASE_URL", app.database.url())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, list, _) = command(&[REQUEST, "--seat", "1", "--json", "--all"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (code, &list["pool"], &list["seat"]["request"]),
        (Some(0), &Value::from(360), &Value::from(REQUEST))
    );
    assert_eq!(list["seat"], json(&app, 1, cli::Extent::All).await["seat"]);
    let (code, replay, _) = command(&["--replay", &run, "--json"]);
    let replay: Value = serde_json::from_str(&replay).unwrap();
    assert_eq!(
        (code, &replay["same"], &replay["run"]),
        (Some(0), &Value::from(true), &Value::from(run.as_str()))
    );
    let (code, out, complaint) = command(&[REQUEST, "--seat", "9", "--json"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(complaint.contains("no such request, seat or run"), "{complaint}");
    run_sql(
        &app,
        "alter table match_runs disable trigger match_runs_only_grow; update match_runs set results = '{}'",
    )
    .await;
    assert_eq!(
        command(&["--replay", &run, "--json"]).0,
        Some(1),
        "a replay that differs is no success"
    );
}

/// A browser with the recruiter signed in.
async fn signed_in(app: &App, settings: Settings) -> Option<Browser> {
    let browser = Browser::start(settings).await?;
    browser.goto(&format!("{}/login", app.url)).await;
    browser.fill("email", "recruiter@agency.test").await;
    browser.fill("password", crate::support::app::PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
    Some(browser)
}

#[actix_web::test]
async fn a_row_opens_its_explanation_with_and_without_scripts() {
    let (app, _) = scene().await;
    let list = json(&app, 1, cli::Extent::All).await;
    let points = |i: usize| {
        let points = list["matches"][i]["points"].as_u64().unwrap();
        format!(
            "{} of 10,000 points",
            meridian::web::marks::thousands(u32::try_from(points).unwrap())
        )
    };
    let row = |i: usize| format!("tbody tr:nth-child({i}) a.row");
    for javascript in [true, false] {
        let Some(browser) = signed_in(
            &app,
            Settings {
                javascript,
                ..Settings::default()
            },
        )
        .await
        else {
            return;
        };
        browser
            .goto(&format!("{}/requests/{REQUEST}/matches?seat=1", app.url))
            .await;
        browser.sees(&points(0)).await;
        browser.click("tbody tr:nth-child(2) input.pick").await;
        browser.click(&row(3)).await;
        browser.sees(&points(2)).await;
        assert!(browser.url().await.contains(ids(&list["matches"])[2].as_str()));
        assert_eq!(browser.count("tr.selected").await, 1);
        assert_eq!(
            browser.attribute(&row(3), "aria-current").await.as_deref(),
            Some("true")
        );
        if javascript {
            assert_eq!(
                browser.count("input.pick:checked").await,
                1,
                "what was ticked stays ticked"
            );
            browser.keys('k').await;
            browser.keys(Key::Enter).await;
            browser.sees(&points(1)).await;
            assert!(browser.complaints().await.is_empty());
        }
    }
}

#[actix_web::test]
async fn the_pages_hold_up_in_a_browser() {
    let (app, recruiter) = scene().await;
    let Some(browser) = signed_in(&app, Settings::default()).await else {
        return;
    };
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    let paths = [
        ("matches", format!("/requests/{REQUEST}/matches?seat=1")),
        ("confirm", format!("/requests/{REQUEST}/matches/to-confirm?seat=1")),
        ("runs", format!("/requests/{REQUEST}/runs")),
        ("run", format!("/runs/{run}")),
        ("formula", "/formula".to_owned()),
    ];
    for (width, dark) in [(1280, false), (360, false), (1280, true), (360, true)] {
        browser.resize(width, 900).await;
        browser.prefer_dark(dark).await;
        for (name, path) in &paths {
            browser.goto(&format!("{}{path}", app.url)).await;
            if let Ok(folder) = std::env::var("MERIDIAN_SHOTS") {
                browser
                    .screenshot(std::path::Path::new(&format!("{folder}/{name}-{width}-{dark}.png")))
                    .await;
            }
            assert_eq!(browser.sideways().await, 0, "{name} at {width}");
            let broken = browser.axe().await;
            assert!(broken.is_empty(), "{name} at {width}, dark {dark}: {broken:#?}");
            assert!(browser.complaints().await.is_empty(), "{name}");
        }
    }
}
