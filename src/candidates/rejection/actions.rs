//! Telling somebody no, taking that back, and applying again.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, NewRejection};
use super::{Reason, wrong_date};
use crate::candidates::State;
use crate::candidates::actions::take_back_introductions;
use crate::candidates::store::{self as candidates, Candidate};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, RejectionId, UserId};
use crate::promises::actions::{begin, keep, tell};
use crate::promises::{How, Occasion, What, today};

/// What a staff member says when they reject somebody.
#[derive(Debug, Clone)]
pub struct No {
    /// Why.
    pub reason: Reason,
    /// What another reason is.
    pub words: String,
    /// Private to staff.
    pub note: String,
    /// What the person reads.
    pub message: String,
    /// From when they may apply again.
    pub may_apply_on: NaiveDate,
}

/// The subject of the message to the person.
const SUBJECT: &str = "About your application";

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id()
        .ok_or_else(|| AppError::Forbidden("Only a person of the agency decides this.".into()))
}

/// The person, locked.
async fn locked(tx: &mut PgConnection, id: CandidateId) -> AppResult<Candidate> {
    candidates::lock(tx, &[id]).await?;
    candidates::load(tx, id).await?.ok_or(AppError::NotFound)
}

/// Tells somebody no. Their open introductions are taken back in the same step, as when they pause.
pub async fn reject(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    no: &No,
) -> AppResult<RejectionId> {
    let user = person(by)?;
    // Introductions first, then the person: the order of whoever answers or decides about one.
    let introduced = candidates::lock_introductions(tx, id).await?;
    let held = locked(tx, id).await?;
    if !held.state.may_become(State::Rejected) {
        return Err(AppError::refused(
            format!("This profile is {} already", held.state.label().to_lowercase()),
            "Open the profile again: somebody changed its state meanwhile.",
        ));
    }
    let bound = store::bound(tx, id).await?;
    if bound.offer {
        return Err(AppError::refused(
            "An offer waits for this person's answer",
            "Take the offer back on its page first, or wait for the answer. Nobody is told no with an offer in hand.",
        ));
    }
    if bound.placement {
        return Err(AppError::refused(
            "This person is placed with a client",
            "End or cancel the placement on its page first. Until then there is nothing to reject.",
        ));
    }
    if usize::try_from(bound.introductions).ok() != Some(introduced.len()) {
        return Err(AppError::overtaken());
    }
    let on = today(held.details.zone, now);
    if let Some(words) = wrong_date(on, no.may_apply_on) {
        return Err(AppError::refused("The date does not fit", words));
    }
    let message = tell(tx, by, now, id, Occasion::Rejection, (SUBJECT, &no.message)).await?;
    let new = NewRejection {
        id: RejectionId::new(),
        candidate: id,
        reason: no.reason,
        words: &no.words,
        note: &no.note,
        message,
        by: user,
        on,
        may_apply_on: no.may_apply_on,
    };
    store::insert(tx, &new, now).await?;
    let why = match no.reason {
        Reason::Other => no.words.as_str(),
        reason => reason.label(),
    };
    candidates::set_state(tx, id, (held.state, State::Rejected), why, Some(user), now).await?;
    take_back_introductions(tx, by, now, id, introduced, "The person is no longer in the pool.").await?;
    keep(tx, by, now, id, How::Rejection).await?;
    let data = json!({ "from": held.state, "rejection": new.id, "reason": no.reason, "may_apply_on": no.may_apply_on });
    events::record(tx, by, now, "candidate.rejected", ("candidate", id.0), data).await?;
    Ok(new.id)
}

/// Takes a rejection back, with a reason that staff read. The person is told that they are in the pool again.
pub async fn take_back(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    reason: &str,
) -> AppResult<()> {
    let user = person(by)?;
    let held = locked(tx, id).await?;
    let Some(standing) = store::standing(tx, id).await? else {
        return Err(AppError::refused(
            "This person is not rejected",
            "Open the profile again: somebody took it back, or the person applied again.",
        ));
    };
    let on = today(held.details.zone, now);
    store::end(tx, standing.id, "taken_back", (user, on), reason, now).await?;
    candidates::set_state(tx, id, (held.state, State::Active), reason, Some(user), now).await?;
    let words = "We have taken our no back: your profile is in the pool again, as it was. You need not do anything.";
    tell(
        tx,
        by,
        now,
        id,
        Occasion::TakenBack,
        ("You are in the pool again", words),
    )
    .await?;
    let data = json!({ "rejection": standing.id });
    events::record(tx, by, now, "candidate.rejection_taken_back", ("candidate", id.0), data).await
}

/// The person applies again, from the date on that they were told. Checks that still count stay.
pub async fn apply_again(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
) -> AppResult<Option<NaiveDate>> {
    let user = person(by)?;
    let held = locked(tx, id).await?;
    if held.user != Some(user) {
        return Err(AppError::Forbidden("Only the person applies for themselves.".into()));
    }
    let Some(standing) = store::standing(tx, id).await? else {
        return Err(AppError::refused(
            "You are in the pool already",
            "Nothing more is needed; your home says what comes next.",
        ));
    };
    let on = today(held.details.zone, now);
    if on < standing.may_apply_on {
        return Err(AppError::refused(
            format!("You can apply again from {}", standing.may_apply_on.format("%-d %B %Y")),
            "Your profile stays as it is until then, and you can keep it up to date.",
        ));
    }
    store::end(tx, standing.id, "applied_again", (user, on), "", now).await?;
    candidates::set_state(tx, id, (held.state, State::Active), "applied again", Some(user), now).await?;
    let data = json!({ "rejection": standing.id });
    events::record(tx, by, now, "candidate.applied_again", ("candidate", id.0), data).await?;
    begin(tx, by, now, id, What::Application).await
}
