//! Client companies, their contacts and their agreements.

pub mod actions;
pub mod contacts;
pub mod pages;
pub mod store;
pub mod terms;
