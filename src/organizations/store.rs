//! SQL of organizations, their contacts and agreements.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{AgreementId, OrganizationId, UserId};
use crate::zones::Zone;

/// Inserts an organization; `organizations_name_once` refuses a second one of the name.
pub async fn insert(
    conn: &mut PgConnection,
    id: OrganizationId,
    name: &str,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organizations (id, name, zone, created_at) values ($1, $2, $3, $4)",
        id as OrganizationId,
        name,
        zone.name(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An organization.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Id.
    pub id: OrganizationId,
    /// Name.
    pub name: String,
    /// Whose clock its dates follow.
    pub zone: Zone,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// One organization.
pub async fn find(conn: &mut PgConnection, id: OrganizationId) -> AppResult<Option<Organization>> {
    Ok(sqlx::query_as!(
        Organization,
        r#"select id as "id: OrganizationId", name, zone as "zone: Zone", created_at from organizations where id = $1"#,
        id as OrganizationId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Locks the organization, so that its agreements are numbered one after the other.
pub async fn lock(conn: &mut PgConnection, id: OrganizationId) -> AppResult<()> {
    sqlx::query!(
        "select id from organizations where id = $1 for update",
        id as OrganizationId
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// An accepted agreement.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// Id.
    pub id: AgreementId,
    /// Version, from 1.
    pub number: i32,
    /// [`super::terms::Terms`].
    pub terms: serde_json::Value,
    /// As the contact typed it.
    pub accepted_name: String,
    /// The contact's account name.
    pub accepted_by: String,
    /// When.
    pub accepted_at: DateTime<Utc>,
    /// From which address.
    pub accepted_network: Option<String>,
}

/// The agreements of a client, newest first.
pub async fn agreements(conn: &mut PgConnection, organization: OrganizationId) -> AppResult<Vec<Agreement>> {
    Ok(sqlx::query_as!(
        Agreement,
        r#"select a.id as "id: AgreementId", a.number, a.terms, a.accepted_name, u.name as accepted_by, a.accepted_at,
                  a.accepted_network
           from agreements a join users u on u.id = a.accepted_by
           where a.organization_id = $1 order by a.number desc limit 50"#,
        organization as OrganizationId,
    )
    .fetch_all(conn)
    .await?)
}

/// The agreement in force.
pub async fn latest_agreement(conn: &mut PgConnection, organization: OrganizationId) -> AppResult<Option<Agreement>> {
    Ok(agreements(conn, organization).await?.into_iter().next())
}

/// Inserts an accepted agreement.
#[expect(
    clippy::too_many_arguments,
    reason = "one per column of a row that is written in one place"
)]
pub async fn insert_agreement(
    conn: &mut PgConnection,
    id: AgreementId,
    organization: OrganizationId,
    number: i32,
    terms: &serde_json::Value,
    by: UserId,
    accepted_name: &str,
    network: Option<&str>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into agreements (id, organization_id, number, terms, accepted_by, accepted_name, accepted_at, accepted_network)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as AgreementId,
        organization as OrganizationId,
        number,
        terms,
        by as UserId,
        accepted_name,
        now,
        network,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One line of the list of clients.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Id.
    pub id: OrganizationId,
    /// Name.
    pub name: String,
    /// Zone.
    pub zone: Zone,
    /// People who can sign in.
    pub contacts: i64,
    /// The version of the accepted agreement, if any.
    pub agreement: Option<i32>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// How many lines a page of the list has.
pub const PAGE: usize = 40;

/// Clients by name after `after` (lower case), one more than [`PAGE`] when there are more.
pub async fn list(conn: &mut PgConnection, search: &str, after: &str) -> AppResult<Vec<ListRow>> {
    let pattern = format!(
        "%{}%",
        search
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_")
            .to_lowercase()
    );
    Ok(sqlx::query_as!(
        ListRow,
        r#"select o.id as "id: OrganizationId", o.name, o.zone as "zone: Zone", o.created_at,
                  (select count(*) from users u where u.organization_id = o.id and u.deactivated_at is null) as "contacts!",
                  (select max(a.number) from agreements a where a.organization_id = o.id) as agreement
           from organizations o
           where lower(o.name) like $1 and lower(o.name) > $2
           order by lower(o.name) limit $3"#,
        pattern,
        after,
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?)
}
