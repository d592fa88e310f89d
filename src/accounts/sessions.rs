//! Sessions in `PostgreSQL` for actix-session. The row holds a hash of the cookie's key, so a copy of the table signs
//! nobody in; its end is checked against the app's clock.

use std::collections::HashMap;
use std::fmt;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::db::Db;
use crate::error::AppError;
use crate::ids::UserId;

type State = HashMap<String, String>;

/// The state's key under which the signed-in user stands.
pub const USER: &str = "user";

/// The state's key under which the user's session epoch of the sign-in stands.
pub const EPOCH: &str = "epoch";

/// The store.
#[derive(Clone)]
pub struct PgSessions {
    db: Db,
    clock: Clock,
}

impl fmt::Debug for PgSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgSessions")
    }
}

impl PgSessions {
    /// Over this pool, by this clock.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    fn expiry(&self, ttl: &Duration) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::seconds(ttl.whole_seconds())
    }

    async fn write(&self, key: &str, state: &State, ttl: &Duration) -> Result<(), anyhow::Error> {
        // The value is JSON (a quoted string), as actix-session stores it.
        let user: Option<UserId> = state.get(USER).and_then(|json| serde_json::from_str(json).ok());
        sqlx::query!(
            "insert into sessions (key_hash, user_id, state, created_at, expires_at) values ($1, $2, $3, $4, $5)
             on conflict (key_hash) do update set user_id = $2, state = $3, expires_at = $5",
            hash(key),
            user as Option<UserId>,
            serde_json::to_value(state)?,
            self.clock.now(),
            self.expiry(ttl),
        )
        .execute(self.db.pool())
        .await?;
        Ok(())
    }
}

/// SHA-256 of a session key: the key has 64 random characters, so a plain hash is enough.
pub fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// Middleware around the sessions: where the store fails, actix-session answers with an empty 500. A session that could
/// not be read (or ended: at a sign-in or sign-out) is a database that is away, and nothing has happened yet: a 503 page.
/// One that could not be written comes after the handler's work: a fault.
pub async fn trouble(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    next.call(req).await.map_err(|error| {
        // The error types are those that `load` and `delete`, `save`, `update` hand over.
        if let Some(cause) = error.as_error::<InternalError<anyhow::Error>>() {
            tracing::warn!(%cause, "the session could not be read or ended");
            return AppError::Busy("The database does not answer.".into()).into();
        }
        let unwritten = error.as_error::<InternalError<SaveError>>().is_some()
            || error.as_error::<InternalError<UpdateError>>().is_some();
        if unwritten {
            AppError::internal(format!("the session could not be written: {error:?}")).into()
        } else {
            error
        }
    })
}

impl SessionStore for PgSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let row = sqlx::query_scalar!(
            "select state from sessions where key_hash = $1 and expires_at > $2",
            hash(key.as_ref()),
            self.clock.now(),
        )
        .fetch_optional(self.db.pool())
        .await
        .map_err(|error| LoadError::Other(error.into()))?;
        row.map(serde_json::from_value)
            .transpose()
            .map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        self.write(key.as_ref(), &state, ttl).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        // A row that was taken away meanwhile (signed out everywhere) must not come back under its old key with a user.
        let exists = sqlx::query_scalar!("select 1 as one from sessions where key_hash = $1", hash(key.as_ref()))
            .fetch_optional(self.db.pool())
            .await
            .map_err(|error| UpdateError::Other(error.into()))?
            .is_some();
        if exists {
            self.write(key.as_ref(), &state, ttl)
                .await
                .map_err(UpdateError::Other)?;
            return Ok(key);
        }
        let mut anonymous = state;
        anonymous.remove(USER);
        self.save(anonymous, ttl)
            .await
            .map_err(|error| UpdateError::Other(error.into()))
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> Result<(), anyhow::Error> {
        sqlx::query!(
            "update sessions set expires_at = $2 where key_hash = $1",
            hash(key.as_ref()),
            self.expiry(ttl)
        )
        .execute(self.db.pool())
        .await?;
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        sqlx::query!("delete from sessions where key_hash = $1", hash(key.as_ref()))
            .execute(self.db.pool())
            .await?;
        Ok(())
    }
}
