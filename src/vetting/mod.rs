//! Vetting checks, from which "vetted" is derived.
