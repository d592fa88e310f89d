//! Every page of the app, as every role sees it in the demo agency: found by its links as a person finds it, and held to
//! the limits of all pages. The list is the app's own route table: a page that no role reaches has to be explained.

pub mod hostile;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actix_web::http::{Method, StatusCode};
use meridian::demo::{self, ACCOUNTS};

use crate::support::app::{App, Person};
use crate::support::browser::{Browser, Settings};
use crate::support::cluster;
use crate::support::wire::Wire;

/// HTML of a page, uncompressed, in bytes.
const LARGEST: usize = 60 * 1024;
/// Statements of a page; the begin and end of a transaction are none.
const STATEMENTS: usize = 8;
/// Pages that each role reaches from its home by plain links.
const FEWEST: usize = 8;
/// How many addresses of one pattern are visited: the pages of the first few candidates stand for all.
const EACH: usize = 4;

/// Pages to which no link of the demo agency leads, each with the reason. Those that stand only for a moment are looked at in
/// `signing_in/seen.rs`.
const UNLINKED: &[(&str, &str)] = &[
    ("/invitations/{token}", "the link is printed once, for one person"),
    ("/confirm/{token}", "the link is in a letter"),
    ("/reset/{token}", "the link is in a letter"),
    ("/reference/{token}", "the link is in a letter to a referee"),
    (
        "/login/code",
        "asked for between password and home, where there is a second factor",
    ),
    ("/account/prove", "asked for by acts, when the last proof is old"),
    (
        "/candidates/{id}/beside",
        "offered where one came from a list, which the walk forgets",
    ),
    ("/pipeline/move", "asked for by the button of a card"),
    ("/pipeline/bulk", "asked for with the people who are ticked"),
    (
        "/candidates/{id}/checks/{check}/card",
        "linked for who owes it; the walk looks at a few people, and at nobody in this state",
    ),
];

/// The demo agency, listened to on its wire.
struct Agency {
    app: App,
    wire: Wire,
}

impl Agency {
    async fn open() -> Self {
        let database = cluster::database().await;
        let wire = Wire::to(&database.connect_options());
        let options = wire.options();
        let app = App::start_through(database, options).await;
        demo::agency::open(&app.parts).await.expect("the demo agency");
        Self { app, wire }
    }

    /// Signs a demo account in, or nobody, and gives where that person lands.
    async fn enter(&self, email: Option<&str>) -> (Person, String) {
        let person = self.app.stranger();
        let Some(email) = email else {
            return (person, "/".to_owned());
        };
        let answer = person
            .post("/login", &[("email", email), ("password", demo::PASSWORD)])
            .await;
        let home = answer.to().to_owned();
        (person, home)
    }
}

/// A page as it was seen.
#[derive(Debug)]
struct Page {
    /// The route's pattern.
    pattern: &'static str,
    /// The address.
    path: String,
    html: String,
    statements: Vec<String>,
}

/// The pattern that an address belongs to: a fixed word wins over a parameter, as in the app.
fn pattern_of(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let routes = meridian::app::routes().list();
    let fits = |pattern: &&str| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(want, part)| want.starts_with('{') || want == part)
    };
    let pages = routes
        .iter()
        .filter(|(method, _)| method == Method::GET)
        .map(|(_, pattern)| *pattern);
    pages.filter(fits).min_by_key(|pattern| pattern.matches('{').count())
}

