//! What is in the brackets of a macro: expressions or statements where it can be read so, else tokens. Pure.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

/// What a macro's body was read as.
pub enum Body {
    /// Expressions in their order, as most macros take them.
    Expressions(Vec<Expr>),
    /// Statements.
    Statements(Vec<syn::Stmt>),
    /// Items.
    Items(Vec<syn::Item>),
    /// Nothing that is known.
    Tokens,
}

/// Reads the body of the macro of this name.
pub fn body(name: &str, tokens: &TokenStream) -> Body {
    if name.starts_with("select")
        && let Ok(branches) = branches.parse2(tokens.clone())
    {
        return Body::Expressions(branches);
    }
    let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(expressions) = expressions.parse2(tokens.clone()) {
        return Body::Expressions(expressions.into_iter().collect());
    }
    if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
        return Body::Statements(statements);
    }
    if let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) {
        return Body::Items(file.items);
    }
    Body::Tokens
}

/// `pattern = future, if condition => what to do`, as `select!` takes them.
fn branches(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut found = Vec::new();
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    while !input.is_empty() {
        if input.peek(Token![else]) {
            input.parse::<Token![else]>()?;
        } else if input.peek(syn::Ident) && input.peek2(Token![=>]) {
            // `complete`, `default`.
            input.parse::<syn::Ident>()?;
        } else {
            syn::Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            found.push(input.parse()?);
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                found.push(input.parse()?);
            }
        }
        input.parse::<Token![=>]>()?;
        if input.peek(syn::token::Brace) {
            let block: syn::ExprBlock = input.parse()?;
            found.push(Expr::Block(block));
        } else {
            found.push(input.parse()?);
        }
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(found)
}

/// What is seen in tokens that cannot be read as anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The word `unsafe`.
    Unsafe,
    /// `static mut`.
    StaticMut,
    /// `.unwrap()` or the like, of a lock or not.
    Method(String, bool),
    /// A macro, by its name.
    Macro(String),
}

/// Everything that is seen, with its place.
pub fn scan(tokens: &TokenStream) -> Vec<(Seen, Span)> {
    let mut found = Vec::new();
    scan_into(tokens.clone(), &mut found);
    found
}

fn scan_into(tokens: TokenStream, found: &mut Vec<(Seen, Span)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) => {
                if let Some(seen) = word_at(&tokens, at, &word.to_string()) {
                    found.push((seen, word.span()));
                }
            }
            TokenTree::Group(group) => scan_into(group.stream(), found),
            _ => {}
        }
    }
}

fn word_at(tokens: &[TokenTree], at: usize, word: &str) -> Option<Seen> {
    let punct =
        |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    let word_is = |at: usize, wanted: &str| matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == wanted);
    let arguments = |at: usize| match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream().is_empty()),
        _ => None,
    };
    match word {
        "unsafe" => Some(Seen::Unsafe),
        "static" if word_is(at + 1, "mut") => Some(Seen::StaticMut),
        "unwrap" | "expect" | "unwrap_err" | "expect_err" => {
            arguments(at + 1)?;
            if at == 0 || !punct(at - 1, '.') {
                return None;
            }
            let of_lock = at >= 3
                && arguments(at - 2) == Some(true)
                && ["lock", "read", "write"].iter().any(|name| word_is(at - 3, name));
            Some(Seen::Method(word.to_owned(), of_lock))
        }
        _ if punct(at + 1, '!') && matches!(tokens.get(at + 2), Some(TokenTree::Group(_))) => {
            Some(Seen::Macro(word.to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_of_select_are_read() {
        let tokens = "biased; Some(x) = rx.recv(), if ready => { a(x) } _ = sleep() => b(), else => c()";
        let Body::Expressions(found) = body("select", &tokens.parse().unwrap()) else {
            panic!("not read");
        };
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn tokens_are_scanned() {
        let tokens =
            "a => unsafe { x.lock().unwrap(); y.unwrap(); panic!(\"x\") } static mut B; unwrap(); q.unwrap_or(1)";
        let seen: Vec<Seen> = scan(&tokens.parse().unwrap())
            .into_iter()
            .map(|(seen, _)| seen)
            .collect();
        assert_eq!(
            seen,
            [
                Seen::Unsafe,
                Seen::Method("unwrap".into(), true),
                Seen::Method("unwrap".into(), false),
                Seen::Macro("panic".into()),
                Seen::StaticMut
            ]
        );
    }
}
