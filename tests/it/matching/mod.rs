//! Matching end to end: pages, the command's JSON, stored runs and their replay.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

mod blind;
mod browser;
mod kept;
mod lists;
mod pages;
mod runs;

use meridian::events::Actor;
use meridian::ids::{RequestId, RunId};
use meridian::matching::cli;
use serde_json::Value;

use crate::support::app::{App, Person};

pub(super) const SCENE: &str = include_str!("scene.sql");
pub(super) const REQUEST: &str = "00000000-0000-7000-8000-000000000010";

/// The app with the invented pool of `scene.sql`, and a recruiter.
pub(super) async fn scene() -> (App, Person) {
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

pub(super) async fn run_sql(app: &App, sql: &'static str) {
    sqlx::raw_sql(sql).execute(app.db.pool()).await.unwrap();
}

pub(super) fn request() -> RequestId {
    REQUEST.parse().unwrap()
}

pub(super) async fn json(app: &App, seat: u32, extent: cli::Extent) -> Value {
    cli::matches(&app.db, app.clock.now(), request(), seat, extent)
        .await
        .unwrap()
}

pub(super) fn ids(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one["candidate"].as_str().unwrap().to_owned())
        .collect()
}

pub(super) async fn stored_runs(app: &App) -> i64 {
    sqlx::query_scalar("select count(*) from match_runs")
        .fetch_one(app.db.pool())
        .await
        .unwrap()
}

pub(super) async fn only_run(app: &App) -> RunId {
    RunId(
        sqlx::query_scalar("select id from match_runs order by id limit 1")
            .fetch_one(app.db.pool())
            .await
            .unwrap(),
    )
}
