//! Signing in and out, the code of the second factor, proving once more who one is, the page of one's sessions.

mod own;
mod prove;

use actix_session::{Session, SessionExt as _};
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::store;
use super::{current, pending, sign_in, wait_for_code};
use crate::accounts::limits::{self, Marks};
use crate::accounts::passwords::Passwords;
use crate::accounts::second_factor::{actions as factor, store as factors};
use crate::accounts::store::{self as users, Credentials};
use crate::accounts::{self, Role};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::UserId;
use crate::network;
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::errors::spell_wait;
use crate::web::{Form, FormErrors, Frame, Layout, Now, Routes, Section, SiteUrl, Visitor, page, render, see_other};

pub use prove::prove_by_password;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/login", login_page);
    r.post("/login", login);
    r.get("/login/code", code_page);
    r.post("/login/code", code);
    r.post("/logout", logout);
    r.get("/account/prove", prove::form);
    r.post("/account/prove", prove::prove);
    r.get("/account/sessions", own::list);
    r.post("/account/sessions/end", own::end_others);
    r.post("/account/sessions/end-all", own::end_all);
    r.post("/account/sessions/{id}/end", own::end_one);
}

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LoginPage {
    layout: Layout,
    email: String,
    next: String,
    errors: FormErrors,
}

/// Where to go after the login.
#[derive(Debug, Default, Deserialize)]
struct NextQuery {
    #[serde(default)]
    next: String,
}

/// Only a path of this site: an address given in a link must not lead a freshly signed-in person elsewhere.
fn safe_next(next: &str) -> Option<&str> {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    (local && next.len() <= 2000 && !next.chars().any(|c| c.is_control() || c == '\\')).then_some(next)
}

