//! Vetting checks, from which "vetted" is derived.

pub mod pages;
