//! The pipeline of a track: the board, and the same people as a table.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use sqlx::PgConnection;

use super::query::PipelineQuery;
use crate::candidates::blind::Eyes;
use crate::candidates::store::{Cut, Direction, Tally};
use crate::candidates::{State, code_label};
use crate::db::Db;
use crate::error::AppResult;
use crate::tracks::levels::Seniority;
use crate::tracks::taxonomy::{self, Chip, Taxonomies};
use crate::vetting::pipeline::store::views::{SavedView, views};
use crate::vetting::pipeline::store::{self, Narrowed, Placed, Sort};
use crate::vetting::pipeline::{Pipeline, Progress, Stage};
use crate::web::paging::{self, Paged};
use crate::web::{Frame, Layout, Now, Recruiter, Section, page, see_other};

/// Cards of a column at most.
const CARDS: usize = 20;
/// Cards of a board: a track with many checks has shorter columns, and the page stays as large.
const ALL_CARDS: usize = 110;
/// Rows of a page of the table.
const ROWS: usize = 50;
/// Skills shown of each person.
const CHIPS: usize = 2;

/// Somebody on a card or in a row.
pub(super) struct Person {
    placed: Placed,
    /// Whole days at this stage.
    days: i64,
    /// Owes the viewer a scorecard.
    mine: bool,
    stage: String,
    place: String,
    chips: Vec<Chip>,
}

impl Person {
    fn title(&self) -> String {
        self.placed.name.clone().unwrap_or_else(|| self.code())
    }

    fn code(&self) -> String {
        code_label(self.placed.code)
    }

    fn band(&self) -> &'static str {
        self.placed.seniority.map_or("", Seniority::label)
    }

    /// Tone and word of the check, where the stage has one.
    fn state(&self) -> Option<(&'static str, &'static str)> {
        let progress = self.placed.progress();
        matches!(self.placed.stage(), Stage::Check(..)).then(|| (progress.tone(), progress.label()))
    }

    fn waited(&self) -> String {
        match self.days {
            ..=0 => "today".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        }
    }
}

struct Column {
    stage: Stage,
    label: String,
    count: Tally,
    people: Vec<Person>,
    /// The query with which a card's page leads back here.
    from: String,
    /// Shown on a narrow screen.
    open: bool,
}

impl Column {
    /// What to do where nobody is.
    fn nobody(&self) -> &'static str {
        match self.stage {
            Stage::New => "Everybody is begun with.",
            Stage::Check(..) => "Nobody is here.",
            Stage::Vetted => "Nobody is vetted yet.",
        }
    }

    fn has_more(&self) -> bool {
        usize::try_from(self.count.number).is_ok_and(|number| number > self.people.len())
    }
}

#[derive(Template)]
#[template(path = "vetting/pipeline/board.html")]
struct BoardPage {
    layout: Layout,
    query: PipelineQuery,
    tracks: Vec<(String, String)>,
    at: Pipeline,
    columns: Vec<Column>,
    views: Vec<SavedView>,
    no_such_skill: bool,
    total: Tally,
}

#[derive(Template)]
#[template(path = "vetting/pipeline/table.html")]
struct TablePage {
    layout: Layout,
    query: PipelineQuery,
    tracks: Vec<(String, String)>,
    at: Pipeline,
    people: Vec<Person>,
    from: String,
    views: Vec<SavedView>,
    no_such_skill: bool,
    total: Tally,
    previous: String,
    next: String,
}

#[derive(Template)]
#[template(path = "vetting/pipeline/none.html")]
struct NonePage {
    layout: Layout,
}

