//! Challenge assignments, uploads and grades by hand.

pub mod blobs;
pub mod pages;
pub mod rubric;
