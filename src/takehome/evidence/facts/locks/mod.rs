//! Guards of blocking locks that live over an await. Pure.
//!
//! A body is walked in the order in which it runs, with the guards that live at each moment: bound to a name until its scope
//! ends, it is dropped or moved; or a temporary until its statement ends. Where ways part and meet again, what lives on any of
//! them lives. An inner async block or closure is a body of its own.

mod flow;
mod guards;

use proc_macro2::Span;

use super::imports::Imports;
use super::survey::Survey;
use flow::Flow;
pub use guards::bound;

/// A guard that was seen living at an await.
#[derive(Debug)]
pub struct Held {
    /// Its binding, or the method that took it.
    pub span: Span,
    /// What it guards, in words.
    pub of: &'static str,
    /// The line of the await.
    pub line: usize,
}

/// All of a body of async code.
pub fn held_across_await(
    signature: Option<&syn::Signature>,
    body: &syn::Block,
    imports: &Imports,
    survey: &Survey,
) -> Vec<Held> {
    let mut flow = Flow::new(imports, survey);
    if let Some(signature) = signature {
        flow.arguments(signature);
    }
    flow.body(body);
    flow.finish()
}

#[cfg(test)]
mod tests {
    use syn::visit::Visit as _;

    use super::*;

    struct Bodies<'a>(&'a Imports, Survey, Vec<usize>);
    impl<'ast> syn::visit::Visit<'ast> for Bodies<'_> {
        fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
            let held = held_across_await(Some(&item.sig), &item.block, self.0, &self.1);
            self.2.extend(held.iter().map(|held| held.span.start().column + 1));
        }
    }

    /// Columns at which a guard is held in `async fn f() { BODY }`, after some imports.
    fn columns(imports: &str, body: &str) -> Vec<usize> {
        let text = format!("{imports} async fn f(m: M) {{\n{body}\n}}");
        let file: syn::File = syn::parse_str(&text).expect(body);
        let mut brought = Imports::default();
        brought.enter(file.items.iter());
        let mut survey = Survey::default();
        survey.guards.insert("guarded".to_owned());
        let mut bodies = Bodies(&brought, survey, Vec::new());
        bodies.visit_file(&file);
        bodies.2.sort_unstable();
        bodies.2
    }

    #[test]
    fn held_guards_are_seen() {
        for (body, expected) in [
            ("let g = m.lock().unwrap(); x().await;", vec![5]),
            ("let mut g = m.lock().expect(\"x\"); x().await; drop(g);", vec![5]),
            ("let g = m.lock(); x().await; g.len();", vec![5]),
            ("let _g = m.read().unwrap(); x().await;", vec![5]),
            (
                "let g = m.write().unwrap_or_else(|e| e.into_inner()); x().await;",
                vec![5],
            ),
            ("let g = m.lock().map_err(e)?; x().await;", vec![5]),
            ("let g: MutexGuard<u8> = m.lock().unwrap(); x().await;", vec![5]),
            ("let g = &mut *m.lock().unwrap(); x().await;", vec![5]),
            (
                "let g = match m.lock() { Ok(g) => g, Err(e) => e.into_inner() }; x().await;",
                vec![5],
            ),
            ("if let Ok(g) = m.lock() { x().await; }", vec![11]),
            ("let Ok(g) = m.lock() else { return }; x().await;", vec![8]),
            ("match m.lock() { Ok(g) => { x().await; } Err(_) => {} }", vec![21]),
            (
                "match m.lock().unwrap().get(0) { Some(v) => x(v).await, None => {} }",
                vec![9],
            ),
            ("for v in m.lock().unwrap().iter() { x(v).await; }", vec![12]),
            ("s.send(m.lock().unwrap().len()).await;", vec![10]),
            ("m.lock().unwrap().push(x().await);", vec![3]),
            ("let n = m.lock().unwrap().get(x().await);", vec![11]),
            ("let g = guarded(); x().await;", vec![5]),
            ("let g = self.guarded(); x().await;", vec![5]),
            ("let g = m.lock().unwrap(); if c { drop(g); } x().await;", vec![5]),
            (
                "let g = m.lock().unwrap(); if c { drop(g); return; } x().await;",
                vec![5],
            ),
            ("let g = m.lock().unwrap(); let g = g.len(); x().await;", vec![5]),
            ("let r = m.lock(); let g = r.unwrap(); x().await;", vec![5]),
            ("let g = m.lock().unwrap(); tokio::join!(a, b);", vec![5]),
            ("let g = m.lock().unwrap(); loop { x().await; }", vec![5]),
            ("loop { let g = m.lock().unwrap(); x().await; }", vec![12]),
            ("let g = m.lock().unwrap(); println!(\"{}\", x().await);", vec![5]),
            ("let g = c.borrow_mut(); x().await;", vec![5]),
            (
                "let a = m.lock().unwrap(); let b = n.lock().unwrap(); x().await;",
                vec![5, 32],
            ),
            ("while let Ok(g) = m.lock() { x().await; }", vec![14]),
            ("if let Some(v) = m.lock().unwrap().get(0) { x(v).await; }", vec![20]),
            ("let g = RwLockReadGuard::map(m.read(), |v| &v.x); x().await;", vec![5]),
            ("unsafe { let g = m.lock().unwrap(); x().await; }", vec![14]),
        ] {
            assert_eq!(columns("", body), expected, "{body}");
        }
    }

    #[test]
    fn dropped_guards_and_async_locks_are_not() {
        for body in [
            "let g = m.lock().await; x().await;",
            "let g = m.lock().await.unwrap(); x().await;",
            "m.lock().await.push(1); x().await;",
            "let g = m.lock().unwrap(); drop(g); x().await;",
            "let g = m.lock().unwrap(); std::mem::drop(g); x().await;",
            "{ let g = m.lock().unwrap(); g.len(); } x().await;",
            "let n = { let g = m.lock().unwrap(); g.len() }; x(n).await;",
            "let n = m.lock().unwrap().len(); x(n).await;",
            "let n = m.lock().unwrap().clone(); x(n).await;",
            "let n = *m.lock().unwrap(); x(n).await;",
            "m.lock().unwrap().push(1); x().await;",
            "let _ = m.lock().unwrap(); x().await;",
            "let f = m.lock(); let g = f.await; x().await;",
            "timeout(d, m.lock()).await; x().await;",
            "x().await; let g = m.lock().unwrap(); g.len();",
            "let g = m.lock().unwrap(); let f = async { x().await }; drop(g); f.await;",
            "let g = m.lock().unwrap(); if c { drop(g); x().await; } else { drop(g); } y().await;",
            "if m.lock().unwrap().is_empty() { x().await; }",
            "while m.lock().unwrap().is_empty() { x().await; }",
            "if let Ok(g) = m.lock() { g.len(); } x().await;",
            "if let Ok(g) = m.lock() { drop(g); x().await; }",
            "let g = m.lock().unwrap(); consume(g); x().await;",
            "std::io::stdout().lock().write_all(b).unwrap(); x().await;",
            "let f = file.read(&mut buffer).await; x().await;",
            "let g = m.lock().unwrap(); return g.len(); x().await;",
            "let c = || m.lock().unwrap().len(); x().await;",
            "let n = m.lock().map(|g| g.len()).unwrap_or(0); x().await;",
        ] {
            assert_eq!(columns("", body), Vec::<usize>::new(), "{body}");
        }
    }

    #[test]
    fn a_try_on_a_lock_of_the_runtime_is_no_blocking_guard() {
        let body = "if let Ok(g) = m.try_lock() { x().await; }";
        assert_eq!(columns("use tokio::sync::Mutex;", body), Vec::<usize>::new());
        assert_eq!(columns("use std::sync::Mutex;", body), [11]);
    }

    #[test]
    fn a_guard_as_an_argument_lives_from_the_start() {
        let file = "use std::sync::MutexGuard; async fn f(g: MutexGuard<'_, u8>) { x().await; }";
        let file: syn::File = syn::parse_str(file).unwrap();
        let mut imports = Imports::default();
        imports.enter(file.items.iter());
        let syn::Item::Fn(item) = &file.items[1] else {
            panic!("no function")
        };
        assert_eq!(
            held_across_await(Some(&item.sig), &item.block, &imports, &Survey::default()).len(),
            1
        );
    }
}
