//! Challenge assignments, uploads and grades by hand.
//!
//! A challenge's text is versioned by its track; an assignment pins one version and one rubric for one candidate. The
//! candidate uploads as often as they like until the grade is in; the last upload counts, a late one is accepted and
//! marked. A grade is a person's marks by the rubric and that person's word on passed or not: the score decides nothing.
//! Uploads are stored and handed out to staff as attachments; what is in one is known by [`evidence`], from child processes.

pub mod actions;
pub mod evidence;
pub mod pages;
pub mod rubric;
pub mod store;
pub mod when;

use crate::ids::{AssignmentId, CandidateId, ChallengeId, RubricId, TrackId, UserId};
use crate::tracks::Criterion;
use chrono::{DateTime, Utc};

/// Where an assignment stands. The database has the same machine, `assignment`, in `state_transitions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// The candidate has the text and a deadline.
    Invited,
    /// At least one upload is there.
    Submitted,
    /// A grade is in.
    Graded,
    /// Called off, by the candidate or the agency.
    Withdrawn,
}

impl State {
    /// All states, in the order of a life.
    pub const ALL: [Self; 4] = [Self::Invited, Self::Submitted, Self::Graded, Self::Withdrawn];

    /// Whether the machine knows the move.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Invited, Self::Submitted | Self::Withdrawn) | (Self::Submitted, Self::Graded | Self::Withdrawn)
        )
    }

    /// Uploads are taken.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Invited | Self::Submitted)
    }

    /// As stored and in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Submitted => "submitted",
            Self::Graded => "graded",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An assignment with what its pages show.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// Whose it is.
    pub candidate: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// The candidate's name, when known.
    pub name: Option<String>,
    /// The candidate's account, when there is one.
    pub user: Option<UserId>,
    /// The candidate's zone, when known; deadlines are told in it.
    pub zone: Option<String>,
    /// The candidate's track.
    pub track: TrackId,
    /// Its name.
    pub track_name: String,
    /// The pinned challenge.
    pub challenge: ChallengeId,
    /// Its version.
    pub challenge_number: i32,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Hours it should take.
    pub timebox_hours: i16,
    /// The pinned rubric.
    pub rubric: RubricId,
    /// Its version.
    pub rubric_number: i32,
    /// What is graded.
    pub criteria: sqlx::types::Json<Vec<Criterion>>,
    /// Where it stands.
    pub state: State,
    /// The deadline.
    pub due_at: DateTime<Utc>,
    /// Who invited.
    pub invited_by: String,
    /// When.
    pub invited_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i32,
}

impl Assignment {
    /// "M-1001".
    pub fn code_name(&self) -> String {
        format!("M-{}", self.code)
    }

    /// The name staff know the person by.
    pub fn display_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.code_name())
    }
}
