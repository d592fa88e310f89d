//! The pool as a list: filters, sort, keyset paging.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::candidates::{Origin, State};
use crate::error::AppResult;
use crate::ids::{CandidateId, SkillId};
use crate::tracks::levels::Seniority;
use crate::zones::Zone;

/// How the list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Last changed first.
    #[default]
    Updated,
    /// By name; anonymous profiles first, by code.
    Name,
    /// Newest first.
    Newest,
}

impl Sort {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Updated, Self::Name, Self::Newest];

    /// As the address writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Name => "name",
            Self::Newest => "newest",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Updated => "Last changed",
            Self::Name => "Name",
            Self::Newest => "Newest",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Updated => "c.updated_at",
            Self::Name => "lower(coalesce(c.name, ''))",
            Self::Newest => "c.created_at",
        }
    }

    fn descends(self) -> bool {
        !matches!(self, Self::Name)
    }
}

/// Which way from the cursor. (The web layer has its own such word; a store does not import upwards.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In the list's order.
    Forward,
    /// Against it.
    Backward,
}

/// What the list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In name, address, headline, city or code.
    pub text: String,
    /// Has this skill now.
    pub skill: Option<SkillId>,
    /// At this level or above.
    pub level: Option<i16>,
    /// In this band.
    pub seniority: Option<Seniority>,
    /// Country, city or zone.
    pub place: String,
    /// Vetted or not.
    pub vetted: Option<bool>,
    /// In this state.
    pub state: Option<State>,
    /// From this origin.
    pub origin: Option<Origin>,
}

/// A line of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    /// Id.
    pub id: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// None: anonymous.
    pub name: Option<String>,
    /// One line of evidence.
    pub headline: String,
    /// A hint.
    pub seniority: Option<Seniority>,
    /// Display only.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// Zone.
    pub zone: Option<Zone>,
    /// Free from.
    pub available_from: Option<NaiveDate>,
    /// State.
    pub state: State,
    /// Origin.
    #[sqlx(rename = "source")]
    pub origin: Origin,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// Checks the track asks for.
    pub required: i32,
    /// Of these, passed and not expired.
    pub met: i32,
    /// All of them.
    pub vetted: bool,
    /// The latest decision of one of them is a failure.
    pub failed: bool,
}

/// Appends the filter's conditions.
fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, today: NaiveDate) {
    if !filter.text.is_empty() {
        let like = format!("%{}%", escape_like(&filter.text));
        let code = filter
            .text
            .trim_start_matches(['m', 'M'])
            .trim_start_matches('-')
            .parse::<i32>()
            .unwrap_or(-1);
        sql.push(" and (c.name ilike ").push_bind(like.clone());
        sql.push(" or c.email ilike ").push_bind(like.clone());
        sql.push(" or c.headline ilike ").push_bind(like.clone());
        sql.push(" or c.city ilike ").push_bind(like);
        sql.push(" or c.code = ").push_bind(code).push(")");
    }
    if let Some(skill) = filter.skill {
        sql.push(" and exists (select 1 from claims k where k.candidate_id = c.id and k.current and k.kind = 'skill' and k.skill_id = ");
        sql.push_bind(skill);
        if let Some(level) = filter.level {
            sql.push(" and k.value >= ").push_bind(level);
        }
        sql.push(")");
    }
    if let Some(seniority) = filter.seniority {
        sql.push(" and c.seniority = ").push_bind(seniority);
    }
    if !filter.place.is_empty() {
        let like = format!("%{}%", escape_like(&filter.place));
        let zone_like = like.replace(' ', "\\_");
        sql.push(" and (c.country ilike ").push_bind(like.clone());
        sql.push(" or c.city ilike ").push_bind(like);
        sql.push(" or c.zone ilike ").push_bind(zone_like).push(")");
    }
    if let Some(vetted) = filter.vetted {
        sql.push(" and exists (select 1 from vetting_standing(")
            .push_bind(today);
        sql.push(") v where v.candidate_id = c.id and v.vetted = ")
            .push_bind(vetted)
            .push(")");
    }
    if let Some(state) = filter.state {
        sql.push(" and c.state = ").push_bind(state);
    }
    if let Some(origin) = filter.origin {
        sql.push(" and c.source = ").push_bind(origin);
    }
}

