//! Challenge assignments, uploads and grades by hand.
