//! SQL of the second factor.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;
use crate::ids::UserId;

/// The second factor of an account.
#[derive(Debug, Clone)]
pub struct Factor {
    /// What its secret is made from.
    pub salt: Uuid,
    /// Since when it is asked for; none while it is being set up.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Recovery codes left.
    pub codes_left: i64,
}

/// The factor of a user.
pub async fn factor(conn: &mut PgConnection, user: UserId) -> AppResult<Option<Factor>> {
    Ok(sqlx::query_as!(
        Factor,
        r#"select salt, confirmed_at,
                  (select count(*) from recovery_codes r where r.user_id = f.user_id and r.used_at is null) as "codes_left!"
           from second_factors f where user_id = $1"#,
        user as UserId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whether a code is asked for at the sign-in.
pub async fn is_on(conn: &mut PgConnection, user: UserId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from second_factors where user_id = $1 and confirmed_at is not null) as "is_on!""#,
        user as UserId
    )
    .fetch_one(conn)
    .await?)
}

/// Begins to set it up; one that is being set up begins anew, one that is on stays.
pub async fn begin(conn: &mut PgConnection, user: UserId, salt: Uuid, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "insert into second_factors (user_id, salt, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set salt = $2, created_at = $3, last_step = 0
         where second_factors.confirmed_at is null",
        user as UserId,
        salt,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses the code of a time step up; `false` when it, or a later one, was used before.
pub async fn use_step(conn: &mut PgConnection, user: UserId, step: i64) -> AppResult<bool> {
    let done = sqlx::query!(
        "update second_factors set last_step = $2 where user_id = $1 and last_step < $2",
        user as UserId,
        step
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Turns it on; `false` when it is on or was taken away.
pub async fn confirm(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "update second_factors set confirmed_at = $2 where user_id = $1 and confirmed_at is null",
        user as UserId,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes it away with its recovery codes; `false` when there was none.
pub async fn remove(conn: &mut PgConnection, user: UserId) -> AppResult<bool> {
    let done = sqlx::query!("delete from second_factors where user_id = $1", user as UserId)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts these recovery codes in the place of all earlier ones.
pub async fn replace_codes(conn: &mut PgConnection, user: UserId, hashes: &[Vec<u8>]) -> AppResult<()> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user as UserId)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into recovery_codes (user_id, code_hash) select $1, unnest($2::bytea[])",
        user as UserId,
        hashes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a recovery code up; `false` when there is no such unused one.
pub async fn use_code(conn: &mut PgConnection, user: UserId, hash: &[u8], now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
        user as UserId,
        hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether staff must have one.
pub async fn is_demanded(conn: &mut PgConnection) -> AppResult<bool> {
    let value = sqlx::query_scalar!("select value from settings where name = 'staff_second_factor'")
        .fetch_optional(conn)
        .await?;
    Ok(value.and_then(|value| value.as_bool()).unwrap_or(false))
}

/// Chooses whether staff must have one.
pub async fn set_demanded(
    conn: &mut PgConnection,
    demanded: bool,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into settings (name, value, changed_at, changed_by) values ('staff_second_factor', $1, $2, $3)
         on conflict (name) do update set value = $1, changed_at = $2, changed_by = $3",
        serde_json::Value::Bool(demanded),
        now,
        by as Option<UserId>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many active staff have none.
pub async fn staff_without(conn: &mut PgConnection) -> AppResult<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from users u where u.role in ('admin', 'recruiter') and u.deactivated_at is null
           and not exists (select 1 from second_factors f where f.user_id = u.id and f.confirmed_at is not null)"#
    )
    .fetch_one(conn)
    .await?)
}
