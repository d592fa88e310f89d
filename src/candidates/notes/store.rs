//! SQL of the notes.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::candidates::about::About;
use crate::error::AppResult;
use crate::ids::{CandidateId, NoteId, OrganizationId, UserId};

/// Notes of a page at most.
pub const ROWS: usize = 20;

/// A note as it stands now.
#[derive(Debug, Clone)]
pub struct Note {
    /// Its first version.
    pub id: NoteId,
    /// The newest text.
    pub body: String,
    /// How many versions there are.
    pub versions: i32,
    /// Stands above the others.
    pub pinned: bool,
    /// Who wrote it.
    pub author: UserId,
    /// Their name.
    pub by: String,
    /// When it was written.
    pub made_at: DateTime<Utc>,
    /// When it was last corrected; the same where it never was.
    pub edited_at: DateTime<Utc>,
}

/// The notes about somebody, pinned ones first, then the newest, below `below` (pin and id of the last one seen): at most `limit`.
pub async fn list(
    conn: &mut PgConnection,
    about: About,
    below: Option<(bool, NoteId)>,
    limit: usize,
) -> AppResult<Vec<Note>> {
    let (candidate, organization) = about.ids();
    Ok(sqlx::query_as!(
        Note,
        r#"select n.id as "id: NoteId", v.body, v.number as versions, n.pinned, n.made_by as "author: UserId", u.name as by,
                  n.made_at, v.made_at as edited_at
           from notes n join users u on u.id = n.made_by
           join lateral (select x.body, x.number, x.made_at from notes x where x.root_id = n.id order by x.number desc limit 1) v on true
           where n.number = 1 and n.candidate_id is not distinct from $1 and n.organization_id is not distinct from $2
             and ($4::uuid is null or (n.pinned, n.id) < ($3, $4))
           order by n.pinned desc, n.id desc limit $5"#,
        candidate as Option<CandidateId>,
        organization as Option<OrganizationId>,
        below.is_some_and(|(pinned, _)| pinned),
        below.map(|(_, id)| id) as Option<NoteId>,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?)
}

/// What an act on a note needs.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Whom it is about.
    pub about: About,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Stands above the others.
    pub pinned: bool,
}

/// A note, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: NoteId) -> AppResult<Option<Held>> {
    let row = sqlx::query!(
        r#"select candidate_id as "candidate: CandidateId", organization_id as "organization: OrganizationId",
                  made_by as "author: UserId", made_at, pinned
           from notes where id = $1 and number = 1 for update"#,
        id as NoteId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| {
        let about = match (row.candidate, row.organization) {
            (Some(id), _) => About::Candidate(id),
            (None, id) => About::Organization(id?),
        };
        Some(Held {
            about,
            author: row.author,
            made_at: row.made_at,
            pinned: row.pinned,
        })
    }))
}

/// One version of a note.
#[derive(Debug, Clone)]
pub struct Version {
    /// From 1.
    pub number: i32,
    /// The text.
    pub body: String,
    /// Who.
    pub by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// Every version, the newest first.
pub async fn versions(conn: &mut PgConnection, id: NoteId) -> AppResult<Vec<Version>> {
    Ok(sqlx::query_as!(
        Version,
        "select n.number, n.body, u.name as by, n.made_at from notes n join users u on u.id = n.made_by
         where n.root_id = $1 order by n.number desc",
        id as NoteId,
    )
    .fetch_all(conn)
    .await?)
}

/// Inserts the first version.
pub async fn insert(
    conn: &mut PgConnection,
    id: NoteId,
    about: About,
    body: &str,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    let (candidate, organization) = about.ids();
    sqlx::query!(
        "insert into notes (id, root_id, number, candidate_id, organization_id, body, made_by, made_at)
         values ($1, $1, 1, $2, $3, $4, $5, $6)",
        id as NoteId,
        candidate as Option<CandidateId>,
        organization as Option<OrganizationId>,
        body,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Inserts the next version of a note that is locked.
pub async fn correct(
    conn: &mut PgConnection,
    root: NoteId,
    body: &str,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into notes (id, root_id, number, candidate_id, organization_id, body, made_by, made_at)
         select $1, n.root_id, max(n.number) + 1, n.candidate_id, n.organization_id, $3, $4, $5
         from notes n where n.root_id = $2 group by n.root_id, n.candidate_id, n.organization_id",
        NoteId::new() as NoteId,
        root as NoteId,
        body,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets or takes the pin.
pub async fn pin(conn: &mut PgConnection, id: NoteId, pinned: bool) -> AppResult<()> {
    sqlx::query!("update notes set pinned = $2 where id = $1", id as NoteId, pinned)
        .execute(conn)
        .await?;
    Ok(())
}

/// What the person or the client is called; none where there is no such record.
pub async fn title(conn: &mut PgConnection, about: About) -> AppResult<Option<String>> {
    let (candidate, organization) = about.ids();
    Ok(sqlx::query_scalar!(
        r#"select coalesce(name, 'M-' || code) as "title!" from candidates where id = $1
           union all select name from organizations where id = $2"#,
        candidate as Option<CandidateId>,
        organization as Option<OrganizationId>,
    )
    .fetch_optional(conn)
    .await?)
}
