//! Items and attributes. Pure.

use syn::visit::{self, Visit};
use syn::{Item, Meta};

use super::super::super::Check;
use super::super::place::FOUND;
use super::super::survey::{last, type_name};
use super::Walk;
use super::context::{Context, Shares, is_test_attribute, method_of};

impl Walk<'_, '_> {
    /// An item, with what its attributes make of everything in it.
    pub fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(function) => self.under(&function.attrs, |walk| {
                walk.test(&function.attrs, &function.sig);
                walk.route_attribute(&function.attrs, &function.sig);
                visit::visit_item(walk, item);
            }),
            Item::Mod(module) => self.under(&module.attrs, |walk| {
                if let Some(word) = &module.unsafety {
                    walk.found(Check::Unsafe, word.span, "an unsafe module");
                }
                let items = module.content.as_ref().map(|(_, items)| items.as_slice());
                walk.imports.enter(items.unwrap_or_default().iter());
                visit::visit_item(walk, item);
                walk.imports.leave();
            }),
            Item::Impl(of) => self.under(&of.attrs, |walk| walk.implementation(of)),
            Item::Trait(of) => self.under(&of.attrs, |walk| {
                if let Some(word) = &of.unsafety {
                    walk.found(Check::Unsafe, word.span, format!("the trait {} is unsafe", of.ident));
                }
                visit::visit_item(walk, item);
            }),
            Item::Static(value) => {
                if let syn::StaticMutability::Mut(_) = value.mutability {
                    let detail = format!(
                        "{} can be changed from anywhere, which only unsafe code may",
                        value.ident
                    );
                    self.found(Check::StaticMut, value.static_token.span, detail);
                }
                self.computed(item);
            }
            Item::Const(_) => self.computed(item),
            Item::ForeignMod(of) => {
                if let Some(word) = &of.unsafety {
                    self.found(Check::Unsafe, word.span, "functions of another language");
                }
                visit::visit_item(self, item);
            }
            // Rules are tokens until they are used.
            Item::Macro(rules) if rules.mac.path.is_ident("macro_rules") => self.under(&rules.attrs, |walk| {
                for attribute in &rules.attrs {
                    walk.visit_attribute(attribute);
                }
                walk.scanned(&rules.mac.tokens);
            }),
            Item::Macro(called) => self.under(&called.attrs, |walk| visit::visit_item(walk, item)),
            Item::Struct(of) => self.under(&of.attrs, |walk| visit::visit_item(walk, item)),
            Item::Enum(of) => self.under(&of.attrs, |walk| visit::visit_item(walk, item)),
            Item::Use(of) => self.under(&of.attrs, |walk| visit::visit_item(walk, item)),
            _ => visit::visit_item(self, item),
        }
    }

    /// A value that the compiler computes: it panics there, or never.
    fn computed(&mut self, item: &Item) {
        let context = Context {
            in_const: true,
            ..self.context.clone()
        };
        self.within(context, |walk| visit::visit_item(walk, item));
    }

    fn implementation(&mut self, of: &syn::ItemImpl) {
        let span = of.impl_token.span;
        let who = type_name(&of.self_ty);
        if let Some(word) = &of.unsafety {
            self.found(Check::Unsafe, word.span, format!("an unsafe impl for {who}"));
        }
        let mut context = self.context.clone();
        if let Some((_, path, _)) = &of.trait_ {
            let shares = if self.survey.sync_actors.contains(&who) {
                Shares::Own
            } else {
                Shares::Runtime
            };
            match last(path).as_str() {
                "Actor" => {
                    self.found(Check::Actor, span, format!("{who} is an actor"));
                    context.of_actor = Some(shares);
                }
                name @ ("Handler" | "StreamHandler") => {
                    let detail = format!(
                        "{who} takes {} ({name})",
                        argument(path).unwrap_or_else(|| "messages".to_owned())
                    );
                    self.found(Check::Handler, span, detail);
                    context.of_actor = Some(shares);
                }
                "ResponseError" => {
                    self.found(
                        Check::ResponseError,
                        span,
                        format!("{who} says itself what it answers to the client"),
                    );
                }
                _ => {}
            }
        }
        self.within(context, |walk| {
            for item in &of.items {
                if let syn::ImplItem::Fn(function) = item {
                    walk.test(&function.attrs, &function.sig);
                    walk.route_attribute(&function.attrs, &function.sig);
                }
            }
            visit::visit_item_impl(walk, of);
        });
    }

    fn test(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature) {
        if let Some(attribute) = attributes.iter().find(|attribute| is_test_attribute(attribute)) {
            self.found(
                Check::Test,
                attribute.pound_token.span,
                format!("the test {}", signature.ident),
            );
        }
    }

    fn route_attribute(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature) {
        if self.context.in_tests {
            return;
        }
        for attribute in attributes {
            let Some(method) = method_of(attribute) else { continue };
            let Meta::List(list) = &attribute.meta else { continue };
            let path = first_text(&list.tokens).unwrap_or_default();
            let detail = format!("{} {path} is answered by {}", method.to_uppercase(), signature.ident);
            self.found(Check::Route, attribute.pound_token.span, detail);
        }
    }

    /// What an attribute says that a grader wants to know.
    pub fn attribute(&mut self, attribute: &syn::Attribute) {
        let span = attribute.pound_token.span;
        let name = last(attribute.path());
        match (name.as_str(), &attribute.meta) {
            ("allow" | "expect", Meta::List(list)) => {
                let detail = format!("{name} switches off {}", list.tokens);
                self.found(Check::AllowAttribute, span, detail);
            }
            ("cfg_attr", Meta::List(list)) if switches_off(&list.tokens) => {
                self.found(
                    Check::AllowAttribute,
                    span,
                    "cfg_attr switches lints off under a condition",
                );
            }
            ("path", Meta::NameValue(value)) => {
                let path = match &value.value {
                    syn::Expr::Lit(literal) => quoted(&literal.lit),
                    _ => None,
                };
                let detail = format!("the module is in {}", path.unwrap_or_else(|| "another file".to_owned()));
                self.page.at(Check::Include, FOUND, span, detail);
            }
            ("cfg_attr", Meta::List(list)) if list.tokens.to_string().contains("path =") => {
                self.found(Check::Include, span, "the module is in another file under a condition");
            }
            // Two spellings of one thing: `#[unsafe(no_mangle)]` says that it is unsafe, `#[no_mangle]` does not.
            ("unsafe", Meta::List(_)) => {
                let span = attribute
                    .path()
                    .segments
                    .first()
                    .map_or(span, |segment| segment.ident.span());
                self.found(Check::Unsafe, span, "an unsafe attribute");
            }
            _ => {}
        }
    }
}

