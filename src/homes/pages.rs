//! Routes of the homes.

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    super::client::routes(r);
    super::desk::routes(r);
    super::me::routes(r);
}
