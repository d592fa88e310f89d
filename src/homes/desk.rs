//! The recruiter's desk: what waits on whom, oldest first.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::db::Db;
use crate::error::AppResult;
use crate::ids::{CandidateId, IntroductionId, OfferId, PlacementId, RequestId};
use crate::web::{Frame, Layout, Now, Recruiter, Routes, Section, page};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/desk", desk);
}

/// Rows a list of the desk shows at most; the full lists are one link away.
const ROWS: i64 = 12;

#[derive(Template)]
#[template(path = "homes/desk.html")]
struct DeskPage {
    layout: Layout,
}

async fn desk(_staff: Recruiter, frame: Frame) -> AppResult<HttpResponse> {
    page(&DeskPage {
        layout: frame.layout(Section::Home),
    })
}
