//! SQL of the brief: what a request says, with the skills that it wants.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{OrganizationId, RequestId, SkillId, TrackId, UserId};
use crate::requests::{Brief, SkillNeed, State};

/// Inserts a request in its first state.
pub async fn insert(
    conn: &mut PgConnection,
    id: RequestId,
    (organization, track): (OrganizationId, TrackId),
    brief: &Brief,
    state: State,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into role_requests (id, organization_id, track_id, title, zone, work_start, work_end, work_days,
             state, state_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)",
        id as RequestId,
        organization as OrganizationId,
        track as TrackId,
        brief.title,
        brief.week.zone.name(),
        minute(brief.week.start_minute),
        minute(brief.week.end_minute),
        i16::from(brief.week.days.bits()),
        state as State,
        now,
        by as UserId,
    )
    .execute(&mut *conn)
    .await?;
    write_brief(conn, id, brief).await
}

/// Minutes fit: a day has 1,440. The end of the day is stored as midnight.
fn minute(minutes: u16) -> i16 {
    i16::try_from(minutes % 1440).unwrap_or_default()
}

/// Writes every value of the brief and replaces its skills; the caller has locked the row or just inserted it.
pub async fn write_brief(conn: &mut PgConnection, id: RequestId, brief: &Brief) -> AppResult<()> {
    let signals: Vec<String> = brief.signals.iter().map(|signal| signal.code().to_owned()).collect();
    sqlx::query!(
        "update role_requests set title = $2, system = $3, performance_targets = $4, concurrency = $5, infrastructure = $6,
             team_structure = $7, why_technology = $8, signals = $9, zone = $10, work_start = $11, work_end = $12,
             work_days = $13, least_overlap_minutes = $14, english_speaking = $15, english_writing = $16,
             budget_currency = $17, budget_period = $18, start_on = $19, length_months = $20
         where id = $1",
        id as RequestId,
        brief.title,
        brief.system,
        brief.performance_targets,
        brief.concurrency,
        brief.infrastructure,
        brief.team_structure,
        brief.why_technology,
        &signals,
        brief.week.zone.name(),
        minute(brief.week.start_minute),
        minute(brief.week.end_minute),
        i16::from(brief.week.days.bits()),
        brief.least_overlap,
        brief.speaking,
        brief.writing,
        brief.budget.as_ref().map(|(currency, _)| currency.code()),
        brief.budget.map(|(_, period)| period) as Option<crate::money::Period>,
        brief.start_on,
        brief.length_months,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from role_request_skills where request_id = $1", id as RequestId)
        .execute(&mut *conn)
        .await?;
    insert_skills(conn, id, &brief.must, Need::Must).await?;
    insert_skills(conn, id, &brief.nice, Need::Nice).await
}

#[derive(Clone, Copy, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Need {
    Must,
    Nice,
}

async fn insert_skills(conn: &mut PgConnection, id: RequestId, needs: &[SkillNeed], need: Need) -> AppResult<()> {
    let skills: Vec<uuid::Uuid> = needs.iter().map(|need| need.skill.0).collect();
    let degrees: Vec<i16> = needs.iter().map(|need| need.degree).collect();
    sqlx::query!(
        r#"insert into role_request_skills (request_id, skill_id, need, level, weight, position)
           select $1, skill, $2, case when $2 = 'must' then degree end, case when $2 = 'nice' then degree end, place::int
           from unnest($3::uuid[], $4::smallint[]) with ordinality as wanted (skill, degree, place)"#,
        id as RequestId,
        need as Need,
        &skills,
        &degrees,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A wanted skill with its name.
#[derive(Debug, Clone)]
pub struct SkillRow {
    /// Id.
    pub skill_id: SkillId,
    /// Name.
    pub name: String,
    /// Set for must-haves.
    pub level: Option<i16>,
    /// Set for nice-to-haves.
    pub weight: Option<i16>,
}

/// The wanted skills, must-haves first, in the order in which they were given.
pub async fn skills(conn: &mut PgConnection, id: RequestId) -> AppResult<Vec<SkillRow>> {
    Ok(sqlx::query_as!(
        SkillRow,
        r#"select w.skill_id as "skill_id: SkillId", s.name, w.level, w.weight
           from role_request_skills w join skills s on s.id = w.skill_id
           where w.request_id = $1 order by w.need, w.position"#,
        id as RequestId,
    )
    .fetch_all(conn)
    .await?)
}
