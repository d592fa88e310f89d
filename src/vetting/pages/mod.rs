//! Pages of checks: a person's checks, one check, one's own scorecard.

mod card;
mod card_form;
mod check;
mod check_acts;
mod files;
mod findings;
mod judgement;
mod list;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/vetting", list::vetting);
    r.post("/candidates/{id}/checks", list::record);
    r.post("/candidates/{id}/findings/{finding}", findings::finding);
    r.get("/candidates/{id}/checks/{check}", check::check);
    r.post("/candidates/{id}/checks/{check}/cancel", list::cancel);
    r.post("/candidates/{id}/checks/{check}/schedule", check_acts::schedule);
    r.post("/candidates/{id}/checks/{check}/step", check_acts::step);
    r.post("/candidates/{id}/checks/{check}/assessors", check_acts::assign);
    r.post("/candidates/{id}/checks/{check}/release", check_acts::release);
    r.post("/candidates/{id}/checks/{check}/decide", check_acts::decide);
    r.post("/candidates/{id}/checks/{check}/files", files::send);
    r.get("/candidates/{id}/checks/{check}/files/{attachment}", files::fetch);
    r.get("/candidates/{id}/checks/{check}/card", card::card);
    r.post("/candidates/{id}/checks/{check}/card", card::save);
    super::pipeline::pages::routes(r);
}
