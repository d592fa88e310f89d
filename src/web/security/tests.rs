//! What every answer carries, and what is refused.

use actix_web::middleware::from_fn;
use actix_web::{App, test};

use super::*;

fn site(url: &str) -> SiteOrigin {
    SiteOrigin::of(url).expect("an origin")
}

/// The status of a request with these headers, by the middleware in front of a page.
async fn status(url: &str, method: actix_web::http::Method, sent: &[(&'static str, &str)]) -> StatusCode {
    let app = test::init_service(
        App::new()
            .app_data(web::ThinData(site(url)))
            .wrap(from_fn(same_site))
            .default_service(web::to(async || HttpResponse::Ok().body("in"))),
    )
    .await;
    let mut request = test::TestRequest::default().method(method);
    for &(name, value) in sent {
        request = request.append_header((name, value));
    }
    match test::try_call_service(&app, request.to_request()).await {
        Ok(response) => response.status(),
        Err(error) => error.error_response().status(),
    }
}

#[actix_web::test]
async fn unsafe_methods_need_a_proof_and_safe_ones_do_not() {
    use actix_web::http::Method;
    let ours = "http://127.0.0.1:8080";
    assert_eq!(
        status(ours, Method::GET, &[("sec-fetch-site", "cross-site")]).await,
        200
    );
    assert_eq!(status(ours, Method::HEAD, &[]).await, 200);
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert_eq!(status(ours, method.clone(), &[]).await, 403, "{method} without a proof");
        assert_eq!(
            status(ours, method.clone(), &[("sec-fetch-site", "same-origin")]).await,
            200,
            "{method}"
        );
        assert_eq!(status(ours, method.clone(), &[("origin", ours)]).await, 200, "{method}");
    }
}

#[actix_web::test]
async fn the_browsers_word_outweighs_the_origin() {
    use actix_web::http::Method;
    let ours = "https://talent.example.com";
    let refused: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site"), ("origin", ours)],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null")],
        &[("origin", "https://talent.example.com.evil.test")],
        &[("origin", "http://talent.example.com")],
        &[("origin", ours), ("origin", "https://evil.test")],
        &[("referer", "https://talent.example.com/login")],
    ];
    for sent in refused {
        assert_eq!(status(ours, Method::POST, sent).await, 403, "{sent:?}");
    }
    assert_eq!(
        status(
            ours,
            Method::POST,
            &[("sec-fetch-site", "same-origin"), ("origin", "null")]
        )
        .await,
        200
    );
}

#[actix_web::test]
async fn every_answer_is_guarded_and_a_handler_may_be_stricter() {
    let app = test::init_service(
        App::new()
            .app_data(web::ThinData(site("https://a.test")))
            .wrap(from_fn(headers))
            .route(
                "/own",
                web::get().to(async || {
                    HttpResponse::Ok()
                        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
                        .finish()
                }),
            )
            .default_service(web::to(async || HttpResponse::NotFound().finish())),
    )
    .await;
    let response = test::call_service(&app, test::TestRequest::get().uri("/none").to_request()).await;
    let policy = response
        .headers()
        .get(header::CONTENT_SECURITY_POLICY)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    for name in [
        "x-content-type-options",
        "referrer-policy",
        "x-frame-options",
        "cross-origin-opener-policy",
        "strict-transport-security",
    ] {
        assert!(response.headers().contains_key(name), "{name}");
    }
    let own = test::call_service(&app, test::TestRequest::get().uri("/own").to_request()).await;
    assert_eq!(
        own.headers()
            .get(header::CONTENT_SECURITY_POLICY)
            .map(HeaderValue::as_bytes),
        Some(&b"sandbox"[..])
    );
    let mut plain_http = HeaderMap::new();
    guard(&mut plain_http, false);
    assert!(!plain_http.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[actix_web::test]
async fn a_refusal_is_guarded_as_well() {
    let app = test::init_service(
        App::new()
            .app_data(web::ThinData(site("https://a.test")))
            .wrap(from_fn(same_site))
            .wrap(from_fn(patience))
            .wrap(from_fn(headers))
            .default_service(web::to(async || HttpResponse::Ok().finish())),
    )
    .await;
    let flood = (header::CONTENT_LENGTH, HeaderValue::from_static("21037057"));
    let stranger = (FETCH_SITE, HeaderValue::from_static("cross-site"));
    for (sent, status) in [(stranger, 403), (flood, 413)] {
        let request = test::TestRequest::post().insert_header(sent).to_request();
        let refused = test::try_call_service(&app, request).await.err().expect("refused");
        let answer = refused.error_response();
        assert_eq!(answer.status(), status);
        for name in [
            "x-frame-options",
            "cache-control",
            "strict-transport-security",
            "referrer-policy",
        ] {
            assert!(answer.headers().contains_key(name), "{status} {name}");
        }
    }
}

#[actix_web::test]
async fn an_announced_flood_is_refused_before_it_is_read() {
    let app = test::init_service(
        App::new()
            .wrap(from_fn(patience))
            .default_service(web::to(async || HttpResponse::Ok().finish())),
    )
    .await;
    let request = test::TestRequest::post()
        .insert_header((header::CONTENT_LENGTH, "21037057"))
        .to_request();
    let refused = test::try_call_service(&app, request).await.err().expect("refused");
    assert_eq!(refused.error_response().status(), 413);
}

#[actix_web::test]
async fn a_request_that_hangs_ends_in_a_503() {
    let gave_up = within(Duration::from_millis(1), std::future::pending::<Result<(), Error>>())
        .await
        .expect_err("gave up");
    assert_eq!(gave_up.error_response().status(), 503);
}

#[actix_web::test]
async fn origins_are_written_as_browsers_write_them() {
    for (url, origin) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://Talent.Example.com:443/", "https://talent.example.com"),
        ("http://a.test:80", "http://a.test"),
        ("https://a.test:8443/x", "https://a.test:8443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ] {
        assert_eq!(site(url).as_str(), origin);
    }
    for url in ["ftp://a.test", "a.test", "/x", ""] {
        assert_eq!(SiteOrigin::of(url), None, "{url}");
    }
}
