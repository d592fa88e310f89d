//! Who carries letters away: an SMTP server, a directory, the memory of a test, or nobody yet.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::Tls;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::Outcome;
use crate::config::{MailRoute, SmtpServer, SmtpTls};
use crate::ids::MailId;

/// How many times the patience for one answer a whole letter may take.
const ANSWERS: u32 = 3;
/// Connections that are kept.
const CONNECTIONS: u32 = 4;

/// Carries messages; cheap to clone.
#[derive(Clone)]
pub enum Carrier {
    /// Over SMTP.
    Smtp(Smtp),
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
    pub fn open(route: &MailRoute) -> Result<Self, SmtpError> {
        Ok(match route {
            MailRoute::Smtp(server) => Self::Smtp(Smtp::to(server)?),
            MailRoute::Files(directory) => Self::Files(directory.as_path().into()),
            MailRoute::Memory => Self::Memory(Memory::default()),
            MailRoute::Nobody => Self::Nobody,
        })
    }

    /// Whether letters leave at all.
    pub fn carries(&self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// Goes as far as a letter would without sending one: connects, secures the connection and signs in, or opens the
    /// directory. The error says how far it came.
    pub async fn look(&self) -> Result<String, String> {
        match self {
            Self::Smtp(smtp) => smtp.look().await,
            Self::Files(directory) => {
                if !directory.exists() {
                    return Ok(format!("letters will be files in {}", directory.display()));
                }
                let trial = directory.join(format!(".trial-{}", std::process::id()));
                let written = tokio::fs::write(&trial, [0; 8192]).await;
                let _ = tokio::fs::remove_file(&trial).await;
                match written {
                    Ok(()) => Ok(format!("letters are files in {}", directory.display())),
                    Err(error) => Err(format!("{} cannot be written: {error}", directory.display())),
                }
            }
            Self::Memory(_) => Ok("letters stay in memory".to_owned()),
            Self::Nobody => Err("MERIDIAN_MAIL is not set: letters wait".to_owned()),
        }
    }

    /// Hands one message over.
    pub async fn carry(&self, id: MailId, message: Message) -> Answer {
        match self {
            Self::Smtp(smtp) => smtp.carry(message).await,
            Self::Files(directory) => match file(Arc::clone(directory), id, message.formatted()).await {
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

/// An SMTP server and the connections kept to it.
#[derive(Clone)]
pub struct Smtp {
    server: Arc<SmtpServer>,
    pool: Arc<Mutex<AsyncSmtpTransport<Tokio1Executor>>>,
}

impl Smtp {
    fn to(server: &SmtpServer) -> Result<Self, SmtpError> {
        Ok(Self {
            pool: Arc::new(Mutex::new(connections(server)?)),
            server: Arc::new(server.clone()),
        })
    }

    async fn carry(&self, message: Message) -> Answer {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // lettre bounds the connecting only; a server that falls silent later would hold the letter for ever.
        match tokio::time::timeout(self.server.patience * ANSWERS, pool.send(message)).await {
            Ok(Ok(response)) => {
                let words: Vec<&str> = response.message().collect();
                (Outcome::Sent, format!("{} {}", response.code(), words.join(" ")))
            }
            Ok(Err(error)) => {
                let outcome = match () {
                    () if error.is_permanent() => Outcome::Refused,
                    () if error.is_transient() => Outcome::Later,
                    () => Outcome::Unreachable,
                };
                (outcome, self.said(&error))
            }
            Err(_) => {
                self.renew().await;
                (Outcome::Unreachable, "the server fell silent".to_owned())
            }
        }
    }

    async fn look(&self) -> Result<String, String> {
        let place = format!("{}:{}", self.server.host, self.server.port);
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::time::timeout(self.server.patience, pool.test_connection()).await {
            Ok(Ok(true)) => Ok(format!("{place} lets us in")),
            Ok(Ok(false)) => Err(format!("{place} hangs up")),
            Ok(Err(error)) if distrust(&error, &self.server).is_some() => {
                Err(format!("{place}: {}", self.said(&error)))
            }
            Ok(Err(error)) if error.is_permanent() || error.is_client() => {
                Err(format!("{place} does not let us in: {error}"))
            }
            Ok(Err(error)) if error.is_transient() => Err(format!("{place} says \"not now\": {error}")),
            Ok(Err(error)) => Err(format!("{place} cannot be reached: {error}")),
            Err(_) => Err(format!("{place} does not answer within {:?}", self.server.patience)),
        }
    }

    /// An error in words. Those about a connection that is not private say what to do: it stands as it is until somebody does.
    fn said(&self, error: &SmtpError) -> String {
        distrust(error, &self.server).unwrap_or_else(|| error.to_string())
    }

    /// Gives every kept connection up. The one that fell silent would go back among them, and a late answer to the last
    /// letter would be taken for the answer to the next one.
    async fn renew(&self) {
        let Ok(fresh) = connections(&self.server) else { return };
        let old = {
            let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *pool, fresh)
        };
        old.shutdown().await;
    }
}

fn connections(server: &SmtpServer) -> Result<AsyncSmtpTransport<Tokio1Executor>, SmtpError> {
    let tls = match server.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Opportunistic => Tls::Opportunistic(server.proof()?),
        SmtpTls::Required => Tls::Required(server.proof()?),
        SmtpTls::Wrapper => Tls::Wrapper(server.proof()?),
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

/// Why the connection could not be made private, and what to do about it; nothing for any other trouble.
fn distrust(error: &SmtpError, server: &SmtpServer) -> Option<String> {
    use rustls::CertificateError as Why;
    // lettre has no kind of its own for this one.
    if server.tls == SmtpTls::Required && error.is_client() && error.to_string().contains("STARTTLS") {
        return Some(
            "the server offers no STARTTLS, so nothing was sent. If it never did, use smtps:// in MERIDIAN_MAIL; if it did before, \
             somebody on the way may be taking the offer out: ask who runs the server"
                .to_owned(),
        );
    }
    let why = match refusal(error)? {
        rustls::Error::InvalidCertificate(why) => why,
        rustls::Error::InvalidMessage(_) => {
            return Some(
                "the server does not begin with TLS, so nothing was sent: use smtp://HOST:587?tls=required in MERIDIAN_MAIL if it \
                 offers STARTTLS, or mend the port"
                    .to_owned(),
            );
        }
        other => {
            return Some(format!(
                "no private connection came about, so nothing was sent: {other}"
            ));
        }
    };
    let words = match why {
        Why::Expired | Why::ExpiredContext { .. } => {
            "has expired: whoever runs the mail server renews it (or the clock of this machine is wrong)".to_owned()
        }
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "is not valid yet: the clock of this machine or that of the authority is wrong".to_owned()
        }
        Why::NotValidForName | Why::NotValidForNameContext { .. } => {
            format!(
                "is not for {}: write the name that it is for as HOST in MERIDIAN_MAIL",
                server.host
            )
        }
        // The second: an authority of that name with another key, as one has that was made anew.
        Why::UnknownIssuer | Why::BadSignature if server.authority.is_some() => {
            "is not from the authority that ca=FILE in MERIDIAN_MAIL names: mend the file".to_owned()
        }
        Why::UnknownIssuer => {
            "is from an authority that nobody here knows: if it is your own, name the file of its certificate by ca=FILE in MERIDIAN_MAIL"
                .to_owned()
        }
        other => format!("cannot be trusted: {other}"),
    };
    Some(format!("the server's certificate {words}. Nothing was sent"))
}

/// The refusal of TLS among the causes of an error.
fn refusal(error: &SmtpError) -> Option<&rustls::Error> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref()) {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

/// Written beside, synced and renamed, so that a reader finds whole letters and a letter that is said to be there outlives the
/// machine; named by the id, so that a repeated one is one file. What a full disk took of it goes again.
async fn file(directory: Arc<Path>, id: MailId, message: Vec<u8>) -> std::io::Result<PathBuf> {
    // Not by tokio's file: an error of its last write is not told by its sync.
    let work = move || {
        std::fs::create_dir_all(&directory)?;
        let (draft, path) = (directory.join(format!(".{id}")), directory.join(format!("{id}.eml")));
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(&message)?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)
        });
        if let Err(error) = written {
            let _ = std::fs::remove_file(&draft);
            return Err(error);
        }
        Ok(path)
    };
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
