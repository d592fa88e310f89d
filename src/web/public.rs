//! Public pages that know no domain.

use super::Routes;

/// Mounts the routes.
pub fn routes(_r: &mut Routes) {}
