//! Which claim counts, by comparing each with each.

use chrono::{DateTime, Utc};

/// A line of the ledger, as the database has it.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: uuid::Uuid,
    /// What it is about, in any form that can be compared.
    pub subject: String,
    pub value: Option<i16>,
    pub stated_at: DateTime<Utc>,
    pub verified_at: Option<DateTime<Utc>>,
    pub withdrawn: bool,
}

/// Whether `a` counts more than `b`, both about the same and neither taken back.
fn beats(a: &Line, b: &Line) -> bool {
    if a.verified_at.is_some() != b.verified_at.is_some() {
        return a.verified_at.is_some();
    }
    if a.value.is_some() != b.value.is_some() {
        return a.value.is_some();
    }
    let day = |line: &Line| line.verified_at.unwrap_or(line.stated_at);
    if day(a) != day(b) {
        return day(a) > day(b);
    }
    a.id > b.id
}

/// The ids of the lines that count.
pub fn current(lines: &[Line]) -> Vec<uuid::Uuid> {
    let mut counting = Vec::new();
    for line in lines {
        let rivals = lines
            .iter()
            .filter(|other| other.id != line.id && other.subject == line.subject && !other.withdrawn);
        if !line.withdrawn && rivals.into_iter().all(|other| beats(line, other)) {
            counting.push(line.id);
        }
    }
    counting.sort();
    counting
}
