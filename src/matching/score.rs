//! The scorer: gates and points, integers only. Pure.
