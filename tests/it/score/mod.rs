//! The score against a slow model, its properties, and seeded mistakes that must be noticed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else may panic, helpers included"
)]

mod agreement;
mod pools;
mod properties;
