//! Who answers for a request, and what somebody who leaves hands over.

use actix_web::http::StatusCode;
use meridian::accounts::Role;
use meridian::ids::UserId;

use super::{count, refused};
use crate::requests::{act, app, id_of};
use crate::support::app::{App, Person};
use crate::support::clients::{client, version};

async fn in_charge(app: &App, path: &str) -> Option<UserId> {
    let id: Option<uuid::Uuid> = sqlx::query_scalar("select recruiter_id from role_requests where id = $1")
        .bind(id_of(path).0)
        .fetch_one(app.db.pool())
        .await
        .expect("a request");
    id.map(UserId)
}

async fn put(person: &Person, path: &str, who: &str) -> StatusCode {
    let version = version(person, path).await;
    let fields = [("version", version.as_str()), ("recruiter", who)];
    person.post(&format!("{path}/recruiter"), &fields).await.status
}

#[actix_web::test]
async fn whoever_opens_a_request_answers_for_it_until_staff_say_otherwise() {
    let app = app().await;
    let (clara, path) = client(&app, "Halyard", "clara@halyard.test").await;
    let anna = app.user(Role::Recruiter, "anna@agency.test", None).await;
    let bert = app.user(Role::Recruiter, "bert@agency.test", None).await;
    let recruiter = app.sign_in("anna@agency.test").await;
    assert_eq!(in_charge(&app, &path).await, None);
    assert!(recruiter.page(&path).await.contains("Nobody yet"));
    act(&recruiter, &path, "open", "").await.to();
    assert_eq!(in_charge(&app, &path).await, Some(anna));
    assert!(recruiter.page("/desk?whose=mine").await.contains(&path));
    assert!(recruiter.page("/requests").await.contains("anna"));

    assert_eq!(put(&recruiter, &path, &bert.to_string()).await, StatusCode::SEE_OTHER);
    assert_eq!(in_charge(&app, &path).await, Some(bert));
    let mine = recruiter.page("/desk?whose=mine").await;
    assert!(!mine.contains(&path) && recruiter.page("/desk").await.contains(&path));
    let contact = "select id from users where role = 'client'";
    let clara_id: uuid::Uuid = sqlx::query_scalar(contact).fetch_one(app.db.pool()).await.unwrap();
    assert_eq!(
        put(&recruiter, &path, &clara_id.to_string()).await,
        StatusCode::CONFLICT,
        "not staff"
    );
    let stale = recruiter
        .post(&format!("{path}/recruiter"), &[("version", "1"), ("recruiter", "")])
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(!clara.page(&path).await.contains("Put in charge"));
    assert_eq!(put(&recruiter, &path, "").await, StatusCode::SEE_OTHER);
    assert_eq!(in_charge(&app, &path).await, None);
}

#[actix_web::test]
async fn who_leaves_hands_over_and_does_not_get_it_back() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "clara@halyard.test").await;
    let owner = app.admin().await;
    let anna = app.user(Role::Recruiter, "anna@agency.test", None).await;
    let bert = app.user(Role::Recruiter, "bert@agency.test", None).await;
    let recruiter = app.sign_in("anna@agency.test").await;
    act(&recruiter, &path, "open", "").await.to();
    let leave = format!("/admin/people/{anna}/deactivate");
    let asked = format!("/admin/people/{anna}/leaving");
    assert_eq!(
        owner.post(&leave, &[]).await.to(),
        asked,
        "the list leads to the question"
    );
    assert!(owner.page(&asked).await.contains("1 request in charge"));
    for wrong in ["", "nobody", &anna.to_string()] {
        let answer = owner.post(&leave, &[("successor", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.has("id=\"e-successor\""));
    }
    let gone = "select count(*) from users where deactivated_at is not null";
    assert_eq!(count(&app, gone).await, 0);
    owner.post(&leave, &[("successor", &bert.to_string())]).await.to();
    assert_eq!((count(&app, gone).await, in_charge(&app, &path).await), (1, Some(bert)));
    let noted = "select count(*) from events where kind = 'role_request.put_in_charge'";
    assert_eq!(count(&app, noted).await, 1);
    owner.post(&format!("/admin/people/{anna}/reactivate"), &[]).await.to();
    assert_eq!(in_charge(&app, &path).await, Some(bert));
    // Without anything owned nobody is asked for.
    assert_eq!(owner.post(&leave, &[]).await.to(), "/admin/people");
    let unknown = owner
        .post(
            &format!("/admin/people/{bert}/deactivate"),
            &[("successor", &anna.to_string())],
        )
        .await;
    assert_eq!(
        unknown.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "she is not active any more"
    );
}

#[actix_web::test]
async fn the_tables_leave_no_request_in_the_hands_of_somebody_who_left() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "clara@halyard.test").await;
    app.user(Role::Recruiter, "anna@agency.test", None).await;
    app.user(Role::Recruiter, "gone@agency.test", None).await;
    let recruiter = app.sign_in("anna@agency.test").await;
    act(&recruiter, &path, "open", "").await.to();
    let rule = "role_requests_in_active_hands";
    let out = |who: &str| format!("update users set deactivated_at = created_at where email = '{who}'");
    assert_eq!(refused(&app, &out("anna@agency.test")).await, rule);
    let demoted = "update users set role = 'candidate' where email = 'anna@agency.test'";
    assert_eq!(refused(&app, demoted).await, rule);
    sqlx::query(sqlx::AssertSqlSafe(out("gone@agency.test")))
        .execute(app.db.pool())
        .await
        .unwrap();
    for who in ["gone@agency.test", "clara@halyard.test"] {
        let sql = format!("update role_requests set recruiter_id = (select id from users where email = '{who}')");
        assert_eq!(refused(&app, &sql).await, rule, "{who}");
    }
    let handed = "with left_ as (update users set deactivated_at = created_at where email = 'anna@agency.test')
                  update role_requests set recruiter_id = null";
    sqlx::query(handed)
        .execute(app.db.pool())
        .await
        .expect("together they are right");
}
