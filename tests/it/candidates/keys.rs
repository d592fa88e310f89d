//! The list of the pool by keyboard and by its filters, in a browser.

use super::{candidate, seeded};
use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Key, Settings};

/// Three people, the list of them by name, and the recruiter before it.
async fn list(javascript: bool) -> Option<(App, Browser)> {
    let settings = Settings {
        javascript,
        ..Settings::default()
    };
    let browser = Browser::start(settings).await?;
    let app = App::start().await;
    seeded(&app).await;
    for name in ["Ana Alvarez", "Bruno Barros", "Carla Castro"] {
        candidate(&app, name).await;
    }
    app.recruiter().await;
    browser.goto(format!("{}/login", app.url)).await;
    browser.fill("E-mail", "recruiter@agency.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
    browser.goto(format!("{}/candidates?sort=name", app.url)).await;
    browser.sees("3 of 3 people").await;
    Some((app, browser))
}

#[actix_web::test]
async fn j_and_k_walk_the_rows_and_enter_opens_one() {
    let Some((_app, browser)) = list(true).await else {
        return;
    };
    for (key, expected) in [
        ('j', "Ana Alvarez"),
        ('j', "Bruno Barros"),
        ('j', "Carla Castro"),
        ('j', "Carla Castro"),
        ('k', "Bruno Barros"),
        ('k', "Ana Alvarez"),
        ('k', "Ana Alvarez"),
    ] {
        browser.keys(key).await;
        assert_eq!(browser.focused().await, expected, "after {key}");
    }
    // There is nothing to pick here, so x does nothing.
    browser.keys('x').await;
    assert_eq!(browser.focused().await, "Ana Alvarez");
    // The slash goes to the search, where the letters are letters again.
    browser.keys('/').await;
    browser.keys("jkx").await;
    assert_eq!(browser.value("q").await, "jkx");
    browser.sees("0 of 3 people").await;
    browser.fill("q", "").await;
    browser.sees("3 of 3 people").await;
    browser.run("document.activeElement.blur()", vec![]).await;
    browser.keys('j').await;
    browser.keys('j').await;
    browser.keys(Key::Enter).await;
    browser.sees("To confirm before this person can be matched").await;
    assert!(browser.has("Bruno Barros").await && browser.complaints().await.is_empty());
}

/// What the page remembers only while it is not loaded anew.
const MARK: &str = "window.marked = true;";
const MARKED: &str = "return window.marked === true;";

#[actix_web::test]
async fn the_filters_answer_while_one_types_and_leave_the_page_as_it_is() {
    let Some((_app, browser)) = list(true).await else {
        return;
    };
    browser.run(MARK, vec![]).await;
    browser.fill("q", "bruno").await;
    browser.sees("1 of 3 people").await;
    assert!(browser.has("Bruno Barros").await && !browser.has("Carla Castro").await);
    let address = browser.url().await;
    assert!(
        address.contains("q=bruno") && address.contains("sort=name"),
        "{address}"
    );
    assert_eq!(browser.run("return document.activeElement.name", vec![]).await, "q");
    assert_eq!(browser.value("q").await, "bruno");
    browser.fill("vetted", "yes").await;
    browser.sees("Nobody fits these filters").await;
    assert_eq!(browser.run(MARKED, vec![]).await, true, "the page was not loaded anew");
    let found = browser.axe().await;
    assert!(found.is_empty(), "{found:#?}");
    // The address is whole: it shows the same to whoever it is sent to, and the way back leads through each step.
    let address = browser.url().await;
    browser.goto(&address).await;
    browser.sees("Nobody fits these filters").await;
    assert_eq!(browser.value("q").await, "bruno");
    browser.click_text("Clear the filters").await;
    browser.sees("3 of 3 people").await;
    browser.run("history.back()", vec![]).await;
    browser.sees("Nobody fits these filters").await;
    assert!(browser.complaints().await.is_empty());
}

#[actix_web::test]
async fn the_way_back_leads_through_the_filters() {
    let Some((_app, browser)) = list(true).await else {
        return;
    };
    browser.fill("q", "bruno").await;
    browser.sees("1 of 3 people").await;
    browser.run("history.back()", vec![]).await;
    browser.sees("3 of 3 people").await;
    assert!(browser.has("Carla Castro").await);
    assert_eq!(browser.value("q").await, "", "the fields say what is shown");
}

#[actix_web::test]
async fn without_scripts_a_button_shows_what_the_filters_ask() {
    let Some((_app, browser)) = list(false).await else {
        return;
    };
    browser.fill("q", "bruno").await;
    browser.click_text("Show").await;
    browser.sees("1 of 3 people").await;
    assert_eq!(browser.value("q").await, "bruno");
    browser.fill("vetted", "yes").await;
    browser.click_text("Show").await;
    browser.sees("Nobody fits these filters").await;
    browser.click_text("Clear the filters").await;
    browser.sees("3 of 3 people").await;
}
