//! The pipeline: where everybody stands, on every day, and what the board says of it.

mod acts;
mod browser;
mod pages;

use chrono::{NaiveDate, TimeDelta};
use meridian::ids::{CandidateId, CheckId, TrackId};
use meridian::vetting::Kind;
use meridian::vetting::pipeline::{Progress, Stage, store};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

use super::{assessor, person};
use crate::models::stages::{Answer, Row, stage};
use crate::support::app::{App, monday};

const KINDS: [Kind; 4] = [
    Kind::English,
    Kind::TechnicalInterview,
    Kind::References,
    Kind::Identity,
];

/// What stands with somebody, after the stages were brought to `day`.
async fn said(app: &App, candidate: CandidateId, start: NaiveDate, day: i64) -> Answer {
    let mut conn = app.db.conn().await.expect("a connection");
    store::roll(&mut conn, start + TimeDelta::days(day))
        .await
        .expect("rolled");
    let (stage, check, since): (i16, i16, NaiveDate) =
        sqlx::query_as("select stage, stage_check, stage_since from candidates where id = $1")
            .bind(candidate)
            .fetch_one(&mut *conn)
            .await
            .expect("a person");
    let key = Stage::of(stage).key().to_owned();
    (key, Progress::of(check).key().to_owned(), (since - start).num_days())
}

/// The rows of somebody as the model sees them.
async fn rows(app: &App, candidate: CandidateId, start: NaiveDate) -> Vec<Row> {
    type Stored = (String, String, Option<NaiveDate>, Option<NaiveDate>);
    let stored: Vec<Stored> = sqlx::query_as(
        "select kind, state, decided_on, expires_on from vetting_checks where candidate_id = $1 order by id",
    )
    .bind(candidate)
    .fetch_all(app.db.pool())
    .await
    .expect("rows");
    let days = |day: NaiveDate| (day - start).num_days();
    let row = |(entered, (kind, state, decided, expires)): (usize, Stored)| Row {
        kind,
        state,
        decided: decided.map(days),
        expires: expires.map(days),
        entered,
    };
    stored.into_iter().enumerate().map(row).collect()
}

/// Writes a check past the app: open, or decided on a day of the test.
async fn enter(app: &App, candidate: CandidateId, kind: Kind, state: &str, decided: Option<i64>, expires: Option<i64>) {
    let start = monday().date_naive();
    let day = |day: Option<i64>| day.map(|day| start + TimeDelta::days(day));
    let id = CheckId::new();
    // Nobody begins with an appointment.
    let first = if state == "scheduled" { "waiting" } else { state };
    sqlx::query(
        "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, reason, created_at)
         select $1, c.id, c.track_id, $3, $4, case when $5::date is not null then u.id end, $5, $6, 'because', $7
         from candidates c, users u where c.id = $2 limit 1",
    )
    .bind(id)
    .bind(candidate)
    .bind(kind.key())
    .bind(first)
    .bind(day(decided))
    .bind(day(expires))
    .bind(monday())
    .execute(app.db.pool())
    .await
    .expect("a check");
    if state != first {
        sqlx::query("update vetting_checks set state = $2, starts_at = $3 where id = $1")
            .bind(id)
            .bind(state)
            .bind(monday())
            .execute(app.db.pool())
            .await
            .expect("an appointment");
    }
}

/// What the lines of the tallies and the stages of people say differently.
async fn tallied(app: &App) -> i64 {
    sqlx::query_scalar(
        "select count(*) from (
             (select track_id, stage, sum(people)::bigint from stage_tallies group by 1, 2 having sum(people) <> 0
              except select track_id, stage, count(*) from candidates where state = 'active' group by 1, 2)
             union all
             (select track_id, stage, count(*) from candidates where state = 'active' group by 1, 2
              except select track_id, stage, sum(people)::bigint from stage_tallies group by 1, 2)) d",
    )
    .fetch_one(app.db.pool())
    .await
    .expect("compared")
}

