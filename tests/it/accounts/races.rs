//! Two things at once: admins who keep each other out, a session that is ended while it is written.

use std::collections::HashMap;

use actix_session::storage::SessionStore as _;
use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use meridian::accounts::Role;
use meridian::accounts::people::actions;
use meridian::accounts::sessions::{PgSessions, USER};
use meridian::events::Actor;
use meridian::ids::UserId;
use sqlx::PgPool;

use super::id_of;
use crate::support::app::App;

/// Returns when so many statements of this database wait for a lock.
async fn waiting(pool: &PgPool, number: i64) {
    let began = std::time::Instant::now();
    loop {
        let seen: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(pool)
        .await
        .expect("a number");
        if seen >= number {
            return;
        }
        assert!(began.elapsed().as_secs() < 4, "{seen} of {number} wait");
    }
}

async fn admins(app: &App) -> i64 {
    sqlx::query_scalar("select count(*) from users where role = 'admin' and deactivated_at is null")
        .fetch_one(app.db.pool())
        .await
        .expect("a number")
}

#[actix_web::test]
async fn of_two_admins_who_keep_each_other_out_one_remains() {
    for act in ["deactivate", "role"] {
        let app = App::start().await;
        let owner = app.admin().await;
        let ana = app.person(Role::Admin, "ana@agency.test", None).await;
        let to_ana = format!("/admin/people/{}/{act}", id_of(&app, "ana@agency.test").await);
        let to_owner = format!("/admin/people/{}/{act}", id_of(&app, "owner@agency.test").await);
        let mut gate = app.db.begin().await.expect("a transaction");
        sqlx::query("select id from users for update")
            .execute(&mut *gate)
            .await
            .expect("locked");
        let fields = [("role", "recruiter")];
        let both = futures_util::future::join(owner.post(&to_ana, &fields), ana.post(&to_owner, &fields));
        let open = async {
            waiting(&app.database.pool(), 2).await;
            gate.rollback().await.expect("rolled back");
        };
        let ((first, second), ()) = futures_util::future::join(both, open).await;
        let mut statuses = [first.status, second.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT], "{act}");
        assert_eq!(admins(&app).await, 1, "{act}");
    }
}

#[actix_web::test]
async fn the_last_admin_stays_whoever_acts() {
    let app = App::start().await;
    app.user(Role::Admin, "owner@agency.test", None).await;
    let id = UserId(id_of(&app, "owner@agency.test").await);
    let mut tx = app.db.begin().await.expect("a transaction");
    let now = app.clock.now();
    let refused = actions::deactivate(&mut tx, &Actor::operator(), now, id).await;
    assert!(refused.expect_err("refused").to_string().contains("last admin"));
    let refused = actions::set_role(&mut tx, &Actor::operator(), now, id, Role::Recruiter).await;
    assert!(refused.expect_err("refused").to_string().contains("last admin"));
    tx.rollback().await.expect("rolled back");

    // Round the app, the database counts itself.
    for statement in [
        "update users set role = 'recruiter' where role = 'admin'",
        "update users set deactivated_at = created_at where role = 'admin'",
        "delete from users where role = 'admin'",
    ] {
        let error = sqlx::query(statement)
            .execute(app.db.pool())
            .await
            .expect_err("refused");
        assert_eq!(
            meridian::db::constraint_of(&error),
            Some("users_one_admin"),
            "{statement}"
        );
    }
    // A hand-over in one transaction is none of that.
    app.user(Role::Recruiter, "ana@agency.test", None).await;
    sqlx::raw_sql(
        "begin; update users set role = 'recruiter' where email = 'owner@agency.test';
         update users set role = 'admin' where email = 'ana@agency.test'; commit",
    )
    .execute(app.db.pool())
    .await
    .expect("handed over");
    assert_eq!(admins(&app).await, 1);
}

#[actix_web::test]
async fn two_connections_cannot_take_away_the_last_two_admins() {
    let app = App::start().await;
    app.admin().await;
    app.user(Role::Admin, "ana@agency.test", None).await;
    let take = |email: &'static str| {
        let db = app.db.clone();
        async move {
            let mut tx = db.begin().await.expect("a transaction");
            sqlx::query("update users set role = 'recruiter' where email = $1")
                .bind(email)
                .execute(&mut *tx)
                .await
                .expect("not looked at before the commit");
            tx
        }
    };
    let (first, second) = (take("owner@agency.test").await, take("ana@agency.test").await);
    let (first, second) = futures_util::future::join(first.commit(), second.commit()).await;
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    assert_eq!(admins(&app).await, 1);
}

#[actix_web::test]
async fn a_session_ended_while_it_is_written_stays_ended() {
    let app = App::start().await;
    app.admin().await;
    let user = id_of(&app, "owner@agency.test").await;
    let sessions = PgSessions::new(app.db.clone(), app.clock.clone());
    let ttl = Duration::hours(1);
    let state = HashMap::from([
        (USER.to_owned(), format!("\"{user}\"")),
        ("flash".to_owned(), "\"Saved.\"".to_owned()),
    ]);
    let key = sessions.save(state.clone(), &ttl).await.expect("saved");
    let held = key.as_ref().to_owned();

    // "Sign out everywhere", not yet committed, when the other request writes its session back.
    let mut ends = app.db.begin().await.expect("a transaction");
    sqlx::query("delete from sessions")
        .execute(&mut *ends)
        .await
        .expect("deleted");
    let end = async {
        waiting(&app.database.pool(), 1).await;
        ends.commit().await.expect("committed");
    };
    let (written, ()) = futures_util::future::join(sessions.update(key, state, &ttl), end).await;
    let written = written.expect("written");
    assert_ne!(written.as_ref(), held, "not under the old key");
    let signed_in: i64 = sqlx::query_scalar("select count(*) from sessions where user_id is not null")
        .fetch_one(app.db.pool())
        .await
        .expect("a number");
    assert_eq!(signed_in, 0);
    let kept = sessions.load(&written).await.expect("loaded").expect("a session");
    assert_eq!(kept.get("flash").map(String::as_str), Some("\"Saved.\""));
    assert!(!kept.contains_key(USER));
}
