//! What staff write down about a person or a client: newest first, with a pin for what everybody should know. Nobody else
//! reads it, and nothing else reads it: no match, no letter, no page of a client or a candidate.
//!
//! 21 November 2026. A correction is another version by the same author within a day, and what stood there stays: a note that
//! somebody acted on must not turn into another one afterwards. Later, a new note says what changed. When a person's data is
//! erased, their notes are to go with it; until then the database refuses to remove one.

pub mod actions;
pub mod pages;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::UserId;

/// The longest note, in characters.
pub const LONGEST: usize = 10_000;

/// Whether somebody may still correct a note: its author, for a day.
pub fn may_correct(author: UserId, made_at: DateTime<Utc>, who: UserId, now: DateTime<Utc>) -> bool {
    author == who && now < made_at + TimeDelta::hours(24)
}
