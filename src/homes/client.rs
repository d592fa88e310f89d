//! The client's home: what waits on them, their requests, who works for them.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::desk::{Running, guarantees};
use super::store::{self, ClientRequest, Company, OpenClaim, ToDecide};
use crate::accounts::documents;
use crate::db::Db;
use crate::error::AppResult;
use crate::introductions::policy::Scope as Seen;
use crate::requests::{Scope, State};
use crate::web::{ClientContact, Frame, Layout, Now, Routes, Section, page};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/client", home);
}

#[derive(Template)]
#[template(path = "homes/client.html")]
struct ClientPage {
    layout: Layout,
    scope: Scope,
    first_name: String,
    requests: Vec<ClientRequest>,
    decisions: Vec<ToDecide>,
    claims: Vec<OpenClaim>,
    placements: Vec<Running>,
    company: Company,
    /// Whether a document waits to be accepted.
    has_news: bool,
    now: DateTime<Utc>,
}

impl ClientPage {
    /// "today", "1 day", "12 days".
    fn waited(&self, since: &DateTime<Utc>) -> String {
        match (self.now - *since).num_days() {
            ..1 => "today".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        }
    }

    fn more_requests(&self) -> bool {
        self.requests
            .first()
            .is_some_and(|request| usize::try_from(request.of).unwrap_or(0) > self.requests.len())
    }

    fn headline(&self) -> String {
        let asked = self.requests.iter().any(|request| request.state == State::NeedsInfo);
        match self.decisions.first().map_or(0, |person| person.of) {
            0 if asked => "A question of ours waits for your answer".to_owned(),
            0 => format!("Good to see you, {}", self.first_name),
            1 => "One person waits for your word".to_owned(),
            n => format!("{n} people wait for your word"),
        }
    }
}

async fn home(contact: ClientContact, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let organization = contact.organization;
    let mut conn = db.conn().await?;
    let requests = store::client_requests(&mut conn, organization).await?;
    let decisions = store::client_decisions(&mut conn, organization, now.0).await?;
    let claims = store::client_claims(&mut conn, organization).await?;
    let placements = guarantees(&mut conn, Seen::of(&contact.viewer), now.0).await?;
    let company = store::company(&mut conn, organization).await?;
    let has_news = !documents::store::pending(&mut conn, contact.viewer.user)
        .await?
        .is_empty();
    drop(conn);
    page(&ClientPage {
        layout: frame.layout(Section::Home),
        scope: Scope::Client(organization),
        first_name: contact
            .viewer
            .name
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
        requests,
        decisions,
        claims,
        placements,
        company,
        has_news,
        now: now.0,
    })
}
