//! Who reads what a referee said: over pages, lists, searches, history and the log.

use actix_web::http::StatusCode;
use meridian::accounts::Role;
use uuid::Uuid;

use super::super::room::Room;
use super::{IRIS, answer};
use crate::support::app::Person;
use crate::support::clients;

/// What Iris said, and what she said of herself.
const WORDS: [&str; 5] = [
    "SECRET-ONE",
    "SECRET-FOUR",
    "SECRET-FURTHER",
    "Head of payments",
    "reported to me",
];

async fn said(may_read: &'static str) -> Room {
    let room = Room::open().await;
    let link = room.confirmed(IRIS).await;
    room.app.stranger().post(&link, &answer(may_read)).await.to();
    room
}

async fn seen(person: &Person, paths: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    for path in paths {
        let answer = person.get(path).await;
        // A search says what it was asked for; that is no find.
        let asked = path.split("?q=").nth(1).unwrap_or_default().replace('+', " ");
        let words = WORDS.iter().filter(|word| **word != asked && answer.has(word));
        seen.extend(words.map(|word| format!("{path}: {word}")));
    }
    seen
}

/// Every page of the staff about the person, the search, and the log.
async fn elsewhere(room: &Room) -> Vec<String> {
    let home = &room.home;
    let mut paths: Vec<String> = ["", "/ledger", "/vetting", "/history", "/takehome", "/notes", "/cv"]
        .iter()
        .map(|part| format!("{home}{part}"))
        .collect();
    paths.extend(
        WORDS
            .iter()
            .map(|word| format!("/candidates?q={}", word.replace(' ', "+"))),
    );
    let events: Vec<Uuid> = sqlx::query_scalar("select id from events where subject_id = $1")
        .bind(room.id)
        .fetch_all(room.app.db.pool())
        .await
        .expect("events");
    assert!(events.len() >= 4, "{}", events.len());
    paths.push(format!("/admin/events?subject=candidate&id={}", room.id));
    paths.extend(events.iter().map(|id| format!("/admin/events/{id}")));
    paths.extend(["/desk", "/outbox", "/admin/mail"].map(str::to_owned));
    paths
}

#[actix_web::test]
async fn the_words_stand_on_one_page_and_nowhere_else() {
    let room = said("no").await;
    let read = seen(&room.ben, &[room.references()]).await;
    assert_eq!(read.len(), WORDS.len(), "{read:?}");
    assert_eq!(seen(&room.ben, &elsewhere(&room).await).await, Vec::<String>::new());
    let found = |page: String| page.contains("Rafaela Nascimento");
    assert!(found(room.ben.page("/candidates?q=Rafaela").await));
    for word in WORDS {
        let search = format!("/candidates?q={}", word.replace(' ', "+"));
        assert!(!found(room.ben.page(&search).await), "{search}");
    }
    // The log keeps hashes of what is personal, and says what is not.
    let log: String = room
        .one(
            "select string_agg(coalesce(before::text, '') || coalesce(after::text, '') || data::text, ';') from events",
        )
        .await;
    for word in WORDS.iter().chain(&[IRIS, "Iris Chen", "Halyard"]) {
        assert!(!log.contains(word), "{word}");
    }
    assert!(log.contains("may_read") && log.contains("answered_at"));
}

#[actix_web::test]
async fn the_person_reads_the_words_only_if_the_referee_said_so() {
    let room = said("no").await;
    let own: Vec<String> = ["/me", "/me/references", "/me/profile", "/me/skills"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(seen(&room.developer, &own).await, Vec::<String>::new());
    let page = room.developer.page("/me/references").await;
    assert!(
        page.contains("The reference has answered.") && page.contains("Answered"),
        "{page}"
    );
    let room = said("yes").await;
    let read = seen(&room.developer, &own).await;
    assert_eq!(
        read,
        WORDS[..3]
            .iter()
            .map(|word| format!("/me/references: {word}"))
            .collect::<Vec<_>>()
    );
}

#[actix_web::test]
async fn clients_and_other_developers_reach_none_of_it() {
    let room = said("yes").await;
    let (client, _) = clients::client(&room.app, "Borealis", "contact@borealis.test").await;
    let stranger = room.app.person(Role::Candidate, "other@dev.test", None).await;
    let mut paths = elsewhere(&room).await;
    paths.push(room.references());
    for person in [&client, &stranger, &room.app.stranger()] {
        assert_eq!(seen(person, &paths).await, Vec::<String>::new());
        assert_ne!(person.get(&room.references()).await.status, StatusCode::OK);
    }
}

#[actix_web::test]
async fn whoever_owes_a_card_of_another_check_reads_none_until_it_is_in() {
    let room = said("no").await;
    let interview = room.begin("code_review", "invite").await;
    room.assign(&interview, "ana@agency.test").await;
    assert_eq!(seen(&room.ana, &[room.references()]).await, Vec::<String>::new());
    let page = room.ana.page(&room.references()).await;
    assert!(page.contains("hidden until your scorecard"), "{page}");
    assert_eq!(seen(&room.ben, &[room.references()]).await.len(), WORDS.len());
    let card = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    room.ana.post(&format!("{interview}/card"), &card).await.to();
    assert_eq!(seen(&room.ana, &[room.references()]).await.len(), WORDS.len());
    // Who judges the references has to read them.
    let references: uuid::Uuid = room
        .one("select id from vetting_checks where kind = 'references'")
        .await;
    let references = format!("{}/checks/{references}", room.home);
    room.assign(&references, "ana@agency.test").await;
    assert_eq!(seen(&room.ana, &[room.references()]).await.len(), WORDS.len());
}
