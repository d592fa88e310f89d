//! Fills an installation with the shipped data.
//!
//! Only what is missing is written: a skill or a track that exists, edited or not, stays as the agency made it. So it runs
//! at every start, and a later release brings its new skills.
//!
//! 2026-11-30. A track that was there before interview kits were shipped gets them, and the titles of its checks. Whether a kit is
//! missing or was taken out on purpose, the track's log tells: triggers write down every question and title that ever was there
//! (migrations 0101 and 0131), so one that the log does not know has never been offered to the agency. A marker beside the track
//! would say the same a second time, and could be wrong.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{Skill, Track, areas, demo_rates, tracks};
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{ChallengeId, MarkupId, RateId, RubricId, SkillId, TrackId};
use crate::tracks::skills::fold;
use crate::tracks::store;

/// Taxonomy and tracks, in the caller's transaction. Two at once wait for each other.
pub async fn load(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('tracks.seed'))")
        .execute(&mut *tx)
        .await?;
    let added = skills(tx).await?;
    spellings(tx, &added).await?;
    credits(tx, &added).await?;
    for track in tracks() {
        add_track(tx, by, now, &track).await?;
    }
    Ok(())
}

/// The demo's exchange rates, each marked as such.
pub async fn load_demo_rates(tx: &mut PgConnection, now: DateTime<Utc>) -> AppResult<()> {
    let demo = demo_rates();
    for rate in &demo.rates {
        sqlx::query!(
            "insert into exchange_rates (id, base, quote, rate_e9, valid_from, source, set_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (base, quote, valid_from) do nothing",
            RateId::new() as RateId,
            rate.base,
            rate.quote,
            rate.rate_e9,
            demo.valid_from,
            demo.source,
            now,
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Inserts the skills that are missing; gives those it inserted.
async fn skills(tx: &mut PgConnection) -> AppResult<Vec<(SkillId, Skill)>> {
    let mut by_slug: HashMap<String, Skill> = HashMap::new();
    let (mut ids, mut slugs, mut names, mut folded, mut headings) = (vec![], vec![], vec![], vec![], vec![]);
    for area in areas() {
        for skill in area.skills {
            ids.push(SkillId::new().0);
            slugs.push(skill.slug.clone());
            names.push(skill.name.clone());
            folded.push(fold(&skill.name));
            headings.push(area.name.clone());
            by_slug.insert(skill.slug.clone(), skill);
        }
    }
    let rows = sqlx::query!(
        r#"insert into skills (id, slug, name, folded, area)
           select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
           on conflict do nothing
           returning id as "id: SkillId", slug"#,
        &ids,
        &slugs,
        &names,
        &folded,
        &headings,
    )
    .fetch_all(&mut *tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, by_slug.remove(&row.slug)?)))
        .collect())
}

