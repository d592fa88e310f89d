//! /invitations/{token}: somebody who was invited makes the account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::actions::{self, EMAIL_TAKEN, RegisterError};
use super::passwords::Passwords;
use super::signing_in::{FIRST_EPOCH, sign_in};
use super::{Role, store};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::tokens;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Routes, Section, form, page, render, see_other};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/invitations/{token}", invitation_page);
    r.post("/invitations/{token}", accept_invitation);
}

#[derive(Template)]
#[template(path = "accounts/invitation.html")]
struct InvitationPage {
    layout: Layout,
    token: String,
    email: String,
    role: Role,
    name: String,
    errors: FormErrors,
}

impl InvitationPage {
    fn title(&self) -> &'static str {
        match self.role {
            Role::Admin | Role::Recruiter => "Join the agency",
            Role::Client => "Join your company",
            Role::Candidate => "Take over your profile",
        }
    }
}

fn dead_link() -> AppError {
    AppError::dead_link("It was used already, or its seven days are over. Ask the agency for a new one.")
}

async fn invitation_page(
    token: web::Path<String>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    // Opening the link changes nothing (mail scanners do that): the lock of the query ends with this transaction.
    let mut tx = db.begin().await?;
    let invitation = store::invitation(&mut tx, &tokens::hash(&token), now.0)
        .await?
        .ok_or_else(dead_link)?;
    tx.rollback().await?;
    page(&InvitationPage {
        layout: frame.layout(Section::Other),
        token,
        email: invitation.email,
        role: invitation.role,
        name: invitation.name,
        errors: FormErrors::none(),
    })
}

#[derive(Deserialize)]
struct AcceptForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

async fn accept_invitation(
    token: web::Path<String>,
    act: Act,
    passwords: web::ThinData<Passwords>,
    frame: Frame,
    Form(input): Form<AcceptForm>,
) -> AppResult<HttpResponse> {
    let token = token.into_inner();
    let mut errors = FormErrors::none();
    let name = errors.take("name", form::line(&input.name, 200));
    let invitation = {
        let mut tx = act.begin().await?;
        store::invitation(&mut tx, &tokens::hash(&token), act.at)
            .await?
            .ok_or_else(dead_link)?
    };
    let about = [input.name.as_str(), &invitation.email];
    let password = errors.take("password", form::password(&input.password, &about));
    if let (Some(name), Some(password)) = (name, password) {
        let hash = passwords.hash(password).await?;
        let mut tx = act.begin().await?;
        match actions::accept_invitation(&mut tx, &act.by, act.at, &token, &name, &hash).await {
            Ok(Some((user, role))) => {
                sign_in(&mut tx, &act.req, &act.by.now_user(user), act.at, user, FIRST_EPOCH).await?;
                tx.commit().await?;
                return Ok(see_other(role.home()));
            }
            Ok(None) => return Err(dead_link()),
            Err(RegisterError::EmailTaken) => errors.add("email", EMAIL_TAKEN),
            Err(RegisterError::Other(error)) => return Err(error),
        }
    }
    let layout = frame.layout(Section::Other);
    let (email, role) = (invitation.email, invitation.role);
    render(
        StatusCode::UNPROCESSABLE_ENTITY,
        &InvitationPage {
            layout,
            token,
            email,
            role,
            name: input.name,
            errors,
        },
    )
}