/// What the head and the filters of both pages ask of them.
macro_rules! shared {
    ($page:ident) => {
        impl $page {
            fn stages(&self) -> Vec<(&'static str, &str)> {
                let stages = self
                    .at
                    .stages
                    .iter()
                    .map(|(stage, label)| (stage.key(), label.as_str()));
                std::iter::once(("", "Any")).chain(stages).collect()
            }

            fn states(&self) -> Vec<(&'static str, &'static str)> {
                let states = Progress::ALL.map(|state| (state.key(), state.label()));
                std::iter::once(("", "Any")).chain(states).collect()
            }

            fn bands(&self) -> Vec<(&'static str, &'static str)> {
                let bands = Seniority::ALL.map(|band| (band.key(), band.label()));
                std::iter::once(("", "Any")).chain(bands).collect()
            }

            fn whose(&self) -> [(&'static str, &'static str); 2] {
                [("", "Everybody"), ("yes", "I assess")]
            }

            fn outside(&self) -> Vec<(&'static str, &'static str)> {
                let states = State::ALL.into_iter().filter(|state| *state != State::Active);
                let states = states.map(|state| (state.code(), state.label()));
                std::iter::once(("", "In the pipeline")).chain(states).collect()
            }

            fn sorts(&self) -> [(&'static str, &'static str); 4] {
                Sort::ALL.map(|sort| (sort.key(), sort.label()))
            }

            /// This page, for an act to lead back to.
            fn here(&self) -> String {
                format!("/pipeline?{}", self.query.with(&[("pick", "")]))
            }

            fn clear(&self) -> String {
                let view = if self.query.is_table() { "table" } else { "board" };
                format!("/pipeline?track={}&view={view}", self.at.slug)
            }
        }
    };
}
shared!(BoardPage);
shared!(TablePage);

/// The pipeline, with the viewer's default view where the address asks for nothing.
pub(super) async fn pipeline(
    staff: Recruiter,
    db: web::ThinData<Db>,
    taxonomies: web::ThinData<Taxonomies>,
    frame: Frame,
    now: Now,
    query: web::Query<PipelineQuery>,
) -> AppResult<HttpResponse> {
    let mut query = query.into_inner();
    let today = now.0.date_naive();
    let mut conn = db.conn().await?;
    store::roll(&mut conn, today).await?;
    let views = views(&mut conn, staff.0.user).await?;
    if query.with(&[]).is_empty()
        && let Some(first) = views.iter().find(|view| view.is_default)
    {
        return Ok(see_other(format!("/pipeline?{}", first.query)));
    }
    let mut pipelines = store::pipelines(&mut conn).await?;
    let tracks = pipelines
        .iter()
        .map(|one| (one.slug.clone(), one.name.clone()))
        .collect();
    let at = pipelines
        .iter()
        .position(|one| one.slug == query.track)
        .unwrap_or_default();
    if pipelines.is_empty() {
        let layout = frame.layout(Section::Pipeline);
        return page(&NonePage { layout });
    }
    let at = pipelines.swap_remove(at);
    query.track.clone_from(&at.slug);
    let eyes = Eyes::of(frame.user());
    let (narrowed, no_such_skill) = query.narrowed(&mut conn, &at, eyes, now.0).await?;
    let opened = Opened {
        layout: frame.layout(Section::Pipeline),
        query,
        tracks,
        at,
        views,
        no_such_skill,
    };
    if opened.query.is_table() {
        table(&mut conn, &taxonomies, opened, &narrowed, (eyes, today)).await
    } else {
        board(&mut conn, opened, &narrowed, (eyes, today)).await
    }
}

struct Opened {
    layout: Layout,
    query: PipelineQuery,
    tracks: Vec<(String, String)>,
    at: Pipeline,
    views: Vec<SavedView>,
    no_such_skill: bool,
}

fn person(placed: Placed, at: &Pipeline, (eyes, today): (Eyes, NaiveDate)) -> Person {
    Person {
        days: (today - placed.stage_since).num_days(),
        mine: eyes.are_closed(&placed.owed_by),
        stage: at.label(placed.stage()).to_owned(),
        place: String::new(),
        chips: Vec::new(),
        placed,
    }
}

