//! Tests of tracks.
