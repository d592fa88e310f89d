//! Static files, compiled into the binary: one executable is the whole installation.
//!
//! Each address carries a hash of the content, so a browser keeps it for a year and still sees a new release at once.

use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

struct Asset {
    path: &'static str,
    media: &'static str,
    body: &'static [u8],
    hash: String,
}

/// The style sheets in cascade order, joined into one file.
const STYLES: &str = concat!(
    include_str!("../../static/css/tokens.css"),
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/layout.css"),
    include_str!("../../static/css/components.css"),
    include_str!("../../static/css/marks.css"),
    include_str!("../../static/css/utilities.css"),
    include_str!("../../static/css/print.css"),
);

const FILES: &[(&str, &str, &[u8])] = &[
    ("app.css", "text/css; charset=utf-8", STYLES.as_bytes()),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/app.js"),
    ),
    (
        "vendor/htmx.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/vendor/htmx.js"),
    ),
    (
        "font/inter.woff2",
        "font/woff2",
        include_bytes!("../../static/font/inter.woff2"),
    ),
    (
        "img/favicon.svg",
        "image/svg+xml",
        include_bytes!("../../static/img/favicon.svg"),
    ),
    (
        "img/mark.svg",
        "image/svg+xml",
        include_bytes!("../../static/img/mark.svg"),
    ),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |&(path, media, body): &(&'static str, &'static str, &'static [u8])| {
        let hash = Sha256::digest(body)
            .iter()
            .take(8)
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
        Asset {
            path,
            media,
            body,
            hash,
        }
    };
    FILES.iter().map(asset).collect()
});

/// The address of a file of `static/`; an unknown one has an address that answers 404, which a test finds.
pub fn url(path: &str) -> String {
    match ASSETS.iter().find(|asset| asset.path == path) {
        Some(asset) => format!("/static/{path}?v={}", asset.hash),
        None => format!("/static/{path}"),
    }
}

async fn serve(req: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == path.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = format!("\"{}\"", asset.hash);
    let held = req
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    // The font is asked for by the style sheet without a hash; a day is long enough and heals by itself.
    let hashed = req.query_string() == format!("v={}", asset.hash);
    let keep = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=86400"
    };
    let mut response = if held {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, keep));
    if held {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, asset.media)).body(asset.body)
}

/// Mounts `/static`, outside of the session: a style sheet needs no query.
pub fn mount(config: &mut web::ServiceConfig) {
    config.route("/static/{path:.*}", web::get().to(serve));
}
