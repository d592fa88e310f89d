//! Calls, and what is known of the values that they are made on. Pure.

use syn::punctuated::Punctuated;
use syn::{Expr, Pat, Token};

use super::super::super::Check;
use super::super::blocking::{self, Kind};
use super::super::locks::bound;
use super::super::survey::last;
use super::Walk;
use super::items::quoted;

impl Walk<'_, '_> {
    /// A call of a function by its path.
    pub fn call(&mut self, function: &syn::ExprPath, arguments: &Punctuated<Expr, Token![,]>) {
        let Some(first) = function.path.segments.first().map(|segment| segment.ident.span()) else {
            return;
        };
        if let Some(meaning) = blocking::call(&function.path, &self.imports) {
            // A listener that is bound once, before anything is served, waits for nobody.
            let binds = last(&function.path) == "bind" && (self.context.in_main || self.context.in_tests);
            if !binds {
                self.blocks(first, &meaning);
            }
        }
        let is_resource = self
            .imports
            .meanings(&function.path)
            .iter()
            .any(|meaning| meaning == "web::resource" || meaning == "actix_web::web::resource");
        if is_resource && !self.context.in_tests {
            let path = arguments.first().and_then(text_of).unwrap_or_default();
            self.found(Check::Route, first, format!("a resource at {path}"));
        }
    }

    /// A call of a method.
    pub fn method(&mut self, call: &syn::ExprMethodCall) {
        let method = call.method.to_string();
        let span = call.method.span();
        match (method.as_str(), call.args.len()) {
            ("unwrap" | "unwrap_err", 0) | ("expect" | "expect_err", 1) => {
                self.unwraps(&method, span, is_lock(&call.receiver));
            }
            // A test builds services too; what answers is what the program mounts.
            ("route", 1 | 2) if !self.context.in_tests => self.route(call),
            _ => {}
        }
        if blocking::method(&method) {
            self.blocks(span, &format!(".{method}()"));
        } else if let Some(kind) = self.kind_of(&call.receiver)
            && kind.waits(&method)
        {
            self.blocks(span, &format!(".{method}() of {}", kind.words()));
        }
    }

    /// `.route("/messages", web::get().to(list))`, or without the path on a resource.
    fn route(&mut self, call: &syn::ExprMethodCall) {
        let Some(route) = call.args.last() else { return };
        let Some(method) = method_of_route(route) else { return };
        let path = if call.args.len() == 2 {
            call.args.first().and_then(text_of)
        } else {
            None
        };
        let handler = handler_of_route(route).unwrap_or_else(|| "a closure".to_owned());
        let at = path.unwrap_or_else(|| "of this resource".to_owned());
        self.found(
            Check::Route,
            call.method.span(),
            format!("{method} {at} is answered by {handler}"),
        );
    }

    /// What a value is, when that tells which of its methods wait.
    pub fn kind_of(&self, value: &Expr) -> Option<Kind> {
        match value {
            Expr::Path(path) => {
                let name = path.path.get_ident()?.to_string();
                self.values.last()?.get(&name).copied()
            }
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => self.survey.fields.get(&name.to_string()).copied().flatten(),
                syn::Member::Unnamed(_) => None,
            },
            Expr::Paren(inner) => self.kind_of(&inner.expr),
            Expr::Group(inner) => self.kind_of(&inner.expr),
            Expr::Reference(inner) => self.kind_of(&inner.expr),
            Expr::Unary(inner) => self.kind_of(&inner.expr),
            Expr::Try(inner) => self.kind_of(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => {
                    let within = || call.args.first().and_then(|inner| self.kind_of(inner));
                    let pointer = ["Arc::new", "Box::new", "Rc::new"].iter().any(|name| {
                        let of: Vec<String> = path
                            .path
                            .segments
                            .iter()
                            .map(|segment| segment.ident.to_string())
                            .collect();
                        of.join("::").ends_with(name)
                    });
                    if pointer {
                        within()
                    } else {
                        blocking::kind_of_call(&path.path, &self.imports)
                    }
                }
                _ => None,
            },
            Expr::MethodCall(call) => {
                let of = self.kind_of(&call.receiver)?;
                match (of, call.method.to_string().as_str()) {
                    (Kind::Command, "spawn") => Some(Kind::Process),
                    (Kind::Command, "output" | "status") => None,
                    (Kind::Command, _) => Some(Kind::Command),
                    (of, "unwrap" | "expect" | "clone" | "as_ref" | "as_mut" | "by_ref") => Some(of),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Remembers what a variable is.
    pub fn remember(&mut self, local: &syn::Local) {
        let (pattern, of) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            pattern => (pattern, None),
        };
        let init = local.init.as_ref().map(|init| &*init.expr);
        let mut names = Vec::new();
        bound(pattern, &mut names);
        let kinds: Vec<Option<Kind>> = match (pattern, init) {
            (Pat::Ident(_), init) => {
                let by_type = of.and_then(|of| blocking::kind_of_type(of, &self.imports));
                vec![by_type.or_else(|| init.and_then(|init| self.kind_of(init)))]
            }
            (Pat::Tuple(_), Some(Expr::Call(call))) => match &*call.func {
                Expr::Path(path) => blocking::kinds_of_channel(&path.path, &self.imports)
                    .map(Vec::from)
                    .unwrap_or_default(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let Some(values) = self.values.last_mut() else { return };
        for (at, name) in names.into_iter().enumerate() {
            match kinds.get(at).copied().flatten() {
                Some(kind) => values.insert(name.to_string(), kind),
                // The name stands for something else from here on.
                None => values.remove(&name.to_string()),
            };
        }
    }
}

/// `x.lock()`, `.read()`, `.write()` without arguments.
fn is_lock(receiver: &Expr) -> bool {
    match receiver {
        Expr::MethodCall(call) => {
            call.args.is_empty() && ["lock", "read", "write"].iter().any(|name| call.method == name)
        }
        Expr::Paren(inner) => is_lock(&inner.expr),
        _ => false,
    }
}

fn text_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => quoted(&literal.lit),
        _ => None,
    }
}

/// `GET` of `web::get().to(x)`.
fn method_of_route(route: &Expr) -> Option<String> {
    match route {
        Expr::MethodCall(call) => method_of_route(&call.receiver),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                const METHODS: &[&str] = &[
                    "get", "post", "put", "delete", "head", "patch", "trace", "route", "method", "to",
                ];
                let name = last(&path.path);
                METHODS.contains(&name.as_str()).then(|| match name.as_str() {
                    "route" | "method" | "to" => "a request to".to_owned(),
                    name => name.to_uppercase(),
                })
            }
            _ => None,
        },
        _ => None,
    }
}

fn handler_of_route(route: &Expr) -> Option<String> {
    match route {
        Expr::MethodCall(call) if call.method == "to" => match call.args.first()? {
            Expr::Path(path) => Some(last(&path.path)),
            _ => None,
        },
        Expr::MethodCall(call) => handler_of_route(&call.receiver),
        _ => None,
    }
}
