//! Where a form stood that an act was sent from: the way back that an error page offers.
//!
//! A refusal is often read by somebody who has to look at the form again. The page that says so is drawn without the request at
//! hand, so the path travels beside it, as the request's id does ([`super::request_id::current`]).

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web;
use serde::Deserialize;

use super::security::SiteOrigin;

tokio::task_local! {
    static PAGE: Option<String>;
}

/// The path of the page that this request was sent from, where that is a page of ours and another one.
pub fn current() -> Option<String> {
    PAGE.try_with(Clone::clone).ok().flatten()
}

/// Middleware: keeps in mind where an act comes from. Reading a page needs no way back: the browser has one.
pub async fn came_from(
    origin: web::ThinData<SiteOrigin>,
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let page = req
        .headers()
        .get(header::REFERER)
        .and_then(|from| from.to_str().ok())
        .filter(|_| !req.method().is_safe())
        .and_then(|from| path_on(&origin, from))
        .filter(|path| path.split('?').next() != Some(req.path()));
    PAGE.scope(page, next.call(req)).await
}

/// Path and query of an address of this site. Whatever is not written as a browser writes it is none: the path becomes a link.
fn path_on(origin: &SiteOrigin, address: &str) -> Option<String> {
    let path = address.strip_prefix(origin.as_str())?;
    is_local(path).then(|| path.to_owned())
}

fn is_local(path: &str) -> bool {
    let local = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    local && plain && path.len() <= 2_000
}

/// The list that the reader of a record came from, as the record's own address carries it (`?list=`): a path of this site, or
/// nothing. Which lists there are, and who stands beside whom there, is the matter of whoever follows it.
pub fn list(query: &str) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Carried {
        list: String,
    }
    if !query.contains("list=") {
        return None;
    }
    let carried: Carried = serde_html_form::from_str(query).ok()?;
    let known = ["/pipeline", "/candidates"].iter().any(|path| {
        let rest = carried.list.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
    });
    (known && is_local(&carried.list)).then_some(carried.list)
}

/// Most letters of a list's address in the address of a record: a page has a link to each of its rows, and there are fifty.
const CARRIED: usize = 200;

/// The same list for the address of a record: `list=...`. One that is too long is left behind.
pub fn carried(list: &str) -> String {
    // A query may hold these as they are, and a board has them a hundred times.
    let carried = serde_html_form::to_string([("list", list)]).unwrap_or_default();
    let carried = carried.replace("%2F", "/").replace("%3F", "?").replace("%3D", "=");
    if carried.len() <= CARRIED {
        carried
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_of_this_site_are_carried() {
        for (from, list_of) in [
            ("/pipeline?track=rust&column=new", true),
            ("/candidates", true),
            ("/candidates/1", false),
            ("//evil.test/candidates", false),
            ("https://evil.test/candidates", false),
            ("/candidates?q=\"><script>", true),
            ("/candidates?q=a b", false),
            ("/candidates\\evil", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            let found = list(&carried(from));
            assert_eq!(found.is_some(), list_of, "{from}");
            assert!(found.is_none_or(|found| found == from));
        }
        assert_eq!(carried(&format!("/candidates?q={}", "x".repeat(200))), "");
        assert_eq!(list("list=%zz&list=2"), None);
    }

    #[test]
    fn only_pages_of_this_site_are_a_way_back() {
        let origin = SiteOrigin::of("https://agency.example").expect("an origin");
        for (address, path) in [
            (
                "https://agency.example/requests?state=open",
                Some("/requests?state=open"),
            ),
            ("https://agency.example/", Some("/")),
            ("https://agency.example", None),
            ("https://agency.example.evil.test/", None),
            ("https://agency.example//evil.test/", None),
            ("https://agency.example/\\evil.test", None),
            ("http://agency.example/", None),
            ("https://agency.example/a b", None),
            ("", None),
        ] {
            assert_eq!(path_on(&origin, address).as_deref(), path, "{address}");
        }
    }
}
