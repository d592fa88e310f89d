//! SQL of the claim ledger.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::candidates::blind::Eyes;
use crate::candidates::ledger::{Kind, Source};
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, ClaimId, SkillId, UserId};
use crate::tracks::skills::{Confidence, Entry, Taxonomy};

/// A claim to insert. It is not current before [`settle`] ran.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// Fresh.
    pub id: ClaimId,
    /// Of whom.
    pub candidate: CandidateId,
    /// About what.
    pub kind: Kind,
    /// About which skill.
    pub skill: Option<SkillId>,
    /// Level, CEFR number or years.
    pub value: Option<i16>,
    /// Where it comes from.
    pub source: Source,
    /// What staff noted.
    pub note: String,
    /// Who entered it.
    pub stated_by: Option<UserId>,
    /// Who verified it, in the same act.
    pub verified_by: Option<UserId>,
    /// The check that it came of.
    pub check: Option<CheckId>,
}

/// A line of the ledger.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Id.
    pub id: ClaimId,
    /// About what.
    pub kind: Kind,
    /// About which skill.
    pub skill: Option<SkillId>,
    /// Slug of the skill.
    pub slug: Option<String>,
    /// Name of the skill.
    pub skill_name: Option<String>,
    /// Heading of the skill.
    pub area: Option<String>,
    /// Level, CEFR number or years.
    pub value: Option<i16>,
    /// Where it comes from.
    pub source: Source,
    /// What staff noted; private to staff.
    pub note: String,
    /// When it was stated.
    pub stated_at: DateTime<Utc>,
    /// Who entered it.
    pub stated_by: Option<String>,
    /// When it was verified.
    pub verified_at: Option<DateTime<Utc>>,
    /// Who verified it.
    pub verified_by: Option<String>,
    /// Whether it is the one that counts.
    pub current: bool,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The check that it came of: who checked it, how and when stands there.
    pub check: Option<CheckId>,
    /// Value and note are out of sight for whoever looks, see [`crate::candidates::blind`].
    pub hidden: bool,
}

impl Claim {
    /// What it is about, for people.
    pub fn subject(&self) -> &str {
        self.skill_name.as_deref().unwrap_or(self.kind.label())
    }

    /// Its value, for people.
    pub fn value_label(&self) -> String {
        if self.hidden {
            return "hidden until your scorecard is in".to_owned();
        }
        self.kind.value_label(self.value)
    }

    /// "verified" or "stated", the chip's kind.
    pub fn chip(&self) -> &'static str {
        if self.verified_at.is_some() {
            "verified"
        } else {
            "stated"
        }
    }
}

