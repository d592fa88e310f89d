//! Why there is no actor: a sentence of the candidate's about it. Pure.

use std::ops::Range;

use super::super::{Check, Limits, plain};
use super::place::{AVOIDED, Page};
use super::text;

/// Whether a file is prose.
pub fn is_prose(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default().to_lowercase();
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["md", "markdown", "txt", "adoc", "rst"].contains(&ending) || last.starts_with("readme") || last == "notes"
}

/// Words by which somebody argues against something.
const AGAINST: &[&str] = &[
    "no",
    "not",
    "without",
    "avoid",
    "avoids",
    "avoided",
    "avoiding",
    "overkill",
    "unnecessary",
    "unneeded",
    "needless",
    "needlessly",
    "instead",
    "rather",
    "skip",
    "skipped",
    "declined",
    "decline",
    "against",
    "simpler",
    "excessive",
    "never",
    "than",
    "isn't",
    "wasn't",
    "don't",
    "doesn't",
    "didn't",
    "needn't",
    "aren't",
    "won't",
    "wouldn't",
    "cannot",
    "can't",
    "neither",
    "nor",
    "omit",
    "omitted",
    "overhead",
    "unwarranted",
    "superfluous",
];

/// Notes the first sentence of a file that says why there is no actor.
pub fn look(page: &mut Page<'_>, text: &str, is_rust: bool, limits: &Limits) {
    let prose = if is_rust {
        text::comments(text, limits)
    } else {
        std::iter::once(0..text.len()).collect()
    };
    for range in prose {
        for sentence in sentences(text, range) {
            let words = words(text, &sentence, is_rust);
            if argues(&words) {
                let said = plain::plain(&words, plain::SENTENCE);
                let detail = format!("there is no actor, and a sentence about it: {said}");
                page.at_byte(Check::Actor, AVOIDED, sentence.start, detail);
                return;
            }
        }
    }
}

/// Whether a sentence is about actors, and against them.
fn argues(sentence: &str) -> bool {
    let lower = sentence.to_lowercase().replace('\u{2019}', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    let about = words.iter().any(|word| ["actor", "actors", "actor's"].contains(word));
    about && words.iter().any(|word| AGAINST.contains(word))
}

/// The sentences of a stretch of text, as ranges of bytes. A sentence ends with its mark, or with an empty line.
fn sentences(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(stretch) = text.get(within.clone()) else {
        return found;
    };
    let mut start: Option<usize> = None;
    let mut chars = stretch.char_indices().peekable();
    let mut line_is_empty = true;
    while let Some((at, c)) = chars.next() {
        let place = within.start + at;
        if c == '\n' {
            if line_is_empty && let Some(begun) = start.take() {
                found.push(begun..place);
            }
            line_is_empty = true;
            continue;
        }
        if c.is_whitespace() || is_mark(c) {
            continue;
        }
        line_is_empty = false;
        let begun = *start.get_or_insert(place);
        let is_end = matches!(c, '.' | '!' | '?') && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if is_end {
            found.push(begun..place + c.len_utf8());
            start = None;
        }
    }
    if let Some(begun) = start {
        found.push(begun..within.end);
    }
    found
}

/// What makes a line a comment, a heading or an entry of a list.
fn is_mark(c: char) -> bool {
    matches!(c, '/' | '*' | '#' | '>' | '-' | '|')
}

/// A sentence on one line, without the marks of a comment.
fn words(text: &str, range: &Range<usize>, is_rust: bool) -> String {
    let lines = text[range.clone()].lines().map(|line| {
        let line = line.trim();
        if is_rust {
            line.trim_start_matches(['/', '*', '!']).trim()
        } else {
            line.trim_start_matches(['>', '#', '*', '-']).trim()
        }
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, name: &str) -> Option<(u32, u32, String)> {
        let mut page = Page::new(name, text);
        look(&mut page, text, name.ends_with("rs"), &Limits::STANDARD);
        let row = page.finish().pop()?;
        Some((row.line?, row.column?, row.detail))
    }

    #[test]
    fn a_sentence_against_actors_is_shown_where_it_begins() {
        let readme = "# Notes\n\nRun it. Actors would be\noverkill for one list. Enough.\n";
        let (line, column, detail) = found(readme, "README.md").unwrap();
        assert_eq!((line, column), (3, 9));
        assert!(
            detail.ends_with("about it: Actors would be overkill for one list."),
            "{detail}"
        );

        let source = "fn f() {}\n\n/// A plain lock is enough: we do not need an actor here.\nfn g() { let s = \"no actor\"; }\n";
        assert_eq!(
            found(source, "src/a.rs").map(|(line, column, _)| (line, column)),
            Some((3, 5))
        );
        let source = "fn f() {} // I avoided the actor model,\n          // it is too much.\n";
        assert!(
            found(source, "src/a.rs")
                .unwrap()
                .2
                .contains("I avoided the actor model, it is too much.")
        );
    }

    #[test]
    fn other_sentences_are_not() {
        assert_eq!(
            found("Use the actor model if appropriate. It is not hard.\n", "README.md"),
            None
        );
        assert_eq!(found("Uses actix-web, not axum.\n", "README.md"), None);
        assert_eq!(found("fn f() { let s = \"no actor here\"; }\n", "src/a.rs"), None);
    }
}
