//! Who may see which field of an introduction and of the person in it. Pages, downloads and mails all ask here.
//!
//! 2026-11-21: a client sees a code (M-1234) until an interview is agreed, then the name; never the mail address, the phone
//! number, links or the pay. A candidate sees the client's need and name, never the bill rate or the mark-up. Staff see all.

use uuid::Uuid;

use super::State;
use crate::accounts::{Role, Viewer};
use crate::error::{AppError, AppResult};

/// For whom a page is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The agency.
    Staff,
    /// The client whose request it is.
    Client,
    /// The person introduced.
    Candidate,
}

/// A field that is not for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The person's name.
    Name,
    /// Mail, phone, links.
    Contact,
    /// What the person gets.
    Pay,
    /// What the client pays.
    BillRate,
    /// Points, run, what staff asked themselves.
    Workings,
    /// Why staff took it back, why the candidate declined.
    InnerReason,
    /// Why the client said no.
    ClientReason,
}

/// Whether the audience may see the field while the introduction is in that state.
pub const fn may_see(audience: Audience, state: State, field: Field) -> bool {
    match (audience, field) {
        (Audience::Staff, _)
        | (Audience::Client, Field::BillRate | Field::ClientReason)
        | (Audience::Candidate, Field::Name | Field::Contact | Field::Pay) => true,
        (Audience::Client, Field::Name) => matches!(state, State::Interview | State::Chosen | State::Hired),
        (Audience::Client, Field::Contact | Field::Pay | Field::Workings | Field::InnerReason)
        | (Audience::Candidate, Field::BillRate | Field::Workings | Field::InnerReason | Field::ClientReason) => false,
    }
}

/// What the audience calls the person.
pub fn person(audience: Audience, state: State, name: Option<&str>, code: i32) -> String {
    match name {
        Some(name) if may_see(audience, state, Field::Name) => name.to_owned(),
        _ => format!("Candidate M-{code}"),
    }
}

/// Whose records a viewer's queries may find. `None` limits nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Only this client's, and only what the candidate said yes to.
    pub organization: Option<Uuid>,
    /// Only this person's.
    pub candidate: Option<Uuid>,
    /// How its pages are drawn.
    pub audience: Audience,
}

impl Scope {
    /// The scope of a viewer on a page of both sides of a hire, where a candidate has no business.
    pub fn of_both_sides(viewer: &Viewer) -> AppResult<Self> {
        let scope = Self::of(viewer);
        if scope.audience == Audience::Candidate {
            return Err(AppError::Forbidden(
                "This page is for the client and the agency.".into(),
            ));
        }
        Ok(scope)
    }

    /// The scope of a viewer. An account without its record finds nothing.
    pub fn of(viewer: &Viewer) -> Self {
        let nothing = Uuid::nil();
        match viewer.role {
            Role::Admin | Role::Recruiter => Self {
                organization: None,
                candidate: None,
                audience: Audience::Staff,
            },
            Role::Client => Self {
                organization: Some(viewer.organization.map_or(nothing, |id| id.0)),
                candidate: None,
                audience: Audience::Client,
            },
            Role::Candidate => Self {
                organization: None,
                candidate: Some(viewer.candidate.map_or(nothing, |id| id.0)),
                audience: Audience::Candidate,
            },
        }
    }
}
