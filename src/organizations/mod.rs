//! Client companies, their contacts and their agreements.

pub mod pages;
pub mod terms;
