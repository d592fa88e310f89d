//! Who is signed in where: the browsers of an account, their ends, and the proof before grave acts.
//!
//! 2026-11-21. A session ends 14 days after it was last used and 30 days after it began, for everybody; what a stolen one
//! could do worst (money, exports, roles, the account itself) asks for the password or a code again once the last proof is
//! 30 minutes old ([`crate::web::Proven`]). An account may be open in any number of browsers; its owner sees and ends them,
//! an admin ends all of somebody's. Rejected: minutes of idleness for staff, who have the app open all day and would
//! learn to type their password wherever it is asked for.

pub mod pages;
pub mod store;

use actix_session::{Session, SessionExt as _};
use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::sessions;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{SignInId, UserId};

/// How long a session lives without being used.
pub const IDLE_DAYS: i64 = 14;

/// How long a session lives at most.
pub const LONGEST_DAYS: i64 = 30;

/// How long a proof counts.
pub const PROOF_MINUTES: i64 = 30;

/// How old "last seen" may get before it is written again: not every page is worth a write.
const SEEN_MINUTES: i64 = 5;

/// How long somebody may take between password and code.
const CODE_MINUTES: i64 = 10;

/// The epoch of an account that was made a moment ago.
pub const FIRST_EPOCH: i32 = 0;

/// Whether a proof of `at` counts at `now`. One from the future (a clock that was set back) counts no longer either way.
pub fn is_fresh(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - at).abs() <= TimeDelta::minutes(PROOF_MINUTES)
}

/// Whether "last seen" is worth writing again.
pub fn is_worth_noting(seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - seen_at).abs() >= TimeDelta::minutes(SEEN_MINUTES)
}

/// Puts the user into a session with a fresh key, so that a key planted before the sign-in is worth nothing, and notes the
/// browser. `epoch` is what the user's was when the password was read: whoever ends their sessions meanwhile ends this one
/// too. The row is in the caller's transaction: without its commit the session signs nobody in.
pub async fn sign_in(
    tx: &mut PgConnection,
    req: &HttpRequest,
    by: &Actor,
    now: DateTime<Utc>,
    user: UserId,
    epoch: i32,
) -> AppResult<()> {
    let session = req.get_session();
    if let Some(before) = current(&session) {
        store::end(tx, before, now).await?;
    }
    let id = SignInId::new();
    let agent = req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let agent: String = agent.unwrap_or_default().chars().take(300).collect();
    store::open(tx, id, user, now, by.network.as_deref(), &agent).await?;
    session.renew();
    session.remove(PENDING);
    let put = session
        .insert(sessions::EPOCH, epoch)
        .and_then(|()| session.insert(sessions::SIGN_IN, id))
        .and_then(|()| session.insert(sessions::USER, user));
    put.map_err(AppError::internal)
}

/// The sign-in of a session, if it has one.
pub fn current(session: &Session) -> Option<SignInId> {
    session.get(sessions::SIGN_IN).ok().flatten()
}

const PENDING: &str = "pending";

/// Somebody whose password was right and whose code is still to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    user: UserId,
    epoch: i32,
    until: DateTime<Utc>,
    next: String,
}

/// Keeps in mind that a code is to come. The key is fresh as well: the code is asked of this browser alone.
fn wait_for_code(session: &Session, now: DateTime<Utc>, user: UserId, epoch: i32, next: &str) -> AppResult<()> {
    let pending = Pending {
        user,
        epoch,
        until: now + TimeDelta::minutes(CODE_MINUTES),
        next: next.to_owned(),
    };
    session.renew();
    session.insert(PENDING, pending).map_err(AppError::internal)
}

/// Whose code is awaited in this session.
fn pending(session: &Session, now: DateTime<Utc>) -> Option<Pending> {
    let pending: Option<Pending> = session.get(PENDING).ok().flatten();
    pending.filter(|pending| now < pending.until)
}

/// "Firefox on Linux": what a `User-Agent` says, in words. It is what the browser claims, nothing to rely on.
pub fn device(agent: &str) -> String {
    const BROWSERS: &[(&str, &str)] = &[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, word)| *word)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(word), None) | (None, Some(word)) => word.to_owned(),
        (None, None) => "A browser we do not know".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_words() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
        for (agent, words) in [
            (chrome, "Chrome on Linux"),
            (edge, "Edge on Windows"),
            (phone, "Safari on iPhone"),
            ("", "A browser we do not know"),
        ] {
            assert_eq!(device(agent), words);
        }
    }

    #[test]
    fn a_proof_counts_for_half_an_hour_and_not_for_ever_after_the_clock_was_set_back() {
        let at = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
        assert!(is_fresh(at, at + TimeDelta::minutes(30)));
        assert!(!is_fresh(at, at + TimeDelta::minutes(31)));
        assert!(!is_fresh(at, at - TimeDelta::hours(1)));
    }
}
