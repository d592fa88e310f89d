//! The pool as a list: filters, sort, keyset paging.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::search::{walk, walk_by_key};
use crate::candidates::blind::Eyes;
use crate::candidates::{Origin, State};
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{CandidateId, SkillId, TrackId, UserId};
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
    /// Beginnings of words in name, address, headline or city, whatever the accents; or a code.
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
    /// In this state; none: everybody but those who were told no.
    pub state: Option<State>,
    /// From this origin.
    pub origin: Option<Origin>,
    /// Who asks: a level that they may not read finds nobody.
    pub eyes: Eyes,
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
    /// Who owes a scorecard about the person, see [`crate::candidates::blind`].
    pub owed_by: Vec<UserId>,
    /// The decisions of their checks, see [`Vetting::of`].
    pub checks: Vec<i32>,
    /// The day of the latest of these.
    pub checks_on: Option<NaiveDate>,
    /// Of the taxonomy at that moment.
    pub taxonomy: i64,
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

    /// Of people who were counted no further than one beyond [`Self::MOST`].
    pub fn up_to(counted: i64) -> Self {
        Self::of(counted, Self::MOST)
    }

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
}

/// Appends the filter's conditions on the person `c`, each after an "and".
pub fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, today: NaiveDate) {
    if !filter.text.is_empty() {
        // Found first and by itself: an order that an index has does not tempt into trying everybody in it. The longest word
        // by an index of trigrams, the others among whom it finds.
        sql.push(" and c.id in (with ");
        filter.ask(sql);
        sql.push(
            ", hit as materialized (select h.candidate_id as id from candidate_texts h
               where h.words like (select patterns[1] from asked) and h.words like all ((select patterns from asked)::text[])
               union select h.id from candidates h where h.code = ",
        );
        sql.push_bind(filter.code()).push(") select id from hit)");
    }
    if let Some(skill) = filter.skill {
        sql.push(" and exists (select 1 from claims k where k.candidate_id = c.id and k.current and k.kind = 'skill' and k.skill_id = ");
        sql.push_bind(skill);
        if let Some(level) = filter.level {
            sql.push(" and k.value >= ").push_bind(level);
            if let Some(user) = filter.eyes.id() {
                sql.push(" and (k.check_id is null or not ")
                    .push_bind(user)
                    .push(" = any(c.owed_by))");
            }
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
    } else if filter.text.is_empty() {
        // Whoever was told no is found by name, or when asked for.
        sql.push(" and c.state <> 'rejected'");
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
pub(super) const COLUMNS: &str =
    "select c.id, c.code, c.name, c.seniority, c.country, c.city, c.zone is not null as zoned, c.available_from,
       c.state, c.updated_at, c.track_id, c.skills, c.owed_by, c.checks, c.checks_on, (select version from taxonomy_version) as taxonomy";

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
    pub(super) fn order(self, sort: Sort) -> &'static str {
        if sort.descends() == (self.direction == Direction::Forward) {
            "desc"
        } else {
            "asc"
        }
    }

    pub(super) fn begin(self, sql: &mut QueryBuilder<Postgres>, sort: Sort) {
        let Some(from) = self.from else { return };
        let sign = if self.order(sort) == "desc" { "<" } else { ">" };
        let key = sort.key();
        sql.push(format!(
            " and ({key}, c.id) {sign} (select {key}, c.id from candidates c where c.id = "
        ));
        sql.push_bind(from).push(")");
    }

    pub(super) fn end(self, sql: &mut QueryBuilder<Postgres>, sort: Sort, limit: i64) {
        let order = self.order(sort);
        // The number stands in the text: a list without parameters is planned once a connection.
        sql.push(format!(" order by {} {order}, c.id {order} limit {limit}", sort.key()));
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
    // A code is one person, wherever they stand.
    if filter.is_text_alone() && sort == Sort::Updated && filter.code() < 0 {
        let (rows, saw_all) = if filter.has_key() {
            walk_by_key(conn, filter, cut).await?
        } else {
            (walk(conn, filter, cut).await?, false)
        };
        if saw_all || i64::try_from(rows.len()).is_ok_and(|rows| rows == cut.limit) {
            return Ok(rows);
        }
    }
    let mut sql = QueryBuilder::new(COLUMNS);
    sql.push(" from candidates c where true");
    narrow(&mut sql, filter, today);
    cut.begin(&mut sql, sort);
    cut.end(&mut sql, sort, cut.limit);
    if filter.is_empty() || filter.is_text_alone() {
        return Ok(sql.build_query_as().fetch_all(conn).await?);
    }
    let mut tx = by_values(conn).await?;
    let rows = sql.build_query_as().fetch_all(&mut *tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// How many stand before or after somebody in the list, up to the limit of the cut.
pub async fn how_many(
    conn: &mut PgConnection,
    filter: &Filter,
    sort: Sort,
    today: NaiveDate,
    cut: Cut,
) -> AppResult<Tally> {
    let mut sql = QueryBuilder::new("select count(*) from (select c.id from candidates c where true");
    narrow(&mut sql, filter, today);
    cut.begin(&mut sql, sort);
    cut.end(&mut sql, sort, cut.limit);
    sql.push(") n");
    let mut tx = by_values(conn).await?;
    let people = sql.build_query_scalar().fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(Tally::up_to(people))
}

/// What a page of the list tells of the numbers of people.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// It is the whole list, of so many.
    Whole(i64),
    /// There are more than it has, which is so many.
    Part(i64),
}

/// Whether a server has found that there are more people than are counted. Nobody is taken out of the pool, so it stays so,
/// and counting a thousand rows for each look at the list would say nothing new.
#[derive(Debug, Clone, Default)]
pub struct Crowd(Arc<AtomicBool>);

/// How many people there are, without those who were told no.
pub async fn everybody(conn: &mut PgConnection, crowd: &Crowd) -> AppResult<Tally> {
    let most = Tally::MOST + 1;
    if crowd.0.load(Ordering::Relaxed) {
        return Ok(Tally::of(most, Tally::MOST));
    }
    let mut sql = QueryBuilder::new("select count(*) from (select from candidates where state <> 'rejected' limit ");
    sql.push_bind(most).push(") c");
    let tally = Tally::of(sql.build_query_scalar().fetch_one(conn).await?, Tally::MOST);
    crowd.0.store(tally.more, Ordering::Relaxed);
    Ok(tally)
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
            sql.push(format!(" limit {}) c", Tally::MOST + 1));
            let mut tx = by_values(conn).await?;
            let counted = sql.build_query_scalar().fetch_one(&mut *tx).await?;
            tx.commit().await?;
            Ok(Tally::of(counted, Tally::MOST))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_says_where_it_stopped() {
        assert_eq!(Tally::of(1_000, Tally::MOST).to_string(), "1000");
        assert_eq!(Tally::of(1_001, Tally::MOST).to_string(), "1000+");
    }
}
