//! Configuration: the environment, parsed once into types. `serve` refuses to start when something is missing or weak,
//! and says which variable and why; `demo` fills the gaps itself.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use actix_web::http::Uri;
use sqlx::postgres::PgConnectOptions;

use crate::logging::{self, LogFormat};
use crate::network::TrustedProxies;

mod mail;

pub use mail::{MailRoute, SmtpServer, SmtpTls};

/// Reads one variable; a closure so that tests need no process environment.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Fewest bytes of the secret that signs and encrypts cookies.
pub const SECRET_BYTES: usize = 64;

/// What is wrong with the configuration, one line a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// What the web server needs.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the site is from outside, without a slash at the end.
    pub site_url: String,
    /// Whether cookies are Secure: the site URL is https.
    pub secure_cookies: bool,
    /// At least 64 bytes.
    pub secret: Vec<u8>,
    /// What `DATABASE_URL` names. None only in demo mode, which brings its own cluster.
    pub database: Option<PgConnectOptions>,
    /// Directory of the private cluster and the uploads.
    pub data: PathBuf,
    /// Connections of the pool.
    pub pool: u32,
    /// Look of the log.
    pub log: LogFormat,
    /// Which lines are logged: a level or a list such as "info,meridian=debug".
    pub log_filter: String,
    /// How mail leaves.
    pub mail: MailRoute,
    /// The address letters come from.
    pub mail_from: String,
    /// The reverse proxies whose word about a browser's address counts.
    pub proxies: TrustedProxies,
    /// Which command asked.
    pub purpose: Purpose,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("site_url", &self.site_url)
            .finish_non_exhaustive()
    }
}

/// Which command asks: they differ in what may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Everything must be given.
    Serve,
    /// Gaps are filled; loopback only.
    Demo,
}

