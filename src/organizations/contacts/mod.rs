//! The contacts of a client: who they are, who is invited to join them, who leaves. The same acts by a contact for the own
//! company and by staff for any.

pub mod actions;
pub mod pages;
pub mod store;
