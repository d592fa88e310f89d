//! Sessions in `PostgreSQL` for actix-session. The row holds a hash of the cookie's key, so a copy of the table signs
//! nobody in; its end is checked against the app's clock. Whoever is signed in by a session is read with it, for the guards
//! ([`read_with_the_session`]).

use std::cell::RefCell;
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

use super::{Viewer, store};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{SignInId, UserId};

type State = HashMap<String, String>;

/// The state's key under which the signed-in user stands.
pub const USER: &str = "user";

/// The state's key under which the user's session epoch of the sign-in stands.
pub const EPOCH: &str = "epoch";

/// The state's key under which the sign-in stands.
pub const SIGN_IN: &str = "sign_in";

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

struct Row {
    user: Option<UserId>,
    state: serde_json::Value,
    expires_at: DateTime<Utc>,
}

impl PgSessions {
    /// Over this pool, by this clock.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    fn expiry(&self, ttl: &Duration) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::seconds(ttl.whole_seconds())
    }

    /// When the state of a session ends, who is signed in by it, and its JSON.
    fn row(&self, state: &State, ttl: &Duration) -> Result<Row, serde_json::Error> {
        Ok(Row {
            // The value is JSON (a quoted string), as actix-session stores it.
            user: state.get(USER).and_then(|json| serde_json::from_str(json).ok()),
            state: serde_json::to_value(state)?,
            expires_at: self.expiry(ttl),
        })
    }

    async fn insert(&self, key: &str, row: Row) -> AppResult<()> {
        sqlx::query!(
            "insert into sessions (key_hash, user_id, state, created_at, expires_at) values ($1, $2, $3, $4, $5)",
            hash(key),
            row.user as Option<UserId>,
            row.state,
            self.clock.now(),
            row.expires_at,
        )
        .execute(&mut *self.db.conn().await?)
        .await?;
        Ok(())
    }

    /// Says whether the session was still there.
    async fn overwrite(&self, key: &str, row: Row) -> AppResult<bool> {
        let done = sqlx::query!(
            "update sessions set user_id = $2, state = $3, expires_at = $4 where key_hash = $1",
            hash(key),
            row.user as Option<UserId>,
            row.state,
            row.expires_at,
        )
        .execute(&mut *self.db.conn().await?)
        .await?;
        Ok(done.rows_affected() == 1)
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
    let called = READ.scope(RefCell::default(), next.call(req));
    called.await.map_err(|error| {
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

tokio::task_local! {
    /// Who was read with the session of this request, under which epoch.
    static READ: RefCell<Option<(Viewer, i32)>>;
}

/// The viewer of the session of this request, if they were read with it: the same user, epoch and sign-in.
pub fn read_with_the_session(user: UserId, epoch: i32, sign_in: SignInId) -> Option<Viewer> {
    let read = READ.try_with(|read| read.borrow().clone()).ok().flatten()?;
    (read.0.user == user && read.1 == epoch && read.0.sign_in == sign_in).then_some(read.0)
}

impl SessionStore for PgSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let mut conn = self.db.conn().await.map_err(|error| LoadError::Other(error.into()))?;
        let found = store::session(&mut conn, &hash(key.as_ref()), self.clock.now())
            .await
            .map_err(|error| LoadError::Other(error.into()))?;
        let Some((state, viewer)) = found else { return Ok(None) };
        // Outside of a request (a test of the store) nobody asks for the viewer.
        READ.try_with(|read| *read.borrow_mut() = viewer).ok();
        let state = serde_json::from_value(state).map_err(|error| LoadError::Deserialization(error.into()))?;
        Ok(Some(state))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let row = self
            .row(&state, ttl)
            .map_err(|error| SaveError::Serialization(error.into()))?;
        self.insert(key.as_ref(), row)
            .await
            .map_err(|error| SaveError::Other(error.into()))?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let row = self
            .row(&state, ttl)
            .map_err(|error| UpdateError::Serialization(error.into()))?;
        let kept = self
            .overwrite(key.as_ref(), row)
            .await
            .map_err(|error| UpdateError::Other(error.into()))?;
        if kept {
            return Ok(key);
        }
        // Ended meanwhile (signed out everywhere): it must not come back with a user. What else it held, such as a
        // message for the next page, goes on under a new key.
        let mut anonymous = state;
        for key in [USER, EPOCH, SIGN_IN] {
            anonymous.remove(key);
        }
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
        .execute(&mut *self.db.conn().await?)
        .await?;
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        sqlx::query!("delete from sessions where key_hash = $1", hash(key.as_ref()))
            .execute(&mut *self.db.conn().await?)
            .await?;
        Ok(())
    }
}
