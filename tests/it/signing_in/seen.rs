//! The pages that stand only for a moment, looked at in a browser: the picture for the phone, the recovery codes, the question for a
//! code, the proof before a grave act. Wide and narrow, light and dark, and with something wrong.

use chrono::TimeDelta;

use super::{ANA, Phone};
use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Settings};

/// What axe, a ruler and the console find wrong with the page as it stands.
async fn sound(browser: &Browser, name: &str) {
    let directory = std::env::var("MERIDIAN_SCREENSHOTS").ok();
    for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
        browser.resize(width, 900).await;
        browser.prefer_dark(dark).await;
        let scheme = if dark { "dark" } else { "light" };
        if let Some(directory) = &directory {
            let file = format!("{directory}/{name}-{width}-{scheme}.png");
            browser.screenshot(file).await;
        }
        assert_eq!(browser.sideways().await, 0, "{name} scrolls sideways at {width}");
        let found = browser.axe().await;
        assert!(found.is_empty(), "{name} at {width}, {scheme}: {found:#?}");
    }
}

async fn enter(browser: &Browser, app: &App, email: &str) {
    browser.goto(format!("{}/login", app.url)).await;
    browser.fill("email", email).await;
    browser.fill("password", PASSWORD).await;
    browser.submit().await;
    browser.leaves("/login").await;
}

#[actix_web::test]
async fn the_second_factor_is_set_up_and_asked_for_on_sound_pages() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let app = App::start().await;
    app.recruiter().await;
    enter(&browser, &app, ANA).await;
    browser.goto(format!("{}/account/second-factor", app.url)).await;
    browser.submit().await;
    browser.sees("1. Tell your app").await;
    assert_eq!(browser.count("svg.qr path").await, 1, "the picture is there");
    sound(&browser, "second-factor-picture").await;
    assert!(browser.complaints().await.is_empty());
    let page = browser.text().await;
    let (_, rest) = page.split_once("Type this key:").expect("the key");
    let key = rest.lines().next().unwrap_or_default().replace(' ', "");
    let phone = Phone { key };
    browser.fill("code", "12").await;
    browser.submit().await;
    browser.sees("Not saved yet").await;
    sound(&browser, "second-factor-wrong").await;
    browser.fill("code", &phone.code(app.clock.now())).await;
    browser.submit().await;
    browser.sees("Your recovery codes").await;
    sound(&browser, "recovery-codes").await;

    app.clock.advance(TimeDelta::seconds(60));
    browser.forget().await;
    enter(&browser, &app, ANA).await;
    browser.arrives("/login/code").await;
    sound(&browser, "login-code").await;
    browser.fill("code", "000000").await;
    browser.submit().await;
    browser.sees("This code is not right").await;
    sound(&browser, "login-code-wrong").await;
    browser.fill("code", &phone.code(app.clock.now())).await;
    browser.submit().await;
    browser.arrives("/desk").await;

    app.clock.advance(TimeDelta::seconds(60));
    browser.goto(format!("{}/account/prove", app.url)).await;
    sound(&browser, "prove-by-code").await;
    browser.fill("code", &phone.code(app.clock.now())).await;
    browser.submit().await;
    browser.sees("Thank you").await;
    sound(&browser, "proved").await;
}

#[actix_web::test]
async fn the_proof_by_password_is_asked_for_on_a_sound_page() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let app = App::start().await;
    app.recruiter().await;
    enter(&browser, &app, ANA).await;
    browser.goto(format!("{}/account/prove", app.url)).await;
    sound(&browser, "prove").await;
    browser.fill("password", "not this one").await;
    browser.submit().await;
    browser.sees("This is not your present password").await;
    sound(&browser, "prove-wrong").await;
}
