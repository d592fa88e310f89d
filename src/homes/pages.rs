//! Routes of the homes.

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    super::desk::routes(r);
}
