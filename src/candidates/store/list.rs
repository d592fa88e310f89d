//! The pool as a list: filters, sort, keyset paging.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::candidates::{Origin, State};
use crate::error::AppResult;
use crate::ids::{CandidateId, SkillId, TrackId};
use crate::tracks::levels::Seniority;

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
    /// A hint.
    pub seniority: Option<Seniority>,
    /// Display only.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// Whether the time zone is known.
    pub zoned: bool,
    /// Free from.
    pub available_from: Option<NaiveDate>,
    /// State.
    pub state: State,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// The track they belong to.
    #[sqlx(rename = "track_id")]
    pub track: TrackId,
    /// The current skills, see [`crate::tracks::taxonomy`].
    pub skills: Vec<i32>,
    /// Of the taxonomy at that moment.
    pub taxonomy: i64,
    /// How many people there are, counted to one more than [`Tally::MOST`].
    pub everybody: i64,
}

/// How the vetting of somebody stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vetting {
    /// Checks the track asks for.
    pub required: i32,
    /// Of these, passed and not expired.
    pub met: i32,
    /// All of them.
    pub vetted: bool,
    /// The latest decision of one of them is a failure.
    pub failed: bool,
}

/// A number of people, counted no further than [`Tally::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// So many.
    pub number: i64,
    /// And more.
    pub more: bool,
}

impl Tally {
    /// Nobody decides anything by the difference between two numbers beyond this, and counting them takes longer than the
    /// rest of a page.
    pub const MOST: i64 = 1_000;

    fn of(counted: i64, most: i64) -> Self {
        Self {
            number: counted.min(most),
            more: counted > most,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.number, if self.more { "+" } else { "" })
    }
}

impl Filter {
    /// Nothing but words to look for.
    fn is_text_alone(&self) -> bool {
        let rest = (self.skill.is_none(), self.seniority.is_none(), self.vetted.is_none());
        !self.text.is_empty()
            && rest == (true, true, true)
            && self.place.is_empty()
            && self.state.is_none()
            && self.origin.is_none()
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty()
            && Self {
                text: "x".to_owned(),
                ..self.clone()
            }
            .is_text_alone()
    }

    /// Anywhere in what people are searched by.
    fn like(&self) -> String {
        format!("%{}%", escape_like(&self.text))
    }

    /// The number of "M-1001"; none has -1.
    fn code(&self) -> i32 {
        let digits = self.text.trim_start_matches(['m', 'M']).trim_start_matches('-');
        digits.parse().unwrap_or(-1)
    }

    /// An index of trigrams can help: without three letters in a row it would be read whole.
    fn has_trigram(&self) -> bool {
        self.text
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word.chars().count() >= 3)
    }
}

/// Appends the filter's conditions.
fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, today: NaiveDate) {
    if !filter.text.is_empty() {
        // Found first and by itself: an order that an index has does not tempt into trying everybody in it.
        sql.push(" and c.id in (with hit as materialized (select h.id from candidates h where ");
        sql.push(if filter.has_trigram() {
            "h.search"
        } else {
            "h.search || ''"
        });
        sql.push(" like (select lower(").push_bind(filter.like());
        sql.push(")) or h.code = ").push_bind(filter.code());
        sql.push(") select id from hit)");
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
        sql.push(" and exists (select 1 from vetting_standing_of(array[c.id], ")
            .push_bind(today);
        sql.push(") v where v.vetted = ").push_bind(vetted).push(")");
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

/// What a line shows; `c` is the person.
const COLUMNS: &str =
    "select c.id, c.code, c.name, c.seniority, c.country, c.city, c.zone is not null as zoned, c.available_from,
       c.state, c.updated_at, c.track_id, c.skills, (select version from taxonomy_version) as taxonomy,
       (select count(*) from (select from candidates limit 1001) e) as everybody from candidates c";

/// As many of the latest people are looked through for words, before an index of words is asked. Words that many people
/// have are found so among the first ones, however many people there are; few have the others.
const WALK: i64 = 4_000;

/// Where a page of a list begins, which way it goes, and how many rows it has at most.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Not before the first: after this person.
    pub from: Option<CandidateId>,
    /// Backwards ones come reversed.
    pub direction: Direction,
    /// Rows.
    pub limit: i64,
}

impl Cut {
    fn order(self, sort: Sort) -> &'static str {
        if sort.descends() == (self.direction == Direction::Forward) {
            "desc"
        } else {
            "asc"
        }
    }

    fn begin(self, sql: &mut QueryBuilder<Postgres>, sort: Sort) {
        let Some(from) = self.from else { return };
        let sign = if self.order(sort) == "desc" { "<" } else { ">" };
        let key = sort.key();
        sql.push(format!(
            " and ({key}, c.id) {sign} (select {key}, c.id from candidates c where c.id = "
        ));
        sql.push_bind(from).push(")");
    }

    fn end(self, sql: &mut QueryBuilder<Postgres>, sort: Sort, limit: i64) {
        let order = self.order(sort);
        sql.push(format!(" order by {} {order}, c.id {order} limit ", sort.key()))
            .push_bind(limit);
    }
}

