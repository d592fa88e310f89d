//! Login, logout, the own account, accepting an invitation.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::actions::{self, EMAIL_TAKEN, RegisterError, Registration};
use super::links::actions::{Owner, ask_to_confirm};
use super::links::store::{self as links, AddressState};
use super::passwords::Passwords;
use super::{Role, sessions, store};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::UserId;
use crate::tokens::Tokens;
use crate::web::layout::flash;
use crate::web::{
    Form, FormErrors, Frame, Layout, Now, Routes, Section, SignedIn, Visitor, form, page, render, see_other,
};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/login", login_page);
    r.post("/login", login);
    r.post("/logout", logout);
    r.get("/account", account_page);
    r.post("/account/name", change_name);
    r.post("/account/password", change_password);
    r.post("/account/sessions/end", end_other_sessions);
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
    (local && !next.chars().any(|c| c.is_control() || c == '\\')).then_some(next)
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

async fn login(
    db: web::ThinData<Db>,
    passwords: web::ThinData<Passwords>,
    session: Session,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<LoginForm>,
) -> AppResult<HttpResponse> {
    let email = super::fold_email(&input.email);
    // The connection is given back before the slow verification, so that logins cannot hold the pool.
    let found = store::credentials(&mut *db.conn().await?, &email).await?;
    let (found, stored) = match found {
        Some(found) => (
            Some((found.id, found.role, found.session_epoch)),
            Some(found.password_hash),
        ),
        None => (None, None),
    };
    let fits = passwords.verify(input.password, stored).await?;
    let Some((user, role, epoch)) = found.filter(|_| fits) else {
        let errors = FormErrors::one("email", "This address and password do not belong together.");
        let layout = frame.layout(Section::Other);
        let next = safe_next(&input.next).unwrap_or_default().to_owned();
        return render(
            StatusCode::UNPROCESSABLE_ENTITY,
            &LoginPage {
                layout,
                email: input.email,
                next,
                errors,
            },
        );
    };
    let mut tx = db.begin().await?;
    let actor = actor.now_user(user);
    events::record(
        &mut tx,
        &actor,
        now.0,
        "user.signed_in",
        ("user", user.0),
        serde_json::json!({}),
    )
    .await?;
    tx.commit().await?;
    sign_in(&session, user, epoch)?;
    Ok(see_other(safe_next(&input.next).unwrap_or(role.home())))
}

/// The epoch of an account that was made a moment ago.
pub const FIRST_EPOCH: i32 = 0;

/// Puts the user into a session with a fresh key, so that a key planted before the login is worth nothing.
/// `epoch` is what the user's was when the password was read: whoever ends their sessions meanwhile ends this one too.
pub fn sign_in(session: &Session, user: UserId, epoch: i32) -> AppResult<()> {
    session.renew();
    session.insert(sessions::EPOCH, epoch).map_err(AppError::internal)?;
    session.insert(sessions::USER, user).map_err(AppError::internal)
}

async fn logout(session: Session) -> HttpResponse {
    session.purge();
    see_other("/")
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
    let address = links::address_state(&mut *db.conn().await?, viewer.user, now.0).await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    render(
        status,
        &AccountPage {
            layout: frame.layout(Section::Other),
            name: typed.name.unwrap_or_else(|| viewer.name.clone()),
            email: viewer.email.clone(),
            address,
            new_email: typed.email,
            role: viewer.role,
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
    db: web::ThinData<Db>,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<NameForm>,
) -> AppResult<HttpResponse> {
    let mut errors = FormErrors::none();
    let Some(name) = errors.take("name", form::line(&input.name, 200)) else {
        let typed = Typed {
            name: Some(input.name),
            ..Typed::default()
        };
        return account(&db, frame, now, &signed_in, typed, errors).await;
    };
    let mut tx = db.begin().await?;
    actions::rename(&mut tx, &actor, now.0, signed_in.0.user, &name).await?;
    tx.commit().await?;
    flash(&req, "Your name was changed.");
    Ok(see_other("/account"))
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

#[expect(clippy::too_many_arguments, reason = "each is an extractor of this one handler")]
async fn change_password(
    signed_in: SignedIn,
    db: web::ThinData<Db>,
    passwords: web::ThinData<Passwords>,
    session: Session,
    req: HttpRequest,
    frame: Frame,
    actor: Actor,
    now: Now,
    Form(input): Form<PasswordForm>,
) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let stored = store::password_hash(&mut *db.conn().await?, user).await?;
    let mut errors = FormErrors::none();
    let wanted = errors.take("password", form::password(&input.password));
    if !passwords.verify(input.current, Some(stored)).await? {
        errors.add("current", "This is not your present password.");
    }
    let (Some(wanted), true) = (wanted, errors.is_empty()) else {
        return account(&db, frame, now, &signed_in, Typed::default(), errors).await;
    };
    let hash = passwords.hash(wanted).await?;
    let mut tx = db.begin().await?;
    actions::change_password(&mut tx, &actor, now.0, user, &hash).await?;
    let epoch = store::session_epoch(&mut tx, user).await?;
    tx.commit().await?;
    sign_in(&session, user, epoch)?;
    flash(&req, "Your password was changed; every other session was ended.");
    Ok(see_other("/account"))
}

async fn end_other_sessions(
    signed_in: SignedIn,
    db: web::ThinData<Db>,
    session: Session,
    req: HttpRequest,
    actor: Actor,
    now: Now,
) -> AppResult<HttpResponse> {
    let user = signed_in.0.user;
    let mut tx = db.begin().await?;
    let ended = store::end_sessions(&mut tx, user).await?;
    let epoch = store::session_epoch(&mut tx, user).await?;
    events::record(
        &mut tx,
        &actor,
        now.0,
        "user.sessions_ended",
        ("user", user.0),
        serde_json::json!({ "ended": ended }),
    )
    .await?;
    tx.commit().await?;
    sign_in(&session, user, epoch)?;
    flash(&req, "Every other session was ended.");
    Ok(see_other("/account"))
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
