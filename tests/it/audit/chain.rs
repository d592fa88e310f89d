//! The chain of hashes: whole after acts of many, and broken by every kind of tampering.

use meridian::events::verify::{Verdict, Why, look, verify};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{execute, record, refusal, user};
use crate::models::chain::{self as model, Event};
use crate::support::app::App;

/// The app with two records of six events each, and others.
async fn lived_in() -> (App, [Uuid; 2]) {
    let app = App::start().await;
    let subjects = [
        user(&app, "ana@agency.test").await.0,
        user(&app, "bo@agency.test").await.0,
    ];
    for round in 0..5 {
        for (person, subject) in ["ana", "bo"].into_iter().zip(subjects) {
            let mut tx = app.parts.db.begin().await.expect("a transaction");
            sqlx::query("update users set name = $2, role = case role when 'candidate' then 'recruiter' else 'candidate' end where id = $1")
                .bind(subject)
                .bind(format!("{person} {round}"))
                .execute(&mut *tx)
                .await
                .expect("changed");
            record(&mut tx, &app, "user.role_changed", subject).await;
            tx.commit().await.expect("committed");
        }
    }
    (app, subjects)
}

async fn verdict(conn: &mut PgConnection) -> Verdict {
    look(conn).await.expect("a verdict")
}

/// Number, hash before, hash, and the columns.
type Row = (i64, Vec<u8>, Vec<u8>, Vec<Option<String>>);

/// The same question, answered by the model.
async fn model_says(conn: &mut PgConnection) -> bool {
    let subjects: Vec<(String, Uuid)> = sqlx::query_as(
        "select distinct subject_kind, subject_id from events union select subject_kind, subject_id from event_heads",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("subjects");
    for (kind, id) in subjects {
        let events: Vec<Row> = sqlx::query_as(
            "select chain, prev_hash, hash, array[id::text, trunc(extract(epoch from at) * 1000000)::text, actor_id::text, actor_kind, kind,
                    subject_kind, subject_id::text, data::text, before::text, after::text, network, request_id]
             from events where subject_kind = $1 and subject_id = $2",
        )
        .bind(&kind)
        .bind(id)
        .fetch_all(&mut *conn)
        .await
        .expect("events");
        let events: Vec<Event> = events
            .into_iter()
            .map(|(chain, prev_hash, hash, columns)| Event {
                chain,
                prev_hash,
                hash,
                columns,
            })
            .collect();
        let head: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select chain, hash from event_heads where subject_kind = $1 and subject_id = $2")
                .bind(&kind)
                .bind(id)
                .fetch_optional(&mut *conn)
                .await
                .expect("a head");
        if !model::holds(&events, head.as_ref().map(|(chain, hash)| (*chain, hash.as_slice()))) {
            return false;
        }
    }
    true
}

/// Subjects and events of a log that holds.
fn figures(verdict: &Verdict) -> Option<(u64, u64)> {
    match verdict {
        Verdict::Whole { subjects, events, .. } => Some((*subjects, *events)),
        Verdict::Broken { .. } => None,
    }
}

