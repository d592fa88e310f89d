//! Business days: the rule against a slow model, the shipped holidays against the statutes' own words, and the admin's pages.

mod against_model;
mod pages;
mod shipped;
