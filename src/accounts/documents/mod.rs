//! The privacy notice and the terms: versions that never change, and who accepted which.
//!
//! 2026-11-21. The texts are rows, published by migrations, and not files of the program: an acceptance points at the text by
//! a key of the schema, so one of a text that was never shown cannot be written. The newest version is in force; nobody is
//! stopped by it, because a client who has to decide on a person today is not made to read terms first. Their home says so.

pub mod actions;
pub mod pages;
pub mod store;

use serde::{Deserialize, Serialize};

/// A text that people accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Document {
    /// What is kept of people, and what they can ask for.
    Privacy,
    /// What the site is for, and what binds.
    Terms,
}

impl Document {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Privacy, Self::Terms];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Privacy => "Privacy notice",
            Self::Terms => "Terms",
        }
    }

    /// Its newest version.
    pub fn path(self) -> &'static str {
        match self {
            Self::Privacy => "/privacy",
            Self::Terms => "/terms",
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its heading; empty for what stands before the first one.
    pub heading: &'a str,
    /// Its paragraphs.
    pub paragraphs: Vec<&'a str>,
}

/// A text in parts: "# " begins a heading, any other line that is not empty is a paragraph.
pub fn parts(body: &str) -> Vec<Part<'_>> {
    let mut parts = vec![Part {
        heading: "",
        paragraphs: Vec::new(),
    }];
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.strip_prefix("# "), parts.last_mut()) {
            (Some(heading), _) => parts.push(Part {
                heading,
                paragraphs: Vec::new(),
            }),
            (None, Some(part)) => part.paragraphs.push(line),
            (None, None) => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_parts_and_nothing_of_it_is_lost() {
        let read = parts("First.\n\n# One\nA.\n\nB.\n# Two\n");
        let said: Vec<(&str, usize)> = read.iter().map(|part| (part.heading, part.paragraphs.len())).collect();
        assert_eq!(said, [("", 1), ("One", 2), ("Two", 0)]);
        assert_eq!(read[1].paragraphs, ["A.", "B."]);
    }
}
