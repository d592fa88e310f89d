//! What an admin does to accounts. Nobody acts on themselves here, and whoever acts is an active admin still when the act
//! takes place: so an admin always remains who can undo it. The database counts once more (`users_one_admin`).

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store;
use crate::accounts::{Role, second_factor, store as accounts};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{InvitationId, UserId};

/// Whom an act is about, locked.
struct Target {
    role: Role,
    is_active: bool,
    is_last_admin: bool,
}

async fn target(tx: &mut PgConnection, by: &Actor, id: UserId) -> AppResult<Target> {
    if by.user_id() == Some(id) {
        return Err(AppError::refused(
            "This is your own account",
            "Another admin can do this for you.",
        ));
    }
    let (locked, admins) = store::lock(tx, id).await?;
    // Whoever waited for the lock may have lost their own role in the meantime: two admins who keep each other out.
    if by.user_id().is_some_and(|me| !admins.contains(&me)) {
        return Err(AppError::refused(
            "You are no admin any more",
            "Another admin changed your account a moment ago. Nothing was changed by you.",
        ));
    }
    Ok(Target {
        is_last_admin: admins == [id],
        role: locked.role,
        is_active: locked.is_active,
    })
}

fn refuse_last_admin(found: &Target) -> AppResult<()> {
    if found.is_last_admin {
        return Err(AppError::refused(
            "This is the last admin",
            "Make somebody else an admin first; otherwise nobody could let people in.",
        ));
    }
    Ok(())
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
    refuse_last_admin(&found)?;
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
    refuse_last_admin(&found)?;
    store::set_deactivated(tx, id, Some(now)).await?;
    let ended = accounts::end_sessions(tx, id, now).await?;
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
    let ended = accounts::end_sessions(tx, id, now).await?;
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

/// Takes the second factor of somebody away who lost phone and recovery codes; every session ends, so that whoever has
/// one of theirs is out as well.
pub async fn take_second_factor(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: UserId) -> AppResult<()> {
    target(tx, by, id).await?;
    accounts::end_sessions(tx, id, now).await?;
    let epoch = accounts::session_epoch(tx, id).await?;
    let owner = accounts::owner(tx, id, epoch).await?.ok_or_else(AppError::overtaken)?;
    second_factor::actions::take_away(tx, by, now, id, &owner.email, &owner.name).await
}

/// Makes an invitation's link useless.
pub async fn end_invitation(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: InvitationId) -> AppResult<()> {
    if !store::end_invitation(tx, id, now).await? {
        return Err(AppError::overtaken());
    }
    events::record(tx, by, now, "invitation.ended", ("invitation", id.0), json!({})).await
}
