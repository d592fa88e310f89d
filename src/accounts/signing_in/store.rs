//! SQL of sign-ins.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{IDLE_DAYS, LONGEST_DAYS};
use crate::error::AppResult;
use crate::ids::{SignInId, UserId};

/// Notes a browser in which somebody signed in.
pub async fn open(
    conn: &mut PgConnection,
    id: SignInId,
    user: UserId,
    now: DateTime<Utc>,
    network: Option<&str>,
    agent: &str,
) -> AppResult<()> {
    sqlx::query!(
        "insert into sign_ins (id, user_id, at, seen_at, proved_at, network, agent) values ($1, $2, $3, $3, $3, $4, $5)",
        id as SignInId,
        user as UserId,
        now,
        network,
        agent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the browser was used.
pub async fn seen(conn: &mut PgConnection, id: SignInId, now: DateTime<Utc>, network: Option<&str>) -> AppResult<()> {
    sqlx::query!(
        "update sign_ins set seen_at = $2, network = coalesce($3, network) where id = $1",
        id as SignInId,
        now,
        network
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the person proved who they are.
pub async fn proved(conn: &mut PgConnection, id: SignInId, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!("update sign_ins set proved_at = $2 where id = $1", id as SignInId, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends one sign-in, whoever's it is.
pub async fn end(conn: &mut PgConnection, id: SignInId, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update sign_ins set ended_at = $2 where id = $1 and ended_at is null",
        id as SignInId,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one sign-in of `user`; `false` when there is no such open one.
pub async fn end_own(conn: &mut PgConnection, user: UserId, id: SignInId, now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "update sign_ins set ended_at = $3 where id = $1 and user_id = $2 and ended_at is null",
        id as SignInId,
        user as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone)]
pub struct Open {
    /// Id.
    pub id: SignInId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Last used, to a few minutes.
    pub seen_at: DateTime<Utc>,
    /// From where, last.
    pub network: Option<String>,
    /// What the browser said it is.
    pub agent: String,
}

/// The open sign-ins of a user, last used first; at most 100.
pub async fn open_of(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> AppResult<Vec<Open>> {
    Ok(sqlx::query_as!(
        Open,
        r#"select id as "id: SignInId", at, seen_at, network, agent from sign_ins
           where user_id = $1 and ended_at is null and seen_at > $2 and at > $3
           order by seen_at desc, id desc limit 100"#,
        user as UserId,
        now - TimeDelta::days(IDLE_DAYS),
        now - TimeDelta::days(LONGEST_DAYS),
    )
    .fetch_all(conn)
    .await?)
}

/// Removes sign-ins that ended or were not used for long; how many.
pub async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<u64> {
    Ok(sqlx::query!(
        "delete from sign_ins where seen_at <= $1 or ended_at <= $1",
        now - TimeDelta::days(LONGEST_DAYS),
    )
    .execute(conn)
    .await?
    .rows_affected())
}
