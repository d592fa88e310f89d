//! What people do with profiles and claims. Each function is one act inside the caller's transaction.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::claims::{NewClaim, Source, Standing, Subject};
use super::{Origin, Profile, State, store};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, ClaimId, TrackId, UserId};

/// A person to add to the pool.
#[derive(Debug)]
pub struct NewCandidate<'a> {
    /// Of which track.
    pub track: TrackId,
    /// Their account, if they have one.
    pub user: Option<UserId>,
    /// How they came.
    pub origin: Origin,
    /// What is known.
    pub profile: &'a Profile,
}

/// Adds a person. The constraint `candidates_email_once` refuses a second one with the same address.
pub async fn create(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    new: &NewCandidate<'_>,
) -> AppResult<CandidateId> {
    let id = CandidateId::new();
    store::insert(tx, id, new, now).await.map_err(|error| match crate::db::constraint_of(&error) {
        Some("candidates_email_once") => AppError::refused(
            "There is a profile with this address already",
            "Look for the address in the list of candidates and edit that profile.",
        ),
        _ => error.into(),
    })?;
    events::record(tx, by, now, "candidate.created", ("candidate", id.0), json!({ "origin": new.origin })).await?;
    Ok(id)
}

/// Replaces a profile if it is still at `version`; otherwise nothing changes and the act is refused as overtaken.
pub async fn edit(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    version: i32,
    profile: &Profile,
) -> AppResult<()> {
    let before = store::lock(tx, id).await?;
    if before.version != version {
        return Err(AppError::overtaken());
    }
    let changed = changed_fields(&before.profile, profile);
    if changed.is_empty() {
        return Ok(());
    }
    store::update(tx, id, profile, now).await.map_err(|error| match crate::db::constraint_of(&error) {
        Some("candidates_email_once") => AppError::refused(
            "There is another profile with this address",
            "Go back, write another address, or look for the other profile in the list of candidates.",
        ),
        _ => error.into(),
    })?;
    events::record(tx, by, now, "candidate.edited", ("candidate", id.0), json!({ "fields": changed })).await
}

/// Names of the fields that differ: the log says what changed, not to what (personal values stay out of it).
fn changed_fields(before: &Profile, after: &Profile) -> Vec<String> {
    let fields = |profile: &Profile| match serde_json::to_value(profile) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    after.iter().filter(|(field, value)| before.get(*field) != Some(value)).map(|(field, _)| field.clone()).collect()
}

/// Pauses, withdraws or brings back a person, with a reason.
pub async fn set_state(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    next: State,
    reason: &str,
) -> AppResult<()> {
    let before = store::lock(tx, id).await?;
    if before.state == next {
        return Ok(());
    }
    if !before.state.can_become(next) {
        return Err(AppError::overtaken());
    }
    store::set_state(tx, id, next, reason, now).await?;
    let data = json!({ "from": before.state, "to": next, "reason": reason });
    events::record(tx, by, now, "candidate.state_changed", ("candidate", id.0), data).await
}

/// Enters a claim and settles which one is current. A claim by the person is never verified.
pub async fn claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    new: &NewClaim,
) -> AppResult<ClaimId> {
    if new.source == Source::Own && new.standing == Standing::Verified {
        return Err(AppError::refused("A claim by the person cannot be verified", "Enter where it was checked instead: an interview, a challenge, a reference."));
    }
    store::lock(tx, id).await?;
    let claim = ClaimId::new();
    let (kind, skill) = new.subject.columns();
    store::insert_claim(tx, claim, id, new, by.user_id(), now).await?;
    store::settle(tx, id, kind, skill).await?;
    store::touch(tx, id, now).await?;
    let data = json!({ "claim": claim, "source": new.source, "verified": new.standing == Standing::Verified });
    events::record(tx, by, now, "claim.entered", ("candidate", id.0), data).await?;
    Ok(claim)
}

/// Takes a claim back; the next best becomes current. `only_own` keeps a person to what they said themselves.
pub async fn withdraw_claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    claim: ClaimId,
    only: Option<Source>,
) -> AppResult<()> {
    store::lock(tx, id).await?;
    let (kind, skill) = store::withdraw_claim(tx, id, claim, only, now).await?.ok_or(AppError::NotFound)?;
    store::settle(tx, id, kind, skill).await?;
    store::touch(tx, id, now).await?;
    events::record(tx, by, now, "claim.withdrawn", ("candidate", id.0), json!({ "claim": claim })).await
}

/// What a person says of the own skills, all at once: new and changed levels become claims, and own claims that are not in
/// the list any more are taken back. What others verified stays.
pub async fn state_own(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    stated: &[(Subject, Option<i16>)],
) -> AppResult<()> {
    store::lock(tx, id).await?;
    let own = store::live_claims_of(tx, id, Source::Own).await?;
    for (claim, subject, value) in &own {
        if !stated.iter().any(|(other, level)| other == subject && level == value) {
            withdraw_claim(tx, by, now, id, *claim, Some(Source::Own)).await?;
        }
    }
    for (subject, value) in stated {
        if !own.iter().any(|(_, other, level)| other == subject && level == value) {
            let new = NewClaim { subject: *subject, value: *value, source: Source::Own, note: String::new(), standing: Standing::Claimed };
            claim(tx, by, now, id, &new).await?;
        }
    }
    Ok(())
}
