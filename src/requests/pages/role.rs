//! The kind of role that a request asks for. With one open track there is nothing to choose and nothing is shown; with
//! several the client chooses, and the usual skills and the market figures follow the choice: at once where there is
//! script, by a button where there is none.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::form::RequestForm;
use super::intake_page::{Offer, offer};
use crate::error::{AppError, AppResult};
use crate::ids::TrackId;
use crate::requests::store::RequestRow;
use crate::requests::store::catalogue::{self, TemplateSkill};
use crate::tracks::store::open;
use crate::tracks::{OpenTrack, choose};
use crate::web::FormErrors;

/// The tracks to choose from; none is an agency that is not set up.
pub async fn open(conn: &mut PgConnection) -> AppResult<Vec<OpenTrack>> {
    let tracks = open::open(conn).await?;
    if tracks.is_empty() {
        return Err(AppError::refused(
            "The agency takes no requests yet",
            "It has not said yet which roles it hires for. Please come back later.",
        ));
    }
    Ok(tracks)
}

/// The track of a request and those it may have instead: a search that is open keeps its own.
pub async fn of_request(conn: &mut PgConnection, row: &RequestRow) -> AppResult<(OpenTrack, Vec<OpenTrack>)> {
    let mut tracks = open::open_for(conn, row.id).await?;
    if !row.state.may_change_track() {
        tracks.retain(|track| track.id == row.track_id);
    }
    let track = tracks.iter().find(|track| track.id == row.track_id).cloned();
    Ok((track.ok_or(AppError::NotFound)?, tracks))
}

/// The track that the form names, if it names one, and what the form offers for it. The skills of the form follow a
/// changed choice, and nobody sends skills that they have not seen: then `errors` asks to look at them.
pub async fn read(
    conn: &mut PgConnection,
    form: &mut RequestForm,
    tracks: Vec<OpenTrack>,
    now: DateTime<Utc>,
    errors: &mut FormErrors,
) -> AppResult<(Option<TrackId>, Offer)> {
    let chosen = match choose(&tracks, &form.track) {
        Ok(track) => Some(track.clone()),
        // Further lines can be had before anything is decided.
        Err(_) if form.act == "more" => None,
        Err(words) => errors.take("track", Err(words)),
    };
    if let Some(track) = &chosen
        && tracks.len() > 1
        && form.filled_for != track.slug
    {
        let left = match choose(&tracks, &form.filled_for) {
            Ok(left) => catalogue::template(conn, left.id).await?,
            Err(_) => Vec::new(),
        };
        let comes = catalogue::template(conn, track.id).await?;
        if refill(form, &left, &comes, &track.slug) && form.asks_to_keep() {
            errors.add(
                "track",
                "The usual skills of this kind of role stand below now. Look them over, then send it again.",
            );
        }
    }
    let chosen = chosen.map(|track| track.id);
    Ok((chosen, offer(conn, tracks, chosen, now).await?))
}

/// Puts the usual skills of the new track (`comes`) in place of those of the one before (`left`) that nobody touched.
/// What somebody typed or changed stays. Whether it did so: not when the person filled in the skills without help.
fn refill(form: &mut RequestForm, left: &[TemplateSkill], comes: &[TemplateSkill], slug: &str) -> bool {
    let wanted = form.act == "role" || form.act == "more";
    let stale = form.forget_skills(left);
    let bare = form.has_no_skills() && form.act != "draft";
    if !(wanted || stale || bare) {
        return false;
    }
    slug.clone_into(&mut form.filled_for);
    form.add_skills(comes);
    true
}
