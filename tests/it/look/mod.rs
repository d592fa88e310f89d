//! How it looks, as far as a test can say: every macro renders, every pair of colours can be read, the styles stay small.

mod guide;

use std::fmt::Write as _;

use actix_web::http::{Method, StatusCode};
use askama::Template;

use crate::support::app::App;
use crate::support::browser::{Browser, Key, Settings};
use guide::guide;

#[test]
fn every_macro_renders_and_escapes() {
    let html = guide().render().expect("the guide renders");
    if let Ok(path) = std::env::var("MERIDIAN_GUIDE") {
        std::fs::write(path, &html).expect("the guide is written where it was asked for");
    }
    assert!(html.contains("&#60;b&#62;Robert&#60;/b&#62;"), "names are escaped");
    assert!(
        html.contains("value=\"a &#34;quoted&#34; &#60;word&#62;\""),
        "what was typed comes back, escaped"
    );
    assert!(
        html.contains("aria-invalid=\"true\" aria-describedby=\"h-title e-title\""),
        "an error is tied to its field"
    );
    assert!(
        html.contains("aria-label=\"8,600 of 10,000 points"),
        "the bar says its points"
    );
    assert!(html.contains("Day 12 of 30"), "the line says its day");
    assert!(
        !html.contains(" style="),
        "no style attributes: the content policy refuses them"
    );
    assert!(html.contains("<option value=\"USD\" selected>"));
}

#[test]
fn every_file_that_a_page_names_is_served() {
    let html = guide().render().expect("the guide renders");
    let named: Vec<&str> = html
        .split("\"/static/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(named.len() >= 4, "style, scripts, icon: {named:?}");
    for address in named {
        assert!(
            address.contains("?v="),
            "{address} has no hash: it is not in the list of assets"
        );
    }
}

const CSS: [&str; 8] = [
    "tokens",
    "base",
    "layout",
    "components",
    "marks",
    "matching",
    "utilities",
    "print",
];

fn css(name: &str) -> String {
    std::fs::read_to_string(format!("{}/static/css/{name}.css", env!("CARGO_MANIFEST_DIR")))
        .expect("the style file is there")
}

/// The two colours of a token: `--name: light-dark(#light, #dark);`.
fn token(tokens: &str, name: &str) -> [[u8; 3]; 2] {
    let start = tokens
        .find(&format!("--{name}: light-dark("))
        .unwrap_or_else(|| panic!("no token {name}"));
    let inside = tokens[start..]
        .split_once('(')
        .expect("a bracket")
        .1
        .split_once(')')
        .expect("a closing bracket")
        .0;
    let colours: Vec<[u8; 3]> = inside
        .split(',')
        .map(|colour| {
            let hex = colour.trim().trim_start_matches('#');
            [0, 2, 4].map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("a hex colour"))
        })
        .collect();
    [colours[0], colours[1]]
}

/// WCAG 2 contrast ratio.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_pair_of_text_and_ground_meets_aa() {
    let tokens = css("tokens");
    let grounds = ["ground", "panel", "sunk", "tint"];
    let mut low = String::new();
    let mut check = |text: &str, ground: &str, least: f64| {
        for (scheme, (a, b)) in ["light", "dark"]
            .iter()
            .zip(token(&tokens, text).into_iter().zip(token(&tokens, ground)))
        {
            let ratio = contrast(a, b);
            if ratio < least {
                let _ = writeln!(low, "{text} on {ground}, {scheme}: {ratio:.2} < {least}");
            }
        }
    };
    for ground in grounds {
        for text in ["ink", "soft", "accent"] {
            check(text, ground, 4.5);
        }
    }
    for (ground, texts) in [
        ("ground", ["ok", "wait", "bad"]),
        ("panel", ["ok", "wait", "bad"]),
        ("tint", ["ok-deep", "wait-deep", "bad"]),
    ] {
        for text in texts {
            check(text, ground, 4.5);
        }
    }
    for kind in ["ok", "wait", "bad"] {
        let tint = format!("{kind}-tint");
        for text in ["ink", "soft", kind] {
            check(text, &tint, 4.5);
        }
    }
    check("accent", "bad-tint", 4.5);
    check("on-accent", "accent", 4.5);
    check("control-line", "panel", 3.0);
    check("control-line", "ground", 3.0);
    assert!(low.is_empty(), "contrast is too low:\n{low}");
}

#[test]
fn the_styles_stay_small() {
    let total: usize = CSS.iter().map(|name| css(name).len()).sum();
    assert!(total < 40_000, "{total} bytes of styles");
}

