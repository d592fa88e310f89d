//! Role requests and their seats; the honest intake.

pub mod pages;
