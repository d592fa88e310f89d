//! Slow model of score: imports nothing from the rule.
