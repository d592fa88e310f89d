//! The pool as a list; every filter stands in the address.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::candidates::blind::Eyes;
use crate::candidates::store::{self, Crowd, Cut, Direction, Filter, Listed, Shown, Sort, Tally, Vetting};
use crate::candidates::{Origin, State, code_label};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::tracks::levels::Seniority;
use crate::tracks::taxonomy::{self, Chip, Taxonomies};
use crate::web::paging::{self, PageQuery, Paged};
use crate::web::{Frame, Layout, Now, Recruiter, Section, page};

/// Rows of a page.
const ROWS: usize = 50;
/// Skills shown of each person.
const CHIPS: usize = 4;

/// The address of a list, as typed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ListQuery {
    q: String,
    skill: String,
    level: String,
    seniority: String,
    place: String,
    vetted: String,
    state: String,
    origin: String,
    sort: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

impl ListQuery {
    fn sort(&self) -> Sort {
        Sort::ALL
            .into_iter()
            .find(|sort| sort.code() == self.sort)
            .unwrap_or_default()
    }

    /// The same list with another cursor. Empty filters are left out of the address.
    fn href(&self, after: Option<&str>, before: Option<&str>) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("skill", &self.skill),
            ("level", &self.level),
            ("seniority", &self.seniority),
            ("place", &self.place),
            ("vetted", &self.vetted),
            ("state", &self.state),
            ("origin", &self.origin),
            ("sort", &self.sort),
            ("after", after.unwrap_or_default()),
            ("before", before.unwrap_or_default()),
        ];
        let given: Vec<_> = pairs
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        match serde_html_form::to_string(&given) {
            Ok(query) if !query.is_empty() => format!("/candidates?{query}"),
            _ => "/candidates".to_owned(),
        }
    }

    fn is_narrowed(&self) -> bool {
        [
            &self.q,
            &self.skill,
            &self.seniority,
            &self.place,
            &self.vetted,
            &self.state,
            &self.origin,
        ]
        .iter()
        .any(|value| !value.trim().is_empty())
    }
}

#[derive(Template)]
#[template(path = "candidates/list.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    people: Vec<Line>,
    found: Tally,
    all: Tally,
    previous: String,
    next: String,
    /// What the address of a person adds, to lead back here.
    from: String,
    /// The taxonomy does not know the skill that was typed.
    no_such_skill: bool,
    narrowed: bool,
}

/// One person of the list.
struct Line {
    row: Listed,
    chips: Vec<Chip>,
    vetting: Vetting,
    place: String,
    free: String,
    changed: String,
}

impl Line {
    fn title(&self) -> String {
        self.row.name.clone().unwrap_or_else(|| code_label(self.row.code))
    }

