//! SQL of a client's contacts and of those who are invited to join them.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::accounts::signing_in::IDLE_DAYS;
use crate::error::AppResult;
use crate::ids::{InvitationId, OrganizationId, UserId};

/// A contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The account.
    pub id: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Signs in no more.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// When they last used the app.
    pub seen_at: Option<DateTime<Utc>>,
    /// Whether a browser of theirs is signed in.
    pub is_signed_in: bool,
}

/// The people of an organization, the first one first.
pub async fn contacts(conn: &mut PgConnection, id: OrganizationId, now: DateTime<Utc>) -> AppResult<Vec<Contact>> {
    Ok(sqlx::query_as!(
        Contact,
        r#"select u.id as "id: UserId", u.name, u.email, u.created_at, u.deactivated_at, max(s.seen_at) as seen_at,
                  coalesce(bool_or(s.ended_at is null and s.seen_at > $2), false) as "is_signed_in!"
           from users u left join sign_ins s on s.user_id = u.id
           where u.organization_id = $1 group by u.id order by u.id limit 200"#,
        id as OrganizationId,
        now - TimeDelta::days(IDLE_DAYS),
    )
    .fetch_all(conn)
    .await?)
}

/// Somebody who was invited and has not joined yet.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The invitation.
    pub id: InvitationId,
    /// The name they were invited by, or nothing.
    pub name: String,
    /// Address.
    pub email: String,
    /// Who invited them.
    pub by: Option<String>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// The invitations to an organization that can still be used, the newest first.
pub async fn invited(conn: &mut PgConnection, id: OrganizationId, now: DateTime<Utc>) -> AppResult<Vec<Invited>> {
    Ok(sqlx::query_as!(
        Invited,
        r#"select i.id as "id: InvitationId", i.name, i.email, u.name as "by?", i.expires_at
           from invitations i left join users u on u.id = i.created_by
           where i.organization_id = $1 and i.used_at is null and i.expires_at > $2 order by i.created_at desc, i.id limit 100"#,
        id as OrganizationId,
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// Locks every active contact of an organization, so that acts of two of them come one after the other. Those that are left
/// once the lock is had.
pub async fn lock_active(conn: &mut PgConnection, id: OrganizationId) -> AppResult<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: UserId" from users where organization_id = $1 and deactivated_at is null order by id for update"#,
        id as OrganizationId,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether the account belongs to the organization.
pub async fn is_contact(conn: &mut PgConnection, id: OrganizationId, contact: UserId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from users where id = $2 and organization_id = $1) as "is!""#,
        id as OrganizationId,
        contact as UserId,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether the invitation belongs to the organization.
pub async fn is_invitation(conn: &mut PgConnection, id: OrganizationId, invitation: InvitationId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from invitations where id = $2 and organization_id = $1) as "is!""#,
        id as OrganizationId,
        invitation as InvitationId,
    )
    .fetch_one(conn)
    .await?)
}
