//! Departures and guarantee claims.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{refusal, settle};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{GuaranteeClaimId, PlacementId};
use crate::introductions::actions::person;
use crate::introductions::policy::Scope;
use crate::placements::guarantee::{Cause, Remedy, State as GuaranteeState, day_text};
use crate::placements::standing::{Override, judge, outcome, standing};
use crate::placements::store::{claims, hires};
use crate::placements::{ClaimState, State};
use crate::requests::{self, SeatState};

/// A last working day may lie this many days ahead.
const AHEAD: u64 = 60;

/// Somebody leaves.
#[derive(Debug, Clone)]
pub struct Departed {
    /// The last working day.
    pub last_working_day: NaiveDate,
    /// Why.
    pub cause: Cause,
    /// In the words of whoever tells it.
    pub note: String,
}

/// Records a departure: the placement ends and its seat is empty. Inside the covered dates it opens a guarantee claim in the
/// same step; returns it.
pub async fn depart(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PlacementId,
    scope: Scope,
    departed: &Departed,
) -> AppResult<Option<GuaranteeClaimId>> {
    person(by)?;
    let before = hires::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    settle(tx, now, Some(id)).await?;
    let it = hires::detail(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    if !it.state.may_become(State::Ended) {
        return Err(AppError::refused(
            "Nobody is at work here",
            "A departure is recorded while the placement is active. Before the start it is cancelled; somebody who never came is a no-show.",
        ));
    }
    let zone = standing(&it, now)?.zone;
    let latest = zone.local_date(now).checked_add_days(Days::new(AHEAD));
    if departed.last_working_day < it.start_on || latest.is_some_and(|latest| departed.last_working_day > latest) {
        return Err(AppError::refused(
            "That last working day cannot be",
            "It lies before the start, or more than 60 days ahead. Go back and look at the date.",
        ));
    }
    hires::end(
        tx,
        id,
        State::Ended,
        Some(departed.last_working_day),
        departed.cause.as_str(),
        now,
    )
    .await?;
    let data = json!({"last_working_day": departed.last_working_day, "cause": departed.cause});
    events::record(tx, by, now, "placement.ended", ("placement", id.0), data).await?;
    let claim = if before.waived {
        None
    } else {
        claim(tx, by, now, id, scope, departed).await?
    };
    let then = if claim.is_some() {
        "With an eligible guarantee claim the search goes on by itself; it can also be resumed by hand."
    } else {
        "Resume the search to look for somebody else."
    };
    let (number, day) = (it.seat_number, day_text(departed.last_working_day));
    let reason = format!("Seat {number} is empty: the last working day is {day}. {then}");
    requests::actions::seat_left(tx, by, now, before.seat, &reason).await?;
    Ok(claim)
}

/// Opens the claim that follows from a recorded departure, if its last working day is covered.
async fn claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PlacementId,
    scope: Scope,
    departed: &Departed,
) -> AppResult<Option<GuaranteeClaimId>> {
    let ended = hires::detail(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let now_standing = standing(&ended, now)?;
    let covered = now_standing
        .calendar
        .as_ref()
        .is_some_and(|calendar| calendar.covers(departed.last_working_day));
    if !covered {
        return Ok(None);
    }
    let claim = GuaranteeClaimId::new();
    let checklist = serde_json::to_value(judge(now_standing.lines, &[]))?;
    let new = claims::NewClaim {
        id: claim,
        placement: id,
        last_working_day: departed.last_working_day,
        cause: departed.cause.as_str(),
        note: &departed.note,
        by: person(by)?,
        at: now,
        checklist: &checklist,
    };
    claims::insert(tx, &new).await.map_err(refusal)?;
    let told = hires::detail(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    if standing(&told, now)?
        .calendar
        .is_some_and(|calendar| calendar.state == GuaranteeState::ClaimOpen)
    {
        hires::set_guarantee(tx, id, "claim_open", now).await?;
    }
    let data = json!({"claim": claim, "cause": departed.cause});
    events::record(tx, by, now, "guarantee_claim.notified", ("placement", id.0), data).await?;
    Ok(Some(claim))
}

/// Staff judge the claim by its checklist, with overrides that carry a reason. Eligible opens the first remedy of the agreement;
/// with a replacement search the search for the seat goes on.
pub async fn decide(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PlacementId,
    scope: Scope,
    (overrides, reason): (&[Override], &str),
) -> AppResult<ClaimState> {
    let user = person(by)?;
    let locked = hires::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let it = hires::detail(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let (Some(claim), Some(state)) = (it.claim.map(GuaranteeClaimId), it.claim_state) else {
        return Err(AppError::NotFound);
    };
    if !state.waits_for_judgement() {
        return Err(AppError::overtaken());
    }
    let now_standing = standing(&it, now)?;
    let lines = judge(now_standing.lines, overrides);
    let Some(decision) = outcome(&lines) else {
        return Err(AppError::refused(
            "A line is not judged yet",
            "Say for each open line whether it is met, with your reason, and decide again.",
        ));
    };
    let checklist = serde_json::to_value(&lines)?;
    claims::decide(tx, claim, decision, &checklist, reason, user, now).await?;
    let changed: Vec<_> = overrides
        .iter()
        .map(|(line, verdict, _)| json!({"line": line, "verdict": verdict}))
        .collect();
    let data = json!({"claim": claim, "decision": decision, "overrides": changed});
    events::record(tx, by, now, "guarantee_claim.decided", ("placement", id.0), data).await?;
    let open = it.guarantee == "claim_open";
    if decision == ClaimState::Ineligible {
        if open {
            hires::set_guarantee(tx, id, "voided", now).await?;
        }
        return Ok(decision);
    }
    if !open {
        // An override let in a claim that the calendar alone would not have opened.
        hires::set_guarantee(tx, id, "claim_open", now).await?;
    }
    remedy(tx, by, now, &locked, claim, &now_standing.terms.remedies).await
}

async fn remedy(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    locked: &hires::Locked,
    claim: GuaranteeClaimId,
    order: &[Remedy],
) -> AppResult<ClaimState> {
    let next = match order.first() {
        Some(Remedy::Refund) => ClaimState::RefundDue,
        Some(Remedy::Credit) => ClaimState::CreditIssued,
        Some(Remedy::Replacement) | None => search(tx, by, now, locked, order).await?,
    };
    claims::set_state(tx, claim, next, None).await?;
    if next == ClaimState::ClosedUnfilled {
        hires::set_guarantee(tx, locked.id, "waived", now).await?;
    }
    events::record(
        tx,
        by,
        now,
        "guarantee_claim.remedy",
        ("placement", locked.id.0),
        json!({"claim": claim, "remedy": next}),
    )
    .await?;
    Ok(next)
}

/// Starts the search for a replacement. A client who has given the seat up since the departure wants none: then it is the
/// next remedy of the agreement, or none.
async fn search(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    locked: &hires::Locked,
    order: &[Remedy],
) -> AppResult<ClaimState> {
    let reason = "A replacement is owed under the guarantee.";
    let seat = requests::actions::seat_vacated(tx, by, now, locked.seat, reason).await?;
    if seat != SeatState::Cancelled {
        return Ok(ClaimState::ReplacementSearch);
    }
    Ok(match order.iter().find(|remedy| **remedy != Remedy::Replacement) {
        Some(Remedy::Refund) => ClaimState::RefundDue,
        Some(Remedy::Credit) => ClaimState::CreditIssued,
        Some(Remedy::Replacement) | None => ClaimState::ClosedUnfilled,
    })
}
