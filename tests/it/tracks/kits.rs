//! Interview kits: what ships, how an admin changes them, and a second track that is made by the pages alone.

use meridian::events::Actor;
use meridian::tracks::seed;
use sqlx::AssertSqlSafe;

use super::{agency, count, track};
use crate::support::app::{App, monday};

/// The questions of a kit, in their order.
async fn questions(app: &App, track: &str, kind: &str) -> Vec<String> {
    sqlx::query_scalar("select question from check_questions where track_id = $1::uuid and kind = $2 order by position")
        .bind(track)
        .bind(kind)
        .fetch_all(app.db.pool())
        .await
        .expect("questions")
}

async fn version(app: &App, track: &str) -> String {
    let version: i32 = sqlx::query_scalar("select version from tracks where id = $1::uuid")
        .bind(track)
        .fetch_one(app.db.pool())
        .await
        .expect("a version");
    version.to_string()
}

#[actix_web::test]
async fn the_shipped_track_has_a_kit_for_every_check_that_people_do() {
    let (app, owner) = agency().await;
    let track = track(&app).await;
    let shipped: usize = seed::tracks()[0].kits.iter().map(|kit| kit.questions.len()).sum();
    assert!(shipped > 25, "{shipped}");
    let stored = count(&app, "select count(*) from check_questions").await;
    assert_eq!(stored, i64::try_from(shipped).expect("few"));
    let list = owner.page(&format!("/admin/tracks/{track}/kits")).await;
    assert!(
        list.contains("Technical interview: Rust fundamentals and the actor model"),
        "{list}"
    );
    for kind in [
        "identity",
        "english",
        "code_review",
        "technical_interview",
        "debugging",
        "references",
        "background",
    ] {
        assert!(list.contains(&format!("/kit-{kind}\"")), "{kind}");
        let page = owner.page(&format!("/admin/tracks/{track}/kit-{kind}")).await;
        assert!(page.len() < 60_000, "{kind}: {}", page.len());
        assert!(
            page.contains("Calls the borrow checker a bug."),
            "the red flags stand beside the questions"
        );
    }
    assert_eq!(
        owner.get(&format!("/admin/tracks/{track}/kit-nothing")).await.status,
        404
    );
    assert_eq!(
        owner
            .post(&format!("/admin/tracks/{track}/kits"), &[("version", "1")])
            .await
            .status,
        404
    );
}

#[actix_web::test]
async fn questions_are_added_changed_moved_and_taken_out() {
    let (app, owner) = agency().await;
    let track = track(&app).await;
    let path = format!("/admin/tracks/{track}/kit-background");
    let before = questions(&app, &track, "background").await;
    let seen = version(&app, &track).await;
    let mut form = vec![("version", seen.as_str())];
    for (order, question) in [
        ("3", before[0].as_str()),
        ("2", before[1].as_str()),
        ("1", before[2].as_str()),
        ("4", "And <b>why</b>?"),
    ] {
        form.extend([
            ("order", order),
            ("question", question),
            ("weak", "w"),
            ("solid", "s"),
            ("strong", "t"),
        ]);
    }
    form.push(("gone", "2"));
    owner.post(&path, &form).await.to();
    let after = [before[2].as_str(), before[0].as_str(), "And <b>why</b>?"];
    assert_eq!(questions(&app, &track, "background").await, after);
    let page = owner.page(&path).await;
    assert!(page.contains("And &#60;b&#62;why&#60;/b&#62;?"), "{page}");

    // What cannot be taken comes back as it was typed; so does what somebody else overtook.
    let long = "x".repeat(401);
    let seen = version(&app, &track).await;
    for (order, question, weak, says) in [
        ("1", "", "only an anchor", "write the question"),
        ("1", "Q", long.as_str(), "within 400 characters"),
        ("first", "Q", "", "as a number"),
    ] {
        let form = [
            ("version", seen.as_str()),
            ("order", order),
            ("question", question),
            ("weak", weak),
            ("solid", ""),
            ("strong", "kept"),
        ];
        let answer = owner.post(&path, &form).await;
        assert_eq!(answer.status, 422, "{says}");
        assert!(
            answer.has(says) && answer.has("kept</textarea>") && answer.has(weak),
            "{says}"
        );
    }
    let stale = [
        ("version", "1"),
        ("order", "1"),
        ("question", "Too late?"),
        ("weak", ""),
        ("solid", ""),
        ("strong", ""),
    ];
    let answer = owner.post(&path, &stale).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("Somebody changed this track meanwhile") && answer.has("Too late?"));
    assert_eq!(
        questions(&app, &track, "background").await,
        after,
        "nothing of it was kept"
    );
    let history = owner.page(&format!("/admin/tracks/{track}")).await;
    assert!(history.contains("Interview kit changed: Background check"), "{history}");
}

