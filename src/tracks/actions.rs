//! What an admin does with tracks, skills, rates and mark-ups.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::kits::{self, Question};
use super::store::money::{NewMarkup, NewRate};
use super::store::{self, Band, Challenge, RequiredCheck, TrackSkill, skills};
use super::{Criterion, rubric_problem, slug_of};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{SkillId, TrackId};

/// The subject kinds of this domain's events.
pub const TRACK: &str = "track";
/// See [`TRACK`].
pub const SKILL: &str = "skill";

/// Why something with a name cannot be saved, for the form: the field and the words.
#[derive(Debug)]
pub enum SaveError {
    /// Beside a field.
    Field(&'static str, String),
    /// Anything else.
    Other(AppError),
}

impl From<AppError> for SaveError {
    fn from(error: AppError) -> Self {
        Self::Other(error)
    }
}

/// Makes a track without anything in it.
pub async fn new_track(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    name: &str,
    summary: &str,
) -> Result<TrackId, SaveError> {
    let id = TrackId::new();
    let slug = slug_of(name);
    if slug.is_empty() {
        return Err(SaveError::Field(
            "name",
            "The name needs a letter or a digit.".to_owned(),
        ));
    }
    store::insert_track(tx, id, &slug, name, summary, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("tracks_slug_once") => SaveError::Field("name", "There is a track of that name.".to_owned()),
            _ => SaveError::Other(error.into()),
        })?;
    events::record(tx, by, now, "track.made", (TRACK, id.0), json!({})).await?;
    Ok(id)
}

