//! By when somebody hears from the agency: promised with the fact, kept by any word, moved with a reason, late at the end of the day.

mod refused;
mod seen;

use actix_web::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use meridian::candidates::State;
use meridian::candidates::actions as candidates;
use meridian::events::Actor;
use meridian::ids::CandidateId;
use meridian::promises::{What, actions, store};
use uuid::Uuid;

use crate::support::app::{App, PASSWORD, Person};
use crate::support::clients;
use crate::support::hires::{Scene, scene};

/// What a row of a promise says: for what, due, late from, how it was kept.
type Row = (String, NaiveDate, DateTime<Utc>, Option<String>);

async fn promises(app: &App, candidate: CandidateId) -> Vec<Row> {
    sqlx::query_as(
        "select what, due_on, due_before, kept_how from promises where candidate_id = $1 order by begun_at, id",
    )
    .bind(candidate)
    .fetch_all(app.db.pool())
    .await
    .expect("promises")
}

async fn open(app: &App, candidate: CandidateId) -> usize {
    let all = promises(app, candidate).await;
    all.iter().filter(|(.., kept)| kept.is_none()).count()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// An agency in the United States with the shipped holidays.
async fn agency(app: &App) {
    clients::seed(app).await;
    let mut tx = app.db.begin().await.expect("a transaction");
    let now = app.clock.now();
    meridian::holidays::seed::load(&mut tx, &Actor::operator(), now)
        .await
        .expect("holidays");
    tx.commit().await.expect("committed");
    let admin = app.admin().await;
    let ours = [("agency_country", "US"), ("promise_days", "5")];
    admin.post("/admin/holidays/choices", &ours).await.to();
}

/// Somebody applies from that place.
async fn apply(app: &App, email: &str, zone: &str) -> (Person, CandidateId) {
    let person = app.stranger();
    let fields = [
        ("name", "Ana Diaz"),
        ("email", email),
        ("password", PASSWORD),
        ("zone", zone),
        ("consent", "yes"),
    ];
    assert_eq!(person.post("/apply", &fields).await.to(), "/me");
    let id = sqlx::query_scalar("select id from candidates where email = $1")
        .bind(email)
        .fetch_one(app.db.pool())
        .await
        .expect("a candidate");
    (person, id)
}

async fn judge(it: &Scene, developer: usize, kind: &str, result: &str) {
    let path = format!("/candidates/{}/checks", it.developers[developer].id);
    let fields = [("kind", kind), ("result", result), ("reason", "seen")];
    it.recruiter.post(&path, &fields).await.to();
}

async fn write(by: &Person, candidate: CandidateId, subject: &str, body: &str) {
    let path = format!("/candidates/{candidate}/messages");
    let fields = [("subject", subject), ("body", body)];
    assert_eq!(by.post(&path, &fields).await.to(), path);
}

#[actix_web::test]
async fn an_application_is_promised_an_answer_by_a_day_on_which_both_sides_work() {
    let app = App::start().await;
    agency(&app).await;
    let (ana, id) = apply(&app, "ana@people.test", "America/Bogota").await;
    // Monday 23 November; Thursday the 26th is Thanksgiving, where the agency works.
    let expected = (
        "application".to_owned(),
        day("2026-12-01"),
        at("2026-12-02T05:00:00Z"),
        None,
    );
    assert_eq!(promises(&app, id).await, [expected]);
    assert!(ana.page("/me").await.contains("You hear from us by Tue 1 Dec"));
    app.drain().await;
    let letters = app.letters("ana@people.test").join("\n");
    assert!(
        letters.contains("You hear from us by Tuesday, 1 December 2026"),
        "{letters}"
    );
    // Where they say that they work, their own holidays count too: 8 December in Colombia, seen from the 2nd.
    app.clock.set(at("2026-12-02T15:00:00Z"));
    let (_, later) = apply(&app, "eva@people.test", "America/Bogota").await;
    assert_eq!(promises(&app, later).await[0].1, day("2026-12-10"));
    let (_, elsewhere) = apply(&app, "leo@people.test", "America/Mexico_City").await;
    assert_eq!(promises(&app, elsewhere).await[0].1, day("2026-12-09"));
    // What the person says of themselves goes before what the zone says.
    let holidays = [("name", "Leo"), ("works_in", "CO"), ("version", "1")];
    let leo = app.sign_in("leo@people.test").await;
    leo.post("/me/profile", &holidays).await.to();
    leo.post("/me/state", &[("state", "withdrawn")]).await.to();
    leo.post("/me/state", &[("state", "active")]).await.to();
    let all = promises(&app, elsewhere).await;
    assert_eq!(all[0].3.as_deref(), Some("withdrew"));
    assert_eq!(
        (all[1].1, all.len()),
        (day("2026-12-10"), 2),
        "who comes back applies again"
    );
}

#[actix_web::test]
async fn an_answer_is_late_from_the_end_of_the_day_where_the_person_works() {
    let app = App::start().await;
    agency(&app).await;
    let (_, id) = apply(&app, "ana@people.test", "America/Bogota").await;
    let staff = app.recruiter().await;
    // 23:59:59 of the first of December in Bogota.
    for (instant, late) in [("2026-12-02T04:59:59Z", false), ("2026-12-02T05:00:00Z", true)] {
        app.clock.set(at(instant));
        let page = staff.page("/promises").await;
        assert_eq!(page.contains("Ana Diaz"), late, "{instant}: {page}");
        let page = staff.page("/promises?show=open").await;
        assert_eq!(page.contains("Ana Diaz"), !late, "{instant}");
        let mut conn = app.db.conn().await.expect("a connection");
        let silent = store::silent(&mut conn, app.clock.now(), 10).await.expect("who waits");
        assert_eq!(silent.iter().any(|one| one.candidate == id), late, "{instant}");
    }
    let ana = app.sign_in("ana@people.test").await;
    let home = ana.page("/me").await;
    assert!(
        home.contains("We promised to answer by Tue 1 Dec, and are late"),
        "{home}"
    );
    let page = staff.page("/promises").await;
    // Since Monday, 23 November: the 24th, 25th, 27th and 30th, and the first of December; in Bogota the second has just begun.
    assert!(page.contains("6 business days"), "{page}");
    for path in ["", "/messages"] {
        let page = staff.page(&format!("/candidates/{id}{path}")).await;
        assert!(page.contains("Late: promised by Tue 1 Dec"), "{path}: {page}");
    }
    write(&staff, id, "Sorry", "We were slow.").await;
    assert!(!staff.page("/promises").await.contains("Ana Diaz"));
    let kept = staff.page("/promises?show=kept").await;
    assert!(
        kept.contains("Ana Diaz") && kept.contains("late") && kept.contains("a message, recruiter"),
        "{kept}"
    );
}

#[actix_web::test]
async fn every_finished_check_is_promised_an_answer_and_any_word_keeps_it() {
    let it = scene(1).await;
    it.agree().await;
    let id = it.developers[0].id;
    for (result, kind) in [("passed", "english"), ("failed", "identity"), ("waived", "background")] {
        judge(&it, 0, kind, result).await;
    }
    assert_eq!(open(&it.app, id).await, 3, "one for each check");
    // Begun without the person, nothing reached them; the invitation does.
    judge(&it, 0, "code_review", "begin").await;
    assert_eq!(open(&it.app, id).await, 3);
    judge(&it, 0, "references", "invite").await;
    assert_eq!(open(&it.app, id).await, 0);
    judge(&it, 0, "references", "passed").await;
    assert_eq!(open(&it.app, id).await, 1);
    it.propose(0, 0).await;
    let chosen = it.choose(0, 1).await;
    assert_eq!(open(&it.app, id).await, 0);
    judge(&it, 0, "code_review", "passed").await;
    it.recruiter.post(&format!("/candidates/{id}/takehome"), &[]).await.to();
    assert_eq!(open(&it.app, id).await, 0);
    judge(&it, 0, "debugging", "passed").await;
    it.offer_on(&chosen, "2026-12-02").await;
    let how: Vec<String> = promises(&it.app, id)
        .await
        .into_iter()
        .filter_map(|row| row.3)
        .collect();
    assert_eq!(
        how,
        [
            "invitation",
            "invitation",
            "invitation",
            "introduction",
            "invitation",
            "offer"
        ]
    );
    // A check given up is not finished, and nothing is owed to whoever left.
    judge(&it, 0, "identity", "begin").await;
    let check: Uuid = sqlx::query_scalar("select id from vetting_checks where state = 'waiting' and kind = 'identity'")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a check");
    let cancel = format!("/candidates/{id}/checks/{check}/cancel");
    it.recruiter.post(&cancel, &[]).await.to();
    assert_eq!(open(&it.app, id).await, 0);
    let by = Actor::operator();
    let mut tx = it.app.db.begin().await.expect("a transaction");
    candidates::change_state(&mut tx, &by, it.app.clock.now(), id, State::Withdrawn, "gone")
        .await
        .expect("withdrawn");
    let due = actions::begin(&mut tx, &by, it.app.clock.now(), id, What::Application).await;
    assert_eq!(due.expect("no fault"), None);
}

#[actix_web::test]
async fn a_message_is_read_at_home_and_by_letter_as_it_was_typed() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    judge(&it, 0, "english", "passed").await;
    let (subject, body) = (
        "Your <b>English</b> & you",
        "Line one\nBcc: all@x.test\n<script>alert(1)</script> \u{202e}x",
    );
    write(&it.recruiter, developer.id, subject, body).await;
    assert_eq!(open(&it.app, developer.id).await, 0);
    let stored: (String, String, bool) = sqlx::query_as("select subject, body, by_letter from candidate_messages")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a message");
    assert_eq!(stored, (subject.to_owned(), body.to_owned(), true));
    assert!(developer.person.page("/me").await.contains("Your &#60;b&#62;English"));
    let page = developer.person.page("/me/messages").await;
    assert!(
        page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>alert"),
        "{page}"
    );
    it.app.drain().await;
    let letter = it.app.letters(developer.email).join("\n");
    assert!(
        letter.contains("> Line one") && !letter.contains("\r\nBcc:"),
        "{letter}"
    );
    assert!(
        it.recruiter
            .page(&format!("/candidates/{}/history", developer.id))
            .await
            .contains("Written to")
    );
    // Mistakes come back filled in; nothing was sent.
    let path = format!("/candidates/{}/messages", developer.id);
    let answer = it
        .recruiter
        .post(&path, &[("subject", "Only a subject"), ("body", " ")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("Only a subject") && answer.has("Write something to them."));
    let long = "x".repeat(3_001);
    let answer = it.recruiter.post(&path, &[("subject", "Long"), ("body", &long)]).await;
    assert!(answer.has(&long) && answer.status == StatusCode::UNPROCESSABLE_ENTITY);
    let sent: i64 = sqlx::query_scalar("select count(*) from candidate_messages")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a number");
    assert_eq!(sent, 1);
}

#[actix_web::test]
async fn a_date_is_moved_with_a_reason_that_the_person_reads() {
    let it = scene(1).await;
    let developer = &it.developers[0];
    judge(&it, 0, "english", "passed").await;
    let id: Uuid = sqlx::query_scalar("select id from promises")
        .fetch_one(it.app.db.pool())
        .await
        .expect("a promise");
    let path = format!("/promises/{id}");
    for (due, reason, said) in [
        ("2026-11-23", "The assessor is ill", "Choose a day to come."),
        (
            "2026-11-30",
            "The assessor is ill",
            "This is the date that was promised.",
        ),
        ("2027-03-01", "The assessor is ill", "At most 60 days ahead"),
        ("soon", "The assessor is ill", "Write a date such as"),
        ("2026-12-04", "", "Please fill this in."),
    ] {
        let answer = it.recruiter.post(&path, &[("due_on", due), ("reason", reason)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{due}");
        assert!(
            answer.has(said) && answer.has(&format!("value=\"{due}\"")),
            "{due}: {}",
            answer.text()
        );
    }
    let moved = [("due_on", "2026-12-04"), ("reason", "The assessor is ill")];
    assert_eq!(it.recruiter.post(&path, &moved).await.to(), path);
    let row = promises(&it.app, developer.id).await.pop().expect("the promise");
    // Recife is three hours behind.
    assert_eq!(
        row,
        ("check".to_owned(), day("2026-12-04"), at("2026-12-05T03:00:00Z"), None)
    );
    assert!(
        developer
            .person
            .page("/me")
            .await
            .contains("You hear from us by Fri 4 Dec")
    );
    assert!(
        developer
            .person
            .page("/me/messages")
            .await
            .contains("The assessor is ill")
    );
    it.app.drain().await;
    assert!(it.app.letters(developer.email).join("").contains("The assessor is ill"));
    let page = it.recruiter.page(&path).await;
    assert!(
        page.contains("From Mon 30 Nov to Fri 4 Dec: The assessor is ill"),
        "{page}"
    );
    // Once it is kept there is no date to move.
    write(&it.recruiter, developer.id, "Here it is", "You passed.").await;
    let answer = it
        .recruiter
        .post(&path, &[("due_on", "2026-12-07"), ("reason", "again")])
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn somebody_whom_nobody_can_reach_is_not_written_to() {
    let app = App::start().await;
    agency(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Rui")]).await.to().to_owned();
    assert!(
        staff
            .page(&format!("{home}/messages"))
            .await
            .contains("No address is known")
    );
    let typed = [("subject", "Hello"), ("body", "there")];
    let answer = staff.post(&format!("{home}/messages"), &typed).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.has("There is no way to reach this person"));
}
