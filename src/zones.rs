//! IANA time zones with bundled data.
