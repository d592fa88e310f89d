//! Accepting documents.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{Document, store};
use crate::error::AppResult;
use crate::events::{self, Actor};
use crate::ids::UserId;

/// Somebody accepts this version of a text. A second time changes nothing: the first instant is the one that counts.
pub async fn accept(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    user: UserId,
    what: (Document, i32),
) -> AppResult<()> {
    if !store::accept(tx, user, what, now, by.network.as_deref()).await? {
        return Ok(());
    }
    let (document, version) = what;
    let data = json!({ "document": document, "version": version });
    events::record(tx, by, now, "user.accepted_document", ("user", user.0), data).await
}

/// Somebody accepts what is in force: by registering, where the page says so beside the button.
pub async fn accept_current(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, user: UserId) -> AppResult<()> {
    for what in store::pending(tx, user).await? {
        accept(tx, by, now, user, what).await?;
    }
    Ok(())
}
