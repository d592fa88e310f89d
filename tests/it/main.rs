//! The one integration-test binary: a module per domain, shared support beside them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on says so by panicking, as the test does"
)]
#![expect(
    clippy::many_single_char_names,
    clippy::similar_names,
    reason = "models use the letters of the rule they judge"
)]
#![expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a table of cases or of seeded mistakes reads best in one piece"
)]

mod access;
mod accounts;
mod browser;
mod candidates;
mod commits;
mod doctor;
mod faults;
mod guarantee;
mod import;
mod introductions;
mod kills;
mod look;
mod matching;
mod models;
mod money;
mod organizations;
mod overlap;
mod pages;
mod placements;
mod postgres;
mod process;
mod requests;
mod score;
mod support;
mod takehome;
mod tidy;
mod tracks;
mod vetting;
mod zones;
