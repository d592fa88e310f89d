//! Tracks, the skills taxonomy, challenges, rubrics, mark-ups and exchange rates: data an admin keeps.

pub mod pages;
pub mod seed;
pub mod skills;

pub mod levels;
