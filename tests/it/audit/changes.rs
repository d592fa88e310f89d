//! Before and after: the log of the demo agency, which people's acts made, tells every row as it is now.

use std::collections::{BTreeMap, BTreeSet};

use meridian::demo;
use meridian::events::verify::{Verdict, verify};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::unrecorded::UNRECORDED;
use super::{execute, record, user};
use crate::models::chain::hex;
use crate::support::app::App;

/// A table whose rows tell of their changes, by the arguments of its trigger.
#[derive(Debug)]
struct Noted {
    table: String,
    subject_kind: String,
    subject_column: String,
    keys: Vec<String>,
    plain: BTreeSet<String>,
    ignored: BTreeSet<String>,
    /// To candidates, or not to candidates: invitations have two triggers.
    only: &'static str,
}

async fn noted(conn: &mut PgConnection) -> Vec<Noted> {
    let triggers: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
        "select tgrelid::regclass::text, tgname::text, tgargs from pg_trigger
         where tgfoid = 'note_change'::regproc order by 1, 2",
    )
    .fetch_all(conn)
    .await
    .expect("triggers");
    let list = |text: &str| {
        text.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
    };
    triggers
        .into_iter()
        .map(|(table, name, arguments)| {
            let arguments = String::from_utf8(arguments).expect("text");
            let of: Vec<&str> = arguments.split('\0').collect();
            let only = match name.as_str() {
                "invitations_noted" | "notes_of_organizations_noted" => "candidate_id is null",
                "invitations_to_candidates_noted" | "notes_of_candidates_noted" => "candidate_id is not null",
                _ => "true",
            };
            Noted {
                table,
                subject_kind: of[0].to_owned(),
                subject_column: of[1].to_owned(),
                keys: list(of[2]),
                plain: list(of[3]).into_iter().collect(),
                ignored: list(of[4]).into_iter().collect(),
                only,
            }
        })
        .collect()
}

#[actix_web::test]
async fn every_table_tells_of_its_changes_or_says_why_not() {
    let app = App::start().await;
    let mut conn = app.db.conn().await.expect("a connection");
    let noted = noted(&mut conn).await;
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public' order by 1")
            .fetch_all(&mut *conn)
            .await
            .expect("tables");
    let told: BTreeSet<&str> = noted.iter().map(|one| one.table.as_str()).collect();
    for table in &tables {
        let excused = UNRECORDED.iter().any(|(name, _)| name == table);
        assert_ne!(
            told.contains(table.as_str()),
            excused,
            "{table}: a trigger that notes its changes, or a reason, and not both"
        );
    }
    for (table, _) in UNRECORDED {
        assert!(
            tables.iter().any(|name| name == table),
            "{table} is excused and not there"
        );
    }
    // A column that is named in a trigger exists.
    for one in &noted {
        let columns: Vec<String> =
            sqlx::query_scalar("select column_name::text from information_schema.columns where table_name = $1")
                .bind(&one.table)
                .fetch_all(&mut *conn)
                .await
                .expect("columns");
        for column in one
            .plain
            .iter()
            .chain(&one.ignored)
            .chain(&one.keys)
            .chain([&one.subject_column])
        {
            assert!(columns.contains(column), "{}: {column}", one.table);
        }
    }
}

