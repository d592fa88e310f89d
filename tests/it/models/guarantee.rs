//! Slow model of guarantee: imports nothing from the rule.
