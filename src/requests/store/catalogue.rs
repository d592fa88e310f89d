//! What the intake offers: the template of a track, and the taxonomy by every spelling.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{SkillId, TrackId};
use crate::requests::Seniority;
use crate::tracks::skills::{Confidence, Entry, Taxonomy, fold};

/// A skill that can be asked for.
#[derive(Debug, Clone)]
pub struct SkillOption {
    /// Id.
    pub id: SkillId,
    /// What data calls it.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Other spellings, for the search.
    pub aliases: Vec<String>,
    /// Spellings that only probably mean it.
    pub guesses: Vec<String>,
}

/// The skills, findable by what people type.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// By name.
    pub skills: Vec<SkillOption>,
    taxonomy: Taxonomy,
    by_slug: HashMap<String, usize>,
}

impl Catalogue {
    fn new(skills: Vec<SkillOption>) -> Self {
        let aliases = |skill: &SkillOption| {
            let sure = skill.aliases.iter().map(|alias| (alias.clone(), Confidence::Sure));
            let guess = skill.guesses.iter().map(|alias| (alias.clone(), Confidence::Guess));
            sure.chain(guess)
                .map(|(alias, confidence)| (alias, skill.slug.clone(), confidence))
                .collect::<Vec<_>>()
        };
        let spellings: Vec<_> = skills.iter().flat_map(aliases).collect();
        let taxonomy = Taxonomy::new(
            skills.iter().map(|skill| Entry {
                slug: &skill.slug,
                name: &skill.name,
            }),
            spellings
                .iter()
                .map(|(alias, slug, confidence)| (alias.as_str(), slug.as_str(), *confidence)),
        );
        let by_slug = skills
            .iter()
            .enumerate()
            .map(|(at, skill)| (skill.slug.clone(), at))
            .collect();
        Self {
            skills,
            taxonomy,
            by_slug,
        }
    }

    /// The skill that a typed name means.
    pub fn find(&self, typed: &str) -> Option<&SkillOption> {
        let (slug, _) = self.taxonomy.find(typed)?;
        self.skills.get(*self.by_slug.get(slug)?)
    }

    /// Up to three names that hold what was typed, or are held by it.
    pub fn like(&self, typed: &str) -> Vec<&str> {
        let wanted = fold(typed);
        if wanted.len() < 2 {
            return Vec::new();
        }
        let near = |text: &str| {
            let text = fold(text);
            text.contains(&wanted) || (text.len() >= 3 && wanted.contains(&text))
        };
        let mut found: Vec<&str> = self
            .skills
            .iter()
            .filter(|skill| near(&skill.name) || skill.aliases.iter().any(|alias| near(alias)))
            .map(|skill| skill.name.as_str())
            .collect();
        found.sort_by_key(|name| !fold(name).starts_with(&wanted));
        found.truncate(3);
        found
    }
}

/// Every skill that is not retired.
pub async fn skills(conn: &mut PgConnection) -> AppResult<Catalogue> {
    let skills = sqlx::query_as!(
        SkillOption,
        r#"select s.id as "id: SkillId", s.slug, s.name,
                  coalesce(array_agg(a.alias order by a.alias) filter (where not a.low_confidence), '{}') as "aliases!",
                  coalesce(array_agg(a.alias order by a.alias) filter (where a.low_confidence), '{}') as "guesses!"
           from skills s left join skill_aliases a on a.skill_id = s.id
           where s.retired_at is null group by s.id order by lower(s.name)"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(Catalogue::new(skills))
}

/// A skill of a track's template.
#[derive(Debug, Clone)]
pub struct TemplateSkill {
    /// Name.
    pub name: String,
    /// Set for must-haves.
    pub level: Option<i16>,
    /// Set for nice-to-haves.
    pub weight: Option<i16>,
}

/// What a request of the track starts from.
pub async fn template(conn: &mut PgConnection, track: TrackId) -> AppResult<Vec<TemplateSkill>> {
    Ok(sqlx::query_as!(
        TemplateSkill,
        r#"select s.name, w.level, w.weight from track_skills w join skills s on s.id = w.skill_id
           where w.track_id = $1 and s.retired_at is null order by w.need, w.position, s.name"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?)
}

/// What a band is paid a year in the client's market, for comparison.
#[derive(Debug, Clone)]
pub struct Comparator {
    /// Band.
    pub seniority: Seniority,
    /// Minor units a year.
    pub from_minor: i64,
    /// Minor units a year.
    pub to_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
}

/// The comparators of the United States; bands without a reliable figure are left out.
pub async fn comparators(conn: &mut PgConnection, track: TrackId) -> AppResult<Vec<Comparator>> {
    Ok(sqlx::query_as!(
        Comparator,
        r#"select seniority as "seniority: Seniority", yearly_from_minor as "from_minor!", yearly_to_minor as to_minor,
                  currency as "currency!"
           from track_bands
           where track_id = $1 and region = 'US' and yearly_from_minor is not null and currency is not null"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?)
}
