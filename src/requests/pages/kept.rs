//! The form of a stranger who leaves and comes back: kept with every answer that shows it again, while typing where there is
//! script, and by a button; found by a cookie of /start alone.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::form::RequestForm;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::network;
use crate::requests::kept::{self, DAYS, Outcome};
use crate::requests::store::kept as store;
use crate::tokens::{self, Tokens};
use crate::web::{Form, Now, SiteUrl, Visitor, see_other};

const COOKIE: &str = "meridian_draft";

/// What the page says about the kept form.
#[derive(Debug, Clone)]
pub enum Note {
    /// It was filled in with what was kept on that day, until that day.
    Found(String, String),
    /// What stands there now is kept until that day.
    Kept(String),
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

/// The browser's token, if it has the shape of one.
fn token(req: &HttpRequest) -> Option<String> {
    let cookie = req.cookie(COOKIE)?;
    let value = cookie.value();
    let whole = value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| value.to_owned())
}

/// Gives the browser this token, or with nothing takes it away.
fn hand_out(req: &HttpRequest, response: &mut HttpResponse, token: Option<String>) -> AppResult<()> {
    let site = req.app_data::<web::ThinData<SiteUrl>>();
    let lifetime = if token.is_some() { DAYS } else { 0 };
    let cookie = Cookie::build(COOKIE, token.unwrap_or_default())
        .path("/start")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.is_some_and(|site| site.0.0.starts_with("https://")))
        .max_age(CookieDuration::days(lifetime))
        .finish();
    response.add_cookie(&cookie).map_err(AppError::internal)
}

/// What was kept for this browser.
pub async fn found(conn: &mut PgConnection, req: &HttpRequest, now: Now) -> AppResult<Option<(RequestForm, Note)>> {
    let Some(token) = token(req) else {
        return Ok(None);
    };
    let Some(row) = store::find(conn, &tokens::hash(&token), now.0).await? else {
        return Ok(None);
    };
    // A field that a later version of the form reads differently is no reason to show nobody their form again.
    let form: Result<RequestForm, _> = serde_json::from_value(row.form);
    Ok(form
        .ok()
        .map(|form| (form, Note::Found(day(row.updated_at), day(row.expires_at)))))
}

/// Keeps what a stranger typed; nothing when they have typed nothing of their own.
pub async fn keep(
    db: &Db,
    tokens: &Tokens,
    req: &HttpRequest,
    now: Now,
    form: &RequestForm,
) -> AppResult<Option<Outcome>> {
    if !form.has_own_words() {
        return Ok(None);
    }
    let value = serde_json::to_value(form)?;
    let mut tx = db.begin().await?;
    let outcome = kept::keep(&mut tx, now.0, tokens, network::of(req), token(req), &value).await?;
    if matches!(outcome, Outcome::Kept { .. }) {
        tx.commit().await?;
    }
    Ok(Some(outcome))
}

/// What the page says of an outcome; nothing of one that failed without having been asked for.
pub fn note(outcome: Option<&Outcome>) -> Option<Note> {
    match outcome {
        Some(Outcome::Kept { until, .. }) => Some(Note::Kept(day(*until))),
        Some(Outcome::TooLarge | Outcome::TooMany) | None => None,
    }
}

/// Why a form that somebody asked to keep was not kept.
pub fn refusal(outcome: Option<&Outcome>) -> Option<&'static str> {
    match outcome {
        Some(Outcome::Kept { .. }) => None,
        Some(Outcome::TooLarge) => {
            Some("The texts are too long to be kept here. Shorten the longest, or send the request.")
        }
        Some(Outcome::TooMany) => {
            Some("Too many forms were kept from your network lately. Try again in an hour, or send the request.")
        }
        None => Some("There is nothing to keep yet: write something first."),
    }
}

/// Puts the token of an outcome into the answer's cookie.
pub fn remember(req: &HttpRequest, response: &mut HttpResponse, outcome: Option<Outcome>) -> AppResult<()> {
    match outcome {
        Some(Outcome::Kept { token, .. }) => hand_out(req, response, Some(token)),
        Some(Outcome::TooLarge | Outcome::TooMany) | None => Ok(()),
    }
}

/// The form was handed in, in this transaction: what was kept of it goes.
pub async fn forget(tx: &mut PgConnection, req: &HttpRequest) -> AppResult<()> {
    match token(req) {
        Some(token) => store::forget(tx, &tokens::hash(&token)).await,
        None => Ok(()),
    }
}

/// Takes the cookie away, where there is one.
pub fn let_go(req: &HttpRequest, response: &mut HttpResponse) -> AppResult<()> {
    match req.cookie(COOKIE) {
        Some(_) => hand_out(req, response, None),
        None => Ok(()),
    }
}

/// A page with somebody's words, shown to whoever holds the cookie, stays in no cache.
pub fn unshared(response: &mut HttpResponse) {
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, never);
}

/// Keeps the form while it is filled in. A browser without script sends the form itself and gets it back.
pub async fn autosave(
    visitor: Visitor,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    req: HttpRequest,
    now: Now,
    Form(input): Form<RequestForm>,
) -> AppResult<HttpResponse> {
    // Clients have drafts of their own, with their account.
    let outcome = match visitor.0 {
        Some(_) => None,
        None => keep(&db, &tokens, &req, now, &input).await?,
    };
    let mut response = match note(outcome.as_ref()) {
        _ if !req.headers().contains_key("hx-request") => see_other("/start"),
        Some(Note::Kept(until) | Note::Found(_, until)) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(words(&until)),
        None => HttpResponse::NoContent().finish(),
    };
    remember(&req, &mut response, outcome)?;
    Ok(response)
}

/// What stands beside the button once the form is kept.
pub fn words(until: &str) -> String {
    format!("Kept for this browser until {until}, without the password.")
}

/// Throws the kept form away.
pub async fn afresh(db: web::ThinData<Db>, req: HttpRequest) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    forget(&mut tx, &req).await?;
    tx.commit().await?;
    let mut response = see_other("/start");
    let_go(&req, &mut response)?;
    Ok(response)
}
