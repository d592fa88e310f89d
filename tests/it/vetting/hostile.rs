//! Hostile strings through every free field of the forms of vetting, one field at a time and everything else as it should be: what
//! was sent is kept to the letter, or refused with the reason beside the field; nothing is shown as markup, nothing is a fault.

mod sheets;

use std::collections::BTreeMap;

use actix_web::http::StatusCode;

use super::room::Room;
use crate::pages::hostile::{judge, strings};
use crate::support::app::Person;
use sheets::{Before, WITHDRAWN, Who, sheets};

/// Has no factor in common with a thousand, and meets each of the eight families in turn.
const STEP: usize = 41;

/// How many strings each field meets.
const EACH: usize = 16;

/// Words in curly braces stand for what is so at that moment.
async fn filled(room: &Room, text: &str, link: &str) -> String {
    let mut text = text.replace("{home}", &room.home).replace("{link}", link);
    for (name, sql) in [
        (
            "{check}",
            "select id::text from vetting_checks order by id desc limit 1",
        ),
        ("{card}", "select id::text from scorecards order by id desc limit 1"),
        (
            "{promise}",
            "select id::text from promises where kept_at is null order by id desc limit 1",
        ),
        (
            "{finding}",
            "select id::text from identity_findings where state = 'open' order by raised_at desc limit 1",
        ),
        ("{view}", "select id::text from saved_views limit 1"),
        ("{holiday}", "select id::text from holidays order by id limit 1"),
        ("{track}", "select id::text from tracks"),
        ("{version}", "select version::text from tracks"),
        ("{note}", "select id::text from notes order by id desc limit 1"),
        (
            "{request}",
            "select id::text from reference_requests order by id desc limit 1",
        ),
        (
            "{email}",
            "select 'r' || count(*) || '@halyard.test' from reference_requests",
        ),
        // One of two days, and not the one that was promised.
        (
            "{due}",
            "select case when due_on = '2026-12-10' then '2026-12-11' else '2026-12-10' end from promises where kept_at is null order by id desc limit 1",
        ),
    ] {
        if text.contains(name) {
            let value: String = room.one(sql).await;
            text = text.replace(name, &value);
        }
    }
    text
}

/// Makes the form ready; the link of the referee, where there is one.
async fn ready(room: &Room, before: Before, link: &mut String) {
    let run = async |sql: &'static str| {
        sqlx::query(sql)
            .execute(room.app.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    match before {
        Before::Nothing => {}
        Before::Sql(sql) => run(sql).await,
        Before::Post(path, fields) => {
            let path = filled(room, path, link).await;
            room.recruiter.post(&path, fields).await;
        }
        Before::Check(kind) => {
            run("update scorecards set state = 'released', released_at = assigned_at, release_reason = 'r' where state = 'owed'").await;
            run("update vetting_checks set state = 'cancelled', reason = 'r' where state in ('invited', 'scheduled', 'waiting')").await;
            let check = room.begin(kind, "begin").await;
            // A background check is judged at once; whoever has a card would have to be waited for.
            if kind == "debugging" {
                room.assign(&check, "ana@agency.test").await;
            }
        }
        Before::Referee => {
            run(WITHDRAWN).await;
            let email = filled(room, "{email}", link).await;
            *link = room.confirmed(&email).await;
            // What strangers may do from one network is limited, and counted elsewhere.
            run("delete from throttles").await;
        }
    }
}

#[actix_web::test]
async fn what_is_typed_is_kept_to_the_letter_or_refused_with_a_reason() {
    let room = Room::open().await;
    let stranger = room.app.stranger();
    let mut conn = room.app.db.conn().await.expect("a connection");
    meridian::holidays::seed::load(&mut conn, &meridian::events::Actor::operator(), room.app.clock.now())
        .await
        .expect("holidays");
    drop(conn);
    let view = [("name", "First"), ("query", "track=rust-actix")];
    room.recruiter.post("/pipeline/views", &view).await.to();
    let judged = [("kind", "english"), ("result", "passed"), ("decided_on", "2026-11-23")];
    room.recruiter
        .post(&format!("{}/checks", room.home), &judged)
        .await
        .to();
    let strings = strings();
    let (mut wrong, mut kept, mut refused) = (BTreeMap::new(), BTreeMap::new(), 0);
    let mut first = 0;
    let mut link = String::new();
    for sheet in sheets() {
        let who: &Person = match sheet.who {
            Who::Recruiter => &room.recruiter,
            Who::Ana => &room.ana,
            Who::Admin => &room.ben,
            Who::Stranger => &stranger,
        };
        for (field, kept_in) in sheet.free {
            let place = format!("{} {field}", sheet.path);
            kept.entry(place.clone()).or_insert(0);
            first += 1;
            for round in 0..EACH {
                let text = &strings[(first + round * STEP) % strings.len()];
                ready(&room, sheet.before, &mut link).await;
                let path = filled(&room, sheet.path, &link).await;
                let mut fields = Vec::new();
                for (name, value) in &sheet.fields {
                    let value = if name == field {
                        text.clone()
                    } else {
                        filled(&room, value, &link).await
                    };
                    fields.push((*name, value));
                }
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let answer = who.post(&path, &fields).await;
                let short: String = text.chars().take(60).collect();
                if let Some(why) = judge(&answer) {
                    wrong.insert(format!("{place}: {why}"), short);
                } else if answer.status == StatusCode::SEE_OTHER {
                    let meant = text.replace("\r\n", "\n");
                    let held: String = room.one(kept_in).await;
                    if held != meant.trim() {
                        let held: String = held.chars().take(60).collect();
                        wrong.insert(format!("{place}: kept as {held:?}"), short);
                    }
                    *kept.entry(place.clone()).or_insert(0) += 1;
                    // Whoever owes a card sees nothing; the recruiter sees everything.
                    let reader = if sheet.who == Who::Admin {
                        &room.ben
                    } else {
                        &room.recruiter
                    };
                    let page = reader.get(&filled(&room, sheet.shown, &link).await).await;
                    if let Some(why) = judge(&page) {
                        wrong.insert(format!("{place}, shown: {why}"), text.chars().take(60).collect());
                    }
                } else {
                    refused += 1;
                    let says_why =
                        answer.has("#f-") || answer.has("id=\"e-") || answer.status == StatusCode::PAYLOAD_TOO_LARGE;
                    if !says_why {
                        wrong.insert(format!("{place}: {} without a reason beside it", answer.status), short);
                    }
                }
            }
        }
    }
    kept.retain(|_, times| *times < 3);
    assert!(
        kept.is_empty(),
        "hardly anything was ever kept of these: {kept:?}, {wrong:#?}"
    );
    assert!(refused > 100, "{refused}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
