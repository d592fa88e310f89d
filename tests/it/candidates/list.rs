//! The pool as a list, and its pages in a browser.

use actix_web::http::StatusCode;
use meridian::demo::sample;

use super::seeded;
use crate::support::app::{App, PASSWORD, monday};
use crate::support::browser::{Browser, Settings};

fn hrefs(page: &str, prefix: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links
        .filter(|link| link.starts_with(prefix))
        .map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

fn people(page: &str) -> Vec<String> {
    let rows = page
        .split("class=\"row\" href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    // Which page of the list they lead back to is another matter.
    rows.map(|link| link.split('?').next().unwrap_or(link).to_owned())
        .collect()
}

#[actix_web::test]
async fn the_list_of_a_thousand_is_walked_both_ways_and_stays_small() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let staff = app.recruiter().await;
    for sort in ["updated", "name", "newest"] {
        let mut seen = Vec::new();
        let mut path = format!("/candidates?sort={sort}");
        let mut pages = Vec::new();
        loop {
            let page = staff.page(&path).await;
            assert!(page.len() <= 60 * 1024, "{path}: {} bytes", page.len());
            seen.extend(people(&page));
            pages.push(people(&page));
            match hrefs(&page, "/candidates?")
                .into_iter()
                .find(|link| link.contains("after="))
            {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), 1000, "{sort}");
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 1000, "{sort}: nobody twice");
        let last = staff.page(&path).await;
        let back = hrefs(&last, "/candidates?")
            .into_iter()
            .find(|link| link.contains("before="))
            .expect("a way back");
        assert_eq!(
            people(&staff.page(&back).await),
            pages[pages.len() - 2],
            "{sort}: the same page backwards"
        );
    }
    for (query, found) in [
        ("skill=rust", "<b>146</b> of 1000"),
        ("skill=C%2B%2B", "<b>226</b> of 1000"),
        ("skill=rust&level=3", "<b>0</b> of 1000"),
        ("seniority=junior", "<b>83</b> of 1000"),
        ("place=colombia", "<b>4</b> of 1000"),
        ("place=bogota", "<b>4</b> of 1000"),
        ("vetted=yes", "<b>0</b> of 1000"),
        ("q=M-1001", "<b>1</b> of 1000"),
        ("q=%25", "<b>0</b> of 1000"),
        ("origin=import&state=active", "<b>1000</b> of 1000"),
    ] {
        let page = staff.page(&format!("/candidates?{query}")).await;
        assert!(
            page.contains(found),
            "{query}: {}",
            page.split("facts-line")
                .nth(1)
                .unwrap_or_default()
                .get(..200)
                .unwrap_or_default()
        );
    }
    assert!(
        staff
            .page("/candidates?skill=weaving")
            .await
            .contains("No skill has this name")
    );
    // The person who names most technologies of all.
    let most: uuid::Uuid =
        sqlx::query_scalar("select candidate_id from claims group by 1 order by count(*) desc limit 1")
            .fetch_one(app.db.pool())
            .await
            .expect("somebody");
    for part in ["", "/ledger", "/vetting", "/history", "/edit"] {
        let page = staff.page(&format!("/candidates/{most}{part}")).await;
        assert!(page.len() <= 60 * 1024, "{part}: {} bytes", page.len());
    }
    let page = staff.page(&format!("/candidates/{most}")).await;
    assert!(page.contains("To confirm before this person can be matched"));
    assert_eq!(
        staff
            .get("/candidates/0190b1f0-0000-7000-8000-00000000dead")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(staff.get("/candidates/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_pages_hold_in_a_browser_wide_narrow_light_and_dark() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let staff = app.recruiter().await;
    let home = staff
        .post(
            "/candidates",
            &[
                ("name", "Ana Lucía Restrepo"),
                ("email", "ana@people.test"),
                ("city", "Medellín"),
                ("country", "Colombia"),
                ("zone", "America/Bogota"),
                ("work_start", "09:00"),
                ("work_end", "18:00"),
                ("day", "mon"),
                ("day", "tue"),
                ("seniority", "senior"),
                ("headline", "Cut p99 of a payments API from 180 to 22 ms"),
                (
                    "wishes",
                    "A team that profiles before it optimises.\nNo on-call in the first month.",
                ),
            ],
        )
        .await
        .to()
        .to_owned();
    let claim = |skill: &'static str, value: &'static str, checked: &'static str| {
        [
            ("kind", "skill"),
            ("skill", skill),
            ("value", value),
            ("source", "interview"),
            ("checked", checked),
        ]
    };
    for fields in [
        claim("rust", "5", "yes"),
        claim("actix web", "4", "yes"),
        claim("tokio", "4", ""),
        claim("docker", "", ""),
    ] {
        staff.post(&format!("{home}/ledger"), &fields).await.to();
    }
    staff
        .post(&format!("{home}/checks"), &[("kind", "identity"), ("result", "passed")])
        .await
        .to();
    staff
        .post(&format!("{home}/checks"), &[("kind", "english"), ("result", "begin")])
        .await
        .to();
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    browser.goto(&format!("{}/login", app.url)).await;
    browser.fill("E-mail", "recruiter@agency.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.submit().await;
    browser.arrives("/desk").await;
    for (width, dark) in [(1280, false), (360, false), (1280, true), (360, true)] {
        browser.resize(width, 900).await;
        browser.prefer_dark(dark).await;
        for part in [
            "/candidates",
            "/candidates/new",
            "",
            "/ledger",
            "/vetting",
            "/history",
            "/edit",
        ] {
            let path = if part.starts_with("/candidates") {
                part.to_owned()
            } else {
                format!("{home}{part}")
            };
            browser.goto(&format!("{}{path}", app.url)).await;
            assert_eq!(browser.sideways().await, 0, "{path} at {width}");
            let found = browser.axe().await;
            assert!(found.is_empty(), "{path} at {width}, dark {dark}: {found:#?}");
            let complaints = browser.complaints().await;
            assert!(complaints.is_empty(), "{path}: {complaints:?}");
        }
    }
}

#[actix_web::test]
async fn what_no_field_can_hold_is_left_out_of_a_search() {
    let app = App::start().await;
    super::seeded(&app).await;
    let staff = app.recruiter().await;
    for query in ["q=%00", "place=%00", "skill=%00", "q=a%00b&place=%07c"] {
        staff.page(&format!("/candidates?{query}")).await;
    }
}
