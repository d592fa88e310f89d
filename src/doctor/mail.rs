//! Whether letters can leave, tried as far as it goes without sending one.

use super::Finding;
use crate::config::MailRoute;
use crate::mail::carrier::Carrier;

/// The way that the configuration names.
pub async fn mail(route: &MailRoute) -> Finding {
    let what = "mail";
    if *route == MailRoute::Nobody {
        return Finding::warning(
            what,
            "MERIDIAN_MAIL is not set, so letters wait",
            "set it: smtps://USER:PASSWORD@HOST for a mail server, file:DIRECTORY for files; invitations and new passwords need it",
        );
    }
    let looked = match Carrier::open(route) {
        Ok(carrier) => carrier.look().await,
        Err(error) => Err(error.to_string()),
    };
    match looked {
        Ok(seen) => Finding::good(what, seen),
        Err(seen) => Finding::bad(
            what,
            seen,
            "check host, port, user, password and tls in MERIDIAN_MAIL, and that the mail server runs; letters wait meanwhile and are tried for four days",
        ),
    }
}
