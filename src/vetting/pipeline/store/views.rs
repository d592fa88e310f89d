//! SQL of saved views. Each statement names whose they are: nobody reaches another one's.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{SavedViewId, UserId};

/// A saved view.
#[derive(Debug, Clone)]
pub struct SavedView {
    /// Id.
    pub id: SavedViewId,
    /// What its owner calls it.
    pub name: String,
    /// The part of the address behind the question mark.
    pub query: String,
    /// The pipeline opens with it.
    pub is_default: bool,
}

/// Somebody's views, by name.
pub async fn views(conn: &mut PgConnection, user: UserId) -> AppResult<Vec<SavedView>> {
    Ok(sqlx::query_as!(
        SavedView,
        r#"select id as "id: SavedViewId", name, query, is_default from saved_views where user_id = $1 order by lower(name), id"#,
        user as UserId,
    )
    .fetch_all(conn)
    .await?)
}

/// How many views somebody has, who cannot save another one meanwhile.
pub async fn held(conn: &mut PgConnection, user: UserId) -> AppResult<i64> {
    sqlx::query_scalar!(
        "select 1 as one from users where id = $1 for no key update",
        user as UserId
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "views!" from saved_views where user_id = $1"#,
        user as UserId
    )
    .fetch_one(conn)
    .await?)
}

/// Saves one; `saved_views_name_once` refuses a second one of the name.
pub async fn insert(
    conn: &mut PgConnection,
    id: SavedViewId,
    user: UserId,
    (name, query): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into saved_views (id, user_id, name, query, created_at) values ($1, $2, $3, $4, $5)",
        id as SavedViewId,
        user as UserId,
        name,
        query,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives one another name; whether it is there.
pub async fn rename(conn: &mut PgConnection, id: SavedViewId, user: UserId, name: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update saved_views set name = $3 where id = $1 and user_id = $2",
        id as SavedViewId,
        user as UserId,
        name,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes one the default, or none; the owner is held by [`held`]. Whether it is there.
pub async fn choose(
    conn: &mut PgConnection,
    id: SavedViewId,
    user: UserId,
    chosen: Option<SavedViewId>,
) -> AppResult<bool> {
    sqlx::query!(
        "update saved_views set is_default = false where user_id = $1 and is_default",
        user as UserId
    )
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query!(
        "update saved_views set is_default = ($3::uuid is not null) where id = $1 and user_id = $2",
        id as SavedViewId,
        user as UserId,
        chosen as Option<SavedViewId>,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets one; whether it was there.
pub async fn forget(conn: &mut PgConnection, id: SavedViewId, user: UserId) -> AppResult<bool> {
    let done = sqlx::query!(
        "delete from saved_views where id = $1 and user_id = $2",
        id as SavedViewId,
        user as UserId
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
