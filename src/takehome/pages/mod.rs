//! Routes of the take-home challenge, and who is a party to it.

mod acts;
mod grade;
mod invite;
mod lists;
mod show;
mod upload;

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::store::Submission;
use super::{State, when};
use crate::blobs::Digest;
use crate::error::AppError;
use crate::ids::CandidateId;
use crate::web::{Routes, SignedIn};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/takehome", lists::list);
    r.get("/takehome/{id}", show::show);
    r.post("/takehome/{id}/submissions", upload::upload);
    r.get("/takehome/{id}/submissions/{number}", upload::download);
    r.post("/takehome/{id}/time", acts::ask_time);
    r.post("/takehome/{id}/time/decline", acts::decline_time);
    r.post("/takehome/{id}/deadline", acts::move_deadline);
    r.post("/takehome/{id}/withdraw", acts::withdraw);
    r.get("/takehome/{id}/grade", grade::form);
    r.post("/takehome/{id}/grade", grade::save);
    r.post("/takehome/{id}/feedback", acts::release_feedback);
    r.get("/candidates/{id}/takehome", invite::page_of);
    r.post("/candidates/{id}/takehome", invite::invite);
}

/// The two sides of an assignment: staff see every one, a candidate their own.
pub(super) enum Party {
    /// A recruiter or an admin.
    Staff,
    /// The candidate.
    Candidate(CandidateId),
}

impl Party {
    /// The scope of every query.
    fn own(&self) -> Option<CandidateId> {
        match self {
            Self::Staff => None,
            Self::Candidate(own) => Some(*own),
        }
    }
}

impl FromRequest for Party {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = SignedIn::from_request(req, payload);
        Box::pin(async move {
            let viewer = signed_in.await?.0;
            match viewer.candidate {
                _ if viewer.role.is_staff() => Ok(Self::Staff),
                Some(own) => Ok(Self::Candidate(own)),
                None => Err(AppError::Forbidden("This page is for candidates and the agency's staff.".into()).into()),
            }
        })
    }
}

/// An upload as pages tell of it.
pub(super) struct Receipt {
    pub number: i16,
    pub file_name: String,
    pub size: String,
    pub sha256: String,
    pub received: String,
    pub iso: String,
    pub late: bool,
}

impl Receipt {
    fn new(submission: &Submission, zone: Option<&str>) -> Self {
        Self {
            number: submission.number,
            file_name: submission.file_name.clone(),
            size: crate::web::upload::size(submission.bytes),
            sha256: Digest::from_bytes(&submission.sha256)
                .map(|digest| digest.to_string())
                .unwrap_or_default(),
            received: when::exact(submission.received_at, zone),
            iso: when::iso(submission.received_at),
            late: submission.late,
        }
    }
}

/// The dot and the word for a state, as staff read it: who is waited on.
pub(super) fn staff_state(state: State, late: bool) -> (&'static str, &'static str) {
    match state {
        State::Invited if late => ("bad", "Overdue, waiting on the candidate"),
        State::Invited => ("wait", "Waiting on the candidate"),
        State::Submitted => ("wait", "Waiting on a grade"),
        State::Graded => ("ok", "Graded"),
        State::Withdrawn => ("soft", "Called off"),
    }
}

/// Basis points as "71.3 of 100".
pub(super) fn score_words(score_bp: Option<i32>) -> String {
    score_bp.map_or_else(
        || "Not assessed".to_owned(),
        |bp| format!("{}.{} of 100", bp / 100, bp % 100 / 10),
    )
}
