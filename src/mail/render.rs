//! A letter written out: text, HTML, and the whole message.

use askama::Template;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::Block;
use super::store::Waiting;
use crate::error::{AppError, AppResult};
use crate::tokens::Tokens;

/// A block with its links made whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A paragraph.
    Say(String),
    /// Somebody else's words.
    Quote(String),
    /// Label and address.
    Link(String, String),
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    parts: &'a [Part],
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    parts: &'a [Part],
    site: &'a str,
}

/// Whether one-time links are shown as they work.
#[derive(Clone, Copy)]
pub enum Links<'a> {
    /// With their tokens: for the recipient's mailbox, and for a demo.
    Working(&'a Tokens),
    /// Without: for everybody else who looks.
    Hidden,
}

/// The blocks of a letter with addresses of `site` (no slash at its end).
pub fn parts(
    blocks: &serde_json::Value,
    link: Option<(&str, crate::ids::LinkId)>,
    site: &str,
    links: Links<'_>,
) -> AppResult<Vec<Part>> {
    let blocks: Vec<Block> = serde_json::from_value(blocks.clone())?;
    Ok(blocks
        .into_iter()
        .map(|block| match block {
            Block::Say(text) => Part::Say(text),
            Block::Quote(text) => Part::Quote(text),
            Block::Page(label, path) => Part::Link(label, format!("{site}{path}")),
            Block::OneTime(label) => match (links, link) {
                (Links::Working(tokens), Some((path, id))) => {
                    Part::Link(label, format!("{site}{path}{}", tokens.of(id)))
                }
                _ => Part::Say(format!("[{label}: the link is in the mail itself]")),
            },
        })
        .collect())
}

/// The text part.
pub fn text(parts: &[Part], site: &str) -> AppResult<String> {
    Ok(Text { parts, site }.render()?)
}

/// The HTML part.
pub fn html(subject: &str, parts: &[Part], site: &str) -> AppResult<String> {
    Ok(Html { subject, parts, site }.render()?)
}

/// The whole message as it goes over the wire. The Message-ID is the row's id: a second try has the same.
pub fn message(mail: &Waiting, from: &Mailbox, site: &str, tokens: &Tokens) -> AppResult<Message> {
    let link = mail.link_path.as_deref().zip(mail.link_id);
    let parts = parts(&mail.blocks, link, site, Links::Working(tokens))?;
    let address: Address = mail.recipient.parse().map_err(AppError::internal)?;
    let name = (!mail.recipient_name.is_empty()).then(|| mail.recipient_name.clone());
    let both = MultiPart::alternative()
        .singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_PLAIN)
                .body(text(&parts, site)?),
        )
        .singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_HTML)
                .body(html(&mail.subject, &parts, site)?),
        );
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(&mail.subject)
        .date(mail.created_at.into())
        .message_id(Some(message_id(mail, from)))
        .multipart(both)
        .map_err(AppError::internal)
}

/// The Message-ID of a letter.
pub fn message_id(mail: &Waiting, from: &Mailbox) -> String {
    format!("<{}@{}>", mail.id, from.email.domain())
}
