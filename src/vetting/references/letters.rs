//! What referees are written, and what the staff are told. Of the person stand here a name and a track, and nothing else: not where
//! they worked, nor with whom, because a letter is opened by whoever has the mailbox.

use chrono::{DateTime, Utc};

use super::State;
use super::store::Request;
use crate::ids::{LinkId, ReferenceId, UserId};
use crate::mail::{Letter, Recipient};

/// Before the token in the address.
pub const PATH: &str = "/reference/";

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

fn to_the_referee<'a>(request: &'a Request, occasion: &'static str, about: ReferenceId, subject: &str) -> Letter<'a> {
    let to = Recipient {
        user: None,
        address: &request.email,
        name: &request.name,
    };
    Letter::new(to, occasion, &about, subject).say(format!("Hello {},", request.name))
}

/// Asks somebody for a reference.
pub fn asked<'a>(request: &'a Request, by: &str, link: LinkId, end: DateTime<Utc>) -> Letter<'a> {
    let person = request.person();
    to_the_referee(
        request,
        "reference.asked",
        request.id,
        &format!("A reference for {person}"),
    )
    .say(format!(
        "{person} told us that you have worked together and that we may ask you. I am {by}; our agency vets developers, and {person} is being vetted as: {}.",
        request.track
    ))
    .say("Would you answer a few questions? It takes about ten minutes, and you need no account. The page says first who will read your answer and how long it is kept; opening it commits you to nothing, and you can decline there with one click.")
    .one_time("Open the questions", PATH, link)
    .say(format!(
        "The link is for you alone and works until {}. If you do not know {person}, please say so on the page: then nobody writes to you again.",
        day(end)
    ))
}

/// The one reminder; the same link, with a new end.
pub fn reminder<'a>(request: &'a Request, by: &str, link: LinkId, end: DateTime<Utc>) -> Letter<'a> {
    let person = request.person();
    to_the_referee(
        request,
        "reference.reminder",
        request.id,
        &format!("Once more: a reference for {person}"),
    )
    .say(format!(
        "some time ago we asked you for a word on {person}. This is the only reminder; if you would rather not, the page takes a no as well."
    ))
    .one_time("Open the questions", PATH, link)
    .say(format!("The link works until {}. {by}, who asks you.", day(end)))
}

/// Tells whoever asked that something came of it. What was said stands on the page alone.
pub fn came_in<'a>(to: (UserId, &'a str, &'a str), request: &Request, ending: State) -> Letter<'a> {
    let (user, address, name) = to;
    let to = Recipient {
        user: Some(user),
        address,
        name,
    };
    let person = request.person();
    let (subject, words) = match ending {
        State::Declined => (
            format!("A reference for {person} was declined"),
            format!("{} would rather not answer about {person}.", request.name),
        ),
        _ => (
            format!("A reference for {person} is in"),
            format!("{} has answered about {person}.", request.name),
        ),
    };
    Letter::new(to, "reference.came_in", &request.id, &subject)
        .say(format!("Hello {name},"))
        .say(words)
        .page(
            "Open the references",
            format!("/candidates/{}/references", request.candidate),
        )
}
