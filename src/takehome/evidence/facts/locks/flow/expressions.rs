//! Expressions in the order in which they run. Pure.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned as _;

use super::super::super::macros::{self, Body};
use super::super::super::survey::last;
use super::super::guards::{self, Value};
use super::Flow;

/// Macros that wait for futures.
const WAITING: &[&str] = &["join", "try_join", "select", "select_biased", "try_select"];

impl Flow<'_> {
    fn all<'e>(&mut self, of: impl IntoIterator<Item = &'e Expr>) {
        for one in of {
            self.expr(one);
        }
    }

    /// Values that go somewhere else, guards among them.
    fn moved<'e>(&mut self, of: impl IntoIterator<Item = &'e Expr> + Clone) {
        self.all(of.clone());
        for one in of {
            if let Expr::Path(path) = one
                && let Some(guard) = path.path.get_ident().and_then(|name| self.find(name))
            {
                self.live.remove(&guard);
            }
        }
    }

    pub(super) fn expr(&mut self, of: &Expr) {
        match of {
            Expr::Await(of) => self.awaited(of),
            Expr::MethodCall(call) => {
                self.expr(&call.receiver);
                self.arguments_of(call.args.iter());
                self.fresh(of, call.method.span());
            }
            Expr::Call(call) => {
                if !matches!(&*call.func, Expr::Path(_)) {
                    self.expr(&call.func);
                }
                let takes = guards::taken(of, self.imports, self.survey).is_some();
                if takes || guards::value(of, self.imports, self.survey) == guards::Value::Other {
                    self.arguments_of(call.args.iter());
                } else {
                    // `MutexGuard::map`: the guard that goes in comes out again.
                    call.args.iter().for_each(|argument| self.expr(argument));
                }
                self.fresh(of, call.func.span());
            }
            Expr::Macro(of) => self.called(&of.mac),
            Expr::Block(of) => self.block(&of.block),
            Expr::Unsafe(of) => self.block(&of.block),
            Expr::If(of) => self.branch(of),
            Expr::Match(of) => self.arms(of),
            Expr::Loop(of) => self.repeated(|flow| flow.block(&of.body)),
            Expr::While(of) => {
                let before = self.temporaries.len();
                self.scope(|flow| {
                    flow.condition(&of.cond);
                    flow.repeated(|flow| flow.block(&of.body));
                });
                self.let_go(before);
            }
            Expr::ForLoop(of) => {
                self.expr(&of.expr);
                self.repeated(|flow| flow.block(&of.body));
            }
            Expr::Return(of) => {
                self.moved(of.expr.as_deref());
                self.ended = true;
            }
            Expr::Break(of) => {
                self.moved(of.expr.as_deref());
                self.ended = true;
            }
            Expr::Continue(_) => self.ended = true,
            Expr::Assign(of) => self.assigned(of),
            // The right side runs or does not.
            Expr::Binary(of) if matches!(of.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                self.expr(&of.left);
                self.ways([true, false].into_iter(), |flow, runs| {
                    if runs {
                        flow.statement(|flow| flow.expr(&of.right));
                    }
                });
            }
            Expr::Binary(of) => self.all([&*of.left, &*of.right]),
            Expr::Tuple(of) => self.moved(&of.elems),
            Expr::Array(of) => self.moved(&of.elems),
            Expr::Struct(of) => {
                for field in &of.fields {
                    self.moved([&field.expr]);
                }
                self.all(of.rest.as_deref());
            }
            Expr::Repeat(of) => self.expr(&of.expr),
            Expr::Index(of) => self.all([&*of.expr, &*of.index]),
            Expr::Range(of) => self.all(of.start.as_deref().into_iter().chain(of.end.as_deref())),
            Expr::Field(of) => self.expr(&of.base),
            Expr::Cast(of) => self.expr(&of.expr),
            Expr::Group(of) => self.expr(&of.expr),
            Expr::Paren(of) => self.expr(&of.expr),
            Expr::Reference(of) => self.expr(&of.expr),
            Expr::Try(of) => self.expr(&of.expr),
            Expr::Unary(of) => self.expr(&of.expr),
            Expr::Let(of) => self.expr(&of.expr),
            // Bodies of their own, and what has nothing in it.
            _ => {}
        }
    }

    /// A lock that is given away as it is may be the future of one: whoever gets it knows.
    fn arguments_of<'e>(&mut self, of: impl Iterator<Item = &'e Expr> + Clone) {
        for one in of.clone() {
            let before = self.temporaries.len();
            self.expr(one);
            if guards::taken(one, self.imports, self.survey).is_some() {
                self.let_go(before);
            }
        }
        self.moved_names(of);
    }

    fn moved_names<'e>(&mut self, of: impl Iterator<Item = &'e Expr>) {
        for one in of {
            if let Expr::Path(path) = one
                && let Some(guard) = path.path.get_ident().and_then(|name| self.find(name))
            {
                self.live.remove(&guard);
            }
        }
    }

    /// A guard that this call takes is a temporary until something binds it.
    fn fresh(&mut self, call: &Expr, span: Span) {
        if let Some(of) = guards::taken(call, self.imports, self.survey) {
            let guard = self.take(span, of);
            self.temporaries.push(guard);
        }
    }

    fn awaited(&mut self, of: &syn::ExprAwait) {
        let before = self.temporaries.len();
        match &*of.base {
            // The future of an async lock, kept in a variable.
            Expr::Path(path) => {
                if let Some(guard) = path.path.get_ident().and_then(|name| self.find(name)) {
                    self.live.remove(&guard);
                }
            }
            base => {
                self.expr(base);
                // `lock().await`: what that call gave was a future.
                if guards::taken(base, self.imports, self.survey).is_some() {
                    let last = self.temporaries.len().saturating_sub(1).max(before);
                    self.let_go(last);
                }
            }
        }
        self.wait(of.await_token.span);
    }

    fn branch(&mut self, of: &syn::ExprIf) {
        let before = self.temporaries.len();
        self.names.push(HashMap::new());
        self.owned.push(Vec::new());
        self.condition(&of.cond);
        self.ways([true, false].into_iter(), |flow, holds| {
            if holds {
                flow.block(&of.then_branch);
            } else {
                let taken: Vec<usize> = flow.temporaries[before..].to_vec();
                for guard in taken {
                    flow.live.remove(&guard);
                }
                if let Some((_, otherwise)) = &of.else_branch {
                    flow.expr(otherwise);
                }
            }
        });
        self.names.pop();
        self.owned.pop();
        self.let_go(before);
    }

    fn arms(&mut self, of: &syn::ExprMatch) {
        let before = self.temporaries.len();
        self.expr(&of.expr);
        let temporary = self.temporaries[before..].last().copied();
        self.ways(of.arms.iter(), |flow, arm| {
            flow.scope(|flow| {
                flow.bind(&arm.pat, &of.expr, temporary);
                if let Some((_, guard)) = &arm.guard {
                    flow.statement(|flow| flow.expr(guard));
                }
                flow.statement(|flow| flow.expr(&arm.body));
            });
        });
    }

    /// What runs again and again, or never.
    fn repeated(&mut self, mut body: impl FnMut(&mut Self)) {
        let ended = self.ended;
        let before = self.live.clone();
        body(self);
        self.live.extend(before);
        self.ended = ended;
    }

    fn assigned(&mut self, of: &syn::ExprAssign) {
        let before = self.temporaries.len();
        self.expr(&of.right);
        let is_fresh = guards::value(&of.right, self.imports, self.survey) == Value::Fresh;
        match &*of.left {
            Expr::Path(path) if is_fresh && self.temporaries.len() > before => {
                if let (Some(name), Some(guard)) = (path.path.get_ident(), self.temporaries.pop()) {
                    // What it held before is dropped.
                    if let Some(old) = self.find(name) {
                        self.live.remove(&old);
                    }
                    self.own(name, guard);
                }
            }
            left => self.expr(left),
        }
    }

    pub(super) fn called(&mut self, of: &syn::Macro) {
        let name = last(&of.path);
        match macros::body(&name, &of.tokens) {
            Body::Expressions(all) => self.all(&all),
            Body::Statements(all) => self.scope(|flow| all.iter().for_each(|stmt| flow.stmt(stmt))),
            Body::Items(_) | Body::Tokens => {}
        }
        if WAITING.contains(&name.as_str()) {
            self.wait(of.path.span());
        }
        if ["panic", "unreachable", "todo", "unimplemented", "bail"].contains(&name.as_str()) {
            self.ended = true;
        }
    }
}
