//! The scorer, the overlap of working weeks, stored and replayable match runs.
//!
//! A run goes one way: [`store`] reads rows, [`pool`] makes them the raw inputs ([`raw::RawRun`]), [`inputs`] derives
//! what the formula reads (overlap, bill rate), [`score`] says points, [`runs`] keeps raw inputs and results together.
//! A replay starts from the stored raw inputs and walks the same way; it looks at stored results only to compare.

pub mod cli;
pub mod inputs;
pub mod overlap;
pub mod pages;
pub mod pool;
pub mod raw;
pub mod runs;
pub mod score;
pub mod store;
