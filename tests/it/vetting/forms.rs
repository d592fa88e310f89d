//! The forms of the vetting page: what cannot be taken comes back as it was typed, with the reason beside it.

use actix_web::http::StatusCode;
use meridian::vetting::Kind;

use crate::support::app::{Answer, App, PASSWORD, Person};
use crate::support::browser::{Browser, Settings};
use crate::support::clients::seed;

/// A person of the shipped track, by the path of their page.
async fn somebody(app: &App) -> (Person, String) {
    seed(app).await;
    let staff = app.recruiter().await;
    let made = staff.post("/candidates", &[("name", "Ana Diaz")]).await;
    let home = made.to().to_owned();
    (staff, home)
}

async fn checks(app: &App, state: &str) -> i64 {
    sqlx::query_scalar("select count(*) from vetting_checks where state = $1")
        .bind(state)
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

/// A result without a fault.
const RESULT: [(&str, &str); 6] = [
    ("kind", "english"),
    ("result", "failed"),
    ("decided_on", "2026-11-20"),
    ("expires_on", "2027-03-01"),
    ("reason", "Searched for <words>"),
    ("note", "Two lines:\nspoke & wrote"),
];

fn result_with(field: &str, value: &str, outcome: &str) -> Vec<(String, String)> {
    let value_of = |name: &str, old: &str| match name {
        _ if name == field => value.to_owned(),
        "result" => outcome.to_owned(),
        _ => old.to_owned(),
    };
    let fields = RESULT
        .iter()
        .map(|(name, old)| ((*name).to_owned(), value_of(name, old)));
    fields.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;")
}

/// The page says what is wrong with `field`, in the summary and beside it.
fn assert_says(answer: &Answer, field: &str, what: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    for place in ["href=\"#f-", "id=\"f-", "id=\"e-"] {
        assert!(answer.has(&format!("{place}{field}\"")), "{what}: no {place}{field}");
    }
}

async fn record(staff: &Person, home: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    staff.post(&format!("{home}/checks"), &fields).await
}

#[actix_web::test]
async fn each_wrong_field_comes_back_with_everything_that_was_typed() {
    let app = App::start().await;
    let (staff, home) = somebody(&app).await;
    let long = "word ".repeat(900);
    for (field, value, outcome) in [
        ("result", "", ""),
        ("result", "maybe", ""),
        ("decided_on", "last week", "passed"),
        ("decided_on", "2026-02-30", "passed"),
        ("decided_on", "2026-11-24", "passed"),
        ("decided_on", "9999-01-01", "passed"),
        ("expires_on", "soon", "passed"),
        ("expires_on", "2026-11-20", "waived"),
        ("expires_on", "+262142-01-01", "passed"),
        ("reason", "  ", "failed"),
        ("reason", "", "waived"),
        ("reason", long.trim(), "failed"),
        ("note", long.trim(), "passed"),
    ] {
        let what = format!("{field} {value:.20}");
        let fields = result_with(field, value, outcome);
        let answer = record(&staff, &home, &fields).await;
        assert_says(&answer, field, &what);
        let page = answer.text();
        for (name, typed) in fields.iter().filter(|(name, _)| name != "kind" && name != "result") {
            let kept = if name == "note" {
                format!("\n{}</textarea>", escaped(typed))
            } else {
                format!("name=\"{name}\" value=\"{}\"", escaped(typed))
            };
            assert!(page.contains(&kept), "{what}: {name} is lost");
        }
        let chosen = page.matches("type=\"radio\" name=\"result\"").count();
        assert_eq!(chosen, 3 * Kind::ALL.len());
        let ticked = format!("name=\"result\" value=\"{outcome}\" checked");
        assert_eq!(page.contains(&ticked), field != "result", "{what}");
        assert_eq!(page.matches("<details class=\"confirm\" open>").count(), 1, "{what}");
        assert!(!page.contains("<details class=\"more\" open>"), "{what}");
    }
    for state in ["waiting", "passed", "failed", "waived"] {
        assert_eq!(checks(&app, state).await, 0, "nothing is recorded: {state}");
    }
    let taken = record(&staff, &home, &result_with("", "", "failed")).await;
    assert_eq!(taken.to(), format!("{home}/vetting"));
    assert_eq!(checks(&app, "failed").await, 1);
}

#[actix_web::test]
async fn a_check_beyond_the_track_and_a_long_reason_to_give_up_come_back_too() {
    let app = App::start().await;
    let (staff, home) = somebody(&app).await;
    let answer = record(&staff, &home, &result_with("kind", "debugging", "")).await;
    assert_says(&answer, "result", "a check that the track does not ask for");
    assert!(answer.has("<details class=\"more\" open>"));

    let begin = [("kind", "english"), ("result", "begin")];
    staff.post(&format!("{home}/checks"), &begin).await.to();
    let page = staff.page(&format!("{home}/vetting")).await;
    let cancel = page.split('"').find(|part| part.ends_with("/cancel")).expect("a form");
    let long = "x".repeat(201);
    let answer = staff.post(cancel, &[("giving_up", long.as_str())]).await;
    assert_says(&answer, "giving_up", "a reason of 201 characters");
    assert!(answer.has(&long) && checks(&app, "waiting").await == 1);
    staff.post(cancel, &[("giving_up", "Moved away")]).await.to();
    assert_eq!(checks(&app, "cancelled").await, 1);
    let page = staff.page(&format!("{home}/vetting")).await;
    assert!(page.contains("Moved away"));
}

#[actix_web::test]
async fn a_missing_reason_is_mended_on_the_spot_with_and_without_scripts() {
    for javascript in [true, false] {
        let settings = Settings {
            javascript,
            ..Settings::default()
        };
        let Some(browser) = Browser::start(settings).await else {
            return;
        };
        let app = App::start().await;
        let (_, home) = somebody(&app).await;
        browser.goto(&format!("{}/login", app.url)).await;
        browser.fill("E-mail", "recruiter@agency.test").await;
        browser.fill("Password", PASSWORD).await;
        browser.submit().await;
        browser.arrives("/desk").await;
        browser.goto(&format!("{}{home}/vetting", app.url)).await;
        browser.click_text("Record a result").await;
        browser.fill("result", "Failed").await;
        browser.fill("Note", "Asked twice").await;
        browser.click_text("Record it in my name").await;
        browser.sees("Not saved yet").await;
        browser.sees("Write why it failed or is waived.").await;
        if javascript {
            let found = browser.axe().await;
            assert!(found.is_empty(), "{found:#?}");
        }
        let note = browser
            .run("return document.getElementById('f-note').value", vec![])
            .await;
        assert_eq!(note, "Asked twice");
        browser.fill("reason", "Did not come").await;
        browser.click_text("Record it in my name").await;
        browser.sees("Identity: failed.").await;
        assert_eq!(checks(&app, "failed").await, 1);
    }
}
