//! A stranger's half-filled form: kept for the browser that typed it, before there is any account.
//!
//! 2026-11-21. The form stands in the database and the browser has a random token for it, of which the table holds the hash:
//! a copy of the table opens no form. Rejected: the form in the cookie itself (4 KB, and sent with every request), and in
//! the browser's own storage (needs script). An unknown token is never adopted: whoever plants one in somebody's browser
//! would read what they type.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::kept as store;
use crate::accounts::limits;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::throttle;
use crate::tokens::{self, Tokens};

/// How long a form is kept after it was last touched.
pub const DAYS: i64 = 30;

/// What became of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is found again by this token.
    Kept {
        /// For the browser alone.
        token: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It is larger than what is kept.
    TooLarge,
    /// This network made too many lately.
    TooMany,
}

/// Keeps a form under the browser's own token, or under a new one. With any outcome but [`Outcome::Kept`] the transaction is
/// to be given up.
pub async fn keep(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    tokens: &Tokens,
    from: Option<IpAddr>,
    known: Option<String>,
    form: &Value,
) -> AppResult<Outcome> {
    let until = now + TimeDelta::days(DAYS);
    if let Some(token) = known {
        match store::overwrite(tx, &tokens::hash(&token), form, now, until).await {
            Ok(true) => return Ok(Outcome::Kept { token, until }),
            Ok(false) => {}
            Err(error) => return too_large(error),
        }
    }
    let charges: Vec<_> = limits::kept_forms(tokens, from).into_iter().collect();
    match throttle::charge(tx, now, &charges).await {
        Ok(()) => {}
        Err(AppError::TooMany { .. }) => return Ok(Outcome::TooMany),
        Err(other) => return Err(other),
    }
    let token = Uuid::new_v4().simple().to_string();
    match store::insert(tx, &tokens::hash(&token), form, now, until).await {
        Ok(()) => Ok(Outcome::Kept { token, until }),
        Err(error) => too_large(error),
    }
}

fn too_large(error: sqlx::Error) -> AppResult<Outcome> {
    match constraint_of(&error) {
        Some("start_drafts_bounded") => Ok(Outcome::TooLarge),
        _ => Err(error.into()),
    }
}
