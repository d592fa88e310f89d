//! Which records of the log hold scores that somebody may not read now, see [`crate::candidates::blind`].

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::UserId;

/// The people about whom the owner of these eyes owes a scorecard, and their take-homes.
pub async fn closed_records(conn: &mut PgConnection, eyes: Eyes) -> AppResult<BTreeSet<Uuid>> {
    let ids = sqlx::query_scalar!(
        r#"with owed as (select distinct candidate_id as id from scorecards where assessor_id = $1 and state = 'owed')
           select id as "id!" from owed
           union all select a.id from assignments a join owed on owed.id = a.candidate_id"#,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().collect())
}
