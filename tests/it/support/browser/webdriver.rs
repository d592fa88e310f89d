//! The commands of W3C `WebDriver` that a [`Browser`](super::Browser) is made of, as chromedriver takes them.
//!
//! Our own, because what there is does not suit: fantoccini is built on the webdriver crate, whose licence (MPL-2.0) is
//! not a permissive one, and thirtyfour (0.38), with reqwest, brings 19 packages more than this and ends a session,
//! when a test panics, by a request on the connections of the runtime that waits for that request: it measured two
//! minutes, the whole time limit. Here a session is a number, and ends with its driver.

use std::{fmt, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use url::Url;

use crate::support::http::{self, Method, Request, header};

/// How long chromedriver may take for one command: more than it waits for a page's script, so that it can say which.
const LONGEST: Duration = Duration::from_mins(2);

/// The key under which the standard writes a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why a command was not obeyed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The page is not so far, or is being replaced by the next: it may be obeyed when asked again.
    #[error("{0}")]
    Passing(String),
    /// It will not be obeyed.
    #[error("{0}")]
    Lasting(String),
}

impl Failure {
    fn read(said: &Value) -> Self {
        let code = said["error"].as_str().unwrap_or_default();
        let message = said["message"].as_str().unwrap_or_default();
        let why = format!("{code}: {}", message.lines().next().unwrap_or_default());
        match code {
            "no such element"
            | "stale element reference"
            | "element click intercepted"
            | "element not interactable"
            | "unknown error" => Self::Passing(why),
            _ => Self::Lasting(why),
        }
    }

    fn unexpected(answer: &Value) -> Self {
        Self::Lasting(format!("chromedriver's answer is not as the standard says: {answer}"))
    }
}

/// Where an element is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Locator<'a> {
    Css(&'a str),
    XPath(&'a str),
}

impl Locator<'_> {
    fn body(self) -> Value {
        match self {
            Self::Css(selector) => json!({"using": "css selector", "value": selector}),
            Self::XPath(path) => json!({"using": "xpath", "value": path}),
        }
    }
}

/// A key that types no letter.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    Tab,
    Enter,
    Escape,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tab => "\u{e004}",
            Self::Enter => "\u{e007}",
            Self::Escape => "\u{e00c}",
        })
    }
}

/// A browser that was started by a driver on this machine.
#[derive(Debug)]
pub(super) struct Session {
    server: String,
    path: String,
}

impl Session {
    pub(super) async fn start(port: u16, capabilities: &Value) -> Result<Self, Failure> {
        let server = format!("127.0.0.1:{port}");
        let body = json!({"capabilities": {"alwaysMatch": capabilities}});
        let answer = command(&server, Method::POST, "/session", Some(&body)).await?;
        let id = answer["sessionId"]
            .as_str()
            .ok_or_else(|| Failure::unexpected(&answer))?;
        let path = format!("/session/{id}");
        Ok(Self { server, path })
    }

    pub(super) async fn goto(&self, url: &str) -> Result<(), Failure> {
        self.post("url", &json!({"url": url})).await.map(drop)
    }

    pub(super) async fn url(&self) -> Result<Url, Failure> {
        let url = self.get("url").await?;
        url.as_str()
            .and_then(|url| url.parse().ok())
            .ok_or_else(|| Failure::unexpected(&url))
    }

    pub(super) async fn title(&self) -> Result<String, Failure> {
        text(self.get("title").await?)
    }

    pub(super) async fn source(&self) -> Result<String, Failure> {
        text(self.get("source").await?)
    }

