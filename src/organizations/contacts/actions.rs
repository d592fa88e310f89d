//! Inviting a contact, ending an invitation, keeping a contact out.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store;
use crate::accounts::actions as accounts;
use crate::accounts::people::{actions as people, store as accounts_of};
use crate::accounts::{fold_email, store as users};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{InvitationId, OrganizationId, UserId};
use crate::organizations::store::Organization;
use crate::tokens::Tokens;

/// Whom somebody invites.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// As typed; may be empty.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Why nobody was invited, for the form.
pub type InviteResult = AppResult<Result<InvitationId, &'static str>>;

/// Invites somebody to join a client, by a letter with a one-time link. The inner error stands beside the address.
pub async fn invite(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    client: &Organization,
    who: &NewContact,
    inviter: &str,
) -> InviteResult {
    let email = fold_email(&who.email);
    if users::id_of(tx, &email).await?.is_some() {
        return Ok(Err("There is an account with this address already."));
    }
    let open = store::invited(tx, client.id, now).await?;
    if open.iter().any(|invited| invited.email == email) {
        return Ok(Err(
            "This address is invited already. End that invitation to send another letter.",
        ));
    }
    let to = (client.id, client.name.as_str());
    let id = accounts::invite_contact(tx, by, now, tokens, to, (&email, &who.name), inviter).await?;
    Ok(Ok(id))
}

/// Makes the link of an invitation to this client useless.
pub async fn end_invitation(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    client: OrganizationId,
    id: InvitationId,
) -> AppResult<()> {
    if !store::is_invitation(tx, client, id).await? {
        return Err(AppError::NotFound);
    }
    people::end_invitation(tx, by, now, id).await
}

/// Keeps a contact out. A client keeps one who can sign in, and nobody acts on themselves: so two colleagues who keep each
/// other out at once leave one.
pub async fn deactivate(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    client: OrganizationId,
    contact: UserId,
) -> AppResult<()> {
    if !store::is_contact(tx, client, contact).await? {
        return Err(AppError::NotFound);
    }
    let active = store::lock_active(tx, client).await?;
    if by.user_id() == Some(contact) {
        return Err(AppError::refused(
            "This is your own account",
            "A colleague or the agency can do this for you.",
        ));
    }
    if !active.contains(&contact) {
        return Err(AppError::overtaken());
    }
    if active == [contact] {
        return Err(AppError::refused(
            "This is the last contact who can sign in",
            "Invite somebody else first; otherwise nobody could answer for the company.",
        ));
    }
    // Whoever waited for the lock may have been kept out meanwhile.
    if let Some(me) = by.user_id()
        && store::is_contact(tx, client, me).await?
        && !active.contains(&me)
    {
        return Err(AppError::overtaken());
    }
    accounts_of::set_deactivated(tx, contact, Some(now)).await?;
    let ended = users::end_sessions(tx, contact, now).await?;
    let data = json!({ "sessions_ended": ended });
    events::record(tx, by, now, "user.deactivated", ("user", contact.0), data).await
}