/// The parts of an event's side: "" is the record's own fields.
fn parts(side: Option<&Value>) -> BTreeMap<String, Map<String, Value>> {
    let mut parts: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (key, value) in side.and_then(Value::as_object).into_iter().flatten() {
        if key.contains('.') {
            parts.insert(key.clone(), value.as_object().expect("an object").clone());
        } else {
            parts
                .entry(String::new())
                .or_default()
                .insert(key.clone(), value.clone());
        }
    }
    parts
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// A record, put together from its events. Each event's "before" is what the ones before it left.
async fn retold(conn: &mut PgConnection, kind: &str, id: Uuid) -> BTreeMap<String, Map<String, Value>> {
    let events: Vec<(String, Option<Value>, Option<Value>)> = sqlx::query_as(
        "select kind, before, after from events where subject_kind = $1 and subject_id = $2 order by chain",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(conn)
    .await
    .expect("events");
    let mut now: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (event, before, after) in events {
        let (before, mut after) = (parts(before.as_ref()), parts(after.as_ref()));
        for (part, was) in before {
            let held = now.entry(part.clone()).or_default();
            for (field, value) in was {
                let known = held.get(&field).cloned().unwrap_or(Value::Null);
                assert!(
                    known == value || (is_nothing(&known) && is_nothing(&value)) || value.get("secret").is_some(),
                    "{event} of {kind} {id}: {part} {field} was {value}, and the events before say {known}"
                );
            }
            match after.remove(&part) {
                Some(is) => held.extend(is),
                None => drop(now.remove(&part)),
            }
        }
        for (part, is) in after {
            assert!(
                now.insert(part.clone(), is).is_none(),
                "{event} of {kind} {id}: {part} was there before it came"
            );
        }
    }
    now
}

/// Compares each row of a table with what the events tell of it; how many there are.
async fn compare(conn: &mut PgConnection, of: &Noted) -> usize {
    let sql = format!("select to_jsonb(t) from {} t where {}", of.table, of.only);
    let rows: Vec<Value> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut *conn)
        .await
        .expect("rows");
    for row in &rows {
        let subject: Uuid = row[&of.subject_column]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a subject");
        let told = retold(conn, &of.subject_kind, subject).await;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let key: Vec<String> = of.keys.iter().map(|column| text(&row[column])).collect();
        let part = if key.is_empty() {
            String::new()
        } else {
            format!("{}.{}", of.table, key.join("."))
        };
        let told = told
            .get(&part)
            .unwrap_or_else(|| panic!("{} {subject} {part}: no event tells of it", of.table));
        let salt: Vec<u8> =
            sqlx::query_scalar("select salt from event_heads where subject_kind = $1 and subject_id = $2")
                .bind(&of.subject_kind)
                .bind(subject)
                .fetch_one(&mut *conn)
                .await
                .expect("a salt");
        for (field, value) in row.as_object().expect("a row") {
            if of.ignored.contains(field) {
                assert!(!told.contains_key(field), "{}: {field} is not recorded", of.table);
                continue;
            }
            let told = told.get(field).cloned().unwrap_or(Value::Null);
            let place = format!(
                "{} {subject} {part}: {field} is {value}, and the events say {told}",
                of.table
            );
            if is_nothing(value) {
                assert!(is_nothing(&told), "{place}");
            } else if of.plain.contains(field) {
                assert_eq!(told, *value, "{place}");
            } else if field.ends_with("_hash") {
                assert!(told.get("secret").is_some(), "{place}");
            } else {
                // As the database writes it: jsonb puts a space after each comma and colon.
                let written: String = sqlx::query_scalar("select $1::jsonb::text")
                    .bind(value)
                    .fetch_one(&mut *conn)
                    .await
                    .expect("text");
                let mut sum = Sha256::new();
                sum.update(&salt);
                sum.update(format!("{field}:{written}"));
                let hash = hex(&sum.finalize());
                assert_eq!(told["kept_out"].as_str(), Some(hash.as_str()), "{place}");
            }
        }
    }
    rows.len()
}

#[actix_web::test]
async fn the_events_of_an_agency_tell_every_row_as_it_is() {
    let app = App::start().await;
    demo::agency::open(&app.parts).await.expect("the demo agency");
    let mut conn = app.db.conn().await.expect("a connection");
    let (mut compared, mut empty) = (0, Vec::new());
    for of in noted(&mut conn).await {
        match compare(&mut conn, &of).await {
            0 => empty.push(of.table),
            rows => compared += rows,
        }
    }
    assert!(compared > 300, "{compared} rows were compared");
    assert!(empty.len() <= 3, "nothing to compare in {empty:?}");
    let whole = verify(&mut conn).await.expect("a verdict");
    assert!(matches!(whole, Verdict::Whole { .. }), "{whole:?}");

    // All of it by acts: nothing past the app, and every kind has its words.
    let kinds: Vec<(String, String)> = sqlx::query_as("select distinct kind, actor_kind from events")
        .fetch_all(&mut *conn)
        .await
        .expect("kinds");
    for (kind, actor) in kinds {
        assert_ne!(actor, "database", "{kind}");
        assert!(
            meridian::events::words::KINDS.iter().any(|(known, _)| *known == kind),
            "{kind} has no words"
        );
    }

    // Nobody's name, address or number stands in it, in no column.
    let people: Vec<String> = sqlx::query_scalar::<_, Option<String>>(
        "select name from users union select email from users union select name from candidates union select email from candidates
         union select phone from candidates union select accepted_name from agreements",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("people")
    .into_iter()
    .flatten()
    .filter(|value| value.len() > 4)
    .collect();
    assert!(people.len() > 40, "{}", people.len());
    let leaks: Vec<(String, String)> = sqlx::query_as(
        "select distinct e.kind, p from events e, unnest($1::text[]) p
         where position(p in coalesce(e.before::text, '')) > 0 or position(p in coalesce(e.after::text, '')) > 0 or position(p in e.data::text) > 0",
    )
    .bind(&people)
    .fetch_all(&mut *conn)
    .await
    .expect("leaks");
    assert_eq!(leaks, []);
}

#[actix_web::test]
async fn what_was_forgotten_is_unreadable_and_the_chain_holds() {
    let app = App::start().await;
    let ana = user(&app, "ana@agency.test").await.0;
    let rename = async |name: &str| {
        let mut tx = app.parts.db.begin().await.expect("a transaction");
        sqlx::query("update users set name = $2 where id = $1")
            .bind(ana)
            .bind(name)
            .execute(&mut *tx)
            .await
            .expect("renamed");
        record(&mut tx, &app, "user.renamed", ana).await;
        tx.commit().await.expect("committed");
    };
    rename("Ana Lima").await;
    let mut conn = app.parts.db.conn().await.expect("a connection");
    execute(&mut conn, &format!("select forget_personal_values('user', '{ana}')")).await;
    rename("Nobody").await;
    let last: Value = sqlx::query_scalar(
        "select jsonb_build_array(before, after) from events where subject_id = $1 order by chain desc limit 1",
    )
    .bind(ana)
    .fetch_one(app.db.pool())
    .await
    .expect("an event");
    assert_eq!(
        last,
        serde_json::json!([{ "name": { "kept_out": "" } }, { "name": { "kept_out": "" } }])
    );
    let salts: i64 = sqlx::query_scalar("select count(salt) from event_heads where subject_id = $1")
        .bind(ana)
        .fetch_one(app.db.pool())
        .await
        .expect("a count");
    assert_eq!(salts, 0);
    let whole = verify(&mut conn).await.expect("a verdict");
    assert!(matches!(whole, Verdict::Whole { events: 3, .. }), "{whole:?}");
    let back = sqlx::query("update event_heads set salt = '\\x00' where subject_id = $1")
        .bind(ana)
        .execute(app.db.pool())
        .await;
    assert!(back.is_err(), "a salt that is gone does not come back");
}

/// One transaction, several acts: each change stands with its own act.
#[actix_web::test]
async fn changes_stand_with_their_act_and_what_nobody_named_says_what_it_followed_from() {
    let app = App::start().await;
    let (ana, bo) = (
        user(&app, "ana@agency.test").await.0,
        user(&app, "bo@agency.test").await.0,
    );
    app.user(meridian::accounts::Role::Admin, "owner@agency.test", None)
        .await;
    let mut tx = app.parts.db.begin().await.expect("a transaction");
    let role = async |tx: &mut PgConnection, id: Uuid, role: &str| {
        sqlx::query("update users set role = $2 where id = $1")
            .bind(id)
            .bind(role)
            .execute(tx)
            .await
            .expect("changed");
    };
    // Before its event, twice, and after it.
    role(&mut tx, ana, "admin").await;
    role(&mut tx, ana, "candidate").await;
    record(&mut tx, &app, "user.role_changed", ana).await;
    sqlx::query("update users set deactivated_at = created_at where id = $1")
        .bind(ana)
        .execute(&mut *tx)
        .await
        .expect("changed");
    role(&mut tx, bo, "candidate").await;
    // The next act, later: the changes above are not its own.
    app.clock.advance(chrono::TimeDelta::minutes(1));
    role(&mut tx, ana, "recruiter").await;
    record(&mut tx, &app, "user.renamed", ana).await;
    tx.commit().await.expect("committed");
    let told: Vec<(String, Value, Value)> = sqlx::query_as(
        "select kind || coalesce(' because ' || (data ->> 'followed'), ''), before, after from events where kind <> 'user.registered' order by subject_id, chain",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("events");
    let roles = |role: &str| serde_json::json!({ "role": role });
    let kinds: Vec<&str> = told.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["user.role_changed", "user.renamed", "user.changed because user.renamed"]
    );
    assert_eq!((&told[0].1, &told[0].2), (&roles("recruiter"), &roles("candidate")));
    assert_eq!(told[1].2["role"], "recruiter");
    assert_eq!((&told[2].1, &told[2].2), (&roles("recruiter"), &roles("candidate")));
}
