//! What every page shares: guards, forms, layout, errors, paging.

pub mod request_id;
pub mod security;
