//! Pages of introductions: staff's list, the candidate's question, the client's comparison and decisions.

mod act;
mod detail;
mod list;
mod people;

use chrono::{DateTime, Utc};

use super::reason_words;
use crate::web::Routes;
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    list::routes(r);
    people::routes(r);
    detail::routes(r);
    act::routes(r);
}

/// An instant as somebody in that zone reads it: "Thu 19 Nov 2026, 10:00 New York".
pub(crate) fn local_text(at: DateTime<Utc>, zone: &str) -> String {
    match Zone::parse(zone) {
        Ok(known) => format!("{} {}", known.local(at).format("%a %-d %b %Y, %H:%M"), place(zone)),
        Err(_) => format!("{} UTC", at.format("%a %-d %b %Y, %H:%M")),
    }
}

/// The town of a zone's name.
pub(crate) fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// A day as people read it.
fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

/// A reason in words, with what somebody wrote beside it.
fn why(kind: &str, text: &str) -> String {
    match (reason_words(kind), text) {
        ("", text) => text.to_owned(),
        (words, "") => words.to_owned(),
        (words, text) => format!("{words}: {text}"),
    }
}
