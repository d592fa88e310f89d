//! A name for each request: in every log line, in the `x-request-id` header and on error pages.
//!
//! Ours, never the client's: a header that comes in could forge lines. The id is a UUID v7, so it sorts by time.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use tracing::Instrument as _;
use uuid::Uuid;

/// The response header.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request. In the request's extensions, and [`current`] anywhere below the middleware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request this task serves. An error page is rendered without the request at hand and asks here.
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Middleware, the outermost but for compression: names the request, and writes one line when it is served.
pub async fn request_id(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId(Uuid::now_v7());
    let begun = Instant::now();
    let method = req.method().clone();
    req.extensions_mut().insert(id);
    let span = tracing::info_span!("request", %id);
    let served = async move {
        match next.call(req).await {
            Ok(mut response) => {
                response.headers_mut().insert(HEADER, header(id));
                let route = response.request().match_pattern();
                line(
                    method.as_str(),
                    route.as_deref(),
                    response.status().as_u16(),
                    begun.elapsed(),
                );
                Ok(response)
            }
            // A middleware inside gave up. The page is made here, while the id is still known, not by the server later.
            Err(error) => {
                let mut response = error.error_response();
                response.headers_mut().insert(HEADER, header(id));
                line(method.as_str(), None, response.status().as_u16(), begun.elapsed());
                Err(InternalError::from_response(error, response).into())
            }
        }
    };
    CURRENT.scope(id, served.instrument(span)).await
}

fn header(id: RequestId) -> HeaderValue {
    HeaderValue::from_str(&id.to_string()).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

/// The pattern and not the path: ids in paths are harmless, invitation tokens and searches are not.
fn line(method: &str, route: Option<&str>, status: u16, took: Duration) {
    let (route, ms) = (route.unwrap_or("-"), took.as_millis());
    if status >= 500 {
        tracing::warn!(target: "meridian::access", method, route, status, ms, "served");
    } else {
        tracing::info!(target: "meridian::access", method, route, status, ms, "served");
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpRequest, HttpResponse, test, web};

    use super::*;

    async fn show(req: HttpRequest) -> HttpResponse {
        let known = req.extensions().get::<RequestId>().copied();
        assert_eq!(known, current());
        HttpResponse::Ok().body(current().map(|id| id.to_string()).unwrap_or_default())
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct Page;

    impl actix_web::ResponseError for Page {
        fn status_code(&self) -> StatusCode {
            StatusCode::CONFLICT
        }

        fn error_response(&self) -> HttpResponse {
            HttpResponse::Conflict().body(current().map(|id| id.to_string()).unwrap_or_default())
        }
    }

    async fn refuse(
        req: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        if req.path() == "/inner" {
            return Err(Page.into());
        }
        next.call(req).await
    }

    #[actix_web::test]
    async fn the_handler_the_header_and_the_error_page_know_the_same_id() {
        let app = test::init_service(
            App::new()
                .wrap(from_fn(refuse))
                .wrap(from_fn(request_id))
                .route("/", web::get().to(show))
                .route("/error", web::get().to(async || Err::<HttpResponse, _>(Page))),
        )
        .await;
        for path in ["/", "/error"] {
            let request = test::TestRequest::get()
                .uri(path)
                .insert_header((HEADER, "forged"))
                .to_request();
            let response = test::call_service(&app, request).await;
            let named = response.headers().get(HEADER).cloned();
            let body = test::read_body(response).await;
            assert_eq!(named.as_ref().map(HeaderValue::as_bytes), Some(&body[..]));
            assert_eq!(body.len(), 36);
        }
        let error = test::try_call_service(&app, test::TestRequest::get().uri("/inner").to_request())
            .await
            .err();
        let response = error.expect("the middleware refused").error_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let named = response.headers().get(HEADER).cloned().expect("a header");
        let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
        assert_eq!(named.as_bytes(), &body[..]);
        assert_eq!(current(), None);
    }
}
