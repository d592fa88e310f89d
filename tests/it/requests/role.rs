//! The kind of role: not asked for where there is one, chosen where there are several.

use actix_web::http::StatusCode;

use super::{app, id_of};
use crate::support::app::{App, PASSWORD, Person};
use crate::support::browser::{Browser, Settings};
use crate::support::clients::{account, brief, brief_with, client, version};

const ASKED: &str = "What kind of role?";
const SUMMARY: &str = "Keeps services up: clusters, alarms, the night on call. <Not> a help desk.";

/// A second open track with skills of its own.
async fn second_track(app: &App) {
    sqlx::query("insert into tracks (id, slug, name, summary, created_at) values ($1, 'reliability', 'Site reliability', $2, $3)")
        .bind(uuid::Uuid::now_v7())
        .bind(SUMMARY)
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("a track");
    sqlx::query(
        "insert into track_skills (track_id, skill_id, need, level, weight, position)
         select t.id, s.id, v.need, v.level, v.weight, v.place
         from tracks t, skills s, (values ('Kubernetes', 'must', 4::smallint, null::smallint, 1::smallint),
             ('PostgreSQL', 'must', 2, null, 2), ('Prometheus', 'nice', null, 5, 3)) v (name, need, level, weight, place)
         where t.slug = 'reliability' and s.name = v.name",
    )
    .execute(app.db.pool())
    .await
    .expect("its skills");
}

async fn close(app: &App, slug: &str) {
    sqlx::query("update tracks set archived_at = $2 where slug = $1")
        .bind(slug)
        .bind(app.clock.now())
        .execute(app.db.pool())
        .await
        .expect("archived");
}

async fn track_of(app: &App, path: &str) -> String {
    sqlx::query_scalar("select t.slug from role_requests r join tracks t on t.id = r.track_id where r.id = $1")
        .bind(id_of(path).0)
        .fetch_one(app.db.pool())
        .await
        .expect("a track")
}

/// The skills that the rows of a page name, must-haves first.
fn rows(page: &str) -> Vec<String> {
    let names = |field: &str| {
        let mark = format!("name=\"{field}\" value=\"");
        let values = page.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
        let filled = values.filter(|value| !value.is_empty()).map(str::to_owned);
        filled.collect::<Vec<_>>()
    };
    [names("must_skill"), names("nice_skill")].concat()
}

fn chosen(page: &str, slug: &str) -> bool {
    page.contains(&format!("name=\"track\" value=\"{slug}\" checked"))
}

/// The fields of a request with a track, filled for that track.
fn with_track(slug: &'static str, filled_for: &'static str) -> Vec<(&'static str, &'static str)> {
    brief_with(&[("track", slug), ("filled_for", filled_for)])
}

async fn stranger_posts(app: &App, fields: Vec<(&'static str, &'static str)>) -> crate::support::app::Answer {
    let fields: Vec<_> = fields.into_iter().chain(account("Halyard", "a@halyard.test")).collect();
    app.stranger().post("/start", &fields).await
}

#[actix_web::test]
async fn one_track_is_no_question_and_two_are_one() {
    let app = app().await;
    assert!(!app.stranger().page("/start").await.contains(ASKED));
    second_track(&app).await;
    let page = app.stranger().page("/start").await;
    assert!(page.contains(ASKED) && page.contains("Site reliability") && page.contains("&#60;Not&#62; a help desk"));
    assert!(!page.contains("name=\"track\" value=\"rust-actix\" checked") && rows(&page).is_empty());
    let page = app.stranger().page("/start?track=reliability").await;
    assert!(chosen(&page, "reliability"));
    assert_eq!(rows(&page), ["Kubernetes", "PostgreSQL", "Prometheus"]);
    let page = app.stranger().page("/start?track=nonsense").await;
    assert!(rows(&page).is_empty() && !page.contains("\" checked><b>"));
    close(&app, "reliability").await;
    let page = app.stranger().page("/start?track=reliability").await;
    assert!(!page.contains(ASKED) && rows(&page).contains(&"actix-web".to_owned()));
}

