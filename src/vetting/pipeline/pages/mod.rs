//! The pipeline as a board and as a table, its acts, its saved views, and the way along a list from person to person.

mod beside;
mod board;
mod bulk;
mod move_on;
mod query;
mod views;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/pipeline", board::pipeline);
    r.get("/pipeline/move", move_on::ask);
    r.post("/pipeline/move", move_on::carry_out);
    r.get("/pipeline/bulk", bulk::ask);
    r.post("/pipeline/bulk", bulk::carry_out);
    r.get("/pipeline/views", views::views);
    r.post("/pipeline/views", views::save);
    r.post("/pipeline/views/{id}", views::change);
    r.get("/candidates/{id}/beside", beside::beside);
}
