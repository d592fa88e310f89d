//! The walk through a body, with what lives at each moment. Pure.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, Pat, Stmt};

use super::super::imports::Imports;
use super::super::macros::{self, Body};
use super::super::survey::{Survey, is_guard, last};
use super::Held;
use super::guards::{self, Value};

/// Macros that wait for futures.
const WAITING: &[&str] = &["join", "try_join", "select", "select_biased", "try_select"];

struct Guard {
    span: Span,
    of: &'static str,
    line: Option<usize>,
}

/// A walk.
pub struct Flow<'i> {
    imports: &'i Imports,
    survey: &'i Survey,
    guards: Vec<Guard>,
    live: BTreeSet<usize>,
    /// Variables that hold guards, scope in scope; none for a name that stands for something else there.
    names: Vec<HashMap<String, Option<usize>>>,
    /// What each scope lets go at its end.
    owned: Vec<Vec<usize>>,
    /// Temporaries of the statements that are under way.
    temporaries: Vec<usize>,
    /// Nothing behind this is reached.
    ended: bool,
}

impl<'i> Flow<'i> {
    /// An empty one.
    pub fn new(imports: &'i Imports, survey: &'i Survey) -> Self {
        Self {
            imports,
            survey,
            guards: Vec::new(),
            live: BTreeSet::new(),
            names: vec![HashMap::new()],
            owned: vec![Vec::new()],
            temporaries: Vec::new(),
            ended: false,
        }
    }

    /// Guards that come as arguments.
    pub fn arguments(&mut self, signature: &syn::Signature) {
        for input in &signature.inputs {
            if let syn::FnArg::Typed(argument) = input
                && is_guard(&argument.ty, self.imports)
                && let Pat::Ident(name) = &*argument.pat
            {
                let guard = self.take(name.span(), "a blocking lock");
                self.own(&name.ident, guard);
            }
        }
    }

    /// The whole body.
    pub fn body(&mut self, body: &Block) {
        self.block(body);
    }

    /// What was held at an await.
    pub fn finish(self) -> Vec<Held> {
        let seen = |guard: Guard| {
            guard.line.map(|line| Held {
                span: guard.span,
                of: guard.of,
                line,
            })
        };
        self.guards.into_iter().filter_map(seen).collect()
    }

    fn take(&mut self, span: Span, of: &'static str) -> usize {
        self.guards.push(Guard { span, of, line: None });
        self.live.insert(self.guards.len() - 1);
        self.guards.len() - 1
    }

    /// A variable of the innermost scope holds a guard.
    fn own(&mut self, name: &syn::Ident, guard: usize) {
        if let (Some(names), Some(owned)) = (self.names.last_mut(), self.owned.last_mut()) {
            names.insert(name.to_string(), Some(guard));
            owned.push(guard);
        }
    }

    fn find(&self, name: &syn::Ident) -> Option<usize> {
        let name = name.to_string();
        self.names
            .iter()
            .rev()
            .find_map(|scope| scope.get(&name).copied())
            .flatten()
    }

    fn scope(&mut self, go_on: impl FnOnce(&mut Self)) {
        self.names.push(HashMap::new());
        self.owned.push(Vec::new());
        go_on(self);
        self.names.pop();
        for guard in self.owned.pop().unwrap_or_default() {
            self.live.remove(&guard);
        }
    }

    /// Temporaries of what is walked end with it.
    fn statement(&mut self, go_on: impl FnOnce(&mut Self)) {
        let before = self.temporaries.len();
        go_on(self);
        self.let_go(before);
    }

    fn let_go(&mut self, before: usize) {
        for guard in self.temporaries.drain(before..) {
            self.live.remove(&guard);
        }
    }

    fn wait(&mut self, at: Span) {
        if self.ended {
            return;
        }
        for &guard in &self.live {
            self.guards[guard].line.get_or_insert(at.start().line);
        }
    }

    /// Ways that part here and meet again: what lives on one of them lives.
    fn ways<T>(&mut self, ways: impl Iterator<Item = T>, mut walk: impl FnMut(&mut Self, T)) {
        let (live, ended) = (self.live.clone(), self.ended);
        let mut met: Option<BTreeSet<usize>> = None;
        for way in ways {
            self.live.clone_from(&live);
            self.ended = ended;
            walk(self, way);
            if !self.ended {
                met.get_or_insert_default().extend(&self.live);
            }
        }
        self.ended = ended || met.is_none();
        self.live = met.unwrap_or(live);
    }

