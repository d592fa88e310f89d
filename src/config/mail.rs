//! How mail leaves: `MERIDIAN_MAIL` and `MERIDIAN_MAIL_FROM`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;

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
        let seconds = url
            .query_pairs()
            .find(|(name, _)| name == "timeout")
            .map(|(_, value)| value.parse::<u64>());
        let seconds = seconds
            .unwrap_or(Ok(20))
            .ok()
            .filter(|seconds| (1..=60).contains(seconds));
        let seconds = seconds.ok_or("takes timeout=SECONDS from 1 to 60.")?;
        let asked = url
            .query_pairs()
            .find(|(name, _)| name == "tls")
            .map(|(_, value)| value.into_owned());
        let tls = match (wrapped, asked.as_deref()) {
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
        Ok(Self::Smtp(SmtpServer {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            login,
            tls,
            patience: Duration::from_secs(seconds),
        }))
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