#[test]
fn every_class_that_the_macros_use_has_a_style_or_is_known() {
    let styles: String = CSS.iter().map(|name| css(name)).collect();
    let html = guide().render().expect("the guide renders");
    // Said by a class for scripts and tests, drawn like its neighbours.
    let plain = ["info", "ahead", "end", "open", "minor"];
    let mut missing = Vec::new();
    for classes in html.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        for class in classes.split_whitespace() {
            if !plain.contains(&class) && !styles.contains(&format!(".{class}")) {
                missing.push(class.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "classes without a style: {missing:?}");
}

fn templates(directory: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "html") {
            let text = std::fs::read_to_string(&path).expect("a template");
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn templates_keep_to_the_content_policy_and_to_the_styles() {
    let styles: String = CSS.iter().map(|name| css(name)).collect();
    let mut all = Vec::new();
    templates(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")),
        &mut all,
    );
    assert!(all.len() > 10, "the templates are found");
    // Names for scripts, tests and neighbours; they look like nothing of their own.
    let plain = ["info", "open", "end", "wide", "pick"];
    let mut wrong = Vec::new();
    for (path, text) in &all {
        for forbidden in [" style=\"", " onclick=", " onchange=", "<style", "javascript:"] {
            if text.contains(forbidden) {
                wrong.push(format!("{path}: {forbidden}"));
            }
        }
        if text.contains("<script") && !path.ends_with("layouts/head.html") {
            wrong.push(format!("{path}: a script of its own"));
        }
        for classes in text
            .split(" class=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            if classes.contains('{') {
                continue;
            }
            for class in classes.split_whitespace() {
                if !plain.contains(&class) && !styles.contains(&format!(".{class}")) {
                    wrong.push(format!("{path}: class {class} has no style"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn the_public_promise_is_the_default_promise() {
    use meridian::organizations::terms::{Cause, DayKind, PaymentRule, Restart, Terms};
    let app = App::start().await;
    let page = app.stranger().page("/guarantee").await;
    let Terms {
        days,
        day_kind: DayKind::Calendar,
        notice_business_days,
        most_replacements: 1,
        payment_rule: PaymentRule::None,
        restart: Restart::None,
        exclusions,
        check_in_days,
        ..
    } = Terms::default_promise()
    else {
        panic!("the default promise is another one now: write the page anew");
    };
    let [first, second, third] = check_in_days[..] else {
        panic!("three check-ins")
    };
    assert_eq!(
        exclusions,
        [
            Cause::Layoff,
            Cause::ScopeChange,
            Cause::Relocation,
            Cause::ClientBreach
        ]
    );
    for words in [
        format!(
            "{days} calendar days. The first day of paid work is day 1, the last covered day is {} days after it",
            days - 1
        ),
        format!("within {notice_business_days} business days of the last working day"),
        "One replacement, without another fee".to_owned(),
        format!("The {days} days do not start again"),
        "No rule about invoices stands in the way".to_owned(),
        "A layoff, a change of the role, a relocation, or a breach of the agreement on your side".to_owned(),
        format!("Days {first}, {second} and {third} are marked for the recruiter to ask both sides"),
    ] {
        assert!(page.contains(&words), "the page does not say: {words}");
    }
}

#[actix_web::test]
async fn static_files_are_kept_for_ever_and_asked_again_for_nothing() {
    let app = App::start().await;
    let stranger = app.stranger();
    let page = stranger.page("/").await;
    let address = page
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.contains("app.css"));
    let address = address.expect("the page names its styles");
    let first = stranger.get(address).await;
    assert_eq!(first.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(first.headers["x-content-type-options"], "nosniff");
    let again = stranger
        .send(
            Method::GET,
            address,
            &[("if-none-match", &first.headers["etag"])],
            Vec::new(),
        )
        .await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(
        stranger.get("/static/../Cargo.toml").await.status,
        StatusCode::NOT_FOUND
    );
}

/// Every public page in a real browser: wide and narrow, light and dark, nothing scrolls sideways, nothing that axe knows.
#[actix_web::test]
async fn public_pages_hold_at_every_width_and_in_both_schemes() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let app = App::start().await;
    for path in ["/", "/how-we-vet", "/guarantee", "/login"] {
        for dark in [false, true] {
            browser.prefer_dark(dark).await;
            for width in [360, 1280] {
                browser.resize(width, 800).await;
                browser.goto(format!("{}{path}", app.url)).await;
                assert_eq!(browser.sideways().await, 0, "{path} at {width}");
                let found = browser.axe().await;
                assert!(found.is_empty(), "{path} at {width}, dark {dark}: {found:#?}");
            }
        }
    }
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// The menu of a narrow screen opens, walks and closes by keyboard, with scripts switched off.
#[actix_web::test]
async fn the_narrow_menu_needs_no_script() {
    let settings = Settings {
        javascript: false,
        width: 360,
        height: 640,
        dark: false,
    };
    let Some(browser) = Browser::start(settings).await else {
        return;
    };
    let app = App::start().await;
    browser.goto(format!("{}/guarantee", app.url)).await;
    assert!(!browser.has("How we vet").await, "the menu is closed");
    browser.keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "Skip to the page");
    browser.keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "Menu");
    browser.keys(Key::Enter).await;
    browser.sees("How we vet").await;
    browser.keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "How we vet");
    browser.keys(Key::Enter).await;
    browser.arrives("/how-we-vet").await;
}