#[actix_web::test]
async fn a_second_track_gets_titles_and_kits_by_the_pages_alone() {
    let (app, owner) = agency().await;
    let made = owner
        .post(
            "/admin/tracks",
            &[("name", "Go back end"), ("summary", "Services in Go")],
        )
        .await;
    let path = made.to().to_owned();
    let checks = [
        ("version", "1"),
        ("position_technical_interview", "1"),
        (
            "title_technical_interview",
            "Technical interview: goroutines & channels",
        ),
        ("months_technical_interview", "12"),
        ("position_english", "2"),
    ];
    owner.post(&format!("{path}/checks"), &checks).await.to();
    let page = owner.page(&format!("{path}/checks")).await;
    assert!(
        page.contains("value=\"Technical interview: goroutines &#38; channels\""),
        "{page}"
    );
    let wrong = [("version", "2"), ("title_english", "Named and not numbered")];
    let answer = owner.post(&format!("{path}/checks"), &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("number it, or clear its title") && answer.has("value=\"Named and not numbered\""));
    let kit = [
        ("version", "2"),
        ("order", ""),
        ("question", "Who closes a channel?"),
        ("weak", "Anybody"),
        ("solid", "The sender"),
        ("strong", "Says why"),
    ];
    owner.post(&format!("{path}/kit-technical_interview"), &kit).await.to();
    let track = path.rsplit('/').next().expect("an id");
    assert_eq!(
        questions(&app, track, "technical_interview").await,
        ["Who closes a channel?"]
    );
}

#[actix_web::test]
async fn the_database_refuses_a_kit_that_no_page_would_write() {
    let (app, _) = agency().await;
    let insert = |kind: &str, position: i32, question: &str, weak: &str| {
        format!(
            "insert into check_questions (track_id, kind, position, question, weak) select id, '{kind}', {position}, '{question}', '{weak}' from tracks"
        )
    };
    let long = "x".repeat(401);
    for (sql, rule) in [
        (insert("gossip", 1, "Q", ""), "check_questions_kind_known"),
        (insert("english", 13, "Q", ""), "check_questions_few"),
        (insert("english", 12, "  ", ""), "check_questions_asked"),
        (insert("english", 12, "Q", &long), "check_questions_anchors_short"),
        (insert("english", 1, "Q", ""), "check_questions_pkey"),
        (
            "update track_checks set title = E'two\\nlines'".to_owned(),
            "track_checks_title_one_line",
        ),
    ] {
        let error = sqlx::query(AssertSqlSafe(sql))
            .execute(app.db.pool())
            .await
            .expect_err(rule);
        assert_eq!(meridian::db::constraint_of(&error), Some(rule));
    }
}

/// What `meridian migrate` does.
async fn migrated(app: &App) {
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
    tx.commit().await.expect("committed");
}

#[actix_web::test]
async fn a_track_of_before_the_kits_gets_them_once_and_nothing_that_the_agency_made_or_took_out() {
    let app = App::start().await;
    // The shipped track as it was when kits and titles did not exist, with a check that the agency added and one that it gave up.
    for sql in [
        "insert into tracks (id, slug, name, created_at) values (gen_random_uuid(), 'rust-actix', 'Our Rust', now())",
        "insert into track_checks (track_id, kind, position) select id, k, n from tracks, \
         unnest(array['identity', 'english', 'technical_interview', 'debugging']) with ordinality as u (k, n)",
        "insert into check_questions (track_id, kind, position, question) select id, 'identity', 1, 'Our own question?' from tracks",
    ] {
        sqlx::query(sql).execute(app.db.pool()).await.expect(sql);
    }
    let owner = app.admin().await;
    let track = track(&app).await;
    migrated(&app).await;
    assert_eq!(questions(&app, &track, "identity").await, ["Our own question?"]);
    let titles = async || {
        let titled = "select kind, title from track_checks order by position";
        let rows: Vec<(String, String)> = sqlx::query_as(titled).fetch_all(app.db.pool()).await.expect("checks");
        rows
    };
    let shipped = |kind: &str| {
        let tracks = seed::tracks();
        let check = tracks[0].checks.iter().find(|check| check.kind == kind);
        check.map(|check| check.title.clone()).unwrap_or_default()
    };
    let row = |kind: &str, title: String| (kind.to_owned(), title);
    let expected = [
        row("identity", String::new()),
        row("english", shipped("english")),
        row("technical_interview", shipped("technical_interview")),
        row("debugging", String::new()),
    ];
    assert_eq!(titles().await, expected);
    assert_eq!(questions(&app, &track, "background").await.len(), 3);
    let history = owner.page(&format!("/admin/tracks/{track}")).await;
    assert!(history.contains("Shipped kits and titles added"), "{history}");

    // A kit that is taken out, a question that is changed, a title that is cleared: as they are left, they stay.
    let seen = version(&app, &track).await;
    let mut form = vec![("version", seen.as_str())];
    for at in ["1", "2", "3"] {
        form.extend([
            ("order", at),
            ("question", "Q"),
            ("weak", ""),
            ("solid", ""),
            ("strong", ""),
            ("gone", at),
        ]);
    }
    owner
        .post(&format!("/admin/tracks/{track}/kit-background"), &form)
        .await
        .to();
    let seen = version(&app, &track).await;
    let form = [
        ("version", seen.as_str()),
        ("position_english", "1"),
        ("title_english", ""),
        ("position_technical_interview", "2"),
        ("title_technical_interview", "Our interview"),
    ];
    owner.post(&format!("/admin/tracks/{track}/checks"), &form).await.to();
    let before = count(&app, "select count(*) from check_questions").await;
    let events = count(&app, "select count(*) from events").await;
    for _ in 0..2 {
        migrated(&app).await;
    }
    assert_eq!(questions(&app, &track, "background").await, Vec::<String>::new());
    assert_eq!(count(&app, "select count(*) from check_questions").await, before);
    let left = [
        row("english", String::new()),
        row("technical_interview", "Our interview".to_owned()),
    ];
    assert_eq!(titles().await, left);
    assert_eq!(
        count(&app, "select count(*) from events").await,
        events,
        "nothing was missing"
    );
}