/// One page of the list.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    sort: Sort,
    today: NaiveDate,
    cut: Cut,
) -> AppResult<Vec<Listed>> {
    if filter.is_text_alone() && sort == Sort::Updated {
        let rows = walk(conn, filter, cut).await?;
        if i64::try_from(rows.len()).is_ok_and(|rows| rows == cut.limit) {
            return Ok(rows);
        }
    }
    let mut sql = QueryBuilder::new(COLUMNS);
    sql.push(" where true");
    narrow(&mut sql, filter, today);
    cut.begin(&mut sql, sort);
    cut.end(&mut sql, sort, cut.limit);
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// The same page, out of the next [`WALK`] people: whole if it is full.
async fn walk(conn: &mut PgConnection, filter: &Filter, cut: Cut) -> AppResult<Vec<Listed>> {
    let sort = Sort::Updated;
    let mut sql = QueryBuilder::new(
        "with page as materialized (select c.id from (select c.id, c.updated_at, c.search_start from candidates c where true",
    );
    cut.begin(&mut sql, sort);
    cut.end(&mut sql, sort, WALK);
    // Folded once and not for each of them.
    sql.push(") c where c.search_start like (select lower(")
        .push_bind(filter.like());
    sql.push(")) or (octet_length(c.search_start) >= 600 and exists (select 1 from candidates l where l.id = c.id and l.search like lower(");
    sql.push_bind(filter.like());
    sql.push("))) or c.id = (select o.id from candidates o where o.code = ");
    sql.push_bind(filter.code()).push(")");
    cut.end(&mut sql, sort, cut.limit);
    sql.push(") ").push(COLUMNS).push(" join page p on p.id = c.id");
    cut.end(&mut sql, sort, cut.limit);
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// What a page of the list tells of the numbers of people.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// It is the whole list, of so many.
    Whole(i64),
    /// There are more than it has, which is so many.
    Part(i64),
}

/// How many people there are: as the rows of a page say, or, of a page without rows, as the table does.
pub async fn everybody(conn: &mut PgConnection, rows: &[Listed]) -> AppResult<Tally> {
    let counted = if let Some(row) = rows.first() {
        row.everybody
    } else {
        let mut sql = QueryBuilder::new("select count(*) from (select from candidates limit ");
        sql.push_bind(Tally::MOST + 1).push(") c");
        sql.build_query_scalar().fetch_one(conn).await?
    };
    Ok(Tally::of(counted, Tally::MOST))
}

/// How many people the filter leaves of `all`.
pub async fn found(
    conn: &mut PgConnection,
    filter: &Filter,
    today: NaiveDate,
    all: Tally,
    shown: Shown,
) -> AppResult<Tally> {
    match shown {
        _ if filter.is_empty() => Ok(all),
        Shown::Whole(rows) => Ok(Tally::of(rows, Tally::MOST)),
        // Those who have the words would all have to be looked up.
        Shown::Part(rows) if filter.is_text_alone() && all.more => Ok(Tally::of(rows + 1, rows)),
        Shown::Part(_) => {
            let mut sql = QueryBuilder::new("select count(*) from (select from candidates c where true");
            narrow(&mut sql, filter, today);
            sql.push(" limit ").push_bind(Tally::MOST + 1).push(") c");
            Ok(Tally::of(sql.build_query_scalar().fetch_one(conn).await?, Tally::MOST))
        }
    }
}

/// How the vetting of these people stands on `today`.
pub async fn vetting(
    conn: &mut PgConnection,
    people: &[CandidateId],
    today: NaiveDate,
) -> AppResult<HashMap<CandidateId, Vetting>> {
    let people: Vec<uuid::Uuid> = people.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select candidate_id as "candidate!: CandidateId", required as "required!", met as "met!", vetted as "vetted!", failed as "failed!"
           from vetting_standing_of($1, $2)"#,
        &people,
        today,
    )
    .fetch_all(conn)
    .await?;
    let vetting = rows.into_iter().map(|row| {
        let vetting = Vetting {
            required: row.required,
            met: row.met,
            vetted: row.vetted,
            failed: row.failed,
        };
        (row.candidate, vetting)
    });
    Ok(vetting.collect())
}

impl Vetting {
    /// The dot and the word of the vetting.
    pub fn words(self) -> (&'static str, String) {
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
    let standing = vetting(conn, &[candidate], today).await?;
    Ok(standing.get(&candidate).copied().unwrap_or_default().words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_counted_to_one_more_than_is_told() {
        assert!(COLUMNS.contains(&format!("from candidates limit {})", Tally::MOST + 1)));
        assert_eq!(Tally::of(1_000, Tally::MOST).to_string(), "1000");
        assert_eq!(Tally::of(1_001, Tally::MOST).to_string(), "1000+");
    }

    #[test]
    fn trigrams_need_three_letters_in_a_row() {
        let has = |text: &str| {
            let filter = Filter {
                text: text.to_owned(),
                ..Filter::default()
            };
            filter.has_trigram()
        };
        assert!(has("mar") && has("a-Ñúñ") && has("ann@"));
        assert!(!has("ma") && !has("m-a.r") && !has("%%%"));
    }
}
