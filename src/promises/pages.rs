//! /promises: who waits for a word of the agency, the longest first; who comes next; what was kept. And moving a date.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::store::{self, Move, Owed, Which};
use super::{How, actions, cannot_move, near, today};
use crate::business_days::between;
use crate::countries::Country;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::holidays::{self, works_in};
use crate::ids::PromiseId;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, page, render};

/// Rows of a page.
const ROWS: usize = 50;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/promises", list);
    r.get("/promises/{id}", show);
    r.post("/promises/{id}", move_to);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    show: String,
    below: String,
}

impl ListQuery {
    fn which(&self) -> Which {
        match self.show.as_str() {
            "open" => Which::Open,
            "kept" => Which::Kept,
            _ => Which::Late,
        }
    }

    /// Microseconds since 1970 and the id of the last row that was seen.
    fn below(&self) -> Option<(DateTime<Utc>, PromiseId)> {
        let (at, id) = self.below.split_once('.')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        // PostgreSQL knows no instants further away than chrono does, but a hand-made address might.
        let near = (2000..2200).contains(&chrono::Datelike::year(&at));
        Some((near.then_some(at)?, id.parse().ok()?))
    }
}

/// A promise as the list shows it.
struct Line {
    owed: Owed,
    /// Business days since it began, of both sides; of one that is kept, until then.
    days: usize,
}

impl Line {
    fn who(&self) -> String {
        self.owed
            .name
            .clone()
            .unwrap_or_else(|| format!("M-{}", self.owed.code))
    }

    fn what(&self) -> String {
        match &self.owed.check {
            None => "application".to_owned(),
            Some(kind) => format!("result: {}", kind.replace('_', " ")),
        }
    }

    fn begun(&self) -> String {
        near(self.owed.begun_on)
    }

    fn due(&self) -> String {
        near(self.owed.due_on)
    }

    fn how(&self) -> &'static str {
        self.owed.kept_how.map(How::label).unwrap_or_default()
    }

    fn by(&self) -> String {
        self.owed.kept_by.clone().unwrap_or_default()
    }

    fn was_late(&self) -> bool {
        self.owed.kept_at.is_some_and(|at| at >= self.owed.due_before)
    }
}

#[derive(Template)]
#[template(path = "promises/list.html")]
struct ListPage {
    layout: Layout,
    which: Which,
    late: i64,
    open: i64,
    lines: Vec<Line>,
    next: String,
    is_further: bool,
}

impl ListPage {
    fn is(&self, which: &str) -> bool {
        which
            == match self.which {
                Which::Late => "late",
                Which::Open => "open",
                Which::Kept => "kept",
            }
    }

    fn how_many_late(&self) -> String {
        number(self.late)
    }

    fn how_many_open(&self) -> String {
        number(self.open)
    }
}

/// Counted up to a thousand.
fn number(counted: i64) -> String {
    if counted >= 1_000 {
        "1000+".to_owned()
    } else {
        counted.to_string()
    }
}

async fn list(
    _staff: Recruiter,
    query: web::Query<ListQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let which = query.which();
    let below = query.below();
    let mut conn = db.conn().await?;
    let (late, open) = store::counts(&mut conn, now.0).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut owed = store::list(&mut conn, which, now.0, below, limit).await?;
    let more = owed.len() > ROWS;
    owed.truncate(ROWS);
    let next = owed.last().filter(|_| more).map(|last| {
        let at = last.kept_at.unwrap_or(last.due_before).timestamp_micros();
        let show = match which {
            Which::Late => "late",
            Which::Open => "open",
            Which::Kept => "kept",
        };
        format!("/promises?show={show}&below={at}.{}", last.id)
    });
    let lines = counted(&mut conn, owed, now.0).await?;
    drop(conn);
    page(&ListPage {
        layout: frame.layout(Section::Candidates),
        which,
        late,
        open,
        lines,
        next: next.unwrap_or_default(),
        is_further: below.is_some(),
    })
}