    /// Gives what the script returns.
    pub(super) async fn execute(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Failure> {
        self.post("execute/sync", &json!({"script": script, "args": arguments}))
            .await
    }

    /// Gives what the script calls its last argument with.
    pub(super) async fn execute_async(&self, script: &str) -> Result<Value, Failure> {
        self.post("execute/async", &json!({"script": script, "args": []})).await
    }

    pub(super) async fn find(&self, locator: Locator<'_>) -> Result<Element<'_>, Failure> {
        self.element(&self.post("element", &locator.body()).await?)
    }

    pub(super) async fn find_all(&self, locator: Locator<'_>) -> Result<Vec<Element<'_>>, Failure> {
        let found = self.post("elements", &locator.body()).await?;
        let all = found.as_array().ok_or_else(|| Failure::unexpected(&found))?;
        all.iter().map(|one| self.element(one)).collect()
    }

    /// What has the focus.
    pub(super) async fn active(&self) -> Result<Element<'_>, Failure> {
        self.element(&self.get("element/active").await?)
    }

    pub(super) async fn delete_cookies(&self) -> Result<(), Failure> {
        self.ask(Method::DELETE, "cookie", None).await.map(drop)
    }

    /// What the window shows, as PNG.
    pub(super) async fn screenshot(&self) -> Result<Vec<u8>, Failure> {
        let picture = self.get("screenshot").await?;
        let decoded = picture.as_str().map(|picture| BASE64_STANDARD.decode(picture));
        decoded
            .and_then(Result::ok)
            .ok_or_else(|| Failure::unexpected(&picture))
    }

    /// The console's messages since the last reading, in chromedriver's own words: the standard has none.
    pub(super) async fn console(&self) -> Result<Vec<Value>, Failure> {
        let log = self.post("se/log", &json!({"type": "browser"})).await?;
        serde_json::from_value(log).map_err(|error| Failure::Lasting(error.to_string()))
    }

    /// A command of the Chrome `DevTools` Protocol, for what the standard has no word for.
    pub(super) async fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, Failure> {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
            .await
    }

    fn element(&self, found: &Value) -> Result<Element<'_>, Failure> {
        let id = found[ELEMENT].as_str().ok_or_else(|| Failure::unexpected(found))?;
        Ok(Element {
            session: self,
            id: id.to_owned(),
        })
    }

    async fn get(&self, what: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, what, None).await
    }

    async fn post(&self, what: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, what, Some(body)).await
    }

    async fn ask(&self, method: Method, what: &str, body: Option<&Value>) -> Result<Value, Failure> {
        command(&self.server, method, &format!("{}/{what}", self.path), body).await
    }
}

/// Something on the page, for as long as the page is shown.
#[derive(Debug)]
pub(super) struct Element<'a> {
    session: &'a Session,
    id: String,
}

impl Element<'_> {
    /// As an argument of a script.
    pub(super) fn reference(&self) -> Value {
        json!({ELEMENT: self.id})
    }

    pub(super) async fn find(&self, locator: Locator<'_>) -> Result<Self, Failure> {
        self.session.element(&self.post("element", &locator.body()).await?)
    }

    /// The name of the tag, in small letters.
    pub(super) async fn tag(&self) -> Result<String, Failure> {
        text(self.get("name").await?)
    }

    pub(super) async fn attribute(&self, name: &str) -> Result<Option<String>, Failure> {
        let value = self.get(&format!("attribute/{name}")).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// What a form would send.
    pub(super) async fn value(&self) -> Result<String, Failure> {
        text(self.get("property/value").await?)
    }

    pub(super) async fn is_displayed(&self) -> Result<bool, Failure> {
        truth(&self.get("displayed").await?)
    }

    pub(super) async fn is_selected(&self) -> Result<bool, Failure> {
        truth(&self.get("selected").await?)
    }

    pub(super) async fn click(&self) -> Result<(), Failure> {
        self.post("click", &json!({})).await.map(drop)
    }

    pub(super) async fn clear(&self) -> Result<(), Failure> {
        self.post("clear", &json!({})).await.map(drop)
    }

    /// Types this, or gives a file by its path.
    pub(super) async fn send_keys(&self, keys: &str) -> Result<(), Failure> {
        self.post("value", &json!({"text": keys})).await.map(drop)
    }

    async fn get(&self, what: &str) -> Result<Value, Failure> {
        self.session.get(&format!("element/{}/{what}", self.id)).await
    }

    async fn post(&self, what: &str, body: &Value) -> Result<Value, Failure> {
        self.session.post(&format!("element/{}/{what}", self.id), body).await
    }
}

async fn command(server: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into_bytes())
        .map_err(|error| Failure::Lasting(error.to_string()))?;
    let answer = http::exchange(server, request, LONGEST)
        .await
        .map_err(Failure::Lasting)?;
    let mut said: Value = serde_json::from_slice(answer.body())
        .map_err(|_| Failure::Lasting(String::from_utf8_lossy(answer.body()).into_owned()))?;
    let value = said["value"].take();
    if answer.status().is_success() {
        Ok(value)
    } else {
        Err(Failure::read(&value))
    }
}

fn text(answer: Value) -> Result<String, Failure> {
    match answer {
        Value::String(text) => Ok(text),
        other => Err(Failure::unexpected(&other)),
    }
}

fn truth(answer: &Value) -> Result<bool, Failure> {
    answer.as_bool().ok_or_else(|| Failure::unexpected(answer))
}
