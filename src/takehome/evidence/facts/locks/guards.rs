//! Which expressions are guards. Pure.

use syn::{Expr, Pat};

use super::super::imports::Imports;
use super::super::survey::{Survey, last};

/// Methods that hand a guard on out of a result or an option.
const HAND_ON: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_else",
    "map_err",
    "ok",
    "or_else",
    "ok_or",
    "ok_or_else",
];

/// What the lock is called that a method takes a guard of, in words.
pub fn taken_by(method: &str, arguments: usize, imports: &Imports) -> Option<&'static str> {
    let of_runtime = |name| imports.has(name, &["tokio", "async_lock", "futures", "async_std"]);
    Some(match (method, arguments) {
        ("lock" | "lock_arc", 0) => "a blocking lock",
        ("read" | "write" | "upgradable_read" | "read_arc" | "write_arc", 0) => "a blocking read-write lock",
        ("try_lock", 0) | ("try_lock_for" | "try_lock_until", 1) if !of_runtime("Mutex") => "a blocking lock",
        ("try_read" | "try_write", 0) if !of_runtime("RwLock") => "a blocking read-write lock",
        ("borrow_mut", 0) => "a cell",
        _ => return None,
    })
}

/// What is guarded, when this call takes a guard; it may still be in a result.
pub fn taken(call: &Expr, imports: &Imports, survey: &Survey) -> Option<&'static str> {
    match call {
        Expr::MethodCall(call) => {
            let method = call.method.to_string();
            if call.args.is_empty() && survey.guards.contains(&method) {
                return Some("a blocking lock");
            }
            // A terminal's lock is nobody's but the terminal's.
            let of_terminal = match &*call.receiver {
                Expr::Call(of) => {
                    matches!(&*of.func, Expr::Path(path) if ["stdin", "stdout", "stderr"].contains(&last(&path.path).as_str()))
                }
                _ => false,
            };
            if of_terminal {
                return None;
            }
            taken_by(&method, call.args.len(), imports)
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => survey.guards.contains(&last(&path.path)).then_some("a blocking lock"),
            _ => None,
        },
        _ => None,
    }
}

/// What a value is, seen as a guard.
#[derive(Debug, PartialEq, Eq)]
pub enum Value<'e> {
    /// A guard that the expression takes itself.
    Fresh,
    /// The guard that a variable holds.
    Of(&'e syn::Ident),
    /// None.
    Other,
}

/// Whether the value of an expression is a guard, maybe in a result, or borrows from one that lives as long as the value does.
pub fn value<'e>(of: &'e Expr, imports: &Imports, survey: &Survey) -> Value<'e> {
    if taken(of, imports, survey).is_some() {
        return Value::Fresh;
    }
    let inner = |of| value(of, imports, survey);
    match of {
        Expr::Path(path) => path.path.get_ident().map_or(Value::Other, Value::Of),
        Expr::MethodCall(call) if HAND_ON.iter().any(|name| call.method == name) => inner(&call.receiver),
        Expr::Try(of) => inner(&of.expr),
        Expr::Paren(of) => inner(&of.expr),
        Expr::Group(of) => inner(&of.expr),
        // A temporary that is borrowed lives as long as what borrows it; a variable lives anyway.
        Expr::Reference(of) => match inner(borrowed(&of.expr)) {
            Value::Fresh => Value::Fresh,
            _ => Value::Other,
        },
        Expr::Match(of)
            if inner(&of.expr) == Value::Fresh && of.arms.iter().any(|arm| gives_bound(&arm.pat, &arm.body)) =>
        {
            Value::Fresh
        }
        Expr::Block(of) => match of.block.stmts.last() {
            Some(syn::Stmt::Expr(last, None)) => match inner(last) {
                Value::Fresh => Value::Fresh,
                _ => Value::Other,
            },
            _ => Value::Other,
        },
        Expr::Call(call) => match &*call.func {
            // `MutexGuard::map(guard, …)`.
            Expr::Path(path)
                if path
                    .path
                    .segments
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(|of| of.ident.to_string().ends_with("Guard")) =>
            {
                call.args.first().map_or(Value::Other, inner)
            }
            _ => Value::Other,
        },
        _ => Value::Other,
    }
}

/// What a borrow is of, below fields and dereferences.
fn borrowed(of: &Expr) -> &Expr {
    match of {
        Expr::Unary(of) if matches!(of.op, syn::UnOp::Deref(_)) => borrowed(&of.expr),
        Expr::Field(of) => borrowed(&of.base),
        Expr::Paren(of) => borrowed(&of.expr),
        other => other,
    }
}

/// `Ok(guard) => guard`.
fn gives_bound(pattern: &Pat, body: &Expr) -> bool {
    let mut names = Vec::new();
    bound(pattern, &mut names);
    matches!(body, Expr::Path(path) if path.path.get_ident().is_some_and(|name| names.contains(&name)))
}

/// The names that a pattern binds.
pub fn bound<'p>(pattern: &'p Pat, names: &mut Vec<&'p syn::Ident>) {
    match pattern {
        Pat::Ident(name) => names.push(&name.ident),
        Pat::Type(typed) => bound(&typed.pat, names),
        Pat::Paren(inner) => bound(&inner.pat, names),
        Pat::Reference(inner) => bound(&inner.pat, names),
        Pat::Tuple(parts) => parts.elems.iter().for_each(|part| bound(part, names)),
        Pat::TupleStruct(parts) => parts.elems.iter().for_each(|part| bound(part, names)),
        Pat::Struct(parts) => parts.fields.iter().for_each(|part| bound(&part.pat, names)),
        Pat::Slice(parts) => parts.elems.iter().for_each(|part| bound(part, names)),
        Pat::Or(cases) => cases.cases.iter().for_each(|case| bound(case, names)),
        _ => {}
    }
}
