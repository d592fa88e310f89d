//! What assessors do: begin a check, judge it, give it up.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{Decision, Kind, Outcome, State, expiry, store, today};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CheckId};
use crate::promises::{self, How, What};

/// Begins a check, which the person is invited to. One of a kind waits at a time.
pub async fn begin(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    kind: Kind,
) -> AppResult<CheckId> {
    let id = start(tx, by, now, candidate, kind).await?;
    promises::actions::keep(tx, by, now, candidate, How::Invitation).await?;
    Ok(id)
}

async fn start(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    kind: Kind,
) -> AppResult<CheckId> {
    let track = store::track_of(tx, candidate).await?;
    let id = CheckId::new();
    store::insert(tx, id, candidate, track, kind, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("vetting_checks_one_waiting") => AppError::refused(
                "This check has begun already",
                "Go back to the person's page and enter the result there, or cancel it first.",
            ),
            _ => error.into(),
        })?;
    events::record(
        tx,
        by,
        now,
        "check.begun",
        ("candidate", candidate.0),
        json!({ "check": id, "kind": kind }),
    )
    .await?;
    Ok(id)
}

/// Judges a waiting check. A failure and a waiver need a reason; the day is not of the future.
pub async fn decide(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    decision: &Decision,
) -> AppResult<()> {
    let assessor = by
        .user_id()
        .ok_or_else(|| AppError::Forbidden("A check is judged by a person.".into()))?;
    let check = store::lock(tx, candidate, id).await?;
    if !check.state.can_become(decision.outcome.state()) {
        return Err(AppError::overtaken());
    }
    // The page says these beside its fields; here they hold for every caller.
    if let Some((_, words)) = decision.faults(today(now)).into_iter().next() {
        return Err(AppError::refused("This result cannot be recorded", words));
    }
    let months = store::validity(tx, check.track, check.kind).await?;
    let expires_on = match decision.outcome {
        Outcome::Failed => None,
        Outcome::Passed | Outcome::Waived => decision.expires_on.or_else(|| expiry(decision.decided_on, months)),
    };
    store::decide(tx, id, decision, expires_on, assessor).await?;
    let data = json!({ "check": id, "kind": check.kind, "to": decision.outcome.state(), "expires_on": expires_on });
    events::record(tx, by, now, "check.decided", ("candidate", candidate.0), data).await?;
    promises::actions::begin(tx, by, now, candidate, What::Check(id)).await?;
    Ok(())
}

/// Begins and judges in one act: a result that was found elsewhere, or right away.
pub async fn record(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    kind: Kind,
    decision: &Decision,
) -> AppResult<CheckId> {
    let id = match store::waiting(tx, candidate, kind).await? {
        Some(id) => id,
        // Found elsewhere: nobody was invited to anything.
        None => start(tx, by, now, candidate, kind).await?,
    };
    decide(tx, by, now, candidate, id, decision).await?;
    Ok(id)
}

/// Gives a waiting check up.
pub async fn cancel(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    reason: &str,
) -> AppResult<()> {
    let check = store::lock(tx, candidate, id).await?;
    if !check.state.can_become(State::Cancelled) {
        return Err(AppError::overtaken());
    }
    store::cancel(tx, id, reason).await?;
    let data = json!({ "check": id, "kind": check.kind, "to": State::Cancelled });
    events::record(tx, by, now, "check.cancelled", ("candidate", candidate.0), data).await
}
