//! The route table: mounts handlers and can list itself, so that the access matrix finds a route nobody thought of.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};

/// Collects the routes of all domains.
#[derive(Default)]
pub struct Routes {
    entries: Vec<(Method, &'static str, Route)>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

impl Routes {
    /// A page.
    pub fn get<F, Args>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.entries.push((Method::GET, path, web::get().to(handler)));
    }

    /// An act.
    pub fn post<F, Args>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.entries.push((Method::POST, path, web::post().to(handler)));
    }

    /// Every method and path pattern, in the order of mounting.
    pub fn list(&self) -> Vec<(Method, &'static str)> {
        self.entries
            .iter()
            .map(|(method, path, _)| (method.clone(), *path))
            .collect()
    }

    /// Mounts everything: one resource per path, so that a wrong method is answered with 405 and not with 404.
    pub fn mount(self, config: &mut web::ServiceConfig) {
        let mut grouped: Vec<(&'static str, Vec<Route>)> = Vec::new();
        for (_, path, route) in self.entries {
            match grouped.iter_mut().find(|(known, _)| *known == path) {
                Some((_, routes)) => routes.push(route),
                None => grouped.push((path, vec![route])),
            }
        }
        // A fixed path wins over a pattern of the same shape, whatever the order of the domains ("/candidates/new").
        grouped.sort_by_key(|(path, _)| path.contains('{'));
        // Patterns are tried one after the other: those below another first word need not be.
        let mut below: BTreeMap<&str, Vec<Resource>> = BTreeMap::new();
        for (path, routes) in grouped {
            let (word, rest) = first_word(path);
            let resource = routes.into_iter().fold(web::resource(rest), Resource::route);
            below.entry(word).or_default().push(resource);
        }
        for (word, resources) in below {
            if word.is_empty() {
                for resource in resources {
                    config.service(resource);
                }
            } else {
                config.service(resources.into_iter().fold(web::scope(word), actix_web::Scope::service));
            }
        }
    }
}

/// "/requests/{id}" is "/requests" and "/{id}". A page without anything below its word, or under a pattern, has no word.
fn first_word(path: &str) -> (&str, &str) {
    match path[1..].find('/') {
        Some(end) if !path[..=end].contains('{') => path.split_at(end + 1),
        _ => ("", path),
    }
}
