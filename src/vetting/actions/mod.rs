//! What the staff do with a check: begin it, invite to it, make an appointment, judge it, give it up.

pub mod cards;
pub mod files;
pub mod identity;

use chrono::{DateTime, Utc};
use rand::RngExt as _;
use serde_json::json;
use sqlx::PgConnection;

use super::store::NewCheck;
use super::{Decision, Kind, Outcome, Report, State, expiry, letters, store, today};
use crate::candidates;
use crate::candidates::ledger::Source;
use crate::candidates::store::NewClaim;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CheckId, ClaimId};
use crate::mail;
use crate::promises::{self, How, What};

/// Begins a check that needs nothing of the person. One of a kind is open at a time.
pub async fn begin(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    kind: Kind,
) -> AppResult<CheckId> {
    start(tx, by, now, (candidate, kind), State::Waiting).await
}

/// Begins a check by asking the person to it, with a letter.
pub async fn invite(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    kind: Kind,
) -> AppResult<CheckId> {
    if !kind.has_cards() {
        return Err(AppError::refused(
            "The take-home has an invitation of its own",
            "Invite to the challenge on the person's Take-home tab; the check begins with it.",
        ));
    }
    let id = start(tx, by, now, (candidate, kind), State::Invited).await?;
    if let Some(to) = store::addressee(tx, id).await? {
        mail::post(tx, now, letters::invited(&to, id)).await?;
    }
    promises::actions::keep(tx, by, now, candidate, How::Invitation).await?;
    Ok(id)
}

async fn start(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    (candidate, kind): (CandidateId, Kind),
    state: State,
) -> AppResult<CheckId> {
    let track = store::track_of(tx, candidate).await?;
    let id = CheckId::new();
    let code = if kind.is_live() {
        format!("{:06}", rand::rng().random_range(0..1_000_000))
    } else {
        String::new()
    };
    let new = NewCheck {
        id,
        candidate,
        track,
        kind,
        state,
        code: &code,
    };
    store::insert(tx, &new, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("vetting_checks_one_open") => AppError::refused(
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
        json!({ "check": id, "kind": kind, "to": state }),
    )
    .await?;
    Ok(id)
}

/// Makes an appointment, or moves it; the person gets a letter with the time on both clocks.
pub async fn schedule(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    starts_at: DateTime<Utc>,
) -> AppResult<()> {
    let check = store::lock(tx, candidate, id).await?;
    if !check.state.is_open() {
        return Err(AppError::overtaken());
    }
    if starts_at <= now {
        return Err(AppError::refused(
            "That moment has passed",
            "Choose one in the future. If it took place already, say so: it waits for your judgement then.",
        ));
    }
    if check.starts_at == Some(starts_at) && check.state == State::Scheduled {
        return Ok(());
    }
    store::step(tx, id, State::Scheduled, Some(starts_at)).await?;
    if let Some(to) = store::addressee(tx, id).await? {
        mail::post(tx, now, letters::scheduled(&to, id, starts_at, now)).await?;
    }
    promises::actions::keep(tx, by, now, candidate, How::Invitation).await?;
    let data = json!({ "check": id, "kind": check.kind, "to": State::Scheduled });
    events::record(tx, by, now, "check.scheduled", ("candidate", candidate.0), data).await
}

/// The appointment fell through, or the person's part is done: back to "invited", or on to the agency's judgement.
pub async fn step(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    to: State,
) -> AppResult<()> {
    let check = store::lock(tx, candidate, id).await?;
    if !matches!(to, State::Invited | State::Waiting) || !check.state.can_become(to) {
        return Err(AppError::overtaken());
    }
    // When it took place is worth knowing while somebody judges it.
    let starts_at = check.starts_at.filter(|_| to == State::Waiting);
    store::step(tx, id, to, starts_at).await?;
    let data = json!({ "check": id, "kind": check.kind, "to": to });
    events::record(tx, by, now, "check.moved", ("candidate", candidate.0), data).await
}

/// Keeps what a provider said, in the transaction of the judgement.
pub async fn report(tx: &mut PgConnection, candidate: CandidateId, id: CheckId, said: &Report) -> AppResult<()> {
    let check = store::lock(tx, candidate, id).await?;
    if !check.state.is_open() {
        return Err(AppError::overtaken());
    }
    if !check.kind.has_provider() {
        return Err(AppError::Invalid("This kind of check has no provider.".into()));
    }
    store::identity::report(tx, (candidate, id), said).await
}

/// Judges an open check. A failure and a waiver need a reason; the day is not of the future.
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
    if decision.outcome == Outcome::Waived {
        release_all(tx, by, now, id, "The check was waived.").await?;
    }
    let owing = store::cards::owing(tx, id).await?;
    if !owing.is_empty() {
        return Err(AppError::refused(
            "A scorecard is still out",
            format!("Wait for {}, or release the card and say why.", owing.join(", ")),
        ));
    }
    let months = store::validity(tx, check.track, check.kind).await?;
    let expires_on = match decision.outcome {
        Outcome::Failed => None,
        Outcome::Passed | Outcome::Waived => decision.expires_on.or_else(|| expiry(decision.decided_on, months)),
    };
    store::decide(tx, id, decision, expires_on, assessor).await?;
    // Who waives a check says that it does not matter, so nothing of it is verified.
    if decision.outcome != Outcome::Waived {
        verify(tx, now, candidate, (id, check.kind)).await?;
    }
    let data = json!({ "check": id, "kind": check.kind, "to": decision.outcome.state(), "expires_on": expires_on });
    events::record(tx, by, now, "check.decided", ("candidate", candidate.0), data).await?;
    promises::actions::begin(tx, by, now, candidate, What::Check(id)).await?;
    Ok(())
}

