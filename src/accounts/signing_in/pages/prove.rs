//! /account/prove: once more who one is, before a grave act.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::store;
use super::{NextQuery, WRONG_CODE, answer, charge, give_back, refused, safe_next};
use crate::accounts::passwords::Passwords;
use crate::accounts::second_factor::actions as factor;
use crate::accounts::store as users;
use crate::accounts::{Viewer, limits};
use crate::db::Db;
use crate::error::AppResult;
use crate::events::{self, Actor};
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Section, SignedIn, page, see_other};

#[derive(Template)]
#[template(path = "accounts/prove.html")]
struct ProvePage {
    layout: Layout,
    next: String,
    /// Whether the code of the second factor is asked for, and not the password.
    by_code: bool,
    /// Whether it was proved a moment ago, beside a page that waits to be sent again.
    done: bool,
    errors: FormErrors,
}

/// GET /account/prove
pub(super) async fn form(signed_in: SignedIn, query: web::Query<NextQuery>, frame: Frame) -> AppResult<HttpResponse> {
    page(&ProvePage {
        layout: frame.layout(Section::Other),
        next: safe_next(&query.next).unwrap_or_default().to_owned(),
        by_code: signed_in.0.has_second_factor,
        done: false,
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
pub(super) struct ProveForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// POST /account/prove
pub(super) async fn prove(
    signed_in: SignedIn,
    act: Act,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<ProveForm>,
) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let next = safe_next(&input.next).unwrap_or_default().to_owned();
    let field = if viewer.has_second_factor { "code" } else { "password" };
    let proved = if viewer.has_second_factor {
        prove_by_code(&act.db, &tokens, &act.by, act.now(), viewer, &input.code).await
    } else {
        prove_by_password(&act.db, &passwords, &tokens, act.now(), viewer, input.password).await
    };
    let (status, errors, seconds) = match proved {
        Ok(true) => (StatusCode::OK, FormErrors::none(), None),
        Ok(false) => {
            let words = if viewer.has_second_factor {
                WRONG_CODE
            } else {
                "This is not your present password."
            };
            (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one(field, words), None)
        }
        Err(error) => refused(error, field)?,
    };
    let done = errors.is_empty();
    if done {
        let mut tx = act.begin().await?;
        store::proved(&mut tx, viewer.sign_in, act.at).await?;
        let subject = ("user", viewer.user.0);
        events::record(&mut tx, &act.by, act.at, "user.proved", subject, serde_json::json!({})).await?;
        tx.commit().await?;
        if !next.is_empty() {
            return Ok(see_other(next));
        }
    }
    let (layout, by_code) = (frame.layout(Section::Other), viewer.has_second_factor);
    let page = ProvePage {
        layout,
        next,
        by_code,
        done,
        errors,
    };
    answer(status, &page, seconds)
}

async fn prove_by_code(
    db: &Db,
    tokens: &Tokens,
    actor: &Actor,
    now: Now,
    viewer: &Viewer,
    code: &str,
) -> AppResult<bool> {
    let charges = limits::code(tokens, viewer.user);
    charge(db, now, &charges).await?;
    let mut tx = db.begin().await?;
    let who = (viewer.user, viewer.email.as_str(), viewer.name.as_str());
    let accepted = factor::accept(&mut tx, actor, now.0, tokens, who, code).await?;
    if accepted.is_some() {
        throttle::give_back(&mut tx, now.0, &charges).await?;
    }
    tx.commit().await?;
    Ok(accepted.is_some())
}

/// Whether `password` is the viewer's, within the limit of wrong ones.
pub async fn prove_by_password(
    db: &Db,
    passwords: &Passwords,
    tokens: &Tokens,
    now: Now,
    viewer: &Viewer,
    password: String,
) -> AppResult<bool> {
    let charges = limits::proof(tokens, viewer.user);
    charge(db, now, &charges).await?;
    let stored = users::password_hash(&mut *db.conn().await?, viewer.user).await?;
    let fits = passwords.verify(password, Some(stored)).await;
    if !matches!(fits, Ok(false)) {
        give_back(db, now, &charges).await?;
    }
    fits
}
