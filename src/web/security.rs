//! What every answer carries and every unsafe request must prove; limits on size and patience.
//!
//! Cross-site requests: cookies are SameSite=Lax, and on top of it [`same_site`] demands of every unsafe method that the
//! browser itself says "same-origin" (Sec-Fetch-Site), or, where it sends no such header (old browsers, plain http beyond
//! loopback), that Origin is this site. There is no token in the forms.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};
use askama::Template;

use crate::error::AppError;

/// The largest body of a form, in bytes. The longest form is /start.
pub const FORM_LIMIT: usize = 256 * 1024;

/// A body that is announced larger than this, in bytes, is refused before it is read. Not an upload: its page says itself what is
/// too large, above the form, and stops writing it down at that size.
pub const BODY_LIMIT: u64 = 20 * 1024 * 1024 + 64 * 1024;

/// A client has this long to send the head of its request; one that sends it byte by byte is cut off.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A client that never reads its answer is cut off after this time.
pub const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An idle connection is kept this long.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A request is answered within this time or gives up with a 503. Uploads have [`UPLOAD_TIMEOUT`] instead.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// An upload may take this long: 20 MB at 256 kbit/s.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_mins(15);

/// Open connections of one worker; each idle one holds some 10 KB.
pub const MAX_CONNECTIONS: usize = 2_048;

/// Everything a page may load is ours. No inline script or style, no frame, no plug-in, no foreign form target.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin this installation is reached at, as a browser writes it: scheme, host and a port that is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteOrigin(String);

impl SiteOrigin {
    /// The origin of a site URL such as `https://talent.example.com/`; `None` when it is not http or https with a host.
    pub fn of(url: &str) -> Option<Self> {
        let uri: actix_web::http::Uri = url.parse().ok()?;
        let (scheme, usual) = match uri.scheme_str()? {
            "http" => ("http", 80),
            "https" => ("https", 443),
            _ => return None,
        };
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(Self(match uri.port_u16() {
            Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }

    /// Whether the site is reached over TLS, so that cookies are Secure and browsers told to stay with it.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// As a browser writes it in `Origin`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Middleware: the headers of every answer. What a handler set itself stays, so that a download may have a stricter policy.
pub async fn headers(
    origin: web::ThinData<SiteOrigin>,
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match next.call(req).await {
        Ok(mut response) => {
            if super::guards::has_viewer(response.request()) && !response.headers().contains_key(header::CACHE_CONTROL)
            {
                // What was shown to somebody is not shown to whoever sits down after them and goes back.
                let never = HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, never);
            }
            guard(response.headers_mut(), origin.is_https());
            Ok(response)
        }
        // A middleware inside refused; its page is an answer like any other.
        Err(error) => {
            let mut response = error.error_response();
            guard(response.headers_mut(), origin.is_https());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Sets the headers that are not set yet.
pub fn guard(headers: &mut HeaderMap, https: bool) {
    let always = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not no-referrer: that makes browsers send `Origin: null`, and our own forms would be refused.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // Pages are about people: a shared cache keeps nothing, a browser asks again.
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    let transport = https.then_some((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    for (name, value) in always.into_iter().chain(transport) {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Middleware: refuses an unsafe method that does not come from this site, with a 403 page.
pub async fn same_site(
    origin: web::ThinData<SiteOrigin>,
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if req.method().is_safe() || is_same_site(req.headers(), &origin) {
        return next.call(req).await;
    }
    tracing::warn!(target: "meridian::access", "refused: not sent from this site");
    Err(CrossSite.into())
}

/// The browser's own word decides where there is one; otherwise the origin must be ours. Neither, or a header sent twice, is no.
fn is_same_site(headers: &HeaderMap, origin: &SiteOrigin) -> bool {
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name);
        let first = values.next().and_then(|value| value.to_str().ok());
        (first, values.next().is_some())
    };
    match only(FETCH_SITE) {
        (_, true) => false,
        (Some(site), false) => site == "same-origin",
        (None, false) if headers.contains_key(FETCH_SITE) => false,
        (None, false) => only(header::ORIGIN) == (Some(origin.as_str()), false),
    }
}

/// Middleware: a request that takes too long gives up with a 503; its transaction is rolled back with it. A body that is
/// announced larger than anything we take is refused before it is read, unless it is an upload.
pub async fn patience(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let announced = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let upload = req
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    if !upload && announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(TooLarge.into());
    }
    let limit = if upload { UPLOAD_TIMEOUT } else { REQUEST_TIMEOUT };
    within(limit, next.call(req)).await
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(TooSlow.into()))
}

/// What the extractors take, and the pages they answer with when they cannot, for `App::configure`. An id that is none
/// is the address of nothing, like an id that nobody has.
pub fn limits(config: &mut web::ServiceConfig) {
    let unreadable = || AppError::Invalid("What was sent could not be read".into());
    config
        .app_data(web::PathConfig::default().error_handler(|_, _| AppError::NotFound.into()))
        .app_data(
            web::QueryConfig::default()
                .error_handler(|_, _| AppError::Invalid("The address holds a value that cannot be read".into()).into()),
        )
        .app_data(
            web::FormConfig::default()
                .limit(FORM_LIMIT)
                .error_handler(move |_, _| unreadable().into()),
        )
        .app_data(
            web::JsonConfig::default()
                .limit(FORM_LIMIT)
                .error_handler(move |_, _| unreadable().into()),
        )
        .app_data(web::PayloadConfig::new(FORM_LIMIT));
}

/// A plain page for refusals that happen before there is a session or a layout.
#[derive(Template)]
#[template(path = "layouts/plain.html")]
struct Plain<'a> {
    layout: super::Layout,
    title: &'a str,
    way_on: &'a str,
    request: Option<super::request_id::RequestId>,
}

fn plain(status: StatusCode, title: &str, way_on: &str) -> HttpResponse {
    let page = Plain {
        layout: super::Layout::bare(),
        title,
        way_on,
        request: super::request_id::current(),
    };
    let mut response = HttpResponse::build(status);
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.insert_header((name, value));
    }
    response
        .content_type("text/html; charset=utf-8")
        .body(page.render().unwrap_or_else(|_| title.to_owned()))
}

/// An unsafe request from elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("a request from another site")]
struct CrossSite;

impl ResponseError for CrossSite {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        plain(
            self.status_code(),
            "This did not come from our own page",
            "Nothing was changed. Open the page here and send the form again.",
        )
    }
}

/// A body larger than anything we take.
#[derive(Debug, thiserror::Error)]
#[error("a body that is too large")]
struct TooLarge;

impl ResponseError for TooLarge {
    fn status_code(&self) -> StatusCode {
        StatusCode::PAYLOAD_TOO_LARGE
    }

    fn error_response(&self) -> HttpResponse {
        plain(
            self.status_code(),
            "That is too large",
            "A file may have 20 MB. Leave out what can be built again, such as target/, and send it once more.",
        )
    }
}

/// No answer in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
struct TooSlow;

impl ResponseError for TooSlow {
    fn status_code(&self) -> StatusCode {
        StatusCode::SERVICE_UNAVAILABLE
    }

    fn error_response(&self) -> HttpResponse {
        plain(
            self.status_code(),
            "This took too long",
            "Nothing was changed. Wait a moment and try again.",
        )
    }
}

#[cfg(test)]
mod tests;
