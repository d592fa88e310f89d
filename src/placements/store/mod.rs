//! SQL of offers, placements, guarantees and guarantee claims.

pub mod claims;
pub mod hires;
pub mod offers;
