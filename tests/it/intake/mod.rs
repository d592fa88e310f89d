//! Tests of how people come in: the form that a browser keeps, what they accept, who files and joins for a client.

mod by_phone;
mod charge;
mod contacts;
mod documents;
mod hand_over;
mod kept;

use meridian::db::constraint_of;
use sqlx::AssertSqlSafe;

use crate::support::app::App;

/// A number that one statement gives.
pub async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.db.pool()).await.expect(sql)
}

/// The constraint that refuses a statement made past the app.
pub async fn refused(app: &App, sql: &str) -> String {
    let error = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(app.db.pool())
        .await
        .expect_err(sql);
    constraint_of(&error)
        .unwrap_or_else(|| panic!("{sql}: {error}"))
        .to_owned()
}
