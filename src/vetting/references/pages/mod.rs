//! Pages of references: the staff's, the person's own, and the one that a referee opens from a letter.

mod own;
mod referee;
mod staff;
mod typed;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/references", staff::list);
    r.post("/candidates/{id}/references", staff::ask);
    r.post("/candidates/{id}/references/{reference}/send", staff::send);
    r.post("/candidates/{id}/references/{reference}/remind", staff::remind);
    r.post("/candidates/{id}/references/{reference}/withdraw", staff::withdraw);
    r.get("/me/references", own::list);
    r.post("/me/references", own::name);
    r.post("/me/references/{reference}/remove", own::remove);
    r.get("/reference/{token}", referee::open);
    r.post("/reference/{token}", referee::answer);
    r.post("/reference/{token}/confirm", referee::confirm);
    r.post("/reference/{token}/decline", referee::decline);
}
