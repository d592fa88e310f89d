//! The recruiter's desk: what waits on whom, oldest first, and the guarantees that run.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::store::{self, LivePlacement, Waiting};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::placements::guarantee::{Calendar, Course, Span, Terms};
use crate::web::{Frame, Layout, Now, Recruiter, Routes, Section, page};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/desk", desk);
}

/// One side's list.
struct Side {
    title: &'static str,
    rows: Vec<Waiting>,
    total: i64,
}

/// A running guarantee in one line.
pub(super) struct Running {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) organization: String,
    /// "day 12 of 30" or "starts 1 Dec 2026".
    pub(super) standing: String,
    pub(super) covered: String,
}

#[derive(Template)]
#[template(path = "homes/desk.html")]
struct DeskPage {
    layout: Layout,
    ours: Side,
    others: Vec<Side>,
    guarantees: Vec<Running>,
    now: DateTime<Utc>,
}

impl DeskPage {
    /// "today", "1 day", "12 days": how long a row has waited.
    fn waited(&self, row: &Waiting) -> String {
        match (self.now - row.since).num_days() {
            ..1 => "today".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        }
    }

    fn is_quiet(&self) -> bool {
        self.others.iter().all(|side| side.rows.is_empty())
    }
}

async fn desk(_staff: Recruiter, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (mut ours, mut client, mut candidate) = (Vec::new(), Vec::new(), Vec::new());
    for row in store::waiting(&mut conn).await? {
        match row.on.as_str() {
            "agency" => ours.push(row),
            "client" => client.push(row),
            _ => candidate.push(row),
        }
    }
    let live = store::live_placements(&mut conn).await?;
    drop(conn);
    let guarantees = live
        .into_iter()
        .map(|placement| running(placement, now.0))
        .collect::<AppResult<_>>()?;
    page(&DeskPage {
        layout: frame.layout(Section::Home),
        ours: side("Waiting on us", ours),
        others: vec![
            side("Waiting on clients", client),
            side("Waiting on candidates", candidate),
        ],
        guarantees,
        now: now.0,
    })
}

fn side(title: &'static str, rows: Vec<Waiting>) -> Side {
    let total = rows.first().map_or(0, |row| row.of);
    Side { title, rows, total }
}

pub(super) fn running(placement: LivePlacement, now: DateTime<Utc>) -> AppResult<Running> {
    let terms: Terms = serde_json::from_value(placement.terms)?;
    let zone = Zone::parse(&placement.zone).map_err(AppError::internal)?;
    let course = Course {
        start: placement.start_on,
        span: Span::Terms,
        zone,
        pauses: &[],
        holidays: &[],
        departure: None,
        notices: &[],
        closed: None,
    };
    let calendar = Calendar::at(&terms, &course, now).map_err(AppError::internal)?;
    let standing = match calendar.day {
        Some(day) => format!("day {day} of {}", calendar.days),
        None if placement.start_on > zone.local_date(now) => {
            format!("starts {}", placement.start_on.format("%-d %b %Y"))
        }
        None => "covered to the end".to_owned(),
    };
    let covered = calendar.last_covered.format("%-d %b %Y").to_string();
    Ok(Running {
        href: placement.href,
        title: placement.title,
        organization: placement.organization,
        standing,
        covered,
    })
}