/// Inserts claims in one statement. The first one about its subject counts from the start, which is nearly all of an import:
/// each row that [`settle`] writes again costs as much as its insert.
pub async fn insert_claims(conn: &mut PgConnection, claims: &[NewClaim], now: DateTime<Utc>) -> AppResult<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let ids: Vec<uuid::Uuid> = claims.iter().map(|claim| claim.id.0).collect();
    let candidates: Vec<uuid::Uuid> = claims.iter().map(|claim| claim.candidate.0).collect();
    let kinds: Vec<Kind> = claims.iter().map(|claim| claim.kind).collect();
    let skills: Vec<Option<uuid::Uuid>> = claims.iter().map(|claim| claim.skill.map(|id| id.0)).collect();
    let values: Vec<Option<i16>> = claims.iter().map(|claim| claim.value).collect();
    let sources: Vec<Source> = claims.iter().map(|claim| claim.source).collect();
    let notes: Vec<String> = claims.iter().map(|claim| claim.note.clone()).collect();
    let staters: Vec<Option<uuid::Uuid>> = claims.iter().map(|claim| claim.stated_by.map(|id| id.0)).collect();
    let verifiers: Vec<Option<uuid::Uuid>> = claims.iter().map(|claim| claim.verified_by.map(|id| id.0)).collect();
    let checks: Vec<Option<uuid::Uuid>> = claims.iter().map(|claim| claim.check.map(|id| id.0)).collect();
    sqlx::query!(
        "insert into claims (id, candidate_id, kind, skill_id, value, source, note, stated_by, stated_at, verified_by,
                             verified_at, current, check_id)
         select n.id, n.candidate, n.kind, n.skill, n.value, n.source, n.note, n.stater, $10::timestamptz, n.verifier,
                case when n.verifier is null then null else $10::timestamptz end,
                n.turn = 1 and not exists (select from claims o where o.candidate_id = n.candidate and o.kind = n.kind
                                                                  and o.skill_id is not distinct from n.skill),
                n.checked
         from (select u.*, row_number() over (partition by u.candidate, u.kind, u.skill order by u.id) as turn
               from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int2[], $6::text[], $7::text[], $8::uuid[], $9::uuid[], $11::uuid[])
                    as u (id, candidate, kind, skill, value, source, note, stater, verifier, checked)) n",
        &ids,
        &candidates,
        kinds as Vec<Kind>,
        &skills as &[Option<uuid::Uuid>],
        &values as &[Option<i16>],
        sources as Vec<Source>,
        &notes,
        &staters as &[Option<uuid::Uuid>],
        &verifiers as &[Option<uuid::Uuid>],
        now,
        &checks as &[Option<uuid::Uuid>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the right claim of every subject of these people current (the rule is in `ledger`). First the old ones step
/// down, then the new ones up: the unique index allows one at any moment.
pub async fn settle(conn: &mut PgConnection, people: &[CandidateId]) -> AppResult<()> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    sqlx::query!(
        "with ranked as (
             select id, withdrawn_at is null and row_number() over (
                        partition by candidate_id, kind, skill_id
                        order by withdrawn_at is null desc, verified_at is not null desc, value is not null desc,
                                 coalesce(verified_at, stated_at) desc, id desc) = 1 as best
             from claims where candidate_id = any($1))
         update claims c set current = false from ranked r where r.id = c.id and c.current and not r.best",
        &people,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with ranked as (
             select id, withdrawn_at is null and row_number() over (
                        partition by candidate_id, kind, skill_id
                        order by withdrawn_at is null desc, verified_at is not null desc, value is not null desc,
                                 coalesce(verified_at, stated_at) desc, id desc) = 1 as best
             from claims where candidate_id = any($1))
         update claims c set current = true from ranked r where r.id = c.id and not c.current and r.best",
        &people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The whole ledger of one person: current lines first, grouped by subject, newest first. Levels that came of a check are left
/// out for eyes that are closed to them.
pub async fn ledger(conn: &mut PgConnection, candidate: CandidateId, eyes: Eyes) -> AppResult<Vec<Claim>> {
    Ok(sqlx::query_as!(
        Claim,
        r#"select c.id as "id: ClaimId", c.kind as "kind: Kind", c.skill_id as "skill: SkillId", s.slug as "slug?",
                  s.name as "skill_name?", s.area as "area?",
                  case when hidden.it then null else c.value end as value, c.source as "source: Source",
                  case when hidden.it then '' else c.note end as "note!", c.stated_at, u.name as "stated_by?", c.verified_at,
                  v.name as "verified_by?", c.current, c.withdrawn_at, c.check_id as "check: CheckId", hidden.it as "hidden!"
           from claims c
           join candidates p on p.id = c.candidate_id
           cross join lateral (select c.check_id is not null and coalesce($2::uuid = any(p.owed_by), false) as it) hidden
           left join skills s on s.id = c.skill_id
           left join users u on u.id = c.stated_by
           left join users v on v.id = c.verified_by
           where c.candidate_id = $1
           order by c.kind, s.name, c.current desc, coalesce(c.verified_at, c.stated_at) desc, c.id desc"#,
        candidate as CandidateId,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}

/// Marks a claim of this person as verified. Not one's own word, and not a withdrawn one; says whether it was done.
pub async fn verify(
    conn: &mut PgConnection,
    candidate: CandidateId,
    claim: ClaimId,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<bool> {
    let done = sqlx::query!(
        "update claims set verified_by = $3, verified_at = $4
         where id = $2 and candidate_id = $1 and verified_at is null and withdrawn_at is null and source <> 'self'",
        candidate as CandidateId,
        claim as ClaimId,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes claims of this person back; those that are already are left alone. Gives how many it took.
pub async fn withdraw(
    conn: &mut PgConnection,
    candidate: CandidateId,
    claims: &[ClaimId],
    now: DateTime<Utc>,
) -> AppResult<u64> {
    let ids: Vec<uuid::Uuid> = claims.iter().map(|id| id.0).collect();
    let done = sqlx::query!(
        "update claims set withdrawn_at = $3, current = false where candidate_id = $1 and id = any($2) and withdrawn_at is null",
        candidate as CandidateId,
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The newest claims of one source that still stand, of several people.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Id.
    pub id: ClaimId,
    /// Of whom.
    pub candidate: CandidateId,
    /// About what.
    pub kind: Kind,
    /// About which skill.
    pub skill: Option<SkillId>,
    /// What it says.
    pub value: Option<i16>,
}

/// The newest claims of `source` that still stand, one a subject.
pub async fn standing(conn: &mut PgConnection, people: &[CandidateId], source: Source) -> AppResult<Vec<Standing>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        Standing,
        r#"select distinct on (candidate_id, kind, skill_id) id as "id: ClaimId", candidate_id as "candidate: CandidateId",
                  kind as "kind: Kind", skill_id as "skill: SkillId", value
           from claims where candidate_id = any($1) and source = $2 and withdrawn_at is null
           order by candidate_id, kind, skill_id, stated_at desc, id desc"#,
        &people,
        source as Source,
    )
    .fetch_all(conn)
    .await?)
}

/// The taxonomy with the ids of its skills.
#[derive(Debug, Clone)]
pub struct Skills {
    /// Finds a slug by any spelling.
    pub taxonomy: Taxonomy,
    /// Id, slug and name, in the order of areas and names.
    pub all: Vec<(SkillId, String, String)>,
}

impl Skills {
    /// The skill that a name means, and how surely.
    pub fn find(&self, name: &str) -> Option<(SkillId, Confidence)> {
        let (slug, confidence) = self.taxonomy.find(name)?;
        Some((self.by_slug(slug)?, confidence))
    }

    /// The skill of exactly this slug.
    pub fn by_slug(&self, slug: &str) -> Option<SkillId> {
        self.all
            .iter()
            .find(|(_, known, _)| known == slug)
            .map(|(id, _, _)| *id)
    }
}

/// The taxonomy as it is now.
pub async fn skills(conn: &mut PgConnection) -> AppResult<Skills> {
    let rows = sqlx::query!(
        r#"select s.id as "id: SkillId", s.slug, s.name,
                  coalesce((select array_agg(a.alias order by a.folded) from skill_aliases a
                            where a.skill_id = s.id and not a.low_confidence), '{}') as "aliases!",
                  coalesce((select array_agg(a.alias order by a.folded) from skill_aliases a
                            where a.skill_id = s.id and a.low_confidence), '{}') as "guesses!"
           from skills s where s.retired_at is null order by s.name, s.id"#
    )
    .fetch_all(conn)
    .await?;
    let sure = rows.iter().flat_map(|row| {
        row.aliases
            .iter()
            .map(|a| (a.as_str(), row.slug.as_str(), Confidence::Sure))
    });
    let guessed = rows.iter().flat_map(|row| {
        row.guesses
            .iter()
            .map(|a| (a.as_str(), row.slug.as_str(), Confidence::Guess))
    });
    let entries = rows.iter().map(|row| Entry {
        slug: &row.slug,
        name: &row.name,
    });
    let taxonomy = Taxonomy::new(entries, sure.chain(guessed));
    let all = rows
        .iter()
        .map(|row| (row.id, row.slug.clone(), row.name.clone()))
        .collect();
    Ok(Skills { taxonomy, all })
}

/// One skill by any spelling that surely means it, without loading the whole taxonomy. A guess is no answer here: nobody
/// is asked to confirm it. Nor is a retired skill.
pub async fn find_skill(conn: &mut PgConnection, name: &str) -> AppResult<Option<SkillId>> {
    let folded = crate::tracks::skills::fold(name);
    Ok(sqlx::query_scalar!(
        r#"select s.id as "id: SkillId" from skills s
           cross join lateral (select exists (select 1 from skill_aliases a
                                              where a.skill_id = s.id and a.folded = $1 and not a.low_confidence) as known) alias
           where s.retired_at is null and (s.folded = $1 or replace(s.slug, '-', '') = $1 or alias.known)
           order by s.folded = $1 desc, alias.known desc
           limit 1"#,
        folded,
    )
    .fetch_optional(conn)
    .await?)
}

/// The names of all skills, for suggestions while typing.
pub async fn skill_names(conn: &mut PgConnection) -> AppResult<Vec<String>> {
    Ok(
        sqlx::query_scalar!("select name from skills where retired_at is null order by name")
            .fetch_all(conn)
            .await?,
    )
}