#[actix_web::test]
async fn the_stage_agrees_with_a_slow_model_on_every_day() {
    let app = App::start().await;
    assessor(&app).await;
    let start = monday().date_naive();
    let mut random = StdRng::seed_from_u64(20_261_123);
    let mut seen: std::collections::BTreeMap<(String, String), usize> = std::collections::BTreeMap::new();
    let mut noticed = [0_usize; 3];
    for _ in 0..40 {
        let mut required: Vec<Kind> = KINDS.iter().copied().filter(|_| random.random_bool(0.7)).collect();
        let candidate = person(&app, &required).await;
        for _ in 0..random.random_range(0..8_usize) {
            let kind = KINDS[random.random_range(0..KINDS.len())];
            let state = ["passed", "passed", "failed", "waived"][random.random_range(0..4_usize)];
            let decided = random.random_range(-2..9_i64);
            let expires = random.random_bool(0.7).then(|| decided + random.random_range(1..9_i64));
            enter(&app, candidate, kind, state, Some(decided), expires).await;
        }
        if random.random_bool(0.5) {
            let kind = KINDS[random.random_range(0..KINDS.len())];
            let state = ["invited", "scheduled", "waiting"][random.random_range(0..3_usize)];
            enter(&app, candidate, kind, state, None, None).await;
        }
        let rows = rows(&app, candidate, start).await;
        // Forwards and back: the day is the reader's, and no day is stored as the last one.
        for (at, day) in [0, 1, 3, 4, 6, 9, 12, 20, 2, 0].into_iter().enumerate() {
            if at == 5 && required.len() > 1 {
                // The track asks in another order from here on.
                required.reverse();
                sqlx::query("update track_checks set position = -position where track_id = (select track_id from candidates where id = $1)")
                    .bind(candidate)
                    .execute(app.db.pool())
                    .await
                    .expect("reordered");
            }
            let keys: Vec<&str> = required.iter().map(|kind| kind.key()).collect();
            let said = said(&app, candidate, start, day).await;
            let expected = stage(&keys, &rows, 0, day);
            assert_eq!(said, expected, "day {day}: {keys:?} {rows:?}");
            *seen.entry((said.0.clone(), said.1.clone())).or_default() += 1;
            // Seeded mistakes that the comparison has to notice.
            let later: Vec<Row> = rows
                .iter()
                .cloned()
                .map(|row| Row {
                    expires: row.expires.map(|day| day + 1),
                    ..row
                })
                .collect();
            let passes: Vec<Row> = rows.iter().filter(|row| row.state != "failed").cloned().collect();
            let sorted = {
                let mut keys = keys.clone();
                keys.sort_unstable();
                keys
            };
            for (at, wrong) in [
                stage(&keys, &later, 0, day),
                stage(&keys, &passes, 0, day),
                stage(&sorted, &rows, 0, day),
            ]
            .into_iter()
            .enumerate()
            {
                noticed[at] += usize::from(wrong != said);
            }
        }
        assert_eq!(tallied(&app).await, 0);
    }
    assert!(
        noticed.iter().all(|count| *count > 0),
        "a mistake would not be noticed: {noticed:?}"
    );
    for state in ["not_started", "invited", "scheduled", "waiting", "failed", "expired"] {
        assert!(
            seen.keys().any(|(_, known)| known == state),
            "{state} does not occur: {seen:?}"
        );
    }
    assert!(seen.keys().any(|(stage, _)| stage == "new") && seen.keys().any(|(stage, _)| stage == "vetted"));
}

#[actix_web::test]
async fn an_expiry_moves_somebody_the_same_day_and_no_job_is_needed() {
    let app = App::start().await;
    assessor(&app).await;
    let start = monday().date_naive();
    let candidate = person(&app, &KINDS[..2]).await;
    enter(&app, candidate, KINDS[0], "passed", Some(0), Some(5)).await;
    enter(&app, candidate, KINDS[1], "passed", Some(1), Some(9)).await;
    let at = |stage: &str, state: &str, since| (stage.to_owned(), state.to_owned(), since);
    assert_eq!(said(&app, candidate, start, 4).await, at("vetted", "not_started", 1));
    assert_eq!(said(&app, candidate, start, 5).await, at("english", "expired", 5));
    assert_eq!(said(&app, candidate, start, 12).await, at("english", "expired", 5));
    assert_eq!(
        said(&app, candidate, start, 0).await,
        at("technical_interview", "not_started", 0)
    );
}

