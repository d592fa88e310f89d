//! The chain of one record's events, computed slowly from what the table says.

use sha2::{Digest, Sha256};

/// An event as a reader of the table sees it: its columns as texts, in the order in which they are hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub chain: i64,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
    pub columns: Vec<Option<String>>,
}

/// Two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("below 16");
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// What the hash of an event must be.
pub fn hash(prev_hash: &[u8], chain: i64, columns: &[Option<String>]) -> Vec<u8> {
    let mut text = String::from("event 1;");
    let mut add = |part: Option<String>| match part {
        Some(part) => {
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(&part);
            text.push(';');
        }
        None => text.push_str("-;"),
    };
    add(Some(hex(prev_hash)));
    add(Some(chain.to_string()));
    for column in columns {
        add(column.clone());
    }
    Sha256::digest(text).to_vec()
}

/// Whether the events of one record, in any order, are a whole chain that ends where `head` says.
pub fn holds(events: &[Event], head: Option<(i64, &[u8])>) -> bool {
    let mut before: Vec<u8> = Vec::new();
    for number in 1..=events.len() {
        let number = i64::try_from(number).expect("few events");
        let mut these = events.iter().filter(|event| event.chain == number);
        let (Some(event), None) = (these.next(), these.next()) else {
            return false;
        };
        if event.prev_hash != before || event.hash != hash(&before, number, &event.columns) {
            return false;
        }
        before.clone_from(&event.hash);
    }
    head == Some((i64::try_from(events.len()).expect("few events"), before.as_slice()))
}
