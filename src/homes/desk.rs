//! The recruiter's desk: what waits on whom, oldest first.

use actix_web::HttpResponse;
use askama::Template;

use crate::error::AppResult;
use crate::web::{Frame, Layout, Recruiter, Routes, Section, page};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/desk", desk);
}

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
