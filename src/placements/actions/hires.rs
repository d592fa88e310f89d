//! Placements: what the calendar does to them, and what ends them before they began.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::PlacementId;
use crate::introductions::actions::person;
use crate::introductions::policy::Scope;
use crate::placements::State;
use crate::placements::store::{claims, hires};
use crate::requests;
use crate::zones::Zone;

/// Brings stored states up to `now`: starts, guarantees that begin and end. Idempotent; pages do not depend on it, because they
/// compute the calendar themselves. Returns how many moves it made.
pub async fn settle(tx: &mut PgConnection, now: DateTime<Utc>, only: Option<PlacementId>) -> AppResult<u64> {
    let moved = hires::settle(tx, now, only).await?;
    for step in &moved {
        let kind = match step.what.as_str() {
            "started" => "placement.started",
            "running" => "guarantee.running",
            _ => "guarantee.satisfied",
        };
        events::record(
            tx,
            &Actor::system(),
            now,
            kind,
            ("placement", step.placement.0),
            json!({}),
        )
        .await?;
    }
    Ok(u64::try_from(moved.len()).unwrap_or(u64::MAX))
}

/// The person never came: not a claim, and the seat looks again.
pub async fn no_show(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PlacementId,
    scope: Scope,
) -> AppResult<()> {
    let locked = hires::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let zone = Zone::parse(&locked.zone).map_err(AppError::internal)?;
    if now < zone.start_of_day(locked.start_on) {
        return Err(AppError::refused(
            "The start has not come yet",
            "Before the start a placement is cancelled, not a no-show.",
        ));
    }
    settle(tx, now, Some(id)).await?;
    if hires::guarantee_of(tx, id).await?.as_deref() == Some("satisfied") {
        return Err(AppError::refused(
            "The guarantee has run its course",
            "Whoever never came is said to be a no-show in the first days. Record a departure instead.",
        ));
    }
    undo(
        tx,
        by,
        now,
        &locked,
        (State::NoShow, "placement.no_show", "the person never came"),
    )
    .await
}

/// Called off before the first day; the seat looks again.
pub async fn cancel(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PlacementId,
    scope: Scope,
) -> AppResult<()> {
    let locked = hires::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let zone = Zone::parse(&locked.zone).map_err(AppError::internal)?;
    if now >= zone.start_of_day(locked.start_on) {
        return Err(AppError::refused(
            "The start has come already",
            "Record a departure, or say that the person never came.",
        ));
    }
    let how = (
        State::CancelledBeforeStart,
        "placement.cancelled",
        "the placement was cancelled before the start",
    );
    undo(tx, by, now, &locked, how).await
}

async fn undo(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    locked: &hires::Locked,
    (state, kind, reason): (State, &'static str, &str),
) -> AppResult<()> {
    person(by)?;
    let present = if state == State::NoShow && locked.state == State::Scheduled {
        State::Active
    } else {
        locked.state
    };
    if !present.may_become(state) {
        return Err(AppError::overtaken());
    }
    hires::end(tx, locked.id, state, None, "", now).await?;
    if !locked.waived {
        hires::set_guarantee(tx, locked.id, "voided", now).await?;
    }
    if let Some((claim, replaced)) = claims::ended_by(tx, locked.id).await? {
        claims::owe_again(tx, claim).await?;
        hires::set_guarantee(tx, replaced, "claim_open", now).await?;
        let data = json!({"claim": claim, "because": locked.id});
        events::record(
            tx,
            by,
            now,
            "guarantee_claim.owed_again",
            ("placement", replaced.0),
            data,
        )
        .await?;
    }
    requests::actions::seat_vacated(tx, by, now, locked.seat, reason).await?;
    events::record(tx, by, now, kind, ("placement", locked.id.0), json!({})).await
}
