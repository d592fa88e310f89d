//! What assessors do with their scorecards, and what others do who wait for them.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::identity;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, CardId, CheckId, UserId};
use crate::requests::store::charge;
use crate::vetting::cards::{CardState, Content};
use crate::vetting::store::cards::{self, Own, Typed};
use crate::vetting::{Kind, identity as rules, store};

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Gives somebody of the staff the scorecard of an open check.
pub async fn assign(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    assessor: UserId,
) -> AppResult<CardId> {
    let cannot = || {
        AppError::refused(
            "This person cannot assess",
            "Choose somebody of the staff who can sign in.",
        )
    };
    // Before the check is locked: a departure locks the person first and then what they own.
    if !charge::hold_staff(tx, assessor).await? {
        return Err(cannot());
    }
    let check = store::lock(tx, candidate, id).await?;
    if !check.kind.has_cards() {
        return Err(AppError::refused(
            "The take-home has no scorecards",
            "It is graded by its rubric, blind, on its own page.",
        ));
    }
    let card = CardId::new();
    cards::insert(tx, (card, assessor), (candidate, id), person(by)?, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("scorecards_one_each") => AppError::refused(
                "This person has a card of the check already",
                "One assessor hands in one card. If theirs was released, assign somebody else.",
            ),
            Some("scorecards_of_an_open_check") => AppError::overtaken(),
            Some("scorecards_assessor_is_staff") => cannot(),
            _ => error.into(),
        })?;
    let data = json!({ "check": id, "kind": check.kind, "assessor": assessor });
    events::record(tx, by, now, "check.assigned", ("candidate", candidate.0), data).await?;
    Ok(card)
}

/// Nobody waits for a card any more; a person says why.
pub async fn release(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    card: CardId,
    reason: &str,
) -> AppResult<()> {
    let check = store::lock(tx, candidate, id).await?;
    if reason.trim().is_empty() {
        return Err(AppError::refused(
            "Why?",
            "Write why nobody waits for this card any more.",
        ));
    }
    if cards::release(tx, id, Some(card), (by.user_id(), now), reason).await? == 0 {
        return Err(AppError::overtaken());
    }
    let data = json!({ "check": id, "kind": check.kind, "reason": reason });
    events::record(tx, by, now, "check.card_released", ("candidate", candidate.0), data).await
}

/// The card that the person behind an act owes of an open check, with what is checked there. Nobody reaches anybody else's.
async fn owed(tx: &mut PgConnection, by: &Actor, candidate: CandidateId, id: CheckId) -> AppResult<(Own, Kind)> {
    let check = store::lock(tx, candidate, id).await?;
    let own = cards::own(tx, id, person(by)?).await?.ok_or(AppError::NotFound)?;
    if own.state != CardState::Owed || !check.state.is_open() {
        return Err(AppError::overtaken());
    }
    Ok((own, check.kind))
}

/// Keeps what was typed, whether it makes sense or not. No event: a draft is not a scorecard yet.
pub async fn save(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    typed: &Typed,
) -> AppResult<()> {
    let (own, _) = owed(tx, by, candidate, id).await?;
    cards::save_draft(tx, own.id, typed, now).await
}

/// Hands the card in, for good. What does not fit about who it was becomes findings of the assessor's.
pub async fn hand_in(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: CheckId,
    said: &Content,
) -> AppResult<()> {
    let (own, kind) = owed(tx, by, candidate, id).await?;
    let me = person(by)?;
    cards::hand_in(tx, own.id, said, now).await?;
    // No score and no word of it: everybody of the staff reads the log.
    let data = json!({ "check": id, "kind": kind });
    events::record(tx, by, now, "check.card_in", ("candidate", candidate.0), data).await?;
    if !kind.is_live() {
        return Ok(());
    }
    let country = store::country(tx, candidate).await?;
    for (finding, detail) in rules::findings(&said.identity, country.as_deref(), kind == Kind::Identity) {
        identity::raise(tx, by, now, (candidate, id), (finding, &detail), me).await?;
    }
    Ok(())
}

/// Somebody leaves: what they owe is owed by their successor, from the start. A draft is its author's and goes with them. About
/// whom these cards are.
pub async fn hand_over(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    from: UserId,
    to: UserId,
) -> AppResult<Vec<CandidateId>> {
    let giver = person(by)?;
    let mut about = Vec::new();
    for left in cards::left_behind(tx, from, to).await? {
        let reason = "Left the agency; handed over.";
        cards::release(tx, left.check, Some(left.card), (Some(giver), now), reason).await?;
        if !left.has_one {
            let card = (CardId::new(), to);
            cards::insert(tx, card, (left.candidate, left.check), giver, now).await?;
        }
        about.push(left.candidate);
    }
    Ok(about)
}
