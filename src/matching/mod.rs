//! The scorer, the overlap of working weeks, stored and replayable match runs.

pub mod overlap;
pub mod score;

pub mod pages;
