//! Acts that bind, in a browser: the question before a dangerous one, and the way to a client's no.

use meridian::accounts::Role;

use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Key, Settings};
use crate::support::hires::scene;

async fn browser(javascript: bool) -> Option<Browser> {
    let settings = Settings {
        javascript,
        ..Settings::default()
    };
    Browser::start(settings).await
}

async fn sign_in(browser: &Browser, app: &App, email: &str, home: &str) {
    browser.goto(format!("{}/login", app.url)).await;
    browser.fill("E-mail", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.arrives(home).await;
}

async fn deactivated(app: &App) -> i64 {
    sqlx::query_scalar("select count(*) from users where deactivated_at is not null")
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

/// An admin before the people of the agency, one of whom is about to be sent away.
async fn before_the_button(javascript: bool) -> Option<(App, Browser)> {
    let browser = browser(javascript).await?;
    let app = App::start().await;
    app.user(Role::Recruiter, "rita@agency.test", None).await;
    app.admin().await;
    sign_in(&browser, &app, "owner@agency.test", "/admin").await;
    browser.goto(format!("{}/admin/people", app.url)).await;
    browser.click_text("Change rita").await;
    Some((app, browser))
}

#[actix_web::test]
async fn a_dangerous_act_asks_first_and_a_no_changes_nothing() {
    let Some((app, browser)) = before_the_button(true).await else {
        return;
    };
    browser.click_text("Deactivate").await;
    browser.sees("rita is signed out everywhere").await;
    assert_eq!(browser.count("dialog[open]").await, 1);
    assert_eq!(browser.focused().await, "Not now", "the harmless answer is the first");
    let found = browser.axe().await;
    assert!(found.is_empty(), "{found:#?}");
    browser.click("dialog .btn:not(.danger)").await;
    browser.gone("dialog").await;
    assert_eq!(browser.focused().await, "Deactivate", "the focus is back where it was");
    browser.click_text("Deactivate").await;
    browser.sees("rita is signed out everywhere").await;
    browser.keys(Key::Escape).await;
    browser.gone("dialog").await;
    assert_eq!(deactivated(&app).await, 0);
    browser.click_text("Deactivate").await;
    browser.sees("rita is signed out everywhere").await;
    browser.keys(Key::Tab).await;
    browser.keys(Key::Enter).await;
    // Not before the answer: until then the fold of the page before would be the one that opens.
    browser.sees("Deactivated: they are signed out everywhere").await;
    browser.click_text("Change rita").await;
    browser.sees("Let them in again").await;
    assert_eq!(deactivated(&app).await, 1);
    assert!(browser.complaints().await.is_empty());
}

#[actix_web::test]
async fn without_scripts_the_act_needs_its_fold_opened_and_is_done() {
    let Some((app, browser)) = before_the_button(false).await else {
        return;
    };
    browser.click_text("Deactivate").await;
    browser.sees("Deactivated: they are signed out everywhere").await;
    browser.click_text("Change rita").await;
    browser.sees("Let them in again").await;
    assert_eq!(deactivated(&app).await, 1);
}

const FOCUSED: &str = "return document.activeElement.id;";

#[actix_web::test]
async fn not_this_time_leads_into_the_form_with_and_without_scripts() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.introduce(0, 0).await;
    for javascript in [true, false] {
        let Some(browser) = browser(javascript).await else {
            return;
        };
        sign_in(&browser, &it.app, "clara@halyard.test", "/client").await;
        browser.goto(format!("{}{path}", it.app.url)).await;
        assert_eq!(browser.count(".confirm[open]").await, 0, "nobody is led to a no");
        browser
            .goto(format!("{}{}/people?seat=1", it.app.url, it.request))
            .await;
        browser
            .click_text(&format!("Not this time: Candidate M-{}", it.developers[0].code))
            .await;
        browser.sees("In your words").await;
        assert_eq!(browser.run(FOCUSED, vec![]).await, "f-reason", "scripts: {javascript}");
        let seen =
            "const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight;";
        assert_eq!(browser.run(seen, vec![]).await, true, "it is in sight");
        // Without a reason it comes back open, with what was written.
        browser.fill("note", "We went with a colleague.").await;
        browser.click_text("Say not this time").await;
        browser.sees("Choose a reason").await;
        assert_eq!(browser.count(".confirm[open]").await, 1);
        assert_eq!(browser.value("note").await, "We went with a colleague.");
        if javascript {
            assert!(browser.complaints().await.iter().all(|line| line.contains("422")));
            continue;
        }
        browser.fill("reason", "skills").await;
        browser.click_text("Say not this time").await;
        browser
            .sees("Noted. The agency takes your reason into the next proposal.")
            .await;
    }
}
