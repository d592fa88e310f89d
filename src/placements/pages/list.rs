//! The list of placements.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::db::Db;
use crate::error::AppResult;
use crate::ids::PlacementId;
use crate::introductions::State as IntroductionState;
use crate::introductions::policy::{self, Audience, Scope};
use crate::placements::State;
use crate::placements::guarantee::{Calendar, State as GuaranteeState, day_text};
use crate::placements::standing::calendar_of;
use crate::placements::store::hires::{self as store, ListRow, Which};
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/placements", list);
}

/// Rows of a page of the list.
const ROWS: usize = 50;

/// One line of the list.
struct Row {
    href: String,
    person: String,
    title: String,
    organization: String,
    start: String,
    kind: &'static str,
    word: &'static str,
    standing: String,
    covered: String,
}

impl Row {
    fn of(row: &ListRow, audience: Audience, now: DateTime<Utc>) -> AppResult<Self> {
        let calendar = calendar_of(row, now)?;
        let (kind, word) = match row
            .claim_state
            .filter(|claim| claim.is_open() && audience != Audience::Candidate)
        {
            Some(claim) => claim.words(),
            // The sweep may be a minute late; the calendar is not.
            None if row.state == State::Scheduled && calendar.as_ref().is_some_and(|c| now >= c.starts_at) => {
                State::Active.words()
            }
            None => row.state.words(),
        };
        Ok(Self {
            href: format!("/placements/{}", row.id),
            person: policy::person(audience, IntroductionState::Hired, row.name.as_deref(), row.code),
            title: row.title.clone(),
            organization: row.organization.clone(),
            start: day_text(row.start_on),
            kind,
            word,
            standing: standing_text(row.state, calendar.as_ref()),
            covered: calendar
                .map(|calendar| day_text(calendar.last_covered))
                .unwrap_or_default(),
        })
    }
}

fn standing_text(state: State, calendar: Option<&Calendar>) -> String {
    match (state, calendar) {
        (State::NoShow | State::CancelledBeforeStart, _) => "no guarantee".to_owned(),
        (State::Ended, _) => "the person left".to_owned(),
        (_, None) => "not covered".to_owned(),
        (_, Some(calendar)) => match (calendar.state, calendar.day) {
            (_, Some(day)) => format!("day {day} of {}", calendar.days),
            (GuaranteeState::Pending, _) => format!("{} days from the start", calendar.days),
            _ => "completed".to_owned(),
        },
    }
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: Option<PlacementId>,
    #[serde(default)]
    running: Option<String>,
}

#[derive(Template)]
#[template(path = "placements/list.html")]
struct ListPage {
    layout: Layout,
    audience: Audience,
    running: bool,
    rows: Vec<Row>,
    next: String,
}

impl ListPage {
    fn is_staff(&self) -> bool {
        self.audience == Audience::Staff
    }

    fn is_candidate(&self) -> bool {
        self.audience == Audience::Candidate
    }
}

async fn list(
    viewer: SignedIn,
    query: web::Query<ListQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&viewer.0);
    let running = query.running.is_some();
    let which = if running { Which::Running(now.0) } else { Which::All };
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = store::list(&mut *db.conn().await?, scope, which, query.after, limit).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let suffix = if running { "&running=yes" } else { "" };
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/placements?after={}{suffix}", last.id))
        .unwrap_or_default();
    page(&ListPage {
        layout: frame.layout(Section::Placements),
        audience: scope.audience,
        running,
        rows: found
            .iter()
            .map(|row| Row::of(row, scope.audience, now.0))
            .collect::<AppResult<_>>()?,
        next,
    })
}