/// The rows with the business days that have passed, counted by the holidays of both sides of each.
async fn counted(conn: &mut sqlx::PgConnection, owed: Vec<Owed>, now: DateTime<Utc>) -> AppResult<Vec<Line>> {
    let agency = holidays::store::choices(conn).await?.country;
    let theirs = |owed: &Owed| works_in(owed.works_in.as_deref().and_then(Country::parse), owed.zone);
    let until = |owed: &Owed| today(owed.zone, owed.kept_at.unwrap_or(now));
    let first = owed.iter().map(|owed| owed.begun_on).min();
    let last = owed.iter().map(until).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Vec::new());
    };
    let countries: BTreeSet<Country> = owed.iter().filter_map(theirs).chain(agency).collect();
    let countries: Vec<Country> = countries.into_iter().collect();
    let off = holidays::store::days_off(conn, &countries, (first, last)).await?;
    let line = |owed: Owed| Line {
        days: between(owed.begun_on, until(&owed), &off.calendars(&[agency, theirs(&owed)])),
        owed,
    };
    Ok(owed.into_iter().map(line).collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    due_on: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "promises/show.html")]
struct ShowPage {
    layout: Layout,
    it: Line,
    moves: Vec<Move>,
    typed: MoveForm,
    errors: FormErrors,
    /// The end of the due day has passed.
    late: bool,
}

impl ShowPage {
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn moved(&self, one: &Move) -> String {
        format!("From {} to {}: {}", near(one.from_on), near(one.to_on), one.reason)
    }

    /// Where it stands: tone and words.
    fn said(&self) -> (&'static str, String) {
        let how = self.it.how();
        match (self.is_open(), self.late) {
            (true, true) => ("bad", "Late".to_owned()),
            (true, false) => ("wait", "In time".to_owned()),
            (false, true) => ("wait", format!("Kept late, by {how}")),
            (false, false) => ("ok", format!("Kept by {how}")),
        }
    }

    fn is_open(&self) -> bool {
        self.it.owed.kept_at.is_none()
    }
}

async fn draw(
    db: &Db,
    (frame, now): (Frame, Now),
    id: PromiseId,
    (typed, errors): (MoveForm, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let owed = store::find(&mut conn, id).await?.ok_or(AppError::NotFound)?;
    let moves = store::moves(&mut conn, id).await?;
    let late = owed.kept_at.unwrap_or(now.0) >= owed.due_before;
    let line = counted(&mut conn, vec![owed], now.0).await?.pop();
    drop(conn);
    let page = ShowPage {
        layout: frame.layout(Section::Candidates),
        it: line.ok_or(AppError::NotFound)?,
        moves,
        typed,
        errors,
        late,
    };
    render(page.errors.status(), &page)
}

async fn show(
    _staff: Recruiter,
    id: web::Path<PromiseId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw(&db, (frame, now), *id, (MoveForm::default(), FormErrors::none())).await
}

async fn move_to(
    _staff: Recruiter,
    id: web::Path<PromiseId>,
    act: Act,
    frame: Frame,
    Form(typed): Form<MoveForm>,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let held = store::find(&mut tx, *id).await?.ok_or(AppError::NotFound)?;
    let mut errors = FormErrors::none();
    let due_on = errors.take("due_on", form::date(&typed.due_on));
    let reason = errors.take("reason", form::line(&typed.reason, 500));
    if let Some(words) = due_on.and_then(|to| cannot_move(held.due_on, today(held.zone, act.at), to)) {
        errors.add("due_on", words);
    }
    if let (Some(due_on), Some(reason), true) = (due_on, reason, errors.is_empty()) {
        actions::move_to(&mut tx, &act.by, act.at, *id, due_on, &reason).await?;
        let said = format!("Moved to {}. The person is told, with the reason.", near(due_on));
        return act.done(tx, said, format!("/promises/{}", *id)).await;
    }
    drop(tx);
    draw(&act.db, (frame, act.now()), *id, (typed, errors)).await
}
