//! How alike solutions are: copies with other names and in another order, and independent ones.

use meridian::takehome::evidence::{Fingerprints, Likeness, Verdict};

/// A list behind a lock.
pub const MUTEX: &str = include_str!("solutions/mutex.rs.txt");
/// An actor that owns the list.
const ACTOR: &str = include_str!("solutions/actor.rs.txt");
/// A task that owns the list, asked over channels.
const CHANNEL: &str = include_str!("solutions/channel.rs.txt");

/// The items of a source, which stand between empty lines.
fn items(source: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    for (at, _) in source.match_indices("\n\n") {
        if !source[at + 2..].starts_with([' ', '}']) {
            items.push(&source[start..at]);
            start = at + 2;
        }
    }
    items.push(&source[start..]);
    items
}

/// Every name that is not the language's own gets another, and every text and number too.
fn renamed(source: &str) -> String {
    let tokens: proc_macro2::TokenStream = source.parse().expect("Rust");
    let mut out = String::new();
    rename(tokens, &mut out);
    out
}

fn rename(tokens: proc_macro2::TokenStream, out: &mut String) {
    use proc_macro2::{Delimiter, Spacing, TokenTree};
    for token in tokens {
        match token {
            TokenTree::Ident(name) if syn::parse_str::<syn::Ident>(&name.to_string()).is_ok() => {
                out.push_str(&(name.to_string() + "_x "));
            }
            TokenTree::Ident(word) => out.push_str(&(word.to_string() + " ")),
            TokenTree::Punct(mark) => {
                out.push(mark.as_char());
                if mark.spacing() == Spacing::Alone {
                    out.push(' ');
                }
            }
            TokenTree::Literal(literal) if literal.to_string().starts_with('"') => out.push_str("\"other\" "),
            TokenTree::Literal(literal) => out.push_str(&(literal.to_string() + " ")),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{\n", "}\n"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                rename(group.stream(), out);
                out.push_str(close);
            }
        }
    }
}

fn containment(one: &str, other: &str) -> f64 {
    let none = Fingerprints::default();
    let likeness = Likeness::of(&Fingerprints::of_source(one), &Fingerprints::of_source(other), &none);
    assert!(!likeness.too_few, "too few fingerprints to say anything");
    likeness.containment
}

#[test]
fn a_copy_is_seen_under_other_names_in_another_order_and_in_other_company() {
    for source in [MUTEX, ACTOR, CHANNEL] {
        let mut reordered = items(source);
        reordered.reverse();
        let reordered = reordered.join("\n\n");
        assert_ne!(reordered, source);
        let modules = format!("// mine\nmod inner {{\n{reordered}\n}}\nuse inner::*;\n");
        for (what, copy, least) in [
            ("renamed", renamed(source), 0.9),
            ("reordered", reordered.clone(), 0.9),
            ("renamed and reordered", renamed(&reordered), 0.9),
            ("in a module", modules, 0.9),
            (
                "without documentation",
                source
                    .lines()
                    .filter(|line| !line.trim().starts_with("//"))
                    .collect::<Vec<_>>()
                    .join("\n"),
                0.9,
            ),
        ] {
            let found = containment(source, &copy);
            assert!(found >= least, "{what}: {found}");
        }
    }
    let merged = format!("{}\n{}", renamed(MUTEX), ACTOR);
    assert!(containment(MUTEX, &merged) >= 0.9);
    assert!(containment(ACTOR, &merged) >= 0.9);
}

#[test]
fn independent_solutions_are_not_alike() {
    for (one, other) in [(MUTEX, ACTOR), (MUTEX, CHANNEL), (ACTOR, CHANNEL)] {
        let found = containment(one, other);
        assert!(found <= 0.35, "{found}");
    }
}

#[test]
fn what_the_handout_gave_does_not_count() {
    let handout = items(MUTEX)[..6].join("\n\n");
    let prints = |source: &str| Fingerprints::of_source(source);
    let (one, two) = (format!("{handout}\n{ACTOR}"), format!("{handout}\n{CHANNEL}"));
    let with = Likeness::of(&prints(&one), &prints(&two), &Fingerprints::default());
    let without = Likeness::of(&prints(&one), &prints(&two), &prints(&handout));
    assert!(without.containment < with.containment, "{with:?} {without:?}");
    assert_eq!(without.verdict(), Verdict::Nothing);
    let copy = Likeness::of(&prints(MUTEX), &prints(&renamed(MUTEX)), &Fingerprints::default());
    assert_eq!(copy.verdict(), Verdict::Look);
}
