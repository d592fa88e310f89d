//! The main job in a real browser, by the people whose job it is: a client asks, a recruiter opens and proposes, a
//! developer says yes, the client talks and hires, the offer is accepted, the guarantee counts, somebody leaves, and the
//! search for the replacement begins. With scripts and without.

use meridian::demo;

use crate::support::app::{App, PASSWORD};
use crate::support::browser::{Browser, Settings};

const CLIENT: &str = "nora@newclient.test";
const COMPANY: &str = "Newclient Works";

/// A person at the one browser.
struct Desk {
    app: App,
    browser: Browser,
}

impl Desk {
    /// The demo agency's pool and staff, and a browser.
    async fn new(javascript: bool) -> Option<Self> {
        let settings = Settings {
            javascript,
            ..Settings::default()
        };
        let browser = Browser::start(settings).await?;
        let app = App::start().await;
        demo::agency::open(&app.parts).await.expect("the demo agency");
        Some(Self { app, browser })
    }

    async fn goto(&self, path: &str) {
        self.browser.goto(format!("{}{path}", self.app.url)).await;
    }

    /// Somebody else sits down and signs in; `home` stands on their home page.
    async fn sits(&self, email: &str, password: &str, home: &str) {
        self.goto("/login").await;
        self.browser.forget().await;
        self.goto("/login").await;
        self.browser.fill("E-mail", email).await;
        self.browser.fill("Password", password).await;
        self.browser.submit().await;
        self.browser.sees(home).await;
    }

    async fn sign_in(&self, email: &str, password: &str) {
        self.sits(email, password, "Home").await;
    }

    async fn staff(&self) {
        self.sits(demo::ACCOUNTS[1], demo::PASSWORD, "Waiting on us").await;
    }

    async fn one(&self, sql: &'static str) -> String {
        sqlx::query_scalar(sql)
            .bind(COMPANY)
            .fetch_one(self.app.db.pool())
            .await
            .expect("one row")
    }
}

/// The client's whole request on one long form.
async fn ask(desk: &Desk) {
    let browser = &desk.browser;
    desk.goto("/start").await;
    for (field, value) in [
        ("title", "Tariff engine"),
        ("system", "Computes tariffs for parcels."),
        ("performance_targets", "p99 under 30 ms"),
        ("must_skill", "Rust"),
        ("must_level", "3"),
        ("seniors", "1"),
        ("senior_budget", "14,000"),
        ("zone", "New York"),
        ("work_start", "09:00"),
        ("work_end", "17:00"),
        ("overlap", "3"),
        ("start_on", "2026-12-14"),
        ("length_months", "12"),
        ("organization", COMPANY),
        ("name", "Nora Newman"),
        ("email", CLIENT),
        ("password", PASSWORD),
    ] {
        browser.fill(field, value).await;
    }
    browser.click_text("Send the request").await;
    browser.sees("Tariff engine").await;
}

