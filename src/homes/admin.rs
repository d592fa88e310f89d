//! The admin's home: what there is to keep, and whether the installation is well. And the log of everything.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::db::{Db, MIGRATOR};
use crate::error::AppResult;
use crate::events::store::{self as log, EventRow, Search};
use crate::web::paging::{PageQuery, Paged};
use crate::web::{Admin, Frame, Layout, Routes, Section, page};
use crate::zones;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin", home);
    r.get("/admin/events", events);
}

/// What is there, counted.
struct Counts {
    database: String,
    staff: i64,
    clients: i64,
    candidates: i64,
    deactivated: i64,
    tracks: i64,
    skills: i64,
    rates: i64,
    markups: i64,
    requests: i64,
    placements: i64,
    to_grade: i64,
    mail_waiting: i64,
    mail_dead: i64,
    events: i64,
    bytes: i64,
}

#[derive(Template)]
#[template(path = "homes/admin.html")]
struct AdminPage {
    layout: Layout,
    counts: Counts,
    pool_size: u32,
    pool_idle: usize,
    migrations: usize,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl AdminPage {
    fn zone_data(&self) -> &'static str {
        zones::DATA_VERSION
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn megabytes(&self) -> i64 {
        self.counts.bytes / 1_048_576
    }
}

async fn home(_admin: Admin, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    // One statement, so that the figures belong together. The log is estimated: it only grows, and counting reads it all.
    let counts = sqlx::query_as!(
        Counts,
        r#"select current_setting('server_version') as "database!",
                  (select count(*) from users where role in ('admin', 'recruiter') and deactivated_at is null) as "staff!",
                  (select count(*) from users where role = 'client' and deactivated_at is null) as "clients!",
                  (select count(*) from candidates) as "candidates!",
                  (select count(*) from users where deactivated_at is not null) as "deactivated!",
                  (select count(*) from tracks where archived_at is null) as "tracks!",
                  (select count(*) from skills where retired_at is null) as "skills!",
                  (select count(*) from (select distinct base, quote from exchange_rates) p) as "rates!",
                  (select count(*) from markups) as "markups!",
                  (select count(*) from role_requests) as "requests!",
                  (select count(*) from placements) as "placements!",
                  (select count(*) from assignments where state = 'submitted') as "to_grade!",
                  (select count(*) from outbox where state in ('queued', 'sending')) as "mail_waiting!",
                  (select count(*) from outbox where state = 'dead') as "mail_dead!",
                  (select greatest(reltuples, 0)::bigint from pg_class where oid = 'events'::regclass) as "events!",
                  pg_database_size(current_database()) as "bytes!""#
    )
    .fetch_one(&mut *conn)
    .await?;
    drop(conn);
    let (pool_size, pool_idle) = (db.pool().size(), db.pool().num_idle());
    let migrations = MIGRATOR.iter().count();
    page(&AdminPage {
        layout: frame.layout(Section::Admin),
        counts,
        pool_size,
        pool_idle,
        migrations,
    })
}

/// Rows of a page of the log.
const ROWS: usize = 50;

/// One more than a page, so that it shows whether there is another.
const FETCH: i64 = 51;

#[derive(Debug, Default, Deserialize)]
struct EventsQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "homes/events.html")]
struct EventsPage {
    layout: Layout,
    query: EventsQuery,
    rows: Vec<EventRow>,
    previous: String,
    next: String,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl EventsPage {
    fn said(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y, %H:%M:%S").to_string()
    }

    fn data(&self, row: &EventRow) -> String {
        let Some(fields) = row.data.as_object() else {
            return row.data.to_string();
        };
        let field = |(key, value): (&String, &serde_json::Value)| match value.as_str() {
            Some(text) => format!("{key} {text}"),
            None => format!("{key} {value}"),
        };
        fields.iter().map(field).collect::<Vec<_>>().join(", ")
    }
}

async fn events(
    _admin: Admin,
    db: web::ThinData<Db>,
    query: web::Query<EventsQuery>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let query = query.into_inner();
    let clean = |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(100).collect() };
    let cursor = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let after = cursor(&query.after);
    let search = Search {
        kind: clean(&query.kind),
        subject: clean(&query.subject),
        // A text that is no id finds nothing, rather than everything.
        id: (!query.id.trim().is_empty()).then(|| query.id.trim().parse().unwrap_or_default()),
        actor: clean(&query.actor),
        before: if after.is_none() { cursor(&query.before) } else { None },
        after,
    };
    let rows = log::search(&mut *db.conn().await?, &search, FETCH).await?;
    let paging = PageQuery {
        after: query.after.clone(),
        before: query.before.clone(),
    };
    let paged = Paged::from_fetched(rows, ROWS, &paging, |row| row.id.to_string());
    let href = |side: &str, cursor: Option<String>| {
        let parts = cursor.map(|cursor| {
            serde_html_form::to_string([
                ("kind", query.kind.as_str()),
                ("subject", query.subject.as_str()),
                ("id", query.id.as_str()),
                ("actor", query.actor.as_str()),
                (side, cursor.as_str()),
            ])
        });
        parts
            .and_then(Result::ok)
            .map(|parts| format!("/admin/events?{parts}"))
            .unwrap_or_default()
    };
    let (previous, next) = (href("before", paged.previous), href("after", paged.next));
    page(&EventsPage {
        layout: frame.layout(Section::Admin),
        query,
        rows: paged.rows,
        previous,
        next,
    })
}
