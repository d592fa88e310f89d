//! Routes and pages of role requests.

mod by_phone;
mod charge;
mod fields;
mod form;
mod intake;
mod intake_page;
mod kept;
mod list;
mod role;
mod show;
mod skill_rows;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/start", intake::start_page);
    r.post("/start", intake::start);
    r.post("/start/draft", kept::autosave);
    r.post("/start/afresh", kept::afresh);
    r.get("/requests", list::list);
    r.get("/requests/new", by_phone::new_page);
    r.post("/requests/new", by_phone::file);
    r.get("/requests/{id}", show::show);
    r.get("/requests/{id}/edit", intake::edit_page);
    r.post("/requests/{id}/edit", intake::edit);
    r.post("/requests/{id}/submit", show::submit);
    r.post("/requests/{id}/ask", show::ask);
    r.post("/requests/{id}/answer", show::answer);
    r.post("/requests/{id}/open", show::open);
    r.post("/requests/{id}/hold", show::hold);
    r.post("/requests/{id}/resume", show::resume);
    r.post("/requests/{id}/cancel", show::cancel);
    r.post("/requests/{id}/recruiter", charge::put);
}
