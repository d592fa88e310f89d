//! The pages from a proposal to a claim in a real browser: wide and narrow, light and dark, judged by axe.
//!
//! `MERIDIAN_SCREENSHOTS=DIR` keeps a picture of each.

use super::departure;
use crate::support::app::PASSWORD;
use crate::support::browser::{Browser, Settings};
use crate::support::hires::{Scene, scene};

/// Signs somebody in and looks at pages at both widths and in both schemes.
async fn look(browser: &Browser, it: &Scene, email: &str, pages: &[(&str, String)]) {
    browser.forget().await;
    browser.goto(format!("{}/login", it.app.url)).await;
    browser.fill("E-mail", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.leaves("/login").await;
    let pictures = std::env::var("MERIDIAN_SCREENSHOTS").ok();
    for (name, path) in pages {
        for (width, dark) in [(1280, false), (360, false), (1280, true), (360, true)] {
            browser.resize(width, 900).await;
            browser.prefer_dark(dark).await;
            browser.goto(format!("{}{path}", it.app.url)).await;
            let scheme = if dark { "dark" } else { "light" };
            if let Some(directory) = &pictures {
                browser
                    .screenshot(format!("{directory}/{name}-{width}-{scheme}.png"))
                    .await;
            }
            assert_eq!(browser.sideways().await, 0, "{name} at {width} scrolls sideways");
            assert!(
                browser.axe().await.is_empty(),
                "{name} at {width}, {scheme}: {:#?}",
                browser.axe().await
            );
            let complaints = browser.complaints().await;
            assert!(complaints.is_empty(), "{name}: {complaints:#?}");
        }
    }
}

#[actix_web::test]
async fn every_page_is_sound_wide_and_narrow_light_and_dark() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let it = scene(3).await;
    it.agree().await;
    let asked = it.propose(2, 2).await;
    let [client, staff] = ["clara@halyard.test", "recruiter@agency.test"];
    look(&browser, &it, it.developers[2].email, &[("question", asked.clone())]).await;
    it.developers[2]
        .person
        .post(&format!("{asked}/consent"), &[])
        .await
        .to();
    let second = it.introduce(1, 2).await;
    let request = it.request.clone();
    let pages = [
        ("people", format!("{request}/people?seat=3")),
        ("introductions-client", format!("{request}/introductions")),
        ("introduction-client", second.clone()),
    ];
    look(&browser, &it, client, &pages).await;
    it.client.post(&format!("{second}/hire"), &[]).await.to();
    let pages = [
        ("introductions-staff", format!("{request}/introductions")),
        ("introduction-staff", asked),
        ("offer-form", format!("{second}/offer")),
    ];
    look(&browser, &it, staff, &pages).await;
    let offer = it.offer_on(&second, "2026-12-02").await;
    look(&browser, &it, it.developers[1].email, &[("offer", offer)]).await;
    let placed = it.hire(0, 0, "2026-11-23").await;
    it.at("2026-12-04T15:00:00Z").await;
    let pages = [
        ("placement", placed.clone()),
        ("terms", format!("{placed}/terms")),
        ("history", format!("{placed}/history")),
        ("departure", format!("{placed}/departure")),
        ("placements", "/placements".to_owned()),
    ];
    look(&browser, &it, client, &pages).await;
    look(
        &browser,
        &it,
        it.developers[0].email,
        &[("placement-candidate", placed.clone())],
    )
    .await;
    departure(&it, &placed, "2026-12-03", "resigned").await.to();
    let pages = [
        ("claim", placed.clone()),
        ("judge", format!("{placed}/claim")),
        ("placements-staff", "/placements".to_owned()),
    ];
    look(&browser, &it, staff, &pages).await;
}
