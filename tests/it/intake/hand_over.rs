//! What somebody of the staff has begun and not finished goes to whoever takes their place: open checks and begun grades.

use actix_web::http::{Method, StatusCode};
use meridian::accounts::Role;
use meridian::ids::UserId;

use super::count;
use crate::support::app::Person;
use crate::support::hires::{Scene, scene};

/// A request in charge, a check to decide and a grade begun, all of the recruiter's; the path of the challenge.
async fn begun(it: &Scene) -> String {
    let developer = &it.developers[0];
    let invited = it
        .recruiter
        .post(&format!("/candidates/{}/takehome", developer.id), &[])
        .await;
    let path = invited.to().to_owned();
    let headers = [
        ("content-type", "multipart/form-data; boundary=cut"),
        ("sec-fetch-site", "same-origin"),
    ];
    let body = b"--cut\r\nContent-Disposition: form-data; name=\"solution\"; filename=\"a.zip\"\r\n\r\nPK\x03\x04 work\r\n--cut--\r\n";
    let to = format!("{path}/submissions");
    developer
        .person
        .send(Method::POST, &to, &headers, body.to_vec())
        .await
        .to();
    draft(&it.recruiter, &path, "Half of it is read.").await;
    let checks = format!("/candidates/{}/checks", developer.id);
    for kind in ["english", "references"] {
        it.recruiter
            .post(&checks, &[("kind", kind), ("result", "begin")])
            .await
            .to();
    }
    // Who decides a check is noted when it is given to them; no page does that yet.
    let given = "update vetting_checks set assessor_id = (select id from users where email = 'recruiter@agency.test')
                 where kind = 'english'";
    sqlx::query(given).execute(it.app.db.pool()).await.expect("given");
    path
}

async fn draft(grader: &Person, path: &str, feedback: &str) {
    let fields = [("act", "draft"), ("feedback", feedback)];
    grader.post(&format!("{path}/grade"), &fields).await.to();
}

async fn assessors(it: &Scene) -> Vec<Option<UserId>> {
    sqlx::query_scalar("select assessor_id from vetting_checks where kind in ('english', 'references') order by kind")
        .fetch_all(it.app.db.pool())
        .await
        .expect("checks")
}

async fn id_of(it: &Scene, email: &str) -> UserId {
    sqlx::query_scalar("select id from users where email = $1")
        .bind(email)
        .fetch_one(it.app.db.pool())
        .await
        .expect("a user")
}

#[actix_web::test]
async fn open_checks_and_begun_grades_go_to_the_successor_in_one_step() {
    let it = scene(1).await;
    let path = begun(&it).await;
    let owner = it.app.admin().await;
    let bert = it.app.user(Role::Recruiter, "bert@agency.test", None).await;
    let anna = id_of(&it, "recruiter@agency.test").await;
    let asked = format!("/admin/people/{anna}/leaving");
    let page = owner.page(&asked).await;
    for line in ["1 request in charge", "1 check to decide", "1 grade begun"] {
        assert!(page.contains(line), "{line}: {page}");
    }
    let leave = format!("/admin/people/{anna}/deactivate");
    // Without a successor who can take it nothing moves, and she stays.
    let nobody = owner.post(&leave, &[("successor", &anna.to_string())]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(assessors(&it).await, [Some(anna), None]);
    assert_eq!(
        count(&it.app, "select count(*) from users where deactivated_at is not null").await,
        0
    );

    owner.post(&leave, &[("successor", &bert.to_string())]).await.to();
    assert_eq!(
        assessors(&it).await,
        [Some(bert), None],
        "what was nobody's stays nobody's"
    );
    let successor = it.app.sign_in("bert@agency.test").await;
    assert!(
        successor
            .page(&format!("{path}/grade"))
            .await
            .contains("Half of it is read.")
    );
    for kind in ["check.handed_over", "assignment.draft_handed_over"] {
        let told: Vec<(UserId, String)> = sqlx::query_as("select actor_id, data->>'to' from events where kind = $1")
            .bind(kind)
            .fetch_all(it.app.db.pool())
            .await
            .expect("events");
        assert_eq!(
            told,
            [(id_of(&it, "owner@agency.test").await, bert.to_string())],
            "{kind}"
        );
    }
    let developer = it.developers[0].id;
    assert!(
        successor
            .page(&format!("/candidates/{developer}/history"))
            .await
            .contains("Check handed over")
    );
    // He finishes both.
    let decided = [
        ("kind", "english"),
        ("result", "passed"),
        ("decided_on", "2026-11-20"),
        ("reason", ""),
    ];
    successor
        .post(&format!("/candidates/{developer}/checks"), &decided)
        .await
        .to();
    assert_eq!(assessors(&it).await, [Some(bert), None]);
}

#[actix_web::test]
async fn a_grade_that_the_successor_began_too_is_not_written_over() {
    let it = scene(1).await;
    let path = begun(&it).await;
    let owner = it.app.admin().await;
    let bert = it.app.user(Role::Recruiter, "bert@agency.test", None).await;
    let successor = it.app.sign_in("bert@agency.test").await;
    draft(&successor, &path, "My own reading.").await;
    let anna = id_of(&it, "recruiter@agency.test").await;
    let leave = format!("/admin/people/{anna}/deactivate");
    owner.post(&leave, &[("successor", &bert.to_string())]).await.to();
    let form = successor.page(&format!("{path}/grade")).await;
    assert!(
        form.contains("My own reading.") && !form.contains("Half of it is read."),
        "{form}"
    );
}

#[actix_web::test]
async fn a_check_that_is_decided_stays_with_who_decided_it() {
    let it = scene(1).await;
    begun(&it).await;
    let (anna, checks) = (
        id_of(&it, "recruiter@agency.test").await,
        format!("/candidates/{}/checks", it.developers[0].id),
    );
    let decided = [
        ("kind", "english"),
        ("result", "passed"),
        ("decided_on", "2026-11-20"),
        ("reason", ""),
    ];
    it.recruiter.post(&checks, &decided).await.to();
    let owner = it.app.admin().await;
    let bert = it.app.user(Role::Recruiter, "bert@agency.test", None).await;
    let leave = format!("/admin/people/{anna}/deactivate");
    owner.post(&leave, &[("successor", &bert.to_string())]).await.to();
    assert_eq!(assessors(&it).await, [Some(anna), None]);
}
