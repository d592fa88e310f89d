//! Who carries letters away: an SMTP server, a directory, the memory of a test, or nobody yet.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::Outcome;
use crate::config::{MailRoute, SmtpServer, SmtpTls};
use crate::ids::MailId;

/// Connections that are kept.
const CONNECTIONS: u32 = 4;

/// Carries messages; cheap to clone.
#[derive(Clone)]
pub enum Carrier {
    /// Over SMTP.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a directory, a file a letter.
    Files(Arc<Path>),
    /// Into the memory of this process.
    Memory(Memory),
    /// Nowhere: letters wait until the installation says how mail leaves.
    Nobody,
}

impl std::fmt::Debug for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carrier")
    }
}

/// Messages kept in memory, as they would go over the wire.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<(MailId, String)>>>);

impl Memory {
    /// All of them, in order.
    pub fn all(&self) -> Vec<(MailId, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How a try ended, in the other side's words.
pub type Answer = (Outcome, String);

impl Carrier {
    /// The carrier of a configuration.
    pub fn open(route: &MailRoute) -> Result<Self, lettre::transport::smtp::Error> {
        Ok(match route {
            MailRoute::Smtp(server) => Self::Smtp(smtp(server)?),
            MailRoute::Files(directory) => Self::Files(directory.as_path().into()),
            MailRoute::Memory => Self::Memory(Memory::default()),
            MailRoute::Nobody => Self::Nobody,
        })
    }

    /// Whether letters leave at all.
    pub fn carries(&self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// Hands one message over.
    pub async fn carry(&self, id: MailId, message: Message) -> Answer {
        match self {
            Self::Smtp(server) => match server.send(message).await {
                Ok(response) => (
                    Outcome::Sent,
                    format!(
                        "{} {}",
                        response.code(),
                        response.message().collect::<Vec<_>>().join(" ")
                    ),
                ),
                Err(error) => {
                    let outcome = match () {
                        () if error.is_permanent() => Outcome::Refused,
                        () if error.is_transient() => Outcome::Later,
                        () => Outcome::Unreachable,
                    };
                    (outcome, error.to_string())
                }
            },
            Self::Files(directory) => match file(directory, id, message.formatted()).await {
                Ok(path) => (Outcome::Sent, format!("written to {}", path.display())),
                Err(error) => (Outcome::Unreachable, error.to_string()),
            },
            Self::Memory(Memory(all)) => {
                let text = String::from_utf8_lossy(&message.formatted()).into_owned();
                all.lock().unwrap_or_else(PoisonError::into_inner).push((id, text));
                (Outcome::Sent, "kept in memory".to_owned())
            }
            Self::Nobody => (Outcome::Unreachable, "MERIDIAN_MAIL is not set".to_owned()),
        }
    }
}

fn smtp(server: &SmtpServer) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let tls = match server.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Opportunistic => Tls::Opportunistic(TlsParameters::new(server.host.clone())?),
        SmtpTls::Required => Tls::Required(TlsParameters::new(server.host.clone())?),
        SmtpTls::Wrapper => Tls::Wrapper(TlsParameters::new(server.host.clone())?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
        .port(server.port)
        .tls(tls)
        .timeout(Some(server.patience))
        .hello_name(ClientId::default())
        .pool_config(
            PoolConfig::new()
                .max_size(CONNECTIONS)
                .idle_timeout(Duration::from_secs(30)),
        );
    if let Some((user, password)) = &server.login {
        builder = builder.credentials((user.as_str(), password.as_str()).into());
    }
    Ok(builder.build())
}

/// Written beside and renamed, so that a reader finds whole letters; named by the id, so that a repeated one is one file.
async fn file(directory: &Path, id: MailId, message: Vec<u8>) -> std::io::Result<PathBuf> {
    tokio::fs::create_dir_all(directory).await?;
    let (draft, path) = (directory.join(format!(".{id}")), directory.join(format!("{id}.eml")));
    tokio::fs::write(&draft, message).await?;
    tokio::fs::rename(&draft, &path).await?;
    Ok(path)
}
