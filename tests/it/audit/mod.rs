//! The audit trail: nothing changes without a line, no line changes, and every line shows what was there before and after.

mod chain;
mod changes;
mod role;
mod shown;
mod unrecorded;

use meridian::events::{self, Actor};
use meridian::ids::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::app::App;

/// Hands an event of a user's record to the transaction.
async fn record(tx: &mut PgConnection, app: &App, kind: &'static str, subject: Uuid) {
    events::record(
        tx,
        &Actor::system(),
        app.clock.now(),
        kind,
        ("user", subject),
        serde_json::json!({}),
    )
    .await
    .expect("recorded");
}

async fn execute(tx: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(tx)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The constraint, or the SQLSTATE, by which a statement or a commit was refused.
fn refusal(error: &sqlx::Error) -> String {
    let named = meridian::db::constraint_of(error).map(str::to_owned);
    let code = || {
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned)
    };
    named.or_else(code).unwrap_or_else(|| error.to_string())
}

async fn user(app: &App, email: &str) -> UserId {
    app.user(meridian::accounts::Role::Recruiter, email, None).await
}