async fn board(
    conn: &mut PgConnection,
    opened: Opened,
    narrowed: &Narrowed,
    (eyes, today): (Eyes, NaiveDate),
) -> AppResult<HttpResponse> {
    let (query, at) = (opened.query, opened.at);
    let most = (ALL_CARDS / at.stages.len().max(1)).min(CARDS);
    let mut found = if opened.no_such_skill {
        store::Board::default()
    } else {
        store::board(conn, &at, narrowed, today, most).await?
    };
    let shown = |stage: Stage| narrowed.stage.is_none_or(|only| only == stage);
    let open = at.stage(&query.column).or(narrowed.stage).unwrap_or(Stage::New);
    let columns: Vec<Column> = at
        .stages
        .iter()
        .filter(|(stage, _)| shown(*stage))
        .map(|(stage, label)| {
            let people = found.cards.remove(&stage.packed()).unwrap_or_default();
            let people: Vec<Person> = people.into_iter().map(|one| person(one, &at, (eyes, today))).collect();
            let back = query.href(&[("column", stage.key())]);
            Column {
                stage: *stage,
                label: label.clone(),
                count: found.counts.get(&stage.packed()).copied().unwrap_or(NOBODY),
                people,
                from: crate::web::came_from::carried(&back),
                open: *stage == open,
            }
        })
        .collect();
    let total = Tally {
        number: columns.iter().map(|column| column.count.number).sum(),
        more: columns.iter().any(|column| column.count.more),
    };
    page(&BoardPage {
        layout: opened.layout,
        query,
        tracks: opened.tracks,
        at,
        columns,
        views: opened.views,
        no_such_skill: opened.no_such_skill,
        total,
    })
}

const NOBODY: Tally = Tally { number: 0, more: false };

async fn table(
    conn: &mut PgConnection,
    taxonomies: &Taxonomies,
    opened: Opened,
    narrowed: &Narrowed,
    (eyes, today): (Eyes, NaiveDate),
) -> AppResult<HttpResponse> {
    let (query, at) = (opened.query, opened.at);
    let cursors = query.cursors();
    let (from, direction) = cursors.cursor();
    let cut = Cut {
        from: from.and_then(|id| id.parse().ok()),
        direction: match direction {
            paging::Direction::Forward => Direction::Forward,
            paging::Direction::Backward => Direction::Backward,
        },
        limit: i64::try_from(ROWS + 1).unwrap_or(i64::MAX),
    };
    let (rows, total) = if opened.no_such_skill {
        (Vec::new(), NOBODY)
    } else {
        let rows = store::table(conn, narrowed, query.sort(), today, cut).await?;
        (rows, store::count(conn, narrowed, today).await?)
    };
    let paged = Paged::from_fetched(rows, ROWS, &cursors, |row| row.placed.id.to_string());
    let known = match paged.rows.first() {
        Some(first) => Some(taxonomies.at(conn, first.taxonomy).await?),
        None => None,
    };
    let line = |row: store::Row| {
        let mut skills = row.skills;
        if eyes.are_closed(&row.placed.owed_by) {
            skills = taxonomy::unverified(&skills);
        }
        let chips = known.as_ref().map(|known| known.best(at.track, &skills, CHIPS));
        Person {
            place: row.city.or(row.country).unwrap_or_default(),
            chips: chips.unwrap_or_default(),
            ..person(row.placed, &at, (eyes, today))
        }
    };
    let people = paged.rows.into_iter().map(line).collect();
    let paged_by = |key: &str, cursor: Option<String>| cursor.map(|id| query.href(&[(key, &id)])).unwrap_or_default();
    let here = format!("/pipeline?{}", query.with(&[("pick", "")]));
    page(&TablePage {
        layout: opened.layout,
        tracks: opened.tracks,
        people,
        from: crate::web::came_from::carried(&here),
        views: opened.views,
        no_such_skill: opened.no_such_skill,
        total,
        previous: paged_by("before", paged.previous),
        next: paged_by("after", paged.next),
        query,
        at,
    })
}
