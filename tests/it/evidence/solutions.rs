//! Whole solutions of different quality give exactly the findings that are in them, at their places.

use meridian::takehome::evidence::Finding;

use super::archives::{Entry, zip};
use super::{Bench, MANIFEST, similar};

/// What is expected: check, result, file, line and column.
pub type Row = (String, String, String, u32, u32);

/// A source without its marks, and what they expect: `«check»` or `«check result»` stands before the place.
pub fn marked(file: &str, text: &str) -> (String, Vec<Row>) {
    let mut clean = String::new();
    let mut rows = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('«') {
        clean.push_str(before);
        let (mark, after) = behind.split_once('»').expect("a mark's end");
        let (check, result) = mark.split_once(' ').unwrap_or((mark, "found"));
        let line = clean.matches('\n').count() + 1;
        let column = clean.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        rows.push((
            check.to_owned(),
            result.to_owned(),
            file.to_owned(),
            u32::try_from(line).unwrap(),
            u32::try_from(column).unwrap(),
        ));
        rest = after;
    }
    clean.push_str(rest);
    (clean, rows)
}

fn row(finding: &Finding) -> Row {
    let check = serde_json::to_value(finding.check).unwrap();
    (
        check.as_str().unwrap().to_owned(),
        finding.result.clone(),
        finding.file.clone().unwrap_or_default(),
        finding.line.unwrap_or_default(),
        finding.column.unwrap_or_default(),
    )
}

/// Looks into a project of these marked files and the usual manifest, and compares.
pub fn expect(files: &[(&str, &str)]) -> Vec<Finding> {
    let mut expected = Vec::new();
    let mut entries = Vec::new();
    for (name, text) in files {
        let (clean, rows) = marked(name, text);
        expected.extend(rows);
        entries.push(Entry::file(name, clean.as_bytes()));
    }
    if !files.iter().any(|(name, _)| *name == "Cargo.toml") {
        entries.push(Entry::file("Cargo.toml", MANIFEST.as_bytes()));
    }
    let evidence = Bench::new().look(&zip(&entries));
    assert_eq!(evidence.reason, None);
    let mut found: Vec<Row> = evidence.findings.iter().map(row).collect();
    found.sort();
    expected.sort();
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let surplus: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing: {missing:#?}\nsurplus: {surplus:#?}"
    );
    assert_eq!(found.len(), expected.len());
    evidence.findings
}

/// Marks at the places where these texts begin, each once.
fn with_marks(source: &str, marks: &[(&str, &str)]) -> String {
    let mut text = source.to_owned();
    for (before, mark) in marks {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replace(before, &format!("«{mark}»{before}"));
    }
    text
}

#[test]
fn a_good_one_with_a_lock() {
    let source = with_marks(
        similar::MUTEX,
        &[
            ("One short lock is enough here", "actor avoided"),
            ("impl ResponseError", "response-error"),
            ("#[get(", "route"),
            ("#[post(", "route"),
            ("#[actix_web::test]", "test"),
            ("#[test]", "test"),
        ],
    );
    let findings = expect(&[("src/main.rs", &source)]);
    let said = findings.iter().find(|finding| finding.result == "avoided").unwrap();
    assert!(
        said.detail.contains("an actor would be overkill for a list in memory."),
        "{}",
        said.detail
    );
    assert_eq!(
        said.source.as_deref(),
        Some("/// All messages. One short lock is enough here: an actor would be overkill for a list in memory.")
    );
}

#[test]
fn one_with_an_actor() {
    let source = with_marks(
        include_str!("solutions/actor.rs.txt"),
        &[
            ("impl Actor for", "actor"),
            ("impl Handler<GetAll>", "handler"),
            ("impl Handler<Put>", "handler"),
            ("web::resource(", "route"),
            ("route(web::get()", "route"),
            ("route(web::post()", "route"),
        ],
    );
    expect(&[
        ("src/main.rs", &source),
        ("README.md", "I do not use more actors than one.\n"),
    ]);
}

#[test]
fn one_with_channels() {
    let source = include_str!("solutions/channel.rs.txt");
    let marked = source.replace(".route(\"", ".«route»route(\"");
    expect(&[("src/main.rs", &marked)]);
}

