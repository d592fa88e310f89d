//! What the pages tell of one letter: its tries, who sent it once more, and to whom which part of that is shown.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use meridian::accounts::Role;
use meridian::mail::{self, Letter, Recipient};

use super::server::{Mood, Server};
use super::{over, post, sent};
use crate::support::app::App;

#[actix_web::test]
async fn the_page_of_a_letter_tells_each_try_and_who_sent_it_once_more() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    server.mood.set(Mood::Refuses);
    let (one, other) = (
        post(&app, "gone@people.test", 1).await.expect("posted"),
        post(&app, "left@people.test", 2).await.expect("posted"),
    );
    assert_eq!(delivery.round().await.expect("a round").dead, 2);
    let admin = app.admin().await;
    let page = admin.page(&format!("/admin/mail/{one}")).await;
    assert!(page.contains("Nothing: it was written by what happened"), "{page}");
    admin.post(&format!("/admin/mail/{one}/resend"), &[]).await.to();
    assert_eq!(delivery.round().await.expect("a round").dead, 1);
    app.clock.advance(TimeDelta::minutes(1));
    // All of them at once is an act on each.
    server.mood.set(Mood::Takes);
    admin.post("/admin/mail/resend", &[]).await.to();
    assert_eq!(delivery.round().await.expect("a round"), sent(2));
    for (id, times, tries) in [(one, 2, 3), (other, 1, 2)] {
        let page = admin.page(&format!("/admin/mail/{id}")).await;
        let (tried, done) = page.split_once("What people did with it").expect("both parts");
        assert_eq!(tried.matches("<th scope=\"row\">").count(), tries, "{tried}");
        assert!(tried.contains("no such mailbox"), "{tried}");
        assert_eq!(done.matches("Mail sent again").count(), times, "{done}");
        assert!(done.contains("owner"), "who: {done}");
        assert!(
            !page.contains("gone@people.test") && !page.contains("left@people.test"),
            "masked"
        );
    }
}

#[actix_web::test]
async fn whom_a_letter_went_to_sees_when_it_was_tried_and_not_what_servers_said() {
    let (app, server) = (App::start().await, Server::start().await);
    let delivery = over(&app, &server);
    let user = app.user(Role::Recruiter, "ana@agency.test", None).await;
    let ana = app.sign_in("ana@agency.test").await;
    let to = Recipient {
        user: Some(user),
        address: "ana@agency.test",
        name: "Ana",
    };
    let letter = Letter::new(to, "test.said", &"once", "Something was said").say("It was said today.");
    let mut tx = app.db.begin().await.expect("a transaction");
    let id = mail::post(&mut tx, app.clock.now(), letter)
        .await
        .expect("posted")
        .expect("new");
    tx.commit().await.expect("committed");
    let path = format!("/outbox/{id}");
    assert!(ana.page(&path).await.contains("Not tried yet."));
    server.mood.set(Mood::Greylists);
    assert_eq!(delivery.round().await.expect("a round").later, 1);
    app.clock.advance(TimeDelta::minutes(1));
    server.mood.set(Mood::Takes);
    assert_eq!(delivery.round().await.expect("a round"), sent(1));
    let page = ana.page(&path).await;
    let told = page.split("Delivery").nth(1).expect("the tries");
    assert!(
        told.find("Taken") < told.find("Not now") && told.contains("Try 2"),
        "{told}"
    );
    assert!(!page.contains("greylisted"), "{page}");
    let other = app.recruiter().await;
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
}
