//! What people do with the second factor.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Codes, recovery_codes, recovery_hash, store};
use crate::accounts::links::letters::{self, Notice};
use crate::accounts::{Role, Viewer};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{LinkId, UserId};
use crate::mail;
use crate::tokens::Tokens;

/// Begins to set a factor up.
pub async fn begin(tx: &mut PgConnection, now: DateTime<Utc>, user: UserId) -> AppResult<()> {
    store::begin(tx, user, Uuid::new_v4(), now).await
}

/// Turns the factor on by a first code; the recovery codes to show once, or `None` for a wrong code.
pub async fn confirm(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    viewer: &Viewer,
    code: &str,
) -> AppResult<Option<Vec<String>>> {
    let user = viewer.user;
    let factor = store::factor(tx, user).await?.ok_or_else(AppError::overtaken)?;
    let Some(step) = Codes::new(tokens, factor.salt).step(code, now) else {
        return Ok(None);
    };
    if !store::use_step(tx, user, step).await? || !store::confirm(tx, user, now).await? {
        return Err(AppError::overtaken());
    }
    let codes = new_codes(tx, tokens, user).await?;
    events::record(tx, by, now, "user.second_factor_on", ("user", user.0), json!({})).await?;
    tell(tx, now, viewer, Notice::SecondFactorOn).await?;
    Ok(Some(codes))
}

async fn new_codes(tx: &mut PgConnection, tokens: &Tokens, user: UserId) -> AppResult<Vec<String>> {
    let codes = recovery_codes();
    let hashes: Vec<Vec<u8>> = codes.iter().filter_map(|code| recovery_hash(tokens, code)).collect();
    store::replace_codes(tx, user, &hashes).await?;
    Ok(codes)
}

async fn tell(tx: &mut PgConnection, now: DateTime<Utc>, viewer: &Viewer, what: Notice) -> AppResult<()> {
    let about = LinkId::random();
    mail::post(
        tx,
        now,
        letters::notice(viewer.user, &viewer.email, &viewer.name, about, what),
    )
    .await?;
    Ok(())
}

/// New recovery codes in the place of the old ones, to show once.
pub async fn renew_codes(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    viewer: &Viewer,
) -> AppResult<Vec<String>> {
    if !store::is_on(tx, viewer.user).await? {
        return Err(AppError::overtaken());
    }
    let codes = new_codes(tx, tokens, viewer.user).await?;
    let subject = ("user", viewer.user.0);
    events::record(tx, by, now, "user.recovery_codes_made", subject, json!({})).await?;
    Ok(codes)
}

/// Turns the own factor off.
pub async fn turn_off(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, viewer: &Viewer) -> AppResult<()> {
    if viewer.role.is_staff() && store::is_demanded(tx).await? {
        return Err(AppError::refused(
            "The agency asks its staff for a second factor",
            "To change phones, ask an admin to take the old one away and set up a new one.",
        ));
    }
    if !store::remove(tx, viewer.user).await? {
        return Err(AppError::overtaken());
    }
    let subject = ("user", viewer.user.0);
    events::record(tx, by, now, "user.second_factor_off", subject, json!({})).await?;
    tell(tx, now, viewer, Notice::SecondFactorOff).await
}

/// Takes away the factor of somebody who lost phone and codes. The caller knows that the admin may.
pub async fn take_away(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    user: UserId,
    email: &str,
    name: &str,
) -> AppResult<()> {
    if !store::remove(tx, user).await? {
        return Err(AppError::overtaken());
    }
    events::record(tx, by, now, "user.second_factor_off", ("user", user.0), json!({})).await?;
    let letter = letters::notice(user, email, name, LinkId::random(), Notice::SecondFactorOff);
    mail::post(tx, now, letter).await?;
    Ok(())
}

/// How a code was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// By the app.
    App,
    /// By a recovery code, which is used up.
    Recovery,
}

/// Uses a code of the app or a recovery code up; `None` when it is wrong, used or too old.
pub async fn accept(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    owner: (UserId, &str, &str),
    code: &str,
) -> AppResult<Option<Accepted>> {
    let (user, email, name) = owner;
    let factor = store::factor(tx, user)
        .await?
        .filter(|factor| factor.confirmed_at.is_some());
    let Some(factor) = factor else { return Ok(None) };
    if let Some(step) = Codes::new(tokens, factor.salt).step(code, now) {
        return Ok(store::use_step(tx, user, step).await?.then_some(Accepted::App));
    }
    let Some(hash) = recovery_hash(tokens, code) else {
        return Ok(None);
    };
    if !store::use_code(tx, user, &hash, now).await? {
        return Ok(None);
    }
    let left = factor.codes_left - 1;
    let data = json!({ "left": left });
    events::record(tx, by, now, "user.recovery_code_used", ("user", user.0), data).await?;
    let letter = letters::notice(user, email, name, LinkId::random(), Notice::RecoveryCodeUsed { left });
    mail::post(tx, now, letter).await?;
    Ok(Some(Accepted::Recovery))
}

/// Chooses whether staff must have a second factor. Whoever demands it has one: otherwise the admin would be the first to
/// stand outside.
pub async fn demand(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    viewer: &Viewer,
    demanded: bool,
) -> AppResult<()> {
    if viewer.role != Role::Admin {
        return Err(AppError::Forbidden("This page is for admins.".into()));
    }
    if demanded && !store::is_on(tx, viewer.user).await? {
        return Err(AppError::refused(
            "You have no second factor yourself",
            "Set up your own under Account first; then ask the others for theirs.",
        ));
    }
    if store::is_demanded(tx).await? == demanded {
        return Ok(());
    }
    store::set_demanded(tx, demanded, by.user_id(), now).await?;
    let kind = "settings.changed";
    let data = json!({ "staff_second_factor": { "from": !demanded, "to": demanded } });
    events::record(tx, by, now, kind, ("settings", Uuid::nil()), data).await
}
