//! What the agency writes to candidates of its own accord.

use chrono::NaiveDate;

use crate::ids::{MessageId, PromiseId};
use crate::mail::{Letter, Recipient};

/// The date in a letter, with its year: letters are kept.
fn long(day: NaiveDate) -> String {
    day.format("%A, %-d %B %Y").to_string()
}

fn greeted<'a>(letter: Letter<'a>, name: &str) -> Letter<'a> {
    let name = if name.is_empty() { "there" } else { name };
    letter.say(format!("Hello {name},"))
}

/// An application came in, for the first time or again.
pub fn received(to: Recipient<'_>, promise: PromiseId, due_on: NaiveDate) -> Letter<'_> {
    let name = to.name.to_owned();
    let letter = Letter::new(to, "application.received", &promise, "We have your application");
    greeted(letter, &name)
        .say(format!(
            "thank you for applying. You hear from us by {}, whatever the answer is.",
            long(due_on)
        ))
        .say("Until then, a complete profile helps: your hours, your skills, and some code.")
        .page("Your home", "/me")
}

/// Somebody of the staff wrote.
pub fn message<'a>(to: Recipient<'a>, id: MessageId, by: &str, (subject, body): (&str, &str)) -> Letter<'a> {
    let name = to.name.to_owned();
    let letter = Letter::new(to, "candidate.message", &id, subject);
    greeted(letter, &name)
        .say(format!("{by} writes to you:"))
        .quote(body)
        .page("Read it at your home", "/me/messages")
}
