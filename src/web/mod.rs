//! What every page shares: routes, guards, forms, layout, answers, paging.

pub mod act;
pub mod assets;
pub mod came_from;
pub mod errors;
pub mod form;
pub mod guards;
pub mod history;
pub mod layout;
pub mod marks;
pub mod paging;
pub mod public;
pub mod request_id;
pub mod routes;
pub mod security;
pub mod upload;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::error::{AppError, AppResult};

pub use act::Act;
pub use form::{Form, FormErrors};
pub use guards::{Admin, CandidateUser, ClientContact, Proven, Recruiter, SignedIn, Visitor};
pub use layout::{Flash, Frame, Layout, Section};
pub use routes::Routes;

/// Renders a page with a status.
pub fn render(status: StatusCode, page: &impl askama::Template) -> AppResult<HttpResponse> {
    let body = page.render()?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(body))
}

/// Renders a page with status 200.
pub fn page(page: &impl askama::Template) -> AppResult<HttpResponse> {
    render(StatusCode::OK, page)
}

/// 303: after a form was carried out, the browser asks for this page.
pub fn see_other(location: impl AsRef<str>) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location.as_ref()))
        .finish()
}

/// The instant of this request, taken once.
#[derive(Debug, Clone, Copy)]
pub struct Now(pub DateTime<Utc>);

impl FromRequest for Now {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(now) = req.extensions().get::<Self>() {
            return ready(Ok(*now));
        }
        let Some(clock) = req.app_data::<web::ThinData<Clock>>() else {
            return ready(Err(AppError::internal("no clock is mounted")));
        };
        let now = Self(clock.now());
        req.extensions_mut().insert(now);
        ready(Ok(now))
    }
}

/// Where the site is, from outside: `https://agency.example`, without a slash at the end.
#[derive(Debug, Clone)]
pub struct SiteUrl(pub std::sync::Arc<str>);
