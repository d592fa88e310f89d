//! What people do with one-time links.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, LiveLink, NewLink};
use super::{Purpose, letters};
use crate::accounts::{actions as accounts, fold_email, store as users};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor, Agent};
use crate::ids::{LinkId, UserId};
use crate::mail;
use crate::tokens::{self, Tokens};

/// Whom a letter goes to.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The account.
    pub user: UserId,
    /// The address the link goes to; folded.
    pub email: &'a str,
    /// Display name.
    pub name: &'a str,
}

/// Makes a link; earlier ones of the same purpose stop working, so that one letter counts.
async fn make(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    tokens: &Tokens,
    purpose: Purpose,
    owner: Owner<'_>,
) -> AppResult<LinkId> {
    store::end(tx, owner.user, Some(purpose), now).await?;
    let id = LinkId::random();
    let link = NewLink {
        id,
        purpose,
        user: owner.user,
        email: owner.email,
        token_hash: &tokens::hash(&tokens.of(id)),
        expires_at: now + purpose.lasts(),
    };
    store::insert(tx, &link, now).await?;
    Ok(id)
}

/// Asks the owner of an account to confirm its address.
pub async fn ask_to_confirm(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    tokens: &Tokens,
    owner: Owner<'_>,
) -> AppResult<()> {
    let link = make(tx, now, tokens, Purpose::Confirm, owner).await?;
    mail::post(tx, now, letters::confirm(owner.user, owner.email, owner.name, link)).await?;
    Ok(())
}

/// Asks for another address: nothing changes until its link is used.
pub async fn ask_new_address(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    owner: Owner<'_>,
) -> AppResult<()> {
    let link = make(tx, now, tokens, Purpose::Address, owner).await?;
    mail::post(tx, now, letters::new_address(owner.user, owner.email, owner.name, link)).await?;
    events::record(tx, by, now, "user.address_asked", ("user", owner.user.0), json!({})).await
}

/// Notes that a new password is wanted for an address, whether or not it has an account.
pub async fn ask_reset(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, email: &str) -> AppResult<()> {
    store::ask_reset(tx, by, &fold_email(email), now).await?;
    crate::jobs::wake(tx).await
}

/// Questions are kept so long, for whoever looks into a flood of them.
const KEPT: TimeDelta = TimeDelta::days(7);

/// Writes the letters of everybody who asked for a new password; how many asked.
pub async fn answer_resets(tx: &mut PgConnection, now: DateTime<Utc>, tokens: &Tokens) -> AppResult<u64> {
    let (taken, asked) = store::take_asked(tx, now).await?;
    for one in asked {
        let owner = Owner {
            user: one.user,
            email: &one.email,
            name: &one.name,
        };
        let link = make(tx, now, tokens, Purpose::Reset, owner).await?;
        mail::post(tx, now, letters::reset(one.user, &one.email, &one.name, link)).await?;
        let by = Actor {
            agent: Agent::Visitor,
            network: one.network,
            request_id: one.request_id,
        };
        events::record(tx, &by, now, "user.reset_asked", ("user", one.user.0), json!({})).await?;
    }
    store::forget_asked(tx, now - KEPT).await?;
    Ok(taken)
}

/// The link of a token as it works now, or nothing; locks it.
pub async fn look(tx: &mut PgConnection, now: DateTime<Utc>, token: &str) -> AppResult<Option<LiveLink>> {
    store::live(tx, &tokens::hash(token), now).await
}

/// Sets the password that a reset link was for. The mailbox is proven by it, every session ends, every other link too.
pub async fn reset(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    token: &str,
    password_hash: &str,
) -> AppResult<Option<UserId>> {
    let Some(link) = look(tx, now, token)
        .await?
        .filter(|link| link.purpose == Purpose::Reset)
    else {
        return Ok(None);
    };
    store::spend(tx, link.id, now).await?;
    if link.email == link.present {
        store::confirm_email(tx, link.user, now).await?;
    }
    let by = by.now_user(link.user);
    accounts::change_password(tx, &by, now, link.user, password_hash).await?;
    Ok(Some(link.user))
}

/// How a confirmation ended.
#[derive(Debug)]
pub enum Confirmed {
    /// The address is the account's.
    Done,
    /// The link is used, over or unknown.
    Dead,
    /// Another account has the address by now.
    Taken,
}

/// Confirms an address, or moves the account to it and tells the old one.
pub async fn confirm(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, token: &str) -> AppResult<Confirmed> {
    let Some(link) = look(tx, now, token).await? else {
        return Ok(Confirmed::Dead);
    };
    let by = by.now_user(link.user);
    store::spend(tx, link.id, now).await?;
    match link.purpose {
        Purpose::Confirm => {
            store::confirm_email(tx, link.user, now).await?;
            events::record(tx, &by, now, "user.address_confirmed", ("user", link.user.0), json!({})).await?;
        }
        Purpose::Address => {
            match store::set_email(tx, link.user, &link.email, now).await {
                Ok(()) => {}
                Err(error) if constraint_of(&error) == Some("users_email_once") => return Ok(Confirmed::Taken),
                Err(error) => return Err(error.into()),
            }
            // Links that went to the old mailbox must not open the account any more.
            store::end(tx, link.user, None, now).await?;
            mail::post(
                tx,
                now,
                letters::address_changed(link.user, &link.present, &link.name, link.id),
            )
            .await?;
            events::record(tx, &by, now, "user.address_changed", ("user", link.user.0), json!({})).await?;
        }
        Purpose::Reset => return Err(AppError::NotFound),
    }
    Ok(Confirmed::Done)
}

/// Tells the owner that the password changed; other links stop working.
pub(in crate::accounts) async fn password_changed(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    user: UserId,
) -> AppResult<()> {
    store::end(tx, user, None, now).await?;
    let epoch = users::session_epoch(tx, user).await?;
    if let Some(owner) = users::owner(tx, user, epoch).await? {
        mail::post(
            tx,
            now,
            letters::password_changed(user, &owner.email, &owner.name, LinkId::random()),
        )
        .await?;
    }
    Ok(())
}
