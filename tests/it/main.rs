//! The one integration-test binary: a module per domain, shared support beside them.

mod access;
mod accounts;
mod browser;
mod candidates;
mod doctor;
mod faults;
mod guarantee;
mod import;
mod introductions;
mod look;
mod matching;
mod models;
mod money;
mod organizations;
mod overlap;
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