/// `%` and `_` mean themselves in what a person typed.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// One page of at most `limit` rows from the cursor on, in `direction` (backwards ones come reversed).
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    sort: Sort,
    today: NaiveDate,
    from: Option<CandidateId>,
    direction: Direction,
    limit: i64,
) -> AppResult<Vec<Listed>> {
    let mut sql = QueryBuilder::new("with page as (select c.* from candidates c where true");
    narrow(&mut sql, filter, today);
    let forward = direction == Direction::Forward;
    let order = if sort.descends() == forward { "desc" } else { "asc" };
    if let Some(from) = from {
        let sign = if order == "desc" { "<" } else { ">" };
        sql.push(format!(
            " and ({}, c.id) {sign} (select {}, c.id from candidates c where c.id = ",
            sort.key(),
            sort.key()
        ));
        sql.push_bind(from).push(")");
    }
    sql.push(format!(" order by {} {order}, c.id {order} limit ", sort.key()))
        .push_bind(limit);
    sql.push(
        ") select c.id, c.code, c.name, c.headline, c.seniority, c.country, c.city, c.zone, c.available_from, c.state, c.source,
                  c.updated_at, v.required, v.met, v.vetted, v.failed
         from page c join lateral (select s.* from vetting_standing(",
    )
    .push_bind(today);
    sql.push(format!(
        ") s where s.candidate_id = c.id) v on true order by {} {order}, c.id {order}",
        sort.key()
    ));
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// How many people the filter leaves, and how many there are.
pub async fn counts(conn: &mut PgConnection, filter: &Filter, today: NaiveDate) -> AppResult<(i64, i64)> {
    let mut sql = QueryBuilder::new("select (select count(*) from candidates c where true");
    narrow(&mut sql, filter, today);
    sql.push("), (select count(*) from candidates)");
    Ok(sql.build_query_as().fetch_one(conn).await?)
}

/// A current skill of somebody, for a chip.
#[derive(Debug, Clone)]
pub struct ListedSkill {
    /// Of whom.
    pub candidate: CandidateId,
    /// Name of the skill.
    pub name: String,
    /// Level, if known.
    pub value: Option<i16>,
    /// Whether somebody checked it.
    pub verified: bool,
    /// How many current skills the person has.
    pub all: i64,
}

/// The best `most` skills of each of these people: verified first, then by level, then those the track asks for.
pub async fn best_skills(conn: &mut PgConnection, people: &[CandidateId], most: i64) -> AppResult<Vec<ListedSkill>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        ListedSkill,
        r#"select candidate_id as "candidate: CandidateId", name, value, verified as "verified!", all_skills as "all!"
           from (select k.candidate_id, s.name, k.value, k.verified_at is not null as verified,
                        count(*) over (partition by k.candidate_id) as all_skills,
                        row_number() over (partition by k.candidate_id
                            order by ts.need is null, k.verified_at is null, k.value desc nulls last, ts.position, s.name) as place
                 from claims k
                 join skills s on s.id = k.skill_id
                 join candidates c on c.id = k.candidate_id
                 left join track_skills ts on ts.track_id = c.track_id and ts.skill_id = k.skill_id
                 where k.candidate_id = any($1) and k.current and k.kind = 'skill') ranked
           where place <= $2 order by candidate_id, place"#,
        &people,
        most,
    )
    .fetch_all(conn)
    .await?)
}

impl Listed {
    /// The dot and the word of the vetting.
    pub fn vetting(&self) -> (&'static str, String) {
        vetting_state(self.vetted, self.failed, self.met, self.required)
    }
}

fn vetting_state(vetted: bool, failed: bool, met: i32, required: i32) -> (&'static str, String) {
    match (vetted, failed, met) {
        (true, _, _) => ("ok", "Vetted".to_owned()),
        (_, true, _) => ("bad", "A check failed".to_owned()),
        (_, _, 0) => ("soft", "Not vetted".to_owned()),
        _ => ("wait", format!("{met} of {required} checks")),
    }
}

/// How the vetting of one person stands on `today`, for the head of the person's pages.
pub async fn vetting_word(
    conn: &mut PgConnection,
    candidate: CandidateId,
    today: NaiveDate,
) -> AppResult<(&'static str, String)> {
    let row = sqlx::query!(
        r#"select vetted as "vetted!", coalesce(failed, false) as "failed!", met as "met!", required as "required!"
           from vetting_standing($2) where candidate_id = $1"#,
        candidate as CandidateId,
        today,
    )
    .fetch_one(conn)
    .await?;
    Ok(vetting_state(row.vetted, row.failed, row.met, row.required))
}