#[actix_web::test]
async fn what_a_track_asks_for_reaches_everybody_and_the_tallies_follow() {
    let app = App::start().await;
    assessor(&app).await;
    let start = monday().date_naive();
    let candidate = person(&app, &[]).await;
    let stage_of = async || said(&app, candidate, start, 0).await.0;
    assert_eq!(stage_of().await, "vetted", "nothing is missing");
    let run = async |sql: &'static str| {
        sqlx::query(sql).execute(app.db.pool()).await.expect(sql);
    };
    run("insert into track_checks (track_id, kind, position) select track_id, 'identity', 2 from candidates").await;
    assert_eq!(stage_of().await, "new");
    enter(&app, candidate, Kind::Identity, "waived", Some(0), None).await;
    assert_eq!(stage_of().await, "vetted");
    run("insert into track_checks (track_id, kind, position) select track_id, 'english', 1 from candidates").await;
    assert_eq!(stage_of().await, "english");
    assert_eq!(tallied(&app).await, 0);
    run("update candidates set state = 'paused'").await;
    assert_eq!(tallied(&app).await, 0);
    run("update candidates set state = 'active'").await;
    run("delete from track_checks where kind = 'english'").await;
    assert_eq!(stage_of().await, "vetted");
    assert_eq!(tallied(&app).await, 0);
    let mut conn = app.db.conn().await.expect("a connection");
    store::fold(&mut conn).await.expect("folded");
    assert_eq!(tallied(&app).await, 0);
    let lines: i64 = sqlx::query_scalar("select count(*) from stage_tallies")
        .fetch_one(&mut *conn)
        .await
        .expect("lines");
    assert_eq!(lines, 1);
    // Another track asks for other things.
    let other = TrackId::new();
    sqlx::query("insert into tracks (id, slug, name, created_at) values ($1, $1::text, 'O', $2)")
        .bind(other)
        .bind(monday())
        .execute(&mut *conn)
        .await
        .expect("a track");
    sqlx::query("insert into track_checks (track_id, kind, position) values ($1, 'english', 0)")
        .bind(other)
        .execute(&mut *conn)
        .await
        .expect("a requirement");
    sqlx::query("update candidates set track_id = $1")
        .bind(other)
        .execute(&mut *conn)
        .await
        .expect("moved");
    assert_eq!(stage_of().await, "english", "a check was begun, if for another track");
    assert_eq!(tallied(&app).await, 0);
}

#[actix_web::test]
async fn people_who_come_while_a_track_changes_stand_where_it_says() {
    let app = App::start().await;
    let first = person(&app, &[]).await;
    let track: Uuid = sqlx::query_scalar("select track_id from candidates where id = $1")
        .bind(first)
        .fetch_one(app.db.pool())
        .await
        .expect("a track");
    for round in 0..12 {
        sqlx::query("delete from track_checks")
            .execute(app.db.pool())
            .await
            .expect("nothing asked");
        let come = async {
            sqlx::query("insert into candidates (id, track_id, source, created_at, updated_at) values ($1, $2, 'staff', $3, $3)")
                .bind(CandidateId::new())
                .bind(track)
                .bind(monday())
                .execute(app.db.pool())
                .await
        };
        let ask = async {
            sqlx::query("insert into track_checks (track_id, kind, position) values ($1, 'english', 1)")
                .bind(track)
                .execute(app.db.pool())
                .await
        };
        let (come, ask) = tokio::join!(come, ask);
        come.expect("somebody came");
        ask.expect("asked");
        let astray: i64 = sqlx::query_scalar("select count(*) from candidates where stage <> 0")
            .fetch_one(app.db.pool())
            .await
            .expect("counted");
        assert_eq!(astray, 0, "round {round}");
        assert_eq!(tallied(&app).await, 0);
    }
}
