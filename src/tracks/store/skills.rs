//! SQL of the skills taxonomy.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::SkillId;

/// A row of the list of skills.
#[derive(Debug, Clone)]
pub struct SkillRow {
    /// Its id.
    pub id: SkillId,
    /// What people read.
    pub name: String,
    /// What data calls it.
    pub slug: String,
    /// The name folded, the cursor.
    pub folded: String,
    /// A heading.
    pub area: String,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// Skills that stand in for it.
    pub stand_ins: i64,
    /// People of the pool who claim it.
    pub people: i64,
    /// Not offered any more.
    pub is_retired: bool,
}

/// At most `limit` skills whose name or alias contains `wanted` (folded), by folded name, from a cursor.
pub async fn search(
    conn: &mut PgConnection,
    wanted: &str,
    after: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> AppResult<Vec<SkillRow>> {
    Ok(sqlx::query_as!(
        SkillRow,
        r#"select k.id as "id: SkillId", k.name, k.slug, k.folded, k.area,
                  array(select alias from skill_aliases a where a.skill_id = k.id order by alias) as "aliases!",
                  (select count(*) from skill_adjacency j where j.skill_id = k.id) as "stand_ins!",
                  (select count(*) from claims c where c.skill_id = k.id and c.current and c.kind = 'skill') as "people!",
                  k.retired_at is not null as "is_retired!"
           from skills k
           where ($1 = '' or position($1 in k.folded) > 0
                  or exists (select from skill_aliases a where a.skill_id = k.id and position($1 in a.folded) > 0))
             and ($2::text is null or k.folded > $2) and ($3::text is null or k.folded < $3)
           order by case when $3::text is null then k.folded end, case when $3::text is not null then k.folded end desc
           limit $4"#,
        wanted,
        after,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Id and name of every skill that is offered, by name, for choices.
pub async fn choices(conn: &mut PgConnection) -> AppResult<Vec<(SkillId, String)>> {
    let rows =
        sqlx::query!(r#"select id as "id: SkillId", name from skills where retired_at is null order by lower(name)"#)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// A skill.
#[derive(Debug, Clone)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// What people read.
    pub name: String,
    /// What data calls it; stays.
    pub slug: String,
    /// A heading.
    pub area: String,
    /// Not offered any more.
    pub is_retired: bool,
    /// Optimistic lock.
    pub version: i32,
}

/// One skill.
pub async fn skill(conn: &mut PgConnection, id: SkillId) -> AppResult<Skill> {
    Ok(sqlx::query_as!(
        Skill,
        r#"select id as "id: SkillId", name, slug, area, retired_at is not null as "is_retired!", version
           from skills where id = $1"#,
        id as SkillId,
    )
    .fetch_one(conn)
    .await?)
}

/// The aliases of a skill: spelling, and whether it only probably means it.
pub async fn aliases(conn: &mut PgConnection, id: SkillId) -> AppResult<Vec<(String, bool)>> {
    let rows = sqlx::query!(
        "select alias, low_confidence from skill_aliases where skill_id = $1 order by low_confidence, alias",
        id as SkillId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.alias, row.low_confidence)).collect())
}

/// A skill that stands in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The skill somebody has.
    pub skill: SkillId,
    /// Its name.
    pub name: String,
    /// Percent of its level that counts.
    pub credit_percent: i32,
}

/// The skills that stand in for this one, the best first.
pub async fn stand_ins(conn: &mut PgConnection, id: SkillId) -> AppResult<Vec<StandIn>> {
    Ok(sqlx::query_as!(
        StandIn,
        r#"select j.stands_in_id as "skill: SkillId", k.name, j.credit_percent
           from skill_adjacency j join skills k on k.id = j.stands_in_id
           where j.skill_id = $1 order by j.credit_percent desc, k.name"#,
        id as SkillId,
    )
    .fetch_all(conn)
    .await?)
}

/// Whose name, slug or alias one of these folded spellings is already, besides `except`: (folded, the skill's name).
pub async fn taken(conn: &mut PgConnection, folded: &[String], except: SkillId) -> AppResult<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"select k.folded as "folded!", k.name as "name!" from skills k where k.folded = any($1) and k.id <> $2
           union
           select a.folded, k.name from skill_aliases a join skills k on k.id = a.skill_id
           where a.folded = any($1) and k.id <> $2"#,
        folded,
        except as SkillId,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.folded, row.name)).collect())
}

