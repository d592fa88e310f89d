//! The recruiter's desk: what waits on whom, oldest first, and the guarantees that run.
//!
//! It is what people have open all day, and it asks every domain. So what it says is kept ([`crate::db::kept`]) until a transaction
//! changes something of it, or until the first instant at which it says something else by itself; 2026-11-30, with 10,000 people: 6.3 ms
//! of processor time a look without that.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::store::{self, Waiting};
use crate::db::Db;
use crate::db::kept::{self, Kept, Snapshot, Topic};
use crate::error::AppResult;
use crate::ids::UserId;
use crate::introductions::State as IntroductionState;
use crate::introductions::policy::{self, Audience, Scope};
use crate::placements::guarantee::{State as GuaranteeState, day_text};
use crate::placements::standing::calendar_of;
use crate::placements::store::hires::{self, ListRow, Which};
use crate::web::{Frame, Layout, Now, Recruiter, Routes, Section, page};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/desk", desk);
}

/// One side's list.
struct Side<'a> {
    title: &'static str,
    rows: Vec<&'a Waiting>,
    total: i64,
}

impl Side<'_> {
    /// "12", or "49+" where no more were counted.
    fn number(&self) -> String {
        match self.total {
            total if total < store::COUNTED => total.to_string(),
            _ => format!("{}+", store::COUNTED - 1),
        }
    }
}

/// A running guarantee in one line.
pub(super) struct Running {
    pub(super) href: String,
    pub(super) title: String,
    /// The client for staff, the role for the client.
    pub(super) about: String,
    /// "day 12 of 30" or "starts 1 Dec 2026".
    pub(super) standing: String,
    /// The last covered date; empty where the promise does not reach.
    pub(super) covered: String,
}

#[derive(Template)]
#[template(path = "homes/desk.html")]
struct DeskPage<'a> {
    layout: Layout,
    ours: Side<'a>,
    others: Vec<Side<'a>>,
    guarantees: &'a [Running],
    /// Only what the viewer answers for.
    mine: bool,
    now: DateTime<Utc>,
}

impl DeskPage<'_> {
    /// "today", "1 day", "12 days": how long a row has waited.
    fn waited(&self, row: &Waiting) -> String {
        match (self.now - row.since).num_days() {
            ..1 => "today".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        }
    }

    /// "3 Nov": since when, for whoever looks at a list that was printed.
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn since(&self, row: &Waiting) -> String {
        row.since.format("%-d %b %Y").to_string()
    }

    fn is_quiet(&self) -> bool {
        self.others.iter().all(|side| side.rows.is_empty())
    }
}

/// Whose work the desk shows: "mine" or everybody's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DeskQuery {
    whose: String,
}

/// The desks that one server keeps: everybody's, and each recruiter's own.
#[derive(Clone)]
pub struct Desks(Kept<Option<UserId>, Desk>);

/// Desks that are kept at most, some 10 kilobytes each.
const DESKS: usize = 64;

impl Default for Desks {
    fn default() -> Self {
        Self(Kept::new(Topic::Desk, DESKS))
    }
}

/// What stands on a desk, from one instant until another.
struct Desk {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    waiting: Vec<Waiting>,
    guarantees: Vec<Running>,
}

impl Desks {
    /// The desk as everything is at this moment; of the requests that `mine` answers for, or everything.
    async fn at(&self, db: &Db, now: DateTime<Utc>, mine: Option<UserId>, scope: Scope) -> AppResult<Arc<Desk>> {
        let fits = |desk: &Desk| (desk.from..desk.until).contains(&now);
        let read = async || {
            let mut conn = db.conn().await?;
            let mut tx = kept::reading(&mut conn).await?;
            let snapshot = Snapshot::of(&mut tx).await?;
            let desk = Desk {
                from: now,
                until: store::waiting_until(&mut tx, now).await?,
                waiting: store::waiting(&mut tx, now, mine).await?,
                guarantees: guarantees(&mut tx, scope, now).await?,
            };
            tx.commit().await?;
            Ok((snapshot, desk))
        };
        self.0.get(db, mine, fits, read).await
    }
}

async fn desk(
    staff: Recruiter,
    query: web::Query<DeskQuery>,
    db: web::ThinData<Db>,
    desks: web::ThinData<Desks>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mine = query.whose == "mine";
    let whose = mine.then_some(staff.0.user);
    let desk = desks.at(&db, now.0, whose, Scope::of(&staff.0)).await?;
    let (mut ours, mut client, mut candidate) = (Vec::new(), Vec::new(), Vec::new());
    for row in &desk.waiting {
        match row.on.as_str() {
            "agency" => ours.push(row),
            "client" => client.push(row),
            _ => candidate.push(row),
        }
    }
    page(&DeskPage {
        layout: frame.layout(Section::Home),
        ours: side("Waiting on us", ours),
        others: vec![
            side("Waiting on clients", client),
            side("Waiting on candidates", candidate),
        ],
        guarantees: &desk.guarantees,
        mine,
        now: now.0,
    })
}

fn side<'a>(title: &'static str, rows: Vec<&'a Waiting>) -> Side<'a> {
    let total = rows.first().map_or(0, |row| row.of);
    Side { title, rows, total }
}

/// The placements inside the scope that are agreed and not over, each with its guarantee as its own page has it, at most
/// [`store::ROWS`].
pub(super) async fn guarantees(conn: &mut PgConnection, scope: Scope, now: DateTime<Utc>) -> AppResult<Vec<Running>> {
    hires::list(conn, scope, Which::Live, None, store::ROWS)
        .await?
        .iter()
        .map(|row| running(row, scope.audience, now))
        .collect()
}

fn running(row: &ListRow, audience: Audience, now: DateTime<Utc>) -> AppResult<Running> {
    let calendar = calendar_of(row, now)?;
    let standing = match &calendar {
        None => "not covered".to_owned(),
        Some(calendar) => match calendar.day {
            Some(day) => format!("day {day} of {}", calendar.days),
            None if calendar.state == GuaranteeState::Pending => format!("starts {}", day_text(row.start_on)),
            None => "completed".to_owned(),
        },
    };
    let about = if audience == Audience::Client {
        &row.title
    } else {
        &row.organization
    };
    Ok(Running {
        href: format!("/placements/{}", row.id),
        title: policy::person(audience, IntroductionState::Hired, row.name.as_deref(), row.code),
        about: about.clone(),
        standing,
        covered: calendar
            .map(|calendar| day_text(calendar.last_covered))
            .unwrap_or_default(),
    })
}
