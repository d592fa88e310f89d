//! An upload that is not kept comes back as its own form with the reason, whatever the reason is and without any script.

use actix_web::http::{Method, StatusCode};

use super::{ZIP, scene, upload};
use crate::support::app::PASSWORD;
use crate::support::browser::{Browser, Settings};

/// Larger than any body that is no upload.
const HUGE: usize = 30 * 1024 * 1024;

#[actix_web::test]
async fn a_file_beyond_every_limit_is_told_so_above_its_form() {
    let scene = scene().await;
    let path = scene.invited().await;
    let mut huge = ZIP.to_vec();
    huge.resize(HUGE, 0);
    for headers in [&[][..], &[("x-upload", "1")]] {
        let answer = upload(&scene.ana, &path, "solution", "all.zip", &huge, headers).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text();
        assert!(
            page.contains("all.zip is larger than 20 MB") && page.contains("id=\"e-solution\""),
            "{page}"
        );
        assert!(page.contains("type=\"file\""), "{page}");
    }
    assert_eq!(scene.number("select count(*) from submissions").await, 0);
}

#[actix_web::test]
async fn what_is_no_upload_and_what_breaks_off_come_back_as_the_form() {
    let scene = scene().await;
    let path = scene.invited().await;
    let plain = scene
        .ana
        .post(&format!("{path}/submissions"), &[("solution", "x")])
        .await;
    let headers = [
        ("content-type", "multipart/form-data; boundary=cut"),
        ("sec-fetch-site", "same-origin"),
    ];
    let half =
        b"--cut\r\nContent-Disposition: form-data; name=\"solution\"; filename=\"a.zip\"\r\n\r\nPK\x03\x04".to_vec();
    let broken = scene
        .ana
        .send(Method::POST, &format!("{path}/submissions"), &headers, half)
        .await;
    assert_eq!(plain.status, StatusCode::BAD_REQUEST);
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (answer, words) in [(plain, "could not be read"), (broken, "did not arrive whole")] {
        let page = answer.text();
        assert!(
            page.contains(words) && page.contains("id=\"e-solution\""),
            "{words}: {page}"
        );
        assert!(page.contains("What to build"), "{words}: {page}");
    }
}

#[actix_web::test]
async fn a_challenge_that_takes_no_more_says_so_on_its_own_page() {
    let scene = scene().await;
    let path = scene.invited().await;
    scene
        .staff
        .post(&format!("{path}/withdraw"), &[("reason", "The role is gone.")])
        .await
        .to();
    let answer = upload(&scene.ana, &path, "solution", "messages.zip", ZIP, &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let page = answer.text();
    assert!(
        page.contains("This challenge was called off") && page.contains("What to build"),
        "{page}"
    );
    assert!(
        page.contains("id=\"f-solution\""),
        "the summary leads somewhere: {page}"
    );
    // Somebody else's stays a page that is not there.
    super::candidate(&scene.app, "eve@people.test").await;
    let eve = scene.app.sign_in("eve@people.test").await;
    let answer = upload(&eve, &path, "solution", "messages.zip", ZIP, &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_browser_without_scripts_shows_the_reason_and_takes_the_next_file() {
    let settings = Settings {
        javascript: false,
        ..Settings::default()
    };
    let Some(browser) = Browser::start(settings).await else {
        return;
    };
    let scene = scene().await;
    let path = scene.invited().await;
    let place = tempfile::tempdir().expect("a directory");
    let file = |name: &str, size: usize| {
        let mut body = ZIP.to_vec();
        body.resize(size.max(ZIP.len()), 0);
        let path = place.path().join(name);
        std::fs::write(&path, body).expect("written");
        path.to_string_lossy().into_owned()
    };
    browser.goto(format!("{}/login", scene.app.url)).await;
    browser.fill("email", "ana@people.test").await;
    browser.fill("password", PASSWORD).await;
    browser.submit().await;
    browser.leaves("/login").await;
    browser.goto(format!("{}{path}", scene.app.url)).await;
    let send = "form[enctype] button";
    browser.fill("solution", &file("all.zip", HUGE)).await;
    browser.click(send).await;
    browser.sees("all.zip is larger than 20 MB").await;
    browser.fill("solution", &file("messages.zip", 0)).await;
    browser.click(send).await;
    browser.sees("Received: messages.zip").await;
    assert_eq!(scene.number("select count(*) from submissions").await, 1);
}
