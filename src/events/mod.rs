//! The append-only log: who did what to which record, when and from where.
//!
//! [`record`] writes in the transaction of the act itself, so a fact without its event, or an event without its fact,
//! cannot be committed. The database refuses to change or remove a row. Personal values do not belong into `data`:
//! put ids, states, field names and amounts there.

pub mod store;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{EventId, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agent {
    /// A signed-in person.
    User(UserId),
    /// A stranger on a public page.
    Visitor,
    /// A background job.
    System,
    /// Somebody at the command line of the installation.
    Operator,
}

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub agent: Agent,
    /// The address the request came from, when there is one.
    pub network: Option<String>,
    /// The request's id, when there is one.
    pub request_id: Option<String>,
}

impl Actor {
    /// A person, without a request (tests, demo data made through the same actions).
    pub fn user(id: UserId) -> Self {
        Self {
            agent: Agent::User(id),
            network: None,
            request_id: None,
        }
    }

    /// A background job.
    pub fn system() -> Self {
        Self {
            agent: Agent::System,
            network: None,
            request_id: None,
        }
    }

    /// The command line.
    pub fn operator() -> Self {
        Self {
            agent: Agent::Operator,
            network: None,
            request_id: None,
        }
    }

    /// The person, if a person acts.
    pub fn user_id(&self) -> Option<UserId> {
        match self.agent {
            Agent::User(id) => Some(id),
            Agent::Visitor | Agent::System | Agent::Operator => None,
        }
    }

    /// The same request, now by `user`: somebody who has just registered or signed in.
    #[must_use]
    pub fn now_user(&self, user: UserId) -> Self {
        Self {
            agent: Agent::User(user),
            ..self.clone()
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.agent {
            Agent::User(_) => "user",
            Agent::Visitor => "visitor",
            Agent::System => "system",
            Agent::Operator => "operator",
        }
    }
}

/// Writes one event. `kind` is "record.verb" ("`role_request.opened`"), `subject` the record's table-like kind and id.
pub async fn record(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    kind: &'static str,
    subject: (&'static str, uuid::Uuid),
    data: serde_json::Value,
) -> AppResult<()> {
    store::insert(tx, EventId::new(), by, now, kind, subject, data).await
}
