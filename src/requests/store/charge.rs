//! SQL of who answers for a request.

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{RequestId, UserId};

/// Whether this is active staff; if so, they stay it until the transaction ends. Asked before the request is locked: a
/// departure locks the person first and then what they own.
pub async fn hold_staff(conn: &mut PgConnection, user: UserId) -> AppResult<bool> {
    let held = sqlx::query_scalar!(
        "select 1 as one from users where id = $1 and role in ('admin', 'recruiter') and deactivated_at is null for share",
        user as UserId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(held.is_some())
}

/// The staff who can sign in, by name.
pub async fn staff(conn: &mut PgConnection) -> AppResult<Vec<(UserId, String)>> {
    let rows = sqlx::query!(
        r#"select id as "id: UserId", name from users where role in ('admin', 'recruiter') and deactivated_at is null
           order by lower(name), id limit 200"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Puts somebody in charge of a locked request, or nobody.
pub async fn put(conn: &mut PgConnection, id: RequestId, recruiter: Option<UserId>) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set recruiter_id = $2, version = version + 1 where id = $1",
        id as RequestId,
        recruiter as Option<UserId>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts somebody in charge of a locked request for which nobody answers yet.
pub async fn take(conn: &mut PgConnection, id: RequestId, recruiter: UserId) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set recruiter_id = $2 where id = $1 and recruiter_id is null",
        id as RequestId,
        recruiter as UserId,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives everything that somebody answers for and that is not over to somebody else; which requests.
pub async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<RequestId>> {
    Ok(sqlx::query_scalar!(
        r#"update role_requests set recruiter_id = $2, version = version + 1
           where recruiter_id = $1 and state not in ('draft', 'filled', 'cancelled') returning id as "id: RequestId""#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}
