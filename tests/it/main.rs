//! The one integration-test binary: a module per domain, shared support beside them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on says so by panicking, as the test does"
)]

mod access;
mod accounts;
mod acts;
mod asvs;
mod audit;
mod browser;
mod business_days;
mod candidates;
mod commits;
mod cv;
mod demo;
mod doctor;
mod evidence;
mod faults;
mod guarantee;
mod homes;
mod http;
mod import;
mod intake;
mod introductions;
mod kills;
mod links;
mod look;
mod mail;
mod main_job;
mod matching;
mod models;
mod money;
mod notes;
mod off_limits;
mod organizations;
mod overlap;
mod pages;
mod placements;
mod postgres;
mod process;
mod promises;
mod rejection;
mod requests;
mod round_the_app;
mod score;
mod signing_in;
mod support;
mod takehome;
mod tidy;
mod tracks;
mod vetting;
mod zones;
