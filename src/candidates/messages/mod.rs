//! What the agency wrote to somebody: the staff's page with "Write to them", and the person's own.

pub mod pages;