    fn sub(&self) -> String {
        let code = self.row.name.as_ref().map(|_| code_label(self.row.code));
        let band = self.row.seniority.map(|band| band.label().to_owned());
        [band, code].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn code(&self) -> String {
        code_label(self.row.code)
    }

    fn is_active(&self) -> bool {
        self.row.state == State::Active
    }

    /// How many skills the chips leave out.
    fn more(&self) -> usize {
        self.row.skills.len().saturating_sub(CHIPS)
    }
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl ListPage {
    fn levels(&self) -> [(&'static str, &'static str); 6] {
        [
            ("", "Any level"),
            ("1", "1+"),
            ("2", "2+"),
            ("3", "3+"),
            ("4", "4+"),
            ("5", "5"),
        ]
    }

    fn bands(&self) -> Vec<(&'static str, &'static str)> {
        with_any(Seniority::ALL.map(|band| (band.key(), band.label())))
    }

    fn states(&self) -> Vec<(&'static str, &'static str)> {
        let all = State::ALL.map(|state| (state.code(), state.label()));
        std::iter::once(("", "Any but rejected")).chain(all).collect()
    }

    fn origins(&self) -> Vec<(&'static str, &'static str)> {
        with_any(Origin::ALL.map(|origin| (origin.code(), origin.label())))
    }

    fn vetted(&self) -> Vec<(&'static str, &'static str)> {
        with_any([("yes", "Vetted"), ("no", "Not vetted")])
    }

    fn sorts(&self) -> Vec<(&'static str, &'static str)> {
        Sort::ALL.into_iter().map(|sort| (sort.code(), sort.label())).collect()
    }

    fn sort(&self) -> &'static str {
        self.query.sort().code()
    }
}

fn with_any<const N: usize>(options: [(&'static str, &'static str); N]) -> Vec<(&'static str, &'static str)> {
    std::iter::once(("", "Any")).chain(options).collect()
}

pub(super) async fn list(
    _staff: Recruiter,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
    taxonomies: web::ThinData<Taxonomies>,
    crowd: web::ThinData<Crowd>,
    query: web::Query<ListQuery>,
) -> AppResult<HttpResponse> {
    let query = query.into_inner();
    let mut conn = db.conn().await?;
    let eyes = Eyes::of(frame.user());
    let (filter, no_such_skill) = filter(&mut conn, &query, eyes).await?;
    let today = now.0.date_naive();
    let cursors = PageQuery {
        after: query.after.clone(),
        before: query.before.clone(),
    };
    let (from, direction) = cursors.cursor();
    let from: Option<CandidateId> = from.and_then(|id| id.parse().ok());
    let direction = match direction {
        paging::Direction::Forward => Direction::Forward,
        paging::Direction::Backward => Direction::Backward,
    };
    let cut = Cut {
        from,
        direction,
        limit: i64::try_from(ROWS + 1).unwrap_or(i64::MAX),
    };
    let none = Tally { number: 0, more: false };
    let (rows, found, all) = if no_such_skill {
        (Vec::new(), none, store::everybody(&mut conn, &crowd).await?)
    } else {
        let rows = store::list(&mut conn, &filter, query.sort(), today, cut).await?;
        let all = store::everybody(&mut conn, &crowd).await?;
        let shown = match i64::try_from(rows.len()).unwrap_or(i64::MAX) {
            number if from.is_none() && number < cut.limit => Shown::Whole(number),
            _ => Shown::Part(cut.limit - 1),
        };
        let found = store::found(&mut conn, &filter, today, all, shown).await?;
        (rows, found, all)
    };
    let paged = Paged::from_fetched(rows, ROWS, &cursors, |row| row.id.to_string());
    let lines = lines(&mut conn, &taxonomies, paged.rows, (eyes, now.0)).await?;
    drop(conn);
    let link = |after: Option<&String>, before: Option<&String>| match (after, before) {
        (None, None) => String::new(),
        (after, before) => query.href(after.map(String::as_str), before.map(String::as_str)),
    };
    page(&ListPage {
        layout: frame.layout(Section::Candidates),
        previous: link(None, paged.previous.as_ref()),
        next: link(paged.next.as_ref(), None),
        from: crate::web::came_from::carried(&query.href(query.after.as_deref(), query.before.as_deref())),
        people: lines,
        narrowed: query.is_narrowed(),
        query,
        found,
        all,
        no_such_skill,
    })
}

/// Who stands beside somebody in the list of this address; nobody where it ends, and where the address is no list.
pub async fn beside(
    conn: &mut sqlx::PgConnection,
    address: &str,
    (id, direction): (CandidateId, Direction),
    eyes: Eyes,
    now: DateTime<Utc>,
) -> AppResult<Option<CandidateId>> {
    let Some((filter, sort)) = meant(conn, address, eyes).await? else {
        return Ok(None);
    };
    let cut = Cut {
        from: Some(id),
        direction,
        limit: 1,
    };
    let rows = store::list(conn, &filter, sort, now.date_naive(), cut).await?;
    Ok(rows.first().map(|row| row.id))
}

/// How many stand on one side of somebody there.
pub async fn how_many(
    conn: &mut sqlx::PgConnection,
    address: &str,
    cut: Cut,
    eyes: Eyes,
    now: DateTime<Utc>,
) -> AppResult<Tally> {
    let Some((filter, sort)) = meant(conn, address, eyes).await? else {
        return Ok(Tally::up_to(0));
    };
    store::how_many(conn, &filter, sort, now.date_naive(), cut).await
}

/// The list that an address means; nothing where it is none, or has nobody.
async fn meant(conn: &mut sqlx::PgConnection, address: &str, eyes: Eyes) -> AppResult<Option<(Filter, Sort)>> {
    let query = address.strip_prefix("/candidates").unwrap_or_default();
    let Ok(query) = serde_html_form::from_str::<ListQuery>(query.trim_start_matches('?')) else {
        return Ok(None);
    };
    let (filter, no_such_skill) = filter(conn, &query, eyes).await?;
    Ok((!no_such_skill).then(|| (filter, query.sort())))
}

/// The typed filters as values; whether the skill is one that the taxonomy lacks.
async fn filter(conn: &mut sqlx::PgConnection, query: &ListQuery, eyes: Eyes) -> AppResult<(Filter, bool)> {
    // An address can hold what no field can, and PostgreSQL's text cannot hold all of it.
    let clean = |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(200).collect() };
    let skill = match clean(&query.skill).as_str() {
        "" => None,
        name => store::find_skill(conn, name).await?,
    };
    let filter = Filter {
        text: clean(&query.q),
        skill,
        level: query.level.parse().ok().filter(|level| (1..=5).contains(level)),
        seniority: Seniority::parse(&query.seniority),
        place: clean(&query.place),
        vetted: match query.vetted.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        state: State::parse(&query.state),
        origin: Origin::parse(&query.origin),
        eyes,
    };
    let missing = skill.is_none() && !query.skill.trim().is_empty();
    Ok((filter, missing))
}

async fn lines(
    conn: &mut sqlx::PgConnection,
    taxonomies: &Taxonomies,
    rows: Vec<Listed>,
    (eyes, now): (Eyes, DateTime<Utc>),
) -> AppResult<Vec<Line>> {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let known = taxonomies.at(conn, first.taxonomy).await?;
    let today = now.date_naive();
    // A clock that went back: what stands with a person is of a later day.
    let past: Vec<CandidateId> = rows
        .iter()
        .filter(|row| row.checks_on.is_some_and(|on| on > today))
        .map(|row| row.id)
        .collect();
    let past = if past.is_empty() {
        HashMap::new()
    } else {
        store::vetting(conn, &past, today).await?
    };
    let line = |mut row: Listed| {
        if eyes.are_closed(&row.owed_by) {
            row.skills = taxonomy::unverified(&row.skills);
        }
        let place = row.city.clone().or_else(|| row.country.clone()).unwrap_or_default();
        let free = match row.available_from {
            None => String::new(),
            Some(day) if day <= today => "now".to_owned(),
            Some(day) => day.format("%-d %b %Y").to_string(),
        };
        Line {
            chips: known.best(row.track, &row.skills, CHIPS),
            vetting: past
                .get(&row.id)
                .copied()
                .unwrap_or_else(|| Vetting::of(&row.checks, known.checks(row.track), today)),
            place,
            free,
            changed: row.updated_at.format("%-d %b %Y").to_string(),
            row,
        }
    };
    Ok(rows.into_iter().map(line).collect())
}