    fn block(&mut self, block: &Block) {
        self.scope(|flow| {
            for stmt in &block.stmts {
                flow.stmt(stmt);
            }
        });
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(of, _) => self.statement(|flow| flow.expr(of)),
            Stmt::Macro(of) => self.statement(|flow| flow.called(&of.mac)),
            Stmt::Item(_) => {}
        }
    }

    fn local(&mut self, local: &syn::Local) {
        let Some(init) = &local.init else { return };
        let before = self.temporaries.len();
        self.expr(&init.expr);
        let mut names = Vec::new();
        guards::bound(&local.pat, &mut names);
        if let Some((_, otherwise)) = &init.diverge {
            self.ways([true, false].into_iter(), |flow, fails| {
                if fails {
                    flow.let_go(before);
                    flow.expr(otherwise);
                    flow.ended = true;
                }
            });
        }
        let guard = match guards::value(&init.expr, self.imports, self.survey) {
            // The last one that was taken is the value; `_` lets it go at once.
            Value::Fresh if !names.is_empty() && self.temporaries.len() > before => self.temporaries.pop(),
            Value::Of(name) => self.find(name).filter(|guard| self.live.contains(guard)),
            _ => None,
        };
        match (guard, names.first()) {
            (Some(guard), Some(name)) => {
                if matches!(guards::value(&init.expr, self.imports, self.survey), Value::Fresh) {
                    self.guards[guard].span = match &local.pat {
                        Pat::Ident(whole) => whole.span(),
                        Pat::Type(typed) => typed.pat.span(),
                        _ => name.span(),
                    };
                    self.own(name, guard);
                } else if let Some(scope) = self.names.last_mut() {
                    scope.insert(name.to_string(), Some(guard));
                }
            }
            _ => {
                // The names stand for something else; a guard of that name lives on without one.
                if let Some(scope) = self.names.last_mut() {
                    scope.extend(names.iter().map(|name| (name.to_string(), None)));
                }
            }
        }
        self.let_go(before);
    }

    /// Names of a pattern that takes a guard apart stand for it.
    fn bind(&mut self, pattern: &Pat, scrutinee: &Expr, temporary: Option<usize>) {
        let guard = match guards::value(scrutinee, self.imports, self.survey) {
            Value::Fresh => temporary,
            Value::Of(name) => self.find(name),
            Value::Other => None,
        };
        let mut names = Vec::new();
        guards::bound(pattern, &mut names);
        if let (Some(guard), Some(first)) = (guard, names.first())
            && guards::value(scrutinee, self.imports, self.survey) == Value::Fresh
            && self.guards[guard].line.is_none()
        {
            self.guards[guard].span = first.span();
        }
        if let Some(scope) = self.names.last_mut() {
            scope.extend(names.iter().map(|name| (name.to_string(), guard)));
        }
    }

    /// A condition: what a pattern takes apart lives on, other temporaries end.
    fn condition(&mut self, of: &Expr) {
        match of {
            Expr::Let(of) => {
                let before = self.temporaries.len();
                self.expr(&of.expr);
                let temporary = self.temporaries[before..].last().copied();
                self.bind(&of.pat, &of.expr, temporary);
            }
            Expr::Binary(of) if matches!(of.op, syn::BinOp::And(_)) => {
                self.condition(&of.left);
                self.condition(&of.right);
            }
            Expr::Paren(of) => self.condition(&of.expr),
            other => self.statement(|flow| flow.expr(other)),
        }
    }

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

    fn expr(&mut self, of: &Expr) {
        match of {
            Expr::Await(of) => self.awaited(of),
            Expr::MethodCall(call) => {
                self.receiver(&call.receiver);
                self.arguments_of(call.args.iter());
                self.fresh(of, call.method.span());
            }
            Expr::Call(call) => {
                if !matches!(&*call.func, Expr::Path(_)) {
                    self.expr(&call.func);
                }
                self.arguments_of(call.args.iter());
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

    /// What a method is called on.
    fn receiver(&mut self, of: &Expr) {
        self.expr(of);
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

    fn called(&mut self, of: &syn::Macro) {
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
