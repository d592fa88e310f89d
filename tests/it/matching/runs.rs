//! Stored runs: kept once, replayed to the bit.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::matching::cli;
use serde_json::Value;

use super::{REQUEST, json, only_run, run_sql, scene, stored_runs};

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
    let (code, words, _) = command(&[REQUEST]);
    let people = list["matches"].as_array().unwrap().len();
    let first = words.lines().next().unwrap_or_default();
    assert_eq!(code, Some(0));
    assert!(
        first.starts_with(&format!("{people} match, ")) && first.ends_with(" to confirm, of 360 people"),
        "{first}"
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

#[actix_web::test]
async fn a_rule_leaves_out_the_person_and_a_stored_run_keeps_them() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    recruiter.page(&path).await;
    let run = only_run(&app).await;
    let before = super::ids(&json(&app, 1, cli::Extent::All).await["matches"]);
    let path_of = format!("/candidates/{}/off-limits", before[0]);
    let rule = [
        ("other", "00000000-0000-7000-8000-000000000001"),
        ("reason", "They know each other too well"),
    ];
    recruiter.post(&path_of, &rule).await.to();
    for seat in [1, 2] {
        let after = json(&app, seat, cli::Extent::All).await;
        assert!(!super::ids(&after["matches"]).contains(&before[0]), "seat {seat}");
        assert_eq!(after["removed"]["standing"], 1);
    }
    let replay = cli::replay(&app.db, run).await.unwrap();
    assert!(replay.same && replay.inputs_untouched, "{replay:?}");
    assert_eq!(replay.results.unwrap().matches[0].candidate.to_string(), before[0]);
    recruiter.page(&path).await;
    assert_eq!(stored_runs(&app).await, 2, "other inputs are another run");
}
