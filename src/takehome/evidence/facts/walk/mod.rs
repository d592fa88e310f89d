//! Goes through the tree of a source file and notes what is found. Pure.

mod context;
mod items;
mod values;

use std::collections::HashMap;

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Expr, ItemFn};

use super::super::Check;
use super::blocking::Kind;
use super::imports::Imports;
use super::macros::{self, Body, Seen};
use super::place::{FOUND, LOCK, NOTED, Page};
use super::survey::{Survey, is_for_tests, last};
use super::{blocking, locks};
use context::Context;

/// Notes what is found in a file.
pub fn look(page: &mut Page<'_>, file: &syn::File, survey: &Survey) {
    let name = page.name().to_owned();
    let mut walk = Walk {
        page,
        survey,
        imports: Imports::default(),
        context: Context {
            in_tests: survey.is_test(&name) || is_for_tests(&file.attrs),
            ..Context::default()
        },
        values: vec![HashMap::new()],
    };
    walk.imports.enter(file.items.iter());
    walk.visit_file(file);
}

/// Where the walk is.
struct Walk<'p, 't> {
    page: &'p mut Page<'t>,
    survey: &'p Survey,
    imports: Imports,
    context: Context,
    /// Variables whose methods wait, function in function.
    values: Vec<HashMap<String, Kind>>,
}

impl Walk<'_, '_> {
    fn found(&mut self, check: Check, span: Span, detail: impl Into<String>) {
        self.page.at(check, FOUND, span, detail);
    }

