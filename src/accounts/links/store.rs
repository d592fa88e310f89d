//! SQL of one-time links.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Purpose;
use crate::error::AppResult;
use crate::events::Actor;
use crate::ids::{EventId, LinkId, UserId};

/// A link that is made.
#[derive(Debug)]
pub struct NewLink<'a> {
    /// A random id.
    pub id: LinkId,
    /// What for.
    pub purpose: Purpose,
    /// Whose account.
    pub user: UserId,
    /// To which address it goes; folded.
    pub email: &'a str,
    /// What is kept of the token.
    pub token_hash: &'a [u8],
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// Inserts a link.
pub async fn insert(conn: &mut PgConnection, link: &NewLink<'_>, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "insert into account_links (id, purpose, user_id, email, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
        link.id as LinkId,
        link.purpose as Purpose,
        link.user as UserId,
        link.email,
        link.token_hash,
        now,
        link.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the user's unused links of a purpose useless; with `None`, of every purpose.
pub async fn end(conn: &mut PgConnection, user: UserId, purpose: Option<Purpose>, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update account_links set ended_at = $3
         where user_id = $1 and ($2::text is null or purpose = $2) and used_at is null and ended_at is null",
        user as UserId,
        purpose as Option<Purpose>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A link that works.
#[derive(Debug)]
pub struct LiveLink {
    /// Id.
    pub id: LinkId,
    /// What for.
    pub purpose: Purpose,
    /// Whose account.
    pub user: UserId,
    /// To which address it went.
    pub email: String,
    /// The account's present address.
    pub present: String,
    /// The person's name.
    pub name: String,
}

/// The link of a token, if it works and its account is in use; locked until the transaction ends.
pub async fn live(conn: &mut PgConnection, token_hash: &[u8], now: DateTime<Utc>) -> AppResult<Option<LiveLink>> {
    Ok(sqlx::query_as!(
        LiveLink,
        r#"select l.id as "id: LinkId", l.purpose as "purpose: Purpose", l.user_id as "user: UserId", l.email, u.email as present, u.name
           from account_links l join users u on u.id = l.user_id
           where l.token_hash = $1 and l.used_at is null and l.ended_at is null and l.expires_at > $2 and u.deactivated_at is null
           for update of l"#,
        token_hash,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Uses a link up.
pub async fn spend(conn: &mut PgConnection, id: LinkId, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!("update account_links set used_at = $2 where id = $1", id as LinkId, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that the present address is its owner's.
pub async fn confirm_email(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update users set email_confirmed_at = coalesce(email_confirmed_at, $2) where id = $1",
        user as UserId,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives an account a new, confirmed address; the constraint `users_email_once` refuses one that is taken.
pub async fn set_email(
    conn: &mut PgConnection,
    user: UserId,
    email: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set email = $2, email_confirmed_at = $3, version = version + 1 where id = $1",
        user as UserId,
        email,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the present address is confirmed, and a change that waits for its link.
#[derive(Debug)]
pub struct AddressState {
    /// Whether the present address is its owner's.
    pub confirmed: bool,
    /// The address that waits for its link.
    pub waiting: Option<String>,
}

/// How an account's address stands.
pub async fn address_state(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> AppResult<AddressState> {
    Ok(sqlx::query_as!(
        AddressState,
        r#"select u.email_confirmed_at is not null as "confirmed!",
                  (select l.email from account_links l where l.user_id = u.id and l.purpose = 'address' and l.used_at is null
                     and l.ended_at is null and l.expires_at > $2 limit 1) as waiting
           from users u where u.id = $1"#,
        user as UserId,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes that somebody asked for a new password.
pub async fn ask_reset(conn: &mut PgConnection, by: &Actor, email: &str, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "insert into asked_resets (id, email, at, network, request_id) values ($1, $2, $3, $4, $5)",
        EventId::new() as EventId,
        email,
        now,
        by.network,
        by.request_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody who asked, and whom it concerns.
#[derive(Debug)]
pub struct Asked {
    /// The account.
    pub user: UserId,
    /// Its address.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// Where the question came from.
    pub network: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Takes the open questions, oldest first, marks them answered and gives those that concern an account in use. How many
/// were taken comes first.
pub async fn take_asked(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<(u64, Vec<Asked>)> {
    let taken = sqlx::query!(
        r#"with open as (select id from asked_resets where done_at is null order by id limit 100 for update skip locked)
           update asked_resets a set done_at = $1 from open where a.id = open.id returning a.email, a.network, a.request_id"#,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    let emails: Vec<String> = taken.iter().map(|row| row.email.clone()).collect();
    let users = sqlx::query!(
        r#"select id as "id: UserId", email, name from users where email = any($1) and deactivated_at is null"#,
        &emails,
    )
    .fetch_all(conn)
    .await?;
    let count = taken.len() as u64;
    let asked = taken.into_iter().filter_map(|row| {
        let user = users.iter().find(|user| user.email == row.email)?;
        Some(Asked {
            user: user.id,
            email: user.email.clone(),
            name: user.name.clone(),
            network: row.network,
            request_id: row.request_id,
        })
    });
    Ok((count, asked.collect()))
}

/// Forgets questions that were answered before `then`; how many.
pub async fn forget_asked(conn: &mut PgConnection, then: DateTime<Utc>) -> AppResult<u64> {
    Ok(
        sqlx::query!("delete from asked_resets where at < $1 and done_at is not null", then)
            .execute(conn)
            .await?
            .rows_affected(),
    )
}
