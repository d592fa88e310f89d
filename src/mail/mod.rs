//! Mail: letters that wait in the outbox, and how they leave. Knows no word of the trade.
//!
//! [`post`] writes a row in the transaction of the fact. [`delivery`] finds what is due at the Clock's now and hands it to
//! the [`carrier`]; every try is a row. A letter is a list of [`Block`]s, written out twice, as text and as HTML, by the
//! same list: the two say the same words because there is one source of them.
//!
//! # Once
//!
//! One row per recipient, occasion and what it is about, by a constraint. The row is leased, sent, then marked: a crash
//! between the last two sends it a second time, with the same Message-ID, by which mail programs drop the copy. There is no
//! way to do better over SMTP. A worker is woken by NOTIFY and asks every few seconds anyhow.
//!
//! # Not a job queue (2026-11-21)
//!
//! The outbox is its own queue: it needs a state, a next instant by our Clock, a lease and a log of answers on the page in
//! any case, and a general queue beside it would keep a second, different truth about the same letter, by the database's
//! clock.

pub mod backoff;
pub mod carrier;
pub mod delivery;
pub mod render;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{LinkId, MailId, UserId};

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// Waits for its instant.
    Queued,
    /// Somebody is sending it.
    Sending,
    /// The other side took it.
    Sent,
    /// Given up; a person may send it again.
    Dead,
}

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Outcome {
    /// Taken.
    Sent,
    /// "Not now": a 4xx answer.
    Later,
    /// No answer that could be understood: no connection, a broken one, a time-out.
    Unreachable,
    /// "Never": a 5xx answer, or a letter that cannot be written out.
    Refused,
    /// Whoever sent it went away before saying how it ended.
    Lost,
}

/// A piece of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Say(String),
    /// Somebody else's words.
    Quote(String),
    /// The letter's one-time link, on a line of its own.
    OneTime(String),
    /// A link to a page of the site: label and path.
    Page(String, String),
}

/// Whom a letter goes to.
#[derive(Debug, Clone)]
pub struct Recipient<'a> {
    /// The account, if there is one: it sees the letter on its own /outbox.
    pub user: Option<UserId>,
    /// The address.
    pub address: &'a str,
    /// The name, or nothing.
    pub name: &'a str,
}

/// A letter as a domain writes it.
#[derive(Debug)]
pub struct Letter<'a> {
    to: Recipient<'a>,
    occasion: &'static str,
    about: String,
    subject: String,
    blocks: Vec<Block>,
    link: Option<(&'static str, LinkId)>,
}

/// Most characters of a subject.
const SUBJECT: usize = 150;
/// Most characters of a name in a header.
const NAME: usize = 100;
/// Most characters of somebody's words in a letter; the whole stands on the page it links to.
const WORDS: usize = 2_000;

/// One line without control characters or marks that turn the reading direction, cut with an ellipsis.
pub fn one_line(text: &str, most: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&plain, most)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

impl<'a> Letter<'a> {
    /// A letter for one occasion ("`user.verify`") about one thing; the three together are sent once.
    pub fn new(to: Recipient<'a>, occasion: &'static str, about: &impl ToString, subject: &str) -> Self {
        Self {
            to,
            occasion,
            about: about.to_string(),
            subject: one_line(subject, SUBJECT),
            blocks: Vec::new(),
            link: None,
        }
    }

    /// A paragraph. Values from outside come through [`one_line`] here: they cannot start a paragraph of their own.
    #[must_use]
    pub fn say(mut self, text: impl AsRef<str>) -> Self {
        self.blocks.push(Block::Say(one_line(text.as_ref(), WORDS)));
        self
    }

    /// Somebody's own words, marked as such, line by line.
    #[must_use]
    pub fn quote(mut self, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(|line| one_line(line, WORDS)).collect();
        self.blocks.push(Block::Quote(cut(&lines.join("\n"), WORDS)));
        self
    }

    /// The one-time link: its label, the path before the token, and the link it stands for.
    #[must_use]
    pub fn one_time(mut self, label: &str, path: &'static str, link: LinkId) -> Self {
        self.blocks.push(Block::OneTime(label.to_owned()));
        self.link = Some((path, link));
        self
    }

    /// A link to a page of the site.
    #[must_use]
    pub fn page(mut self, label: &str, path: impl Into<String>) -> Self {
        self.blocks.push(Block::Page(label.to_owned(), path.into()));
        self
    }
}

/// Puts a letter into the outbox, in the transaction of what it tells. `None`: it stands there already.
pub async fn post(tx: &mut PgConnection, now: DateTime<Utc>, letter: Letter<'_>) -> AppResult<Option<MailId>> {
    let id = MailId::new();
    let name = one_line(letter.to.name, NAME);
    let row = store::NewMail {
        id,
        occasion: letter.occasion,
        about: &letter.about,
        user: letter.to.user,
        recipient: letter.to.address,
        recipient_name: &name,
        subject: &letter.subject,
        blocks: serde_json::to_value(&letter.blocks)?,
        link: letter.link,
    };
    if !store::insert(tx, &row, now).await? {
        return Ok(None);
    }
    store::wake(tx).await?;
    Ok(Some(id))
}

/// An address for the log: enough to recognise, not enough to write to.
pub fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or('?')),
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_whatever_is_in_it() {
        assert_eq!(
            one_line("Ana\r\nBcc: all@x.test\u{202e}\u{0}", 100),
            "Ana Bcc: all@x.test"
        );
        assert_eq!(one_line(&"x".repeat(10_000), 10), "xxxxxxxxx…");
        assert_eq!(one_line(" \t ", 10), "");
    }

    #[test]
    fn an_address_is_masked() {
        assert_eq!(masked("ana@company.test"), "a…@company.test");
        assert_eq!(masked("nothing"), "…");
    }
}
