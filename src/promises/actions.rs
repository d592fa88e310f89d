//! Promises begin, are kept and are moved; and somebody of the staff writes to a candidate.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, NewMessage, NewPromise, Person};
use super::{How, Occasion, What, cannot_move, letters, near, today};
use crate::business_days::nth_after;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::holidays::{self, works_in};
use crate::ids::{CandidateId, MessageId, PromiseId, UserId};
use crate::mail::{self, Recipient};
use crate::zones::Zone;

/// Days through which holidays are looked up: twenty business days lie within them whatever they are.
const LOOKED_THROUGH: u64 = 120;

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// The end of a date where somebody works: the first instant that is later.
fn end_of(day: NaiveDate, zone: Option<Zone>) -> AppResult<DateTime<Utc>> {
    let next = day
        .checked_add_days(Days::new(1))
        .ok_or_else(|| AppError::internal("no day after the last"))?;
    Ok(zone.unwrap_or_else(Zone::utc).start_of_day(next))
}

/// Promises an answer; the date, or `None` where nobody waits for one: the person has left, or was rejected. What is promised
/// already keeps its date.
pub async fn begin(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    what: What,
) -> AppResult<Option<NaiveDate>> {
    let whom = store::person(tx, candidate).await?.ok_or(AppError::NotFound)?;
    if !whom.waits {
        return Ok(None);
    }
    let choices = holidays::store::choices(tx).await?;
    let countries = [choices.country, works_in(whom.works_in, whom.zone)];
    let begun_on = today(whom.zone, now);
    let until = begun_on + Days::new(LOOKED_THROUGH);
    let asked: Vec<_> = countries.into_iter().flatten().collect();
    let off = holidays::store::days_off(tx, &asked, (begun_on, until)).await?;
    let due_on = nth_after(begun_on, choices.promise_days, &off.calendars(&countries))
        .ok_or_else(|| AppError::internal("no business day within twenty years"))?;
    let new = NewPromise {
        id: PromiseId::new(),
        candidate,
        what,
        begun_on,
        due_on,
        due_before: end_of(due_on, whom.zone)?,
    };
    if !store::insert(tx, &new, now).await? {
        return store::open(tx, candidate, what).await;
    }
    let data = json!({ "promise": new.id, "for": what.code(), "check": what.check(), "due_on": due_on });
    events::record(tx, by, now, "promise.begun", ("candidate", candidate.0), data).await?;
    if what == What::Application
        && let Some(to) = whom.reached()
    {
        mail::post(tx, now, letters::received(to, new.id, due_on)).await?;
    }
    Ok(Some(due_on))
}

/// A word of the agency reached the person: whatever was owed to them is kept. Says how many promises that were.
pub async fn keep(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    how: How,
) -> AppResult<u64> {
    let user = person(by)?;
    let kept = store::keep(tx, candidate, user, how, now).await?;
    if kept > 0 {
        let data = json!({ "how": how, "promises": kept });
        events::record(tx, by, now, "promise.kept", ("candidate", candidate.0), data).await?;
    }
    Ok(kept)
}

/// Moves a promised date, and tells the person why.
pub async fn move_to(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: PromiseId,
    due_on: NaiveDate,
    reason: &str,
) -> AppResult<CandidateId> {
    let user = person(by)?;
    let held = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    let whom = store::person(tx, held.candidate).await?.ok_or(AppError::NotFound)?;
    if held.kept_at.is_some() {
        return Err(AppError::refused(
            "This promise is kept already",
            "The person has heard from us; there is no date to move.",
        ));
    }
    if let Some(words) = cannot_move(held.due_on, today(whom.zone, now), due_on) {
        return Err(AppError::refused("The date stays as it is", words));
    }
    store::move_to(tx, &held, (due_on, end_of(due_on, whom.zone)?), reason, user, now).await?;
    let data = json!({ "promise": id, "from": held.due_on, "to": due_on });
    events::record(tx, by, now, "promise.moved", ("candidate", held.candidate.0), data).await?;
    let subject = format!("You hear from us by {}", near(due_on));
    let body = format!(
        "We promised you an answer by {}, and need until {}. Why: {reason}",
        near(held.due_on),
        near(due_on)
    );
    tell(tx, by, now, held.candidate, Occasion::Moved, (&subject, &body)).await?;
    Ok(held.candidate)
}

/// Writes to somebody: by letter, where there is an address, and at their home. Keeps what was promised.
pub async fn write(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    words: (&str, &str),
) -> AppResult<MessageId> {
    let whom = store::person(tx, candidate).await?.ok_or(AppError::NotFound)?;
    if whom.user.is_none() && whom.email.is_none() {
        return Err(AppError::refused(
            "There is no way to reach this person",
            "Nobody knows an address of theirs, and they have no account. Enter the address on their profile first.",
        ));
    }
    let id = tell(tx, by, now, candidate, Occasion::Word, words).await?;
    keep(tx, by, now, candidate, How::Message).await?;
    Ok(id)
}

/// Writes the words down where the person reads them, and sends them. The act that they belong to keeps what was promised.
pub async fn tell(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    occasion: Occasion,
    (subject, body): (&str, &str),
) -> AppResult<MessageId> {
    let user = person(by)?;
    let whom = store::person(tx, candidate).await?.ok_or(AppError::NotFound)?;
    let id = MessageId::new();
    let to = whom.reached();
    let new = NewMessage {
        id,
        candidate,
        occasion,
        subject,
        body,
        by_letter: to.is_some(),
        by: user,
    };
    let name = store::insert_message(tx, &new, now).await?;
    if let Some(to) = to {
        mail::post(tx, now, letters::message(to, id, &name, (subject, body))).await?;
    }
    let data = json!({ "message": id, "occasion": occasion });
    events::record(tx, by, now, "candidate.written_to", ("candidate", candidate.0), data).await?;
    Ok(id)
}

impl Person {
    /// Whom a letter goes to: the account's address, or else the one the profile has.
    fn reached(&self) -> Option<Recipient<'_>> {
        let address = self.email.as_deref()?;
        Some(Recipient {
            user: self.user,
            address,
            name: self.name.as_deref().unwrap_or_default(),
        })
    }
}
