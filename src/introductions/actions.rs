//! What people do with introductions, each inside the caller's transaction.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::policy::Scope;
use super::store::{self, Locked, NewIntroduction};
use super::{Refusal, State, Withdrawal, pitch};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, IntroductionId, RequestId, RunId, UserId};
use crate::promises::{self, How};
use crate::zones::Zone;

/// Whom to propose.
#[derive(Debug, Clone)]
pub struct Shortlist {
    /// The request.
    pub request: RequestId,
    /// The seat's number, from 1.
    pub seat: i16,
    /// The computation that was shown.
    pub run: Option<RunId>,
    /// The people.
    pub candidates: Vec<CandidateId>,
    /// What staff say of them to the client (one person) or nothing.
    pub pitch: String,
    /// What staff would ask.
    pub ask_about: String,
}

/// The signed-in person behind an act; jobs and strangers do not decide.
pub fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Proposes people for a seat, with the run and the points that were shown. Returns how many are new; those who stand on the
/// seat's list already are left as they are.
pub async fn shortlist(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, list: &Shortlist) -> AppResult<usize> {
    let user = person(by)?;
    let seat = store::seat(tx, list.request, list.seat)
        .await?
        .ok_or(AppError::NotFound)?;
    if !(seat.open && seat.request_open) {
        return Err(AppError::refused(
            "This seat does not look for anybody",
            "Open the request first; a seat that is filled or cancelled takes no introductions.",
        ));
    }
    if let Some(run) = list.run
        && !store::run_is_of(tx, run, seat.seat).await?
    {
        return Err(AppError::Invalid("That match run belongs to another seat.".into()));
    }
    let ids: Vec<_> = list.candidates.iter().map(|id| id.0).collect();
    let people = store::proposable(tx, &ids, &seat, list.run, now.date_naive()).await?;
    if people.is_empty() || people.len() != list.candidates.len() {
        return Err(AppError::refused(
            "Nobody was proposed",
            "Choose at least one person from the list, each once.",
        ));
    }
    if let Some((who, why)) = people.iter().find_map(|person| Some((person, why_not(person)?))) {
        let who = who.name.as_deref().unwrap_or("This person");
        return Err(AppError::refused(
            "One of these people cannot be proposed here",
            format!("{who}: {why}. Compute the matches again and choose from them."),
        ));
    }
    let mut new = 0;
    for proposed in people {
        let id = IntroductionId::new();
        let row = NewIntroduction {
            id,
            request: list.request,
            seat: seat.seat,
            organization: seat.organization,
            candidate: proposed.candidate,
            run: list.run,
            points: proposed.points,
            pitch: pitch::frozen(&list.pitch, &proposed.headline, proposed.name.as_deref()),
            ask_about: &list.ask_about,
            by: user,
            at: now,
        };
        let inserted = store::insert(tx, &row)
            .await
            .map_err(|error| match constraint_of(&error) {
                // Told no at this moment.
                Some("introductions_not_to_rejected") => AppError::overtaken(),
                _ => error.into(),
            })?;
        if inserted {
            new += 1;
            let data =
                json!({"candidate": proposed.candidate, "seat": seat.seat, "run": list.run, "points": proposed.points});
            events::record(tx, by, now, "introduction.proposed", ("introduction", id.0), data).await?;
            promises::actions::keep(tx, by, now, proposed.candidate, How::Introduction).await?;
        }
    }
    Ok(new)
}

/// Why the person cannot be proposed, if so.
fn why_not(person: &store::Proposable) -> Option<&'static str> {
    match person {
        store::Proposable { barred: Some(bar), .. } => Some(bar.words()),
        store::Proposable { placed: true, .. } => Some("placed with a client at present"),
        store::Proposable { active: false, .. } => Some("not looking for work at present"),
        _ => None,
    }
}

/// The candidate's yes: from now on the client sees the person.
pub async fn consent(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
) -> AppResult<()> {
    let user = person(by)?;
    let locked = step(tx, id, scope, State::Consented).await?;
    looking(tx, &locked, now).await?;
    store::consent(tx, id, user, now).await?;
    note(tx, by, now, "introduction.consented", id, json!({})).await
}

/// The candidate's no; a reason is welcome and not needed.
pub async fn decline(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
    reason: &str,
) -> AppResult<()> {
    person(by)?;
    step(tx, id, scope, State::Declined).await?;
    // A yes may be taken back until the client has chosen; from then on there is an offer to answer.
    store::set_state(tx, id, State::Declined, "", reason, now).await?;
    note(tx, by, now, "introduction.declined", id, json!({})).await
}

/// When an interview is to be.
#[derive(Debug, Clone, Copy)]
pub struct InterviewTime {
    /// The wall time.
    pub local: NaiveDateTime,
    /// Where that wall clock hangs.
    pub zone: Zone,
}

/// The client wants to talk; the name becomes visible to them. A time can follow later.
pub async fn interview(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
    time: Option<InterviewTime>,
) -> AppResult<()> {
    person(by)?;
    let locked = step(tx, id, scope, State::Interview).await?;
    looking(tx, &locked, now).await?;
    store::set_state(tx, locked.id, State::Interview, "", "", now).await?;
    if let Some(time) = time {
        let at = time.zone.instant(time.local).resolve();
        store::set_interview(tx, id, time.local, time.zone, at).await?;
    }
    note(
        tx,
        by,
        now,
        "introduction.interview",
        id,
        json!({"at": time.map(|time| time.local.to_string())}),
    )
    .await
}

