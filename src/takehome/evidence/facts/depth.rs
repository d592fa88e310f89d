//! How deep a tree is, measured without going deeper than is allowed. Pure.
//!
//! Some shapes nest without a bracket: `1 + 1 + 1`, `a.b().c()`, `else if`. Whoever walks such a tree, or drops it, calls
//! itself once a level.

use syn::visit::{self, Visit};

/// Whether something in the tree is inside more than so many others.
pub fn exceeds(file: &syn::File, most: usize) -> bool {
    let mut depth = Depth {
        now: 0,
        most,
        is_over: false,
    };
    depth.visit_file(file);
    depth.is_over
}

struct Depth {
    now: usize,
    most: usize,
    is_over: bool,
}

impl Depth {
    fn within(&mut self, go_on: impl FnOnce(&mut Self)) {
        if self.is_over || self.now == self.most {
            self.is_over = true;
            return;
        }
        self.now += 1;
        go_on(self);
        self.now -= 1;
    }
}

impl<'ast> Visit<'ast> for Depth {
    fn visit_expr(&mut self, of: &'ast syn::Expr) {
        self.within(|depth| visit::visit_expr(depth, of));
    }

    fn visit_type(&mut self, of: &'ast syn::Type) {
        self.within(|depth| visit::visit_type(depth, of));
    }

    fn visit_pat(&mut self, of: &'ast syn::Pat) {
        self.within(|depth| visit::visit_pat(depth, of));
    }

    fn visit_item(&mut self, of: &'ast syn::Item) {
        self.within(|depth| visit::visit_item(depth, of));
    }

    fn visit_use_tree(&mut self, of: &'ast syn::UseTree) {
        self.within(|depth| visit::visit_use_tree(depth, of));
    }

    fn visit_meta(&mut self, of: &'ast syn::Meta) {
        self.within(|depth| visit::visit_meta(depth, of));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The child that looks has a large stack (`confine`); the thread of a test has two megabytes, too few for a debug build.
    #[test]
    fn shapes_without_brackets_are_measured() {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(measured);
        thread.unwrap().join().unwrap();
    }

    fn measured() {
        let over = |text: &str| exceeds(&syn::parse_str(text).unwrap(), 200);
        let sum = |terms: usize| format!("const A: u8 = 1{};", " + 1".repeat(terms));
        // The item, and the last of the terms.
        assert!(!over(&sum(198)) && over(&sum(199)));
        assert!(over(&format!("fn f() {{ x{}; }}", ".a()".repeat(300))));
        assert!(over(&format!("fn f() {{ {} {{}} }}", "if a {} else ".repeat(300))));
        assert!(over(&format!("type T = {}u8;", "&".repeat(300))));
        assert!(!over(&"fn f() { if a { b(c(d + 1)) } }\n".repeat(300)));
    }
}
