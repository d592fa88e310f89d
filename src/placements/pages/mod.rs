//! Pages of offers, placements and guarantee claims.

mod act;
mod offers;
mod show;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    offers::routes(r);
    show::routes(r);
    act::routes(r);
}
