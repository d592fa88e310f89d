//! Slow, obvious models: they import nothing from the rules they judge.

pub mod business_days;
pub mod chain;
pub mod guarantee;
pub mod ledger;
pub mod off_limits;
pub mod overlap;
pub mod score;
pub mod stages;
pub mod vetting;