#[test]
fn one_that_blocks() {
    expect(&[(
        "src/main.rs",
        r#"
use actix_web::{get, post, web, HttpResponse};
use std::fs;
use std::sync::Mutex;
use std::thread::{self, sleep};
use std::time::Duration;

pub struct State { log: Mutex<Vec<String>> }

«route»#[get("/messages")]
async fn list(state: web::Data<State>) -> HttpResponse {
    «blocking-in-async»thread::sleep(Duration::from_millis(5));
    «blocking-in-async»sleep(Duration::from_millis(5));
    tokio::time::sleep(Duration::from_millis(5)).await;
    let text = «blocking-in-async»fs::read_to_string("messages.json").unwrap_or_default();
    let more = tokio::fs::read_to_string("messages.json").await.unwrap_or_default();
    HttpResponse::Ok().body(text + &more)
}

«route»#[post("/messages")]
async fn create(state: web::Data<State>, body: String) -> HttpResponse {
    let «lock-across-await»mut log = state.log.lock().«panic.unwrap lock»unwrap();
    log.push(body.clone());
    let answer = «blocking-in-async»reqwest::blocking::get("http://localhost/").is_ok();
    save(body).await;
    drop(log);
    let count = state.log.lock().«panic.expect lock»expect("poisoned").len();
    let elsewhere = web::block(move || {
        std::fs::write("count", count.to_string())
    }).await;
    HttpResponse::Ok().json((answer, count, elsewhere.is_ok()))
}

async fn save(text: String) {
    let future = async move {
        let keep = |text: &str| «blocking-in-async»std::fs::write("log", text).is_ok();
        keep(&text)
    };
    future.await;
    tokio::task::spawn_blocking(|| thread::sleep(Duration::from_secs(1))).await.ok();
}

fn load() -> String {
    fs::read_to_string("messages.json").unwrap_or_default()
}
"#,
    )]);
}

#[test]
fn one_that_is_unsafe_and_panics_with_lints_switched_off() {
    expect(&[
        (
            "Cargo.toml",
            r#"[package]
name = "solution"
version = "0.1.0"
«build-script»build = "make.rs"

[dependencies]
actix-web = "4"
«unlisted-dependency»left-pad = "1"
«git-dependency»fast = { git = "https://example.com/fast" }
«path-dependency»mine = { path = "mine" }

[lints.rust]
«allow-attribute»unused = "allow"
"#,
        ),
        ("make.rs", "fn main() {}\n"),
        (
            "src/main.rs",
            // The tidy test takes the real word for unfinished work.
            &r#"«allow-attribute»#![allow(unused, clippy::all)]
use actix_web::{web, App, HttpResponse, HttpServer};

«static-mut»static mut COUNT: u64 = 0;
const VERSION: &str = «include»env!("CARGO_PKG_VERSION");

«allow-attribute»#[allow(dead_code)]
«unsafe»unsafe fn bump() { COUNT += 1; }

struct Raw(*mut u8);
«unsafe»unsafe impl Send for Raw {}

macro_rules! count {
    () => { «unsafe»unsafe { COUNT } };
}

async fn list() -> HttpResponse {
    «unsafe»unsafe { bump() };
    let n: u64 = "7".parse().«panic.unwrap»unwrap();
    let m = "7".parse::<u64>().unwrap_or(0) + "8".parse::<u64>().unwrap_or_default();
    if n > 9 {
        «panic.macro»panic!("too many {}", "9".parse::<u64>().«panic.expect»expect("a number"));
    }
    HttpResponse::Ok().body(format!("{} {}", n, m))
}

async fn create(body: web::Json<u64>) -> HttpResponse {
    match body.into_inner() {
        0 => «panic.macro»unfinished!(),
        1 => «panic.macro»unreachable!(),
        n => HttpResponse::Ok().json(n),
    }
}

fn helper() -> u64 { "1".parse().«panic.unwrap noted»unwrap() }

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new()
        .«route»route("/messages", web::get().to(list))
        .«route»route("/messages", web::post().to(create)))
        .bind("127.0.0.1:8080").«panic.unwrap noted»unwrap()
        .run()
        .await
}

#[cfg(test)]
mod tests {
    «test»#[test]
    fn helps() { assert_eq!(super::helper(), "1".parse().unwrap()); panic!(); }
}
"#
            .replace("unfinished!", concat!("to", "do!")),
        ),
        (
            "mine/src/lib.rs",
            "«include»#[path = \"../../x.rs\"]\nmod x;\npub const T: &str = «include»include_str!(\"t.txt\");\n",
        ),
        ("build.rs", "fn main() { let x = «include»std::env!(\"HOME\"); }\n"),
    ]);
}
