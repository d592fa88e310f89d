//! The CV as a file: what is taken, what is refused and with which words, who may fetch it, and what leaves the disk.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use meridian::blobs::{Digest, tidy};
use meridian::candidates::cv::LIMIT;

use crate::support::app::{Answer, Person};
use crate::support::hires::{Scene, scene};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3 a life in pages";

async fn send(person: &Person, path: &str, name: &str, body: &[u8]) -> Answer {
    let mut sent =
        format!("--cut\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    sent.extend_from_slice(body);
    sent.extend_from_slice(b"\r\n--cut--\r\n");
    let headers = [
        ("content-type", "multipart/form-data; boundary=cut"),
        ("sec-fetch-site", "same-origin"),
    ];
    person.send(Method::POST, path, &headers, sent).await
}

async fn ids(it: &Scene) -> Vec<uuid::Uuid> {
    sqlx::query_scalar("select id from cv_files where removed_at is null order by id")
        .fetch_all(it.app.db.pool())
        .await
        .expect("files")
}

#[actix_web::test]
async fn a_cv_is_kept_with_a_receipt_replaced_and_fetched_as_an_attachment() {
    let it = scene(2).await;
    let me = &it.developers[0].person;
    let staff = format!("/candidates/{}/cv", it.developers[0].id);
    assert!(me.page("/me/cv").await.contains("No CV yet"));
    assert_eq!(send(me, "/me/cv", "../<b>ana</b>.PDF", PDF).await.to(), "/me/cv");
    let page = me.page("/me/cv").await;
    assert!(
        page.contains("Received") && page.contains("23 Nov 2026, 12:00 Recife"),
        "{page}"
    );
    assert!(!page.contains("<b>ana"), "hostile names are text");
    let sum = <sha2::Sha256 as sha2::Digest>::digest(PDF);
    let sum = sum.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert!(page.contains(&sum));

    it.app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(
        send(&it.recruiter, &staff, "newer.txt", b"Rust, ten years\r\n")
            .await
            .to(),
        staff
    );
    let page = it.recruiter.page(&staff).await;
    assert!(
        page.find("newer.txt") < page.find("Earlier files") && page.contains("Earlier files"),
        "{page}"
    );
    let files = ids(&it).await;
    for (person, path, body, kind) in [
        (me, format!("/me/cv/{}", files[0]), PDF, "application/pdf"),
        (&it.recruiter, format!("{staff}/{}", files[0]), PDF, "application/pdf"),
        (
            &it.recruiter,
            format!("{staff}/{}", files[1]),
            &b"Rust, ten years\r\n"[..],
            "text/plain",
        ),
    ] {
        let answer = person.get(&path).await;
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, body), "{path}");
        assert!(answer.headers["content-disposition"].starts_with("attachment; filename=\"M-"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(answer.headers["content-security-policy"].contains("sandbox"));
        assert!(answer.headers["content-type"].starts_with(kind), "{:?}", answer.headers);
    }
    // Nobody else: another developer, a client before and after a yes, staff through another person.
    let path = it.introduce(0, 0).await;
    it.client.post(&format!("{path}/interview"), &[]).await.to();
    for (person, path, status) in [
        (
            &it.developers[1].person,
            format!("/me/cv/{}", files[0]),
            StatusCode::NOT_FOUND,
        ),
        (
            &it.developers[1].person,
            format!("{staff}/{}", files[0]),
            StatusCode::FORBIDDEN,
        ),
        (&it.client, format!("/me/cv/{}", files[0]), StatusCode::FORBIDDEN),
        (&it.client, format!("{staff}/{}", files[0]), StatusCode::FORBIDDEN),
        (
            &it.recruiter,
            format!("/candidates/{}/cv/{}", it.developers[1].id, files[0]),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(person.get(&path).await.status, status, "{path}");
    }
    let page = it.client.page(&path).await;
    assert!(!page.contains(&files[0].to_string()) && !page.contains("/cv"), "{page}");
}

#[actix_web::test]
async fn what_is_no_cv_is_refused_with_a_way_on() {
    let it = scene(1).await;
    let me = &it.developers[0].person;
    let mut large = PDF.to_vec();
    large.resize(usize::try_from(LIMIT).expect("small") + 1, b'x');
    let mut word = b"PK\x03\x04".to_vec();
    word.resize(26, 0);
    word.extend([19, 0, 0, 0]);
    word.extend(b"[Content_Types].xml");
    for (name, body, words) in [
        ("cv.exe", PDF, "none of the endings"),
        ("cv.pdf", &b"MZ\x90\0\x03\0"[..], "cv.pdf is not a PDF by its content"),
        ("cv.pdf", &word, "a Word document by its content"),
        ("cv.txt", PDF, "a PDF by its content"),
        (
            "cv.docx",
            b"PK\x03\x04 an archive of something else, long enough to be read",
            "is not a Word document",
        ),
        ("cv.pdf", b"", "Choose a file"),
        ("", PDF, "Choose a file"),
        ("large.pdf", &large, "larger than 5 MB"),
    ] {
        let answer = send(me, "/me/cv", name, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {words}");
        assert!(answer.has(words) && answer.has("e-cv"), "{words}: {}", answer.text());
    }
    assert!(ids(&it).await.is_empty());
    large.pop();
    send(me, "/me/cv", "large.pdf", &large).await.to();
    send(me, "/me/cv", "cv.docx", &word).await.to();
    assert_eq!(ids(&it).await.len(), 2);
    // Not a form at all, and larger than any body: the page with the reason all the same, the staff's too.
    let broken = me.post("/me/cv", &[("cv", "x")]).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(
        broken.has("e-cv") && broken.has("Send a newer one"),
        "{}",
        broken.text()
    );
    large.resize(30 * 1024 * 1024, b'x');
    let staff = format!("/candidates/{}/cv", it.developers[0].id);
    for (person, path) in [(me, "/me/cv"), (&it.recruiter, &staff)] {
        let answer = send(person, path, "huge.pdf", &large).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.has("huge.pdf is larger than 5 MB") && answer.has("e-cv"),
            "{}",
            answer.text()
        );
    }
}

#[actix_web::test]
async fn the_person_removes_a_file_and_its_content_leaves_the_disk_unless_somebody_else_has_it() {
    let it = scene(2).await;
    let store = meridian::app::uploads(&it.app.parts).expect("the folder");
    let digest = Digest::from_bytes(&<sha2::Sha256 as sha2::Digest>::digest(PDF)).expect("a digest");
    for developer in &it.developers {
        send(&developer.person, "/me/cv", "cv.pdf", PDF).await.to();
    }
    let now = it.app.clock.now();
    assert_eq!(
        tidy::sweep(&it.app.db, &store, now + TimeDelta::days(3))
            .await
            .expect("swept"),
        0
    );
    let files = ids(&it).await;
    let first = format!("/me/cv/{}/remove", files[0]);
    assert_eq!(
        it.developers[1].person.post(&first, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(it.recruiter.post(&first, &[]).await.status, StatusCode::FORBIDDEN);
    it.developers[0].person.post(&first, &[]).await.to();
    assert_eq!(
        it.developers[0].person.post(&first, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        it.developers[0]
            .person
            .get(&format!("/me/cv/{}", files[0]))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    store.read(digest).await.expect("the other one's file stays");
    it.developers[1]
        .person
        .post(&format!("/me/cv/{}/remove", files[1]), &[])
        .await
        .to();
    assert!(store.read(digest).await.is_err(), "nothing refers to it");
    let kept: Vec<String> = sqlx::query_scalar("select name from cv_files")
        .fetch_all(it.app.db.pool())
        .await
        .expect("names");
    assert_eq!(kept, ["", ""], "the name goes with the file");
    for (sql, rule) in [
        (
            "update cv_files set removed_at = null, removed_by = null, name = 'x' where candidate_id = $1",
            "cv_files_unchanged",
        ),
        ("delete from cv_files where candidate_id = $1", "cv_files_never_removed"),
    ] {
        assert_eq!(it.refused_by(sql, it.developers[0].id.0).await, rule);
    }
    send(&it.developers[0].person, "/me/cv", "cv.pdf", PDF).await.to();
    let by_staff = "update cv_files set name = '', removed_at = received_at, removed_by = (select id from users where role = 'recruiter')
                    where removed_at is null and candidate_id = $1";
    assert_eq!(
        it.refused_by(by_staff, it.developers[0].id.0).await,
        "cv_files_removed_by_the_person"
    );
}

#[actix_web::test]
async fn twenty_files_are_enough() {
    let it = scene(1).await;
    let me = &it.developers[0].person;
    for number in 0..20 {
        send(me, "/me/cv", "cv.txt", format!("version {number}").as_bytes())
            .await
            .to();
    }
    let answer = send(me, "/me/cv", "cv.txt", b"one more").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("20 files are kept already") && answer.has("e-cv") && answer.has("Send a newer one"));
    let page = me.page("/me/cv").await;
    assert!(page.len() < 60 * 1024, "{} bytes", page.len());
}
