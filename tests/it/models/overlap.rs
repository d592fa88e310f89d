//! Slow model of overlap: imports nothing from the rule.