/// The first type in the angle brackets at the end of a path.
fn argument(path: &syn::Path) -> Option<String> {
    let syn::PathArguments::AngleBracketed(inner) = &path.segments.last()?.arguments else {
        return None;
    };
    match inner.args.first()? {
        syn::GenericArgument::Type(of) => Some(type_name(of)).filter(|name| !name.is_empty()),
        _ => None,
    }
}

/// The content of a text.
pub fn quoted(literal: &syn::Lit) -> Option<String> {
    match literal {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

fn first_text(tokens: &proc_macro2::TokenStream) -> Option<String> {
    tokens.clone().into_iter().find_map(|token| match token {
        proc_macro2::TokenTree::Literal(literal) => syn::parse_str::<syn::LitStr>(&literal.to_string())
            .ok()
            .map(|text| text.value()),
        _ => None,
    })
}

/// Whether `allow(…)` or `expect(…)` is among the attributes of a `cfg_attr`.
fn switches_off(tokens: &proc_macro2::TokenStream) -> bool {
    type Metas = syn::punctuated::Punctuated<Meta, syn::Token![,]>;
    let metas = syn::parse::Parser::parse2(Metas::parse_terminated, tokens.clone());
    metas.is_ok_and(|metas| {
        metas
            .iter()
            .skip(1)
            .any(|meta| matches!(meta, Meta::List(list) if list.path.is_ident("allow") || list.path.is_ident("expect")))
    })
}
