//! SQL of tracks and what belongs to one: its skills, bands, checks, challenges and rubrics.

pub mod kits;
pub mod money;
pub mod open;
pub mod skills;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::Criterion;
use crate::error::AppResult;
use crate::ids::{ChallengeId, RubricId, SkillId, TrackId, UserId};

/// A row of the list of tracks.
#[derive(Debug, Clone)]
pub struct TrackRow {
    /// Its id.
    pub id: TrackId,
    /// What people call it.
    pub name: String,
    /// Not offered any more.
    pub is_archived: bool,
    /// Skills of its role template.
    pub skills: i64,
    /// Checks it requires.
    pub checks: i64,
    /// Candidates of the pool.
    pub candidates: i64,
    /// Newest challenge version.
    pub challenge: Option<i32>,
    /// Newest rubric version.
    pub rubric: Option<i32>,
    /// Its default mark-up on that day, basis points.
    pub markup: Option<i32>,
}

/// Every track, by name; the archived last.
pub async fn tracks(conn: &mut PgConnection, today: NaiveDate) -> AppResult<Vec<TrackRow>> {
    Ok(sqlx::query_as!(
        TrackRow,
        r#"select t.id as "id: TrackId", t.name, t.archived_at is not null as "is_archived!",
                  (select count(*) from track_skills s where s.track_id = t.id) as "skills!",
                  (select count(*) from track_checks k where k.track_id = t.id) as "checks!",
                  (select count(*) from candidates c where c.track_id = t.id) as "candidates!",
                  (select max(number) from challenges h where h.track_id = t.id) as challenge,
                  (select max(number) from rubrics r where r.track_id = t.id) as rubric,
                  (select basis_points from markups m where m.track_id = t.id and m.organization_id is null
                     and m.valid_from <= $1 order by m.valid_from desc limit 1) as markup
           from tracks t order by t.archived_at is not null, lower(t.name)"#,
        today,
    )
    .fetch_all(conn)
    .await?)
}

/// A track.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its id.
    pub id: TrackId,
    /// What people call it.
    pub name: String,
    /// One paragraph.
    pub summary: String,
    /// Interview prompts, never score inputs.
    pub red_flags: Vec<String>,
    /// Not offered any more since.
    pub archived_at: Option<DateTime<Utc>>,
    /// Optimistic lock.
    pub version: i32,
}

/// One track.
pub async fn track(conn: &mut PgConnection, id: TrackId) -> AppResult<Track> {
    Ok(sqlx::query_as!(
        Track,
        r#"select id as "id: TrackId", name, summary, red_flags, archived_at, version from tracks where id = $1"#,
        id as TrackId,
    )
    .fetch_one(conn)
    .await?)
}

