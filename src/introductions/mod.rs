//! Shortlists, consent and the client's decisions.

pub mod pages;
