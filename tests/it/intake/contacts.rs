//! The contacts of a client: invited by a colleague or by staff, kept out by them.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use futures_util::future::join;
use meridian::accounts::Role;
use meridian::ids::{OrganizationId, UserId};

use super::{count, refused};
use crate::requests::app;
use crate::support::app::{App, PASSWORD, Person};
use crate::support::clients::client;

const COLLEAGUES: &str = "/client/colleagues";

async fn organization(app: &App, name: &str) -> OrganizationId {
    let id = sqlx::query_scalar("select id from organizations where name = $1")
        .bind(name)
        .fetch_one(app.db.pool())
        .await
        .expect("a client");
    OrganizationId(id)
}

async fn join_by(app: &App, link: &str, name: &str) -> Person {
    let person = app.stranger();
    let fields = [("name", name), ("password", PASSWORD)];
    assert_eq!(person.post(link, &fields).await.to(), "/client");
    person
}

async fn keep_out(person: &Person, base: &str, who: UserId) -> StatusCode {
    person.post(&format!("{base}/{who}/deactivate"), &[]).await.status
}

#[actix_web::test]
async fn a_colleague_invites_and_the_invited_person_sees_the_company() {
    let app = app().await;
    let (clara, request) = client(&app, "Halyard", "clara@halyard.test").await;
    client(&app, "Another", "else@else.test").await;
    let invite = [("name", "Dora <b>"), ("email", " Dora@Halyard.test ")];
    assert_eq!(clara.post(COLLEAGUES, &invite).await.to(), COLLEAGUES);
    let page = clara.page(COLLEAGUES).await;
    assert!(
        page.contains("Dora &#60;b&#62;, dora@halyard.test") && page.contains("until 30 Nov 2026, by Clara Client")
    );
    assert!(!page.contains("else@else.test"), "only the own company");
    app.drain().await;
    let link = app.link("dora@halyard.test", "/invitations/");
    let form = app.stranger().page(&link).await;
    assert!(form.contains("Join your company") && form.contains("value=\"Dora &#60;b&#62;\""));
    let dora = join_by(&app, &link, "Dora").await;
    assert!(dora.page("/requests").await.contains(&request));
    assert!(clara.page(COLLEAGUES).await.contains("last seen 23 Nov 2026"));
    let again = app
        .stranger()
        .post(&link, &[("name", "X"), ("password", PASSWORD)])
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the link works once");

    for (typed, words) in [
        ("dora@halyard.test", "There is an account with this address already."),
        ("not an address", "Write an e-mail address"),
    ] {
        let answer = clara.post(COLLEAGUES, &[("name", "Kept"), ("email", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.has(words) && answer.has("value=\"Kept\"") && answer.has("id=\"e-email\""),
            "{typed}"
        );
    }
    clara.post(COLLEAGUES, &[("email", "eve@halyard.test")]).await.to();
    let twice = clara.post(COLLEAGUES, &[("email", "EVE@halyard.test")]).await;
    assert!(twice.has("This address is invited already"));
}

#[actix_web::test]
async fn an_invitation_ends_by_time_and_by_hand_and_letters_are_limited() {
    let app = app().await;
    let (clara, _) = client(&app, "Halyard", "clara@halyard.test").await;
    let recruiter = app.recruiter().await;
    let halyard = organization(&app, "Halyard").await;
    let contacts = format!("/organizations/{halyard}/contacts");
    recruiter.post(&contacts, &[("email", "fay@halyard.test")]).await.to();
    app.drain().await;
    let first = app.link("fay@halyard.test", "/invitations/");
    let id: uuid::Uuid = sqlx::query_scalar("select id from invitations where organization_id is not null")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    clara
        .post(&format!("{COLLEAGUES}/invitations/{id}/end"), &[])
        .await
        .to();
    assert_eq!(app.stranger().get(&first).await.status, StatusCode::CONFLICT);
    let again = clara.post(&format!("{COLLEAGUES}/invitations/{id}/end"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    recruiter.post(&contacts, &[("email", "fay@halyard.test")]).await.to();
    app.drain().await;
    let second = app.link("fay@halyard.test", "/invitations/");
    assert_eq!(app.stranger().get(&second).await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(app.stranger().get(&second).await.status, StatusCode::CONFLICT);

    let clara = app.sign_in("clara@halyard.test").await;
    for _ in 0..5 {
        clara.post(COLLEAGUES, &[("email", "clara@halyard.test")]).await;
    }
    let sixth = clara.post(COLLEAGUES, &[("email", "clara@halyard.test")]).await;
    assert_eq!(sixth.status, StatusCode::TOO_MANY_REQUESTS);
    let stale = TimeDelta::minutes(31);
    app.clock.advance(stale);
    let unproven = clara.post(COLLEAGUES, &[("email", "gil@halyard.test")]).await;
    assert!(
        !unproven.status.is_success() && unproven.status != StatusCode::SEE_OTHER,
        "{}",
        unproven.status
    );
    assert_eq!(
        count(&app, "select count(*) from outbox where recipient = 'gil@halyard.test'").await,
        0
    );
}

#[actix_web::test]
async fn a_company_keeps_somebody_who_signs_in() {
    let app = app().await;
    let (clara, _) = client(&app, "Halyard", "clara@halyard.test").await;
    let (stranger, _) = client(&app, "Another", "else@else.test").await;
    let halyard = organization(&app, "Halyard").await;
    let dora_id = app.user(Role::Client, "dora@halyard.test", Some(halyard)).await;
    let dora = app.sign_in("dora@halyard.test").await;
    let mut conn = app.db.conn().await.unwrap();
    let clara_id = meridian::accounts::store::id_of(&mut conn, "clara@halyard.test")
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    assert_eq!(
        keep_out(&clara, COLLEAGUES, clara_id).await,
        StatusCode::CONFLICT,
        "not oneself"
    );
    assert_eq!(keep_out(&stranger, COLLEAGUES, dora_id).await, StatusCode::NOT_FOUND);
    // Each keeps the other out at the same time: one of them stays.
    let (one, other) = join(
        keep_out(&clara, COLLEAGUES, dora_id),
        keep_out(&dora, COLLEAGUES, clara_id),
    )
    .await;
    assert_ne!(
        one == StatusCode::SEE_OTHER,
        other == StatusCode::SEE_OTHER,
        "{one} {other}"
    );
    let active = "select count(*) from users where organization_id is not null and deactivated_at is null and email like '%halyard.test'";
    assert_eq!(count(&app, active).await, 1);
    let (left, gone) = if one == StatusCode::SEE_OTHER {
        (clara_id, &dora)
    } else {
        (dora_id, &clara)
    };
    assert!(
        gone.get("/client").await.to().starts_with("/login"),
        "signed out at once"
    );
    let recruiter = app.recruiter().await;
    let contacts = format!("/organizations/{halyard}/contacts");
    assert_eq!(
        keep_out(&recruiter, &contacts, left).await,
        StatusCode::CONFLICT,
        "the last one stays"
    );
    let page = recruiter.page(&format!("/organizations/{halyard}")).await;
    assert!(page.contains("Signs in no more") && !page.contains("Deactivate "));
    assert_eq!(
        count(&app, "select count(*) from events where kind = 'user.deactivated'").await,
        1
    );
}

#[actix_web::test]
async fn the_table_knows_whom_an_invitation_makes() {
    let app = app().await;
    let (clara, _) = client(&app, "Halyard", "clara@halyard.test").await;
    clara.post(COLLEAGUES, &[("email", "dora@halyard.test")]).await.to();
    for change in ["role = 'recruiter'", "organization_id = null"] {
        let sql = format!("update invitations set {change}");
        assert_eq!(
            refused(&app, &sql).await,
            "invitations_client_has_organization",
            "{change}"
        );
    }
    let long = "update invitations set name = repeat('x', 201)";
    assert_eq!(refused(&app, long).await, "invitations_name_bounded");
}
