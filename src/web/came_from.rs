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
    let local = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    (local && plain && path.len() <= 2_000).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
