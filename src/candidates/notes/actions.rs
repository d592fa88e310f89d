//! Writing a note, correcting it, pinning it.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::may_correct;
use super::store;
use crate::candidates::about::About;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{NoteId, UserId};

fn staff(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Writes a note.
pub async fn add(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, about: About, body: &str) -> AppResult<NoteId> {
    let user = staff(by)?;
    store::title(tx, about).await?.ok_or(AppError::NotFound)?;
    let id = NoteId::new();
    store::insert(tx, id, about, body, user, now).await?;
    let kind = match about {
        About::Candidate(_) => "candidate.note_added",
        About::Organization(_) => "organization.note_added",
    };
    events::record(tx, by, now, kind, about.subject(), json!({})).await?;
    Ok(id)
}

/// Corrects one's own note within a day; the earlier text stays.
pub async fn correct(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: NoteId,
    body: &str,
) -> AppResult<About> {
    let user = staff(by)?;
    let held = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    if !may_correct(held.author, held.made_at, user, now) {
        return Err(AppError::refused(
            "This note stays as it is",
            "A note is corrected by whoever wrote it, within a day. Write another one that says what changed.",
        ));
    }
    store::correct(tx, id, body, user, now).await?;
    let kind = match held.about {
        About::Candidate(_) => "candidate.note_corrected",
        About::Organization(_) => "organization.note_corrected",
    };
    events::record(tx, by, now, kind, held.about.subject(), json!({})).await?;
    Ok(held.about)
}

/// Pins a note, or takes the pin: the other of what it is. Says what it is now.
pub async fn turn_pin(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: NoteId) -> AppResult<(About, bool)> {
    staff(by)?;
    let held = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    store::pin(tx, id, !held.pinned).await?;
    let kind = match held.about {
        About::Candidate(_) => "candidate.note_pinned",
        About::Organization(_) => "organization.note_pinned",
    };
    let data = json!({ "pinned": !held.pinned });
    events::record(tx, by, now, kind, held.about.subject(), data).await?;
    Ok((held.about, !held.pinned))
}
