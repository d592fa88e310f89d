//! From one person of a list to the next: looked up when it is asked for, so that a person's page costs nothing more, and so that the
//! next one is who stands there by then.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::query::PipelineQuery;
use crate::candidates::blind::Eyes;
use crate::candidates::pages::list;
use crate::candidates::store::{Cut, Direction};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::vetting::pipeline::store;
use crate::vetting::today;
use crate::web::layout::flash_as;
use crate::web::{Now, Recruiter, came_from, see_other};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Beside {
    way: String,
}

pub(super) async fn beside(
    staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    now: Now,
    way: web::Query<Beside>,
    req: HttpRequest,
) -> AppResult<HttpResponse> {
    let Some(from) = came_from::list(req.query_string()) else {
        return Ok(see_other(format!("/candidates/{path}")));
    };
    let direction = if way.way == "previous" {
        Direction::Backward
    } else {
        Direction::Forward
    };
    let eyes = Eyes::of(Some(staff.0.user));
    let mut conn = db.conn().await?;
    let found = match PipelineQuery::read(&from) {
        Some(query) => in_pipeline(&mut conn, query, (*path, direction), eyes, now).await?,
        None => list::beside(&mut conn, &from, (*path, direction), eyes, now.0).await?,
    };
    drop(conn);
    if let Some(id) = found {
        return Ok(see_other(format!("/candidates/{id}?{}", came_from::carried(&from))));
    }
    let which = if direction == Direction::Backward {
        "first"
    } else {
        "last"
    };
    flash_as(&req, "wait", format!("That was the {which} of this list."));
    Ok(see_other(from))
}

async fn in_pipeline(
    conn: &mut sqlx::PgConnection,
    mut query: PipelineQuery,
    (id, direction): (CandidateId, Direction),
    eyes: Eyes,
    now: Now,
) -> AppResult<Option<CandidateId>> {
    store::roll(conn, today(now.0)).await?;
    let pipelines = store::pipelines(conn).await?;
    let at = pipelines
        .iter()
        .find(|one| one.slug == query.track)
        .or(pipelines.first());
    let Some(at) = at else { return Ok(None) };
    // From a board one goes along the column of the card.
    if !query.is_table() && !query.column.is_empty() {
        query.stage.clone_from(&query.column);
    }
    let (narrowed, no_such_skill) = query.narrowed(conn, at, eyes, now.0).await?;
    if no_such_skill {
        return Ok(None);
    }
    let cut = Cut {
        from: Some(id),
        direction,
        limit: 1,
    };
    store::beside(conn, &narrowed, query.sort(), today(now.0), cut).await
}