/// The client's "not this time". An offer that is out is taken back in the same step.
pub async fn refuse(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
    reason: (Refusal, &str),
) -> AppResult<()> {
    person(by)?;
    step(tx, id, scope, State::Refused).await?;
    store::withdraw_offers(tx, id, "the client decided otherwise", now).await?;
    store::set_state(tx, id, State::Refused, reason.0.code(), reason.1, now).await?;
    note(
        tx,
        by,
        now,
        "introduction.refused",
        id,
        json!({"reason": reason.0.code()}),
    )
    .await
}

/// The client's decision to hire. It needs the accepted promise, because the placement will freeze its terms.
pub async fn choose(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
) -> AppResult<()> {
    person(by)?;
    let locked = step(tx, id, scope, State::Chosen).await?;
    if store::is_placed(tx, locked.candidate).await? {
        return Err(placed_already());
    }
    looking(tx, &locked, now).await?;
    if store::agreement(tx, locked.organization).await?.is_none() {
        return Err(AppError::refused(
            "Nobody at your company has accepted the promise yet",
            "Open Agreement in the menu, read the guarantee, accept it with your name, and then come back to decide.",
        ));
    }
    store::set_state(tx, id, State::Chosen, "", "", now)
        .await
        .map_err(|error| {
            if constraint_of(&error) == Some("introductions_one_chosen_per_seat") {
                AppError::refused(
                    "Somebody else is chosen for this seat",
                    "One person at a time can be chosen. Say \"not this time\" to the other one first.",
                )
            } else {
                error.into()
            }
        })?;
    note(tx, by, now, "introduction.chosen", id, json!({"seat": locked.seat})).await
}

/// Staff take an introduction back, with a reason; an offer that is out goes with it.
pub async fn withdraw(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
    reason: (Withdrawal, &str),
) -> AppResult<()> {
    person(by)?;
    step(tx, id, scope, State::Withdrawn).await?;
    store::withdraw_offers(tx, id, "the introduction was withdrawn", now).await?;
    store::set_state(tx, id, State::Withdrawn, reason.0.code(), reason.1, now).await?;
    note(
        tx,
        by,
        now,
        "introduction.withdrawn",
        id,
        json!({"reason": reason.0.code()}),
    )
    .await
}

/// The words for somebody who took another place.
pub fn placed_already() -> AppError {
    AppError::refused(
        "This person has taken another place",
        "They accepted an offer elsewhere. Look at the other people of the seat, or ask the agency for more.",
    )
}

/// Sets or moves the time of an agreed interview.
pub async fn set_interview_time(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: IntroductionId,
    scope: Scope,
    time: InterviewTime,
) -> AppResult<()> {
    person(by)?;
    let locked = store::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    if locked.state != State::Interview {
        return Err(AppError::overtaken());
    }
    let at = time.zone.instant(time.local).resolve();
    store::set_interview(tx, id, time.local, time.zone, at).await?;
    note(
        tx,
        by,
        now,
        "introduction.interview_set",
        id,
        json!({"at": time.local.to_string()}),
    )
    .await
}

/// Ends every other introduction of somebody who accepts an offer: nobody waits for them any longer.
pub async fn taken(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    by_introduction: IntroductionId,
) -> AppResult<()> {
    for id in store::others_open(tx, candidate, by_introduction).await? {
        store::withdraw_offers(tx, id, "the person took another place", now).await?;
        let reason = (Withdrawal::NotAvailable, "Accepted an offer elsewhere.");
        store::set_state(tx, id, State::Withdrawn, reason.0.code(), reason.1, now).await?;
        let data = json!({"reason": reason.0.code(), "because": by_introduction});
        note(tx, by, now, "introduction.withdrawn", id, data).await?;
    }
    Ok(())
}

/// Locks the introduction and checks the move. Two people who decide at once wait for each other here; the second one finds
/// the first one's decision.
async fn step(tx: &mut PgConnection, id: IntroductionId, scope: Scope, next: State) -> AppResult<Locked> {
    let locked = store::lock(tx, id, scope).await?.ok_or(AppError::NotFound)?;
    if locked.state.may_become(next) {
        Ok(locked)
    } else {
        Err(AppError::overtaken())
    }
}

/// Both sides still look: the seat and its request are open, the person is neither paused nor withdrawn, and no rule keeps the
/// two apart.
async fn looking(tx: &mut PgConnection, locked: &Locked, now: DateTime<Utc>) -> AppResult<()> {
    let sides = store::sides(tx, locked.seat, locked.candidate, now.date_naive()).await?;
    if !sides.seat {
        Err(AppError::refused(
            "This seat is filled or no longer needed",
            "Look at the other seats of the request, or ask the agency to open another one.",
        ))
    } else if !sides.request {
        Err(AppError::refused(
            "This request does not look for anybody at present",
            "It is on hold or closed. The agency can open it again; until then nothing here moves on.",
        ))
    } else if !sides.person {
        Err(AppError::refused(
            "This person does not look for work at present",
            "The profile is paused or withdrawn. It can be taken up again under Profile; until then nothing here moves on.",
        ))
    } else if sides.off_limits {
        Err(stopped())
    } else {
        Ok(())
    }
}

/// The words for an introduction that a rule of the agency stops. They do not say so: the rule is about two others, and neither
/// the client nor the person is told of it.
pub fn stopped() -> AppError {
    AppError::refused(
        "This introduction does not move on at present",
        "The agency has stopped it. Ask your recruiter; a no is possible all the same.",
    )
}

async fn note(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    kind: &'static str,
    id: IntroductionId,
    data: serde_json::Value,
) -> AppResult<()> {
    events::record(tx, by, now, kind, ("introduction", id.0), data).await
}
