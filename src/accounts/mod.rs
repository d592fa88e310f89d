//! Users, roles, login, sessions, invitations.

pub mod actions;
pub mod documents;
pub mod joining;
pub mod limits;
pub mod links;
pub mod pages;
pub mod password_rules;
pub mod passwords;
pub mod people;
pub mod second_factor;
pub mod sessions;
pub mod signing_in;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{CandidateId, OrganizationId, SignInId, UserId};

/// What a user may be. Never compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// The agency's owner.
    Admin,
    /// Agency staff.
    Recruiter,
    /// A contact of an organization.
    Client,
    /// A developer.
    Candidate,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Recruiter, Self::Client, Self::Candidate];

    /// The page a person of this role starts from.
    pub fn home(self) -> &'static str {
        match self {
            Self::Admin => "/admin",
            Self::Recruiter => "/desk",
            Self::Client => "/client",
            Self::Candidate => "/me",
        }
    }

    /// "recruiter" and so on, as people say it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Recruiter => "recruiter",
            Self::Client => "client",
            Self::Candidate => "candidate",
        }
    }

    /// Whether the person works for the agency.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Admin | Self::Recruiter)
    }
}

/// Who looks: the signed-in user, loaded once per request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// Address; lower case.
    pub email: String,
    /// What they may be.
    pub role: Role,
    /// A client contact's company.
    pub organization: Option<OrganizationId>,
    /// A candidate's own record.
    pub candidate: Option<CandidateId>,
    /// Where their clocks are, by its name: their own zone, or their company's. The staff have none.
    pub zone: Option<String>,
    /// The browser they look from.
    pub sign_in: SignInId,
    /// When it was noted last that they use it.
    pub seen_at: DateTime<Utc>,
    /// When they last proved who they are.
    pub proved_at: DateTime<Utc>,
    /// Whether a code is asked for besides the password.
    pub has_second_factor: bool,
    /// Whether the agency asks its staff for one.
    pub staff_need_one: bool,
}

impl Viewer {
    /// Whether they work for the agency, which asks for a second factor, and have none.
    pub fn lacks_second_factor(&self) -> bool {
        self.role.is_staff() && self.staff_need_one && !self.has_second_factor
    }

    /// One or two letters for the avatar.
    pub fn initials(&self) -> String {
        let mut letters = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = letters.next();
        let last = letters.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// An address as it is stored and compared: trimmed, lower case.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}
