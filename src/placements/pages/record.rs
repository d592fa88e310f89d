//! The frozen terms of a placement, and its history.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::head::Head;
use crate::db::Db;
use crate::error::AppResult;
use crate::events::store::{HistoryLine, history};
use crate::ids::PlacementId;
use crate::introductions::pages::local_text;
use crate::introductions::policy::Scope;
use crate::placements::clauses::clauses;
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};

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
    lines: Vec<HistoryLine>,
}

impl HistoryPage {
    fn when(&self, line: &HistoryLine) -> String {
        local_text(line.at, &self.head.it.zone)
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn iso(&self, line: &HistoryLine) -> String {
        line.at.to_rfc3339()
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn who(&self, line: &HistoryLine) -> String {
        if line.actor == "system" {
            String::new()
        } else {
            line.actor.clone()
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn what(&self, line: &HistoryLine) -> String {
        match line.kind.as_str() {
            "placement.made" => "Offer accepted, terms frozen",
            "placement.started" => "First paid day",
            "guarantee.running" => "The guarantee began to run",
            "guarantee.satisfied" => "The last covered day passed",
            "placement.ended" => "A departure was recorded",
            "placement.no_show" => "Recorded: never started",
            "placement.cancelled" => "Cancelled before the start",
            "guarantee_claim.notified" => "Guarantee claim notified",
            "guarantee_claim.decided" => "Guarantee claim judged",
            "guarantee_claim.remedy" => "Remedy opened",
            "guarantee_claim.replaced" => "Replaced",
            other => other,
        }
        .to_owned()
    }
}

async fn history_page(
    viewer: SignedIn,
    id: web::Path<PlacementId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let head = Head::load(&mut conn, *id, Scope::of(&viewer.0), now.0).await?;
    let mut lines = history(&mut conn, ("placement", id.0), 100).await?;
    if head.is_candidate() {
        lines.retain(|line| !line.kind.starts_with("guarantee_claim"));
    }
    page(&HistoryPage {
        layout: frame.layout(Section::Placements),
        tab: "history",
        head,
        lines,
    })
}
