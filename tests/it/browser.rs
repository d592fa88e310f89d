//! The browser harness itself, against small pages that are planted here: each of its checks must be able to fail.

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::support::browser::{Browser, Key, Settings};

/// A site of one test, on a port of its own.
struct Site {
    address: String,
    server: actix_web::dev::ServerHandle,
}

impl Site {
    /// Serves these pages: (path, body).
    fn of(pages: &'static [(&'static str, &'static str)]) -> Self {
        let server = HttpServer::new(move || {
            let echo = web::post()
                .to(async |body: String| page(&format!("<h1>Received</h1><p>{}</p>", body.replace('&', " "))));
            pages.iter().fold(
                App::new()
                    .route("/echo", echo)
                    .route("/icon", web::get().to(HttpResponse::NoContent)),
                |app, (path, body)| app.route(path, web::get().to(async move || page(body))),
            )
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port");
        let address = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            address,
            server: handle,
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

fn page(body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            "Content-Security-Policy",
            "default-src 'self'; script-src 'self' 'nonce-planted'",
        ))
        .body(format!(
            "<!doctype html><html lang=en><title>Planted</title><link rel=icon href=/icon><main>{body}</main></html>"
        ))
}

const FORM: &str = r"<h1>A form</h1><form method=post action=/echo>
    <label for=who>Name</label> <input id=who name=name value=old>
    <label>Level <select name=level><option value=1>Junior<option value=2>Senior</select></label>
    <label><input type=checkbox name=agree> I agree</label>
    <label><input type=radio name=size value=s> Small</label> <label><input type=radio name=size value=l> Large</label>
    <label for=start>Start</label> <input id=start name=start type=date>
    <label for=note>It's a note</label> <textarea id=note name=note></textarea>
    <button>Save it</button></form>";

async fn fills_the_form(javascript: bool) {
    let Some(browser) = Browser::start(Settings {
        javascript,
        ..Settings::default()
    })
    .await
    else {
        return;
    };
    let site = Site::of(&[("/form", FORM)]);
    browser.goto(site.at("/form")).await;
    browser.fill("Name", "Ana").await;
    browser.fill("level", "Senior").await;
    browser.tick("I agree").await;
    browser.fill("size", "Large").await;
    browser.fill("Start", "2027-01-31").await;
    browser.fill("It's a note", "two words").await;
    assert_eq!(browser.value("name").await, "Ana");
    browser.submit().await;
    browser.arrives("/echo").await;
    browser
        .sees("name=Ana level=2 agree=on size=l start=2027-01-31 note=two+words")
        .await;
    assert!(!browser.has("old").await);
}

#[actix_web::test]
async fn fills_and_sends_a_form() {
    fills_the_form(true).await;
}

#[actix_web::test]
async fn fills_and_sends_a_form_without_javascript() {
    fills_the_form(false).await;
}

const SCRIPTED: &str = "<h1>Scripts</h1><p id=state>scripts are off</p><noscript>served without</noscript>
    <script nonce=planted>document.getElementById('state').textContent = 'scripts are on'</script>";

#[actix_web::test]
async fn scripts_of_a_page_run_only_when_allowed() {
    let site = Site::of(&[("/", SCRIPTED)]);
    for (javascript, expected) in [(true, "scripts are on"), (false, "scripts are off served without")] {
        let Some(browser) = Browser::start(Settings {
            javascript,
            ..Settings::default()
        })
        .await
        else {
            return;
        };
        browser.goto(site.at("/")).await;
        browser.sees(expected).await;
    }
}

const INACCESSIBLE: &str = "<h1>Planted</h1><img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAAC'>
    <p style='color: #ccc; background: #fff'>Pale</p><form><input name=unnamed></form>";

#[actix_web::test]
async fn axe_finds_what_was_planted_and_nothing_else() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let site = Site::of(&[("/bad", INACCESSIBLE), ("/good", "<h1>Good</h1><p>Black on white.</p>")]);
    browser.goto(site.at("/good")).await;
    let found = browser.axe().await;
    assert!(found.is_empty(), "{found:#?}");
    browser.goto(site.at("/bad")).await;
    let found: Vec<String> = browser
        .axe()
        .await
        .into_iter()
        .map(|violation| violation.rule)
        .collect();
    assert_eq!(
        found,
        ["image-alt", "label"],
        "the style attribute is refused, so nothing is pale"
    );
}

#[actix_web::test]
async fn complaints_are_heard() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let site = Site::of(&[
        ("/quiet", "<h1>Quiet</h1>"),
        (
            "/loud",
            "<h1 onclick='x()' style='color: red'>Loud</h1><script>1</script><img alt=x src=/missing.png>",
        ),
        (
            "/elsewhere",
            "<h1>Elsewhere</h1><img alt=x src='https://example.com/x.png'>",
        ),
        ("/throws", "<h1>Throws</h1><script nonce=planted>missing()</script>"),
    ]);
    browser.goto(site.at("/quiet")).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.goto(site.at("/loud")).await;
    let heard = browser.complaints().await.join("\n");
    for complaint in ["inline style", "inline script", "/missing.png"] {
        assert!(heard.contains(complaint), "{complaint} was not heard:\n{heard}");
    }
    browser.goto(site.at("/elsewhere")).await;
    assert!(browser.complaints().await.join("\n").contains("example.com"));
    browser.goto(site.at("/throws")).await;
    assert!(browser.complaints().await.join("\n").contains("missing is not defined"));
}

