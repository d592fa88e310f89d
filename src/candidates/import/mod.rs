//! Import of candidates from CSV files by a mapping.
