//! Overlap of two working weeks, regime by regime. Pure.
