//! The frozen terms of a placement, and its history.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::head::Head;
use crate::db::Db;
use crate::error::AppResult;
use crate::events::store::{EventRow, history};
use crate::events::words;
use crate::ids::PlacementId;
use crate::introductions::pages::local_text;
use crate::introductions::policy::Scope;
use crate::placements::clauses::clauses;
use crate::placements::store::hires::offer_of;
use crate::web::history::{HistoryQuery, Lines};
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};
use crate::zones::Zone;

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/placements/{id}/terms", terms);
    r.get("/placements/{id}/history", history_page);
}

#[derive(Template)]
#[template(path = "placements/terms.html")]
struct TermsPage {
    layout: Layout,
    tab: &'static str,
    head: Head,
    clauses: [(&'static str, String); 9],
}

async fn terms(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let head = Head::load(&mut *db.conn().await?, *id, Scope::of(&viewer.0), now.0).await?;
    let clauses = clauses(&head.standing.terms);
    page(&TermsPage {
        layout: frame.layout(Section::Placements),
        tab: "terms",
        head,
        clauses,
    })
}

#[derive(Template)]
#[template(path = "placements/history.html")]
struct HistoryPage {
    layout: Layout,
    tab: &'static str,
    head: Head,
    lines: Vec<EventRow>,
    /// With the fields that changed, pay among them: for staff.
    whole: Option<Lines>,
}

impl HistoryPage {
    fn when(&self, line: &EventRow) -> String {
        local_text(line.at, &self.head.it.zone)
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn iso(&self, line: &EventRow) -> String {
        line.at.to_rfc3339()
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn who(&self, line: &EventRow) -> String {
        if line.actor == "system" {
            String::new()
        } else {
            line.actor.clone()
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn what(&self, line: &EventRow) -> String {
        words::of(&line.kind)
    }
}

async fn history_page(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    query: web::Query<HistoryQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let head = Head::load(&mut conn, *id, Scope::of(&viewer.0), now.0).await?;
    let (mut lines, mut whole) = (Vec::new(), None);
    if head.is_staff() {
        let subjects = [("placement", id.0), ("offer", offer_of(&mut conn, *id).await?.0)];
        let zone = Zone::parse(&head.it.zone).unwrap_or(Zone::utc());
        whole = Some(Lines::load(&mut conn, &subjects, &query, zone).await?);
    } else {
        lines = history(&mut conn, &[("placement", id.0)], None, 100).await?;
        lines.retain(|line| line.kind != "placement.changed");
    }
    if head.is_candidate() {
        lines.retain(|line| !line.kind.starts_with("guarantee_claim"));
    }
    page(&HistoryPage {
        layout: frame.layout(Section::Placements),
        tab: "history",
        head,
        lines,
        whole,
    })
}
