//! The demo agency: told once, and a telling that was cut off goes on.

use meridian::app;
use meridian::blobs::Digest;
use meridian::demo::{self, ACCOUNTS};
use meridian::ids::RequestId;
use meridian::matching::{pool, runs};

use crate::support::app::App;

/// Everything the last chapter makes, counted.
const WAITING: &str = "select array[
    (select count(*) from offers where state = 'sent'),
    (select count(*) from introductions i where state = 'chosen'
        and not exists (select 1 from offers f where f.introduction_id = i.id)),
    (select count(*) from assignments where state = 'submitted'),
    (select count(*) from assignments where state = 'graded')]";

async fn counts(app: &App, sql: &'static str) -> Vec<i64> {
    sqlx::query_scalar(sql).fetch_one(app.db.pool()).await.expect("counts")
}

#[actix_web::test]
async fn the_people_of_the_survey_stand_to_confirm_at_an_open_request() {
    let app = App::start().await;
    demo::agency::open(&app.parts).await.expect("the demo agency");
    let request: uuid::Uuid = sqlx::query_scalar("select id from role_requests where title = 'Ledger services'")
        .fetch_one(app.db.pool())
        .await
        .expect("the request");
    let mut conn = app.db.conn().await.expect("a connection");
    let pool = pool::load(&mut conn, RequestId(request), 1, app.clock.now())
        .await
        .expect("the pool");
    let computed = runs::compute(pool.raw).await.expect("computed");
    let (matches, open) = (computed.ranked.matches.len(), computed.ranked.to_confirm.len());
    assert!(matches > 5 && open > 100, "{matches} match, {open} to confirm");
}

async fn run(app: &App, sql: &'static str) {
    sqlx::raw_sql(sql).execute(app.db.pool()).await.expect(sql);
}

#[actix_web::test]
async fn the_last_chapter_is_told_to_an_agency_that_has_the_others_and_once() {
    let app = App::start().await;
    // A start that dies in the middle of the last chapter, the uploads done and the grade not.
    run(
        &app,
        "create function dies() returns trigger language plpgsql as 'begin raise exception ''killed''; end';
         create trigger dies before insert on grades for each row execute function dies()",
    )
    .await;
    let error = demo::agency::open(&app.parts).await.expect_err("it dies");
    assert!(format!("{error:?}").contains("killed"), "{error:?}");
    assert_eq!(counts(&app, WAITING).await, [0, 0, 0, 0], "nothing of a chapter stays");
    let placements = "select array[count(*)] from placements";
    assert_eq!(counts(&app, placements).await, [2], "the chapters before it are told");

    run(&app, "drop trigger dies on grades").await;
    demo::agency::open(&app.parts).await.expect("the rest");
    assert_eq!(counts(&app, WAITING).await, [1, 1, 1, 1]);
    let asked: String = sqlx::query_scalar(
        "select u.email from offers f join candidates c on c.id = f.candidate_id join users u on u.id = c.user_id
         where f.state = 'sent'",
    )
    .fetch_one(app.db.pool())
    .await
    .unwrap();
    assert_eq!(
        asked, ACCOUNTS[3],
        "whoever signs in as the demo's candidate has an offer to answer"
    );
    let greeted = "select array[count(*), count(*) filter (where blocks::text like '%Hello ' || u.name || ',%')]
                   from outbox join users u on u.id = user_id where occasion = 'user.confirm'";
    assert_eq!(
        counts(&app, greeted).await,
        [4, 4],
        "letters greet people by their names"
    );
    let events = "select array[count(*)] from events";
    let told = counts(&app, events).await;
    demo::agency::open(&app.parts).await.expect("nothing to do");
    assert_eq!(counts(&app, events).await, told, "told once");

    let digests: Vec<Vec<u8>> = sqlx::query_scalar("select sha256 from submissions")
        .fetch_all(app.db.pool())
        .await
        .unwrap();
    let blobs = app::uploads(&app.parts).expect("the uploads");
    for digest in digests {
        let digest = Digest::from_bytes(&digest).expect("a digest");
        blobs.read(digest).await.expect("an upload that is there");
    }
}

#[actix_web::test]
async fn an_agency_that_people_have_changed_starts_without_the_chapter() {
    let app = App::start().await;
    run(
        &app,
        "create function dies() returns trigger language plpgsql as 'begin raise exception ''killed''; end';
         create trigger dies before insert on grades for each row execute function dies()",
    )
    .await;
    demo::agency::open(&app.parts).await.expect_err("it dies");
    run(&app, "drop trigger dies on grades").await;
    sqlx::query("update users set deactivated_at = $1 where email = $2")
        .bind(app.clock.now())
        .bind(ACCOUNTS[2])
        .execute(app.db.pool())
        .await
        .unwrap();
    demo::agency::open(&app.parts).await.expect("it starts all the same");
    assert_eq!(counts(&app, WAITING).await, [0, 0, 0, 0]);
}
