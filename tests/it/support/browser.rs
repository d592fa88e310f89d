//! A real browser, driven over `WebDriver`.
//!
//! One `Browser` is one headless Chromium with an empty profile behind a chromedriver of its own; both are gone when
//! it is dropped, when the test panics and when the test binary is killed. It reaches nothing but this machine. A test
//! that plays several people uses one `Browser` and [`Browser::forget`] between them, because only two run at a time.
//!
//! Everything waits for a condition, never for time, and fails with what the page said instead.

mod axe;
mod driver;
mod fields;
mod looks;
mod webdriver;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{packages, skip};
use driver::{Driver, capabilities};
pub use webdriver::Key;
use webdriver::{Element, Failure, Locator, Session};

/// How long a condition may take to come true on a busy machine with two cores.
const PATIENCE: Duration = Duration::from_secs(20);

/// Each browser takes about 300 MB and a core while it loads.
static SEATS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// How a browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether pages may run scripts.
    pub javascript: bool,
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// Height of the page in CSS pixels.
    pub height: u32,
    /// Whether the person prefers dark colours.
    pub dark: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            javascript: true,
            width: 1280,
            height: 900,
            dark: false,
        }
    }
}

/// A headless Chromium and the person in front of it.
#[derive(Debug)]
pub struct Browser {
    session: Session,
    settings: Settings,
    // Dropped in this order: the programs first, then the profile that they write to, then the seat.
    _driver: Driver,
    profile: tempfile::TempDir,
    _seat: OwnedSemaphorePermit,
}

impl Browser {
    /// Starts a browser. `None` means that there is none here and `MERIDIAN_ALLOW_SKIP` names `browser`: return then.
    pub async fn start(settings: Settings) -> Option<Self> {
        let seat = Arc::clone(&SEATS)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let found = tokio::task::spawn_blocking(packages::chromium)
            .await
            .expect("looking for Chromium does not panic");
        let programs = match found {
            Ok(programs) => programs,
            Err(why) => {
                assert!(!skip::unless(false, "browser", &why));
                return None;
            }
        };
        let profile = tempfile::tempdir().expect("a temporary directory for the profile");
        let driver = Driver::start(&programs.driver, profile.path());
        let session = Session::start(driver.port, &capabilities(&programs.browser, profile.path(), settings))
            .await
            .unwrap_or_else(|why| panic!("Chromium does not start: {why}"));
        let browser = Self {
            session,
            settings,
            _driver: driver,
            profile,
            _seat: seat,
        };
        browser.resize(settings.width, settings.height).await;
        browser.prefer_dark(settings.dark).await;
        if !settings.javascript {
            browser
                .devtools("Emulation.setScriptExecutionDisabled", json!({"value": true}))
                .await;
        }
        Some(browser)
    }

    /// The directory of its profile, which no other browser has.
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// Opens an address and waits until it has loaded.
    pub async fn goto(&self, url: impl AsRef<str>) {
        let url = url.as_ref();
        self.session
            .goto(url)
            .await
            .unwrap_or_else(|e| panic!("{url} does not open: {e}"));
    }

    /// The address shown, whole.
    pub async fn url(&self) -> String {
        self.session.url().await.expect("the page has an address").into()
    }

    /// The path of the address shown, with its query.
    pub async fn path(&self) -> String {
        let url = self.session.url().await.expect("the page has an address");
        url.query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Waits until the path of the address (without its query) is this one.
    pub async fn arrives(&self, path: &str) {
        let arrived = until(async || Ok((self.session.url().await?.path() == path).then_some(()))).await;
        assert!(
            arrived.is_ok(),
            "still at {} instead of {path}:\n{}",
            self.path().await,
            self.text().await
        );
    }

    /// Waits until the path of the address is another one: a form that was sent has been answered.
    pub async fn leaves(&self, path: &str) {
        let left = until(async || Ok((self.session.url().await?.path() != path).then_some(()))).await;
        assert!(left.is_ok(), "still at {path}:\n{}", self.text().await);
    }

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.session.title().await.expect("the page has a title")
    }

    /// The text that a person sees on the page.
    pub async fn text(&self) -> String {
        // Not WebDriver's own text of an element, which leaves out what stands in <noscript>.
        until(async || {
            let text = self
                .session
                .execute("return document.body && document.body.innerText;", vec![])
                .await?;
            Ok(text.as_str().map(str::to_owned))
        })
        .await
        .expect("the page has a body")
    }

    /// The HTML as the browser holds it.
    pub async fn source(&self) -> String {
        self.session.source().await.expect("the page has a source")
    }

    /// Whether the page shows this text now. Spaces and line breaks count as one space.
    pub async fn has(&self, text: &str) -> bool {
        spaced(&self.text().await).contains(&spaced(text))
    }