/// Id and name of the tracks that are offered, for choices.
pub async fn choices(conn: &mut PgConnection) -> AppResult<Vec<(TrackId, String)>> {
    let rows =
        sqlx::query!(r#"select id as "id: TrackId", name from tracks where archived_at is null order by lower(name)"#)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Inserts a track; the constraint `tracks_slug_once` refuses a second one of the name.
pub async fn insert_track(
    conn: &mut PgConnection,
    id: TrackId,
    slug: &str,
    name: &str,
    summary: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tracks (id, slug, name, summary, created_at) values ($1, $2, $3, $4, $5)",
        id as TrackId,
        slug,
        name,
        summary,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the next version of a track, when `seen` is the present one; `false` when somebody was faster.
pub async fn take_version(conn: &mut PgConnection, id: TrackId, seen: i32) -> AppResult<bool> {
    let done = sqlx::query!(
        "update tracks set version = version + 1 where id = $1 and version = $2",
        id as TrackId,
        seen,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes the words of a track.
pub async fn describe(
    conn: &mut PgConnection,
    id: TrackId,
    name: &str,
    summary: &str,
    red_flags: &[String],
) -> AppResult<()> {
    sqlx::query!(
        "update tracks set name = $2, summary = $3, red_flags = $4 where id = $1",
        id as TrackId,
        name,
        summary,
        red_flags,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Archives a track, or with `None` offers it again.
pub async fn set_archived(conn: &mut PgConnection, id: TrackId, at: Option<DateTime<Utc>>) -> AppResult<()> {
    sqlx::query!("update tracks set archived_at = $2 where id = $1", id as TrackId, at)
        .execute(conn)
        .await?;
    Ok(())
}

/// A skill of the role template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackSkill {
    /// The skill.
    pub skill: SkillId,
    /// Its name.
    pub name: String,
    /// Must-have: the least level, 1 to 5.
    pub level: Option<i16>,
    /// Nice-to-have: the weight, 1 to 5.
    pub weight: Option<i16>,
}

/// The role template: must-haves first.
pub async fn track_skills(conn: &mut PgConnection, id: TrackId) -> AppResult<Vec<TrackSkill>> {
    Ok(sqlx::query_as!(
        TrackSkill,
        r#"select s.skill_id as "skill: SkillId", k.name, s.level, s.weight
           from track_skills s join skills k on k.id = s.skill_id
           where s.track_id = $1 order by s.need, s.position, k.name"#,
        id as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// Replaces the role template.
pub async fn set_skills(conn: &mut PgConnection, id: TrackId, skills: &[TrackSkill]) -> AppResult<()> {
    sqlx::query!("delete from track_skills where track_id = $1", id as TrackId)
        .execute(&mut *conn)
        .await?;
    let ids: Vec<SkillId> = skills.iter().map(|skill| skill.skill).collect();
    let needs: Vec<String> = skills
        .iter()
        .map(|skill| if skill.level.is_some() { "must" } else { "nice" }.to_owned())
        .collect();
    let levels: Vec<Option<i16>> = skills.iter().map(|skill| skill.level).collect();
    let weights: Vec<Option<i16>> = skills.iter().map(|skill| skill.weight).collect();
    sqlx::query!(
        "insert into track_skills (track_id, skill_id, need, level, weight, position)
         select $1, u.skill, u.need, u.level, u.weight, (u.position - 1)::int
         from unnest($2::uuid[], $3::text[], $4::smallint[], $5::smallint[]) with ordinality
              as u (skill, need, level, weight, position)",
        id as TrackId,
        &ids as &[SkillId],
        &needs,
        &levels as &[Option<i16>],
        &weights as &[Option<i16>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A seniority band of a region, as the table and the shipped file have it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// "junior", "mid" or "senior".
    pub seniority: String,
    /// Years of experience, a hint.
    pub years_from: i16,
    /// Open when absent.
    pub years_to: Option<i16>,
    /// What people of the band do.
    #[serde(default)]
    pub hint: String,
    /// "US", "LATAM".
    pub region: String,
    /// Of the comparators.
    pub currency: Option<String>,
    /// Comparator per year, minor units; absent when nothing reliable is known.
    pub yearly_from_minor: Option<i64>,
    /// Comparator per year, minor units.
    pub yearly_to_minor: Option<i64>,
    /// Where the figure comes from.
    #[serde(default)]
    pub source: String,
    /// When it was stated.
    pub source_on: Option<NaiveDate>,
}

/// The bands, by region, juniors first.
pub async fn bands(conn: &mut PgConnection, id: TrackId) -> AppResult<Vec<Band>> {
    Ok(sqlx::query_as!(
        Band,
        r#"select seniority, years_from, years_to, hint, region, currency, yearly_from_minor, yearly_to_minor, source, source_on
           from track_bands where track_id = $1
           order by region desc, array_position(array['junior', 'mid', 'senior'], seniority)"#,
        id as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// Replaces the bands.
pub async fn set_bands(conn: &mut PgConnection, id: TrackId, bands: &[Band]) -> AppResult<()> {
    sqlx::query!("delete from track_bands where track_id = $1", id as TrackId)
        .execute(&mut *conn)
        .await?;
    for band in bands {
        sqlx::query!(
            "insert into track_bands (track_id, seniority, years_from, years_to, hint, region, currency,
                                      yearly_from_minor, yearly_to_minor, source, source_on)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            id as TrackId,
            band.seniority,
            band.years_from,
            band.years_to,
            band.hint,
            band.region,
            band.currency,
            band.yearly_from_minor,
            band.yearly_to_minor,
            band.source,
            band.source_on,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// A vetting check that the track requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredCheck {
    /// As in [`super::CHECK_KINDS`].
    pub kind: String,
    /// What this track calls it; empty: what its kind is called.
    pub title: String,
    /// How long a passed one counts; absent: for ever.
    pub valid_months: Option<i16>,
}

/// The required checks in their order.
pub async fn checks(conn: &mut PgConnection, id: TrackId) -> AppResult<Vec<RequiredCheck>> {
    Ok(sqlx::query_as!(
        RequiredCheck,
        "select kind, title, valid_months from track_checks where track_id = $1 order by position, kind",
        id as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// Replaces the required checks. What stays is left in place: everybody's stage follows each change (migration 0150).
pub async fn set_checks(conn: &mut PgConnection, id: TrackId, checks: &[RequiredCheck]) -> AppResult<()> {
    let kinds: Vec<String> = checks.iter().map(|check| check.kind.clone()).collect();
    sqlx::query!(
        "delete from track_checks where track_id = $1 and kind <> all($2)",
        id as TrackId,
        &kinds,
    )
    .execute(&mut *conn)
    .await?;
    let titles: Vec<String> = checks.iter().map(|check| check.title.clone()).collect();
    let months: Vec<Option<i16>> = checks.iter().map(|check| check.valid_months).collect();
    sqlx::query!(
        "insert into track_checks (track_id, kind, title, valid_months, position)
         select $1, u.kind, u.title, u.months, u.position::int
         from unnest($2::text[], $3::text[], $4::smallint[]) with ordinality as u (kind, title, months, position)
         on conflict (track_id, kind) do update
             set title = excluded.title, valid_months = excluded.valid_months, position = excluded.position
             where (track_checks.title, track_checks.valid_months, track_checks.position)
                 is distinct from (excluded.title, excluded.valid_months, excluded.position)",
        id as TrackId,
        &kinds,
        &titles,
        &months as &[Option<i16>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A version of the challenge.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Version.
    pub number: i32,
    /// Title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Hours it should take.
    pub timebox_hours: i16,
    /// Days a candidate has.
    pub deadline_days: i16,
    /// Since when it is the newest.
    pub created_at: DateTime<Utc>,
    /// Assignments that pin it.
    pub assignments: i64,
}

/// Every version, the newest first.
pub async fn challenges(conn: &mut PgConnection, id: TrackId) -> AppResult<Vec<Challenge>> {
    Ok(sqlx::query_as!(
        Challenge,
        r#"select number, title, body, timebox_hours, deadline_days, created_at,
                  (select count(*) from assignments a where a.challenge_id = h.id) as "assignments!"
           from challenges h where track_id = $1 order by number desc"#,
        id as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// Adds the next version of the challenge; its number.
pub async fn add_challenge(
    conn: &mut PgConnection,
    track: TrackId,
    new: &Challenge,
    by: Option<UserId>,
) -> AppResult<i32> {
    Ok(sqlx::query_scalar!(
        "insert into challenges (id, track_id, number, title, body, timebox_hours, deadline_days, created_at, created_by)
         values ($1, $2, (select coalesce(max(number), 0) + 1 from challenges where track_id = $2), $3, $4, $5, $6, $7, $8)
         returning number",
        ChallengeId::new() as ChallengeId,
        track as TrackId,
        new.title,
        new.body,
        new.timebox_hours,
        new.deadline_days,
        new.created_at,
        by as Option<UserId>,
    )
    .fetch_one(conn)
    .await?)
}

/// A version of the rubric.
#[derive(Debug, Clone)]
pub struct Rubric {
    /// Version.
    pub number: i32,
    /// What is judged.
    pub criteria: Json<Vec<Criterion>>,
    /// Since when it is the newest.
    pub created_at: DateTime<Utc>,
}

/// The newest rubric.
pub async fn rubric(conn: &mut PgConnection, id: TrackId) -> AppResult<Option<Rubric>> {
    Ok(sqlx::query_as!(
        Rubric,
        r#"select number, criteria as "criteria: Json<Vec<Criterion>>", created_at
           from rubrics where track_id = $1 order by number desc limit 1"#,
        id as TrackId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Adds the next version of the rubric; its number.
pub async fn add_rubric(
    conn: &mut PgConnection,
    track: TrackId,
    criteria: &[Criterion],
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<i32> {
    Ok(sqlx::query_scalar!(
        "insert into rubrics (id, track_id, number, criteria, created_at, created_by)
         values ($1, $2, (select coalesce(max(number), 0) + 1 from rubrics where track_id = $2), $3, $4, $5)
         returning number",
        RubricId::new() as RubricId,
        track as TrackId,
        Json(criteria) as _,
        now,
        by as Option<UserId>,
    )
    .fetch_one(conn)
    .await?)
}
