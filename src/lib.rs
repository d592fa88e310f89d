//! Meridian: an app for agencies that place vetted software developers with clients in other countries.
//!
//! # Reading order
//!
//! 1. `migrations/`: the schema is the shortest description of the product. Its named constraints are the rules that no
//!    race and no second server can break.
//! 2. The kernel, which knows no word of the trade: [`ids`], [`clock`], [`zones`], [`money`], [`error`], [`config`], [`db`], [`tokens`], [`network`], [`throttle`], [`blobs`], [`health`],
//!    [`countries`], [`logging`], [`postgres`] (a private server for demo, development and tests).
//! 3. One domain from front to back, say [`requests`]: `pages.rs` (routes, handlers, forms) -> `actions.rs` (one function
//!    for each thing a user wants done) -> `store.rs` (SQL) -> `templates/requests/`. Every domain that has pages has these
//!    names, as a file or, when it grew, as a folder. A handler that changes something takes a [`web::Act`].
//! 4. The pure rules, each a page of arithmetic with time as an argument: [`matching::score`], [`matching::overlap`],
//!    [`placements::guarantee`], [`business_days`], [`takehome::rubric`]. Each has a slow second model that imports nothing from it, under
//!    `tests/it/models/`; the rubric's, a few lines of exact fractions, stands beside its own tests.
//! 5. [`app`]: the only file that knows every domain. [`cli`]: the commands. [`demo`]: an agency made by its users' acts.
//!
//! # Which way imports go
//!
//! Down only: [`app`], [`cli`], [`demo`] -> [`homes`] -> pages -> [`web`] -> [`accounts`]; pages -> actions -> store, rules;
//! [`placements`] -> [`introductions`] -> [`matching`] -> [`takehome`] -> [`vetting`] -> [`candidates`], [`requests`] ->
//! [`promises`] -> [`holidays`] -> [`tracks`], [`organizations`] -> [`accounts`] -> [`mail`] -> [`events`], [`jobs`] -> kernel. `tests/it/tidy.rs` reads every
//! `use crate::` and fails on an arrow that runs up.
//!
//! # Invariants
//!
//! - The instant of a request is what [`clock::Clock`] said once for it; SQL binds it and never calls `now()`.
//! - A change of state is one function that checks, writes and records an event in one transaction; the database has the
//!   same state machine (`state_transitions`) and refuses the rest.
//! - A row of people, money, terms, roles or states does not change without an event that holds it before and after: triggers
//!   see each change and the database refuses one without an event to the role that pages run as ([`events`]).
//! - Who may call a handler stands in its arguments ([`web::guards`]); a record outside the viewer's scope is not found by
//!   the query itself, so it is a 404.
//! - A score orders a list and rejects nobody: a rejection is the act of somebody of the staff ([`candidates::rejection`]).
//! - Whoever applied, or whose check is finished, has a date by which they hear from the agency ([`promises`]).
//! - What a list needs of each person stands beside the person, written by triggers in the transaction that changes it
//!   (migrations 0105, 0123, 0126, 0150, 0160): packed skills and checks, the stage in the pipeline, and words to search by. Tests
//!   compare each with what it follows from.
//! - Whoever owes a scorecard about somebody reads no scores of theirs before it is in: queries that read one take the
//!   reader's eyes ([`candidates::blind`]).
//! - Unknown values stay unknown: they are `NULL`, they fail no gate and they earn no points.
//!
//! # Absent on purpose
//!
//! - A job queue: a sweep a minute does what is due, and letters are their own queue ([`mail`] says why). No rule depends on
//!   either having run.
//! - Repository traits, an `AppState`, a client-side framework, a bundler, a folder of documents: a decision is a paragraph
//!   in the module it binds.
//! - Running what candidates upload: nothing executes a byte of it, and checks that would have to say that they did not run. The
//!   server opens no upload either: child processes unpack and read them within limits of the kernel's ([`takehome::evidence`]).

// Shared templates call functions by one path, here and in the style guide of the tests.
extern crate self as meridian;

pub mod accounts;
pub mod app;
pub mod blobs;
pub mod business_days;
pub mod candidates;
pub mod cli;
pub mod clock;
pub mod config;
pub mod countries;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod events;
pub mod health;
pub mod holidays;
pub mod homes;
pub mod ids;
pub mod introductions;
pub mod jobs;
pub mod logging;
pub mod mail;
pub mod matching;
pub mod memory;
pub mod money;
pub mod network;
pub mod organizations;
pub mod placements;
pub mod postgres;
pub mod promises;
pub mod requests;
pub mod takehome;
pub mod throttle;
pub mod tokens;
pub mod tracks;
pub mod vetting;
pub mod web;
pub mod zones;
