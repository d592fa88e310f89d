//! SQL of users, sessions and invitations.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::signing_in::{IDLE_DAYS, LONGEST_DAYS};
use super::{Role, Viewer};
use crate::error::AppResult;
use crate::ids::{CandidateId, InvitationId, OrganizationId, SignInId, UserId};

/// What a login needs of a user.
#[derive(Debug)]
pub struct Credentials {
    /// The user.
    pub id: UserId,
    /// PHC string.
    pub password_hash: String,
    /// Where they go.
    pub role: Role,
    /// What a session made of this is worth: nothing once the user's sessions were ended.
    pub session_epoch: i32,
}

/// A user to insert.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Fresh.
    pub id: UserId,
    /// Folded by `fold_email`.
    pub email: &'a str,
    /// As typed, trimmed.
    pub name: &'a str,
    /// PHC string.
    pub password_hash: &'a str,
    /// Role.
    pub role: Role,
    /// For clients.
    pub organization: Option<OrganizationId>,
}

/// The viewer behind a session: a sign-in of that epoch, unless ended, unused for too long, or the user deactivated.
pub async fn viewer(
    conn: &mut PgConnection,
    user: UserId,
    epoch: i32,
    sign_in: SignInId,
    now: DateTime<Utc>,
) -> AppResult<Option<Viewer>> {
    Ok(sqlx::query_as!(
        Viewer,
        r#"select user_id as "user!: UserId", name as "name!", email as "email!", role as "role!: Role",
                  organization_id as "organization: OrganizationId", candidate_id as "candidate: CandidateId", zone,
                  sign_in_id as "sign_in!: SignInId", seen_at as "seen_at!", proved_at as "proved_at!",
                  has_second_factor as "has_second_factor!", staff_need_one as "staff_need_one!"
           from viewers
           where user_id = $1 and session_epoch = $2 and sign_in_id = $3 and seen_at > $4 and signed_in_at > $5"#,
        user as UserId,
        epoch,
        sign_in as SignInId,
        now - TimeDelta::days(IDLE_DAYS),
        now - TimeDelta::days(LONGEST_DAYS),
    )
    .fetch_optional(conn)
    .await?)
}

/// What a session holds, unless it has ended, and the [`viewer`] behind it with the epoch.
pub async fn session(
    conn: &mut PgConnection,
    key_hash: &[u8],
    now: DateTime<Utc>,
) -> AppResult<Option<(serde_json::Value, Option<(Viewer, i32)>)>> {
    // actix-session keeps each value as JSON in a text: an id has quotation marks around it.
    let row = sqlx::query!(
        r#"select s.state, v.user_id as "user?: UserId", v.session_epoch as "epoch?", v.name as "name?", v.email as "email?",
                  v.role as "role?: Role", v.organization_id as "organization?: OrganizationId",
                  v.candidate_id as "candidate?: CandidateId", v.zone as "zone?", v.sign_in_id as "sign_in?: SignInId", v.seen_at as "seen_at?",
                  v.proved_at as "proved_at?", v.has_second_factor as "has_second_factor?", v.staff_need_one as "staff_need_one?"
           from sessions s
           left join viewers v on v.user_id = s.user_id and v.session_epoch = coalesce((s.state ->> 'epoch')::int, 0)
                and v.sign_in_id = btrim(s.state ->> 'sign_in', '"')::uuid and v.seen_at > $3 and v.signed_in_at > $4
           where s.key_hash = $1 and s.expires_at > $2"#,
        key_hash,
        now,
        now - TimeDelta::days(IDLE_DAYS),
        now - TimeDelta::days(LONGEST_DAYS),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let viewer = (|| {
            let viewer = Viewer {
                user: row.user?,
                name: row.name?,
                email: row.email?,
                role: row.role?,
                organization: row.organization,
                candidate: row.candidate,
                zone: row.zone,
                sign_in: row.sign_in?,
                seen_at: row.seen_at?,
                proved_at: row.proved_at?,
                has_second_factor: row.has_second_factor?,
                staff_need_one: row.staff_need_one?,
            };
            Some((viewer, row.epoch?))
        })();
        (row.state, viewer)
    }))
}

/// Who signs in with this address, unless deactivated. `email` is folded.
pub async fn credentials(conn: &mut PgConnection, email: &str) -> AppResult<Option<Credentials>> {
    Ok(sqlx::query_as!(
        Credentials,
        r#"select id as "id: UserId", password_hash, role as "role: Role", session_epoch from users
           where email = $1 and deactivated_at is null"#,
        email,
    )
    .fetch_optional(conn)
    .await?)
}

