//! SQL of the import: finding people again.

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::CandidateId;

/// A known person that a row may mean.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub id: CandidateId,
    pub code: i32,
    pub external_source: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
}

/// One import at a time writes: two of the same file would race for the same people.
pub(super) async fn wait_for_turn(conn: &mut PgConnection) -> AppResult<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('candidates.import'))")
        .execute(conn)
        .await?;
    Ok(())
}

/// People with one of these external ids (of `source`) or addresses.
pub(super) async fn find_known(
    conn: &mut PgConnection,
    source: &str,
    external_ids: &[String],
    emails: &[String],
) -> AppResult<Vec<Known>> {
    Ok(sqlx::query_as!(
        Known,
        r#"select id as "id: CandidateId", code, external_source, external_id, email from candidates
           where (external_source = $1 and external_id = any($2)) or email = any($3)"#,
        source,
        external_ids,
        emails,
    )
    .fetch_all(conn)
    .await?)
}

/// Notes under which id a file knows somebody who was found by address.
pub(super) async fn adopt(conn: &mut PgConnection, id: CandidateId, source: &str, external_id: &str) -> AppResult<()> {
    sqlx::query!(
        "update candidates set external_source = $2, external_id = $3 where id = $1 and external_id is null",
        id as CandidateId,
        source,
        external_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
