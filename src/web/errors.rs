//! Errors as pages: a title, a way on and the request's id. Causes go to the log, once, here.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use chrono::TimeDelta;

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
    /// The page that the act was sent from.
    back: Option<String>,
    /// Whether the viewer must prove who they are.
    proof: bool,
}

impl ErrorPage<'_> {
    fn is_proof_wanted(&self) -> bool {
        self.proof
    }

    fn is_login_wanted(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED.as_u16()
    }
}

/// "40 seconds" or "3 minutes", rounded up.
pub fn spell_wait(wait: TimeDelta) -> String {
    let seconds = (wait.num_milliseconds() + 999).div_euclid(1000).max(1);
    match seconds {
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let wait;
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
            Self::TooMany { wait: time } => {
                wait = format!("Nothing was changed. Try again in {}.", spell_wait(*time));
                ("That was too often", &wait)
            }
            Self::ProofNeeded => (
                "Please prove that it is you",
                "Nothing was lost: prove it under the link below, which opens beside this page, then reload this page and let the browser send the form again.",
            ),
            Self::Busy(why) => (why, "Nothing was changed. Try again in a few seconds."),
            Self::NoRoom(why) => (
                why,
                "Nothing was saved, and the agency's log says why. Keep what you have and try again in some minutes; if this goes on, tell the agency.",
            ),
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
            back: super::came_from::current(),
            proof: matches!(self, Self::ProofNeeded),
        };
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        match page.render() {
            Ok(body) => response
                .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                .body(body),
            Err(_) => response.body(title.to_owned()),
        }
    }
}
