//! How mail leaves: `MERIDIAN_MAIL` and `MERIDIAN_MAIL_FROM`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};

use super::Purpose;

/// How mail leaves the installation.
#[derive(Clone, PartialEq, Eq)]
pub enum MailRoute {
    /// By a server.
    Smtp(SmtpServer),
    /// Into a directory, a file a letter.
    Files(PathBuf),
    /// Into the memory of the process; for tests.
    Memory,
    /// Not at all yet: letters wait in the outbox.
    Nobody,
}

impl std::fmt::Debug for MailRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Smtp(_) => "smtp",
            Self::Files(_) => "files",
            Self::Memory => "memory",
            Self::Nobody => "nobody",
        })
    }
}

/// An SMTP server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// Name, also the one its certificate must bear.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
    /// How the connection is kept private.
    pub tls: SmtpTls,
    /// How long one answer may take.
    pub patience: Duration,
    /// Certificates of a private authority, in PEM; without them those authorities count that browsers trust.
    pub authority: Option<Vec<u8>>,
}

impl SmtpServer {
    /// What the server's certificate has to be. A private authority stands alone: nobody else may speak for the server.
    pub fn proof(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let proof = TlsParameters::builder(self.host.clone());
        match &self.authority {
            Some(pem) => proof
                .certificate_store(CertificateStore::None)
                .add_root_certificate(Certificate::from_pem(pem)?)
                .build(),
            None => proof.build(),
        }
    }
}

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not: a server on this machine.
    None,
    /// STARTTLS when the server offers it.
    Opportunistic,
    /// STARTTLS or no mail.
    Required,
    /// From the first byte.
    Wrapper,
}

impl MailRoute {
    /// Without the variable: a demo writes files, a server keeps letters until it is told.
    pub(super) fn unless_said(purpose: Purpose, data: &Path) -> Self {
        match purpose {
            Purpose::Demo => Self::Files(data.join("mail")),
            Purpose::Serve => Self::Nobody,
        }
    }

    /// Reads `smtps://user:password@host:465`, `smtp://host:587?tls=required`, `file:DIRECTORY` or `memory`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        const FORMS: &str =
            "must be smtps://USER:PASSWORD@HOST, smtp://USER:PASSWORD@HOST:587?tls=required, file:DIRECTORY or memory";
        if text == "memory" {
            return Ok(Self::Memory);
        }
        if let Some(directory) = text.strip_prefix("file:").filter(|directory| !directory.is_empty()) {
            return Ok(Self::Files(PathBuf::from(directory)));
        }
        // The text itself is not repeated in an error: it may hold the password.
        let url = url::Url::parse(text).map_err(|_| format!("{FORMS}."))?;
        let wrapped = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(format!("{FORMS}.")),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(format!("{FORMS}; the host is missing."))?;
        let is_near = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let given = Parameters::of(&url)?;
        let tls = match (wrapped, given.tls.as_deref()) {
            (true, None) => SmtpTls::Wrapper,
            (false, Some("opportunistic")) => SmtpTls::Opportunistic,
            (false, None | Some("none")) if is_near => SmtpTls::None,
            (false, None | Some("required")) => SmtpTls::Required,
            (false, Some("none")) => {
                return Err("sends letters readable over the network; tls=none is for this machine only.".to_owned());
            }
            _ => {
                return Err(format!(
                    "{FORMS}; tls is required, opportunistic or (on this machine) none."
                ));
            }
        };
        if tls == SmtpTls::None && given.authority.is_some() {
            return Err("names an authority by ca=FILE and asks for no TLS: add tls=required.".to_owned());
        }
        let decode = |part: &str| {
            let pair = format!("x={}", part.replace('+', "%2B"));
            url::form_urlencoded::parse(pair.as_bytes())
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let login =
            (!url.username().is_empty()).then(|| (decode(url.username()), decode(url.password().unwrap_or_default())));
        if login.is_some() && tls == SmtpTls::Opportunistic && !is_near {
            return Err("sends a password over a connection that may not be private: use tls=required.".to_owned());
        }
        let usual = if wrapped {
            465
        } else if is_near && tls == SmtpTls::None {
            25
        } else {
            587
        };
        let server = SmtpServer {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            login,
            tls,
            patience: given.patience,
            authority: given.authority,
        };
        if server.authority.is_some() && server.proof().is_err() {
            return Err("names a file by ca=FILE that holds no certificate of an authority, in PEM.".to_owned());
        }
        Ok(Self::Smtp(server))
    }
}

