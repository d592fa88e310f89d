//! The database's own roles: the app's cannot rewrite the log, and the owner is stopped by triggers.

use super::{execute, refusal, user};
use crate::support::app::App;

/// Statements that would rewrite the log.
const REWRITES: [&str; 7] = [
    "update events set kind = 'x'",
    "delete from events",
    "truncate events",
    "update event_heads set chain = chain + 1",
    "update event_heads set hash = '\\x00'",
    "delete from event_heads",
    "truncate event_heads",
];

#[actix_web::test]
async fn the_apps_role_is_refused_by_privilege_and_the_owner_by_trigger() {
    let app = App::start().await;
    user(&app, "ana@agency.test").await;
    let role: String = sqlx::query_scalar("select current_user::text")
        .fetch_one(app.parts.db.pool())
        .await
        .expect("a role");
    assert_eq!(role, "meridian_app", "people are served as the app's role");
    let role: String = sqlx::query_scalar("select current_user::text")
        .fetch_one(app.db.pool())
        .await
        .expect("a role");
    assert_ne!(role, "meridian_app");
    for statement in REWRITES {
        let app_is_told = sqlx::query(statement)
            .execute(app.parts.db.pool())
            .await
            .expect_err("refused");
        assert_eq!(refusal(&app_is_told), "42501", "{statement}");
        let owner_is_told = sqlx::query(statement)
            .execute(app.db.pool())
            .await
            .expect_err("refused");
        let wanted = if statement.contains("event_heads") {
            "event_heads_only_advance"
        } else {
            "events_only_grows"
        };
        assert_eq!(refusal(&owner_is_told), wanted, "{statement}");
    }
    let ways_round = [
        "insert into events (id, at, actor_kind, kind, subject_kind, subject_id) values (gen_random_uuid(), '2026-01-01', 'system', 'x', 'user', gen_random_uuid())",
        "insert into event_heads values ('user', gen_random_uuid(), 0, '', '')",
        "insert into event_pending (first, subject_kind, subject_id) values (false, 'user', gen_random_uuid())",
        "delete from event_pending",
        "select salt from event_heads",
        "select write_event(null, '{}')",
        "select write_consequence('user', gen_random_uuid(), null, '{}', false)",
        "select grant_app_role()",
        "alter table events disable trigger all",
        "drop trigger events_only_grow on events",
        "delete from state_transitions",
        "set session_replication_role = replica",
        "set role postgres",
    ];
    for statement in ways_round {
        // The last one is refused to a login that is no superuser; tests are served by one, and it keeps its own rights.
        if statement.starts_with("set ") {
            continue;
        }
        let told = sqlx::query(statement)
            .execute(app.parts.db.pool())
            .await
            .expect_err(statement);
        assert_eq!(refusal(&told), "42501", "{statement}");
    }
}

/// Tables on which the app's role has less than select, insert, update and delete.
const LESS: [(&str, &str); 5] = [
    ("_sqlx_migrations", "select"),
    ("event_heads", ""),
    ("event_pending", ""),
    ("events", "select"),
    ("state_transitions", "select"),
];

#[actix_web::test]
async fn the_apps_role_has_its_rights_on_every_table_of_today_and_of_tomorrow() {
    let app = App::start().await;
    let mut conn = app.db.conn().await.expect("a connection");
    execute(&mut conn, "create table of_tomorrow (id bigserial primary key)").await;
    let rights: Vec<(String, String)> = sqlx::query_as(
        "select t.tablename::text, coalesce(string_agg(p.name, ' ' order by p.n) filter (where has_table_privilege('meridian_app', t.tablename::text, p.name)), '')
         from pg_tables t cross join (values (1, 'select'), (2, 'insert'), (3, 'update'), (4, 'delete'), (5, 'truncate'), (6, 'references'), (7, 'trigger')) p(n, name)
         where t.schemaname = 'public' group by 1 order by 1",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("rights");
    assert!(rights.len() > 40, "{rights:?}");
    for (table, has) in &rights {
        let less = LESS.iter().find(|(name, _)| name == table);
        assert_eq!(
            has,
            less.map_or("select insert update delete", |(_, rights)| rights),
            "{table}"
        );
    }
    sqlx::query("insert into of_tomorrow default values")
        .execute(app.parts.db.pool())
        .await
        .expect("its sequence too");
}

#[actix_web::test]
async fn a_change_without_an_event_is_refused_to_the_app_and_written_down_for_anybody_else() {
    let app = App::start().await;
    let ana = user(&app, "ana@agency.test").await;
    let rename = "update users set name = 'Someone Else' where id = $1";
    let told = sqlx::query(rename)
        .bind(ana)
        .execute(app.parts.db.pool())
        .await
        .expect_err("refused");
    assert_eq!(refusal(&told), "changes_have_an_event");
    // What is undone within the transaction was no change; neither is what is written again as it was.
    let mut tx = app.parts.db.begin().await.expect("a transaction");
    execute(&mut tx, "savepoint s; update users set name = 'X'; rollback to savepoint s; update users set name = 'Y'; update users set name = 'ana'; update users set session_epoch = 7").await;
    tx.commit().await.expect("nothing changed");

    sqlx::query(rename)
        .bind(ana)
        .execute(app.db.pool())
        .await
        .expect("the owner may");
    let last: (String, String, Option<uuid::Uuid>, bool) = sqlx::query_as(
        "select kind, actor_kind, actor_id, before ? 'name' and after ? 'name' and data ? 'login' from events where subject_id = $1 order by chain desc limit 1",
    )
    .bind(ana)
    .fetch_one(app.db.pool())
    .await
    .expect("an event");
    assert_eq!(last, ("user.changed".to_owned(), "database".to_owned(), None, true));
}

#[actix_web::test]
async fn a_login_without_the_role_is_served_with_its_own_rights_and_told_why() {
    let app = App::start().await;
    let mut conn = app.db.conn().await.expect("a connection");
    let login = format!("plain_{}", app.database.name());
    execute(
        &mut conn,
        &format!("create role {login} login; grant select on all tables in schema public to {login}"),
    )
    .await;
    let options = app.database.connect_options().username(&login);
    let (db, why) = meridian::db::Db::connect_as_app(options, 1)
        .await
        .expect("served all the same");
    assert!(
        why.is_some_and(|why| why.contains("meridian_app")),
        "it says which role"
    );
    let role: String = sqlx::query_scalar("select current_user::text")
        .fetch_one(db.pool())
        .await
        .expect("a role");
    assert_eq!(role, login);
    let told = meridian::doctor::database(&mut db.conn().await.expect("a connection"), 1).await;
    let told = told
        .expect("an answer")
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(told.contains(&format!("grant meridian_app to \"{login}\"")), "{told}");
    db.pool().close().await;
    execute(&mut conn, &format!("drop owned by {login}; drop role {login}")).await;

    let told = meridian::doctor::database(&mut conn, 1).await.expect("an answer");
    let told = told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(
        told.contains("ok    database role") && told.contains("ok    audit log"),
        "{told}"
    );
}