/// The user with this address, active or not. `email` is folded.
pub async fn id_of(conn: &mut PgConnection, email: &str) -> AppResult<Option<UserId>> {
    Ok(
        sqlx::query_scalar!(r#"select id as "id: UserId" from users where email = $1"#, email)
            .fetch_optional(conn)
            .await?,
    )
}

/// Whom an account belongs to.
#[derive(Debug)]
pub struct Owner {
    /// Display name.
    pub name: String,
    /// Folded.
    pub email: String,
    /// Where they go.
    pub role: Role,
}

/// The owner of an active account whose sessions were not ended since `epoch`.
pub async fn owner(conn: &mut PgConnection, user: UserId, epoch: i32) -> AppResult<Option<Owner>> {
    Ok(sqlx::query_as!(
        Owner,
        r#"select name, email, role as "role: Role" from users
           where id = $1 and session_epoch = $2 and deactivated_at is null"#,
        user as UserId,
        epoch,
    )
    .fetch_optional(conn)
    .await?)
}

/// The password hash of a user.
pub async fn password_hash(conn: &mut PgConnection, user: UserId) -> AppResult<String> {
    Ok(
        sqlx::query_scalar!("select password_hash from users where id = $1", user as UserId)
            .fetch_one(conn)
            .await?,
    )
}

/// Inserts a user; the constraint `users_email_once` refuses a second one with the address.
pub async fn insert_user(conn: &mut PgConnection, user: &NewUser<'_>, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into users (id, email, name, password_hash, role, organization_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        user.id as UserId,
        user.email,
        user.name,
        user.password_hash,
        user.role as Role,
        user.organization as Option<OrganizationId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes the own name.
pub async fn rename(conn: &mut PgConnection, user: UserId, name: &str) -> AppResult<()> {
    sqlx::query!(
        "update users set name = $2, version = version + 1 where id = $1",
        user as UserId,
        name
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets a new password hash.
pub async fn set_password(conn: &mut PgConnection, user: UserId, hash: &str) -> AppResult<()> {
    sqlx::query!(
        "update users set password_hash = $2, version = version + 1 where id = $1",
        user as UserId,
        hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The epoch for a session of that user that is made now.
pub async fn session_epoch(conn: &mut PgConnection, user: UserId) -> AppResult<i32> {
    Ok(
        sqlx::query_scalar!("select session_epoch from users where id = $1", user as UserId)
            .fetch_one(conn)
            .await?,
    )
}

/// Ends every session of a user, and every one that is being made at this moment; how many there were.
pub async fn end_sessions(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> AppResult<u64> {
    sqlx::query!(
        "update users set session_epoch = session_epoch + 1 where id = $1",
        user as UserId
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from sessions where user_id = $1", user as UserId)
        .execute(&mut *conn)
        .await?;
    let ended = sqlx::query!(
        "update sign_ins set ended_at = $2 where user_id = $1 and ended_at is null",
        user as UserId,
        now
    );
    Ok(ended.execute(conn).await?.rows_affected())
}

/// Removes sessions that ended before `now`; how many.
pub async fn sweep_sessions(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<u64> {
    Ok(sqlx::query!("delete from sessions where expires_at <= $1", now)
        .execute(conn)
        .await?
        .rows_affected())
}

/// A live invitation.
#[derive(Debug)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// Whom it is for; folded.
    pub email: String,
    /// What they become.
    pub role: Role,
    /// The profile that a candidate takes over.
    pub candidate: Option<CandidateId>,
    /// The client that a contact joins.
    pub organization: Option<OrganizationId>,
    /// How whoever invited them calls them; may be empty.
    pub name: String,
}

/// Inserts an invitation.
pub async fn insert_invitation(
    conn: &mut PgConnection,
    invitation: &Invitation,
    token_hash: &[u8],
    by: Option<UserId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into invitations (id, email, role, token_hash, created_by, created_at, expires_at, candidate_id, organization_id, name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        invitation.id as InvitationId,
        invitation.email,
        invitation.role as Role,
        token_hash,
        by as Option<UserId>,
        now,
        expires_at,
        invitation.candidate as Option<CandidateId>,
        invitation.organization as Option<OrganizationId>,
        invitation.name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a profile without an account its account; `false` when it has one by now.
pub async fn bind_candidate(conn: &mut PgConnection, candidate: CandidateId, user: UserId) -> AppResult<bool> {
    let done = sqlx::query!(
        "update candidates set user_id = $2, version = version + 1 where id = $1 and user_id is null",
        candidate as CandidateId,
        user as UserId,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The unused, unexpired invitation of a token, locked.
pub async fn invitation(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> AppResult<Option<Invitation>> {
    Ok(sqlx::query_as!(
        Invitation,
        r#"select id as "id: InvitationId", email, role as "role: Role", candidate_id as "candidate: CandidateId",
                  organization_id as "organization: OrganizationId", name from invitations
           where token_hash = $1 and used_at is null and expires_at > $2 for update"#,
        token_hash,
        now,
    )
    .fetch_optional(conn)
    .await?)
}

/// Marks an invitation used.
pub async fn use_invitation(
    conn: &mut PgConnection,
    id: InvitationId,
    user: UserId,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update invitations set used_at = $3, used_by = $2 where id = $1",
        id as InvitationId,
        user as UserId,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