    /// Waits until the page shows this text.
    pub async fn sees(&self, text: &str) {
        let seen = until(async || Ok(self.has(text).await.then_some(()))).await;
        assert!(
            seen.is_ok(),
            "{} never showed {text:?}:\n{}",
            self.path().await,
            self.text().await
        );
    }

    /// Waits until no element matches the selector: a dialog closes in a task of its own, after the key that closes it.
    pub async fn gone(&self, css: &str) {
        let gone = until(async || Ok((self.count(css).await == 0).then_some(()))).await;
        assert!(gone.is_ok(), "{css} never went away:\n{}", self.text().await);
    }

    /// How many elements match the selector now.
    pub async fn count(&self, css: &str) -> usize {
        self.session
            .find_all(Locator::Css(css))
            .await
            .expect("a valid selector")
            .len()
    }

    /// The value of an attribute of the first element that matches, waiting for the element.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.find(Locator::Css(css), css)
            .await
            .attribute(name)
            .await
            .expect("the element is still there")
    }

    /// Clicks the first element that matches the selector.
    pub async fn click(&self, css: &str) {
        self.click_on(Locator::Css(css), css).await;
    }

    /// Clicks the link, button, summary or label whose whole text, value or accessible name is this.
    pub async fn click_text(&self, text: &str) {
        let quoted = quoted(text);
        let path = format!(
            "//*[self::a or self::button or self::summary or self::label or @role='button'][normalize-space(.)={quoted} \
             or @aria-label={quoted}] | //input[@type='submit' or @type='button'][@value={quoted}]"
        );
        self.click_on(Locator::XPath(&path), text).await;
    }

    /// Submits the page's form, the first inside `main` when there are several, by its own submit button.
    pub async fn submit(&self) {
        let button = "//main//form//*[(self::button and (not(@type) or @type='submit')) or (self::input and @type='submit')] \
             | //body[not(.//main//form)]//form//*[(self::button and (not(@type) or @type='submit')) or (self::input and @type='submit')]";
        self.click_on(Locator::XPath(button), "the form's button").await;
    }

    /// Types into whatever has the focus: text, or a [`Key`].
    pub async fn keys(&self, keys: impl std::fmt::Display) {
        let focused = self.session.active().await.expect("something has the focus");
        focused
            .send_keys(&keys.to_string())
            .await
            .expect("the focused element takes keys");
    }

    /// What has the focus, in words: its text, else its value, label, name or tag.
    pub async fn focused(&self) -> String {
        let script = "const e = document.activeElement; \
            return (e.innerText || '').trim() || e.getAttribute('aria-label') || e.name || e.tagName.toLowerCase();";
        self.run(script, vec![]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script of the test in the page (also where pages may run none) and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.session.execute(script, arguments).await.expect("the script runs")
    }

    /// Forgets every cookie of the site shown: the next person sits down as a stranger.
    pub async fn forget(&self) {
        self.session.delete_cookies().await.expect("cookies can be deleted");
    }

    async fn find(&self, locator: Locator<'_>, what: &str) -> Element<'_> {
        let Ok(element) = until(async || Ok(Some(self.session.find(locator).await?))).await else {
            panic!("{} has no {what:?}:\n{}", self.path().await, self.text().await)
        };
        element
    }

    async fn click_on(&self, locator: Locator<'_>, what: &str) {
        let clicked = until(async || {
            // The first that can be seen: a menu may hold the same words, folded away.
            for element in self.session.find_all(locator).await? {
                if element.is_displayed().await? {
                    return element.click().await.map(Some);
                }
            }
            Ok(None)
        });
        if let Err(error) = clicked.await {
            panic!(
                "{} has no {what:?} to click ({error}):\n{}",
                self.path().await,
                self.text().await
            );
        }
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.session
            .devtools(command, &parameters)
            .await
            .expect("the browser obeys")
    }
}

/// Asks again and again, for as long as patience lasts, until the answer is there. An element that is not there yet,
/// or no longer, or under another one, is a reason to ask again; so is a page that is being replaced by the next.
async fn until<T>(mut ask: impl AsyncFnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Err(error @ Failure::Lasting(_)) => return Err(error),
            Err(error) if started.elapsed() > PATIENCE => return Err(error),
            _ if started.elapsed() > PATIENCE => return Err(Failure::Lasting(format!("not so within {PATIENCE:?}"))),
            _ => tokio::time::sleep(Duration::from_millis(40)).await,
        }
    }
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A string of `XPath`, which has no escapes: pieces in the other quotes, joined.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let pieces: Vec<String> = text.split('\'').map(|piece| format!("'{piece}'")).collect();
    format!("concat({})", pieces.join(", \"'\", "))
}
