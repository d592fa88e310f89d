//! Tests of takehome.
