//! The admin's home: what there is to keep, and whether the installation is well.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::db::{Connections, Db, MIGRATOR};
use crate::error::AppResult;
use crate::web::{Admin, Frame, Layout, Routes, Section, page};
use crate::zones;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin", home);
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
    connections: Connections,
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
    let connections = db.connections();
    let migrations = MIGRATOR.iter().count();
    page(&AdminPage {
        layout: frame.layout(Section::Admin),
        counts,
        connections,
        migrations,
    })
}
