//! Errors as pages: a title, a way on and the request's id. Causes go to the log, once, here.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::layout::Layout;
use crate::error::AppError;

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage<'a> {
    layout: Layout,
    status: u16,
    title: &'a str,
    way_on: &'a str,
    request_id: Option<String>,
}

impl ErrorPage<'_> {
    fn is_login_wanted(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED.as_u16()
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let (title, way_on): (&str, &str) = match self {
            Self::NotFound => (
                "There is no such page",
                "The address may be mistyped, or the record belongs to somebody else. Go back to your home page and look for it from there.",
            ),
            Self::SignInNeeded => (
                "Please sign in",
                "Your session ended or you were not signed in. Nothing was changed.",
            ),
            Self::Forbidden(why) => (why, "Sign in with another account, or ask the agency for access."),
            Self::Refused { title, way_on } => (title, way_on),
            Self::Invalid(why) => (
                why,
                "Nothing was changed. Go back, look at the form, and send it again.",
            ),
            Self::TooLarge(why) => ("That is too large", why),
            Self::Busy(why) => (why, "Nothing was changed. Try again in a few seconds."),
            Self::Internal(cause) => {
                tracing::error!(error = &**cause as &dyn std::error::Error, "a request failed");
                (
                    "Something went wrong here",
                    "It is our fault and it has been noted. Try again; if it happens again, tell us the number below.",
                )
            }
        };
        let status = self.status();
        let page = ErrorPage {
            layout: Layout::bare(),
            status: status.as_u16(),
            title,
            way_on,
            request_id: super::request_id::current().map(|id| id.to_string()),
        };
        let mut response = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "5"));
        }
        match page.render() {
            Ok(body) => response
                .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                .body(body),
            Err(_) => response.body(title.to_owned()),
        }
    }
}
