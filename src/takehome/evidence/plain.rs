//! Hostile text made plain: what an upload says, fit to be shown. Pure.
//!
//! Whoever shows it still escapes it for where it goes; here only what no escaping helps against is taken out.

use std::fmt::Write as _;

/// Characters of a source line that are shown.
pub const LINE: usize = 240;
/// Characters of a sentence or of a name that are shown.
pub const SENTENCE: usize = 400;

/// Characters that change what is around them, or that nobody sees.
pub fn is_unseen(c: char) -> bool {
    is_bidi(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters that turn the direction of text.
pub fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Without terminal sequences, control, direction and unseen characters; a tab is a space, so that columns stay. At most so
/// many characters, with an ellipsis for the rest.
pub fn plain(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' || c == '\u{9b}' {
            skip_sequence(c, &mut rest);
            continue;
        }
        let c = if c == '\t' { ' ' } else { c };
        if c.is_control() || is_unseen(c) {
            continue;
        }
        if length == most {
            out.push('…');
            break;
        }
        out.push(c);
        length += 1;
    }
    out
}

/// Reads a terminal sequence to its end: `ESC [ … letter`, `ESC ] … BEL`, or the one character behind `ESC`.
fn skip_sequence(opened: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = if opened == '\u{9b}' {
        Some('[')
    } else {
        rest.peek().copied()
    };
    match kind {
        Some('[') => {
            if opened == '\u{1b}' {
                rest.next();
            }
            while let Some(&c) = rest.peek() {
                if !('\u{20}'..='\u{7e}').contains(&c) {
                    break;
                }
                rest.next();
                if c >= '\u{40}' {
                    break;
                }
            }
        }
        Some(']' | 'P' | '_' | '^' | 'X') => {
            // Its text is no text of the line. It ends by BEL or `ESC \`, at the latest with the line.
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' || c == '\n' {
                    break;
                }
                if c == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        Some(c) if !c.is_control() => {
            rest.next();
        }
        _ => {}
    }
}

/// A line of a source, around a column (from 1) when the line is long.
pub fn source_line(line: &str, column: usize) -> String {
    let line = line.trim_end();
    let skipped = column.saturating_sub(1);
    if skipped < LINE * 3 / 4 {
        return plain(line, LINE);
    }
    let from = skipped - LINE / 4;
    let rest: String = line.chars().skip(from).collect();
    format!("…{}", plain(&rest, LINE))
}

/// A name as it may stand in a sentence: what is unseen in it is written out.
pub fn name(raw: &str) -> String {
    let mut out = String::new();
    for c in raw.chars() {
        if out.len() > SENTENCE {
            out.push('…');
            break;
        }
        if c.is_control() || is_unseen(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same of bytes that may be no text.
pub fn name_of_bytes(raw: &[u8]) -> String {
    let mut out = String::new();
    for chunk in raw[..raw.len().min(SENTENCE)].utf8_chunks() {
        out.push_str(&name(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_control_and_direction_are_taken_out_and_the_rest_stays() {
        let cases = [
            ("let é = \"ok\";", "let é = \"ok\";"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("a\u{202e}b\u{2066}c\u{200b}d", "abcd"),
            ("\ta\0b\rc\u{85}d", " abcd"),
            ("\u{1b}cfull reset", "full reset"),
            ("end\u{1b}", "end"),
            ("<script>", "<script>"),
        ];
        for (hostile, expected) in cases {
            assert_eq!(plain(hostile, 100), expected, "{hostile:?}");
        }
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("abc", 3), "abc");
    }

    #[test]
    fn a_long_line_is_shown_around_its_column() {
        let long = format!("{}unsafe {{}}{}", "x".repeat(5_000), "y".repeat(5_000));
        let shown = source_line(&long, 5_001);
        assert!(
            shown.contains("unsafe {}") && shown.chars().count() <= LINE + 2,
            "{shown}"
        );
        assert_eq!(source_line("    f();  ", 5), "    f();");
    }

    #[test]
    fn names_are_written_out() {
        assert_eq!(name("a\u{202e}b\n"), "a\\u{202e}b\\n");
        assert_eq!(name_of_bytes(b"a\xff\x00b"), "a\\xff\\u{0}b");
    }
}
