//! What staff write down or rule about a person or about a client: the same acts, seen from one of the two.

use crate::ids::{CandidateId, OrganizationId};

/// Whom something is about.
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

    /// A page of theirs, such as "notes".
    pub(crate) fn page(self, name: &str) -> String {
        match self {
            Self::Candidate(id) => format!("/candidates/{id}/{name}"),
            Self::Organization(id) => format!("/organizations/{id}/{name}"),
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

impl From<CandidateId> for About {
    fn from(id: CandidateId) -> Self {
        Self::Candidate(id)
    }
}

impl From<OrganizationId> for About {
    fn from(id: OrganizationId) -> Self {
        Self::Organization(id)
    }
}
