//! The append-only log: who did what to which record, when and from where, and what was there before and after.
//!
//! [`record`] writes in the transaction of the act itself, so a fact without its event, or an event without its fact,
//! cannot be committed. The database refuses to change or remove a row. Personal values do not belong into `data`:
//! put ids, states, field names and amounts there.
//!
//! 21 November 2026. Before and after are not handed over by the actions. Triggers on the tables of people, money, terms,
//! roles and states see every changed row (migration 0101), and when the transaction commits, one deferred trigger puts
//! what changed beside the events of the same act and writes them (0100). So no act can forget a field; a change without any
//! event is refused to the application's role (`changes_have_an_event`); a record that an act touched without naming it gets
//! an event of its own, `<kind>.changed`, which says what it followed from; and what somebody does past the application is
//! recorded with the actor "database". A builder that each action fills was considered: its omissions would be found by
//! nobody. A new table of such facts needs a `_noted` trigger; a new column is kept as a hash until its trigger names it as
//! one that is not personal.
//!
//! The chain. Each event carries the hash of the one before it of the same subject, and `event_heads` says how far each subject
//! has come: an edited, removed or exchanged row shows ([`verify`]), and no two subjects wait for each other. The locks on the
//! heads are the last that a transaction takes, in one order for everybody, so acts on the same records in opposite order
//! do not block each other for ever. Whoever owns the tables can rewrite a whole chain with its head: `meridian doctor` prints
//! a figure over all heads, and one that was noted elsewhere shows that too.
//!
//! Personal values stand in before and after as a hash with a salt of their subject. Erasing somebody deletes the salt
//! (`forget_personal_values`): the hashes say nothing any more, and the chain still holds.

pub mod store;
pub mod verify;
pub mod words;

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

/// Hands one event to the transaction, which writes it when it commits, with what the act changed. `kind` is "record.verb"
/// ("`role_request.opened`") and has its words in [`words`], `subject` is the record's table-like kind and id.
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
