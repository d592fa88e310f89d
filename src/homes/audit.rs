//! The log of everything, for admins: found by who, what, which record, when and from where.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::candidates::blind::Eyes;
use crate::candidates::store::closed_records;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::store::{self as log, EventRow, Search, Whole};
use crate::events::words;
use crate::ids::EventId;
use crate::web::history::{FieldChange, Line, changes, line, names, veil};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Admin, Frame, Layout, Routes, Section, page};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/events", events);
    r.get("/admin/events/{id}", event);
}

/// Rows of a page of the log.
const ROWS: usize = 30;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 31;

/// The filters, as they stand in the address.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
struct EventsQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    network: String,
    #[serde(default)]
    request: String,
    #[serde(default, skip_serializing)]
    after: Option<String>,
    #[serde(default, skip_serializing)]
    before: Option<String>,
}

impl EventsQuery {
    /// The address of the page beside this one; empty where there is none.
    fn href(&self, side: &str, cursor: Option<String>) -> String {
        let given = |pair: &(&str, String)| !pair.1.is_empty();
        let own = [
            ("kind", self.kind.clone()),
            ("actor", self.actor.clone()),
            ("subject", self.subject.clone()),
            ("id", self.id.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("network", self.network.clone()),
            ("request", self.request.clone()),
        ];
        let Some(cursor) = cursor else { return String::new() };
        let pairs: Vec<(&str, String)> = own.into_iter().filter(given).chain([(side, cursor)]).collect();
        serde_html_form::to_string(pairs).map_or_else(|_| String::new(), |query| format!("/admin/events?{query}"))
    }

    fn search(&self) -> Search {
        let clean = |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(100).collect() };
        let cursor = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let after = cursor(&self.after);
        Search {
            kind: clean(&self.kind),
            subject: clean(&self.subject),
            // A text that is no id finds nothing, rather than everything.
            id: (!self.id.trim().is_empty()).then(|| self.id.trim().parse().unwrap_or_default()),
            actor: clean(&self.actor),
            from: bound(&self.from, Days::new(0), DateTime::<Utc>::MAX_UTC),
            until: bound(&self.to, Days::new(1), DateTime::UNIX_EPOCH),
            network: clean(&self.network),
            request: clean(&self.request),
            before: if after.is_none() { cursor(&self.before) } else { None },
            after,
        }
    }
}

/// The start of the day that comes `later` than the one that was typed. What is no date is `never`, and finds nothing.
fn bound(text: &str, later: Days, never: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let day: Option<NaiveDate> = text.parse().ok();
    let known = day.filter(|day| crate::web::form::date(&day.to_string()).is_ok());
    let start = known
        .and_then(|day| day.checked_add_days(later))
        .map(|day| Zone::utc().start_of_day(day));
    Some(start.unwrap_or(never).min(FAR))
}

/// Later than any event, and still an instant that the database knows.
const FAR: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(at) => at,
    None => DateTime::UNIX_EPOCH,
};

/// The page of a record, for those kinds that have one.
fn record_page(kind: &str, id: Uuid) -> Option<String> {
    let at = match kind {
        "assignment" => "/takehome",
        "candidate" => "/candidates",
        "introduction" => "/introductions",
        "mail" => "/admin/mail",
        "offer" => "/offers",
        "organization" => "/organizations",
        "placement" => "/placements",
        "role_request" => "/requests",
        "skill" => "/admin/skills",
        "track" => "/admin/tracks",
        "user" => return Some(format!("/admin/people/{id}/history")),
        _ => return None,
    };
    Some(format!("{at}/{id}"))
}

#[derive(Template)]
#[template(path = "homes/events.html")]
struct EventsPage {
    layout: Layout,
    query: EventsQuery,
    rows: Vec<(EventRow, Line)>,
    previous: String,
    next: String,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl EventsPage {
    fn subject(&self, row: &EventRow) -> String {
        words::subject(&row.subject_kind)
    }

    /// The record's page, or its events where it has none.
    fn href_of(&self, row: &EventRow) -> String {
        record_page(&row.subject_kind, row.subject_id)
            .unwrap_or_else(|| format!("/admin/events?subject={}&id={}", row.subject_kind, row.subject_id))
    }

    fn subjects(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        std::iter::once(("", "every kind")).chain(words::SUBJECTS.iter().copied())
    }
}

async fn events(
    _admin: Admin,
    db: web::ThinData<Db>,
    query: web::Query<EventsQuery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let query = query.into_inner();
    let mut conn = db.conn().await?;
    let found = log::search(&mut conn, &query.search(), FETCH).await?;
    let paging = PageQuery {
        after: query.after.clone(),
        before: query.before.clone(),
    };
    let mut paged = Paged::from_fetched(found, ROWS, &paging, |row| row.id.to_string());
    veil(
        &mut paged.rows,
        &closed_records(&mut conn, Eyes::of(frame.user())).await?,
    );
    let known = names(&mut conn, &paged.rows).await?;
    drop(conn);
    let (previous, next) = (query.href("before", paged.previous), query.href("after", paged.next));
    let drawn = |row: EventRow| {
        let line = line(&row, &known, Zone::utc());
        (row, line)
    };
    page(&EventsPage {
        layout: frame.layout(Section::Admin),
        query,
        rows: paged.rows.into_iter().map(drawn).collect(),
        previous,
        next,
    })
}

/// Characters of a value on an event's own page, and fields of it: texts of a request are long, and the page has a limit.
const CHARS: usize = 300;
const FIELDS: usize = 80;

#[derive(Template)]
#[template(path = "homes/event.html")]
struct EventPage {
    layout: Layout,
    it: Whole,
    line: Line,
    subject: String,
    page_of: Option<String>,
    changes: Vec<FieldChange>,
    more: usize,
}

async fn event(_admin: Admin, id: web::Path<EventId>, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let mut it = log::one(&mut conn, *id).await?.ok_or(AppError::NotFound)?;
    let closed = closed_records(&mut conn, Eyes::of(frame.user())).await?;
    veil(std::slice::from_mut(&mut it.event), &closed);
    let known = names(&mut conn, std::slice::from_ref(&it.event)).await?;
    drop(conn);
    let mut all = changes(&it.event, &known, CHARS);
    let more = all.len().saturating_sub(FIELDS);
    all.truncate(FIELDS);
    page(&EventPage {
        layout: frame.layout(Section::Admin),
        line: line(&it.event, &known, Zone::utc()),
        subject: words::subject(&it.event.subject_kind),
        page_of: record_page(&it.event.subject_kind, it.event.subject_id),
        changes: all,
        more,
        it,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_what_is_no_date_finds_nothing() {
        let query = |from: &str, to: &str| {
            let query = EventsQuery {
                from: from.to_owned(),
                to: to.to_owned(),
                ..EventsQuery::default()
            };
            (query.search().from, query.search().until)
        };
        let at = |text: &str| Some(text.parse().expect("an instant"));
        assert_eq!(query("", ""), (None, None));
        assert_eq!(
            query("2026-11-23", "2026-11-23"),
            (at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"))
        );
        assert_eq!(
            query("yesterday", "+262142-12-31"),
            (Some(FAR), Some(DateTime::UNIX_EPOCH))
        );
    }
}
