//! What becomes of findings about who somebody is. None of this stops anything: people read it and decide.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CheckId, FindingId, UserId};
use crate::requests::store::charge;
use crate::vetting::identity::{FindingKind, FindingState};
use crate::vetting::store::identity::{self, NewFinding};

/// Writes down what does not fit; `owner` looks into it.
pub async fn raise(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    (candidate, check): (CandidateId, CheckId),
    (kind, detail): (FindingKind, &str),
    owner: UserId,
) -> AppResult<FindingId> {
    let detail: String = detail.chars().take(400).collect();
    let new = NewFinding {
        candidate,
        check,
        kind,
        detail: &detail,
        owner,
        by: by.user_id().ok_or(AppError::SignInNeeded)?,
    };
    let id = identity::insert(tx, &new, now).await?;
    let data = json!({ "check": check, "finding": kind });
    events::record(tx, by, now, "identity.raised", ("candidate", candidate.0), data).await?;
    Ok(id)
}

/// Says what became of a finding, and why.
pub async fn decide(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: FindingId,
    (to, reason): (FindingState, &str),
) -> AppResult<()> {
    let person = by.user_id().ok_or(AppError::SignInNeeded)?;
    let state = identity::lock(tx, candidate, id).await?;
    if !state.can_become(to) {
        return Err(AppError::overtaken());
    }
    if reason.trim().is_empty() {
        return Err(AppError::refused("Why?", "Write what you found out."));
    }
    identity::decide(tx, id, to, (person, now), reason).await?;
    let data = json!({ "finding": id, "to": to });
    events::record(tx, by, now, "identity.decided", ("candidate", candidate.0), data).await
}

/// Gives an open finding to somebody of the staff. Whoever may be chosen is asked before the finding is locked, as everywhere.
pub async fn give(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: FindingId,
    owner: UserId,
) -> AppResult<()> {
    if !charge::hold_staff(tx, owner).await? {
        return Err(AppError::refused(
            "This person cannot look into it",
            "Choose somebody of the staff who can sign in.",
        ));
    }
    if identity::lock(tx, candidate, id).await? != FindingState::Open {
        return Err(AppError::overtaken());
    }
    identity::give(tx, id, owner).await?;
    let data = json!({ "finding": id, "to": owner });
    events::record(tx, by, now, "identity.given", ("candidate", candidate.0), data).await
}
