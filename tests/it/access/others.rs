//! The other half of the matrix: real records, and what somebody else's record looks like.
//!
//! One client and one developer have a request, an introduction, an offer, a placement and a challenge together, each at its end,
//! so that no act asked for here changes anything the next one looks at. Another client and another developer have an account of
//! the same role and none of these records: to them every one is a 404, by page and by act.

use actix_web::http::{Method, StatusCode};

use super::{MATRIX, Who};
use crate::support::app::{PASSWORD, Person};
use crate::support::clients;
use crate::support::hires::{Scene, scene};

/// The whole role is stopped, whosever the record is.
const NO: u16 = 403;
/// Nobody of this role has such a record.
const NONE: u16 = 404;

/// Method, path, and the answer to: staff, the client whose record it is, the developer whose record it is. Acts are sent an empty
/// form. 303 leads on, 400, 409 and 422 refuse the act: the record was not hidden.
#[rustfmt::skip]
const RECORDS: &[(&str, &str, u16, u16, u16)] = &[
    // accounts
    ("POST", "/admin/people/invitations/{id}/end", 303, NO, NO),
    ("POST", "/admin/people/{id}/role", 400, NO, NO),
    ("GET", "/admin/people/{id}/leaving", 200, NO, NO),
    ("POST", "/admin/people/{id}/deactivate", 303, NO, NO),
    ("POST", "/admin/people/{id}/reactivate", 303, NO, NO),
    ("POST", "/admin/people/{id}/sign-out", 303, NO, NO),
    ("POST", "/admin/people/{id}/second-factor/off", 409, NO, NO),
    ("POST", "/account/sessions/{id}/end", NONE, 303, NONE),
    // mail: a letter to the client
    ("GET", "/outbox/{id}", NONE, 200, NONE),
    ("GET", "/admin/mail/{id}", 200, NO, NO),
    ("POST", "/admin/mail/{id}/resend", 409, NO, NO),
    // the log
    ("GET", "/admin/events/{id}", 200, NO, NO),
    ("POST", "/admin/jobs/{name}/run", 303, NO, NO),
    ("GET", "/requests/{id}/history", 200, NO, NO),
    ("GET", "/organizations/{id}/history", 200, NO, NO),
    ("GET", "/introductions/{id}/history", 200, NO, NO),
    ("GET", "/takehome/{id}/history", 200, NO, NO),
    ("GET", "/admin/people/{id}/history", 200, NO, NO),
    ("GET", "/admin/track-history/{id}", 200, NO, NO),
    // tracks
    ("GET", "/admin/tracks/{id}", 200, NO, NO),
    ("POST", "/admin/tracks/{id}", 422, NO, NO),
    ("GET", "/admin/tracks/{id}/{part}", 200, NO, NO),
    ("POST", "/admin/tracks/{id}/{part}", 422, NO, NO),
    ("GET", "/admin/skills/{id}", 200, NO, NO),
    ("POST", "/admin/skills/{id}", 422, NO, NO),
    ("POST", "/admin/skills/{id}/retire", 303, NO, NO),
    ("POST", "/admin/skills/{id}/restore", 303, NO, NO),
    // business days, promises, rejections
    ("GET", "/admin/holidays/{id}", 200, NO, NO),
    ("POST", "/admin/holidays/{id}", 422, NO, NO),
    ("POST", "/admin/holidays/{id}/remove", 303, NO, NO),
    ("GET", "/promises/{id}", 200, NO, NO),
    ("POST", "/promises/{id}", 422, NO, NO),
    ("GET", "/candidates/{id}/messages", 200, NO, NO),
    ("POST", "/candidates/{id}/messages", 422, NO, NO),
    ("GET", "/candidates/{id}/reject", 200, NO, NO),
    ("POST", "/candidates/{id}/reject", 422, NO, NO),
    ("POST", "/candidates/{id}/reject/take-back", 422, NO, NO),
    // candidates
    ("GET", "/candidates/{id}", 200, NO, NO),
    ("GET", "/candidates/{id}/edit", 200, NO, NO),
    ("POST", "/candidates/{id}/edit", 409, NO, NO),
    ("POST", "/candidates/{id}/invite", 422, NO, NO),
    ("POST", "/candidates/{id}/state", 400, NO, NO),
    ("GET", "/candidates/{id}/ledger", 200, NO, NO),
    ("POST", "/candidates/{id}/ledger", 422, NO, NO),
    ("POST", "/candidates/{id}/ledger/act", 400, NO, NO),
    ("GET", "/candidates/{id}/history", 200, NO, NO),
    ("GET", "/me/cv/{id}", NO, NO, 200),
    ("GET", "/candidates/{id}/cv", 200, NO, NO),
    ("POST", "/candidates/{id}/cv", 400, NO, NO),
    ("GET", "/candidates/{id}/cv/{file}", 200, NO, NO),
    ("POST", "/me/cv/{id}/remove", NO, NO, 303),
    ("GET", "/candidates/{id}/notes", 200, NO, NO),
    ("POST", "/candidates/{id}/notes", 422, NO, NO),
    ("GET", "/organizations/{id}/notes", 200, NO, NO),
    ("POST", "/organizations/{id}/notes", 422, NO, NO),
    ("GET", "/notes/{id}", 200, NO, NO),
    ("POST", "/notes/{id}", 422, NO, NO),
    ("POST", "/notes/{id}/pin", 303, NO, NO),
    ("GET", "/candidates/{id}/off-limits", 200, NO, NO),
    ("POST", "/candidates/{id}/off-limits", 422, NO, NO),
    ("POST", "/candidates/{id}/off-limits/{rule}/end", 422, NO, NO),
    ("GET", "/organizations/{id}/off-limits", 200, NO, NO),
    ("POST", "/organizations/{id}/off-limits", 422, NO, NO),
    ("POST", "/organizations/{id}/off-limits/{rule}/end", 422, NO, NO),
    // vetting
    ("GET", "/candidates/{id}/vetting", 200, NO, NO),
    ("POST", "/candidates/{id}/checks", 400, NO, NO),
    ("POST", "/candidates/{id}/findings/{finding}", 422, NO, NO),
    ("GET", "/candidates/{id}/checks/{check}", 200, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/cancel", 409, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/schedule", 422, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/step", 400, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/assessors", 422, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/release", 400, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/decide", 422, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/files", 400, NO, NO),
    ("GET", "/candidates/{id}/checks/{check}/files/{attachment}", 200, NO, NO),
    ("GET", "/candidates/{id}/checks/{check}/card", 303, NO, NO),
    ("POST", "/candidates/{id}/checks/{check}/card", 409, NO, NO),
    ("GET", "/candidates/{id}/beside", 303, NO, NO),
    ("POST", "/pipeline/views/{id}", 400, NO, NO),
    ("GET", "/candidates/{id}/references", 200, NO, NO),
    ("POST", "/candidates/{id}/references", 422, NO, NO),
    ("POST", "/candidates/{id}/references/{reference}/send", 409, NO, NO),
    ("POST", "/candidates/{id}/references/{reference}/remind", 409, NO, NO),
    ("POST", "/candidates/{id}/references/{reference}/withdraw", 409, NO, NO),
    ("POST", "/me/references/{reference}/remove", NO, NO, 409),
    // requests
    ("GET", "/requests/{id}", 200, 200, NONE),
    ("GET", "/requests/{id}/edit", 200, 303, NONE),
    ("POST", "/requests/{id}/edit", 422, 422, NONE),
    ("POST", "/requests/{id}/submit", 409, 409, NONE),
    ("POST", "/requests/{id}/ask", 409, 409, NONE),
    ("POST", "/requests/{id}/answer", 409, 409, NONE),
    ("POST", "/requests/{id}/open", 409, 409, NONE),
    ("POST", "/requests/{id}/hold", 409, 409, NONE),
    ("POST", "/requests/{id}/resume", 409, 409, NONE),
    ("POST", "/requests/{id}/cancel", 409, 409, NONE),
    ("POST", "/requests/{id}/recruiter", 409, NO, NO),
    // organizations
    ("GET", "/organizations/{id}", 200, NO, NO),
    ("POST", "/organizations/{id}/contacts", 422, NO, NO),
    ("POST", "/client/colleagues/{contact}/deactivate", NO, 303, NO),
    ("POST", "/client/colleagues/invitations/{invitation}/end", NO, 303, NO),
    ("POST", "/organizations/{id}/contacts/{contact}/deactivate", 409, NO, NO),
    ("POST", "/organizations/{id}/contacts/invitations/{invitation}/end", 409, NO, NO),
    // takehome
    ("GET", "/takehome/{id}", 200, NO, 200),
    ("POST", "/takehome/{id}/submissions", NO, NO, 409),
    ("GET", "/takehome/{id}/submissions/{number}", 200, NO, NO),
    ("POST", "/takehome/{id}/time", NO, NO, 422),
    ("POST", "/takehome/{id}/time/decline", 409, NO, NO),
    ("POST", "/takehome/{id}/deadline", 422, NO, NO),
    ("POST", "/takehome/{id}/withdraw", 409, NO, 409),
    ("GET", "/takehome/{id}/grade", 303, NO, NO),
    ("POST", "/takehome/{id}/grade", 409, NO, NO),
    ("POST", "/takehome/{id}/feedback", 409, NO, NO),
    ("GET", "/candidates/{id}/takehome", 200, NO, NO),
    ("POST", "/candidates/{id}/takehome", 303, NO, NO),
    // matching
    ("GET", "/requests/{id}/matches", 200, NO, NO),
    ("GET", "/requests/{id}/matches/to-confirm", 200, NO, NO),
    ("GET", "/requests/{id}/runs", 200, NO, NO),
    ("GET", "/runs/{id}", 200, NO, NO),
    // introductions
    ("POST", "/requests/{id}/shortlist", 400, NO, NO),
    ("GET", "/requests/{id}/introductions", 200, 200, NO),
    ("GET", "/requests/{id}/people", 200, 200, NO),
    ("GET", "/introductions/{id}", 200, 200, 200),
    ("POST", "/introductions/{id}/consent", NO, NO, 409),
    ("POST", "/introductions/{id}/decline", NO, NO, 409),
    ("POST", "/introductions/{id}/interview", NO, 409, NO),
    ("POST", "/introductions/{id}/interview-time", 422, NO, NO),
    ("POST", "/introductions/{id}/refuse", NO, 422, NO),
    ("POST", "/introductions/{id}/hire", NO, 409, NO),
    ("POST", "/introductions/{id}/withdraw", 422, NO, NO),
    // placements
    ("GET", "/introductions/{id}/offer", 409, NO, NO),
    ("POST", "/introductions/{id}/offer", 422, NO, NO),
    ("GET", "/offers/{id}", 200, NO, 200),
    ("POST", "/offers/{id}/accept", NO, NO, 409),
    ("POST", "/offers/{id}/decline", NO, NO, 409),
    ("POST", "/offers/{id}/withdraw", 409, NO, NO),
    ("GET", "/placements/{id}", 200, 200, 200),
    ("GET", "/placements/{id}/terms", 200, 200, 200),
    ("GET", "/placements/{id}/history", 200, 200, 200),
    ("GET", "/placements/{id}/departure", 200, 200, NO),
    ("POST", "/placements/{id}/departure", 422, 422, NO),
    ("GET", "/placements/{id}/claim", 303, NO, NO),
    ("POST", "/placements/{id}/claim", 409, NO, NO),
    ("POST", "/placements/{id}/no-show", 409, NO, NO),
    ("POST", "/placements/{id}/cancel", 409, NO, NO),
];

#[test]
fn every_route_with_a_record_is_listed_and_somebody_reaches_it() {
    let named = |(method, path): (&str, &str)| format!("{method} {path}");
    let mut routes: Vec<String> = MATRIX
        .iter()
        // What everybody reaches is nobody's record, and a token belongs to nobody who is signed in; it has tests of its own.
        .filter(|(_, path, who)| path.contains('{') && !matches!(who, Who::Everybody))
        .map(|(method, path, _)| named((method, path)))
        .collect();
    let mut rows: Vec<String> = RECORDS.iter().map(|(method, path, ..)| named((method, path))).collect();
    routes.sort();
    rows.sort();
    assert_eq!(routes, rows);
    for (method, path, staff, client, developer) in RECORDS {
        let reached = [staff, client, developer]
            .iter()
            .any(|status| ![NO, NONE].contains(status));
        assert!(reached, "{method} {path}: nobody reaches it, so nothing is shown");
    }
}

/// The records, by the beginning of their paths.
struct Records(Vec<(&'static str, String)>);

impl Records {
    /// The path with the ids of the scene.
    fn concrete(&self, path: &str) -> String {
        let (_, id) = self
            .0
            .iter()
            .find(|(beginning, _)| path.starts_with(beginning))
            .unwrap_or_else(|| panic!("no record for {path}"));
        let part = |wanted: &str| {
            let found = self.0.iter().find(|(kind, _)| *kind == wanted);
            found.map(|(_, id)| id.as_str()).expect("a part of a record")
        };
        path.replace("{id}", id)
            .replace("{check}", part("check"))
            .replace("{finding}", part("finding"))
            .replace("{reference}", part("reference"))
            .replace("{attachment}", part("attachment"))
            .replace("{contact}", part("contact"))
            .replace("{invitation}", part("invitation"))
            .replace("{file}", part("/me/cv/"))
            .replace("{rule}", part("rule"))
            .replace("{name}", "sessions")
            .replace("{part}", "skills")
            .replace("{number}", "1")
    }
}

async fn one(it: &Scene, sql: &'static str) -> String {
    let id: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(it.app.db.pool()).await.expect(sql);
    id.to_string()
}

/// Signs in again: the clock has moved past the end of the session.
async fn enter(person: &Person, email: &str) {
    person
        .post("/login", &[("email", email), ("password", PASSWORD)])
        .await
        .to();
}

/// Sends one file.
async fn upload(person: &Person, path: &str, (field, name): (&str, &str), content: &str) {
    let headers = [
        ("content-type", "multipart/form-data; boundary=cut"),
        ("sec-fetch-site", "same-origin"),
    ];
    let named = format!("form-data; name=\"{field}\"; filename=\"{name}\"");
    let body = format!("--cut\r\nContent-Disposition: {named}\r\n\r\n{content}\r\n--cut--\r\n");
    person.send(Method::POST, path, &headers, body.into_bytes()).await.to();
}

/// Hired, gone, and the claim decided; challenged, handed in, and called off.
#[expect(clippy::too_many_lines, reason = "a list: one record after the other")]
async fn records(it: &Scene, admin: &Person) -> Records {
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    let developer = &it.developers[0];
    let challenge = it
        .recruiter
        .post(&format!("/candidates/{}/takehome", developer.id), &[])
        .await;
    let challenge = challenge.to().to_owned();
    let path = format!("{challenge}/submissions");
    upload(&developer.person, &path, ("solution", "a.zip"), "PK\x03\x04 solution").await;
    it.recruiter.post(&format!("{challenge}/withdraw"), &[]).await.to();

    let begun = [("kind", "english"), ("result", "begin")];
    let checks = format!("/candidates/{}/checks", developer.id);
    it.recruiter.post(&checks, &begun).await.to();
    let check = one(it, "select id from vetting_checks where kind = 'english'").await;
    let assessor = one(it, "select id from users where email = 'owner@agency.test'").await;
    let assessor = [("assessor", assessor.as_str())];
    it.recruiter
        .post(&format!("{checks}/{check}/assessors"), &assessor)
        .await
        .to();
    let card = [("recommendation", "no"), ("same", "no"), ("act", "in")];
    admin.post(&format!("{checks}/{check}/card"), &card).await.to();
    let files = format!("{checks}/{check}/files");
    upload(&it.recruiter, &files, ("file", "n.txt"), "notes").await;
    it.recruiter.post(&format!("{checks}/{check}/cancel"), &[]).await.to();
    let passed = [("kind", "english"), ("result", "passed")];
    it.recruiter.post(&checks, &passed).await.to();
    let referee = [
        ("name", "Iris Chen"),
        ("email", "iris@halyard.test"),
        ("relation", "manager"),
        ("company", "Halyard"),
        ("worked", "2021 to 2023"),
    ];
    developer.person.post("/me/references", &referee).await.to();
    let reference = one(it, "select id from reference_requests").await;
    let of_mine = format!("/me/references/{reference}/remove");
    developer.person.post(&of_mine, &[]).await.to();
    let client = it.organization.to_string();
    let apart = [("other", client.as_str()), ("reason", "Related to the owner")];
    let rules = format!("/candidates/{}/off-limits", it.developers[1].id);
    it.recruiter.post(&rules, &apart).await.to();
    upload(&developer.person, "/me/cv", ("cv", "cv.pdf"), "%PDF-1.7 x").await;
    let noted = format!("/candidates/{}/notes", developer.id);
    it.recruiter.post(&noted, &[("body", "Prefers mornings")]).await.to();
    it.recruiter.page(&format!("{}/matches", it.request)).await;
    it.app
        .user(meridian::accounts::Role::Recruiter, "third@agency.test", None)
        .await;

    it.at("2026-12-14T15:00:00Z").await;
    enter(admin, "owner@agency.test").await;
    let off = [("country", "BR"), ("day", "2026-12-24"), ("name", "Half a day")];
    admin.post("/admin/holidays", &off).await.to();
    let invited = [("email", "new@agency.test"), ("role", "recruiter")];
    admin.post("/admin/people/invitations", &invited).await;
    it.app
        .user(
            meridian::accounts::Role::Client,
            "second@halyard.test",
            Some(it.organization),
        )
        .await;
    let colleague = [("email", "third@halyard.test")];
    let contacts = format!("/organizations/{}/contacts", it.organization);
    admin.post(&contacts, &colleague).await.to();
    let left = [("last_day", "2026-12-11"), ("cause", "resigned"), ("note", "")];
    it.client.post(&format!("{placement}/departure"), &left).await.to();
    it.recruiter.post(&format!("{placement}/claim"), &[]).await.to();
    // Another browser of the client's.
    it.app.sign_in("clara@halyard.test").await;
    Records(vec![
        (
            "/account/sessions/",
            one(
                it,
                "select s.id from sign_ins s join users u on u.id = s.user_id where u.email = 'clara@halyard.test'
                 order by s.id desc limit 1",
            )
            .await,
        ),
        (
            "/admin/people/invitations/",
            one(it, "select id from invitations where organization_id is null").await,
        ),
        (
            "/admin/people/",
            one(it, "select id from users where email = 'third@agency.test'").await,
        ),
        (
            "/admin/mail/",
            one(it, "select id from outbox where recipient = 'clara@halyard.test'").await,
        ),
        (
            "/outbox/",
            one(it, "select id from outbox where recipient = 'clara@halyard.test'").await,
        ),
        ("/admin/tracks/", one(it, "select id from tracks").await),
        ("/admin/track-history/", one(it, "select id from tracks").await),
        (
            "/admin/events/",
            one(it, "select id from events where kind = 'placement.made'").await,
        ),
        (
            "/admin/skills/",
            one(it, "select id from skills where slug = 'kafka'").await,
        ),
        ("/admin/holidays/", one(it, "select id from holidays").await),
        ("/promises/", one(it, "select id from promises").await),
        ("/candidates/", developer.id.to_string()),
        // Anybody's: what is to be done is asked before whose it is. That another one's is not found stands with the views.
        ("/pipeline/views/", uuid::Uuid::now_v7().to_string()),
        ("/requests/", it.request.trim_start_matches("/requests/").to_owned()),
        ("/organizations/", it.organization.to_string()),
        ("/takehome/", challenge.trim_start_matches("/takehome/").to_owned()),
        ("/runs/", one(it, "select id from match_runs").await),
        ("/introductions/", one(it, "select id from introductions").await),
        ("/offers/", one(it, "select id from offers").await),
        ("/placements/", placement.trim_start_matches("/placements/").to_owned()),
        ("/client/colleagues/", it.organization.to_string()),
        ("check", check),
        ("reference", reference.clone()),
        ("/me/references/", reference),
        ("finding", one(it, "select id from identity_findings").await),
        ("attachment", one(it, "select id from check_files").await),
        ("/admin/jobs/", "sessions".to_owned()),
        ("/me/cv/", one(it, "select id from cv_files").await),
        ("/notes/", one(it, "select id from notes").await),
        ("rule", one(it, "select id from off_limits").await),
        (
            "contact",
            one(it, "select id from users where email = 'second@halyard.test'").await,
        ),
        (
            "invitation",
            one(it, "select id from invitations where organization_id is not null").await,
        ),
    ])
}

#[actix_web::test]
async fn a_record_of_somebody_else_is_not_found_by_page_nor_by_act() {
    let it = scene(2).await;
    let admin = it.app.admin().await;
    let (other_client, _) = clients::client(&it.app, "Somebody Else", "else@else.test").await;
    let records = records(&it, &admin).await;
    enter(&other_client, "else@else.test").await;
    let owners = (&it.client, &it.developers[0].person);
    let strangers = (&other_client, &it.developers[1].person);
    let mut wrong = Vec::new();
    for (method, path, staff, client, developer) in RECORDS {
        let concrete = records.concrete(path);
        let stranger = |owner: u16| if owner == NO { NO } else { 404 };
        for (who, person, wanted) in [
            ("another client", strangers.0, stranger(*client)),
            ("another developer", strangers.1, stranger(*developer)),
            ("the client", owners.0, *client),
            ("the developer", owners.1, *developer),
            ("staff", &admin, *staff),
        ] {
            let status = if *method == "GET" {
                person.get(&concrete).await.status
            } else {
                person.post(&concrete, &[]).await.status
            };
            if status.as_u16() != wanted {
                wrong.push(format!("{method} {path} for {who}: {status}, not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // Two records of different people in one path belong together or are not found.
    for path in [
        "/candidates/{id}/checks/{check}/cancel",
        "/candidates/{id}/references/{reference}/withdraw",
    ] {
        let path = records
            .concrete(path)
            .replace(&it.developers[0].id.to_string(), &it.developers[1].id.to_string());
        assert_eq!(admin.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}