/// Other spellings of the added skills.
async fn spellings(tx: &mut PgConnection, added: &[(SkillId, Skill)]) -> AppResult<()> {
    let (mut folded, mut written, mut owners, mut guesses) = (vec![], vec![], vec![], vec![]);
    for (id, skill) in added {
        let sure = skill.aliases.iter().map(|alias| (alias, false));
        for (alias, guess) in sure.chain(skill.guesses.iter().map(|alias| (alias, true))) {
            folded.push(fold(alias));
            written.push(alias.clone());
            owners.push(id.0);
            guesses.push(guess);
        }
    }
    sqlx::query!(
        "insert into skill_aliases (folded, alias, skill_id, low_confidence)
         select * from unnest($1::text[], $2::text[], $3::uuid[], $4::bool[]) on conflict do nothing",
        &folded,
        &written,
        &owners,
        &guesses,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adjacency of the added skills.
async fn credits(tx: &mut PgConnection, added: &[(SkillId, Skill)]) -> AppResult<()> {
    let (mut owners, mut stand_ins, mut percents) = (vec![], vec![], vec![]);
    for (id, skill) in added {
        for (stand_in, percent) in &skill.credits {
            owners.push(id.0);
            stand_ins.push(stand_in.clone());
            percents.push(*percent);
        }
    }
    sqlx::query!(
        "insert into skill_adjacency (skill_id, stands_in_id, credit_percent)
         select c.skill_id, s.id, c.percent
         from unnest($1::uuid[], $2::text[], $3::int[]) as c (skill_id, slug, percent)
         join skills s on s.slug = c.slug
         on conflict do nothing",
        &owners,
        &stand_ins,
        &percents,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// One track with everything that belongs to it, unless a track of that slug exists.
async fn add_track(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, track: &Track) -> AppResult<()> {
    let added = sqlx::query_scalar!(
        r#"insert into tracks (id, slug, name, summary, red_flags, created_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (slug) do nothing returning id as "id: TrackId""#,
        TrackId::new() as TrackId,
        track.slug,
        track.name,
        track.summary,
        &track.red_flags,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(id) = added else {
        return complete(tx, by, now, track).await;
    };
    template(tx, id, track).await?;
    store::set_bands(tx, id, &track.bands).await?;
    checks(tx, id, track).await?;
    versions(tx, id, now, track).await?;
    let data = json!({ "slug": track.slug, "source": "shipped" });
    events::record(tx, by, now, "track.created", ("track", id.0), data).await
}

/// Kits and titles that a track of before them has never had.
async fn complete(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, track: &Track) -> AppResult<()> {
    let id = sqlx::query_scalar!(
        r#"select id as "id: TrackId" from tracks where slug = $1 for no key update"#,
        track.slug
    )
    .fetch_one(&mut *tx)
    .await?;
    let mut added = Vec::new();
    for kit in &track.kits {
        if !had_kit(tx, id, &kit.kind).await? {
            store::kits::set_kit(tx, id, &kit.kind, &kit.questions).await?;
            added.push(&kit.kind);
        }
    }
    let titled = titles(tx, id, track).await?;
    if added.is_empty() && titled.is_empty() {
        return Ok(());
    }
    // Whoever has a form of this track open is told that it changed.
    sqlx::query!("update tracks set version = version + 1 where id = $1", id as TrackId)
        .execute(&mut *tx)
        .await?;
    let data = json!({ "kits": added, "titles": titled, "source": "shipped" });
    events::record(tx, by, now, "track.completed", ("track", id.0), data).await
}

/// Whether the track has, or ever had, a question for a kind of check.
async fn had_kit(tx: &mut PgConnection, id: TrackId, kind: &str) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from check_questions where track_id = $1 and kind = $2)
               or exists (select from events e
                          cross join lateral jsonb_object_keys(coalesce(e.before, '{}') || coalesce(e.after, '{}')) as part
                          where e.subject_kind = 'track' and e.subject_id = $1 and starts_with(part, 'check_questions.' || $2 || '.'))
               as "had!""#,
        id as TrackId,
        kind,
    )
    .fetch_one(tx)
    .await?)
}

/// Gives checks without a title the shipped one, unless they had one before; the kinds that got it.
async fn titles(tx: &mut PgConnection, id: TrackId, track: &Track) -> AppResult<Vec<String>> {
    let shipped = || track.checks.iter().filter(|check| !check.title.is_empty());
    let kinds: Vec<String> = shipped().map(|check| check.kind.clone()).collect();
    let titles: Vec<String> = shipped().map(|check| check.title.clone()).collect();
    Ok(sqlx::query_scalar!(
        "update track_checks tc set title = u.title
         from unnest($2::text[], $3::text[]) as u (kind, title)
         where tc.track_id = $1 and tc.kind = u.kind and tc.title = ''
           and not exists (select from events e
                           where e.subject_kind = 'track' and e.subject_id = $1
                             and (e.before -> ('track_checks.' || u.kind) ? 'title' or e.after -> ('track_checks.' || u.kind) ? 'title'))
         returning tc.kind",
        id as TrackId,
        &kinds,
        &titles,
    )
    .fetch_all(tx)
    .await?)
}

/// The role template: must-have skills, then nice-to-have ones. A skill that the agency had added itself, under the same
/// name, stands for the shipped one.
async fn template(tx: &mut PgConnection, id: TrackId, track: &Track) -> AppResult<()> {
    let must = track
        .must
        .iter()
        .map(|must| (&must.skill, "must", Some(must.level), None));
    let nice = track
        .nice
        .iter()
        .map(|nice| (&nice.skill, "nice", None, Some(nice.weight)));
    let names: HashMap<String, String> = areas()
        .into_iter()
        .flat_map(|area| area.skills)
        .map(|skill| (skill.slug, fold(&skill.name)))
        .collect();
    for (position, (slug, need, level, weight)) in (0i32..).zip(must.chain(nice)) {
        let done = sqlx::query!(
            "insert into track_skills (track_id, skill_id, need, level, weight, position)
             select $1, id, $3, $4, $5, $6 from skills where slug = $2 or folded = $7
             order by slug = $2 desc limit 1",
            id as TrackId,
            slug,
            need,
            level,
            weight,
            position,
            names.get(slug),
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Err(AppError::internal(format!(
                "the track {} names an unknown skill {slug}",
                track.slug
            )));
        }
    }
    Ok(())
}

async fn checks(tx: &mut PgConnection, id: TrackId, track: &Track) -> AppResult<()> {
    for (position, check) in (0i32..).zip(&track.checks) {
        sqlx::query!(
            "insert into track_checks (track_id, kind, title, position, valid_months) values ($1, $2, $3, $4, $5)",
            id as TrackId,
            check.kind,
            check.title,
            position,
            check.valid_months,
        )
        .execute(&mut *tx)
        .await?;
    }
    for kit in &track.kits {
        store::kits::set_kit(tx, id, &kit.kind, &kit.questions).await?;
    }
    Ok(())
}

/// The first challenge, the first rubric and the proposed mark-up.
async fn versions(tx: &mut PgConnection, id: TrackId, now: DateTime<Utc>, track: &Track) -> AppResult<()> {
    sqlx::query!(
        "insert into challenges (id, track_id, number, title, body, timebox_hours, deadline_days, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        ChallengeId::new() as ChallengeId,
        id as TrackId,
        track.challenge.number,
        track.challenge.title,
        track.challenge.body,
        track.challenge.timebox_hours,
        track.challenge.deadline_days,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into rubrics (id, track_id, number, criteria, created_at) values ($1, $2, $3, $4, $5)",
        RubricId::new() as RubricId,
        id as TrackId,
        track.rubric.number,
        serde_json::to_value(&track.rubric.criteria)?,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into markups (id, track_id, basis_points, valid_from, set_at) values ($1, $2, $3, $4, $5)",
        MarkupId::new() as MarkupId,
        id as TrackId,
        track.markup.basis_points,
        now.date_naive(),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
