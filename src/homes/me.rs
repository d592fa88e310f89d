//! The candidate's home.

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(_r: &mut Routes) {}
