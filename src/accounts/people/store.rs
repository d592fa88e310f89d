//! SQL of the list of people and of open invitations.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::accounts::Role;
use crate::accounts::signing_in::IDLE_DAYS;
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{InvitationId, UserId};

/// A row of the list.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// The user, the cursor.
    pub id: UserId,
    /// Display name.
    pub name: String,
    /// Address.
    pub email: String,
    /// What they may be.
    pub role: Role,
    /// A client contact's company.
    pub organization: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// May not sign in any more since.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// Browsers that are signed in.
    pub sessions: i64,
    /// Whether a code is asked for at the sign-in.
    pub has_second_factor: bool,
}

/// Which people.
#[derive(Debug, Default)]
pub struct Filter {
    /// Part of a name or address.
    pub text: String,
    /// Only this role.
    pub role: Option<Role>,
    /// Older accounts than this, newest first.
    pub after: Option<UserId>,
    /// Newer accounts than this, oldest first.
    pub before: Option<UserId>,
}

/// At most `limit` people, the newest account first (the oldest first with `before`).
pub async fn people(
    conn: &mut PgConnection,
    filter: &Filter,
    now: DateTime<Utc>,
    limit: i64,
) -> AppResult<Vec<PersonRow>> {
    let mut tx = by_values(conn).await?;
    let rows = sqlx::query_as!(
        PersonRow,
        r#"select u.id as "id: UserId", u.name, u.email, u.role as "role: Role", o.name as "organization?", u.created_at,
                  u.deactivated_at,
                  (select count(*) from sign_ins s where s.user_id = u.id and s.ended_at is null and s.seen_at > $5)
                      as "sessions!",
                  exists (select 1 from second_factors f where f.user_id = u.id and f.confirmed_at is not null)
                      as "has_second_factor!"
           from users u left join organizations o on o.id = u.organization_id
           where ($1 = '' or position(lower($1) in lower(u.name)) > 0 or position(lower($1) in u.email) > 0)
             and ($2::text is null or u.role = $2)
             and ($3::uuid is null or u.id < $3) and ($4::uuid is null or u.id > $4)
           order by case when $4::uuid is null then u.id end desc, case when $4::uuid is not null then u.id end
           limit $6"#,
        filter.text,
        filter.role as Option<Role>,
        filter.after as Option<UserId>,
        filter.before as Option<UserId>,
        now - TimeDelta::days(IDLE_DAYS),
        limit,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows)
}

/// What an act needs of a person.
#[derive(Debug)]
pub struct Locked {
    /// What they may be.
    pub role: Role,
    /// Whether they may sign in.
    pub is_active: bool,
}

/// Locks a person, and every active admin with them, so that acts of two admins come one after the other. The admins are
/// those that are left once the lock is had.
pub async fn lock(conn: &mut PgConnection, id: UserId) -> AppResult<(Locked, Vec<UserId>)> {
    let admins = sqlx::query_scalar!(
        r#"select id as "id: UserId" from users where role = 'admin' and deactivated_at is null order by id for update"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let locked = sqlx::query_as!(
        Locked,
        r#"select role as "role: Role", deactivated_at is null as "is_active!" from users where id = $1 for update"#,
        id as UserId,
    )
    .fetch_one(conn)
    .await?;
    Ok((locked, admins))
}

/// Sets the role.
pub async fn set_role(conn: &mut PgConnection, id: UserId, role: Role) -> AppResult<()> {
    sqlx::query!(
        "update users set role = $2, version = version + 1 where id = $1",
        id as UserId,
        role as Role
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps somebody from signing in, or with `None` lets them again.
pub async fn set_deactivated(conn: &mut PgConnection, id: UserId, at: Option<DateTime<Utc>>) -> AppResult<()> {
    sqlx::query!(
        "update users set deactivated_at = $2, version = version + 1 where id = $1",
        id as UserId,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A link that can still be used.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    /// Id.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// What they become.
    pub role: Role,
    /// Who made it; nobody when it came from the command line.
    pub created_by: Option<String>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// The links that can still be used, the newest first.
pub async fn open_invitations(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<Vec<OpenInvitation>> {
    Ok(sqlx::query_as!(
        OpenInvitation,
        r#"select i.id as "id: InvitationId", i.email, i.role as "role: Role", u.name as "created_by?", i.expires_at
           from invitations i left join users u on u.id = i.created_by
           where i.used_at is null and i.expires_at > $1 order by i.id desc limit 50"#,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Ends a link now; `false` when it was used or over.
pub async fn end_invitation(conn: &mut PgConnection, id: InvitationId, now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "update invitations set expires_at = $2 where id = $1 and used_at is null and expires_at > $2",
        id as InvitationId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
