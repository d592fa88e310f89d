//! Saved views: one's own.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::query::PipelineQuery;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::SavedViewId;
use crate::vetting::pipeline::actions::{self, ViewAct};
use crate::vetting::pipeline::store::views::{SavedView, views as saved};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Recruiter, Section, form, render};

#[derive(Template)]
#[template(path = "vetting/pipeline/views.html")]
struct ViewsPage {
    layout: Layout,
    views: Vec<SavedView>,
    /// What was sent and could not be taken.
    sent: String,
    /// Of which view; empty: of a new one.
    of: String,
    query: String,
    errors: FormErrors,
}

impl ViewsPage {
    /// Whether what was wrong concerns this view.
    fn is_of(&self, view: &SavedView) -> bool {
        !self.errors.is_empty() && self.of == view.id.to_string()
    }
}

pub(super) async fn views(staff: Recruiter, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    show(
        &db,
        &staff,
        frame,
        (String::new(), String::new(), String::new()),
        FormErrors::none(),
    )
    .await
}

async fn show(
    db: &Db,
    staff: &Recruiter,
    frame: Frame,
    (sent, of, query): (String, String, String),
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let views = saved(&mut *db.conn().await?, staff.0.user).await?;
    let page = ViewsPage {
        layout: frame.layout(Section::Pipeline),
        views,
        sent,
        of,
        query,
        errors,
    };
    render(page.errors.status(), &page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SaveForm {
    name: String,
    query: String,
}

pub(super) async fn save(
    staff: Recruiter,
    act: Act,
    frame: Frame,
    Form(typed): Form<SaveForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let name = errors.take("name", form::line(&typed.name, 60));
    // Read and written anew: what is kept is an address of the pipeline, whatever was sent.
    let read: Option<PipelineQuery> = serde_html_form::from_str(&typed.query).ok();
    let query = read
        .map(|query| query.kept())
        .filter(|query| (1..=1_500).contains(&query.len()));
    let query = query.ok_or_else(|| AppError::Invalid("Open the pipeline first, and save what it shows.".into()))?;
    let Some(name) = name else {
        return show(&act.db, &staff, frame, (typed.name, String::new(), typed.query), errors).await;
    };
    let mut tx = act.begin().await?;
    actions::save_view(&mut tx, staff.0.user, act.at, &name, &query).await?;
    act.done(tx, format!("Kept as {name}."), format!("/pipeline?{query}"))
        .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeForm {
    act: String,
    name: String,
}

pub(super) async fn change(
    staff: Recruiter,
    path: web::Path<SavedViewId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<ChangeForm>,
) -> AppResult<HttpResponse> {
    let (what, said) = match typed.act.as_str() {
        "rename" => {
            let mut errors = FormErrors::none();
            let Some(name) = errors.take("name", form::line(&typed.name, 60)) else {
                let sent = (typed.name, path.to_string(), String::new());
                return show(&act.db, &staff, frame, sent, errors).await;
            };
            (ViewAct::Rename(name), "Renamed.")
        }
        "default" => (ViewAct::Default, "The pipeline opens with it now."),
        "no-default" => (
            ViewAct::NoDefault,
            "The pipeline opens with all of the first track again.",
        ),
        "delete" => (ViewAct::Delete, "Deleted."),
        _ => return Err(AppError::Invalid("What is to be done with the view?".into())),
    };
    let mut tx = act.begin().await?;
    actions::change_view(&mut tx, staff.0.user, *path, &what).await?;
    act.done(tx, said, "/pipeline/views").await
}