/// One change of a track.
#[derive(Debug)]
pub enum TrackChange {
    /// Name, summary and red flags.
    Words {
        /// What people call it.
        name: String,
        /// One paragraph.
        summary: String,
        /// Interview prompts.
        red_flags: Vec<String>,
    },
    /// The role template.
    Skills(Vec<TrackSkill>),
    /// The seniority bands.
    Bands(Vec<Band>),
    /// What "vetted" demands, in its order.
    Checks(Vec<RequiredCheck>),
    /// What the assessor of a kind of check asks.
    Kit(&'static str, Vec<Question>),
    /// The next version of the challenge.
    Challenge(Challenge),
    /// The next version of the rubric.
    Rubric(Vec<Criterion>),
    /// Not offered any more.
    Archive,
    /// Offered again.
    Restore,
}

/// Changes a track that was seen in version `seen`.
pub async fn change_track(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: TrackId,
    seen: i32,
    change: TrackChange,
) -> AppResult<()> {
    store::track(tx, id).await?;
    if !store::take_version(tx, id, seen).await? {
        return Err(AppError::overtaken());
    }
    let (kind, data) = match change {
        TrackChange::Words {
            name,
            summary,
            red_flags,
        } => {
            store::describe(tx, id, &name, &summary, &red_flags).await?;
            ("track.described", json!({}))
        }
        TrackChange::Skills(list) => {
            store::set_skills(tx, id, &list).await?;
            ("track.skills_set", json!({ "skills": list.len() }))
        }
        TrackChange::Bands(list) => {
            store::set_bands(tx, id, &list).await?;
            ("track.bands_set", json!({ "bands": list.len() }))
        }
        TrackChange::Checks(list) => {
            store::set_checks(tx, id, &list).await?;
            let kinds: Vec<&str> = list.iter().map(|check| check.kind.as_str()).collect();
            ("track.checks_set", json!({ "checks": kinds }))
        }
        TrackChange::Kit(kind, questions) => {
            kits::set_kit(tx, id, kind, &questions).await?;
            ("track.kit_set", json!({ "check": kind, "questions": questions.len() }))
        }
        TrackChange::Challenge(new) => {
            let number = store::add_challenge(tx, id, &new, by.user_id()).await?;
            ("track.challenge_added", json!({ "version": number }))
        }
        TrackChange::Rubric(criteria) => {
            if let Some(problem) = rubric_problem(&criteria) {
                return Err(AppError::Invalid(problem.into()));
            }
            let number = store::add_rubric(tx, id, &criteria, by.user_id(), now).await?;
            ("track.rubric_added", json!({ "version": number }))
        }
        TrackChange::Archive => {
            store::set_archived(tx, id, Some(now)).await?;
            ("track.archived", json!({}))
        }
        TrackChange::Restore => {
            store::set_archived(tx, id, None).await?;
            ("track.restored", json!({}))
        }
    };
    events::record(tx, by, now, kind, (TRACK, id.0), data).await
}

/// A skill as the form has it, checked.
#[derive(Debug, Clone)]
pub struct SkillInput {
    /// What people read.
    pub name: String,
    /// A heading.
    pub area: String,
    /// Spellings that mean it.
    pub aliases: Vec<String>,
    /// Spellings that probably mean it.
    pub guesses: Vec<String>,
    /// Skills that stand in for it, with their credit in percent.
    pub stand_ins: Vec<(SkillId, i32)>,
}

/// Makes a skill (without `seen`), or changes the one seen in that version.
pub async fn save_skill(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    existing: Option<(SkillId, i32)>,
    input: &SkillInput,
) -> Result<SkillId, SaveError> {
    let id = existing.map_or_else(SkillId::new, |(id, _)| id);
    let folded = super::skills::fold(&input.name);
    if folded.is_empty() {
        return Err(SaveError::Field(
            "name",
            "The name needs a letter or a digit.".to_owned(),
        ));
    }
    let aliases = fold_aliases(input, &folded);
    refuse_taken(tx, id, &folded, &aliases).await?;
    let taken = |error: sqlx::Error| match constraint_of(&error) {
        Some("skills_name_once" | "skills_slug_once") => {
            SaveError::Field("name", "There is a skill of that name.".to_owned())
        }
        Some("skill_aliases_pkey") => {
            SaveError::Field("aliases", "One of these spellings belongs to another skill.".to_owned())
        }
        _ => SaveError::Other(error.into()),
    };
    match existing {
        None => {
            let slug = match slug_of(&input.name) {
                slug if slug.is_empty() => folded.clone(),
                slug => slug,
            };
            skills::insert(tx, id, &slug, &input.name, &folded, &input.area)
                .await
                .map_err(taken)?;
        }
        Some((_, seen)) => {
            skills::skill(tx, id).await?;
            if !skills::update(tx, id, seen, &input.name, &folded, &input.area)
                .await
                .map_err(taken)?
            {
                return Err(AppError::overtaken().into());
            }
        }
    }
    skills::set_aliases(tx, id, &aliases).await.map_err(taken)?;
    skills::set_stand_ins(tx, id, &input.stand_ins).await?;
    let kind = if existing.is_some() {
        "skill.changed"
    } else {
        "skill.made"
    };
    let data = json!({ "aliases": aliases.len(), "stand_ins": input.stand_ins.len() });
    events::record(tx, by, now, kind, (SKILL, id.0), data).await?;
    Ok(id)
}

/// Folded, as typed, unsure; without the name itself and without a spelling twice.
fn fold_aliases(input: &SkillInput, name: &str) -> Vec<(String, String, bool)> {
    let mut seen = std::collections::HashSet::from([name.to_owned()]);
    let sure = input.aliases.iter().map(|alias| (alias, false));
    let guesses = input.guesses.iter().map(|alias| (alias, true));
    sure.chain(guesses)
        .map(|(alias, unsure)| (super::skills::fold(alias), alias.clone(), unsure))
        .filter(|(folded, _, _)| !folded.is_empty() && seen.insert(folded.clone()))
        .collect()
}

/// A spelling means one skill: says which one has it already.
async fn refuse_taken(
    tx: &mut PgConnection,
    id: SkillId,
    name: &str,
    aliases: &[(String, String, bool)],
) -> Result<(), SaveError> {
    let mut wanted = vec![name.to_owned()];
    wanted.extend(aliases.iter().map(|(folded, _, _)| folded.clone()));
    let taken = skills::taken(tx, &wanted, id).await?;
    let Some((folded, owner)) = taken.first() else {
        return Ok(());
    };
    if folded == name {
        return Err(SaveError::Field(
            "name",
            format!("This spelling belongs to {owner} already (case and punctuation do not count)."),
        ));
    }
    let (_, spelled, unsure) = aliases
        .iter()
        .find(|(known, _, _)| known == folded)
        .cloned()
        .unwrap_or_default();
    let field = if unsure { "guesses" } else { "aliases" };
    Err(SaveError::Field(
        field,
        format!("\"{spelled}\" belongs to {owner} already (case and punctuation do not count)."),
    ))
}

/// Takes a skill out of the choices, or offers it again (`retired` absent).
pub async fn set_retired(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: SkillId,
    retired: Option<DateTime<Utc>>,
) -> AppResult<()> {
    skills::set_retired(tx, id, retired).await?;
    let kind = if retired.is_some() {
        "skill.retired"
    } else {
        "skill.restored"
    };
    events::record(tx, by, now, kind, (SKILL, id.0), json!({})).await
}

/// Enters a rate. A day has one rate for a pair: history is never overwritten.
pub async fn add_rate(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, new: &NewRate) -> Result<(), SaveError> {
    store::money::insert_rate(tx, new, by.user_id(), now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("exchange_rates_once") => SaveError::Field(
                "valid_from",
                "There is a rate of this pair from that day on. Choose another day; the past stays as it was."
                    .to_owned(),
            ),
            Some("exchange_rates_other_currency") => {
                SaveError::Field("quote", "Choose two different currencies.".to_owned())
            }
            _ => SaveError::Other(error.into()),
        })?;
    let data =
        json!({ "pair": format!("{}/{}", new.base, new.quote), "rate_e9": new.rate_e9, "valid_from": new.valid_from });
    events::record(tx, by, now, "exchange_rate.added", ("exchange_rate", new.id.0), data).await?;
    Ok(())
}

/// Enters a mark-up. A day has one for a track and client.
pub async fn add_markup(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    new: &NewMarkup,
) -> Result<(), SaveError> {
    store::money::insert_markup(tx, new, by.user_id(), now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("markups_once") => SaveError::Field(
                "valid_from",
                "There is one from that day on already. Choose another day.".to_owned(),
            ),
            Some("markups_track_id_fkey") => SaveError::Field("track", "Choose a track.".to_owned()),
            Some("markups_organization_id_fkey") => {
                SaveError::Field("organization", "Choose a client of the list.".to_owned())
            }
            _ => SaveError::Other(error.into()),
        })?;
    let data = json!({ "track": new.track, "organization": new.organization, "basis_points": new.basis_points, "valid_from": new.valid_from });
    events::record(tx, by, now, "markup.added", ("markup", new.id.0), data).await?;
    Ok(())
}
