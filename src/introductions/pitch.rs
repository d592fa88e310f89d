//! What may stand before a client under "Strength" when staff wrote nothing: the person's own headline, if nothing in it tells
//! who they are or how to reach them. The name is hidden until an interview is agreed, contact is never shown, and a headline
//! is typed freely.
//!
//! 2026-11-21: a doubtful headline is left out and not cleaned. Staff can write a line of their own; a half-removed address
//! still leads somewhere.

/// Parts of names that stand in ordinary sentences too.
const PARTICLES: &[&str] = &[
    "de", "da", "do", "das", "dos", "del", "di", "du", "la", "le", "van", "von", "y", "e",
];

/// Technologies that look like the address of a site.
const NO_ADDRESSES: &[&str] = &["asp.net", "ado.net"];

/// Digits that make a telephone number or an account somewhere.
const MOST_DIGITS: usize = 5;

/// The line to freeze into an introduction: the staff's words, else the headline where it gives nobody away, else nothing.
pub fn frozen<'a>(staff: &'a str, headline: &'a str, name: Option<&str>) -> &'a str {
    if !staff.trim().is_empty() {
        staff
    } else if gives_nobody_away(headline, name.unwrap_or_default()) {
        headline
    } else {
        ""
    }
}

/// Whether the text holds no address, link, long number or word of the name.
pub fn gives_nobody_away(text: &str, name: &str) -> bool {
    let folded = fold(text);
    let hidden = text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}'));
    !hidden && !is_addressed(&folded) && !has_long_number(&folded) && !names(&folded, &fold(name))
}

/// Small letters without the accents of the languages people here write in.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ñ' => 'n',
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ý' | 'ÿ' => 'y',
            '．' | '。' => '.',
            '＠' | '﹫' => '@',
            other => other,
        })
        // An accent that was typed as a character of its own.
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect()
}

fn is_addressed(text: &str) -> bool {
    [
        "@",
        "://",
        "www.",
        "(at)",
        "[at]",
        "{at}",
        " at gmail",
        " dot com",
        "mailto:",
        "t.me",
        "wa.me",
    ]
    .iter()
    .any(|part| text.contains(part))
        || text.split_whitespace().any(is_site)
}

/// "linkedin.com/in/x", not "Node.js", ".NET" or the end of a sentence.
fn is_site(token: &str) -> bool {
    let token = token.trim_matches(|c: char| !c.is_alphanumeric());
    let host = token
        .split(['/', '?', '#', ':', ',', ';', '(', ')'])
        .next()
        .unwrap_or_default();
    let Some((before, end)) = host.rsplit_once('.') else {
        return false;
    };
    let ends_like_one = end.chars().count() >= 2 && end.chars().all(char::is_alphabetic);
    ends_like_one && before.chars().any(char::is_alphanumeric) && end != "js" && !NO_ADDRESSES.contains(&host)
}

/// More digits in a row than any figure of a headline needs; what people put between the digits of a number does not end a row.
fn has_long_number(text: &str) -> bool {
    let mut row = 0;
    for c in text.chars() {
        if c.is_numeric() {
            row += 1;
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '_' | '–' | '\u{a0}') {
            row = 0;
        }
        if row > MOST_DIGITS {
            return true;
        }
    }
    false
}

/// Whether a word of the name stands in the text; a long one also inside another word, as in "anadiaz".
fn names(text: &str, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 1 && !PARTICLES.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let said = words(text);
    words(name)
        .iter()
        .any(|word| said.contains(word) || (word.chars().count() > 3 && text.contains(word.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "María José Díaz de Li";

    #[test]
    fn a_headline_that_tells_who_or_where_is_left_out() {
        for hostile in [
            "Write to me: me@example.test",
            "me＠example.test",
            "me (at) example",
            "reach me at gmail",
            "See https://example.test",
            "Portfolio: linkedin.com/in/somebody",
            "example.io, Rust developer",
            "(github.com/somebody)",
            "Call +55 81 5550 0199",
            "555-01-99",
            "ICQ 123456",
            "٥٥٥٠١٩٩",
            "MARIA builds services",
            "Jose builds services",
            "Di\u{301}az, ten years of Rust",
            "mariadeveloper on every network",
            "ask for Li",
            "M\u{200b}aria",
            "two\nlines",
        ] {
            assert_eq!(frozen("", hostile, Some(NAME)), "", "{hostile}");
        }
    }

    #[test]
    fn an_ordinary_headline_is_kept() {
        for fine in [
            "Cut p99 of a payments API from 180 to 22 ms",
            "Node.js and ASP.NET, then .NET Core and Rust.",
            "Moved 10,000 users off a monolith in 2019; led de-risking",
            "CI/CD, TCP/IP, list handling",
        ] {
            assert_eq!(frozen("", fine, Some(NAME)), fine);
        }
        assert_eq!(frozen("", "Jose builds services", None), "Jose builds services");
    }

    #[test]
    fn the_words_of_staff_go_first() {
        assert_eq!(frozen("Led María's team", "whatever", Some(NAME)), "Led María's team");
    }
}
