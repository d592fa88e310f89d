//! The one error type of requests.
//!
//! A user sees a title, a way on and the request's id; the chain of causes goes to the log once, at the place where the
//! response is made (`web::errors`). Refusals by a rule are ordinary answers, not faults, and are not logged as errors.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use chrono::TimeDelta;

use crate::db::constraint_of;

/// What a handler, an action or a store function returns.
pub type AppResult<T> = Result<T, AppError>;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such record, or none that this viewer may know of.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, and the page needs somebody.
    #[error("sign-in needed")]
    SignInNeeded,
    /// The viewer's role does not reach here.
    #[error("forbidden: {0}")]
    Forbidden(Cow<'static, str>),
    /// A rule said no. `title` says what happened, `way_on` what can be done.
    #[error("refused: {title}")]
    Refused {
        /// What happened, one sentence.
        title: Cow<'static, str>,
        /// What the person can do now.
        way_on: Cow<'static, str>,
    },
    /// The request could not be understood (a broken form, a wrong id).
    #[error("bad request: {0}")]
    Invalid(Cow<'static, str>),
    /// Too large a body.
    #[error("too large: {0}")]
    TooLarge(Cow<'static, str>),
    /// The same person or network did this too often lately.
    #[error("too many attempts")]
    TooMany {
        /// Until one more is allowed.
        wait: TimeDelta,
    },
    /// The viewer has to prove once more who they are ([`crate::web::Proven`]).
    #[error("proof needed")]
    ProofNeeded,
    /// Too much at once, or the database is away: try again in a moment.
    #[error("busy: {0}")]
    Busy(Cow<'static, str>),
    /// A disk is full: ours, or the database's.
    #[error("no room: {0}")]
    NoRoom(Cow<'static, str>),
    /// A fault of ours.
    #[error("fault")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// A refusal by a rule.
    pub fn refused(title: impl Into<Cow<'static, str>>, way_on: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused {
            title: title.into(),
            way_on: way_on.into(),
        }
    }

    /// The record was changed or decided by somebody else in the meantime.
    pub fn overtaken() -> Self {
        Self::refused(
            "Somebody else was faster",
            "This record changed while you were looking at it. Go back, look at its present state, and decide again.",
        )
    }

    /// A link with a token that opens nothing; the way on says of what kind it was, and not which reason holds.
    pub fn dead_link(way_on: &'static str) -> Self {
        Self::refused("This link does not work any more", way_on)
    }

    /// A fault of ours, with its cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// A file could not be written or read: a full disk is said to the person, anything else is a fault.
    pub fn disk(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem => {
                tracing::error!(error = &error as &dyn std::error::Error, "a file could not be stored");
                Self::NoRoom("There is no room for files.".into())
            }
            _ => Self::internal(error),
        }
    }

    /// After how many whole seconds it is worth trying again, where that is known.
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Busy(_) => Some(5),
            Self::NoRoom(_) => Some(60),
            Self::TooMany { wait } => Some((wait.num_milliseconds() + 999).div_euclid(1000).max(1)),
            _ => None,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ProofNeeded => StatusCode::FORBIDDEN,
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy(_) | Self::NoRoom(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// `SQLSTATE` classes and codes that mean "not now" and not "never": connection trouble, too many connections, shutdown,
/// statement and lock timeouts.
fn is_passing(code: &str) -> bool {
    code.starts_with("08")
        || matches!(
            code,
            "53300" | "57P01" | "57P02" | "57P03" | "57014" | "55P03" | "53200"
        )
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database is not reachable"
                );
                Self::Busy("The database does not answer.".into())
            }
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if code == "53100" {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the database has no room left"
                    );
                    return Self::NoRoom("The database has no room left.".into());
                }
                if is_passing(&code) {
                    tracing::warn!(code = %code, "the database asks to try later");
                    return Self::Busy("The database is busy.".into());
                }
                // Serialization failure and deadlock: the other transaction won.
                if matches!(&*code, "40001" | "40P01") {
                    return Self::overtaken();
                }
                // A move that the state machine does not know: another act came first.
                if constraint_of(&error).is_some_and(|name| name.ends_with("_transition")) {
                    return Self::overtaken();
                }
                Self::Internal(Box::new(error))
            }
            _ => Self::Internal(Box::new(error)),
        }
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
