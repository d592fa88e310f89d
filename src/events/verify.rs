//! Computes the chains of the log again and names the first one that does not hold.
//!
//! The hash is made here a second time, not by the database's own function: a function that was changed with the rows
//! would agree with them.

use std::collections::VecDeque;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::store::{self, ChainHead, Link};
use crate::error::AppResult;

/// Rows that are read at a time.
const BATCH: i64 = 1000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every chain holds.
    Whole {
        /// Records with events.
        subjects: u64,
        /// Events.
        events: u64,
        /// SHA-256 over all heads: whoever noted it elsewhere sees whether whole chains were exchanged since. It changes with
        /// every event.
        figure: String,
    },
    /// A chain does not hold.
    Broken {
        /// Kind of the record.
        subject_kind: String,
        /// The record.
        subject_id: Uuid,
        /// The number of the event at which it breaks.
        chain: i64,
        /// What is wrong with it.
        why: Why,
    },
}

/// How a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The row is not what its hash was made of.
    Edited,
    /// It does not name the hash of the event before it.
    OutOfOrder,
    /// It is not there.
    Missing,
    /// It is not the one that the head names, or there are more events than the head knows.
    Head,
}

impl Why {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Edited => "was changed after it was written",
            Self::OutOfOrder => "does not follow from the one before it",
            Self::Missing => "is missing",
            Self::Head => "is not where the chain is said to end",
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The hash of an event, by its parts.
fn hash(link: &Link) -> Vec<u8> {
    let prev = hex(&link.prev_hash);
    let chain = link.chain.to_string();
    let parts = [Some(prev.as_str()), Some(chain.as_str())]
        .into_iter()
        .chain(link.parts.iter().map(Option::as_deref));
    let mut sum = Sha256::new();
    sum.update("event 1;");
    for part in parts {
        match part {
            None => sum.update("-;"),
            Some(text) => {
                sum.update(text.len().to_string());
                sum.update(":");
                sum.update(text);
                sum.update(";");
            }
        }
    }
    sum.finalize().to_vec()
}

/// A place in the log at which a chain does not hold.
fn broken(subject: &(String, Uuid), chain: i64, why: Why) -> Verdict {
    let (subject_kind, subject_id) = subject.clone();
    Verdict::Broken {
        subject_kind,
        subject_id,
        chain,
        why,
    }
}

/// The heads in their order, read a batch at a time.
#[derive(Default)]
struct Heads {
    batch: VecDeque<ChainHead>,
    last: Option<(String, Uuid)>,
}

impl Heads {
    async fn next(&mut self, conn: &mut PgConnection) -> AppResult<Option<ChainHead>> {
        if self.batch.is_empty() {
            let after = self.last.as_ref().map(|(kind, id)| (kind.as_str(), *id));
            self.batch = store::heads(conn, after, BATCH).await?.into();
            self.last = self.batch.back().map(|head| head.subject.clone()).or(self.last.take());
        }
        Ok(self.batch.pop_front())
    }
}

/// Looks at everything as it is at one instant, a batch at a time, and stops at the first fault. `conn` is not in a transaction.
pub async fn verify(conn: &mut PgConnection) -> AppResult<Verdict> {
    let mut tx = conn
        .begin_with("begin isolation level repeatable read read only")
        .await?;
    let verdict = look(&mut tx).await?;
    tx.rollback().await?;
    Ok(verdict)
}

/// [`verify`] within a transaction. Heads and events side by side: both are read in the order of their subjects.
pub async fn look(conn: &mut PgConnection) -> AppResult<Verdict> {
    if let Some(subject) = store::headless(conn).await? {
        return Ok(broken(&subject, 1, Why::Head));
    }
    let (mut subjects, mut events) = (0, 0);
    let mut figure = Sha256::new();
    let mut heads = Heads::default();
    let mut present: Option<ChainHead> = None;
    let (mut next, mut before) = (1, Vec::new());
    let mut last: Option<((String, Uuid), i64)> = None;
    loop {
        let links = store::links(conn, last.as_ref().map(|(subject, chain)| (subject, *chain)), BATCH).await?;
        let Some(end) = links.last() else { break };
        last = Some((end.subject.clone(), end.chain));
        for link in links {
            if present.as_ref().is_none_or(|head| head.subject != link.subject) {
                if let Some(head) = present.take().filter(|head| head.chain >= next) {
                    return Ok(broken(&head.subject, next, Why::Missing));
                }
                let Some(head) = heads.next(conn).await? else {
                    return Ok(broken(&link.subject, link.chain, Why::Head));
                };
                if head.subject != link.subject {
                    return Ok(broken(&head.subject, 1, Why::Missing));
                }
                figure.update(&head.hash);
                subjects += 1;
                (next, before) = (1, Vec::new());
                present = Some(head);
            }
            let end = present.as_ref().map(|head| (head.chain, head.hash.as_slice()));
            if let Some(why) = fault(&link, next, &before, end) {
                return Ok(broken(&link.subject, next, why));
            }
            before = link.hash;
            next += 1;
            events += 1;
        }
    }
    if let Some(head) = present.filter(|head| head.chain >= next) {
        return Ok(broken(&head.subject, next, Why::Missing));
    }
    if let Some(head) = heads.next(conn).await? {
        return Ok(broken(&head.subject, 1, Why::Missing));
    }
    let figure = hex(&figure.finalize());
    Ok(Verdict::Whole {
        subjects,
        events,
        figure,
    })
}

/// What is wrong with an event that should be number `next` after one of the hash `before`, in a chain with this end.
fn fault(link: &Link, next: i64, before: &[u8], end: Option<(i64, &[u8])>) -> Option<Why> {
    if link.chain != next {
        Some(Why::Missing)
    } else if link.prev_hash != before {
        Some(Why::OutOfOrder)
    } else if hash(link) != link.hash {
        Some(Why::Edited)
    } else {
        let (chain, hash) = end?;
        (next > chain || (next == chain && link.hash != hash)).then_some(Why::Head)
    }
}