/// Inserts a skill; the constraints `skills_slug_once` and `skills_name_once` refuse a second one.
pub async fn insert(
    conn: &mut PgConnection,
    id: SkillId,
    slug: &str,
    name: &str,
    folded: &str,
    area: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into skills (id, slug, name, folded, area) values ($1, $2, $3, $4, $5)",
        id as SkillId,
        slug,
        name,
        folded,
        area,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a skill's name and area when `seen` is the present version; `false` when somebody was faster.
pub async fn update(
    conn: &mut PgConnection,
    id: SkillId,
    seen: i32,
    name: &str,
    folded: &str,
    area: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update skills set name = $3, folded = $4, area = $5, version = version + 1 where id = $1 and version = $2",
        id as SkillId,
        seen,
        name,
        folded,
        area,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the aliases: (folded, spelling, whether it only probably means the skill).
pub async fn set_aliases(
    conn: &mut PgConnection,
    id: SkillId,
    aliases: &[(String, String, bool)],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from skill_aliases where skill_id = $1", id as SkillId)
        .execute(&mut *conn)
        .await?;
    let folded: Vec<String> = aliases.iter().map(|alias| alias.0.clone()).collect();
    let spelled: Vec<String> = aliases.iter().map(|alias| alias.1.clone()).collect();
    let unsure: Vec<bool> = aliases.iter().map(|alias| alias.2).collect();
    sqlx::query!(
        "insert into skill_aliases (folded, alias, skill_id, low_confidence)
         select u.folded, u.alias, $1, u.unsure from unnest($2::text[], $3::text[], $4::boolean[]) as u (folded, alias, unsure)",
        id as SkillId,
        &folded,
        &spelled,
        &unsure,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the skills that stand in for this one.
pub async fn set_stand_ins(conn: &mut PgConnection, id: SkillId, stand_ins: &[(SkillId, i32)]) -> AppResult<()> {
    sqlx::query!("delete from skill_adjacency where skill_id = $1", id as SkillId)
        .execute(&mut *conn)
        .await?;
    let skills: Vec<SkillId> = stand_ins.iter().map(|(skill, _)| *skill).collect();
    let credits: Vec<i32> = stand_ins.iter().map(|(_, credit)| *credit).collect();
    sqlx::query!(
        "insert into skill_adjacency (skill_id, stands_in_id, credit_percent)
         select $1, u.skill, u.credit from unnest($2::uuid[], $3::int[]) as u (skill, credit)",
        id as SkillId,
        &skills as &[SkillId],
        &credits,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Retires a skill, or with `None` offers it again. Claims of it stay.
pub async fn set_retired(conn: &mut PgConnection, id: SkillId, at: Option<DateTime<Utc>>) -> AppResult<()> {
    let done = sqlx::query!(
        "update skills set retired_at = $2, version = version + 1 where id = $1",
        id as SkillId,
        at,
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 {
        Err(crate::error::AppError::NotFound)
    } else {
        Ok(())
    }
}

/// Every spelling of every skill that is offered: slug, name and sure aliases; to be folded.
pub async fn spellings(conn: &mut PgConnection) -> AppResult<Vec<(String, SkillId)>> {
    let rows = sqlx::query!(
        r#"select slug as "folded!", id as "id!: SkillId" from skills where retired_at is null
           union all
           select folded, id from skills where retired_at is null
           union all
           select a.folded, k.id from skill_aliases a join skills k on k.id = a.skill_id
           where k.retired_at is null and not a.low_confidence"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.folded, row.id)).collect())
}
