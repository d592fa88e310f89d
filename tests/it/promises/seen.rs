//! The list of ten thousand who wait: the longest first, page after page, by an index.

use actix_web::http::StatusCode;

use crate::support::app::App;
use crate::support::clients;

async fn run(app: &App, sql: &'static str) {
    sqlx::raw_sql(sql).execute(app.db.pool()).await.expect(sql);
}

/// Ten thousand people with a promise each, begun a minute apart from the first of September on. Without triggers: the log of as many
/// acts is not what is asked about here.
async fn crowd(app: &App) {
    run(
        app,
        "begin;
         set local session_replication_role = replica;
         set local statement_timeout = '5min';
         insert into candidates (id, track_id, name, source, created_at, updated_at)
         select gen_random_uuid(), (select id from tracks limit 1), 'Person ' || lpad(n::text, 5, '0'), 'staff', '2026-09-01Z', '2026-09-01Z'
         from generate_series(1, 10000) n;
         insert into promises (id, candidate_id, what, begun_at, begun_on, due_on, due_before)
         select gen_random_uuid(), c.id, 'application', b.at, b.at::date, b.at::date + 7, b.at + interval '7 days'
         from candidates c cross join lateral (select '2026-09-01 12:00Z'::timestamptz + interval '1 minute' * right(c.name, 5)::int as at) b
         where c.name like 'Person %';
         commit;
         analyze promises; analyze candidates",
    )
    .await;
}

#[actix_web::test]
async fn ten_thousand_wait_and_the_longest_stand_first() {
    let app = App::start().await;
    clients::seed(&app).await;
    crowd(&app).await;
    let staff = app.recruiter().await;
    let page = staff.page("/promises").await;
    assert!(page.len() < 60 * 1024, "{} bytes", page.len());
    assert!(page.contains("Late: 1000+"), "counted no further");
    let place = |page: &str, name: &str| page.find(name).unwrap_or_else(|| panic!("{name}: {page}"));
    assert!(place(&page, "Person 00001") < place(&page, "Person 00050"));
    assert!(!page.contains("Person 00051"));
    let next = page
        .split("rel=\"next\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let next = next.expect("a further page").replace("&#38;", "&");
    let further = staff.page(&next).await;
    assert!(
        further.contains("Person 00051") && !further.contains("Person 00050"),
        "{further}"
    );
    for odd in [
        "?below=1.2",
        "?below=99999999999999999.0192f3a0-0000-7000-8000-000000000001",
        "?show=%00",
        "?below=%FF",
    ] {
        let status = staff.get(&format!("/promises{odd}")).await.status;
        assert!(
            [StatusCode::OK, StatusCode::BAD_REQUEST].contains(&status),
            "{odd}: {status}"
        );
    }
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select id from promises where kept_at is null and due_before <= '2026-11-23Z' order by due_before, id limit 51",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("a plan");
    assert!(plan.join("\n").contains("promises_open"), "{plan:?}");
}
