//! The referee's page in a real browser: with and without scripts, on a desk and on a phone, in both lights.

use super::super::room::Room;
use super::IRIS;
use crate::support::app::PASSWORD;
use crate::support::browser::{Browser, Settings};

/// Where pictures of the pages go, for whoever wants to look at them.
fn picture(name: &str) -> Option<std::path::PathBuf> {
    std::env::var_os("MERIDIAN_PICTURES").map(|folder| std::path::Path::new(&folder).join(format!("{name}.png")))
}

/// At both widths and in both lights: nothing scrolls sideways, and where there are scripts, no rule of accessibility is broken.
async fn judged(browser: &Browser, javascript: bool, name: &str) {
    for (width, height) in [(1280, 900), (360, 740)] {
        browser.resize(width, height).await;
        assert!(browser.sideways().await <= 0, "{name} at {width}");
        for dark in [false, true] {
            browser.prefer_dark(dark).await;
            if javascript {
                let found = browser.axe().await;
                assert!(found.is_empty(), "{name} at {width}, dark {dark}: {found:?}");
            }
            if let Some(path) = picture(&format!("{name}-{width}-{}", if dark { "dark" } else { "light" })) {
                browser.screenshot(path).await;
            }
        }
    }
    browser.prefer_dark(false).await;
    browser.resize(1280, 900).await;
}

async fn answers(javascript: bool) {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    let settings = Settings {
        javascript,
        ..Settings::default()
    };
    let Some(browser) = Browser::start(settings).await else {
        return;
    };
    browser.goto(format!("{}{link}", room.app.url)).await;
    browser.sees("A reference for Rafaela Nascimento").await;
    judged(&browser, javascript, "who").await;
    browser.fill("Your role at the time", "Head of payments").await;
    browser.click_text("Go on to the questions").await;
    browser.sees("Not saved yet").await;
    assert_eq!(browser.value("role").await, "Head of payments");
    judged(&browser, javascript, "who-errors").await;
    browser.fill("Your company at the time", "Halyard Payments").await;
    browser.fill("How you know them", "She reported to me.").await;
    browser.tick("I am Iris Chen, and these are my own words.").await;
    browser.click_text("Go on to the questions").await;
    browser.sees("You answer as Iris Chen").await;
    judged(&browser, javascript, "answer").await;
    browser.fill("words_1", "Two years in one team.").await;
    browser.click_text("Keep it for later").await;
    browser.sees("not sent").await;
    browser.goto(format!("{}{link}", room.app.url)).await;
    browser.sees("You answer as Iris Chen").await;
    assert_eq!(browser.value("words_1").await, "Two years in one team.");
    browser.click_text("Send my answer").await;
    browser.sees("Not saved yet").await;
    judged(&browser, javascript, "answer-errors").await;
    for number in 1..=4 {
        browser
            .click(&format!("input[name=question_{number}][value=solid]"))
            .await;
    }
    browser.click("input[name=again][value=yes]").await;
    browser.click_text("Send my answer").await;
    browser.sees("Thank you, Iris Chen").await;
    judged(&browser, javascript, "thanks").await;
    assert_eq!(room.answers().await, 1);
    // Chromium notes the forms that came back as failed loads; nothing else may have gone wrong.
    let mut complaints = browser.complaints().await;
    complaints.retain(|line| !line.contains("422"));
    assert_eq!(complaints, Vec::<String>::new());

    // The recruiter reads it, the person sees that it came.
    for (email, home, path, words) in [
        (
            "recruiter@agency.test",
            "/desk",
            room.references(),
            "Two years in one team.",
        ),
        (
            super::DEVELOPER,
            "/me",
            "/me/references".to_owned(),
            "The reference has answered.",
        ),
    ] {
        browser.forget().await;
        browser.goto(format!("{}/login", room.app.url)).await;
        browser.fill("E-mail", email).await;
        browser.fill("Password", PASSWORD).await;
        browser.submit().await;
        browser.arrives(home).await;
        browser.goto(format!("{}{path}", room.app.url)).await;
        browser.sees(words).await;
        judged(&browser, javascript, home.trim_start_matches('/')).await;
    }
}

#[actix_web::test]
async fn a_referee_answers_with_scripts() {
    answers(true).await;
}

#[actix_web::test]
async fn a_referee_answers_without_scripts() {
    answers(false).await;
}

#[actix_web::test]
async fn a_referee_declines_and_comes_too_late() {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    browser
        .goto(format!("{}/reference/{}", room.app.url, "f".repeat(32)))
        .await;
    browser.sees("This link opens nothing").await;
    judged(&browser, true, "guessed").await;
    browser.goto(format!("{}{link}", room.app.url)).await;
    browser.click_text("I would rather not").await;
    browser.sees("is not told that you declined").await;
    judged(&browser, true, "declining").await;
    browser.fill("Why", "I hardly know her.").await;
    browser.click(".confirm .danger").await;
    browser.sees("You declined").await;
    let late = room.ask("late@halyard.test").await;
    room.app.clock.advance(chrono::TimeDelta::days(21));
    browser.goto(format!("{}{late}", room.app.url)).await;
    browser.sees("The time of this link is over").await;
    judged(&browser, true, "late").await;
}
