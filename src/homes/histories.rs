//! The history tab of records whose own pages are not asked for it: what happened to a record and to those that are part of it.

use actix_web::{HttpResponse, web};
use askama::Template;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::{self, Titled};
use crate::candidates::blind::Eyes;
use crate::candidates::store::closed_records;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{AssignmentId, IntroductionId, OrganizationId, RequestId, TrackId, UserId};
use crate::web::history::{HistoryQuery, Lines};
use crate::web::{Admin, Frame, Layout, Recruiter, Routes, Section, page};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/requests/{id}/history", request);
    r.get("/organizations/{id}/history", organization);
    r.get("/introductions/{id}/history", introduction);
    r.get("/takehome/{id}/history", assignment);
    r.get("/admin/people/{id}/history", user);
    r.get("/admin/track-history/{id}", track);
}

#[derive(Template)]
#[template(path = "homes/history.html")]
struct HistoryPage {
    layout: Layout,
    title: String,
    /// The list that the record is in, and the record's own page.
    above: (&'static str, &'static str),
    record: Option<String>,
    lines: Lines,
    path: String,
}

/// Where a history belongs.
struct Place {
    section: Section,
    above: (&'static str, &'static str),
    record: Option<String>,
    path: String,
}

async fn shown(
    conn: &mut PgConnection,
    own: (&'static str, Uuid),
    titled: Option<Titled>,
    query: &HistoryQuery,
    frame: Frame,
    place: Place,
) -> AppResult<HttpResponse> {
    let titled = titled.ok_or(AppError::NotFound)?;
    let parts = titled.kinds.iter().map(String::as_str).zip(titled.ids.iter().copied());
    let subjects: Vec<(&str, Uuid)> = std::iter::once(own).chain(parts).collect();
    let closed = closed_records(conn, Eyes::of(frame.user())).await?;
    let lines = Lines::load_veiled(conn, &subjects, query, Zone::utc(), &closed).await?;
    page(&HistoryPage {
        layout: frame.layout(place.section),
        title: titled.title,
        above: place.above,
        record: place.record,
        lines,
        path: place.path,
    })
}

macro_rules! history {
    ($($(#[$doc:meta])* $name:ident($guard:ty, $id:ty) $kind:literal, $section:expr, $above:expr, $record:expr, $path:literal;)+) => {$(
        $(#[$doc])*
        async fn $name(
            _: $guard,
            id: web::Path<$id>,
            db: web::ThinData<Db>,
            query: web::Query<HistoryQuery>,
            frame: Frame,
        ) -> AppResult<HttpResponse> {
            let mut conn = db.conn().await?;
            let titled = store::$name(&mut conn, *id).await?;
            let record: Option<&str> = $record;
            let place = Place {
                section: $section,
                above: $above,
                record: record.map(|path| format!("{path}/{}", *id)),
                path: format!($path, *id),
            };
            shown(&mut conn, ($kind, id.0), titled, &query, frame, place).await
        }
    )+};
}

history! {
    /// A request with its seats.
    request(Recruiter, RequestId) "role_request", Section::Requests, ("/requests", "Requests"), Some("/requests"), "/requests/{}/history";
    /// A client with the terms it accepted and its mark-ups.
    organization(Recruiter, OrganizationId) "organization", Section::Organizations, ("/organizations", "Clients"), Some("/organizations"), "/organizations/{}/history";
    /// An introduction with its offers.
    introduction(Recruiter, IntroductionId) "introduction", Section::Requests, ("/requests", "Requests"), Some("/introductions"), "/introductions/{}/history";
    /// A take-home.
    assignment(Recruiter, AssignmentId) "assignment", Section::Takehome, ("/takehome", "Take-home"), Some("/takehome"), "/takehome/{}/history";
    /// An account.
    user(Admin, UserId) "user", Section::Admin, ("/admin/people", "People"), None, "/admin/people/{}/history";
    /// A track with its mark-ups.
    track(Admin, TrackId) "track", Section::Admin, ("/admin/tracks", "Tracks"), Some("/admin/tracks"), "/admin/track-history/{}";
}
