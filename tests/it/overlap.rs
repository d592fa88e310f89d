//! Tests of overlap.
