//! /forgot, /reset/{token}, /confirm/{token}, and the address on the own account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::actions::{self, Confirmed, Owner};
use super::{Purpose, store};
use crate::accounts::limits;
use crate::accounts::pages::{Typed, account};
use crate::accounts::passwords::Passwords;
use crate::accounts::signing_in::pages::{admit, prove_by_password};
use crate::accounts::store as users;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::network;
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::layout::flash;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Routes, Section, SignedIn, form, page, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/forgot", forgot_page);
    r.post("/forgot", forgot);
    r.get("/reset/{token}", reset_page);
    r.post("/reset/{token}", reset);
    r.get("/confirm/{token}", confirm_page);
    r.post("/confirm/{token}", confirm);
    r.post("/account/email", change_address);
    r.post("/account/confirm", confirm_again);
}

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    layout: Layout,
    email: String,
    /// Whether the letter is on its way, if there is somebody to write to.
    asked: bool,
    errors: FormErrors,
}

async fn forgot_page(frame: Frame) -> AppResult<HttpResponse> {
    page(&ForgotPage {
        layout: frame.layout(Section::Other),
        email: String::new(),
        asked: false,
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
struct ForgotForm {
    #[serde(default)]
    email: String,
}

async fn forgot(
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<ForgotForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let email = errors.take("email", form::email(&input.email));
    let status = match email {
        Some(email) => {
            let mut tx = act.begin().await?;
            throttle::charge(
                &mut tx,
                act.at,
                &limits::letters(&tokens, &email, network::of(&act.req)),
            )
            .await?;
            actions::ask_reset(&mut tx, &act.by, act.at, &email).await?;
            tx.commit().await?;
            StatusCode::OK
        }
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let asked = errors.is_empty();
    render(
        status,
        &ForgotPage {
            layout: frame.layout(Section::Other),
            email: input.email,
            asked,
            errors,
        },
    )
}

fn dead_link() -> AppError {
    AppError::dead_link(
        "It was used already, its time is over, or a newer letter took its place. Ask for a new one where you asked for this one.",
    )
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    layout: Layout,
    token: String,
    email: String,
    errors: FormErrors,
}

/// Opening changes nothing: the lock of the query ends with its transaction.
async fn opened(db: &Db, now: Now, token: &str) -> AppResult<store::LiveLink> {
    let mut tx = db.begin().await?;
    let link = actions::look(&mut tx, now.0, token).await?.ok_or_else(dead_link)?;
    tx.rollback().await?;
    Ok(link)
}

async fn reset_page(
    token: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let link = opened(&db, now, &token).await?;
    if link.purpose != Purpose::Reset {
        return Err(dead_link());
    }
    page(&ResetPage {
        layout: frame.layout(Section::Other),
        token: token.into_inner(),
        email: link.present,
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
struct ResetForm {
    #[serde(default)]
    password: String,
}

async fn reset(
    token: web::Path<String>,
    act: Act,
    passwords: web::ThinData<Passwords>,
    frame: Frame,
    Form(input): Form<ResetForm>,
) -> AppResult<HttpResponse> {
    // Looked at first: a hash is not computed for a link that does not work.
    let link = opened(&act.db, act.now(), &token).await?;
    let mut errors = FormErrors::none();
    let Some(password) = errors.take("password", form::password(&input.password, &[&link.present])) else {
        return render(
            StatusCode::UNPROCESSABLE_ENTITY,
            &ResetPage {
                layout: frame.layout(Section::Other),
                token: token.into_inner(),
                email: link.present,
                errors,
            },
        );
    };
    let hash = passwords.hash(password).await?;
    let mut tx = act.begin().await?;
    let user = actions::reset(&mut tx, &act.by, act.at, &token, &hash)
        .await?
        .ok_or_else(dead_link)?;
    let epoch = users::session_epoch(&mut tx, user).await?;
    let owner = users::owner(&mut tx, user, epoch).await?.ok_or_else(dead_link)?;
    // A mailbox is one factor: who has a second one is asked for its code still.
    let response = admit(&mut tx, &act.req, &act.by, act.now(), (user, owner.role, epoch), None).await?;
    tx.commit().await?;
    flash(
        &act.req,
        "Your new password is set; every other browser was signed out.",
    );
    Ok(response)
}

#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    token: String,
    email: String,
    present: String,
    changes: bool,
}

async fn confirm_page(
    token: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let link = opened(&db, now, &token).await?;
    if link.purpose == Purpose::Reset {
        return Err(dead_link());
    }
    page(&ConfirmPage {
        layout: frame.layout(Section::Other),
        token: token.into_inner(),
        changes: link.purpose == Purpose::Address,
        email: link.email,
        present: link.present,
    })
}

async fn confirm(token: web::Path<String>, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    match actions::confirm(&mut tx, &act.by, act.at, &token).await? {
        Confirmed::Done => act.done(tx, "The address is confirmed.", "/account").await,
        Confirmed::Dead => Err(dead_link()),
        Confirmed::Taken => Err(AppError::refused(
            "Another account has this address",
            "Your account keeps the address it had. Sign in with it, or choose another new one.",
        )),
    }
}

#[derive(Deserialize)]
struct AddressForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    address_password: String,
}

async fn change_address(
    signed_in: SignedIn,
    act: Act,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<AddressForm>,
) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let mut errors = FormErrors::none();
    let email = errors.take("email", form::email(&input.email));
    if email.as_deref() == Some(viewer.email.as_str()) {
        errors.add("email", "This is your address already.");
    }
    if !prove_by_password(&act.db, &passwords, &tokens, act.now(), viewer, input.address_password).await? {
        errors.add("address_password", "This is not your present password.");
    }
    let (Some(email), true) = (email, errors.is_empty()) else {
        let typed = Typed {
            email: input.email,
            ..Typed::default()
        };
        return account(&act.db, frame, act.now(), &signed_in, typed, errors).await;
    };
    let owner = Owner {
        user: viewer.user,
        email: &email,
        name: &viewer.name,
    };
    let mut tx = act.begin().await?;
    throttle::charge(
        &mut tx,
        act.at,
        &limits::letters(&tokens, &email, network::of(&act.req)),
    )
    .await?;
    actions::ask_new_address(&mut tx, &act.by, act.at, &tokens, owner).await?;
    // The same words whether or not another account has the address: they say nothing about who is registered.
    let said = "A letter is on its way to the new address. It becomes yours with the link in it.";
    act.done(tx, said, "/account").await
}

async fn confirm_again(signed_in: SignedIn, act: Act, tokens: web::ThinData<Tokens>) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let owner = Owner {
        user: viewer.user,
        email: &viewer.email,
        name: &viewer.name,
    };
    let mut tx = act.begin().await?;
    if store::address_state(&mut tx, viewer.user, act.at).await?.confirmed {
        return Err(AppError::overtaken());
    }
    throttle::charge(&mut tx, act.at, &limits::letters(&tokens, &viewer.email, None)).await?;
    actions::ask_to_confirm(&mut tx, act.at, &tokens, owner).await?;
    let said = "A new letter is on its way; the earlier link does not work any more.";
    act.done(tx, said, "/account").await
}
