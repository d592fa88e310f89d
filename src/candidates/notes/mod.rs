//! What staff write down about a person or a client: newest first, with a pin for what everybody should know. Nobody else
//! reads it, and nothing else reads it: no match, no letter, no page of a client or a candidate.
//!
//! 21 November 2026. A correction is another version by the same author within a day, and what stood there stays: a note that
//! somebody acted on must not turn into another one afterwards. Later, a new note says what changed. When a person's data is
//! erased, their notes are to go with it; until then the database refuses to remove one.

pub mod actions;
pub mod pages;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{CandidateId, OrganizationId, UserId};

/// The longest note, in characters.
pub const LONGEST: usize = 10_000;

/// Whom a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A person.
    Candidate(CandidateId),
    /// A client.
    Organization(OrganizationId),
}

impl About {
    /// The two columns, one of them empty.
    pub(crate) const fn ids(self) -> (Option<CandidateId>, Option<OrganizationId>) {
        match self {
            Self::Candidate(id) => (Some(id), None),
            Self::Organization(id) => (None, Some(id)),
        }
    }

    /// The page of its notes.
    pub fn path(self) -> String {
        match self {
            Self::Candidate(id) => format!("/candidates/{id}/notes"),
            Self::Organization(id) => format!("/organizations/{id}/notes"),
        }
    }

    /// The subject of its events.
    pub(crate) const fn subject(self) -> (&'static str, uuid::Uuid) {
        match self {
            Self::Candidate(id) => ("candidate", id.0),
            Self::Organization(id) => ("organization", id.0),
        }
    }
}

/// Whether somebody may still correct a note: its author, for a day.
pub fn may_correct(author: UserId, made_at: DateTime<Utc>, who: UserId, now: DateTime<Utc>) -> bool {
    author == who && now < made_at + TimeDelta::hours(24)
}
