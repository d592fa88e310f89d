//! References, from the name to the answer: what a referee, a recruiter and the person do, and what nobody can.

mod browser;
mod database;
mod link;
mod sight;

use actix_web::http::StatusCode;
use meridian::vetting::references::State;

use super::room::{DEVELOPER, Room};
use crate::support::app::{Answer, Person};

/// Where the referee gets letters.
pub const IRIS: &str = "iris@halyard.test";

/// The form by which somebody is asked, or named.
pub fn referee(email: &str) -> Vec<(&str, &str)> {
    vec![
        ("name", "Iris Chen"),
        ("email", email),
        ("relation", "manager"),
        ("company", "Halyard Payments"),
        ("worked", "2021 to 2023"),
        ("agreed", "yes"),
    ]
}

/// Who Iris says she is.
pub const WHO: &[(&str, &str)] = &[
    ("name", "Iris Chen"),
    ("role", "Head of payments"),
    ("company", "Halyard Payments"),
    ("knows", "She reported to me for two years."),
    ("work_address", ""),
    ("me", "yes"),
];

/// What Iris says; the words are known by "SECRET".
pub fn answer(may_read: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("question_1", "strong"),
        ("words_1", "SECRET-ONE"),
        ("question_2", "solid"),
        ("words_2", ""),
        ("question_3", "cannot_say"),
        ("words_3", ""),
        ("question_4", "weak"),
        ("words_4", "SECRET-FOUR"),
        ("again", "yes"),
        ("further", "SECRET-FURTHER"),
        ("may_read", may_read),
        ("act", "send"),
    ]
}

impl Room {
    /// "/candidates/ID/references".
    pub fn references(&self) -> String {
        format!("{}/references", self.home)
    }

    /// Asks somebody; the path of the link in the letter.
    pub async fn ask(&self, email: &str) -> String {
        self.recruiter.post(&self.references(), &referee(email)).await.to();
        self.app.drain().await;
        self.app.link(email, "/reference/")
    }

    /// Asks somebody who says who they are.
    pub async fn confirmed(&self, email: &str) -> String {
        let link = self.ask(email).await;
        self.app.stranger().post(&format!("{link}/confirm"), WHO).await.to();
        link
    }

    /// The newest request about the person.
    pub async fn request(&self) -> uuid::Uuid {
        self.one("select id from reference_requests order by id desc limit 1")
            .await
    }

    /// What is stored of references, letters and events, as one text.
    pub async fn stored(&self) -> String {
        self.one(
            "select concat_ws('|', (select count(*) from events), (select count(*) from outbox), (select count(*) from throttles),
                 (select string_agg(r::text, ';' order by r.id) from reference_requests r),
                 (select string_agg(i::text, ';' order by i.request_id) from reference_identities i),
                 (select string_agg(d::text, ';' order by d.request_id) from reference_drafts d),
                 (select string_agg(a::text, ';' order by a.request_id) from reference_answers a))",
        )
        .await
    }

    pub async fn answers(&self) -> i64 {
        self.one("select count(*) from reference_answers").await
    }
}

fn refused(answer: &Answer, field: &str, words: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(
        answer.has(&format!("#f-{field}")) && answer.has(words),
        "{}",
        answer.text()
    );
}

