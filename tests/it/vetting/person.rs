//! The pages about one person in a browser: read by axe, worked by the keyboard alone, with and without scripts, and walked along
//! the list that one came from.

use super::references::IRIS;
use super::room::Room;
use crate::support::app::PASSWORD;
use crate::support::browser::{Browser, Key, Settings};

async fn enter(browser: &Browser, room: &Room) {
    browser.goto(format!("{}/login", room.app.url)).await;
    browser.fill("E-mail", "recruiter@agency.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
}

/// Presses Tab until what has the focus is called so.
async fn tab_to(browser: &Browser, what: &str) {
    for _ in 0..90 {
        browser.keys(Key::Tab).await;
        if browser.focused().await == what {
            return;
        }
    }
    panic!("no Tab leads to {what:?}:\n{}", browser.text().await);
}

#[actix_web::test]
async fn every_page_about_somebody_fits_and_passes_axe() {
    let room = Room::open().await;
    let check = room.begin("technical_interview", "invite").await;
    room.assign(&check, "recruiter@agency.test").await;
    room.confirmed(IRIS).await;
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    enter(&browser, &room).await;
    let home = &room.home;
    let parts = [
        "",
        "/ledger",
        "/vetting",
        "/references",
        "/notes",
        "/messages",
        "/history",
        "/reject?reason=other",
    ];
    let mut pages: Vec<String> = parts.iter().map(|part| format!("{home}{part}")).collect();
    pages.extend([
        check.clone(),
        format!("{check}/card"),
        format!("{home}?list=/candidates"),
    ]);
    for (width, height, dark) in [(1280, 900, false), (360, 740, true)] {
        browser.resize(width, height).await;
        browser.prefer_dark(dark).await;
        for path in &pages {
            browser.goto(format!("{}{path}", room.app.url)).await;
            browser.sees("Rafaela Nascimento").await;
            assert_eq!(browser.sideways().await, 0, "{path} at {width}");
            let found = browser.axe().await;
            assert!(found.is_empty(), "{path} at {width}: {found:#?}");
            if let Ok(directory) = std::env::var("MERIDIAN_SHOTS") {
                let name = path.trim_start_matches(home.as_str()).replace(['/', '?', '='], "-");
                browser
                    .screenshot(format!("{directory}/person{name}-{width}.png"))
                    .await;
                browser.resize(width, height).await;
            }
        }
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// Invites somebody to a check and gives it to an assessor, without a mouse.
async fn by_keyboard(javascript: bool) {
    let settings = Settings {
        javascript,
        ..Settings::default()
    };
    let Some(browser) = Browser::start(settings).await else {
        return;
    };
    let room = Room::open().await;
    enter(&browser, &room).await;
    browser.goto(format!("{}{}", room.app.url, room.home)).await;
    tab_to(&browser, "Vetting").await;
    browser.keys(Key::Enter).await;
    browser.arrives(&format!("{}/vetting", room.home)).await;
    tab_to(&browser, "Invite").await;
    browser.keys(Key::Enter).await;
    browser.sees("Identity: invited; the person gets a letter.").await;
    tab_to(&browser, "Identity").await;
    browser.keys(Key::Enter).await;
    browser.sees("Nobody is assigned yet.").await;
    let id: uuid::Uuid = room.one("select id from vetting_checks").await;
    browser.arrives(&format!("{}/checks/{id}", room.home)).await;
    browser
        .run("document.querySelector('[name=assessor]').focus()", vec![])
        .await;
    browser.keys("ana").await;
    tab_to(&browser, "Assign").await;
    browser.keys(Key::Enter).await;
    browser.sees("Assigned.").await;
    assert_eq!(room.count("scorecards where state = 'owed'").await, 1);
}

#[actix_web::test]
async fn a_check_is_begun_and_given_away_by_keyboard_alone() {
    by_keyboard(true).await;
}

#[actix_web::test]
async fn a_check_is_begun_and_given_away_by_keyboard_alone_without_scripts() {
    by_keyboard(false).await;
}

#[actix_web::test]
async fn the_way_along_a_list_says_where_one_is_and_where_it_ends() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let room = Room::open().await;
    for (hours, name) in [(1, "Bruno"), (2, "Carla")] {
        room.app.clock.advance(chrono::TimeDelta::hours(hours));
        room.recruiter.post("/candidates", &[("name", name)]).await.to();
    }
    enter(&browser, &room).await;
    let ends = async |place: &str, previous: usize, next: usize| {
        browser.sees(place).await;
        let found = (browser.count("a[rel=prev]").await, browser.count("a[rel=next]").await);
        assert_eq!(found, (previous, next), "{place}");
    };
    for list in ["/candidates", "/pipeline?view=table&sort=longest"] {
        browser.goto(format!("{}{list}", room.app.url)).await;
        let first = browser.attribute("tbody a.row", "href").await.expect("a row");
        browser.goto(format!("{}{first}", room.app.url)).await;
        ends("1 of 3", 0, 1).await;
        browser.click("a[rel=next]").await;
        ends("2 of 3", 1, 1).await;
        browser.click("a[rel=next]").await;
        ends("3 of 3", 1, 0).await;
        browser.click("a[rel=prev]").await;
        ends("2 of 3", 1, 1).await;
        browser.click_text("Back to the list").await;
        browser.sees("Carla").await;
    }
}
