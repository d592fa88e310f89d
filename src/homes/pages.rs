//! Routes of the homes.

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    super::admin::routes(r);
    super::audit::routes(r);
    super::client::routes(r);
    super::desk::routes(r);
    super::histories::routes(r);
    super::installation::routes(r);
    super::jobs::routes(r);
    super::leaving::routes(r);
    super::mail::routes(r);
    super::me::routes(r);
}
