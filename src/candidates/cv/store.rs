//! SQL of the CV files.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Kind;
use crate::blobs::Digest;
use crate::error::AppResult;
use crate::ids::{CandidateId, CvId, UserId};

/// A file that is kept.
#[derive(Debug, Clone)]
pub struct CvFile {
    /// Id.
    pub id: CvId,
    /// As it was called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its content.
    pub sha256: Vec<u8>,
    /// Who sent it.
    pub by: String,
    /// When its last byte was in.
    pub received_at: DateTime<Utc>,
}

impl CvFile {
    /// The hash as people compare it.
    pub fn digest(&self) -> String {
        let digest = Digest::from_bytes(&self.sha256);
        digest.map(|digest| digest.to_string()).unwrap_or_default()
    }
}

/// The files of a person that are kept, newest first.
pub async fn files(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Vec<CvFile>> {
    Ok(sqlx::query_as!(
        CvFile,
        r#"select f.id as "id: CvId", f.name, f.kind as "kind: Kind", f.bytes, f.sha256, u.name as by, f.received_at
           from cv_files f join users u on u.id = f.uploaded_by
           where f.candidate_id = $1 and f.removed_at is null order by f.id desc limit 50"#,
        candidate as CandidateId,
    )
    .fetch_all(conn)
    .await?)
}

/// One kept file of that person, with the person's code.
pub async fn file(conn: &mut PgConnection, candidate: CandidateId, id: CvId) -> AppResult<Option<(CvFile, i32)>> {
    let code = sqlx::query_scalar!(
        r#"select c.code from candidates c where c.id = $1"#,
        candidate as CandidateId
    )
    .fetch_optional(&mut *conn)
    .await?;
    let found = files(conn, candidate).await?.into_iter().find(|file| file.id == id);
    Ok(found.zip(code))
}

/// How many files of a person are kept.
pub async fn count(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from cv_files where candidate_id = $1 and removed_at is null"#,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// A file to keep.
#[derive(Debug, Clone)]
pub struct NewFile<'a> {
    /// As it is called.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its content.
    pub sha256: &'a [u8],
}

/// Inserts it.
pub async fn insert(
    conn: &mut PgConnection,
    id: CvId,
    candidate: CandidateId,
    file: &NewFile<'_>,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into cv_files (id, candidate_id, name, kind, bytes, sha256, uploaded_by, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as CvId,
        candidate as CandidateId,
        file.name,
        file.kind as Kind,
        file.bytes,
        file.sha256,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks it as removed, and gives its content's hash; none where there is no such file.
pub async fn remove(
    conn: &mut PgConnection,
    candidate: CandidateId,
    id: CvId,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar!(
        "update cv_files set name = '', removed_by = $3, removed_at = $4
         where id = $2 and candidate_id = $1 and removed_at is null returning sha256",
        candidate as CandidateId,
        id as CvId,
        by as UserId,
        at,
    )
    .fetch_optional(conn)
    .await?)
}
