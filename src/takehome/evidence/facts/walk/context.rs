//! What a piece of code is part of, as far as it changes what a finding means. Pure.

use super::super::blocking::Kind;
use super::super::survey::{is_for_tests, last, type_name};
use super::Walk;

/// What a piece of code is part of.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the same place"
)]
pub struct Context {
    /// It is compiled for tests only.
    pub in_tests: bool,
    /// It runs as a task of a runtime.
    pub is_async: bool,
    /// It answers a request.
    pub in_handler: bool,
    /// It is computed by the compiler.
    pub in_const: bool,
    /// It starts the program.
    pub in_main: bool,
    /// It is in the impl of a trait by which an actor takes messages, and the actor shares its thread.
    pub of_actor: Option<Shares>,
}

/// Whose thread an actor runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shares {
    /// The runtime's, with all its tasks.
    Runtime,
    /// Its own.
    Own,
}

impl Walk<'_, '_> {
    /// The context of a function's body.
    pub fn of_function(&self, signature: &syn::Signature, attributes: &[syn::Attribute]) -> Context {
        let is_test = attributes.iter().any(is_test_attribute);
        let takes_message = self.context.of_actor;
        Context {
            in_tests: self.context.in_tests || is_test || is_for_tests(attributes),
            // A function that is no async one is called from anywhere; what it is in says nothing.
            is_async: signature.asyncness.is_some() || takes_message == Some(Shares::Runtime),
            in_handler: takes_message.is_some()
                || attributes.iter().any(|attribute| method_of(attribute).is_some())
                || self.survey.handlers.contains(&signature.ident.to_string())
                || signature.inputs.iter().any(is_extractor),
            in_const: signature.constness.is_some() && self.context.in_const,
            in_main: signature.ident == "main",
            of_actor: None,
        }
    }

    /// The variable of this pattern and type, when its methods wait.
    pub fn typed(&self, pattern: &syn::Pat, of: &syn::Type) -> Option<(String, Kind)> {
        let syn::Pat::Ident(name) = pattern else { return None };
        let kind = super::blocking::kind_of_type(of, &self.imports)?;
        Some((name.ident.to_string(), kind))
    }
}

/// `#[test]` of any crate.
pub fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    ["test", "rstest", "test_case", "quickcheck"].contains(&last(attribute.path()).as_str())
}

/// The method of `#[get("/…")]` and the like.
pub fn method_of(attribute: &syn::Attribute) -> Option<String> {
    const METHODS: &[&str] = &[
        "get", "post", "put", "delete", "head", "patch", "options", "connect", "trace", "route", "routes",
    ];
    let name = last(attribute.path());
    let is_alone = attribute.path().segments.len() == 1
        || attribute
            .path()
            .segments
            .first()
            .is_some_and(|first| first.ident == "actix_web");
    let has_arguments = matches!(&attribute.meta, syn::Meta::List(_));
    (is_alone && has_arguments && METHODS.contains(&name.as_str())).then_some(name)
}

/// An argument that is taken out of a request.
fn is_extractor(input: &syn::FnArg) -> bool {
    const ONLY_THERE: &[&str] = &["HttpRequest", "ServiceRequest", "Payload", "Multipart"];
    const OF_WEB: &[&str] = &[
        "Json", "Path", "Query", "Form", "Data", "ReqData", "Header", "Bytes", "Either", "ThinData",
    ];
    let syn::FnArg::Typed(argument) = input else {
        return false;
    };
    let name = type_name(&argument.ty);
    let is_of_web = match &*argument.ty {
        syn::Type::Path(path) => {
            let is_generic = matches!(
                path.path.segments.last().map(|segment| &segment.arguments),
                Some(syn::PathArguments::AngleBracketed(_))
            );
            path.path.segments.iter().any(|segment| segment.ident == "web") || is_generic
        }
        _ => false,
    };
    ONLY_THERE.contains(&name.as_str()) || (is_of_web && OF_WEB.contains(&name.as_str()))
}