async fn login_page(visitor: Visitor, query: web::Query<NextQuery>, frame: Frame) -> AppResult<HttpResponse> {
    if let Some(viewer) = visitor.0 {
        return Ok(see_other(viewer.role.home()));
    }
    let next = safe_next(&query.next).unwrap_or_default().to_owned();
    page(&LoginPage {
        layout: frame.layout(Section::Other),
        email: String::new(),
        next,
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// What a form says of too many attempts: status, words, seconds until the next. Other errors go on.
fn refused(error: AppError, field: &'static str) -> AppResult<(StatusCode, FormErrors, Option<i64>)> {
    let AppError::TooMany { wait } = &error else {
        return Err(error);
    };
    let words = format!(
        "That was too often. Nothing was changed; try again in {}.",
        spell_wait(*wait)
    );
    Ok((error.status(), FormErrors::one(field, words), error.retry_after()))
}

/// A page, with `Retry-After` where there is something to wait for.
fn answer(status: StatusCode, page: &impl Template, seconds: Option<i64>) -> AppResult<HttpResponse> {
    let mut response = render(status, page)?;
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn login(
    req: HttpRequest,
    db: web::ThinData<Db>,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<LoginForm>,
) -> AppResult<HttpResponse> {
    let email = accounts::fold_email(&input.email);
    let marks = Marks(&tokens);
    let cookie = req.cookie(Marks::COOKIE);
    let known = cookie.as_ref().and_then(|cookie| marks.read(&email, cookie.value()));
    let charges = limits::sign_in(&tokens, &email, known, network::of(&req));
    let judged = judge(
        &db,
        &passwords,
        &tokens,
        (&actor, now),
        &email,
        &input.password,
        &charges,
    )
    .await;
    let (status, errors, seconds) = match judged {
        Ok(Some(found)) => {
            let mut tx = db.begin().await?;
            let next = safe_next(&input.next);
            let who = (found.id, found.role, found.session_epoch);
            let mut response = admit(&mut tx, &req, &actor, now, who, next).await?;
            tx.commit().await?;
            if known.is_none() {
                remember(&req, &marks, &email, &mut response)?;
            }
            return Ok(response);
        }
        Ok(None) => {
            let errors = FormErrors::one("email", "This address and password do not belong together.");
            (StatusCode::UNPROCESSABLE_ENTITY, errors, None)
        }
        Err(error) => refused(error, "email")?,
    };
    let page = LoginPage {
        layout: frame.layout(Section::Other),
        next: safe_next(&input.next).unwrap_or_default().to_owned(),
        email: input.email,
        errors,
    };
    answer(status, &page, seconds)
}

/// Whose address and password these are, if the limits allow to say: `None` for a wrong guess, which is counted.
async fn judge(
    db: &Db,
    passwords: &Passwords,
    tokens: &Tokens,
    (actor, now): (&Actor, Now),
    email: &str,
    password: &str,
    charges: &[throttle::Charge],
) -> AppResult<Option<Credentials>> {
    let mut conn = db.conn().await?;
    throttle::peek(&mut conn, now.0, charges).await?;
    let found = users::credentials(&mut conn, email).await?;
    // The connection is given back before the slow verification, so that logins cannot hold the pool.
    drop(conn);
    let stored = found.as_ref().map(|found| found.password_hash.clone());
    let fits = passwords.verify(password.to_owned(), stored).await?;
    let mut tx = db.begin().await?;
    if let Some(found) = found.filter(|_| fits) {
        // Wrong guesses may have used the limit up meanwhile: then the right one is no better.
        throttle::peek(&mut tx, now.0, charges).await?;
        return Ok(Some(found));
    }
    throttle::charge(&mut tx, now.0, charges).await?;
    // The same work for an address that nobody has.
    let known = users::id_of(&mut tx, email).await?;
    let subject = known.map_or_else(|| ("address", address_id(tokens, email)), |user| ("user", user.0));
    let kind = "user.sign_in_failed";
    events::record(&mut tx, actor, now.0, kind, subject, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(None)
}

/// Counts an attempt in a transaction of its own, before it is made.
async fn charge(db: &Db, now: Now, charges: &[throttle::Charge]) -> AppResult<()> {
    let mut tx = db.begin().await?;
    throttle::charge(&mut tx, now.0, charges).await?;
    Ok(tx.commit().await?)
}

async fn give_back(db: &Db, now: Now, charges: &[throttle::Charge]) -> AppResult<()> {
    let mut tx = db.begin().await?;
    throttle::give_back(&mut tx, now.0, charges).await?;
    Ok(tx.commit().await?)
}

/// The subject of events about an address that nobody has: a keyed hash, so the log holds no address.
fn address_id(tokens: &Tokens, email: &str) -> uuid::Uuid {
    let hash = tokens.fingerprint("address", email.as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash) {
        *to = from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Marks the browser, so that strangers who fail at this address do not lock its owner out.
fn remember(req: &HttpRequest, marks: &Marks<'_>, email: &str, response: &mut HttpResponse) -> AppResult<()> {
    let site = req.app_data::<web::ThinData<SiteUrl>>();
    let cookie = Cookie::build(Marks::COOKIE, marks.make(email, uuid::Uuid::new_v4()))
        .path("/login")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.is_some_and(|site| site.0.0.starts_with("https://")))
        .max_age(CookieDuration::days(Marks::DAYS))
        .finish();
    response.add_cookie(&cookie).map_err(AppError::internal)
}

/// Lets somebody in whose password was right, or asks for the code: the answer for the browser.
pub async fn admit(
    tx: &mut sqlx::PgConnection,
    req: &HttpRequest,
    actor: &Actor,
    now: Now,
    (user, role, epoch): (UserId, Role, i32),
    next: Option<&str>,
) -> AppResult<HttpResponse> {
    let next = next.unwrap_or_else(|| role.home());
    if factors::is_on(tx, user).await? {
        wait_for_code(&req.get_session(), now.0, user, epoch, next)?;
        return Ok(see_other("/login/code"));
    }
    let actor = actor.now_user(user);
    events::record(
        tx,
        &actor,
        now.0,
        "user.signed_in",
        ("user", user.0),
        serde_json::json!({}),
    )
    .await?;
    sign_in(tx, req, &actor, now.0, user, epoch).await?;
    Ok(see_other(next))
}

#[derive(Template)]
#[template(path = "accounts/code.html")]
struct CodePage {
    layout: Layout,
    errors: FormErrors,
}

const WRONG_CODE: &str = "This code is not right, or it was used already. Wait for the next one.";

fn late() -> AppError {
    AppError::refused(
        "That took too long",
        "Sign in with your password again; the code is asked for right after it.",
    )
}

async fn code_page(session: Session, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    if pending(&session, now.0).is_none() {
        return Ok(see_other("/login"));
    }
    page(&CodePage {
        layout: frame.layout(Section::Other),
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

async fn code(
    req: HttpRequest,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<CodeForm>,
) -> AppResult<HttpResponse> {
    let pending = pending(&req.get_session(), now.0).ok_or_else(late)?;
    let layout = frame.layout(Section::Other);
    let charges = limits::code(&tokens, pending.user);
    if let Err(error) = charge(&db, now, &charges).await {
        let (status, errors, seconds) = refused(error, "code")?;
        return answer(status, &CodePage { layout, errors }, seconds);
    }
    let mut tx = db.begin().await?;
    let owner = users::owner(&mut tx, pending.user, pending.epoch)
        .await?
        .ok_or_else(late)?;
    let actor = actor.now_user(pending.user);
    let who = (pending.user, owner.email.as_str(), owner.name.as_str());
    let accepted = factor::accept(&mut tx, &actor, now.0, &tokens, who, &input.code).await?;
    let subject = ("user", pending.user.0);
    let Some(accepted) = accepted else {
        let data = serde_json::json!({ "at": "code" });
        events::record(&mut tx, &actor, now.0, "user.sign_in_failed", subject, data).await?;
        tx.commit().await?;
        let errors = FormErrors::one("code", WRONG_CODE);
        return answer(StatusCode::UNPROCESSABLE_ENTITY, &CodePage { layout, errors }, None);
    };
    throttle::give_back(&mut tx, now.0, &charges).await?;
    let how = match accepted {
        factor::Accepted::App => "code",
        factor::Accepted::Recovery => "recovery code",
    };
    let data = serde_json::json!({ "second_factor": how });
    events::record(&mut tx, &actor, now.0, "user.signed_in", subject, data).await?;
    sign_in(&mut tx, &req, &actor, now.0, pending.user, pending.epoch).await?;
    tx.commit().await?;
    Ok(see_other(safe_next(&pending.next).unwrap_or(owner.role.home())))
}

async fn logout(db: web::ThinData<Db>, session: Session, now: Now) -> AppResult<HttpResponse> {
    if let Some(id) = current(&session) {
        store::end(&mut *db.conn().await?, id, now.0).await?;
    }
    session.purge();
    Ok(see_other("/"))
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_paths_of_this_site_follow_a_login() {
        assert_eq!(safe_next("/requests?state=open"), Some("/requests?state=open"));
        for elsewhere in [
            "",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(safe_next(elsewhere), None, "{elsewhere}");
        }
    }
}
