//! Pools that a server keeps: nothing that changes is missed, and nothing is computed twice for nothing.

use meridian::matching::{pool, runs};
use sqlx::{Connection as _, PgConnection};

use super::{REQUEST, request, run_sql, scene};
use crate::support::app::{App, Person};

/// Looks at the seat; the run of what is true now, which a look has stored, computed beside the app. Where the page names a run
/// (it does where anybody matches), that is the one.
async fn look(app: &App, recruiter: &Person) -> Option<String> {
    let page = recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let shown = page.split("/runs/").nth(1).map(|rest| rest[..36].to_owned());
    let mut conn = app.db.conn().await.unwrap();
    let loaded = pool::load(&mut conn, request(), 1, app.clock.now()).await.unwrap();
    let computed = runs::compute_here(loaded.raw).unwrap();
    let stored: Option<String> = sqlx::query_scalar("select id::text from match_runs where inputs_hash = $1")
        .bind(computed.hash.as_slice())
        .fetch_optional(&mut *conn)
        .await
        .unwrap();
    assert!(shown.is_none() || shown == stored, "the page is of another run");
    assert_eq!(shown.is_some(), !computed.ranked.matches.is_empty());
    stored
}

#[actix_web::test]
async fn whatever_a_run_reads_is_seen_at_the_next_look() {
    let (app, recruiter) = scene().await;
    let mut seen = vec![look(&app, &recruiter).await];
    let best =
        "(select (results -> 'matches' -> 0 ->> 'candidate')::uuid from match_runs order by created_at, id limit 1)";
    let changes = [
        format!("update candidates set pay_minor = pay_minor + 1 where id = {best}"),
        format!("update claims set current = false where id = (select id from claims where current and kind = 'skill' and candidate_id = {best} order by id limit 1)"),
        format!("update claims set current = false where current and kind = 'english_writing' and candidate_id = {best}"),
        format!("insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, created_at)
                 select gen_random_uuid(), c.id, c.track_id, 'references', 'failed', (select id from users limit 1),
                        (select max(decided_on) from vetting_checks) + 1, now() from candidates c where c.id = {best}"),
        "delete from track_checks where kind = 'references'".to_owned(),
        format!("insert into off_limits (id, candidate_id, organization_id, reason, made_by, made_at)
                 select gen_random_uuid(), {best}, r.organization_id, 'why', (select id from users limit 1), '2026-11-01'
                 from role_requests r where r.id = '{REQUEST}'"),
        "update exchange_rates set rate_e9 = rate_e9 + 1000000".to_owned(),
        "update markups set basis_points = basis_points + 7".to_owned(),
        format!("update role_requests set least_overlap_minutes = least_overlap_minutes + 15 where id = '{REQUEST}'"),
        format!("update role_request_skills set level = level - 1 where level > 1 and request_id = '{REQUEST}'"),
        "update skill_adjacency set credit_percent = credit_percent - 1".to_owned(),
        "update candidates set state = 'paused' where id = (select (results -> 'matches' -> 1 ->> 'candidate')::uuid from match_runs order by created_at, id limit 1)".to_owned(),
    ];
    let mut moved = 0;
    for change in changes {
        sqlx::raw_sql(sqlx::AssertSqlSafe(change.clone()))
            .execute(app.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{change}: {error}"));
        let run = look(&app, &recruiter).await;
        assert!(run.is_some(), "nobody computed after {change}");
        moved += usize::from(!seen.contains(&run));
        seen.push(run);
    }
    assert!(moved >= 8, "nearly every one of these changes the inputs: {moved}");
    // Another day is another run where anything depends on it; the look is right either way.
    app.clock.advance(chrono::TimeDelta::days(400));
    let again = app.sign_in("recruiter@agency.test").await;
    assert!(look(&app, &again).await.is_some());
}

#[actix_web::test]
async fn whoever_commits_late_is_seen_too() {
    let (app, recruiter) = scene().await;
    look(&app, &recruiter).await;
    let connect = async || {
        PgConnection::connect_with(&app.database.connect_options())
            .await
            .unwrap()
    };
    let (mut early, mut late) = (connect().await, connect().await);
    let raise = "update candidates set pay_minor = pay_minor + 3 where id in (select id from candidates where pay_minor is not null order by id offset $1 limit 40)";
    // The one with the smaller number commits after the other, and after the pool was read anew in between.
    let mut slow = early.begin().await.unwrap();
    sqlx::query(raise).bind(0).execute(&mut *slow).await.unwrap();
    let mut quick = late.begin().await.unwrap();
    sqlx::query(raise).bind(100).execute(&mut *quick).await.unwrap();
    quick.commit().await.unwrap();
    let before = look(&app, &recruiter).await;
    assert!(before.is_some());
    slow.commit().await.unwrap();
    let after = look(&app, &recruiter).await;
    assert!(after.is_some());
    assert_ne!(after, before);
}

#[actix_web::test]
async fn a_second_look_computes_nothing_and_reads_no_pool() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    let first = recruiter.page(&path).await;
    // What the pool was read from is out of reach now: only a kept pool can answer.
    run_sql(&app, "alter table candidates rename to away").await;
    let second = recruiter.page(&path).await;
    assert_eq!(first, second);
    let open = recruiter
        .page(&format!("/requests/{REQUEST}/matches/to-confirm?seat=1"))
        .await;
    assert!(open.contains("To confirm"));
    run_sql(&app, "alter table away rename to candidates").await;
    // A row of its own says that something changed; the look after it computes.
    run_sql(&app, "update candidates set headline = 'new'").await;
    let changes: i64 = sqlx::query_scalar("select count(*) from changes where topic = 'pool'")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert!(changes >= 1);
    assert!(recruiter.page(&path).await.contains("/runs/"));
}

#[actix_web::test]
async fn many_who_look_at_once_after_a_change_wait_for_one() {
    let (app, recruiter) = scene().await;
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    recruiter.page(&path).await;
    run_sql(
        &app,
        "update candidates set pay_minor = pay_minor + 5 where pay_minor is not null",
    )
    .await;
    let looks = (0..24).map(|_| recruiter.get(&path));
    let answers = futures_util::future::join_all(looks).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == actix_web::http::StatusCode::OK)
    );
    let runs: i64 = sqlx::query_scalar("select count(*) from match_runs")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(runs, 2);
}
