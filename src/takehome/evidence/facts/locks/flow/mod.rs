//! The walk through a body, with what lives at each moment. Pure.

mod expressions;

use std::collections::{BTreeSet, HashMap};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, Pat, Stmt};

use super::super::imports::Imports;
use super::super::survey::{Survey, is_guard};
use super::Held;
use super::guards::{self, Value};

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
            // Let go on the way that fails, and there on the one that goes on.
            let temporaries = self.temporaries.clone();
            self.ways([true, false].into_iter(), |flow, fails| {
                if fails {
                    flow.let_go(before);
                    flow.expr(otherwise);
                    flow.ended = true;
                }
            });
            self.temporaries = temporaries;
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
}