#[actix_web::test]
async fn from_the_letter_to_the_answer_without_an_account() {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    let letter = room.app.letters(IRIS).pop().expect("a letter");
    assert!(
        letter.contains("Subject: A reference for Rafaela Nascimento"),
        "{letter}"
    );
    assert!(!letter.contains("Halyard") && !letter.contains(DEVELOPER), "{letter}");

    let iris = room.app.stranger();
    let page = iris.page(&link).await;
    for words in [
        "Rafaela Nascimento",
        "recruiter",
        "Rust",
        "No client does",
        "How long it is kept",
        "I would rather not",
        "14 Dec 2026",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for word in ["Halyard", DEVELOPER, "Recife", "Brazil", "2021 to"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    // Who they are comes first, and an answer without it is not taken.
    assert_eq!(iris.post(&link, &answer("no")).await.to(), link);
    assert_eq!(room.answers().await, 0);
    let empty = iris
        .post(&format!("{link}/confirm"), &[("role", "Head of payments")])
        .await;
    refused(&empty, "knows", "Please fill this in.");
    refused(&empty, "me", "Tick this if you are Iris Chen");
    assert!(empty.has("value=\"Head of payments\""));
    assert_eq!(iris.post(&format!("{link}/confirm"), WHO).await.to(), link);

    // Nothing typed is lost: kept on wish, and when the answer has faults.
    let half = [("question_1", "strong"), ("words_1", "Half a thought"), ("act", "save")];
    assert_eq!(iris.post(&link, &half).await.to(), format!("{link}#saved"));
    let again = room.app.stranger().page(&link).await;
    assert!(
        again.contains("Half a thought") && again.contains("not sent"),
        "{again}"
    );
    let faulty = iris
        .post(
            &link,
            &[
                ("question_1", "strong"),
                ("words_1", "Another thought"),
                ("act", "send"),
            ],
        )
        .await;
    refused(&faulty, "question_2", "Choose what comes nearest");
    refused(&faulty, "again", "you need not say");
    assert!(faulty.has("Another thought"));
    assert!(room.app.stranger().page(&link).await.contains("Another thought"));
    assert_eq!(room.answers().await, 0);

    assert_eq!(iris.post(&link, &answer("no")).await.to(), link);
    assert!(iris.page(&link).await.contains("Thank you, Iris Chen"));
    let drafts: i64 = room.one("select count(*) from reference_drafts").await;
    assert_eq!((room.answers().await, drafts), (1, 0));
    let page = room.recruiter.page(&room.references()).await;
    for words in [
        "SECRET-ONE",
        "SECRET-FOUR",
        "SECRET-FURTHER",
        "Head of payments",
        "Cannot say",
        "The reference has answered.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("To look into"), "{page}");
    room.app.drain().await;
    let told = room.app.letters("recruiter@agency.test").pop().expect("a letter");
    assert!(
        told.contains("Subject: A reference for Rafaela Nascimento is in") && !told.contains("SECRET"),
        "{told}"
    );
    assert!(room.recruiter.page(&room.home).await.contains("1 of 1 answered"));
    // The check began with the letter, and nothing passes by itself.
    let checks: String = room
        .one("select string_agg(kind || ' ' || state, ', ') from vetting_checks")
        .await;
    assert_eq!(checks, "references waiting");
}

#[actix_web::test]
async fn another_address_is_a_finding_and_stops_nothing() {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    let mut who = WHO.to_vec();
    who[4] = ("work_address", "Iris@Elsewhere.test");
    room.app.stranger().post(&format!("{link}/confirm"), &who).await.to();
    // Corrected before it is sent: the last word counts.
    who[2] = ("company", "Borealis");
    room.app.stranger().post(&format!("{link}/confirm"), &who).await.to();
    room.app.stranger().post(&link, &answer("no")).await.to();
    let page = room.recruiter.page(&room.references()).await;
    for words in [
        "To look into",
        "another address than the one asked: iris@elsewhere.test",
        "another company than the one named: Borealis",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[actix_web::test]
async fn who_may_not_be_asked_is_said_beside_the_field_and_nothing_typed_is_lost() {
    let room = Room::open().await;
    let path = room.references();
    let ask = async |email: &str| room.recruiter.post(&path, &referee(email)).await;
    let mut silent = referee(IRIS);
    silent.pop();
    let answer = room.recruiter.post(&path, &silent).await;
    refused(&answer, "agreed", "Without their word nobody is written to");
    assert!(answer.has("value=\"Halyard Payments\"") && answer.has(IRIS));
    refused(&ask("nonsense").await, "email", "Write an e-mail address");
    refused(&ask(" Rafaela@dev.test ").await, "email", "own address");
    refused(&ask("ana@agency.test").await, "email", "they assess");
    ask(IRIS).await.to();
    refused(&ask("IRIS@halyard.test").await, "email", "on the list already");
    for number in 1..5 {
        ask(&format!("referee{number}@halyard.test")).await.to();
    }
    refused(&ask("sixth@halyard.test").await, "name", "Five people at most");
    let requests: i64 = room.one("select count(*) from reference_requests").await;
    assert_eq!(requests, 5);
    // Whose time is over waits for nobody.
    room.app.clock.advance(chrono::TimeDelta::days(21));
    let recruiter = room.app.sign_in("recruiter@agency.test").await;
    recruiter.post(&path, &referee("sixth@halyard.test")).await.to();
}

#[actix_web::test]
async fn the_person_names_and_a_recruiter_sends() {
    let room = Room::open().await;
    let me: &Person = &room.developer;
    assert!(me.page("/me/references").await.contains("Nobody named yet"));
    let own = me.post("/me/references", &referee(DEVELOPER)).await;
    refused(&own, "email", "own address");
    assert!(own.has("value=\"Halyard Payments\""));
    me.post("/me/references", &referee(IRIS)).await.to();
    room.app.drain().await;
    assert!(
        room.app.letters(IRIS).is_empty(),
        "nobody is written to before a recruiter says so"
    );
    let first = room.request().await;
    me.post(&format!("/me/references/{first}/remove"), &[]).await.to();
    assert!(!me.page("/me/references").await.contains("Iris Chen"));
    me.post("/me/references", &referee(IRIS)).await.to();
    let id = room.request().await;
    let send = format!("{}/{id}/send", room.references());
    room.recruiter.post(&send, &[]).await.to();
    assert_eq!(room.recruiter.post(&send, &[]).await.status, StatusCode::CONFLICT);
    // Once it was sent, the person cannot take it back.
    let late = me.post(&format!("/me/references/{id}/remove"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    room.app.drain().await;
    let link = room.app.link(IRIS, "/reference/");
    assert!(me.page("/me/references").await.contains("Asked, not answered yet"));
    room.app
        .stranger()
        .post(&format!("{link}/decline"), &[("reason", "REASON-WHY")])
        .await
        .to();
    let page = me.page("/me/references").await;
    assert!(
        page.contains("No answer") && !page.contains("REASON-WHY") && !page.contains("eclined"),
        "{page}"
    );
    let page = room.recruiter.page(&room.references()).await;
    assert!(page.contains("Declined") && page.contains("REASON-WHY"), "{page}");
}

#[actix_web::test]
async fn the_state_machine_of_the_code_is_the_one_of_the_database() {
    let room = Room::open().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'reference_request' and from_state <> ''",
    )
    .fetch_all(room.app.db.pool())
    .await
    .expect("rows");
    for from in State::ALL {
        for to in State::ALL {
            let known = rows.iter().any(|(a, b)| a == from.key() && b == to.key());
            assert_eq!(from.can_become(to), known, "{} -> {}", from.key(), to.key());
        }
    }
}

#[actix_web::test]
async fn asking_begins_the_check_unless_one_is_open_or_counts() {
    let room = Room::open().await;
    let checks = async || room.count("vetting_checks where kind = 'references'").await;
    // A name that nobody has written to begins nothing.
    room.developer.post("/me/references", &referee(IRIS)).await.to();
    assert_eq!(checks().await, 0);
    let send = format!("{}/{}/send", room.references(), room.request().await);
    room.recruiter.post(&send, &[]).await.to();
    room.ask("second@halyard.test").await;
    assert_eq!(checks().await, 1, "the second one finds it open");
    let vetting = room.recruiter.page(&format!("{}/vetting", room.home)).await;
    assert!(vetting.contains("Waiting on the agency"), "{vetting}");
    let judge = async |expires: &str| {
        let id: uuid::Uuid = room
            .one("select id from vetting_checks where kind = 'references' order by id desc limit 1")
            .await;
        let form = [
            ("result", "passed"),
            ("decided_on", "2026-11-23"),
            ("expires_on", expires),
        ];
        let path = format!("{}/checks/{id}/decide", room.home);
        room.recruiter.post(&path, &form).await.to();
    };
    judge("2026-11-25").await;
    room.ask("third@halyard.test").await;
    assert_eq!(checks().await, 1, "what was found counts");
    room.app.clock.advance(chrono::TimeDelta::days(2));
    room.ask("fourth@halyard.test").await;
    assert_eq!(checks().await, 2, "it is asked about anew");
}
