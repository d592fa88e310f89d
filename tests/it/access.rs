//! The access matrix: every route of the app, and who may reach it. A route that is not listed fails the test, and so
//! does a row without a route.
//!
//! Ids are unknown ones here: who may reach the page gets a 404 (or a refusal of the form), everybody else is stopped
//! before the database is asked. That their own record is found and somebody else's is a 404 is shown in [`others`].

mod others;
mod roles;

use meridian::accounts::Role::{self, Admin, Candidate, Client, Recruiter};

/// Who may reach a route.
enum Who {
    /// Strangers too.
    Everybody,
    /// People of these roles.
    Only(&'static [Role]),
}
use Who::{Everybody, Only};

const ALL: &[Role] = &[Admin, Recruiter, Client, Candidate];
const STAFF: &[Role] = &[Admin, Recruiter];
const OWNER: &[Role] = &[Admin];
const PARTIES: &[Role] = &[Admin, Recruiter, Candidate];
const BOTH_SIDES: &[Role] = &[Admin, Recruiter, Client];

/// One row a route: method, path, who. Sorted by domain.
const MATRIX: &[(&str, &str, Who)] = &[
    // accounts
    ("GET", "/login", Everybody),
    ("POST", "/login", Everybody),
    ("POST", "/logout", Everybody),
    ("GET", "/account", Only(ALL)),
    ("POST", "/account/name", Only(ALL)),
    ("POST", "/account/password", Only(ALL)),
    ("GET", "/login/code", Everybody),
    ("POST", "/login/code", Everybody),
    ("GET", "/account/prove", Only(ALL)),
    ("POST", "/account/prove", Only(ALL)),
    ("GET", "/account/sessions", Only(ALL)),
    ("POST", "/account/sessions/end", Only(ALL)),
    ("POST", "/account/sessions/end-all", Only(ALL)),
    ("POST", "/account/sessions/{id}/end", Only(ALL)),
    ("GET", "/account/second-factor", Only(ALL)),
    ("POST", "/account/second-factor/begin", Only(ALL)),
    ("POST", "/account/second-factor/confirm", Only(ALL)),
    ("POST", "/account/second-factor/codes", Only(ALL)),
    ("POST", "/account/second-factor/off", Only(ALL)),
    ("GET", "/admin/settings", Only(OWNER)),
    ("POST", "/admin/settings/second-factor", Only(OWNER)),
    ("POST", "/account/email", Only(ALL)),
    ("POST", "/account/confirm", Only(ALL)),
    ("GET", "/forgot", Everybody),
    ("POST", "/forgot", Everybody),
    ("GET", "/reset/{token}", Everybody),
    ("POST", "/reset/{token}", Everybody),
    ("GET", "/confirm/{token}", Everybody),
    ("POST", "/confirm/{token}", Everybody),
    ("GET", "/invitations/{token}", Everybody),
    ("POST", "/invitations/{token}", Everybody),
    ("GET", "/admin/people", Only(OWNER)),
    ("POST", "/admin/people/invitations", Only(OWNER)),
    ("POST", "/admin/people/invitations/{id}/end", Only(OWNER)),
    ("POST", "/admin/people/{id}/role", Only(OWNER)),
    ("GET", "/admin/people/{id}/leaving", Only(OWNER)),
    ("POST", "/admin/people/{id}/deactivate", Only(OWNER)),
    ("POST", "/admin/people/{id}/reactivate", Only(OWNER)),
    ("POST", "/admin/people/{id}/sign-out", Only(OWNER)),
    ("POST", "/admin/people/{id}/second-factor/off", Only(OWNER)),
    ("GET", "/privacy", Everybody),
    ("GET", "/privacy/{number}", Everybody),
    ("GET", "/terms", Everybody),
    ("GET", "/terms/{number}", Everybody),
    ("GET", "/account/documents", Only(ALL)),
    ("POST", "/account/documents", Only(ALL)),
    // mail
    ("GET", "/outbox", Only(ALL)),
    ("GET", "/outbox/{id}", Only(ALL)),
    ("GET", "/admin/mail", Only(OWNER)),
    ("GET", "/admin/mail/{id}", Only(OWNER)),
    ("POST", "/admin/mail/resend", Only(OWNER)),
    ("POST", "/admin/mail/{id}/resend", Only(OWNER)),
    // public
    ("GET", "/", Everybody),
    ("GET", "/how-we-vet", Everybody),
    ("GET", "/guarantee", Everybody),
    // tracks
    ("GET", "/admin/tracks", Only(OWNER)),
    ("POST", "/admin/tracks", Only(OWNER)),
    ("GET", "/admin/tracks/new", Only(OWNER)),
    ("GET", "/admin/tracks/{id}", Only(OWNER)),
    ("POST", "/admin/tracks/{id}", Only(OWNER)),
    ("GET", "/admin/tracks/{id}/{part}", Only(OWNER)),
    ("POST", "/admin/tracks/{id}/{part}", Only(OWNER)),
    ("GET", "/admin/skills", Only(OWNER)),
    ("POST", "/admin/skills", Only(OWNER)),
    ("GET", "/admin/skills/new", Only(OWNER)),
    ("GET", "/admin/skills/{id}", Only(OWNER)),
    ("POST", "/admin/skills/{id}", Only(OWNER)),
    ("POST", "/admin/skills/{id}/retire", Only(OWNER)),
    ("POST", "/admin/skills/{id}/restore", Only(OWNER)),
    ("GET", "/admin/rates", Only(OWNER)),
    ("POST", "/admin/rates", Only(OWNER)),
    ("GET", "/admin/markups", Only(OWNER)),
    ("POST", "/admin/markups", Only(OWNER)),
    // business days
    ("GET", "/admin/holidays", Only(OWNER)),
    ("POST", "/admin/holidays", Only(OWNER)),
    ("POST", "/admin/holidays/copy", Only(OWNER)),
    ("POST", "/admin/holidays/choices", Only(OWNER)),
    ("GET", "/admin/holidays/{id}", Only(OWNER)),
    ("POST", "/admin/holidays/{id}", Only(OWNER)),
    ("POST", "/admin/holidays/{id}/remove", Only(OWNER)),
    // promises
    ("GET", "/promises", Only(STAFF)),
    ("GET", "/promises/{id}", Only(STAFF)),
    ("POST", "/promises/{id}", Only(STAFF)),
    ("GET", "/candidates/{id}/messages", Only(STAFF)),
    ("POST", "/candidates/{id}/messages", Only(STAFF)),
    ("GET", "/me/messages", Only(&[Candidate])),
    // rejections
    ("GET", "/candidates/{id}/reject", Only(STAFF)),
    ("POST", "/candidates/{id}/reject", Only(STAFF)),
    ("POST", "/candidates/{id}/reject/take-back", Only(STAFF)),
    ("POST", "/me/apply-again", Only(&[Candidate])),
    // candidates
    ("GET", "/candidates", Only(STAFF)),
    ("POST", "/candidates", Only(STAFF)),
    ("GET", "/candidates/new", Only(STAFF)),
    ("GET", "/candidates/{id}", Only(STAFF)),
    ("GET", "/candidates/{id}/edit", Only(STAFF)),
    ("POST", "/candidates/{id}/edit", Only(STAFF)),
    ("POST", "/candidates/{id}/invite", Only(STAFF)),
    ("POST", "/candidates/{id}/state", Only(STAFF)),
    ("GET", "/candidates/{id}/ledger", Only(STAFF)),
    ("POST", "/candidates/{id}/ledger", Only(STAFF)),
    ("POST", "/candidates/{id}/ledger/act", Only(STAFF)),
    ("GET", "/candidates/{id}/history", Only(STAFF)),
    ("GET", "/me/cv", Only(&[Candidate])),
    ("POST", "/me/cv", Only(&[Candidate])),
    ("GET", "/me/cv/{id}", Only(&[Candidate])),
    ("POST", "/me/cv/{id}/remove", Only(&[Candidate])),
    ("GET", "/candidates/{id}/cv", Only(STAFF)),
    ("POST", "/candidates/{id}/cv", Only(STAFF)),
    ("GET", "/candidates/{id}/cv/{file}", Only(STAFF)),
    ("GET", "/candidates/{id}/notes", Only(STAFF)),
    ("POST", "/candidates/{id}/notes", Only(STAFF)),
    ("GET", "/organizations/{id}/notes", Only(STAFF)),
    ("POST", "/organizations/{id}/notes", Only(STAFF)),
    ("GET", "/notes/{id}", Only(STAFF)),
    ("POST", "/notes/{id}", Only(STAFF)),
    ("POST", "/notes/{id}/pin", Only(STAFF)),
    ("GET", "/candidates/{id}/off-limits", Only(STAFF)),
    ("POST", "/candidates/{id}/off-limits", Only(STAFF)),
    ("POST", "/candidates/{id}/off-limits/{rule}/end", Only(STAFF)),
    ("GET", "/organizations/{id}/off-limits", Only(STAFF)),
    ("POST", "/organizations/{id}/off-limits", Only(STAFF)),
    ("POST", "/organizations/{id}/off-limits/{rule}/end", Only(STAFF)),
    ("GET", "/apply", Everybody),
    ("POST", "/apply", Everybody),
    ("GET", "/me/profile", Only(&[Candidate])),
    ("POST", "/me/profile", Only(&[Candidate])),
    ("GET", "/me/hours", Only(&[Candidate])),
    ("POST", "/me/hours", Only(&[Candidate])),
    ("GET", "/me/skills", Only(&[Candidate])),
    ("POST", "/me/skills", Only(&[Candidate])),
    ("POST", "/me/state", Only(&[Candidate])),
    // vetting
    ("GET", "/candidates/{id}/vetting", Only(STAFF)),
    ("POST", "/candidates/{id}/checks", Only(STAFF)),
    ("POST", "/candidates/{id}/findings/{finding}", Only(STAFF)),
    ("GET", "/candidates/{id}/checks/{check}", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/cancel", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/schedule", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/step", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/assessors", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/release", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/decide", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/files", Only(STAFF)),
    ("GET", "/candidates/{id}/checks/{check}/files/{attachment}", Only(STAFF)),
    ("GET", "/candidates/{id}/checks/{check}/card", Only(STAFF)),
    ("POST", "/candidates/{id}/checks/{check}/card", Only(STAFF)),
    ("GET", "/candidates/{id}/beside", Only(STAFF)),
    ("GET", "/pipeline", Only(STAFF)),
    ("GET", "/pipeline/move", Only(STAFF)),
    ("POST", "/pipeline/move", Only(STAFF)),
    ("GET", "/pipeline/bulk", Only(STAFF)),
    ("POST", "/pipeline/bulk", Only(STAFF)),
    ("GET", "/pipeline/views", Only(STAFF)),
    ("POST", "/pipeline/views", Only(STAFF)),
    ("POST", "/pipeline/views/{id}", Only(STAFF)),
    ("GET", "/candidates/{id}/references", Only(STAFF)),
    ("POST", "/candidates/{id}/references", Only(STAFF)),
    ("POST", "/candidates/{id}/references/{reference}/send", Only(STAFF)),
    ("POST", "/candidates/{id}/references/{reference}/remind", Only(STAFF)),
    ("POST", "/candidates/{id}/references/{reference}/withdraw", Only(STAFF)),
    ("GET", "/me/references", Only(&[Candidate])),
    ("POST", "/me/references", Only(&[Candidate])),
    ("POST", "/me/references/{reference}/remove", Only(&[Candidate])),
    ("GET", "/reference/{token}", Everybody),
    ("POST", "/reference/{token}", Everybody),
    ("POST", "/reference/{token}/confirm", Everybody),
    ("POST", "/reference/{token}/decline", Everybody),
    // requests
    ("GET", "/start", Everybody),
    ("POST", "/start", Everybody),
    ("POST", "/start/draft", Everybody),
    ("POST", "/start/afresh", Everybody),
    ("GET", "/requests", Only(ALL)),
    ("GET", "/requests/new", Only(STAFF)),
    ("POST", "/requests/new", Only(STAFF)),
    ("GET", "/requests/{id}", Only(ALL)),
    ("GET", "/requests/{id}/edit", Only(ALL)),
    ("POST", "/requests/{id}/edit", Only(ALL)),
    ("POST", "/requests/{id}/submit", Only(ALL)),
    ("POST", "/requests/{id}/ask", Only(ALL)),
    ("POST", "/requests/{id}/answer", Only(ALL)),
    ("POST", "/requests/{id}/open", Only(ALL)),
    ("POST", "/requests/{id}/hold", Only(ALL)),
    ("POST", "/requests/{id}/resume", Only(ALL)),
    ("POST", "/requests/{id}/cancel", Only(ALL)),
    ("POST", "/requests/{id}/recruiter", Only(STAFF)),
    // organizations
    ("GET", "/organizations", Only(STAFF)),
    ("GET", "/organizations/{id}", Only(STAFF)),
    ("POST", "/organizations/{id}/contacts", Only(STAFF)),
    ("POST", "/organizations/{id}/contacts/{contact}/deactivate", Only(STAFF)),
    (
        "POST",
        "/organizations/{id}/contacts/invitations/{invitation}/end",
        Only(STAFF),
    ),
    ("GET", "/client/colleagues", Only(&[Client])),
    ("POST", "/client/colleagues", Only(&[Client])),
    ("POST", "/client/colleagues/{contact}/deactivate", Only(&[Client])),
    (
        "POST",
        "/client/colleagues/invitations/{invitation}/end",
        Only(&[Client]),
    ),
    ("GET", "/agreement", Only(&[Client])),
    ("POST", "/agreement", Only(&[Client])),
    // takehome
    ("GET", "/takehome", Only(PARTIES)),
    ("GET", "/takehome/{id}", Only(PARTIES)),
    ("POST", "/takehome/{id}/submissions", Only(&[Candidate])),
    ("GET", "/takehome/{id}/submissions/{number}", Only(STAFF)),
    ("POST", "/takehome/{id}/time", Only(&[Candidate])),
    ("POST", "/takehome/{id}/time/decline", Only(STAFF)),
    ("POST", "/takehome/{id}/deadline", Only(STAFF)),
    ("POST", "/takehome/{id}/withdraw", Only(PARTIES)),
    ("GET", "/takehome/{id}/grade", Only(STAFF)),
    ("POST", "/takehome/{id}/grade", Only(STAFF)),
    ("POST", "/takehome/{id}/feedback", Only(STAFF)),
    ("GET", "/candidates/{id}/takehome", Only(STAFF)),
    ("POST", "/candidates/{id}/takehome", Only(STAFF)),
    // matching
    ("GET", "/requests/{id}/matches", Only(STAFF)),
    ("GET", "/requests/{id}/matches/to-confirm", Only(STAFF)),
    ("GET", "/requests/{id}/runs", Only(STAFF)),
    ("GET", "/runs/{id}", Only(STAFF)),
    ("GET", "/formula", Everybody),
    // introductions
    ("POST", "/requests/{id}/shortlist", Only(STAFF)),
    ("GET", "/requests/{id}/introductions", Only(BOTH_SIDES)),
    ("GET", "/requests/{id}/people", Only(BOTH_SIDES)),
    ("GET", "/introductions/{id}", Only(ALL)),
    ("POST", "/introductions/{id}/consent", Only(&[Candidate])),
    ("POST", "/introductions/{id}/decline", Only(&[Candidate])),
    ("POST", "/introductions/{id}/interview", Only(&[Client])),
    ("POST", "/introductions/{id}/interview-time", Only(STAFF)),
    ("POST", "/introductions/{id}/refuse", Only(&[Client])),
    ("POST", "/introductions/{id}/hire", Only(&[Client])),
    ("POST", "/introductions/{id}/withdraw", Only(STAFF)),
    // placements
    ("GET", "/introductions/{id}/offer", Only(STAFF)),
    ("POST", "/introductions/{id}/offer", Only(STAFF)),
    ("GET", "/offers/{id}", Only(&[Admin, Recruiter, Candidate])),
    ("POST", "/offers/{id}/accept", Only(&[Candidate])),
    ("POST", "/offers/{id}/decline", Only(&[Candidate])),
    ("POST", "/offers/{id}/withdraw", Only(STAFF)),
    ("GET", "/placements", Only(ALL)),
    ("GET", "/placements/{id}", Only(ALL)),
    ("GET", "/placements/{id}/terms", Only(ALL)),
    ("GET", "/placements/{id}/history", Only(ALL)),
    ("GET", "/placements/{id}/departure", Only(BOTH_SIDES)),
    ("POST", "/placements/{id}/departure", Only(BOTH_SIDES)),
    ("GET", "/placements/{id}/claim", Only(STAFF)),
    ("POST", "/placements/{id}/claim", Only(STAFF)),
    ("POST", "/placements/{id}/no-show", Only(STAFF)),
    ("POST", "/placements/{id}/cancel", Only(STAFF)),
    // homes
    ("GET", "/client", Only(&[Client])),
    ("GET", "/admin", Only(OWNER)),
    ("GET", "/admin/jobs", Only(OWNER)),
    ("POST", "/admin/jobs/{name}/run", Only(OWNER)),
    ("GET", "/admin/health", Only(OWNER)),
    ("GET", "/admin/events", Only(OWNER)),
    ("GET", "/admin/events/{id}", Only(OWNER)),
    ("GET", "/requests/{id}/history", Only(STAFF)),
    ("GET", "/organizations/{id}/history", Only(STAFF)),
    ("GET", "/introductions/{id}/history", Only(STAFF)),
    ("GET", "/takehome/{id}/history", Only(STAFF)),
    ("GET", "/admin/people/{id}/history", Only(OWNER)),
    ("GET", "/admin/track-history/{id}", Only(OWNER)),
    ("GET", "/desk", Only(STAFF)),
    ("GET", "/me", Only(&[Candidate])),
];

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let mut routes: Vec<String> = meridian::app::routes()
        .list()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let mut rows: Vec<String> = MATRIX
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    routes.sort();
    rows.sort();
    let missing: Vec<_> = routes.iter().filter(|route| !rows.contains(route)).collect();
    let stale: Vec<_> = rows.iter().filter(|row| !routes.contains(row)).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "routes without a row: {missing:#?}\nrows without a route: {stale:#?}"
    );
    rows.dedup();
    assert_eq!(rows.len(), MATRIX.len(), "a row stands twice");
}
