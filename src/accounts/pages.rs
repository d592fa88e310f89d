//! The own account, and the account part of public forms.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::actions::{self, EMAIL_TAKEN, RegisterError, Registration};
use super::documents::store::{self as documents, Accepted};
use super::limits;
use super::links::actions::{Owner, ask_to_confirm};
use super::links::store::{self as links, AddressState};
use super::passwords::Passwords;
use super::signing_in::pages::prove_by_password;
use super::signing_in::sign_in;
use super::{Role, store};
use crate::db::Db;
use crate::error::AppResult;
use crate::events::Actor;
use crate::ids::UserId;
use crate::network;
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Routes, Section, SignedIn, form, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/account", account_page);
    r.post("/account/name", change_name);
    r.post("/account/password", change_password);
}

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct AccountPage {
    layout: Layout,
    name: String,
    email: String,
    address: AddressState,
    /// The address typed into the form, when it came back.
    new_email: String,
    role: Role,
    has_second_factor: bool,
    accepted: Vec<Accepted>,
    errors: FormErrors,
}

/// What was typed into the forms of the own account.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) name: Option<String>,
    pub(super) email: String,
}

/// The own account, with what is wrong with one of its forms.
pub(super) async fn account(
    db: &Db,
    frame: Frame,
    now: Now,
    signed_in: &SignedIn,
    typed: Typed,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let mut conn = db.conn().await?;
    let address = links::address_state(&mut conn, viewer.user, now.0).await?;
    let accepted = documents::accepted(&mut conn, viewer.user).await?;
    drop(conn);
    let status = errors.status();
    render(
        status,
        &AccountPage {
            layout: frame.layout(Section::Other),
            name: typed.name.unwrap_or_else(|| viewer.name.clone()),
            email: viewer.email.clone(),
            address,
            new_email: typed.email,
            role: viewer.role,
            has_second_factor: viewer.has_second_factor,
            accepted,
            errors,
        },
    )
}

async fn account_page(signed_in: SignedIn, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    account(&db, frame, now, &signed_in, Typed::default(), FormErrors::none()).await
}

#[derive(Deserialize)]
struct NameForm {
    #[serde(default)]
    name: String,
}

async fn change_name(
    signed_in: SignedIn,
    act: Act,
    frame: Frame,
    Form(input): Form<NameForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(name) = errors.take("name", form::line(&input.name, 200)) else {
        let typed = Typed {
            name: Some(input.name),
            ..Typed::default()
        };
        return account(&act.db, frame, act.now(), &signed_in, typed, errors).await;
    };
    let mut tx = act.begin().await?;
    actions::rename(&mut tx, &act.by, act.at, signed_in.0.user, &name).await?;
    act.done(tx, "Your name was changed.", "/account").await
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

async fn change_password(
    signed_in: SignedIn,
    act: Act,
    passwords: web::ThinData<Passwords>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<PasswordForm>,
) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let user = viewer.user;
    let mut errors = FormErrors::none();
    let wanted = errors.take(
        "password",
        form::password(&input.password, &[&viewer.name, &viewer.email]),
    );
    if !prove_by_password(&act.db, &passwords, &tokens, act.now(), viewer, input.current).await? {
        errors.add("current", "This is not your present password.");
    }
    let (Some(wanted), true) = (wanted, errors.is_empty()) else {
        return account(&act.db, frame, act.now(), &signed_in, Typed::default(), errors).await;
    };
    let hash = passwords.hash(wanted).await?;
    let mut tx = act.begin().await?;
    actions::change_password(&mut tx, &act.by, act.at, user, &hash).await?;
    let epoch = store::session_epoch(&mut tx, user).await?;
    sign_in(&mut tx, &act.req, &act.by, act.at, user, epoch).await?;
    let said = "Your password was changed; every other session was ended.";
    act.done(tx, said, "/account").await
}

/// Refuses strangers of a network that found too many known addresses lately: those answers say who is registered.
pub async fn few_found(db: &Db, tokens: &Tokens, req: &HttpRequest, now: Now) -> AppResult<()> {
    let charges: Vec<_> = limits::taken(tokens, network::of(req)).into_iter().collect();
    throttle::peek(&mut *db.conn().await?, now.0, &charges).await
}

/// Counts an answer that says who is registered.
pub async fn count_found(db: &Db, tokens: &Tokens, req: &HttpRequest, now: Now) -> AppResult<()> {
    let mut tx = db.begin().await?;
    let charges: Vec<_> = limits::taken(tokens, network::of(req)).into_iter().collect();
    throttle::charge(&mut tx, now.0, &charges).await?;
    Ok(tx.commit().await?)
}

/// Registers the account part of a public form (/start, /apply) and asks for the address to be confirmed; the caller's
/// transaction goes on with the rest. An address that is taken becomes an error beside the field.
pub async fn register_with(
    tx: &mut sqlx::PgConnection,
    by: &Actor,
    now: Now,
    tokens: &Tokens,
    registration: &Registration<'_>,
    errors: &mut FormErrors,
) -> AppResult<Option<UserId>> {
    match actions::register(tx, by, now.0, registration).await {
        Ok(user) => {
            let owner = Owner {
                user,
                email: registration.email,
                name: registration.name,
            };
            ask_to_confirm(tx, now.0, tokens, owner).await?;
            Ok(Some(user))
        }
        Err(RegisterError::EmailTaken) => {
            errors.add("email", EMAIL_TAKEN);
            Ok(None)
        }
        Err(RegisterError::Other(error)) => Err(error),
    }
}
