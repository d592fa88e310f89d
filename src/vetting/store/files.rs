//! SQL of the files of checks.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::candidates::blind::Eyes;
use crate::candidates::cv::Kind;
use crate::candidates::cv::store::NewFile;
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckFileId, CheckId, UserId};

/// A file that is kept.
#[derive(Debug, Clone)]
pub struct CheckFile {
    /// Id.
    pub id: CheckFileId,
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

/// The files of a check of `candidate`, newest first. Whoever owes a scorecard about the person has their own alone: what others
/// keep of a check may say what they think of it.
pub async fn files(
    conn: &mut PgConnection,
    (candidate, check): (CandidateId, CheckId),
    eyes: Eyes,
) -> AppResult<Vec<CheckFile>> {
    Ok(sqlx::query_as!(
        CheckFile,
        r#"select f.id as "id: CheckFileId", f.name, f.kind as "kind: Kind", f.bytes, f.sha256, u.name as by, f.received_at
           from check_files f join users u on u.id = f.uploaded_by join candidates c on c.id = f.candidate_id
           where f.check_id = $2 and f.candidate_id = $1
             and (f.uploaded_by = $3::uuid or not coalesce($3::uuid = any(c.owed_by), false))
           order by f.id desc limit 50"#,
        candidate as CandidateId,
        check as CheckId,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}

/// How many files a check has.
pub async fn count(conn: &mut PgConnection, check: CheckId) -> AppResult<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from check_files where check_id = $1"#,
        check as CheckId
    )
    .fetch_one(conn)
    .await?)
}

/// Inserts one; the database refuses those of background and identity checks.
pub async fn insert(
    conn: &mut PgConnection,
    (candidate, check): (CandidateId, CheckId),
    file: &NewFile<'_>,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into check_files (id, check_id, candidate_id, name, kind, bytes, sha256, uploaded_by, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        CheckFileId::new() as CheckFileId,
        check as CheckId,
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