#[actix_web::test]
async fn whatever_is_tampered_with_is_found_and_named() {
    let (app, [ana, bo]) = lived_in().await;
    let mut conn = app.db.conn().await.expect("a connection");
    let whole = verify(&mut conn).await.expect("a verdict");
    assert_eq!(figures(&whole), Some((2, 12)), "{whole:?}");
    assert!(model_says(&mut conn).await);

    let edits = [
        "id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "actor_kind = 'operator'",
        "actor_id = subject_id",
        "kind = kind || '.'",
        "data = '{\"a\": 1}'",
        "before = null",
        "before = before || '{\"role\": \"client\"}'",
        "after = after || '{\"role\": \"client\"}'",
        "network = ''",
        "network = '203.0.113.7', request_id = null",
        "request_id = '-;'",
        "hash = sha256('x')",
    ];
    let of = |subject: Uuid, chain: i64| format!("subject_id = '{subject}' and chain = {chain}");
    let mut tampered: Vec<(String, Uuid, i64, Why)> = edits
        .iter()
        .enumerate()
        .map(|(n, edit)| {
            let chain = 2 + i64::try_from(n % 5).expect("small");
            (
                format!("update events set {edit} where {}", of(ana, chain)),
                ana,
                chain,
                Why::Edited,
            )
        })
        .collect();
    let place = |sql: String, subject, chain, why| (sql, subject, chain, why);
    tampered.extend([
        place(format!("delete from events where {}", of(bo, 1)), bo, 1, Why::Missing),
        place(format!("delete from events where {}", of(bo, 3)), bo, 3, Why::Missing),
        place(format!("delete from events where {}", of(bo, 6)), bo, 6, Why::Missing),
        place(format!("delete from events where subject_id = '{bo}' and chain > 3"), bo, 4, Why::Missing),
        place(format!("delete from events where subject_id = '{bo}'"), bo, 1, Why::Missing),
        place(format!("delete from events where subject_id = '{ana}'"), ana, 1, Why::Missing),
        // Removed, and those behind it moved up.
        place(
            format!("delete from events where {}; update events set chain = chain - 1 where subject_id = '{bo}' and chain > 3", of(bo, 3)),
            bo,
            3,
            Why::OutOfOrder,
        ),
        // Two exchanged, in their places and with their hashes.
        place(
            format!(
                "update events set chain = 100 where {}; update events set chain = 2 where {}; update events set chain = 3 where subject_id = '{ana}' and chain = 100",
                of(ana, 2),
                of(ana, 3)
            ),
            ana,
            2,
            Why::OutOfOrder,
        ),
        // The same words, told of somebody else.
        place(
            format!("update events set subject_id = '{bo}', chain = 7 where {}", of(ana, 6)),
            ana,
            6,
            Why::Missing,
        ),
        place(format!("delete from event_heads where subject_id = '{bo}'"), bo, 1, Why::Head),
        place(format!("update event_heads set chain = 5 where subject_id = '{bo}'"), bo, 5, Why::Head),
        place(format!("update event_heads set chain = 7 where subject_id = '{bo}'"), bo, 7, Why::Missing),
        place(format!("update event_heads set hash = sha256('') where subject_id = '{ana}'"), ana, 6, Why::Head),
        // Edited, and its own hash made again: the next one tells.
        place(
            format!("update events e set kind = 'user.renamed' where {w}; update events e set hash = event_hash(e) where {w}", w = of(bo, 4)),
            bo,
            5,
            Why::OutOfOrder,
        ),
        place(
            format!("update events e set kind = 'user.renamed' where {w}; update events e set hash = event_hash(e) where {w}", w = of(bo, 6)),
            bo,
            6,
            Why::Head,
        ),
    ]);
    for (sql, subject, chain, why) in tampered {
        execute(&mut conn, "begin; set local session_replication_role = replica").await;
        execute(&mut conn, &sql).await;
        let found = verdict(&mut conn).await;
        let named = Verdict::Broken {
            subject_kind: "user".to_owned(),
            subject_id: subject,
            chain,
            why,
        };
        assert_eq!(found, named, "{sql}");
        assert!(!model_says(&mut conn).await, "{sql}");
        execute(&mut conn, "rollback").await;
    }
    assert_eq!(
        verify(&mut conn).await.expect("a verdict"),
        whole,
        "the figure is that of the same log"
    );

    // A function that agrees with what was tampered with convinces nobody.
    execute(&mut conn, "begin; set local session_replication_role = replica; create or replace function event_hash(e events) returns bytea language sql as 'select $1.hash'").await;
    execute(
        &mut conn,
        &format!("update events set kind = 'user.renamed' where {}", of(bo, 4)),
    )
    .await;
    assert!(matches!(
        verdict(&mut conn).await,
        Verdict::Broken {
            chain: 4,
            why: Why::Edited,
            ..
        }
    ));
    execute(&mut conn, "rollback").await;
}

#[actix_web::test]
async fn the_database_refuses_a_row_that_does_not_continue_its_chain() {
    let (app, [ana, _]) = lived_in().await;
    let row = |chain: &str, prev: &str, hash: &str| {
        format!(
            "insert into events (id, at, actor_kind, kind, subject_kind, subject_id, chain, prev_hash, hash)
             values (gen_random_uuid(), '2026-11-23', 'system', 'user.renamed', 'user', '{ana}', {chain}, {prev}, {hash})"
        )
    };
    for (chain, prev, hash) in [
        ("6", "null", "null"),
        ("8", "null", "null"),
        ("7", "'\\x00'", "null"),
        ("7", "null", "sha256('x')"),
    ] {
        let told = sqlx::query(sqlx::AssertSqlSafe(row(chain, prev, hash)))
            .execute(app.db.pool())
            .await
            .expect_err("refused");
        assert_eq!(refusal(&told), "events_continue_the_chain", "{chain} {prev} {hash}");
    }
    let mut conn = app.db.conn().await.expect("a connection");
    execute(&mut conn, &row("7", "null", "null")).await;
    assert!(matches!(
        verify(&mut conn).await.expect("a verdict"),
        Verdict::Whole { events: 13, .. }
    ));
}

