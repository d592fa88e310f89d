//! Files of checks: kept as they came, handed out as attachments to who may read, and none of background and identity checks.

use actix_web::http::{Method, StatusCode};

use super::room::Room;
use crate::support::app::{Answer, Person};

const HEADERS: [(&str, &str); 2] = [
    ("content-type", "multipart/form-data; boundary=cut"),
    ("sec-fetch-site", "same-origin"),
];

async fn send(who: &Person, check: &str, name: &str, content: &[u8]) -> Answer {
    let mut body =
        format!("--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend(content);
    body.extend(b"\r\n--cut--\r\n");
    who.send(Method::POST, &format!("{check}/files"), &HEADERS, body).await
}

#[actix_web::test]
async fn a_file_is_an_attachment_and_hidden_from_who_owes_a_card() {
    let room = Room::open().await;
    let check = room.begin("code_review", "begin").await;
    assert_eq!(
        send(&room.ana, &check, "notes.txt", b"Read line by line").await.to(),
        check
    );
    let page = room.recruiter.page(&check).await;
    assert!(page.contains("notes.txt") && page.contains("from ana"), "{page}");
    let id: uuid::Uuid = room.one("select id from check_files").await;
    let path = format!("{check}/files/{id}");
    let file = room.recruiter.get(&path).await;
    assert_eq!(
        (file.status, file.text().as_str()),
        (StatusCode::OK, "Read line by line")
    );
    assert!(
        file.headers["content-disposition"].starts_with("attachment"),
        "{:?}",
        file.headers
    );
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    for wrong in [("notes.exe", &b"text"[..]), ("notes.pdf", b"text"), ("empty.txt", b"")] {
        let answer = send(&room.ana, &check, wrong.0, wrong.1).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.0);
        assert!(answer.has("id=\"e-file\""), "{}", wrong.0);
    }
    let other = room.begin("english", "begin").await;
    room.assign(&other, "ben@agency.test").await;
    assert!(!room.ben.page(&check).await.contains("notes.txt"));
    assert_eq!(room.ben.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(room.developer.get(&path).await.status, StatusCode::FORBIDDEN);
    let elsewhere = format!("{other}/files/{id}");
    assert_eq!(
        room.recruiter.get(&elsewhere).await.status,
        StatusCode::NOT_FOUND,
        "a file of another check"
    );
    for sql in ["update check_files set name = 'x'", "delete from check_files"] {
        let error = sqlx::query(sql).execute(room.app.db.pool()).await.expect_err(sql);
        assert_eq!(meridian::db::constraint_of(&error), Some("check_files_only_grows"));
    }
}

#[actix_web::test]
async fn a_raw_report_has_no_place() {
    let room = Room::open().await;
    for kind in ["background", "identity"] {
        let check = room.begin(kind, "begin").await;
        assert!(!room.recruiter.page(&check).await.contains("type=\"file\""), "{kind}");
        let answer = send(&room.recruiter, &check, "report.pdf", b"%PDF-1.7 x").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{kind}");
        assert!(
            answer.has("the raw report stays with the provider"),
            "{}",
            answer.text()
        );
    }
    let insert =
        "insert into check_files (id, check_id, candidate_id, name, kind, bytes, sha256, uploaded_by, received_at)
                  select gen_random_uuid(), k.id, k.candidate_id, 'r.pdf', 'pdf', 1, sha256('x'), u.id, k.created_at
                  from vetting_checks k, users u where k.kind = 'identity' and u.name = 'ana'";
    let error = sqlx::query(insert).execute(room.app.db.pool()).await.expect_err(insert);
    assert_eq!(meridian::db::constraint_of(&error), Some("check_files_no_raw_reports"));
}
