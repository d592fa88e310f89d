//! What people do with requests. Each function works in the caller's transaction: lock, check, write, record.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, Locked, SeatRow, charge};
use super::{Brief, Move, Scope, SeatGroup, SeatState, State};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{OrganizationId, RequestId, SeatId, TrackId, UserId};

/// How a new request begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    /// Kept for the client alone.
    Draft,
    /// Handed in at once.
    Submit,
    /// Handed in by staff for the client, who phoned.
    ByPhone,
}

/// Files a request with its seats.
pub async fn file(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    (organization, track): (OrganizationId, TrackId),
    brief: &Brief,
    filing: Filing,
) -> AppResult<RequestId> {
    let user = person(by)?;
    let (state, reason, kind) = match filing {
        Filing::Draft => (State::Draft, "Begun.", "role_request.drafted"),
        Filing::Submit => (State::Submitted, "Handed in.", Move::Submit.event()),
        Filing::ByPhone => (
            State::Submitted,
            "Filed by the agency: the client phoned.",
            "role_request.filed_by_phone",
        ),
    };
    let id = RequestId::new();
    store::insert(tx, id, (organization, track), brief, state, user, now).await?;
    for group in &brief.seats {
        store::add_seats(tx, id, *group, group.count).await?;
    }
    store::insert_state_line(tx, id, (None, state), reason, Some(user), now).await?;
    let data = json!({ "people": brief.people(), "track": track });
    events::record(tx, by, now, kind, ("role_request", id.0), data).await?;
    Ok(id)
}

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id()
        .ok_or_else(|| AppError::internal("a request is filed by a person"))
}

/// Locks the request; 404 outside the scope, 409 when the page that was looked at is out of date.
async fn locked(tx: &mut PgConnection, id: RequestId, scope: Scope, seen: i32) -> AppResult<Locked> {
    let locked = store::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    if locked.version == seen {
        Ok(locked)
    } else {
        Err(AppError::overtaken())
    }
}

/// Changes the brief, and before the search its track, and brings the seats to the wanted numbers. `seen` is the version the person looked at.
pub async fn edit(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    scope: Scope,
    (id, seen): (RequestId, i32),
    (brief, track): (&Brief, TrackId),
) -> AppResult<()> {
    let request = locked(tx, id, scope, seen).await?;
    if !request.state.may_edit(scope) {
        return Err(AppError::refused(
            "This request cannot be changed now",
            "While the agency works on it, tell the agency what should be different: it can change the request for you.",
        ));
    }
    if track != request.track {
        if !request.state.may_change_track() {
            return Err(AppError::overtaken());
        }
        store::set_track(tx, id, track).await?;
    }
    store::write_brief(tx, id, brief).await?;
    reseat(tx, id, &brief.seats).await?;
    store::touch(tx, id).await?;
    let data = json!({ "people": brief.people(), "track": track });
    events::record(tx, by, now, "role_request.edited", ("role_request", id.0), data).await?;
    settle(tx, now, id, request.state).await
}

/// Fills an open request when no seat of it is open any more and somebody sits on one.
async fn settle(tx: &mut PgConnection, now: DateTime<Utc>, id: RequestId, state: State) -> AppResult<()> {
    let seats = store::seats(tx, id).await?;
    // A search on hold stays on hold: whoever paused it decides.
    if state != State::Open || seats.is_empty() || seats.iter().any(|seat| seat.state == SeatState::Open) {
        return Ok(());
    }
    make_move(tx, &Actor::system(), now, id, state, Move::Fill, "").await
}

/// Adds seats or cancels the last open ones, band by band. A filled seat is a person and stays.
async fn reseat(tx: &mut PgConnection, id: RequestId, groups: &[SeatGroup]) -> AppResult<()> {
    let seats = store::seats(tx, id).await?;
    for group in groups {
        let held: Vec<&SeatRow> = seats
            .iter()
            .filter(|seat| seat.seniority == Some(group.seniority))
            .collect();
        let wanted = usize::from(group.count);
        if held.len() < wanted {
            let more = u16::try_from(wanted - held.len()).unwrap_or(u16::MAX);
            store::add_seats(tx, id, *group, more).await?;
        } else if held.len() > wanted {
            let open = held.iter().rev().filter(|seat| seat.state == SeatState::Open);
            let surplus: Vec<SeatId> = open.take(held.len() - wanted).map(|seat| seat.id).collect();
            if surplus.len() < held.len() - wanted {
                return Err(AppError::refused(
                    "A seat that is filled cannot be taken away",
                    "Somebody was hired for it. Lower the number only to the people who are there.",
                ));
            }
            store::cancel_seats(tx, &surplus).await?;
        }
        store::set_budget(tx, id, *group).await?;
    }
    Ok(())
}

/// Moves the request on: the same function for every move that a person makes. `seen` is the version the person looked
/// at, so that of two simultaneous acts the second learns of the first.
pub async fn advance(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    scope: Scope,
    (id, seen): (RequestId, i32),
    act: Move,
    reason: &str,
) -> AppResult<()> {
    if let (Move::Open, Some(user)) = (act, by.user_id()) {
        charge::hold_staff(tx, user).await?;
    }
    let request = locked(tx, id, scope, seen).await?;
    if !act.is_for(scope) {
        return Err(AppError::Forbidden("This is for the other side to do.".into()));
    }
    if matches!(act, Move::Submit | Move::Answer) {
        whole(tx, id, scope).await?;
    }
    make_move(tx, by, now, id, request.state, act, reason).await?;
    if let (Move::Open, Some(user)) = (act, by.user_id()) {
        charge::take(tx, id, user).await?;
    }
    // Seats may have been given up while the search rested: with nobody left to look for it is over.
    if act == Move::Resume {
        settle(tx, now, id, State::Open).await?;
    }
    Ok(())
}