    /// Goes on in another context, and comes back to this one.
    fn within(&mut self, context: Context, go_on: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.context, context);
        go_on(self);
        self.context = outer;
    }

    /// The same, for tests only when these attributes say so.
    fn under(&mut self, attributes: &[syn::Attribute], go_on: impl FnOnce(&mut Self)) {
        let mut context = self.context.clone();
        context.in_tests |= is_for_tests(attributes);
        self.within(context, go_on);
    }

    /// The body of a function, with its own variables.
    fn function(&mut self, signature: &syn::Signature, context: Context, go_on: impl FnOnce(&mut Self)) {
        let values = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(argument) => self.typed(&argument.pat, &argument.ty),
            syn::FnArg::Receiver(_) => None,
        });
        self.values.push(values.collect());
        self.within(context, go_on);
        self.values.pop();
    }

    fn locks(&mut self, signature: Option<&syn::Signature>, body: &syn::Block) {
        for held in locks::held_across_await(signature, body, &self.imports, self.survey) {
            let detail = format!(
                "a guard of {} is held at the await in line {}: other tasks wait for it, and so may the thread. Drop it first, or copy what is needed.",
                held.of, held.line
            );
            self.found(Check::LockAcrossAwait, held.span, detail);
        }
    }

    /// Whether it panics: a method or a macro, in words.
    fn panics(&mut self, check: Check, span: Span, what: &str) {
        if self.context.in_tests || self.context.in_const {
            return;
        }
        if self.context.in_handler {
            self.found(
                check,
                span,
                format!("{what} in a handler: a panic there reaches the client as a broken connection"),
            );
        } else {
            self.page
                .at(check, NOTED, span, format!("{what} outside of handlers and tests"));
        }
    }

    /// `.unwrap()` and `.expect(..)`, those of a lock apart.
    fn unwraps(&mut self, method: &str, span: Span, is_lock: bool) {
        let check = if method.starts_with("expect") {
            Check::PanicExpect
        } else {
            Check::PanicUnwrap
        };
        if !is_lock {
            self.panics(check, span, &format!(".{method}()"));
        } else if !self.context.in_tests {
            let detail = format!(
                ".{method}() of a lock: it panics only after another thread has panicked while it held the lock"
            );
            self.page.at(check, LOCK, span, detail);
        }
    }

    /// What a macro is by its name.
    fn named_macro(&mut self, name: &str, span: Span) {
        match name {
            "panic" | "todo" | "unimplemented" | "unreachable" | "assert" | "assert_eq" | "assert_ne" => {
                self.panics(Check::PanicMacro, span, &format!("{name}!"));
            }
            "include" | "include_str" | "include_bytes" => {
                self.found(
                    Check::Include,
                    span,
                    format!("{name}! takes a file into the program when it is built"),
                );
            }
            "env" | "option_env" => {
                self.found(
                    Check::Include,
                    span,
                    format!("{name}! takes a variable of whoever builds into the program"),
                );
            }
            _ => {}
        }
    }

    fn scanned(&mut self, tokens: &proc_macro2::TokenStream) {
        for (seen, span) in macros::scan(tokens) {
            match seen {
                Seen::Unsafe => self.found(Check::Unsafe, span, "unsafe in a macro"),
                Seen::StaticMut => self.found(Check::StaticMut, span, "a static mut in a macro"),
                Seen::Method(method, is_lock) => self.unwraps(&method, span, is_lock),
                Seen::Macro(name) => self.named_macro(&name, span),
            }
        }
    }

    fn blocks(&mut self, span: Span, what: &str) {
        if self.context.is_async {
            let detail = format!("{what} keeps the thread waiting in async code: every task on it waits too");
            self.found(Check::BlockingInAsync, span, detail);
        }
    }

    /// Arguments of a call: a closure may run on a thread of its own, or be a handler.
    fn arguments<'a>(&mut self, function: &str, arguments: impl Iterator<Item = &'a Expr>) {
        for argument in arguments {
            let mut context = self.context.clone();
            if let Expr::Closure(closure) = argument
                && closure.asyncness.is_none()
                && blocking::runs_elsewhere(function)
            {
                context.is_async = false;
            }
            context.in_handler |= function == "to" && matches!(argument, Expr::Closure(_));
            self.within(context, |walk| walk.visit_expr(argument));
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_, '_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.item(item);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let context = self.of_function(&item.sig, &item.attrs);
        self.function(&item.sig, context, |walk| {
            if walk.context.is_async {
                walk.locks(Some(&item.sig), &item.block);
            }
            visit::visit_item_fn(walk, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let context = self.of_function(&item.sig, &item.attrs);
        self.function(&item.sig, context, |walk| {
            if item.sig.asyncness.is_some() {
                walk.locks(Some(&item.sig), &item.block);
            }
            visit::visit_impl_item_fn(walk, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let context = self.of_function(&item.sig, &item.attrs);
        self.function(&item.sig, context, |walk| {
            if let (true, Some(body)) = (item.sig.asyncness.is_some(), &item.default) {
                walk.locks(Some(&item.sig), body);
            }
            visit::visit_trait_item_fn(walk, item);
        });
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(word) = &signature.unsafety {
            self.found(
                Check::Unsafe,
                word.span,
                format!("the function {} is unsafe", signature.ident),
            );
        }
        visit::visit_signature(self, signature);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.imports.enter_block(block);
        visit::visit_block(self, block);
        self.imports.leave();
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.under(&local.attrs, |walk| visit::visit_local(walk, local));
        self.remember(local);
    }

    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.found(Check::Unsafe, block.unsafe_token.span, "an unsafe block");
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        let context = Context {
            is_async: true,
            ..self.context.clone()
        };
        self.within(context, |walk| {
            walk.locks(None, &block.block);
            visit::visit_expr_async(walk, block);
        });
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let mut context = self.context.clone();
        context.is_async |= closure.asyncness.is_some();
        self.within(context, |walk| {
            if let (true, Expr::Block(body)) = (closure.asyncness.is_some(), &*closure.body) {
                walk.locks(None, &body.block);
            }
            visit::visit_expr_closure(walk, closure);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        for attribute in &call.attrs {
            self.visit_attribute(attribute);
        }
        self.visit_expr(&call.receiver);
        self.method(call);
        self.arguments(&call.method.to_string(), call.args.iter());
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let function = match &*call.func {
            Expr::Path(path) => {
                self.call(path, &call.args);
                last(&path.path)
            }
            _ => String::new(),
        };
        self.visit_expr(&call.func);
        self.arguments(&function, call.args.iter());
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let names: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let [.., of, method] = names.as_slice()
            && ["Option", "Result"].contains(&of.as_str())
            && ["unwrap", "expect", "unwrap_err", "expect_err"].contains(&method.as_str())
            && let Some(segment) = path.path.segments.last()
        {
            self.unwraps(method, segment.ident.span(), false);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_for_loop(&mut self, walked: &'ast syn::ExprForLoop) {
        if self.kind_of(&walked.expr) == Some(Kind::Receiver) {
            self.blocks(
                syn::spanned::Spanned::span(&*walked.expr),
                "going through a blocking channel",
            );
        }
        visit::visit_expr_for_loop(self, walked);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = last(&called.path);
        if let Some(first) = called.path.segments.first() {
            self.named_macro(&name, first.ident.span());
        }
        match macros::body(&name, &called.tokens) {
            Body::Expressions(all) => {
                for one in &all {
                    self.visit_expr(one);
                }
            }
            Body::Statements(all) => {
                for one in &all {
                    self.visit_stmt(one);
                }
            }
            Body::Items(all) => {
                for one in &all {
                    self.visit_item(one);
                }
            }
            Body::Tokens => self.scanned(&called.tokens),
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.attribute(attribute);
        visit::visit_attribute(self, attribute);
    }
}
