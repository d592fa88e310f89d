//! The tokens of each item, without their names.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Deeper brackets are left out: nobody writes them, and everything here calls itself once a level.
const DEEP: usize = 200;

/// Kinds that names are folded to; anything below is a character or a word of the language.
const IDENTIFIER: u64 = 1 << 32;
const LIFETIME: u64 = IDENTIFIER + 1;
const NUMBER: u64 = IDENTIFIER + 2;
const TEXT: u64 = IDENTIFIER + 3;
const WORD: u64 = IDENTIFIER + 4;

/// The words that mean something. Names of the standard library are identifiers like others.
const WORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// The tokens of every item of a source file, in its order.
pub fn items(text: &str) -> Vec<Vec<u64>> {
    let mut found = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(tokens) = TokenStream::from_str(text) {
        split(tokens, 0, &mut found);
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    found
}

/// Splits where an item ends: at a semicolon, or at a block when it is no value.
fn split(tokens: TokenStream, depth: usize, found: &mut Vec<Vec<u64>>) {
    let mut item: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let is_value = item.iter().any(|token| is_punct(token, '='));
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_value,
            _ => false,
        };
        item.push(token);
        if ends {
            take(&item, depth, found);
            item.clear();
        }
    }
    take(&item, depth, found);
}

fn take(item: &[TokenTree], depth: usize, found: &mut Vec<Vec<u64>>) {
    let words: Vec<String> = item
        .iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .collect();
    let first = words
        .iter()
        .find(|word| !["pub", "crate", "unsafe", "default"].contains(&word.as_str()));
    match (first.map(String::as_str), item.last()) {
        (Some("use"), _) => {}
        (Some("mod" | "impl" | "trait"), Some(TokenTree::Group(body))) if depth < DEEP => {
            let body = body.stream();
            fold_item(&item[..item.len() - 1], found);
            split(body, depth + 1, found);
        }
        _ => fold_item(item, found),
    }
}

fn fold_item(item: &[TokenTree], found: &mut Vec<Vec<u64>>) {
    let mut tokens = Vec::new();
    fold(item.iter().cloned(), 0, &mut tokens);
    // A semicolon alone is the end of something that ended with its bracket, such as `use a::{b, c};`.
    if tokens.iter().any(|token| *token != u64::from(';')) {
        found.push(tokens);
    }
}

fn fold(stream: impl Iterator<Item = TokenTree>, depth: usize, out: &mut Vec<u64>) {
    let mut stream = stream.peekable();
    while let Some(token) = stream.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // Documentation is an attribute, and an inner one has a mark between.
                let inner = stream.next_if(|next| is_punct(next, '!'));
                if stream.next_if(is_documentation).is_none() {
                    out.push(u64::from('#'));
                    out.extend(inner.map(|_| u64::from('!')));
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                stream.next();
                out.push(LIFETIME);
            }
            TokenTree::Punct(punct) => out.push(u64::from(punct.as_char())),
            TokenTree::Ident(word) => {
                let word = word.to_string();
                let known = WORDS.iter().position(|known| *known == word);
                out.push(known.map_or(IDENTIFIER, |at| WORD + at as u64));
            }
            TokenTree::Literal(literal) => {
                let is_number = literal.to_string().starts_with(|c: char| c.is_ascii_digit());
                out.push(if is_number { NUMBER } else { TEXT });
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::None => (' ', ' '),
                };
                out.push(u64::from(open));
                if depth < DEEP {
                    fold(group.stream().into_iter(), depth + 1, out);
                }
                out.push(u64::from(close));
            }
        }
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// `[doc = …]`.
fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let mut inner = group.stream().into_iter();
    matches!(inner.next(), Some(TokenTree::Ident(word)) if word == "doc")
        && inner.next().is_some_and(|next| is_punct(&next, '='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_documentation_and_imports_do_not_count() {
        let one = "use a::b;\n/// Says it.\npub fn add(left: u32, right: u32) -> u32 { left + right + 1 }\n";
        let other = "// other\nuse c;\npub fn plus(a: u32, b: u32) -> u32 { a + b + 7 }\nuse d::{e, f};";
        assert_eq!(items(one), items(other));
        assert_ne!(items(one), items("pub fn add(a: u32, b: u32) -> u32 { a - b + 1 }"));
    }

    #[test]
    fn items_end_where_they_end() {
        let count = |text| items(text).len();
        assert_eq!(
            count("struct A; struct B { x: u8 } fn f() {} const C: D = D { x: 1 }; static E: u8 = { 1 };"),
            5
        );
        // The head of a module and of an impl, and what is in it.
        assert_eq!(count("mod m { fn f() {} fn g() {} } impl A { fn h() {} }"), 5);
        assert_eq!(count("fn f( {"), 0);
    }
}
