//! Challenge assignments, uploads and grades by hand.

pub mod pages;
