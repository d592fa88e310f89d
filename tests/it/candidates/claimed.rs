//! A profile that came from a file or from staff, taken over by its person.

use actix_web::http::StatusCode;

use crate::support::app::PASSWORD;
use crate::support::hires::scene;

#[actix_web::test]
async fn somebody_from_a_file_takes_the_profile_over_by_a_link_and_once() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    // As an import leaves it: a profile, and nobody who signs in.
    sqlx::query("update candidates set user_id = null where id = $1")
        .bind(developer.id)
        .execute(it.app.db.pool())
        .await
        .unwrap();
    let path = format!("/candidates/{}", developer.id);
    let wrong = it
        .recruiter
        .post(&format!("{path}/invite"), &[("email", "not an address")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("not an address"));
    let introduction = it.propose(0, 0).await;
    assert!(
        it.recruiter
            .page(&introduction)
            .await
            .contains("This person has no account yet")
    );
    let link = async || {
        let fields = [("email", "Own@Mail.test")];
        let page = it.recruiter.post(&format!("{path}/invite"), &fields).await.text();
        let at = page.find("/invitations/").expect("a link");
        page[at..].chars().take("/invitations/".len() + 32).collect::<String>()
    };
    let (first, second) = (link().await, link().await);
    let own = it.app.stranger();
    assert!(own.page(&first).await.contains("Take over your profile"));
    let fields = [("name", "Rafaela"), ("password", PASSWORD)];
    assert_eq!(own.post(&first, &fields).await.to(), "/me");
    assert!(
        own.page("/me").await.contains(&introduction),
        "the question waits there"
    );
    own.post(&format!("{introduction}/consent"), &[]).await.to();
    // The other link is worth nothing any more, nor is a third one made.
    let other = it
        .app
        .stranger()
        .post(&second, &[("name", "Eve"), ("password", PASSWORD)])
        .await;
    assert!(
        matches!(other.status, StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY),
        "{}",
        other.text()
    );
    let late = it
        .recruiter
        .post(&format!("{path}/invite"), &[("email", "x@mail.test")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}