/// Two transactions that tell of the same two records in opposite order, each between the other's steps.
#[actix_web::test]
async fn acts_on_the_same_records_in_opposite_order_both_come_through() {
    let (app, [ana, bo]) = lived_in().await;
    for _ in 0..10 {
        let mut one = app.parts.db.begin().await.expect("a transaction");
        let mut other = app.parts.db.begin().await.expect("a transaction");
        record(&mut one, &app, "user.renamed", ana).await;
        record(&mut other, &app, "user.renamed", bo).await;
        record(&mut one, &app, "user.renamed", bo).await;
        record(&mut other, &app, "user.renamed", ana).await;
        let (first, second) = tokio::join!(one.commit(), other.commit());
        first.expect("the one comes through");
        second.expect("the other comes through");
    }
    // And many at once, each with records of its own choice.
    let subjects: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).chain([ana, bo]).collect();
    let work = |seed: usize| {
        let (app, subjects) = (&app, &subjects);
        async move {
            for round in 0..25 {
                let mut tx = app.parts.db.begin().await.expect("a transaction");
                for step in 0..4 {
                    let chosen = (seed * 7 + round * 5 + step * (seed + 3)) % subjects.len();
                    record(&mut tx, app, "user.renamed", subjects[chosen]).await;
                }
                tx.commit().await.expect("committed");
            }
        }
    };
    tokio::join!(work(0), work(1), work(2), work(3), work(4), work(5));
    let mut conn = app.db.conn().await.expect("a connection");
    let whole = verify(&mut conn).await.expect("a verdict");
    assert_eq!(figures(&whole), Some((8, 652)), "{whole:?}");
    let left: i64 = sqlx::query_scalar("select count(*) from event_pending")
        .fetch_one(&mut *conn)
        .await
        .expect("a count");
    assert_eq!(left, 0);
}

/// Somebody acts while an admin changes their account: the log's locks and the account's do not cross.
#[actix_web::test]
async fn an_actor_whose_account_is_being_changed_waits_and_comes_through() {
    let (app, [ana, _]) = lived_in().await;
    let by = meridian::events::Actor::user(meridian::ids::UserId(ana));
    for _ in 0..5 {
        let mut changing = app.parts.db.begin().await.expect("a transaction");
        sqlx::query("select from users where id = $1 for update")
            .bind(ana)
            .execute(&mut *changing)
            .await
            .expect("locked");
        let acting = async {
            let mut tx = app.parts.db.begin().await.expect("a transaction");
            let now = app.clock.now();
            meridian::events::record(
                &mut tx,
                &by,
                now,
                "user.signed_in",
                ("user", ana),
                serde_json::json!({}),
            )
            .await
            .expect("recorded");
            tx.commit().await
        };
        let changed = async {
            record(&mut changing, &app, "user.renamed", ana).await;
            changing.commit().await
        };
        let (acted, changed) = tokio::join!(acting, changed);
        acted.expect("acted");
        changed.expect("changed");
    }
}

#[actix_web::test]
async fn rows_from_before_the_chain_get_theirs_in_the_migration() {
    let (app, _) = lived_in().await;
    let mut conn = app.db.conn().await.expect("a connection");
    // As the log was: no chain, no heads, none of the machinery.
    execute(
        &mut conn,
        "alter table events disable trigger user;
         drop schema if exists earlier cascade;
         do $$ declare t record; begin
             for t in select distinct tgname, tgrelid::regclass as on_table from pg_trigger where not tgisinternal
                      and tgfoid in (select oid from pg_proc where proname in ('note_change', 'event_continues', 'write_events')) loop
                 execute format('drop trigger %I on %s', t.tgname, t.on_table);
             end loop;
         end $$;
         drop function grant_app_role, note_change, side, record_event, write_events, write_event, write_consequence, event_continues,
             event_heads_advance_only, instant_past_the_app, event_kept, event_sides, event_merged, event_id_beside, forget_personal_values, event_hash cascade;
         drop function event_part;
         drop table event_heads, event_pending;
         drop sequence event_pending_n;
         drop index events_by_kind, events_by_subject_kind, events_by_at, events_by_network, events_by_request, events_by_actor_kind;
         alter table events drop column before, drop column after, drop column chain, drop column prev_hash, drop column hash;
         alter table events enable trigger user",
    )
    .await;
    let migrations = [
        include_str!("../../../migrations/0100_events_chained.sql"),
        include_str!("../../../migrations/0101_changes_recorded.sql"),
        include_str!("../../../migrations/0102_app_role.sql"),
    ];
    for migration in migrations {
        execute(&mut conn, &format!("begin; {migration}; commit")).await;
    }
    let whole = verify(&mut conn).await.expect("a verdict");
    assert_eq!(figures(&whole), Some((2, 12)), "{whole:?}");
    let grown = sqlx::query("delete from events")
        .execute(&mut *conn)
        .await
        .expect_err("refused");
    assert_eq!(refusal(&grown), "events_only_grows");
}