/// What stands behind the question mark.
#[derive(Debug)]
struct Parameters {
    tls: Option<String>,
    patience: Duration,
    authority: Option<Vec<u8>>,
}

impl Parameters {
    fn of(url: &url::Url) -> Result<Self, String> {
        let mut given = Self {
            tls: None,
            patience: Duration::from_secs(20),
            authority: None,
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                "tls" => given.tls = Some(value.into_owned()),
                "timeout" => {
                    let seconds = value.parse().ok().filter(|seconds| (1..=60).contains(seconds));
                    given.patience = Duration::from_secs(seconds.ok_or("takes timeout=SECONDS from 1 to 60.")?);
                }
                "ca" => given.authority = Some(authority(&value)?),
                // A word that is mistyped would leave a setting where it is, and nobody would know.
                _ => return Err("takes tls, timeout and ca behind the question mark and nothing else.".to_owned()),
            }
        }
        Ok(given)
    }
}

/// The certificates of a file.
fn authority(file: &str) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(file).map_err(|error| format!("names a file by ca=FILE that cannot be read: {error}."))?;
    // A file without any would trust nobody, and say so only with the first letter.
    let begin = b"-----BEGIN CERTIFICATE-----";
    if pem.windows(begin.len()).any(|part| part == begin) {
        Ok(pem)
    } else {
        Err("names a file by ca=FILE that holds no certificate of an authority, in PEM.".to_owned())
    }
}

/// The sender: as given, or no-reply at the site's host.
pub(super) fn sender(given: Option<String>, site_url: &str) -> Result<String, String> {
    let text = given.unwrap_or_else(|| {
        let host = url::Url::parse(site_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let name = host.filter(|host| host.chars().any(|c| c.is_ascii_alphabetic()) && host.contains('.'));
        format!(
            "Meridian <no-reply@{}>",
            name.unwrap_or_else(|| "localhost.localdomain".to_owned())
        )
    });
    match text.parse::<Mailbox>() {
        Ok(_) => Ok(text),
        Err(_) => Err(format!(
            "must be an address such as Agency <desk@agency.example>; it is \"{text}\"."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_and_defaults_are_private() {
        let server = |text: &str| match MailRoute::parse(text) {
            Ok(MailRoute::Smtp(server)) => server,
            other => panic!("{text}: {other:?}"),
        };
        let full = server("smtps://desk%40agency.example:p%2Bw@mail.example");
        assert_eq!((full.port, full.tls), (465, SmtpTls::Wrapper));
        assert_eq!(full.login, Some(("desk@agency.example".to_owned(), "p+w".to_owned())));
        assert_eq!(server("smtp://mail.example").tls, SmtpTls::Required);
        assert_eq!(server("smtp://127.0.0.1:2525").tls, SmtpTls::None);
        assert_eq!(server("smtp://127.0.0.1:2525").port, 2525);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "pigeon",
            "http://x",
            "smtp://",
            "file:",
            "smtp://u:hush@mail.example?tls=none",
            "smtp://u:hush@mail.example?tls=maybe",
            "smtp://u:hush@mail.example?tls=opportunistic",
            "smtp://u:hush@mail.example?timeout=0",
            "smtp://u:hush@mail.example?TLS=required",
            "smtps://u:hush@mail.example?ca=",
            "smtps://u:hush@mail.example?ca=/nowhere/at/all.pem",
            "smtp://u:hush@localhost?ca=Cargo.toml",
        ] {
            let why = MailRoute::parse(text).expect_err(text);
            assert!(!why.contains("hush"), "{why}");
        }
    }

    #[test]
    fn the_sender_is_of_the_site_unless_said() {
        assert_eq!(
            sender(None, "https://agency.example/x").expect("an address"),
            "Meridian <no-reply@agency.example>"
        );
        assert_eq!(
            sender(None, "http://127.0.0.1:8080").expect("an address"),
            "Meridian <no-reply@localhost.localdomain>"
        );
        assert!(sender(Some("nobody".to_owned()), "").is_err());
    }
}
