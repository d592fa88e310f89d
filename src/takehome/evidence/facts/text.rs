//! A source file as tokens and as a tree.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::super::Limits;
use super::place::place;
use super::{NESTING, SYNTAX, depth};

/// Why there is no tree.
#[derive(Debug)]
pub struct Unreadable {
    /// One of the words of [`super`].
    pub why: &'static str,
    /// Where, when that is known.
    pub at: Option<(u32, u32)>,
}

impl Unreadable {
    fn new(why: &'static str, span: Option<proc_macro2::Span>) -> Self {
        let at = span
            .map(place)
            .and_then(|(line, column)| Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?)));
        Self { why, at }
    }
}

/// The tree of a file. On some shapes that hold no bracket inside another the parser overflows the stack all the same.
pub fn parse(text: &str, limits: &Limits) -> Result<syn::File, Unreadable> {
    let tokens = tokens(text).map_err(|span| Unreadable::new(SYNTAX, Some(span)))?;
    if let Some(span) = deeper_than(&tokens, limits.nesting) {
        return Err(Unreadable::new(NESTING, Some(span)));
    }
    let file = syn::parse2(tokens).map_err(|error| Unreadable::new(SYNTAX, Some(error.span())))?;
    if depth::exceeds(&file, limits.nesting) {
        // Dropping it would overflow the stack.
        std::mem::forget(file);
        return Err(Unreadable::new(NESTING, None));
    }
    Ok(file)
}

/// The tokens of a file, without a first line for a shell; or where they end.
pub fn tokens(text: &str) -> Result<TokenStream, proc_macro2::Span> {
    let blank = blanked(text);
    TokenStream::from_str(blank.as_deref().unwrap_or(text)).map_err(|error| error.span())
}

/// A first line for a shell as spaces, so that places stay.
fn blanked(text: &str) -> Option<String> {
    if text.starts_with("#!") && !text[2..].trim_start().starts_with('[') {
        let end = text.find('\n').unwrap_or(text.len());
        return Some(" ".repeat(end) + &text[end..]);
    }
    None
}

/// Forgets where the tokens so far came from; they must not be used any more.
pub fn forget() {
    proc_macro2::extra::invalidate_current_thread_spans();
}

/// A bracket that is nested deeper than so many.
fn deeper_than(tokens: &TokenStream, most: usize) -> Option<proc_macro2::Span> {
    let mut open = vec![tokens.clone().into_iter()];
    while let Some(inner) = open.last_mut() {
        match inner.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::None => {
                if open.len() > most {
                    return Some(group.span_open());
                }
                open.push(group.stream().into_iter());
            }
            Some(_) => {}
        }
    }
    None
}

/// Where comments are: everything between tokens, and documentation, as ranges of bytes.
pub fn comments(text: &str, limits: &Limits) -> Vec<std::ops::Range<usize>> {
    let Ok(tokens) = tokens(text) else { return Vec::new() };
    if deeper_than(&tokens, limits.nesting).is_some() {
        return Vec::new();
    }
    let mut code = Vec::new();
    ranges(text, tokens, &mut code);
    code.sort_by_key(|range| range.start);
    let mut found = Vec::new();
    let mut end = 0;
    for range in code {
        if range.start > end {
            found.push(end..range.start);
        }
        end = end.max(range.end);
    }
    found.push(end..text.len());
    found.retain(|range| {
        text.get(range.clone())
            .is_some_and(|gap| gap.contains("//") || gap.contains("/*"))
    });
    found
}

fn ranges(text: &str, tokens: TokenStream, code: &mut Vec<std::ops::Range<usize>>) {
    let mut inner = Vec::new();
    for token in tokens {
        let whole = token.span().byte_range();
        let is_documentation = text
            .get(whole.clone())
            .is_some_and(|token| token.starts_with("//") || token.starts_with("/*"));
        match token {
            _ if is_documentation => {}
            TokenTree::Group(group) => {
                code.push(group.span_open().byte_range());
                code.push(group.span_close().byte_range());
                inner.push(group.stream());
            }
            _ => code.push(whole),
        }
    }
    for stream in inner {
        ranges(text, stream, code);
    }
}
