//! Notes of staff about people and clients: who writes, who corrects, and that nobody else reads them.

use actix_web::http::StatusCode;
use meridian::accounts::Role;

use crate::support::app::Person;
use crate::support::hires::{Scene, scene};

const SECRET: &str = "Asked for more money than the client may know <script>alert(1)</script>";

fn about(it: &Scene) -> [String; 2] {
    [
        format!("/candidates/{}/notes", it.developers[0].id),
        format!("/organizations/{}/notes", it.organization),
    ]
}

async fn newest(it: &Scene) -> String {
    let id: uuid::Uuid = sqlx::query_scalar("select id from notes where number = 1 order by id desc limit 1")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a note");
    format!("/notes/{id}")
}

#[actix_web::test]
async fn a_note_is_written_shown_as_text_corrected_for_a_day_and_its_past_stays() {
    let it = scene(1).await;
    let colleague = it.app.person(Role::Recruiter, "other@agency.test", None).await;
    for path in about(&it) {
        assert!(it.recruiter.page(&path).await.contains("No notes yet"));
        for (body, message) in [
            ("  ", "Write something down"),
            (&*"x".repeat(10_001), "At most 10000 characters"),
        ] {
            let answer = it.recruiter.post(&path, &[("body", body)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.has(message) && (body.len() < 9 || answer.has(body)), "{message}");
        }
        assert_eq!(it.recruiter.post(&path, &[("body", SECRET)]).await.to(), path);
        let page = it.recruiter.page(&path).await;
        assert!(
            page.contains("may know &#60;script&#62;") && !page.contains("<script>alert"),
            "{page}"
        );

        let note = newest(&it).await;
        assert!(
            !colleague.page(&note).await.contains("Save the correction"),
            "not theirs"
        );
        let answer = colleague.post(&note, &[("body", "Something else")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        it.recruiter.post(&note, &[("body", "Second thoughts")]).await.to();
        let versions = it.recruiter.page(&note).await;
        assert!(
            versions.contains("Second thoughts") && versions.contains("may know") && versions.contains("Version 1")
        );
        let page = it.recruiter.page(&path).await;
        assert!(
            page.contains("Second thoughts") && !page.contains("may know"),
            "the newest version"
        );

        // Pinned, it stands above a newer one.
        colleague.post(&format!("{note}/pin"), &[]).await.to();
        colleague.post(&path, &[("body", "A newer one")]).await.to();
        let page = it.recruiter.page(&path).await;
        assert!(page.find("Second thoughts") < page.find("A newer one"), "{page}");
        it.recruiter.post(&format!("{note}/pin"), &[]).await.to();
        let page = it.recruiter.page(&path).await;
        assert!(page.find("Second thoughts") > page.find("A newer one"));
    }
    let note = newest(&it).await;
    it.at("2026-11-24T14:59:59Z").await;
    colleague
        .post(
            "/login",
            &[
                ("email", "other@agency.test"),
                ("password", crate::support::app::PASSWORD),
            ],
        )
        .await
        .to();
    assert!(colleague.page(&note).await.contains("Save the correction"));
    it.at("2026-11-24T15:00:00Z").await;
    assert!(!colleague.page(&note).await.contains("Save the correction"));
    assert_eq!(
        colleague.post(&note, &[("body", "Late")]).await.status,
        StatusCode::CONFLICT
    );
}

#[actix_web::test]
async fn the_database_keeps_notes_as_they_were_written() {
    let it = scene(1).await;
    let path = &about(&it)[0];
    it.recruiter.post(path, &[("body", "Kept")]).await.to();
    let id = it.developers[0].id.0;
    let another = |by: &str, number: &str, at: &str| {
        format!(
            "insert into notes (id, root_id, number, candidate_id, body, made_by, made_at)
             select gen_random_uuid(), n.id, {number}, n.candidate_id, 'x', {by}, {at} from notes n where n.candidate_id = $1 and n.number = 1"
        )
    };
    for (sql, rule) in [
        (
            "update notes set body = 'x' where candidate_id = $1".to_owned(),
            "notes_unchanged",
        ),
        (
            "update notes set made_by = (select id from users where role = 'client' limit 1) where candidate_id = $1"
                .to_owned(),
            "notes_unchanged",
        ),
        (
            "delete from notes where candidate_id = $1".to_owned(),
            "notes_never_removed",
        ),
        (
            another("(select id from users where role = 'client' limit 1)", "2", "n.made_at"),
            "notes_by_staff",
        ),
        (
            another("n.made_by", "2", "n.made_at + interval '24 hours'"),
            "notes_corrected_by_the_author",
        ),
        (another("n.made_by", "1", "n.made_at"), "notes_root_first"),
    ] {
        let error = sqlx::query(sqlx::AssertSqlSafe(sql.clone()))
            .bind(id)
            .execute(it.app.db.pool())
            .await
            .expect_err(&sql);
        assert_eq!(meridian::db::constraint_of(&error), Some(rule), "{sql}");
    }
}

async fn reads(person: &Person, path: &str) -> String {
    let answer = person.get(path).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.status);
    answer.text()
}

#[actix_web::test]
async fn no_page_of_a_client_or_a_candidate_holds_a_note() {
    let it = scene(1).await;
    it.agree().await;
    for path in about(&it) {
        it.recruiter.post(&path, &[("body", SECRET)]).await.to();
        let note = newest(&it).await;
        it.recruiter.post(&format!("{note}/pin"), &[]).await.to();
        for (person, who) in [(&it.client, "a client"), (&it.developers[0].person, "a candidate")] {
            assert_eq!(person.get(&path).await.status, StatusCode::FORBIDDEN, "{who}");
            assert_eq!(person.get(&note).await.status, StatusCode::FORBIDDEN, "{who}");
            assert_eq!(
                person.post(&path, &[("body", "x")]).await.status,
                StatusCode::FORBIDDEN,
                "{who}"
            );
        }
    }
    let placement = it.hire(0, 0, "2026-12-02").await;
    let introduction: uuid::Uuid = sqlx::query_scalar("select id from introductions")
        .fetch_one(it.app.db.pool())
        .await
        .expect("an introduction");
    let introduction = format!("/introductions/{introduction}");
    let history = format!("{placement}/history");
    let people = format!("{}/people?seat=1", it.request);
    for path in [
        "/client",
        &*it.request,
        &*introduction,
        &*people,
        &*placement,
        &*history,
        "/agreement",
    ] {
        assert!(!reads(&it.client, path).await.contains("more money than"), "{path}");
    }
    for path in ["/me", "/me/profile", &*introduction, &*placement, &*history] {
        assert!(
            !reads(&it.developers[0].person, path).await.contains("more money than"),
            "{path}"
        );
    }
    let profile = format!("/candidates/{}", it.developers[0].id);
    assert!(
        it.recruiter.page(&profile).await.contains("more money than"),
        "staff see it on the profile"
    );
}

#[actix_web::test]
async fn many_long_notes_are_read_page_by_page() {
    let it = scene(1).await;
    let path = &about(&it)[0];
    for number in 0..23 {
        let body = format!("note number {number} {}", "y".repeat(4_000));
        it.recruiter.post(path, &[("body", body.as_str())]).await.to();
    }
    let (mut next, mut seen) = (path.clone(), Vec::new());
    loop {
        let page = it.recruiter.page(&next).await;
        assert!(page.len() < 60 * 1024, "{next}: {} bytes", page.len());
        let numbers = page.split("note number ").skip(1);
        seen.extend(numbers.filter_map(|rest| rest.split(' ').next()?.parse::<u32>().ok()));
        let Some(link) = page.split("rel=\"next\" href=\"").nth(1) else {
            break;
        };
        next = link.split('"').next().expect("an address").replace("&#38;", "&");
    }
    assert_eq!(seen, (0..23).rev().collect::<Vec<_>>(), "each once, newest first");
}
