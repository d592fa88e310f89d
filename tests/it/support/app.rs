//! The app under test: the real server on a port of its own, a database of its own, a clock that the test moves.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use meridian::accounts::actions::{self, Registration};
use meridian::accounts::passwords::Passwords;
use meridian::accounts::{Role, actions::RegisterError};
use meridian::app::Parts;
use meridian::clock::Clock;
use meridian::config::{Config, Purpose};
use meridian::db::Db;
use meridian::events::Actor;
use meridian::ids::{OrganizationId, UserId};
use meridian::mail::delivery::Delivery;
use meridian::tokens::Tokens;
use sqlx::postgres::PgConnectOptions;

use super::cluster::{self, TestDatabase};
use super::http::{self, Request, header};

/// Every account that tests make has it.
pub const PASSWORD: &str = "a long test password";

/// A Monday afternoon: where the fixed clock of every app starts.
pub fn monday() -> DateTime<Utc> {
    "2026-11-23T15:00:00Z".parse().expect("an instant")
}

const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz";

fn config(vars: &[(&str, String)]) -> Config {
    let lookup = |name: &str| {
        let found = vars.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.clone())
    };
    Config::read(Purpose::Serve, &lookup).expect("a complete configuration")
}

/// A running app.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub url: String,
    pub parts: Parts,
    /// How letters leave: into memory, when the test says so.
    pub delivery: Delivery,
    server: ServerHandle,
    pub database: TestDatabase,
    /// Uploads; goes with the app.
    #[expect(dead_code, reason = "held so that the directory lives as long as the app")]
    pub data: tempfile::TempDir,
}

impl App {
    /// Starts the app on an empty, migrated database.
    pub async fn start() -> Self {
        let database = cluster::database().await;
        let options = database.connect_options();
        Self::start_through(database, options).await
    }

    /// The same on this database, reached in this way.
    pub async fn start_through(database: TestDatabase, options: PgConnectOptions) -> Self {
        // People are served with the app's own rights; what a test does past the app, it does as the owner.
        let (apps_own, why) = Db::connect_as_app(options.clone(), 8).await.expect("a pool");
        assert_eq!(why, None, "the app's role can be taken on");
        let db = Db::connect(options, 8).await.expect("a pool");
        let clock = Clock::fixed(monday());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let data = tempfile::tempdir().expect("a directory");
        let vars = [
            ("MERIDIAN_SITE_URL", url.clone()),
            ("MERIDIAN_SECRET", SECRET.to_owned()),
            ("DATABASE_URL", "postgres://unused".to_owned()),
            ("MERIDIAN_DATA", data.path().to_string_lossy().into_owned()),
            ("MERIDIAN_MAIL", "memory".to_owned()),
        ];
        let config = config(&vars);
        let parts = Parts {
            db: apps_own,
            clock: clock.clone(),
            passwords: Passwords::with_memory(64),
            tokens: Tokens::new(&config.secret),
            data: data.path().to_owned(),
        };
        let delivery = meridian::app::delivery(&config, &parts).expect("a way for mail");
        let server = meridian::app::serve(&config, &parts, &delivery, listener, 1).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            db,
            clock,
            url,
            parts,
            delivery,
            server: handle,
            database,
            data,
        }
    }

    /// A second server over the same database, by the same clock, that believes these proxies; its address. It serves until
    /// the test ends.
    pub async fn twin(&self, proxies: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let vars = [
            ("MERIDIAN_SITE_URL", url.clone()),
            ("MERIDIAN_SECRET", SECRET.to_owned()),
            ("DATABASE_URL", "postgres://unused".to_owned()),
            ("MERIDIAN_DATA", self.parts.data.to_string_lossy().into_owned()),
            ("MERIDIAN_MAIL", "memory".to_owned()),
            ("MERIDIAN_TRUSTED_PROXIES", proxies.to_owned()),
        ];
        let db = Db::connect(self.database.connect_options(), 4).await.expect("a pool");
        let parts = Parts {
            db,
            ..self.parts.clone()
        };
        let server = meridian::app::serve(&config(&vars), &parts, &self.delivery, listener, 1).expect("a server");
        actix_web::rt::spawn(server);
        url
    }

    /// Somebody who is not signed in, at the server with this address.
    pub fn stranger_at(&self, url: &str) -> Person {
        Person {
            url: url.to_owned(),
            cookies: RefCell::default(),
        }
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Person {
        Person {
            url: self.url.clone(),
            cookies: RefCell::default(),
        }
    }

    /// Makes a user through the app's own action and signs them in through the login form.
    pub async fn person(&self, role: Role, email: &str, organization: Option<OrganizationId>) -> Person {
        self.user(role, email, organization).await;
        self.sign_in(email).await
    }

    /// Makes a user through the app's own action.
    pub async fn user(&self, role: Role, email: &str, organization: Option<OrganizationId>) -> UserId {
        let hash = self.parts.passwords.hash(PASSWORD.to_owned()).await.expect("hashed");
        let name = email.split('@').next().unwrap_or("somebody");
        let registration = Registration {
            email,
            name,
            password_hash: &hash,
            role,
            organization,
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        let made = actions::register(&mut tx, &Actor::operator(), self.clock.now(), &registration).await;
        tx.commit().await.expect("committed");
        match made {
            Ok(user) => user,
            Err(RegisterError::EmailTaken) => panic!("{email} is taken"),
            Err(RegisterError::Other(error)) => panic!("{error:?}"),
        }
    }

    /// Signs a user of this app in.
    pub async fn sign_in(&self, email: &str) -> Person {
        let person = self.stranger();
        let answer = person.post("/login", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{email} can sign in: {}",
            answer.text()
        );
        person
    }

    /// An admin.
    pub async fn admin(&self) -> Person {
        self.person(Role::Admin, "owner@agency.test", None).await
    }

    /// A recruiter.
    pub async fn recruiter(&self) -> Person {
        self.person(Role::Recruiter, "recruiter@agency.test", None).await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // The stop is an order to the server's own task; nothing waits for it here.
        drop(self.server.stop(false));
    }
}

/// A browser without JavaScript: keeps cookies, says that it is on the site, follows nothing by itself.
#[derive(Clone)]
pub struct Person {
    url: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// The `Set-Cookie` lines.
    pub set_cookies: Vec<String>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Where a 303 leads.
    pub fn to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.location.as_deref().expect("a location")
    }
}

