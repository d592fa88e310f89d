//! What a path means in its place: the `use` lines around it. Pure.

use std::collections::HashMap;

use syn::UseTree;

/// The names that `use` brings in, scope in scope.
#[derive(Debug, Default)]
pub struct Imports {
    scopes: Vec<Scope>,
}

#[derive(Debug, Default)]
struct Scope {
    names: HashMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

impl Imports {
    /// Enters a scope with these lines.
    pub fn enter<'i>(&mut self, lines: impl Iterator<Item = &'i syn::Item>) {
        let mut scope = Scope::default();
        for item in lines {
            match item {
                syn::Item::Use(line) => scope.add(&line.tree, &mut Vec::new()),
                syn::Item::ExternCrate(line) => {
                    if let Some((_, name)) = &line.rename {
                        scope.names.insert(name.to_string(), vec![line.ident.to_string()]);
                    }
                }
                _ => {}
            }
        }
        self.scopes.push(scope);
    }

    /// The same for a block.
    pub fn enter_block(&mut self, block: &syn::Block) {
        self.enter(block.stmts.iter().filter_map(|stmt| match stmt {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        }));
    }

    /// Leaves the innermost scope.
    pub fn leave(&mut self) {
        self.scopes.pop();
    }

    /// Everything that a path may mean, joined by `::`: as its names are brought in, or by what a glob brings.
    pub fn meanings(&self, path: &syn::Path) -> Vec<String> {
        let mut parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_some() {
            return vec![parts.join("::")];
        }
        let mut is_known = false;
        // A name may stand for one that was brought in itself; a circle ends.
        for _ in 0..4 {
            let Some(full) = parts.first().and_then(|first| self.find(first)) else {
                break;
            };
            if full.first() == parts.first() && full.len() == 1 {
                break;
            }
            is_known = true;
            let same = full.first() == parts.first();
            parts.splice(..1, full.iter().cloned());
            if same {
                break;
            }
        }
        let mut meanings = vec![parts.join("::")];
        if !is_known {
            let globs = self.scopes.iter().rev().flat_map(|scope| &scope.globs);
            meanings.extend(globs.map(|glob| format!("{}::{}", glob.join("::"), parts.join("::"))));
        }
        meanings
    }

    /// Whether some line brings in a name from a path that begins so.
    pub fn has(&self, name: &str, begins: &[&str]) -> bool {
        self.scopes.iter().any(|scope| {
            scope
                .names
                .get(name)
                .and_then(|full| full.first())
                .is_some_and(|first| begins.contains(&first.as_str()))
        })
    }

    fn find(&self, name: &str) -> Option<&Vec<String>> {
        self.scopes.iter().rev().find_map(|scope| scope.names.get(name))
    }
}

impl Scope {
    fn add(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add(&path.tree, prefix);
                prefix.pop();
            }
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.names.insert(last.clone(), prefix.clone());
                }
            }
            UseTree::Name(name) => self.insert(&name.ident.to_string(), &name.ident.to_string(), prefix),
            UseTree::Rename(rename) if rename.ident == "self" => {
                self.names.insert(rename.rename.to_string(), prefix.clone());
            }
            UseTree::Rename(rename) => self.insert(&rename.rename.to_string(), &rename.ident.to_string(), prefix),
            UseTree::Glob(_) => {
                if !prefix.is_empty() {
                    self.globs.push(prefix.clone());
                }
            }
            UseTree::Group(group) => {
                for inner in &group.items {
                    self.add(inner, prefix);
                }
            }
        }
    }

    fn insert(&mut self, name: &str, last: &str, prefix: &[String]) {
        let full = prefix.iter().cloned().chain([last.to_owned()]).collect();
        self.names.insert(name.to_owned(), full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_use_lines_say() {
        let file: syn::File = syn::parse_str(
            "use std::thread; use std::{fs::{self, File as F}, time as t}; use t::Duration; use std::net::*; extern crate std as s; use tokio::time::sleep;",
        )
        .unwrap();
        let mut imports = Imports::default();
        imports.enter(file.items.iter());
        let meanings = |path: &str| imports.meanings(&syn::parse_str(path).unwrap());
        assert_eq!(meanings("thread::sleep")[0], "std::thread::sleep");
        assert_eq!(meanings("fs::read")[0], "std::fs::read");
        assert_eq!(meanings("F::open")[0], "std::fs::File::open");
        assert_eq!(meanings("Duration::new")[0], "std::time::Duration::new");
        assert_eq!(meanings("sleep")[0], "tokio::time::sleep");
        assert_eq!(meanings("s::fs::read")[0], "std::fs::read");
        assert_eq!(meanings("::std::fs::read"), ["std::fs::read"]);
        assert!(meanings("TcpStream::connect").contains(&"std::net::TcpStream::connect".to_owned()));
        assert_eq!(meanings("std::fs::read")[0], "std::fs::read");
    }

    #[test]
    fn an_inner_scope_comes_first_and_goes_again() {
        let block: syn::Block = syn::parse_str("{ use std::thread::sleep; }").unwrap();
        let mut imports = Imports::default();
        imports.enter([].iter());
        imports.enter_block(&block);
        let path = syn::parse_str("sleep").unwrap();
        assert_eq!(imports.meanings(&path)[0], "std::thread::sleep");
        imports.leave();
        assert_eq!(imports.meanings(&path), ["sleep"]);
    }
}
