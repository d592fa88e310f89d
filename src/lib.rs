//! Meridian.

pub mod accounts;
pub mod app;
pub mod candidates;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
pub mod events;
pub mod homes;
pub mod ids;
pub mod introductions;
pub mod jobs;
pub mod logging;
pub mod matching;
pub mod money;
pub mod organizations;
pub mod placements;
pub mod postgres;
pub mod requests;
pub mod takehome;
pub mod tracks;
pub mod vetting;
pub mod web;
pub mod zones;
