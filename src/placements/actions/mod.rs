//! What people do with offers, placements and guarantee claims, each inside the caller's transaction.
//!
//! Locks are taken in one order: (of an acceptance: the person,) introduction, offer, request, seat, claim. A departure and a decision hold their placement before
//! them; a hire touches no placement but its own and the one that a decided claim replaces. Two acts that meet wait for each
//! other and the second one finds the first one's result.

mod claims;
mod hires;
mod offers;

pub use claims::{Departed, decide, depart};
pub use hires::{cancel, no_show, settle};
pub use offers::{NewTerms, accept, decline, offer, withdraw};

use crate::db::constraint_of;
use crate::error::AppError;
use crate::introductions;

/// Turns the refusal of a named rule of the schema into words.
fn refusal(error: sqlx::Error) -> AppError {
    match constraint_of(&error) {
        Some("offers_one_live_per_seat") => AppError::refused(
            "An offer for this seat is out already",
            "Wait for its answer, or take it back, before you make another one.",
        ),
        Some("offers_to_the_chosen") => AppError::refused(
            "The client has not chosen this person",
            "An offer goes to the person the client chose. Their decision may have changed: look at the introduction.",
        ),
        Some("offers_seat_open" | "placements_one_hire_per_seat") => AppError::refused(
            "This seat is filled",
            "Somebody was hired for it. Look at the other seats of the request.",
        ),
        // Told no at this moment.
        Some("offers_not_to_rejected") => AppError::overtaken(),
        Some("offers_not_off_limits") => introductions::actions::stopped(),
        Some("placements_one_at_a_time") => introductions::actions::placed_already(),
        Some("guarantee_claims_one_open") => AppError::refused(
            "A guarantee claim is open already",
            "Open the placement: the claim and what it waits for stand there.",
        ),
        _ => error.into(),
    }
}