impl Config {
    /// Parses the environment for `purpose`. In demo mode `secret` is empty when none is given: the caller keeps one in
    /// the data directory.
    pub fn read(purpose: Purpose, lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let mut wrong = Vec::new();
        let get = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let listen_text = get("MERIDIAN_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = listen_text
            .replace("localhost:", "127.0.0.1:")
            .parse::<SocketAddr>()
            .ok();
        match listen {
            None => wrong.push(format!("MERIDIAN_LISTEN must be HOST:PORT with an IP address as HOST, such as 127.0.0.1:8080; it is \"{listen_text}\".")),
            Some(address) if purpose == Purpose::Demo && !address.ip().is_loopback() => wrong.push(format!(
                "MERIDIAN_LISTEN is {address}, which is beyond this machine. The demo has known passwords and listens on loopback only; use `meridian serve` for others to reach it."
            )),
            Some(_) => {}
        }
        let site_url = get("MERIDIAN_SITE_URL").map(|url| url.trim_end_matches('/').to_owned());
        match &site_url {
            Some(url) => wrong.extend(wrong_site(url, purpose)),
            None if purpose == Purpose::Serve => wrong.push(
                "MERIDIAN_SITE_URL is missing: the address people use, such as https://agency.example.".to_owned(),
            ),
            _ => {}
        }
        let secret = get("MERIDIAN_SECRET").map(String::into_bytes).unwrap_or_default();
        if secret.len() < SECRET_BYTES && (purpose == Purpose::Serve || !secret.is_empty()) {
            wrong.push(format!("MERIDIAN_SECRET needs at least {SECRET_BYTES} characters, it has {}: make one with `openssl rand -hex 64`.", secret.len()));
        } else if !secret.is_empty() && is_repetitive(&secret) {
            wrong.push("MERIDIAN_SECRET repeats a few characters: make one with `openssl rand -hex 64`.".to_owned());
        }
        let database = match database(lookup) {
            Ok(None) if purpose == Purpose::Serve => {
                wrong.push(
                    "DATABASE_URL is missing: postgres://user:password@host/database. `meridian demo` brings its own."
                        .to_owned(),
                );
                None
            }
            Ok(database) => database,
            Err(error) => {
                wrong.extend(error.0);
                None
            }
        };
        let pool_text = get("MERIDIAN_POOL").unwrap_or_else(|| usual_pool().to_string());
        let pool = pool_text.parse::<u32>().ok().filter(|size| (2..=200).contains(size));
        if pool.is_none() {
            wrong.push(format!(
                "MERIDIAN_POOL must be a number from 2 to 200 (connections); it is \"{pool_text}\"."
            ));
        }
        let log = match get("MERIDIAN_LOG").map_or(Ok(LogFormat::default()), |text| text.parse::<LogFormat>()) {
            Ok(format) => Some(format),
            Err(error) => {
                wrong.push(format!("MERIDIAN_LOG {error}."));
                None
            }
        };
        let log_filter = get("MERIDIAN_LOG_FILTER").unwrap_or_else(|| logging::DEFAULT_FILTER.to_owned());
        let data = PathBuf::from(get("MERIDIAN_DATA").unwrap_or_else(|| "data".to_owned()));
        let mail = get("MERIDIAN_MAIL").map_or_else(
            || Ok(MailRoute::unless_said(purpose, &data)),
            |text| MailRoute::parse(&text),
        );
        let mail = mail.map_err(|why| wrong.push(format!("MERIDIAN_MAIL {why}"))).ok();
        let from = mail::sender(get("MERIDIAN_MAIL_FROM"), site_url.as_deref().unwrap_or_default());
        let from = from.map_err(|why| wrong.push(format!("MERIDIAN_MAIL_FROM {why}"))).ok();
        let proxies = TrustedProxies::parse(&get("MERIDIAN_TRUSTED_PROXIES").unwrap_or_default())
            .map_err(|part| wrong.push(format!(
                "MERIDIAN_TRUSTED_PROXIES is a list of addresses and networks such as 10.0.0.7, 192.168.0.0/16; \"{part}\" is neither."
            )))
            .ok();
        let (Some(listen), Some(pool), Some(log), Some(mail), Some(mail_from), Some(proxies), true) =
            (listen, pool, log, mail, from, proxies, wrong.is_empty())
        else {
            return Err(ConfigError(wrong));
        };
        let site_url = site_url.unwrap_or_else(|| format!("http://{listen}"));
        let secure_cookies = site_url.starts_with("https://");
        Ok(Self {
            listen,
            site_url,
            secure_cookies,
            secret,
            database,
            data,
            pool,
            log,
            log_filter,
            mail,
            mail_from,
            proxies,
            purpose,
        })
    }
}

/// The database that `DATABASE_URL` names; none when it is not set. What is wrong with it is said without its text, which
/// may hold a password.
pub fn database(lookup: Lookup<'_>) -> Result<Option<PgConnectOptions>, ConfigError> {
    let Some(url) = lookup("DATABASE_URL").filter(|url| !url.trim().is_empty()) else {
        return Ok(None);
    };
    let url = url.trim();
    let parsed = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        url.parse().map_err(|error: sqlx::Error| error.to_string())
    } else {
        Err("it does not begin with postgres://".to_owned())
    };
    parsed.map(Some).map_err(|why| {
        ConfigError(vec![format!(
            "DATABASE_URL must be postgres://user:password@host/database: {why}."
        )])
    })
}

fn wrong_site(url: &str, purpose: Purpose) -> Option<String> {
    let uri: Option<Uri> = url.parse().ok();
    let parts = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?)));
    match parts {
        Some(("https", host)) if !host.is_empty() => None,
        Some(("http", host)) if !host.is_empty() => {
            (purpose == Purpose::Serve && !is_this_machine(host)).then(|| format!(
                "MERIDIAN_SITE_URL is {url}: over plain http whoever stands between a browser and {host} reads passwords and sessions, because their cookies cannot be Secure. Put a TLS proxy before meridian and name the https:// address; http:// is for localhost only."
            ))
        }
        _ => Some(format!(
            "MERIDIAN_SITE_URL must start with https:// (or http:// on localhost); it is \"{url}\"."
        )),
    }
}

