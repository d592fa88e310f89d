//! The board in a browser: by keyboard alone, without scripts, narrow and wide, light and dark.

use serde_json::json;

use super::pages::{crowd, stands};
use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Key, Settings};
use crate::support::clients::seed;

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";

async fn enter(browser: &Browser, app: &App) {
    browser.goto(&format!("{}/login", app.url)).await;
    browser.fill("E-mail", "recruiter@agency.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
}

async fn opened(settings: Settings) -> Option<(App, Browser)> {
    let browser = Browser::start(settings).await?;
    let app = App::start().await;
    seed(&app).await;
    crowd(&app, 4).await;
    app.recruiter().await;
    enter(&browser, &app).await;
    Some((app, browser))
}

#[actix_web::test]
async fn a_card_is_moved_by_keyboard_alone() {
    let Some((app, browser)) = opened(Settings::default()).await else {
        return;
    };
    browser.goto(&format!("{}/pipeline", app.url)).await;
    browser
        .run("document.querySelector('.board a.row').focus()", vec![])
        .await;
    assert_eq!(browser.focused().await, "Person 003");
    browser.keys(DOWN).await;
    assert_eq!(browser.focused().await, "Person 002");
    // One card is in the order of the Tab key.
    let reached = browser
        .run(
            "return [...document.querySelectorAll('.board a.row')].filter(a => a.tabIndex === 0).length",
            vec![],
        )
        .await;
    assert_eq!(reached, json!(1));
    browser.keys("m").await;
    browser.sees("What leads on: Identity").await;
    let found = browser.axe().await;
    assert!(found.is_empty(), "{found:#?}");
    // Escape closes it, and the card has the focus again.
    browser.keys(Key::Escape).await;
    browser.gone("dialog").await;
    assert_eq!(browser.focused().await, "Person 002");
    browser.keys("m").await;
    browser.sees("What leads on: Identity").await;
    browser
        .run("document.querySelector('dialog button.primary').focus()", vec![])
        .await;
    browser.keys(Key::Enter).await;
    browser.sees("Person 002 is invited, with a letter.").await;
    assert_eq!(stands(&app, "Person 002").await, (24, 1));
    browser
        .run("document.querySelector('.board a.row').focus()", vec![])
        .await;
    browser.keys(RIGHT).await;
    assert_eq!(browser.focused().await, "Person 002", "in the next column now");
    browser.keys(Key::Enter).await;
    browser.sees("Back to the list").await;
    browser.click_text("Back to the list").await;
    browser.arrives("/pipeline").await;
}

#[actix_web::test]
async fn a_drop_asks_for_the_act_or_says_why_there_is_none() {
    let Some((app, browser)) = opened(Settings::default()).await else {
        return;
    };
    browser.goto(&format!("{}/pipeline", app.url)).await;
    let drop =
        "const card = document.querySelector('.board li'), to = document.querySelector(`[data-stage=${arguments[0]}]`);
        const data = new DataTransfer();
        for (const [what, where] of [['dragstart', card], ['dragover', to], ['drop', to], ['dragend', card]])
            where.dispatchEvent(new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer: data }));";
    browser.run(drop, vec![json!("vetted")]).await;
    browser.sees("nobody sets it").await;
    browser.keys(Key::Escape).await;
    browser.gone("dialog").await;
    assert_eq!(stands(&app, "Person 003").await, (0, 0));
    browser.run(drop, vec![json!("identity")]).await;
    browser.sees("What leads on: Identity").await;
    assert!(!browser.has("No act leads there").await);
    browser.click_text("It waits to be judged").await;
    browser.sees("The check of Person 003 waits to be judged.").await;
    assert_eq!(stands(&app, "Person 003").await, (24, 3));
}

#[actix_web::test]
async fn everything_works_without_scripts() {
    let settings = Settings {
        javascript: false,
        ..Settings::default()
    };
    let Some((app, browser)) = opened(settings).await else {
        return;
    };
    browser.goto(&format!("{}/pipeline", app.url)).await;
    browser.click_text("Move Person 003").await;
    browser.arrives("/pipeline/move").await;
    browser.fill("Day", "2027-01-12").await;
    browser.click_text("Make an appointment").await;
    browser.sees("Write a time such as 15:30.").await;
    browser.fill("Time", "15:30").await;
    browser.click_text("Make an appointment").await;
    browser
        .sees("The appointment of Person 003 is made, with a letter.")
        .await;
    assert_eq!(stands(&app, "Person 003").await, (24, 2));
    browser.click_text("Tick all on this page").await;
    browser.sees("Person 000").await;
    browser.click_text("Invite to the next check").await;
    browser.sees("Invite 3 people to their next check").await;
    browser.sees("Has an appointment already.").await;
    browser.click_text("Send the invitations").await;
    browser.sees("Done: 3").await;
    browser.click_text("Back to the pipeline").await;
    browser.arrives("/pipeline").await;
    assert_eq!(stands(&app, "Person 000").await, (24, 1));
    browser.click_text("Save this view").await;
    browser.fill("name", "All of them").await;
    browser.click_text("Save").await;
    browser.sees("Kept as All of them.").await;
}

#[actix_web::test]
async fn board_and_table_fit_and_pass_axe() {
    for (width, dark) in [(360, false), (360, true), (1280, false), (1280, true)] {
        let settings = Settings {
            width,
            dark,
            ..Settings::default()
        };
        let Some((app, browser)) = opened(settings).await else {
            return;
        };
        for (name, path) in [
            ("board", "/pipeline?view=board"),
            ("table", "/pipeline?view=table"),
            ("views", "/pipeline/views"),
            ("none", "/pipeline?stage=vetted"),
        ] {
            browser.goto(&format!("{}{path}", app.url)).await;
            let found = browser.axe().await;
            assert!(found.is_empty(), "{name} at {width}: {found:#?}");
            assert_eq!(browser.sideways().await, 0, "{name} at {width}");
            assert_eq!(browser.complaints().await, Vec::<String>::new(), "{name}");
            if let Ok(directory) = std::env::var("MERIDIAN_SHOTS") {
                browser
                    .screenshot(format!("{directory}/pipeline-{name}-{width}-{dark}.png"))
                    .await;
                browser.resize(width, 900).await;
            }
        }
    }
}
