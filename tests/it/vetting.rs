//! Tests of vetting.
