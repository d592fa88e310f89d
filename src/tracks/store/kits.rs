//! SQL of interview kits: the questions of a check, with what answers look like.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::TrackId;

/// A question of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What to ask.
    pub question: String,
    /// What a weak answer looks like; empty where nobody wrote it down.
    #[serde(default)]
    pub weak: String,
    /// What a solid answer looks like.
    #[serde(default)]
    pub solid: String,
    /// What a strong answer looks like.
    #[serde(default)]
    pub strong: String,
}

/// The kit of a kind of check, in its order.
pub async fn kit(conn: &mut PgConnection, track: TrackId, kind: &str) -> AppResult<Vec<Question>> {
    Ok(sqlx::query_as!(
        Question,
        "select question, weak, solid, strong from check_questions where track_id = $1 and kind = $2 order by position",
        track as TrackId,
        kind,
    )
    .fetch_all(conn)
    .await?)
}

/// How many questions the kit of each kind has; a kind without any is not there.
pub async fn sizes(conn: &mut PgConnection, track: TrackId) -> AppResult<HashMap<String, i64>> {
    let rows = sqlx::query!(
        r#"select kind, count(*) as "questions!" from check_questions where track_id = $1 group by kind"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.questions)).collect())
}

/// Replaces the kit of a kind. Questions that stay where they are are not written again, so that the log tells what changed.
pub async fn set_kit(conn: &mut PgConnection, track: TrackId, kind: &str, kit: &[Question]) -> AppResult<()> {
    let most = i32::try_from(kit.len()).unwrap_or(i32::MAX);
    sqlx::query!(
        "delete from check_questions where track_id = $1 and kind = $2 and position > $3",
        track as TrackId,
        kind,
        most,
    )
    .execute(&mut *conn)
    .await?;
    let column = |of: fn(&Question) -> &String| kit.iter().map(|one| of(one).clone()).collect::<Vec<String>>();
    sqlx::query!(
        "insert into check_questions as q (track_id, kind, position, question, weak, solid, strong)
         select $1, $2, u.position::int, u.question, u.weak, u.solid, u.strong
         from unnest($3::text[], $4::text[], $5::text[], $6::text[]) with ordinality as u (question, weak, solid, strong, position)
         on conflict (track_id, kind, position) do update
         set question = excluded.question, weak = excluded.weak, solid = excluded.solid, strong = excluded.strong
         where (q.question, q.weak, q.solid, q.strong)
               is distinct from (excluded.question, excluded.weak, excluded.solid, excluded.strong)",
        track as TrackId,
        kind,
        &column(|one| &one.question),
        &column(|one| &one.weak),
        &column(|one| &one.solid),
        &column(|one| &one.strong),
    )
    .execute(conn)
    .await?;
    Ok(())
}
