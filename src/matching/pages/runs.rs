//! Stored runs of a request, and one run replayed.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::head::{Part, Tab, moment, tabs, thousands};
use crate::candidates::blind::Eyes;
use crate::candidates::store::closed_records;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{RequestId, RunId};
use crate::matching::runs::{Replay, replay};
use crate::matching::score::Gate;
use crate::matching::store::{self, RequestLine, RunLine, RunRow};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Frame, Layout, Recruiter, Section, page};

/// Rows of one page.
const ROWS: usize = 25;
/// Matches that the page of one run names.
const NAMED: usize = 25;

#[derive(Template)]
#[template(path = "matching/runs.html")]
struct RunsPage {
    layout: Layout,
    request: RequestLine,
    tabs: Vec<Tab>,
    rows: Vec<RunRow>,
    next: String,
    first_page: bool,
}

impl RunsPage {
    fn when(&self, row: &RunRow) -> String {
        moment(row.created_at, &self.request.zone)
    }

    #[expect(clippy::unused_self, reason = "templates reach helpers through their page")]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn number(&self, n: &i32) -> String {
        thousands(usize::try_from(*n).unwrap_or(0))
    }
}

pub(super) async fn list(
    _staff: Recruiter,
    db: web::ThinData<Db>,
    frame: Frame,
    path: web::Path<RequestId>,
    query: web::Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let request = path.into_inner();
    // Newest first, so the rows "after" a run are older than it.
    let after = query.after.as_deref().map(str::parse::<RunId>).transpose();
    let after = after.map_err(|_| AppError::Invalid("That page does not exist.".into()))?;
    let mut conn = db.conn().await?;
    let line = store::request_line(&mut conn, request)
        .await?
        .ok_or(AppError::NotFound)?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let rows = store::runs(&mut conn, request, after, limit).await?;
    let paged = Paged::from_fetched(rows, ROWS, &query, |row| row.id.to_string());
    page(&RunsPage {
        layout: frame.layout(Section::Requests),
        request: line,
        tabs: tabs(request, 1, Part::Runs, None),
        rows: paged.rows,
        next: paged
            .next
            .map(|cursor| format!("/requests/{request}/runs?after={cursor}"))
            .unwrap_or_default(),
        first_page: after.is_none(),
    })
}

#[derive(Template)]
#[template(path = "matching/run.html")]
struct RunPage {
    layout: Layout,
    run: RunId,
    line: RunLine,
    when: String,
    replay: Replay,
    pool: String,
    matched: String,
    to_confirm: String,
    removed: Vec<(&'static str, usize)>,
    rows: Vec<(usize, uuid::Uuid, String, String)>,
}

pub(super) async fn one(
    _staff: Recruiter,
    db: web::ThinData<Db>,
    frame: Frame,
    path: web::Path<RunId>,
) -> AppResult<HttpResponse> {
    let run = path.into_inner();
    let mut conn = db.conn().await?;
    let line = store::run_line(&mut conn, run).await?.ok_or(AppError::NotFound)?;
    let stored = store::run(&mut conn, run).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    let mut replay = replay(stored).await?;
    let results = replay.results.take().unwrap_or_default();
    let mut best: Vec<_> = results.matches.iter().take(NAMED).collect();
    let ids: Vec<uuid::Uuid> = best.iter().map(|one| one.candidate).collect();
    let mut conn = db.conn().await?;
    let mut names = store::names(&mut conn, &ids).await?;
    let closed = closed_records(&mut conn, Eyes::of(frame.user())).await?;
    drop(conn);
    // Behind the others and by their ids: a place among them would tell the points.
    best.sort_by_key(|one| closed.contains(&one.candidate).then_some(one.candidate));
    let rows = best.iter().enumerate().map(|(i, one)| {
        let name = names
            .remove(&one.candidate)
            .unwrap_or_else(|| one.candidate.to_string());
        let points = if closed.contains(&one.candidate) {
            "hidden until your scorecard is in".to_owned()
        } else {
            crate::web::marks::thousands(one.points)
        };
        (i + 1, one.candidate, name, points)
    });
    page(&RunPage {
        layout: frame.layout(Section::Requests),
        run,
        when: moment(line.created_at, &line.zone),
        pool: thousands(usize::try_from(line.pool).unwrap_or(0)),
        matched: thousands(results.matches.len()),
        to_confirm: thousands(results.to_confirm.len()),
        rows: rows.collect(),
        removed: Gate::ALL
            .iter()
            .filter_map(|gate| Some((gate.name(), *results.removed.get(gate.key())?)))
            .collect(),
        line,
        replay,
    })
}
