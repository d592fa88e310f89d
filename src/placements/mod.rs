//! Offers, placements, the guarantee calendar and its claims.

pub mod guarantee;

pub mod pages;
