//! SQL of the import: finding people again.

use sqlx::PgConnection;

use crate::candidates::ledger::{Kind, Source};
use crate::error::AppResult;
use crate::ids::{CandidateId, SkillId};

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

/// The fields of these people that a person wrote last, and not an import: what staff corrected, or the people themselves.
///
/// 2026-11-21: read from the log, which names the fields of each change since the first one and only grows. A mark in the
/// profile would have to be kept up by every other act that writes it.
pub(super) async fn written_by_hand(
    conn: &mut PgConnection,
    people: &[CandidateId],
) -> AppResult<Vec<(CandidateId, String)>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select candidate as "candidate!: CandidateId", field as "field!" from (
             select distinct on (e.subject_id, f.field) e.subject_id as candidate, f.field, e.kind
             from events e cross join lateral jsonb_array_elements_text(
                    case jsonb_typeof(e.data -> 'fields') when 'array' then e.data -> 'fields' else '[]'::jsonb end) as f (field)
             where e.subject_kind = 'candidate' and e.subject_id = any($1)
               and e.kind in ('candidate.edited', 'candidate.imported_again')
             order by e.subject_id, f.field, e.at desc, e.id desc) newest
           where kind = 'candidate.edited'"#,
        &people,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.candidate, row.field)).collect())
}

/// What an import said last about a subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub candidate: CandidateId,
    pub kind: Kind,
    pub skill: Option<SkillId>,
    pub value: Option<i16>,
    /// Somebody took it out of the ledger.
    pub taken_back: bool,
}

/// The newest imported claims of these people, one a subject, standing or taken back.
pub(super) async fn said(conn: &mut PgConnection, people: &[CandidateId]) -> AppResult<Vec<Said>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        Said,
        r#"select distinct on (candidate_id, kind, skill_id) candidate_id as "candidate: CandidateId", kind as "kind: Kind",
                  skill_id as "skill: SkillId", value, withdrawn_at is not null as "taken_back!"
           from claims where candidate_id = any($1) and source = $2
           order by candidate_id, kind, skill_id, stated_at desc, id desc"#,
        &people,
        Source::Import as Source,
    )
    .fetch_all(conn)
    .await?)
}