#[actix_web::test]
async fn width_and_colours_are_as_asked() {
    let settings = Settings {
        width: 360,
        height: 640,
        dark: true,
        ..Settings::default()
    };
    let Some(browser) = Browser::start(settings).await else {
        return;
    };
    let site = Site::of(&[
        ("/", "<h1>Sizes</h1><p>Narrow.</p>"),
        (
            "/wide",
            "<h1>Wide</h1><pre>0123456789 0123456789 0123456789 0123456789 0123456789 0123456789</pre>",
        ),
    ]);
    let dark = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches];";
    browser.goto(site.at("/")).await;
    assert_eq!(browser.run(dark, vec![]).await, serde_json::json!([360, true]));
    assert_eq!(browser.sideways().await, 0);
    browser.goto(site.at("/wide")).await;
    assert!(
        browser.sideways().await > 0,
        "a page wider than the window is seen to be"
    );
    browser.prefer_dark(false).await;
    browser.resize(1280, 900).await;
    assert_eq!(browser.run(dark, vec![]).await, serde_json::json!([1280, false]));
    assert_eq!(browser.sideways().await, 0);
    let picture = tempfile::Builder::new().suffix(".png").tempfile().expect("a file");
    browser.screenshot(picture.path()).await;
    assert!(
        std::fs::read(picture.path())
            .expect("a picture")
            .starts_with(b"\x89PNG")
    );
}

#[actix_web::test]
async fn the_keyboard_moves_and_acts() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let site = Site::of(&[
        ("/", "<h1>Keys</h1><a href=/one>One</a> <a href=/two>Two</a>"),
        ("/two", "<h1>Arrived</h1>"),
    ]);
    browser.goto(site.at("/")).await;
    browser.keys(Key::Tab).await;
    assert_eq!(browser.focused().await, "One");
    browser.keys(Key::Tab).await;
    browser.keys(Key::Enter).await;
    browser.sees("Arrived").await;
    assert_eq!(browser.path().await, "/two");
}

#[actix_web::test]
async fn finds_what_a_person_would_point_at() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let site = Site::of(&[
        (
            "/",
            "<h1>Here</h1><details><summary>More</summary><p>Folded <a href=/next class=next>Go on</a></p></details>",
        ),
        (
            "/next",
            "<h1>Next</h1><form action=/sent><button aria-label='Send it'>&rarr;</button></form>",
        ),
        ("/sent", "<h1>Sent</h1>"),
    ]);
    browser.goto(site.at("/")).await;
    assert_eq!(browser.title().await, "Planted");
    assert!(browser.source().await.contains("<summary>"));
    assert_eq!((browser.count("a").await, browser.count("img").await), (1, 0));
    assert_eq!(browser.attribute("a.next", "href").await.as_deref(), Some("/next"));
    assert!(!browser.has("Folded").await, "what is folded away is not seen");
    browser.run("document.cookie = 'seen=1'", vec![]).await;
    browser.click("summary").await;
    browser.sees("Folded").await;
    browser.click_text("Go on").await;
    browser.arrives("/next").await;
    browser.click_text("Send it").await;
    // Not before it is there: on a busy machine that takes a moment.
    browser.arrives("/sent").await;
    assert_eq!(browser.url().await, site.at("/sent?"));
    let cookies = "return document.cookie;";
    assert_eq!(browser.run(cookies, vec![]).await, "seen=1");
    browser.forget().await;
    assert_eq!(browser.run(cookies, vec![]).await, "");
}

/// The processes whose command line names this.
#[cfg(target_os = "linux")]
fn processes_of(what: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc");
    processes
        .filter_map(|process| std::fs::read(process.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(what))
        .collect()
}

#[cfg(target_os = "linux")]
#[actix_web::test]
async fn nothing_is_left_when_a_test_panics() {
    let Some(browser) = Browser::start(Settings::default()).await else {
        return;
    };
    let profile = browser.profile().to_owned();
    let name = profile.display().to_string();
    assert!(processes_of(&name).len() > 2, "a browser runs with that profile");
    let panicked = actix_web::rt::spawn(async move {
        assert!(browser.has("a page that was never opened").await, "planted");
    });
    assert!(panicked.await.is_err());
    assert_eq!(processes_of(&name), Vec::<String>::new());
    assert!(!profile.exists());
}