/// Staff say who answers for a request, or that nobody does yet.
pub async fn put_in_charge(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    (id, seen): (RequestId, i32),
    recruiter: Option<UserId>,
) -> AppResult<()> {
    if let Some(user) = recruiter
        && !charge::hold_staff(tx, user).await?
    {
        return Err(AppError::refused(
            "This person cannot take it",
            "Choose somebody of the staff who can sign in.",
        ));
    }
    let request = locked(tx, id, Scope::Staff, seen).await?;
    if matches!(request.state, State::Filled | State::Cancelled) {
        return Err(AppError::refused(
            "This request is over",
            "Nobody has to answer for it any more.",
        ));
    }
    charge::put(tx, id, recruiter).await?;
    let data = json!({ "to": recruiter });
    events::record(tx, by, now, "role_request.put_in_charge", ("role_request", id.0), data).await
}

/// A draft may have gaps, what is handed in may not.
async fn whole(tx: &mut PgConnection, id: RequestId, scope: Scope) -> AppResult<()> {
    let request = store::find(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    let has_must = store::skills(tx, id).await?.iter().any(|skill| skill.level.is_some());
    let has_seat = !store::seats(tx, id).await?.is_empty();
    if request.system.is_empty() || !has_must || !has_seat {
        return Err(AppError::refused(
            "The request is not complete",
            "Go back, choose Edit, and fill in the system, at least one must-have skill and at least one person.",
        ));
    }
    Ok(())
}

async fn make_move(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: RequestId,
    from: State,
    act: Move,
    reason: &str,
) -> AppResult<()> {
    let to = act.from(from).ok_or_else(AppError::overtaken)?;
    let reason = match (reason.trim(), act.standard_reason()) {
        ("", Some(standard)) => standard,
        ("", None) => {
            return Err(AppError::refused("A reason is needed", "Say why, in a sentence."));
        }
        (given, _) => given,
    };
    if act == Move::Cancel {
        let seats = store::seats(tx, id).await?;
        if seats.iter().any(|seat| seat.state == SeatState::Filled) {
            return Err(AppError::refused(
                "Somebody was hired for this request",
                "Lower the number of people to those who are there: the request then counts as filled.",
            ));
        }
        let open: Vec<SeatId> = seats.iter().map(|seat| seat.id).collect();
        store::cancel_seats(tx, &open).await?;
    }
    store::set_state(tx, id, to, reason, now).await?;
    store::insert_state_line(tx, id, (Some(from), to), reason, by.user_id(), now).await?;
    let data = json!({ "from": from, "to": to });
    events::record(tx, by, now, act.event(), ("role_request", id.0), data).await
}

/// Somebody was hired for a seat. The last one fills the request.
pub async fn seat_filled(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, seat: SeatId) -> AppResult<()> {
    let (id, request) = request_of(tx, seat).await?;
    store::set_seat_state(tx, seat, SeatState::Filled).await?;
    events::record(
        tx,
        by,
        now,
        "seat.filled",
        ("role_request", id.0),
        json!({ "seat": seat }),
    )
    .await?;
    settle(tx, now, id, request.state).await
}

/// Somebody left, and their seat is empty. A filled request rests from now on, with the reason that people read; one that
/// still looks for others looks for this seat too.
pub async fn seat_left(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    seat: SeatId,
    reason: &str,
) -> AppResult<()> {
    let (id, request) = request_of(tx, seat).await?;
    empty(tx, by, now, id, seat).await?;
    if request.state != State::Filled {
        return Ok(());
    }
    make_move(tx, by, now, id, request.state, Move::Vacate, reason).await
}

/// Another person is owed for a seat: it is open and the search for it goes on, with the reason that people read. A search
/// that a person put on hold stays there, and a seat that is no longer wanted stays cancelled; returns which of both it is.
pub async fn seat_vacated(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    seat: SeatId,
    reason: &str,
) -> AppResult<SeatState> {
    let (id, request) = request_of(tx, seat).await?;
    match store::seat_state(tx, seat).await? {
        SeatState::Cancelled => return Ok(SeatState::Cancelled),
        SeatState::Filled => empty(tx, by, now, id, seat).await?,
        SeatState::Open => {}
    }
    let rests = request.state == State::OnHold && store::rests_since_a_departure(tx, id).await?;
    if rests || request.state == State::Filled {
        make_move(tx, by, now, id, request.state, Move::Reopen, reason).await?;
    }
    Ok(SeatState::Open)
}

async fn empty(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: RequestId, seat: SeatId) -> AppResult<()> {
    store::set_seat_state(tx, seat, SeatState::Open).await?;
    events::record(
        tx,
        by,
        now,
        "seat.vacated",
        ("role_request", id.0),
        json!({ "seat": seat }),
    )
    .await
}

/// The request of a seat, locked: two last seats that are filled at once wait for each other here.
async fn request_of(tx: &mut PgConnection, seat: SeatId) -> AppResult<(RequestId, Locked)> {
    let id = store::request_of_seat(tx, seat).await?;
    let request = store::lock(tx, id, Scope::Staff).await?.ok_or(AppError::NotFound)?;
    Ok((id, request))
}
