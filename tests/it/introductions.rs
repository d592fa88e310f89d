//! Tests of introductions.
