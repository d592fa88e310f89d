//! Static files, compiled into the binary: one executable is the whole installation.
//!
//! Each address carries a hash of the content, so a browser keeps it for a year and still sees a new release at once.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

struct Asset {
    path: &'static str,
    media: &'static str,
    body: Cow<'static, [u8]>,
    hash: String,
}

/// The style sheets in cascade order, joined into one file.
const STYLES: &str = concat!(
    include_str!("../../static/css/tokens.css"),
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/layout.css"),
    include_str!("../../static/css/components.css"),
    include_str!("../../static/css/marks.css"),
    include_str!("../../static/css/matching.css"),
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
    (FONT, "font/woff2", include_bytes!("../../static/font/inter.woff2")),
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

const FONT: &str = "font/inter.woff2";

/// The first eight bytes of the content's SHA-256, in hex.
fn hash(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    // The style sheet names the font with its hash, as the pages name the style sheet with its own.
    let font = FILES
        .iter()
        .find(|(path, ..)| *path == FONT)
        .map(|(_, _, body)| hash(body));
    let styles = STYLES.replace(FONT, &format!("{FONT}?v={}", font.unwrap_or_default()));
    let asset = |&(path, media, body): &(&'static str, &'static str, &'static [u8])| {
        let body = if path == "app.css" {
            Cow::Owned(styles.clone().into_bytes())
        } else {
            Cow::Borrowed(body)
        };
        Asset {
            path,
            media,
            hash: hash(&body),
            body,
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
    // Without the hash (a refusal's page, a typed address) a day is long enough and heals by itself.
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
    response.insert_header((CONTENT_TYPE, asset.media));
    if asset.path == FONT {
        // A woff2 is compressed already.
        response.insert_header((CONTENT_ENCODING, "identity"));
    }
    // The list lives as long as the process: the body is lent, not copied.
    response.body(asset.body.as_ref())
}

/// Mounts `/static`, outside of the session: a style sheet needs no query.
pub fn mount(config: &mut web::ServiceConfig) {
    config.route("/static/{path:.*}", web::get().to(serve));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_hash_of_what_they_name() {
        assert!(url("app.css").starts_with("/static/app.css?v="));
        assert_eq!(url("missing.css"), "/static/missing.css");
        let font = url(FONT).trim_start_matches("/static/").to_owned();
        let styles = ASSETS.iter().find(|asset| asset.path == "app.css").expect("the styles");
        let text = std::str::from_utf8(&styles.body).expect("text");
        assert!(
            text.contains(&format!("url(\"{font}\")")),
            "the styles name the font with its hash"
        );
    }
}
