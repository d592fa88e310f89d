//! People the agency places: profile, claim ledger, import.

pub mod import;

pub mod pages;
