//! The admin's view of accounts: who is there, what they may, who is invited.

pub mod actions;
pub mod pages;
pub mod store;
