//! The steps of a check: invited, scheduled, waiting, judged; what the person sees and is written of them.

use actix_web::http::StatusCode;
use meridian::accounts::Role;
use meridian::events::Actor;
use meridian::vetting::identity::FindingState;
use meridian::vetting::letters;
use meridian::vetting::store::Addressee;
use meridian::vetting::{Kind, actions};

use super::room::{DEVELOPER, Room};
use crate::support::app::App;

const LETTERS: &str = "outbox where recipient = 'rafaela@dev.test' and occasion";

#[actix_web::test]
async fn a_check_goes_from_an_invitation_over_an_appointment_to_a_result() {
    let room = Room::open().await;
    let check = room.begin("technical_interview", "invite").await;
    assert_eq!(room.count(&format!("{LETTERS} = 'check.invited'")).await, 1);
    let home = room.developer.page("/me").await;
    assert!(
        home.contains("Technical interview: Rust fundamentals and the actor model"),
        "{home}"
    );
    assert!(
        home.contains("invited") && home.contains("We write to you about a time."),
        "{home}"
    );

    let again = [("kind", "technical_interview"), ("result", "invite")];
    let answer = room.recruiter.post(&format!("{}/checks", room.home), &again).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "one of a kind is open at a time");
    for (on, at, field) in [
        ("2026-11-20", "10:00", "on"),
        ("soon", "10:00", "on"),
        ("2026-11-25", "ten", "at"),
        ("2026-11-25", "", "at"),
    ] {
        let answer = room
            .recruiter
            .post(&format!("{check}/schedule"), &[("on", on), ("at", at)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{on} {at}");
        assert!(answer.has(&format!("id=\"e-{field}\"")), "{on} {at}");
        assert!(
            answer.has(&format!("value=\"{on}\"")) && answer.has(&format!("value=\"{at}\"")),
            "{on} {at}"
        );
    }
    room.recruiter
        .post(&format!("{check}/schedule"), &[("on", "2026-11-25"), ("at", "10:00")])
        .await
        .to();
    let said = "Wed 25 Nov 2026, 10:00 Recife (13:00 UTC)";
    let blocks: String = room
        .one("select blocks::text from outbox where occasion = 'check.scheduled'")
        .await;
    assert!(blocks.contains(said), "{blocks}");
    let code: String = room.one("select spoken_code from vetting_checks").await;
    let code = meridian::vetting::identity::spoken(&code);
    assert!(!blocks.contains(&code), "the code stands on the page alone");
    let home = room.developer.page("/me").await;
    assert!(home.contains(said) && home.contains(&code), "{home}");
    for page in [format!("{}/vetting", room.home), check.clone()] {
        assert!(room.recruiter.page(&page).await.contains(said), "{page}");
    }

    // Moved, off, and on again: each time a letter, and never two of one act.
    room.recruiter
        .post(&format!("{check}/schedule"), &[("on", "2026-11-26"), ("at", "10:00")])
        .await
        .to();
    room.recruiter
        .post(&format!("{check}/step"), &[("to", "invited")])
        .await
        .to();
    assert!(
        room.developer
            .page("/me")
            .await
            .contains("We write to you about a time.")
    );
    room.app.clock.advance(chrono::TimeDelta::minutes(1));
    room.recruiter
        .post(&format!("{check}/schedule"), &[("on", "2026-11-25"), ("at", "10:00")])
        .await
        .to();
    assert_eq!(room.count(&format!("{LETTERS} = 'check.scheduled'")).await, 3);
    room.recruiter
        .post(&format!("{check}/step"), &[("to", "waiting")])
        .await
        .to();
    let home = room.developer.page("/me").await;
    assert!(home.contains("With the agency") && !home.contains(&code), "{home}");
    let judged = [
        ("result", "passed"),
        ("decided_on", "2026-11-23"),
        ("note", "NOTE-OF-STAFF"),
    ];
    room.recruiter.post(&format!("{check}/decide"), &judged).await.to();
    let home = room.developer.page("/me").await;
    assert!(
        home.contains("Counts until 23 Nov 2027.") && !home.contains("NOTE-OF-STAFF"),
        "{home}"
    );
    let late = room
        .recruiter
        .post(&format!("{check}/schedule"), &[("on", "2026-11-27"), ("at", "10:00")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT, "what is judged has no appointments");
}

#[actix_web::test]
async fn what_a_provider_said_is_kept_and_a_report_has_no_place() {
    let room = Room::open().await;
    let check = room.begin("background", "begin").await;
    assert!(!room.recruiter.page(&check).await.contains("type=\"file\""));
    let judged = [
        ("result", "passed"),
        ("decided_on", "2026-11-23"),
        ("expires_on", "2028-01-01"),
        ("provider", ""),
        ("reference", "AB-<17>"),
        ("provider_result", "clear"),
        ("scope", "court records of Brazil"),
    ];
    let answer = room.recruiter.post(&format!("{check}/decide"), &judged).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.has("id=\"e-provider\"") && answer.has("value=\"AB-&#60;17&#62;\"") && answer.has("value=\"clear\"")
    );
    let mut whole = judged;
    whole[3] = ("provider", "Checkly");
    room.recruiter.post(&format!("{check}/decide"), &whole).await.to();
    let page = room.recruiter.page(&check).await;
    for said in [
        "Checkly",
        "AB-&#60;17&#62;",
        "clear",
        "court records of Brazil",
        "1 Jan 2028",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let other = room.begin("references", "begin").await;
    let judged = [
        ("result", "passed"),
        ("decided_on", "2026-11-23"),
        ("provider", "P"),
        ("provider_result", "R"),
    ];
    let answer = room.recruiter.post(&format!("{other}/decide"), &judged).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "references have no provider");
}

#[actix_web::test]
async fn nobody_is_written_to_who_has_no_address_or_left() {
    let room = Room::open().await;
    sqlx::query("update candidates set state = 'withdrawn'")
        .execute(room.app.db.pool())
        .await
        .expect("gone");
    room.begin("english", "invite").await;
    assert_eq!(room.count(&format!("{LETTERS} = 'check.invited'")).await, 0);
}

#[actix_web::test]
async fn letters_keep_hostile_words_as_words() {
    for words in [
        "Ana\r\nBcc: all@x.test",
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe",
        &"long ".repeat(2_000),
        "{{ 7 * 7 }}",
        "\u{1f469}\u{200d}\u{1f4bb} Zoë O'Neil \"quoted\"",
        "",
    ] {
        let app = App::start().await;
        let to = Addressee {
            user: None,
            email: "somebody@people.test".to_owned(),
            name: words.to_owned(),
            zone: Some(words.to_owned()),
            title: words.to_owned(),
            kind: Kind::English,
        };
        let mut tx = app.db.begin().await.expect("a transaction");
        let id = meridian::ids::CheckId::new();
        let at = app.clock.now();
        for letter in [letters::invited(&to, id), letters::scheduled(&to, id, at, at)] {
            meridian::mail::post(&mut tx, at, letter).await.expect("posted");
        }
        tx.commit().await.expect("committed");
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("select subject, recipient_name, blocks::text from outbox")
                .fetch_all(app.db.pool())
                .await
                .expect("letters");
        assert_eq!(rows.len(), 2);
        for (subject, name, _) in &rows {
            assert!(subject.chars().count() <= 150 && name.chars().count() <= 100);
            assert!(
                !subject
                    .chars()
                    .chain(name.chars())
                    .any(|c| c.is_control() || c == '\u{202e}'),
                "{subject:?}"
            );
        }
        assert!(
            words.is_empty()
                || words.contains('\u{202e}')
                || rows[0].0.contains(words.split_whitespace().next().unwrap_or_default())
        );
        assert!(rows.iter().all(|(.., blocks)| blocks.contains("/me")), "{rows:?}");
    }
}

#[actix_web::test]
async fn the_finding_machine_of_the_code_is_the_one_of_the_database() {
    let app = App::start().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'identity_finding' and from_state <> ''",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("rows");
    for from in FindingState::ALL {
        for to in FindingState::ALL {
            let known = rows.iter().any(|(a, b)| a == from.key() && b == to.key());
            assert_eq!(from.can_become(to), known, "{} -> {}", from.key(), to.key());
        }
    }
}

#[actix_web::test]
async fn whoever_leaves_hands_over_checks_of_every_open_state_cards_and_findings() {
    let room = Room::open().await;
    let check = room.begin("code_review", "invite").await;
    room.recruiter
        .post(&format!("{check}/schedule"), &[("on", "2026-11-25"), ("at", "10:00")])
        .await
        .to();
    let other = room.begin("english", "invite").await;
    for check in [&check, &other] {
        room.assign(check, "ana@agency.test").await;
    }
    room.assign(&other, "ben@agency.test").await;
    sqlx::query("update vetting_checks set assessor_id = (select id from users where email = 'ana@agency.test')")
        .execute(room.app.db.pool())
        .await
        .expect("hers to decide");
    room.ana
        .post(
            &format!("{check}/card"),
            &[("recommendation", "no"), ("same", "unsure"), ("act", "in")],
        )
        .await
        .to();
    let ana: uuid::Uuid = room.one("select id from users where email = 'ana@agency.test'").await;
    let ben: uuid::Uuid = room.one("select id from users where email = 'ben@agency.test'").await;
    let page = room.ben.page(&format!("/admin/people/{ana}/leaving")).await;
    for line in [
        "2 checks to decide",
        "1 scorecard to fill",
        "1 identity finding to look into",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    let successor = ben.to_string();
    room.ben
        .post("/account/prove", &[("password", crate::support::app::PASSWORD)])
        .await;
    let done = room
        .ben
        .post(
            &format!("/admin/people/{ana}/deactivate"),
            &[("successor", successor.as_str())],
        )
        .await;
    assert_eq!(done.to(), "/admin/people");
    assert_eq!(
        room.count(&format!("vetting_checks where assessor_id = '{ben}'")).await,
        2
    );
    assert_eq!(
        room.count(&format!("identity_findings where owner_id = '{ben}'")).await,
        1
    );
    let cards = "scorecards where state";
    assert_eq!(
        room.count(&format!("{cards} = 'owed' and assessor_id = '{ana}'")).await,
        0
    );
    assert_eq!(
        room.count(&format!("{cards} = 'released' and assessor_id = '{ana}'"))
            .await,
        1
    );
    assert_eq!(
        room.count(&format!("{cards} = 'in' and assessor_id = '{ana}'")).await,
        1,
        "what is in stays hers"
    );
    assert_eq!(
        room.count(&format!("{cards} = 'owed' and assessor_id = '{ben}'")).await,
        1,
        "he owed it already"
    );
}

#[actix_web::test]
async fn an_invitation_and_its_letter_are_one_transaction() {
    let room = Room::open().await;
    let user = room.app.user(Role::Recruiter, "third@agency.test", None).await;
    let mut tx = room.app.db.begin().await.expect("a transaction");
    actions::invite(
        &mut tx,
        &Actor::user(user),
        room.app.clock.now(),
        room.id,
        Kind::English,
    )
    .await
    .expect("invited");
    tx.rollback().await.expect("rolled back");
    assert_eq!(
        room.count(&format!(
            "outbox where recipient = '{DEVELOPER}' and occasion like 'check%'"
        ))
        .await,
        0
    );
    assert_eq!(room.count("vetting_checks").await, 0);
}
