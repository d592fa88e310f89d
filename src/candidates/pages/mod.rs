//! The pool's pages. For staff: the list, a person's record, the forms. For people themselves: `apply` and `own`.

pub mod apply;
mod edit;
pub mod form;
pub mod head;
mod ledger;
pub mod list;
pub mod own;
pub mod own_skills;
mod show;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates", list::list);
    r.get("/candidates/new", edit::new);
    r.post("/candidates", edit::create);
    r.get("/candidates/{id}", show::show);
    r.get("/candidates/{id}/edit", edit::form);
    r.post("/candidates/{id}/edit", edit::save);
    r.post("/candidates/{id}/invite", show::invite);
    r.post("/candidates/{id}/state", edit::change_state);
    r.get("/candidates/{id}/ledger", ledger::ledger);
    r.post("/candidates/{id}/ledger", ledger::add);
    r.post("/candidates/{id}/ledger/act", ledger::act);
    r.get("/candidates/{id}/history", show::history);
    super::cv::pages::routes(r);
    super::notes::pages::routes(r);
    super::off_limits::pages::routes(r);
    super::messages::pages::routes(r);
    super::rejection::pages::routes(r);
}