/// What the cards of a check rated becomes lines of the ledger, in the names of the assessors; see [`super::cards`] for which.
async fn verify(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    candidate: CandidateId,
    (id, kind): (CheckId, Kind),
) -> AppResult<()> {
    let lines = super::cards::agreed(&store::cards::rated(tx, id).await?);
    if lines.is_empty() {
        return Ok(());
    }
    let source = if kind == Kind::References {
        Source::Reference
    } else {
        Source::Interview
    };
    let claims: Vec<NewClaim> = lines
        .into_iter()
        .map(|line| {
            let say = |value| line.kind.value_label(Some(value));
            let agreement = match line.raters {
                1 => String::new(),
                raters if line.highest == line.value => format!(", rated alike by {raters}"),
                raters => {
                    let (lowest, highest) = (say(line.value), say(line.highest));
                    format!(", the lowest rating of {raters}: from {lowest} to {highest}")
                }
            };
            NewClaim {
                id: ClaimId::new(),
                candidate,
                kind: line.kind,
                skill: line.skill,
                value: Some(line.value),
                source,
                note: format!("{}{agreement}", kind.label()),
                stated_by: Some(line.by),
                verified_by: Some(line.by),
                check: Some(id),
            }
        })
        .collect();
    candidates::store::lock(tx, &[candidate]).await?;
    candidates::store::insert_claims(tx, &claims, now).await?;
    candidates::store::settle(tx, &[candidate]).await?;
    candidates::store::touch(tx, &[candidate], now).await
}

/// Nobody waits for the cards of a check that ends without them.
async fn release_all(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CheckId,
    reason: &str,
) -> AppResult<()> {
    let released = (by.user_id(), now);
    store::cards::release(tx, id, None, released, reason).await.map(drop)
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
    let id = match store::open(tx, candidate, kind).await? {
        Some(id) => id,
        None => begin(tx, by, now, candidate, kind).await?,
    };
    decide(tx, by, now, candidate, id, decision).await?;
    Ok(id)
}

/// Gives an open check up, and its scorecards with it.
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
    release_all(tx, by, now, id, "The check was given up.").await?;
    store::cancel(tx, id, reason).await?;
    let data = json!({ "check": id, "kind": check.kind, "to": State::Cancelled });
    events::record(tx, by, now, "check.cancelled", ("candidate", candidate.0), data).await
}