#[actix_web::test]
async fn no_choice_and_a_hostile_one_are_errors_beside_it() {
    let app = app().await;
    second_track(&app).await;
    close(&app, "reliability").await;
    let hostile = [
        "reliability",
        "nonsense",
        "'; drop table tracks; --",
        "0190b1f0-0000-7000-8000-000000000001",
    ];
    for slug in hostile {
        let answer = stranger_posts(&app, with_track(slug, "")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{slug}");
        for said in [
            "href=\"#f-track\"",
            "id=\"e-track\"",
            "does not hire for this any more",
            "value=\"actix web\"",
        ] {
            assert!(answer.has(said), "{slug}: {said}");
        }
    }
    sqlx::query("update tracks set archived_at = null")
        .execute(app.db.pool())
        .await
        .expect("open again");
    for act in ["submit", "draft", "role"] {
        let mut fields = brief();
        fields.push(("act", act));
        let answer = stranger_posts(&app, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        assert!(answer.has("href=\"#f-track\"") && answer.has("Choose one."), "{act}");
        assert!(
            answer.has("Books every payment.") && answer.has("value=\"actix web\""),
            "{act}"
        );
    }
    let made: i64 = sqlx::query_scalar("select count(*) from role_requests")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(made, 0);
}

#[actix_web::test]
async fn the_choice_survives_errors_and_is_what_the_request_asks_for() {
    let app = app().await;
    second_track(&app).await;
    let mut wrong = with_track("reliability", "reliability");
    wrong.retain(|(name, _)| *name != "title");
    let answer = stranger_posts(&app, wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(chosen(&answer.text(), "reliability") && !answer.has("href=\"#f-track\""));
    assert_eq!(rows(&answer.text()), ["Rust", "actix web", "docker"], "what was typed");
    let answer = stranger_posts(&app, with_track("reliability", "reliability")).await;
    assert_eq!(track_of(&app, answer.to()).await, "reliability");
}

#[actix_web::test]
async fn the_usual_skills_follow_the_choice_and_what_was_typed_stays() {
    let app = app().await;
    second_track(&app).await;
    // Nothing chosen at first: somebody typed one skill, then asks for the usual ones.
    let typed = [("must_skill", "Kafka"), ("must_level", "2"), ("nice_skill", "")];
    let mut fields = brief_with(&typed);
    fields.extend([("track", "reliability"), ("filled_for", ""), ("act", "role")]);
    let answer = stranger_posts(&app, fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(
        rows(&answer.text()),
        ["Kafka", "Kubernetes", "PostgreSQL", "Prometheus"]
    );
    assert!(answer.has("name=\"filled_for\" value=\"reliability\"") && !answer.has("Not saved yet"));
    // The other role, sent without a look at its skills: an untouched row goes, a changed one stays.
    let rows_then = [
        ("must_skill", "Kafka"),
        ("must_level", "2"),
        ("must_skill", "Kubernetes"),
        ("must_level", "4"),
        ("must_skill", "PostgreSQL"),
        ("must_level", "5"),
        ("nice_skill", "Prometheus"),
        ("nice_weight", "5"),
    ];
    let mut fields = brief_with(&rows_then);
    fields.extend([("track", "rust-actix"), ("filled_for", "reliability")]);
    let answer = stranger_posts(&app, fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("href=\"#f-track\"") && answer.has("Look them over"));
    let now = rows(&answer.text());
    assert_eq!(now[..2], ["Kafka", "PostgreSQL"], "{now:?}");
    assert!(
        now.contains(&"actix-web".to_owned()) && !now.contains(&"Kubernetes".to_owned()),
        "{now:?}"
    );
    assert_eq!(now.iter().filter(|name| *name == "PostgreSQL").count(), 1, "{now:?}");
    // Somebody who typed every skill needs no second look.
    let answer = stranger_posts(&app, with_track("reliability", "")).await;
    assert_eq!(track_of(&app, answer.to()).await, "reliability");
}

#[actix_web::test]
async fn two_tracks_and_every_error_stay_under_the_limit() {
    let app = app().await;
    second_track(&app).await;
    let long = "A summary as long as an admin may like it. ".repeat(12);
    sqlx::query("update tracks set summary = $1")
        .bind(long)
        .execute(app.db.pool())
        .await
        .expect("summaries");
    let mut fields = vec![
        ("track", "nonsense"),
        ("system", ""),
        ("currency", "?"),
        ("period", "?"),
        ("zone", "?"),
    ];
    for field in [
        "seniors",
        "mids",
        "juniors",
        "senior_budget",
        "mid_budget",
        "junior_budget",
        "work_start",
        "work_end",
    ] {
        fields.push((field, "?"));
    }
    for field in ["overlap", "speaking", "writing", "start_on", "length_months", "email"] {
        fields.push((field, "?"));
    }
    for _ in 0..8 {
        fields.extend([
            ("must_skill", "?"),
            ("must_level", "?"),
            ("nice_skill", "??"),
            ("nice_weight", "?"),
        ]);
    }
    let answer = app.stranger().post("/start", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (page, errors) = (answer.text(), answer.text().matches("class=\"error\"").count());
    let chosen = app.stranger().page("/start?track=rust-actix").await;
    assert!(errors > 30, "{errors} errors");
    println!("{errors} errors: {} bytes; none: {} bytes", page.len(), chosen.len());
    assert!(
        page.len() < 60_000 && chosen.len() < 60_000,
        "{} and {} bytes",
        page.len(),
        chosen.len()
    );
}

async fn edit(person: &Person, path: &str, slug: &'static str) -> crate::support::app::Answer {
    let seen = version(person, path).await;
    let mut fields: Vec<(&str, &str)> = with_track(slug, slug);
    fields.push(("version", &seen));
    person.post(&format!("{path}/edit"), &fields).await
}

#[actix_web::test]
async fn staff_correct_the_role_before_the_search_and_not_after() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "a@halyard.test").await;
    let staff = app.recruiter().await;
    assert!(!staff.page(&format!("{path}/edit")).await.contains(ASKED));
    second_track(&app).await;
    let page = staff.page(&format!("{path}/edit")).await;
    assert!(chosen(&page, "rust-actix"));
    assert_eq!(rows(&page), ["Rust", "actix-web", "Docker"], "the request's own skills");
    edit(&staff, &path, "reliability").await.to();
    assert_eq!(track_of(&app, &path).await, "reliability");
    assert!(staff.page(&path).await.contains("Site reliability"));
    // A track that closed meanwhile stays the request's own.
    close(&app, "reliability").await;
    assert!(chosen(&staff.page(&format!("{path}/edit")).await, "reliability"));
    edit(&staff, &path, "reliability").await.to();
    let seen = version(&staff, &path).await;
    staff.post(&format!("{path}/open"), &[("version", &seen)]).await.to();
    assert!(!staff.page(&format!("{path}/edit")).await.contains(ASKED));
    let answer = edit(&staff, &path, "rust-actix").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("href=\"#f-track\""));
    assert_eq!(track_of(&app, &path).await, "reliability");
}

#[actix_web::test]
async fn the_role_is_chosen_in_a_browser_with_and_without_scripts() {
    for javascript in [true, false] {
        let settings = Settings {
            javascript,
            width: 360,
            ..Settings::default()
        };
        let Some(browser) = Browser::start(settings).await else {
            return;
        };
        let app = app().await;
        second_track(&app).await;
        browser.goto(format!("{}/start", app.url)).await;
        browser.fill("title", "On call").await;
        browser.fill("system", "A hundred services.").await;
        browser.click(".radio-card:nth-child(2)").await;
        assert_eq!(browser.count("button[value=role]").await, 1);
        if !javascript {
            browser.click_text("Fill in its usual skills").await;
        }
        let filled = ".pair [name=must_skill][value=Kubernetes]";
        browser.attribute(filled, "value").await;
        assert_eq!(browser.value("system").await, "A hundred services.");
        assert_eq!(browser.sideways().await, 0);
        if javascript {
            assert!(!browser.has("Fill in its usual skills").await, "scripts press it");
            let found = browser.axe().await;
            assert!(found.is_empty(), "{found:#?}");
        }
        for (field, value) in [
            ("zone", "New York"),
            ("organization", "Nightwatch"),
            ("name", "Nora Newman"),
            ("email", "nora@nightwatch.test"),
            ("password", PASSWORD),
        ] {
            browser.fill(field, value).await;
        }
        browser.click_text("Send the request").await;
        browser.sees("We have your request").await;
        browser.sees("Site reliability").await;
        browser.sees("Kubernetes").await;
        let complaints = browser.complaints().await;
        assert!(complaints.is_empty(), "scripts {javascript}: {complaints:?}");
    }
}
