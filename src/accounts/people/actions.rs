//! What an admin does to accounts. Nobody acts on themselves here, so an admin always remains who can undo it.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, Locked};
use crate::accounts::{Role, store as accounts};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{InvitationId, UserId};

async fn target(tx: &mut PgConnection, by: &Actor, id: UserId) -> AppResult<Locked> {
    if by.user_id() == Some(id) {
        return Err(AppError::refused(
            "This is your own account",
            "Another admin can do this for you.",
        ));
    }
    let (locked, _) = store::lock(tx, id).await?;
    Ok(locked)
}

/// Makes a recruiter an admin or the other way round. Clients and candidates stay what they are: their records hang on it.
pub async fn set_role(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: UserId, role: Role) -> AppResult<()> {
    let found = target(tx, by, id).await?;
    if !found.role.is_staff() || !role.is_staff() {
        return Err(AppError::refused(
            "Only staff change roles",
            "A client or a candidate who joins the agency is invited with another address.",
        ));
    }
    if found.role == role {
        return Ok(());
    }
    store::set_role(tx, id, role).await?;
    let data = json!({ "from": found.role, "to": role });
    events::record(tx, by, now, "user.role_changed", ("user", id.0), data).await
}

/// Keeps somebody out: no sign-in, and every session ends.
pub async fn deactivate(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: UserId) -> AppResult<()> {
    let found = target(tx, by, id).await?;
    if !found.is_active {
        return Err(AppError::overtaken());
    }
    store::set_deactivated(tx, id, Some(now)).await?;
    let ended = accounts::end_sessions(tx, id).await?;
    events::record(
        tx,
        by,
        now,
        "user.deactivated",
        ("user", id.0),
        json!({ "sessions_ended": ended }),
    )
    .await
}

/// Lets somebody in again.
pub async fn reactivate(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: UserId) -> AppResult<()> {
    let found = target(tx, by, id).await?;
    if found.is_active {
        return Err(AppError::overtaken());
    }
    store::set_deactivated(tx, id, None).await?;
    events::record(tx, by, now, "user.reactivated", ("user", id.0), json!({})).await
}

/// Ends every session of somebody.
pub async fn sign_out(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: UserId) -> AppResult<u64> {
    target(tx, by, id).await?;
    let ended = accounts::end_sessions(tx, id).await?;
    events::record(
        tx,
        by,
        now,
        "user.sessions_ended",
        ("user", id.0),
        json!({ "ended": ended }),
    )
    .await?;
    Ok(ended)
}

/// Makes an invitation's link useless.
pub async fn end_invitation(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: InvitationId) -> AppResult<()> {
    if !store::end_invitation(tx, id, now).await? {
        return Err(AppError::overtaken());
    }
    events::record(tx, by, now, "invitation.ended", ("invitation", id.0), json!({})).await
}
