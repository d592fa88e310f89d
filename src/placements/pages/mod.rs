//! Pages of offers, placements and guarantee claims.

mod act;
mod head;
mod list;
mod offer_form;
mod offers;
mod record;
mod show;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    offers::routes(r);
    list::routes(r);
    show::routes(r);
    record::routes(r);
    act::routes(r);
}