/// Whether a host of a URL is the machine of the browser itself.
fn is_this_machine(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Connections for pages where nobody says how many: two for each core and two more. 2026-11-30, two cores, 10,000 people, 64 people
/// who ask at once: with ten connections the slowest hundredth of the list took 53 ms and of a person's page 67 ms, with six 39 and
/// 50 ms. More of them only take the cores from each other; whoever waits for a connection waits in turn.
fn usual_pool() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    u32::try_from(cores).map_or(20, |cores| (2 * cores + 2).min(20))
}

/// Fewer than ten different bytes is not a random secret.
fn is_repetitive(secret: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in secret {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count() < 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(purpose: Purpose, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let lookup = |name: &str| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::read(purpose, &lookup)
    }

    #[test]
    fn the_demo_needs_nothing() {
        let config = read(Purpose::Demo, &[]).expect("complete");
        assert_eq!(config.site_url, "http://127.0.0.1:8080");
        assert!(!config.secure_cookies);
    }

    #[test]
    fn the_demo_refuses_to_listen_beyond_loopback() {
        let error = read(Purpose::Demo, &[("MERIDIAN_LISTEN", "0.0.0.0:8080")]).expect_err("refused");
        assert!(error.to_string().contains("MERIDIAN_LISTEN"));
    }

    /// Complete for `serve` but for these.
    fn serve(changed: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut vars = changed.to_vec();
        vars.extend([
            ("DATABASE_URL", "postgres://x"),
            ("MERIDIAN_SITE_URL", "https://a.example"),
            (
                "MERIDIAN_SECRET",
                "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
            ),
        ]);
        read(Purpose::Serve, &vars)
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for site in [
            "https://agency.example",
            "https://10.0.0.7:8443/",
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "http://meridian.localhost",
        ] {
            serve(&[("MERIDIAN_SITE_URL", site)]).expect(site);
        }
        for site in [
            "http://agency.example",
            "http://10.0.0.7:8080",
            "http://localhost.example",
            "http://127.0.0.1.example/",
            "http://0.0.0.0:8080",
        ] {
            let error = serve(&[("MERIDIAN_SITE_URL", site)]).expect_err(site).to_string();
            assert!(
                error.contains("MERIDIAN_SITE_URL") && error.contains("Secure"),
                "{error}"
            );
        }
        for site in ["agency.example", "ftp://agency.example", "https://", "http://"] {
            let error = serve(&[("MERIDIAN_SITE_URL", site)]).expect_err(site).to_string();
            assert!(error.contains("MERIDIAN_SITE_URL must start"), "{error}");
        }
    }

    #[test]
    fn a_database_url_that_is_none_is_named_and_not_repeated() {
        for url in ["nonsense", "mysql://u:hush@host/d", "postgres://u:hush@host:99999999/d"] {
            let error = serve(&[("DATABASE_URL", url)]).expect_err(url).to_string();
            assert!(error.contains("DATABASE_URL") && !error.contains("hush"), "{error}");
        }
        let database = serve(&[("DATABASE_URL", " postgres://u@db.example/meridian ")])
            .expect("taken")
            .database
            .expect("a database");
        assert_eq!(database.get_host(), "db.example");
    }

    #[test]
    fn serve_names_every_variable_that_is_missing_or_weak() {
        let error = read(
            Purpose::Serve,
            &[("MERIDIAN_SECRET", "short"), ("MERIDIAN_POOL", "many")],
        )
        .expect_err("refused");
        let text = error.to_string();
        for name in ["DATABASE_URL", "MERIDIAN_SECRET", "MERIDIAN_SITE_URL", "MERIDIAN_POOL"] {
            assert!(text.contains(name), "{name} in {text}");
        }
        let weak = "a".repeat(80);
        let all = [
            ("DATABASE_URL", "postgres://x"),
            ("MERIDIAN_SITE_URL", "https://a.example"),
            ("MERIDIAN_SECRET", weak.as_str()),
        ];
        assert!(
            read(Purpose::Serve, &all)
                .expect_err("refused")
                .to_string()
                .contains("repeats")
        );
    }
}