impl Person {
    /// Somebody at another process's address.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            cookies: RefCell::default(),
        }
    }

    /// The same browser, with a copy of its cookies, at another server of the installation.
    pub fn moved_to(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            cookies: self.cookies.clone(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends a form as the browser does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.try_form(path, fields).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Sends a form with further headers.
    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], further: &[(&str, &str)]) -> Answer {
        let body = serde_html_form::to_string(fields).expect("a form").into_bytes();
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        headers.extend(further);
        self.send(Method::POST, path, &headers, body).await
    }

    /// Sends a form to a server that may die meanwhile: the answer's status, if one came.
    pub async fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<StatusCode> {
        self.try_form(path, fields).await.ok().map(|answer| answer.status)
    }

    async fn try_form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, String> {
        let body = serde_html_form::to_string(fields).expect("a form").into_bytes();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.try_send(Method::POST, path, &headers, body).await
    }

    /// Any request.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let answer = self.try_send(method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Any request, to a server that may end before it answers.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, String> {
        // As it comes from the server: not compressed.
        let mut request = Request::builder()
            .method(method.as_str())
            .uri(path)
            .header(header::ACCEPT_ENCODING, "identity");
        let cookies: Vec<String> = self
            .cookies()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).map_err(|error| error.to_string())?;
        let server = self.url.trim_start_matches("http://");
        let answer = http::exchange(server, request, Duration::from_mins(1)).await?;
        for value in answer.headers().get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                if value.is_empty() {
                    self.cookies.borrow_mut().remove(name);
                } else {
                    self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let set_cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        let set_cookies = set_cookies
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect();
        let headers: BTreeMap<String, String> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        Ok(Answer {
            status: StatusCode::from_u16(answer.status().as_u16()).expect("both sides know the same statuses"),
            location: headers.get("location").cloned(),
            headers,
            body: answer.into_body().into(),
            set_cookies,
        })
    }

    /// The session cookie, for a real browser.
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.cookies
            .borrow()
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
