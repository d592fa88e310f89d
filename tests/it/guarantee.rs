//! Tests of guarantee.