/// The addresses that plain links of a page lead to, on this site.
fn links(html: &str) -> Vec<String> {
    let tags = html.split("<a ").skip(1).filter_map(|rest| rest.split('>').next());
    let addresses = tags.filter_map(|tag| tag.split("href=\"").nth(1)?.split('"').next());
    addresses
        .filter(|address| address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/static/"))
        .map(|address| {
            address
                .split('#')
                .next()
                .unwrap_or_default()
                .replace("&amp;", "&")
                .replace("&#38;", "&")
        })
        // A person's page is the same one, whichever list it was opened from.
        .map(|address| address.split("?list=").next().unwrap_or_default().to_owned())
        .collect()
}

/// Follows links from a person's home, a few addresses of each pattern; what goes wrong on the way is written down.
async fn walk(agency: &Agency, email: Option<&str>, wrong: &mut Vec<String>) -> Vec<Page> {
    let who = email.unwrap_or("a stranger");
    let (person, home) = agency.enter(email).await;
    let mut seen: BTreeSet<String> = BTreeSet::from([home.clone()]);
    let mut waiting = VecDeque::from([home]);
    let mut visited: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut pages = Vec::new();
    while let Some(path) = waiting.pop_front() {
        let Some(pattern) = pattern_of(&path) else {
            if !["/healthz", "/readyz"].contains(&path.as_str()) {
                wrong.push(format!("{who}: {path} is linked and no route"));
            }
            continue;
        };
        let count = visited.entry(pattern).or_default();
        if *count >= EACH {
            continue;
        }
        *count += 1;
        // The first visit prepares statements; the second is what a page costs.
        person.get(&path).await;
        agency.wire.statements();
        let answer = person.get(&path).await;
        let statements = agency.wire.statements();
        let kind = answer.headers.get("content-type").cloned().unwrap_or_default();
        if answer.status == StatusCode::SEE_OTHER {
            let to = answer.to().to_owned();
            if seen.insert(to.clone()) {
                waiting.push_back(to);
            }
            continue;
        }
        if answer.status != StatusCode::OK {
            wrong.push(format!("{who}: {path} is linked and answers {}", answer.status));
            continue;
        }
        let html = if kind.starts_with("text/html") {
            answer.text()
        } else {
            String::new()
        };
        for link in links(&html) {
            if seen.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
        pages.push(Page {
            pattern,
            path,
            html,
            statements,
        });
    }
    pages
}

fn people() -> impl Iterator<Item = Option<&'static str>> {
    std::iter::once(None).chain(ACCOUNTS.iter().map(|email| Some(*email)))
}

#[actix_web::test]
async fn every_page_is_reached_and_light() {
    let agency = Agency::open().await;
    let secrets: Vec<String> = sqlx::query_scalar("select email from candidates where email is not null")
        .fetch_all(agency.app.db.pool())
        .await
        .expect("addresses of candidates");
    let mut wrong = Vec::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for email in people() {
        let who = email.unwrap_or("a stranger");
        let pages = walk(&agency, email, &mut wrong).await;
        let addresses: BTreeSet<&str> = pages.iter().filter_map(|page| page.path.split('?').next()).collect();
        if email.is_some() && addresses.len() < FEWEST {
            wrong.push(format!("{who} reaches only {addresses:?}"));
        }
        for page in &pages {
            reached.insert(page.pattern);
            wrong.extend(
                judge(page)
                    .into_iter()
                    .map(|what| format!("{who}: {}: {what}", page.path)),
            );
            if email.is_none() || email == Some(ACCOUNTS[2]) {
                let told = secrets.iter().filter(|secret| page.html.contains(*secret));
                wrong.extend(told.map(|secret| format!("{who}: {}: shows the address {secret}", page.path)));
            }
        }
    }
    for (method, pattern) in meridian::app::routes().list() {
        let explained = UNLINKED.iter().any(|(known, _)| *known == pattern);
        if method == Method::GET && reached.contains(pattern) == explained {
            wrong.push(format!(
                "{pattern}: no link of the demo agency leads there, or it is explained and one does"
            ));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} offences:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with a page, apart from how it looks.
fn judge(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    if page.html.len() > LARGEST {
        wrong.push(format!("{} bytes, at most {LARGEST}", page.html.len()));
    }
    if page.statements.len() > STATEMENTS {
        let statements: Vec<String> = page.statements.iter().map(|text| shortened(text)).collect();
        wrong.push(format!(
            "{} statements, at most {STATEMENTS}:\n    {}",
            statements.len(),
            statements.join("\n    ")
        ));
    }
    if !page.html.is_empty() {
        if page.html.matches("<h1").count() != 1 {
            wrong.push("has not one h1".to_owned());
        }
        if page.html.contains("<title></title>") || !page.html.contains("<title>") {
            wrong.push("has no title".to_owned());
        }
    }
    wrong
}

fn shortened(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    words.join(" ").chars().take(120).collect()
}

#[test]
fn a_page_beyond_the_limits_is_seen() {
    let heavy = Page {
        pattern: "/",
        path: "/".to_owned(),
        html: format!("<title></title>{}", "x".repeat(LARGEST)),
        statements: vec!["select 1".to_owned(); STATEMENTS + 1],
    };
    assert_eq!(judge(&heavy).len(), 4, "{:?}", judge(&heavy));
    let light = Page {
        pattern: "/",
        path: "/".to_owned(),
        html: "<title>Home</title><h1>Home</h1>".to_owned(),
        statements: vec!["select 1".to_owned(); STATEMENTS],
    };
    assert_eq!(judge(&light), Vec::<String>::new());
    assert_eq!(
        links("<a class=\"x\" href=\"/a?b=1&amp;c=2#d\">x</a> <a href=\"https://x.test/\">y</a>"),
        ["/a?b=1&c=2"]
    );
    assert_eq!(pattern_of("/login?next=%2F"), Some("/login"));
    assert_eq!(pattern_of("/no-such-page"), None);
}

/// Each page of one person in a real browser: light and dark, wide and narrow.
async fn look(email: Option<&str>) {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let agency = Agency::open().await;
    let mut wrong = Vec::new();
    let pages = walk(&agency, email, &mut wrong).await;
    if let Some(email) = email {
        browser.goto(format!("{}/login", agency.app.url)).await;
        browser.fill("email", email).await;
        browser.fill("password", demo::PASSWORD).await;
        browser.submit().await;
        browser.leaves("/login").await;
    }
    let mut looked_at: BTreeSet<&str> = BTreeSet::new();
    for page in pages.iter().filter(|page| !page.html.is_empty()) {
        if looked_at.insert(page.pattern) {
            let url = format!("{}{}", agency.app.url, page.path);
            wrong.extend(
                examine(&browser, &url)
                    .await
                    .into_iter()
                    .map(|what| format!("{}: {what}", page.path)),
            );
        }
    }
    assert!(wrong.is_empty(), "{} offences:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a browser finds wrong with the page at this address.
async fn examine(browser: &Browser, url: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    browser.goto(url).await;
    for (width, height) in [(1280, 900), (360, 740)] {
        browser.resize(width, height).await;
        let sideways = browser.sideways().await;
        if sideways > 0 {
            wrong.push(format!("scrolls {sideways} px sideways at {width} px"));
        }
        for dark in [false, true] {
            browser.prefer_dark(dark).await;
            let scheme = if dark { "dark" } else { "light" };
            for violation in browser.axe().await {
                let elements = violation.elements.join("\n    ");
                let (rule, help) = (&violation.rule, &violation.help);
                wrong.push(format!("{rule} at {width} px, {scheme}: {help}\n    {elements}"));
            }
        }
    }
    wrong.extend(
        browser
            .complaints()
            .await
            .into_iter()
            .map(|complaint| format!("the console says: {complaint}")),
    );
    wrong
}

#[actix_web::test]
async fn a_stranger_can_see_every_page() {
    look(None).await;
}

#[actix_web::test]
async fn an_admin_can_see_every_page() {
    look(Some(ACCOUNTS[0])).await;
}

#[actix_web::test]
async fn a_recruiter_can_see_every_page() {
    look(Some(ACCOUNTS[1])).await;
}

#[actix_web::test]
async fn a_client_can_see_every_page() {
    look(Some(ACCOUNTS[2])).await;
}

#[actix_web::test]
async fn a_candidate_can_see_every_page() {
    look(Some(ACCOUNTS[3])).await;
}
