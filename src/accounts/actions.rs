//! What people do with accounts: register, change a password, invite, accept an invitation.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::links::{self, letters};
use super::store::{self, Invitation, NewUser};
use super::{Role, fold_email};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, InvitationId, LinkId, OrganizationId, UserId};
use crate::mail;
use crate::tokens::{self, Tokens};

/// What a registration brings; the password is hashed already.
#[derive(Debug)]
pub struct Registration<'a> {
    /// Any case; stored folded.
    pub email: &'a str,
    /// Display name.
    pub name: &'a str,
    /// PHC string from [`super::passwords::Passwords::hash`].
    pub password_hash: &'a str,
    /// Role.
    pub role: Role,
    /// Needed for clients, refused for others by the database.
    pub organization: Option<OrganizationId>,
}

/// Why a registration failed, for the form.
#[derive(Debug)]
pub enum RegisterError {
    /// An account with the address exists.
    EmailTaken,
    /// Anything else.
    Other(AppError),
}

/// The words of [`RegisterError::EmailTaken`] beside the e-mail field.
pub const EMAIL_TAKEN: &str = "There is an account with this address already. Sign in first, then go on.";

/// Makes a user.
pub async fn register(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    registration: &Registration<'_>,
) -> Result<UserId, RegisterError> {
    let id = UserId::new();
    let email = fold_email(registration.email);
    let user = NewUser {
        id,
        email: &email,
        name: registration.name.trim(),
        password_hash: registration.password_hash,
        role: registration.role,
        organization: registration.organization,
    };
    store::insert_user(tx, &user, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("users_email_once") => RegisterError::EmailTaken,
            _ => RegisterError::Other(error.into()),
        })?;
    let role = registration.role;
    events::record(tx, by, now, "user.registered", ("user", id.0), json!({ "role": role }))
        .await
        .map_err(RegisterError::Other)?;
    Ok(id)
}

/// Sets a new password and ends every other session of the user.
pub async fn change_password(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    user: UserId,
    password_hash: &str,
) -> AppResult<()> {
    store::set_password(tx, user, password_hash).await?;
    let ended = store::end_sessions(tx, user, now).await?;
    links::actions::password_changed(tx, now, user).await?;
    events::record(
        tx,
        by,
        now,
        "user.password_changed",
        ("user", user.0),
        json!({ "sessions_ended": ended }),
    )
    .await
}

/// Changes the own display name.
pub async fn rename(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, user: UserId, name: &str) -> AppResult<()> {
    store::rename(tx, user, name.trim()).await?;
    events::record(tx, by, now, "user.renamed", ("user", user.0), json!({})).await
}

/// How long an invitation can be used.
pub const INVITATION_DAYS: i64 = 7;

/// Invites somebody to become staff; the invitation and its link's token. The letter is the caller's: the command line
/// prints the link instead.
pub async fn invite(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    role: Role,
    email: &str,
) -> AppResult<(InvitationId, String)> {
    if !role.is_staff() {
        return Err(AppError::refused(
            "Only staff are invited",
            "Clients register at /start and candidates at /apply.",
        ));
    }
    let link = LinkId::random();
    let token = tokens.of(link);
    let hash = tokens::hash(&token);
    let invitation = Invitation {
        id: InvitationId(link.0),
        email: fold_email(email),
        role,
        candidate: None,
        organization: None,
        name: String::new(),
    };
    let expires_at = now + TimeDelta::days(INVITATION_DAYS);
    store::insert_invitation(tx, &invitation, &hash, by.user_id(), now, expires_at).await?;
    events::record(
        tx,
        by,
        now,
        "invitation.made",
        ("invitation", invitation.id.0),
        json!({ "role": role }),
    )
    .await?;
    Ok((invitation.id, token))
}

/// Invites a developer to take over the profile that the agency has of them; the token for the link, shown once.
pub async fn invite_candidate(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    candidate: CandidateId,
    email: &str,
) -> AppResult<String> {
    let link = LinkId::random();
    let token = tokens.of(link);
    let hash = tokens::hash(&token);
    let invitation = Invitation {
        id: InvitationId(link.0),
        email: fold_email(email),
        role: Role::Candidate,
        candidate: Some(candidate),
        organization: None,
        name: String::new(),
    };
    let expires_at = now + TimeDelta::days(INVITATION_DAYS);
    store::insert_invitation(tx, &invitation, &hash, by.user_id(), now, expires_at).await?;
    let data = json!({ "role": Role::Candidate, "invitation": invitation.id });
    events::record(tx, by, now, "candidate.invited", ("candidate", candidate.0), data).await?;
    mail::post(tx, now, letters::candidate_invitation(&invitation.email, invitation.id)).await?;
    Ok(token)
}

/// Invites somebody to join a client as a contact, by a letter. Whether the address is free is the caller's question, so that
/// the words stand beside the field.
pub async fn invite_contact(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    (organization, company): (OrganizationId, &str),
    (email, name): (&str, &str),
    inviter: &str,
) -> AppResult<InvitationId> {
    let link = LinkId::random();
    let invitation = Invitation {
        id: InvitationId(link.0),
        email: fold_email(email),
        role: Role::Client,
        candidate: None,
        organization: Some(organization),
        name: name.to_owned(),
    };
    let hash = tokens::hash(&tokens.of(link));
    let expires_at = now + TimeDelta::days(INVITATION_DAYS);
    store::insert_invitation(tx, &invitation, &hash, by.user_id(), now, expires_at).await?;
    let data = json!({ "role": Role::Client, "organization": organization });
    events::record(tx, by, now, "invitation.made", ("invitation", invitation.id.0), data).await?;
    let letter = letters::contact_invitation(&invitation.email, name, (inviter, company), invitation.id);
    mail::post(tx, now, letter).await?;
    Ok(invitation.id)
}

/// Accepts an invitation: makes the user and uses the link up, or `None` when the link is used, expired or unknown.
pub async fn accept_invitation(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    token: &str,
    name: &str,
    password_hash: &str,
) -> Result<Option<(UserId, Role)>, RegisterError> {
    let Some(invitation) = store::invitation(tx, &tokens::hash(token), now)
        .await
        .map_err(RegisterError::Other)?
    else {
        return Ok(None);
    };
    let registration = Registration {
        email: &invitation.email,
        name,
        password_hash,
        role: invitation.role,
        organization: invitation.organization,
    };
    let user = register(tx, by, now, &registration).await?;
    if let Some(candidate) = invitation.candidate {
        let bound = store::bind_candidate(tx, candidate, user).await;
        if !bound.map_err(RegisterError::Other)? {
            return Ok(None);
        }
        let by = by.now_user(user);
        events::record(tx, &by, now, "candidate.claimed", ("candidate", candidate.0), json!({}))
            .await
            .map_err(RegisterError::Other)?;
    }
    store::use_invitation(tx, invitation.id, user, now)
        .await
        .map_err(RegisterError::Other)?;
    if invitation.candidate.is_none() {
        let subject = ("invitation", invitation.id.0);
        events::record(
            tx,
            &by.now_user(user),
            now,
            "invitation.used",
            subject,
            json!({ "user": user }),
        )
        .await
        .map_err(RegisterError::Other)?;
    }
    Ok(Some((user, invitation.role)))
}