async fn main_job(javascript: bool) {
    let Some(desk) = Desk::new(javascript).await else {
        return;
    };
    let browser = &desk.browser;
    ask(&desk).await;

    desk.staff().await;
    browser.click_text("Tariff engine").await;
    browser.click_text("Open the search").await;
    browser.sees("The request is open").await;
    let request = desk
        .one(
            "select r.id::text from role_requests r join organizations o on o.id = r.organization_id where o.name = $1",
        )
        .await;
    desk.goto(&format!("/requests/{request}/matches")).await;
    browser.sees("meet every gate").await;
    browser.click("input.pick").await;
    browser.click_text("Shortlist selected").await;
    browser.sees("was proposed").await;
    let email = desk.one("select c.email from introductions i join candidates c on c.id = i.candidate_id join organizations o on o.id = i.organization_id where o.name = $1").await;
    let introduction = desk
        .one(
            "select i.id::text from introductions i join organizations o on o.id = i.organization_id where o.name = $1",
        )
        .await;

    desk.sign_in(CLIENT, PASSWORD).await;
    desk.goto(&format!("/introductions/{introduction}")).await;
    browser.sees("There is no such page").await;
    desk.goto("/agreement").await;
    browser.fill("accepted_name", "Nora Newman").await;
    browser.tick("agreed").await;
    browser.click_text("Accept the promise").await;
    browser.sees("The promise is accepted").await;

    desk.sign_in(&email, demo::PASSWORD).await;
    browser.click_text(&format!("{COMPANY}, Tariff engine")).await;
    browser.click_text("Yes, introduce me").await;
    browser.sees("The client now sees your profile").await;

    desk.sign_in(CLIENT, PASSWORD).await;
    desk.goto(&format!("/introductions/{introduction}")).await;
    assert!(
        !browser.source().await.contains(&email),
        "no address reaches the client"
    );
    browser.click_text("Ask for an interview").await;
    browser.sees("Interview asked for").await;
    let name = desk.one("select c.name from introductions i join candidates c on c.id = i.candidate_id join organizations o on o.id = i.organization_id where o.name = $1").await;
    browser.click_text(&format!("Hire {name}…")).await;
    browser.sees("Nobody is bound until the person accepts").await;
    browser.click_text(&format!("Yes, hire {name}")).await;
    browser.sees("The agency now makes the offer").await;

    desk.staff().await;
    desk.goto(&format!("/introductions/{introduction}/offer")).await;
    for (field, value) in [
        ("pay", "8000"),
        ("bill", "10800"),
        ("engagement", "contractor"),
        ("start", "2026-11-23"),
        ("months", "12"),
    ] {
        browser.fill(field, value).await;
    }
    browser.click_text("Send the offer").await;
    browser.sees("it waits on the candidate").await;

    desk.sign_in(&email, demo::PASSWORD).await;
    let offer = desk.one("select f.id::text from offers f join introductions i on i.id = f.introduction_id join organizations o on o.id = i.organization_id where o.name = $1").await;
    desk.goto(&format!("/offers/{offer}")).await;
    browser.click_text("Accept the offer…").await;
    browser.sees("no other offer can be accepted").await;
    browser.click_text("Yes, I accept").await;
    browser.sees("Congratulations").await;

    desk.sign_in(CLIENT, PASSWORD).await;
    let placement = desk
        .one("select p.id::text from placements p join organizations o on o.id = p.organization_id where o.name = $1")
        .await;
    desk.goto(&format!("/placements/{placement}")).await;
    browser.sees("Day 1").await;
    browser.sees("22 Dec 2026").await;
    desk.app.clock.set("2026-12-04T15:00:00Z".parse().expect("an instant"));
    desk.sign_in(CLIENT, PASSWORD).await;
    desk.goto(&format!("/placements/{placement}")).await;
    browser.sees("Day 12").await;
    desk.goto(&format!("/placements/{placement}/departure")).await;
    browser.fill("last_day", "2026-12-03").await;
    browser.fill("cause", "resigned").await;
    browser.fill("note", "Left for another company.").await;
    browser.click_text("Record the departure").await;
    browser.sees("a guarantee claim is open").await;

    desk.staff().await;
    desk.goto(&format!("/placements/{placement}/claim")).await;
    browser.fill("reason", "Inside the window, in time.").await;
    browser.click_text("Decide by these lines").await;
    browser.sees("The seat is open again").await;
    let state = desk.one("select g.state from guarantee_claims g join placements p on p.id = g.placement_id join organizations o on o.id = p.organization_id where o.name = $1").await;
    assert_eq!(state, "replacement_search");
    desk.goto(&format!("/requests/{request}/matches")).await;
    browser.sees("meet every gate").await;
    let left = desk.one("select c.name from placements p join candidates c on c.id = p.candidate_id join organizations o on o.id = p.organization_id where o.name = $1").await;
    assert!(!browser.has(&left).await, "the person who left is not proposed again");
}

#[actix_web::test]
async fn the_main_job_with_scripts() {
    main_job(true).await;
}

#[actix_web::test]
async fn the_main_job_without_scripts() {
    main_job(false).await;
}
