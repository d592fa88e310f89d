//! What every page shares: guards, forms, layout, errors, paging.

pub mod marks;
