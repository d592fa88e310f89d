//! The queue of the staff, and a candidate's own challenges.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{Party, score_words, staff_state};
use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::AppResult;
use crate::takehome::store::{self, Filter, Row};
use crate::takehome::{State, when};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Frame, Layout, Now, Section, page};

/// Rows of a page.
const ROWS: usize = 40;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 41;

#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

struct Tab {
    href: String,
    current: bool,
    label: &'static str,
    count: i64,
}

/// A row as the template tells it.
struct Line {
    href: String,
    who: String,
    code: String,
    title: String,
    due: String,
    due_iso: String,
    received: String,
    dot: &'static str,
    word: String,
    result: String,
}

impl Line {
    fn new(row: &Row, now: chrono::DateTime<chrono::Utc>) -> Self {
        let zone = row.zone.as_deref();
        let overdue = row.received_at.is_none() && row.due_at < now;
        let (dot, word) = match row.state {
            _ if row.wishes_time => ("wait", "Asks for more time"),
            State::Graded if !row.released => ("wait", "Feedback not released"),
            state => staff_state(state, overdue),
        };
        let received = row.received_at.map(|at| when::local(at, zone)).unwrap_or_default();
        let late = if row.late == Some(true) { ", late" } else { "" };
        let result = row.passed.map_or_else(String::new, |passed| {
            format!(
                "{}, {}",
                if passed { "Passed" } else { "Not passed" },
                if row.hidden {
                    "score hidden until your scorecard is in".to_owned()
                } else {
                    score_words(row.score_bp)
                }
            )
        });
        Self {
            href: format!("/takehome/{}", row.id),
            who: row.name.clone().unwrap_or_else(|| format!("M-{}", row.code)),
            code: format!("M-{}", row.code),
            title: format!("{}, version {}", row.title, row.challenge_number),
            due: when::local(row.due_at, zone),
            due_iso: when::iso(row.due_at),
            received: format!("{received}{late}"),
            dot,
            word: word.to_owned(),
            result,
        }
    }
}

#[derive(Template)]
#[template(path = "takehome/queue.html")]
struct QueuePage {
    layout: Layout,
    tabs: Vec<Tab>,
    current: State,
    lines: Vec<Line>,
    previous: String,
    next: String,
}

#[derive(Template)]
#[template(path = "takehome/own.html")]
struct OwnPage {
    layout: Layout,
    lines: Vec<Line>,
}

/// GET /takehome
pub(super) async fn list(
    party: Party,
    db: web::ThinData<Db>,
    query: web::Query<ListQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    match party {
        Party::Staff => queue(&db, query.into_inner(), frame, now).await,
        Party::Candidate(own) => {
            let filter = Filter {
                candidate: Some(own),
                ..Filter::default()
            };
            let rows = store::rows(&mut *db.conn().await?, &filter, 100).await?;
            let mut lines: Vec<Line> = rows.iter().map(|row| own_line(row, now)).collect();
            lines.reverse();
            page(&OwnPage {
                layout: frame.layout(Section::Takehome),
                lines,
            })
        }
    }
}

/// The same row in the candidate's words; a result only when it was released.
fn own_line(row: &Row, now: Now) -> Line {
    let mut line = Line::new(row, now.0);
    let (dot, word) = match row.state {
        State::Invited if row.due_at < now.0 => ("bad", "Overdue, waiting on you"),
        State::Invited => ("wait", "Waiting on you"),
        State::Submitted => ("ok", "Received, waiting on the agency"),
        State::Graded if row.released => ("ok", "Feedback is there"),
        State::Graded => ("ok", "Graded, feedback follows"),
        State::Withdrawn => ("soft", "Called off"),
    };
    line.dot = dot;
    word.clone_into(&mut line.word);
    if !row.released {
        line.result.clear();
    }
    line
}

async fn queue(db: &Db, query: ListQuery, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let current = State::ALL
        .into_iter()
        .find(|state| state.word() == query.state)
        .unwrap_or(State::Submitted);
    let paging = PageQuery {
        after: query.after,
        before: query.before,
    };
    let cursor = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let filter = Filter {
        state: Some(current),
        candidate: None,
        after: cursor(&paging.after),
        before: if paging.after.is_none() {
            cursor(&paging.before)
        } else {
            None
        },
        eyes: Eyes::of(frame.user()),
    };
    let mut conn = db.conn().await?;
    let counts = store::counts(&mut conn).await?;
    let fetched = store::rows(&mut conn, &filter, FETCH).await?;
    let paged = Paged::from_fetched(fetched, ROWS, &paging, |row| row.id.to_string());
    let count = |state| {
        counts
            .iter()
            .find(|(known, _)| *known == state)
            .map_or(0, |(_, count)| *count)
    };
    let tab = |(state, label): (State, _)| Tab {
        href: format!("/takehome?state={}", state.word()),
        current: state == current,
        label,
        count: count(state),
    };
    let href = |side: &str, cursor: Option<String>| {
        cursor
            .map(|cursor| format!("/takehome?state={}&{side}={cursor}", current.word()))
            .unwrap_or_default()
    };
    page(&QueuePage {
        layout: frame.layout(Section::Takehome),
        tabs: [
            (State::Submitted, "To grade"),
            (State::Invited, "Under way"),
            (State::Graded, "Graded"),
            (State::Withdrawn, "Called off"),
        ]
        .map(tab)
        .into(),
        current,
        lines: paged.rows.iter().map(|row| Line::new(row, now.0)).collect(),
        previous: href("before", paged.previous),
        next: href("after", paged.next),
    })
}
