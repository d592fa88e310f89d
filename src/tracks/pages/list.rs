//! The list of tracks, and a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::db::Db;
use crate::error::AppResult;
use crate::tracks::actions::{self, SaveError};
use crate::tracks::percent;
use crate::tracks::store::{self, TrackRow};
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Now, Section, form, page, render};

#[derive(Template)]
#[template(path = "tracks/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<TrackRow>,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl ListPage {
    fn markup(&self, row: &TrackRow) -> String {
        row.markup.map_or_else(|| "not set".to_owned(), percent)
    }

    fn challenge(&self, row: &TrackRow) -> String {
        version(row.challenge)
    }

    fn rubric(&self, row: &TrackRow) -> String {
        version(row.rubric)
    }
}

fn version(number: Option<i32>) -> String {
    number.map_or_else(|| "none".to_owned(), |number| format!("version {number}"))
}

/// GET /admin/tracks
pub(super) async fn list(_admin: Admin, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let rows = store::tracks(&mut *db.conn().await?, now.0.date_naive()).await?;
    page(&ListPage {
        layout: frame.layout(Section::Admin),
        rows,
    })
}

#[derive(Template)]
#[template(path = "tracks/new.html")]
struct NewPage {
    layout: Layout,
    input: NewForm,
    errors: FormErrors,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct NewForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    summary: String,
}

/// GET /admin/tracks/new
pub(super) async fn new(_admin: Admin, frame: Frame) -> AppResult<HttpResponse> {
    page(&NewPage {
        layout: frame.layout(Section::Admin),
        input: NewForm::default(),
        errors: FormErrors::none(),
    })
}

/// POST /admin/tracks
pub(super) async fn create(
    _admin: Admin,
    act: Act,
    frame: Frame,
    Form(input): Form<NewForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let name = errors.take("name", form::line(&input.name, 120));
    let summary = errors.take("summary", form::text(&input.summary, 2_000));
    if let (Some(name), Some(summary)) = (name, summary) {
        let mut tx = act.begin().await?;
        match actions::new_track(&mut tx, &act.by, act.at, &name, &summary).await {
            Ok(id) => {
                let said = "The track is there. Give it skills, checks, a challenge and a rubric next.";
                return act.done(tx, said, format!("/admin/tracks/{id}")).await;
            }
            Err(SaveError::Field(field, why)) => errors.add(field, why),
            Err(SaveError::Other(error)) => return Err(error),
        }
    }
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &NewPage {
            layout: frame.layout(Section::Admin),
            input,
            errors,
        },
    )
}
