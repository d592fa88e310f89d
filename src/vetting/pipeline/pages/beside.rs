//! From one person of a list to the next: looked up when it is asked for, so that a person's page costs nothing more, and so that the
//! next one is who stands there by then. Where in the list somebody stands, and whether it ends there, the page's script asks for once
//! the page is there; without one, the way beyond an end leads back to the list, which says so.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use sqlx::PgConnection;

use super::query::PipelineQuery;
use crate::candidates::blind::Eyes;
use crate::candidates::pages::list;
use crate::candidates::store::{Cut, Direction, Tally};
use crate::candidates::{code_label, store as people};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::CandidateId;
use crate::vetting::pipeline::store::{self, Narrowed, Sort};
use crate::vetting::today;
use crate::web::layout::flash_as;
use crate::web::{Now, Recruiter, came_from, render, see_other};

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
    let eyes = Eyes::of(Some(staff.0.user));
    let mut conn = db.conn().await?;
    if way.way == "place" {
        return render(StatusCode::OK, &place(&mut conn, &from, *path, eyes, now).await?);
    }
    let direction = if way.way == "previous" {
        Direction::Backward
    } else {
        Direction::Forward
    };
    let cut = Cut {
        from: Some(*path),
        direction,
        limit: 1,
    };
    let found = match PipelineQuery::read(&from) {
        Some(query) => match in_pipeline(&mut conn, query, eyes, now).await? {
            Some((narrowed, sort)) => store::beside(&mut conn, &narrowed, sort, today(now.0), cut).await?,
            None => None,
        },
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

/// What the pipeline of an address shows; nothing where it shows nobody.
async fn in_pipeline(
    conn: &mut PgConnection,
    mut query: PipelineQuery,
    eyes: Eyes,
    now: Now,
) -> AppResult<Option<(Narrowed, Sort)>> {
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
    Ok((!no_such_skill).then(|| (narrowed, query.sort())))
}

/// The way along a list, with where it ends.
#[derive(Template)]
#[template(path = "candidates/place.html")]
struct Place {
    id: CandidateId,
    code: String,
    from: String,
    carried: String,
    before: Tally,
    after: Tally,
}

impl Place {
    /// "3 of 120"; nothing beyond what is counted. Whoever left the list meanwhile stands where they stood.
    fn words(&self) -> String {
        let at = self.before.number + 1;
        match (self.before.more || at > Tally::MOST, self.after.more) {
            (true, _) => String::new(),
            (false, true) => format!("{at} of {}+", Tally::MOST),
            (false, false) => format!("{at} of {}", at + self.after.number),
        }
    }
}

async fn place(conn: &mut PgConnection, from: &str, id: CandidateId, eyes: Eyes, now: Now) -> AppResult<Place> {
    let person = people::load(conn, id).await?.ok_or(AppError::NotFound)?;
    let pipeline = match PipelineQuery::read(from) {
        Some(query) => Some(in_pipeline(conn, query, eyes, now).await?),
        None => None,
    };
    let mut sides = [Tally::up_to(0); 2];
    for (side, direction) in sides.iter_mut().zip([Direction::Backward, Direction::Forward]) {
        let cut = Cut {
            from: Some(id),
            direction,
            limit: Tally::MOST + 1,
        };
        *side = match &pipeline {
            Some(Some((narrowed, sort))) => store::how_many(conn, narrowed, *sort, today(now.0), cut).await?,
            Some(None) => Tally::up_to(0),
            None => list::how_many(conn, from, cut, eyes, now.0).await?,
        };
    }
    let [before, after] = sides;
    Ok(Place {
        id,
        code: code_label(person.code),
        from: from.to_owned(),
        carried: came_from::carried(from),
        before,
        after,
    })
}
