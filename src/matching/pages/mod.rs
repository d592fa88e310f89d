//! Routes and pages of matching. Staff only, but for the formula, which everybody may read.

mod formula;
mod head;
mod matches;
mod rows;
mod runs;
mod scored;
mod to_confirm;

pub use scored::Pools;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/requests/{id}/matches", matches::matches);
    r.get("/requests/{id}/matches/to-confirm", to_confirm::to_confirm);
    r.get("/requests/{id}/runs", runs::list);
    r.get("/runs/{id}", runs::one);
    r.get("/formula", formula::formula);
}
