//! What one file of a project says about another. Names stand for themselves: two types of one name are taken for one. Pure.

use std::collections::{HashMap, HashSet};

use syn::visit::{self, Visit};

use super::blocking::{self, Kind};
use super::imports::Imports;

/// What is known before anything is looked for.
#[derive(Debug, Default)]
pub struct Survey {
    files: HashSet<String>,
    /// Files and folders that are compiled for tests only.
    tests: HashSet<String>,
    /// Functions that are somewhere named as handlers.
    pub handlers: HashSet<String>,
    /// Functions that return the guard of a blocking lock.
    pub guards: HashSet<String>,
    /// Actors whose context is a thread of its own, where waiting is well.
    pub sync_actors: HashSet<String>,
    /// Fields by name, when they hold something that blocks; none for a name with several meanings.
    pub fields: HashMap<String, Option<Kind>>,
    /// Whether there is an actor at all.
    pub has_actor: bool,
    /// Scripts that a manifest names.
    scripts: HashSet<String>,
}

impl Survey {
    /// Of files by these names, so far.
    pub fn new(files: &[String]) -> Self {
        Self {
            files: files.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// Whether a file is compiled for tests only.
    pub fn is_test(&self, file: &str) -> bool {
        let mut folders: Vec<&str> = file.split('/').collect();
        folders.pop();
        let before_code = folders.iter().take_while(|part| **part != "src");
        let by_place = before_code.clone().any(|part| *part == "tests" || *part == "benches");
        by_place
            || self.tests.contains(file)
            || file.match_indices('/').any(|(at, _)| self.tests.contains(&file[..=at]))
    }

    /// Whether a file named `build.rs` stands beside a manifest.
    pub fn is_build_script(&self, file: &str) -> bool {
        let folder = file.strip_suffix("build.rs").unwrap_or_default();
        (folder.is_empty() || folder.ends_with('/'))
            && self.files.contains(&format!("{folder}Cargo.toml"))
            && !self.scripts.contains(folder)
    }

    /// The manifest in this folder (with its slash) says itself what its build script is.
    pub fn names_script(&mut self, folder: &str) {
        self.scripts.insert(folder.to_owned());
    }

    /// Adds a file.
    pub fn add(&mut self, name: &str, file: &syn::File) {
        let mut visitor = Visitor {
            survey: self,
            imports: Imports::default(),
            modules: module_folder(name),
        };
        visitor.imports.enter(file.items.iter());
        visitor.visit_file(file);
    }
}

/// Where the modules of a file lie, with its slash.
fn module_folder(file: &str) -> String {
    let (folder, name) = file
        .rsplit_once('/')
        .map_or(("", file), |(folder, name)| (folder, name));
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let folder = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    match stem {
        "main" | "lib" | "mod" => folder,
        stem => format!("{folder}{stem}/"),
    }
}

/// `#[cfg(test)]`, or `all` with it.
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Meta>()
                .is_ok_and(|meta| demands_test(&meta))
    })
}

fn demands_test(meta: &syn::Meta) -> bool {
    match meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => {
            type Metas = syn::punctuated::Punctuated<syn::Meta, syn::Token![,]>;
            list.parse_args_with(Metas::parse_terminated)
                .is_ok_and(|metas| metas.iter().any(demands_test))
        }
        _ => false,
    }
}

/// The last name of a path.
pub fn last(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}

/// The last name of a type's path.
pub fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => last(&path.path),
        syn::Type::Reference(reference) => type_name(&reference.elem),
        syn::Type::Paren(inner) => type_name(&inner.elem),
        syn::Type::Group(inner) => type_name(&inner.elem),
        _ => String::new(),
    }
}

/// Whether a type is, or holds, the guard of a blocking lock.
pub fn is_guard(of: &syn::Type, imports: &Imports) -> bool {
    const GUARDS: &[&str] = &[
        "MutexGuard",
        "RwLockReadGuard",
        "RwLockWriteGuard",
        "RwLockUpgradableReadGuard",
        "MappedMutexGuard",
        "MappedRwLockReadGuard",
        "MappedRwLockWriteGuard",
        "ReentrantMutexGuard",
        "LockResult",
    ];
    let syn::Type::Path(path) = of else {
        return false;
    };
    if GUARDS.contains(&last(&path.path).as_str()) {
        let is_async = |meaning: &String| {
            ["tokio::", "async_lock::", "futures"]
                .iter()
                .any(|of| meaning.starts_with(of))
        };
        return !imports.meanings(&path.path).iter().any(is_async);
    }
    // A result or an option of one.
    path.path
        .segments
        .last()
        .is_some_and(|segment| match &segment.arguments {
            syn::PathArguments::AngleBracketed(inner)
                if ["Result", "Option"].contains(&segment.ident.to_string().as_str()) =>
            {
                matches!(inner.args.first(), Some(syn::GenericArgument::Type(inner)) if is_guard(inner, imports))
            }
            _ => false,
        })
}

struct Visitor<'s> {
    survey: &'s mut Survey,
    imports: Imports,
    modules: String,
}

impl Visitor<'_> {
    fn function(&mut self, signature: &syn::Signature) {
        if let syn::ReturnType::Type(_, of) = &signature.output
            && signature.asyncness.is_none()
            && is_guard(of, &self.imports)
        {
            self.survey.guards.insert(signature.ident.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        match &item.content {
            None => {
                if is_for_tests(&item.attrs) {
                    self.survey.tests.insert(format!("{}{name}.rs", self.modules));
                    self.survey.tests.insert(format!("{}{name}/", self.modules));
                }
            }
            Some((_, items)) => {
                let outer = self.modules.clone();
                self.modules = format!("{outer}{name}/");
                self.imports.enter(items.iter());
                visit::visit_item_mod(self, item);
                self.imports.leave();
                self.modules = outer;
            }
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let Some((_, of, _)) = &item.trait_
            && last(of) == "Actor"
        {
            self.survey.has_actor = true;
            let is_sync = item.items.iter().any(|item| {
                matches!(item, syn::ImplItem::Type(context) if context.ident == "Context" && type_name(&context.ty) == "SyncContext")
            });
            if is_sync {
                self.survey.sync_actors.insert(type_name(&item.self_ty));
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "to" || call.method == "default_service" {
            for argument in &call.args {
                if let syn::Expr::Path(path) = argument {
                    self.survey.handlers.insert(last(&path.path));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(name) = &field.ident {
            let kind = blocking::kind_of_type(&field.ty, &self.imports);
            let known = self.survey.fields.entry(name.to_string()).or_insert(kind);
            if *known != kind {
                *known = None;
            }
        }
        visit::visit_field(self, field);
    }
}
