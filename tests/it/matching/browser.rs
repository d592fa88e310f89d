//! The pages in a real browser.

use meridian::matching::cli;

use super::{REQUEST, ids, json, only_run, scene};
use crate::support::app::App;
use crate::support::browser::{Browser, Key, Settings};

/// A browser with the recruiter signed in.
async fn signed_in(app: &App, settings: Settings) -> Option<Browser> {
    let browser = Browser::start(settings).await?;
    browser.goto(&format!("{}/login", app.url)).await;
    browser.fill("email", "recruiter@agency.test").await;
    browser.fill("password", crate::support::app::PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
    Some(browser)
}

#[actix_web::test]
async fn a_row_opens_its_explanation_with_and_without_scripts() {
    let (app, _) = scene().await;
    let list = json(&app, 1, cli::Extent::All).await;
    let points = |i: usize| {
        let points = list["matches"][i]["points"].as_u64().unwrap();
        format!(
            "{} of 10,000 points",
            meridian::web::marks::thousands(u32::try_from(points).unwrap())
        )
    };
    let row = |i: usize| format!("tbody tr:nth-child({i}) a.row");
    for javascript in [true, false] {
        let Some(browser) = signed_in(
            &app,
            Settings {
                javascript,
                ..Settings::default()
            },
        )
        .await
        else {
            return;
        };
        browser
            .goto(&format!("{}/requests/{REQUEST}/matches?seat=1", app.url))
            .await;
        browser.sees(&points(0)).await;
        browser.click("tbody tr:nth-child(2) input.pick").await;
        browser.click(&row(3)).await;
        browser.sees(&points(2)).await;
        assert!(browser.url().await.contains(ids(&list["matches"])[2].as_str()));
        assert_eq!(browser.count("tr.selected").await, 1);
        assert_eq!(
            browser.attribute(&row(3), "aria-current").await.as_deref(),
            Some("true")
        );
        if javascript {
            assert_eq!(
                browser.count("input.pick:checked").await,
                1,
                "what was ticked stays ticked"
            );
            browser.keys('k').await;
            browser.keys(Key::Enter).await;
            browser.sees(&points(1)).await;
            assert!(browser.complaints().await.is_empty());
        }
    }
}

#[actix_web::test]
async fn x_picks_the_row_that_has_the_focus_and_drops_it_again() {
    let (app, _) = scene().await;
    let Some(browser) = signed_in(&app, Settings::default()).await else {
        return;
    };
    browser
        .goto(&format!("{}/requests/{REQUEST}/matches?seat=1", app.url))
        .await;
    browser.sees("of 10,000 points").await;
    browser.keys('x').await;
    assert_eq!(browser.count("input.pick:checked").await, 0, "no row has the focus");
    browser.keys('j').await;
    browser.keys('j').await;
    browser.keys('x').await;
    assert_eq!(browser.count("tbody tr:nth-child(2) input.pick:checked").await, 1);
    browser.keys('k').await;
    browser.keys('x').await;
    assert_eq!(browser.count("input.pick:checked").await, 2, "the other stays");
    browser.keys('x').await;
    assert_eq!(browser.count("tbody tr:nth-child(1) input.pick:checked").await, 0);
    assert_eq!(browser.count("input.pick:checked").await, 1);
    assert!(browser.complaints().await.is_empty());
}

#[actix_web::test]
async fn the_explanation_follows_the_last_of_two_quick_choices() {
    let (app, _) = scene().await;
    let Some(browser) = signed_in(&app, Settings::default()).await else {
        return;
    };
    browser
        .goto(&format!("{}/requests/{REQUEST}/matches?seat=1", app.url))
        .await;
    browser.sees("of 10,000 points").await;
    let links = "document.querySelectorAll('tbody a.row')";
    browser
        .run(&format!("{links}[2].click(); {links}[1].click();"), vec![])
        .await;
    browser
        .attribute("tbody tr:nth-child(2).selected a.row[aria-current]", "href")
        .await;
    let second = browser
        .run(&format!("return {links}[1].innerText.trim()"), vec![])
        .await;
    let panel = browser
        .run("return document.querySelector('#why').innerText", vec![])
        .await;
    assert!(panel.as_str().unwrap().contains(second.as_str().unwrap()), "{panel}");
    assert_eq!(browser.count("tr.selected").await, 1);
}

#[actix_web::test]
async fn the_pages_hold_up_in_a_browser() {
    let (app, recruiter) = scene().await;
    let Some(browser) = signed_in(&app, Settings::default()).await else {
        return;
    };
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    let paths = [
        ("matches", format!("/requests/{REQUEST}/matches?seat=1")),
        ("confirm", format!("/requests/{REQUEST}/matches/to-confirm?seat=1")),
        ("runs", format!("/requests/{REQUEST}/runs")),
        ("run", format!("/runs/{run}")),
        ("formula", "/formula".to_owned()),
    ];
    for (width, dark) in [(1280, false), (360, false), (1280, true), (360, true)] {
        browser.resize(width, 900).await;
        browser.prefer_dark(dark).await;
        for (name, path) in &paths {
            browser.goto(&format!("{}{path}", app.url)).await;
            if let Ok(folder) = std::env::var("MERIDIAN_SHOTS") {
                browser
                    .screenshot(std::path::Path::new(&format!("{folder}/{name}-{width}-{dark}.png")))
                    .await;
            }
            assert_eq!(browser.sideways().await, 0, "{name} at {width}");
            let broken = browser.axe().await;
            assert!(broken.is_empty(), "{name} at {width}, dark {dark}: {broken:#?}");
            assert!(browser.complaints().await.is_empty(), "{name}");
        }
    }
}
