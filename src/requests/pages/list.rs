//! The list of requests: staff see all, a client its own.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::db::Db;
use crate::error::AppResult;
use crate::ids::OrganizationId;
use crate::requests::store::{self, Cursor, ListRow, PAGE};
use crate::requests::{Scope, State};
use crate::web::paging::{Direction, PageQuery, Paged};
use crate::web::{Frame, Layout, Now, Section, SignedIn, page};

/// What the list is narrowed to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    state: String,
    client: String,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "requests/list.html")]
struct ListPage {
    layout: Layout,
    scope: Scope,
    state: Option<State>,
    client: Option<OrganizationId>,
    page: Paged<ListRow>,
    now: DateTime<Utc>,
}

impl ListPage {
    fn is_staff(&self) -> bool {
        self.scope == Scope::Staff
    }

    fn is_narrowed(&self) -> bool {
        self.state.is_some() || self.client.is_some()
    }

    /// The states as tabs: all, then each; staff see no drafts.
    fn tabs(&self) -> Vec<(String, &'static str, bool)> {
        let mut tabs = vec![(self.href(None, None), "All", self.state.is_none())];
        let shown = State::ALL
            .into_iter()
            .filter(|state| !(self.is_staff() && *state == State::Draft));
        tabs.extend(shown.map(|state| (self.href(Some(state), None), state.label(), self.state == Some(state))));
        tabs
    }

    fn href(&self, state: Option<State>, cursor: Option<(&str, &str)>) -> String {
        let client = self.client.map(|client| client.to_string());
        let pairs: Vec<(&str, &str)> = [
            state.map(|state| ("state", state.code())),
            client.as_deref().map(|client| ("client", client)),
            cursor,
        ]
        .into_iter()
        .flatten()
        .collect();
        match serde_html_form::to_string(&pairs) {
            Ok(query) if !query.is_empty() => format!("/requests?{query}"),
            _ => "/requests".to_owned(),
        }
    }

    fn previous(&self) -> String {
        self.page
            .previous
            .as_deref()
            .map_or_else(String::new, |id| self.href(self.state, Some(("before", id))))
    }

    fn next(&self) -> String {
        self.page
            .next
            .as_deref()
            .map_or_else(String::new, |id| self.href(self.state, Some(("after", id))))
    }

    /// "today", "1 day", "12 days": how long it has stood there.
    fn stood(&self, row: &ListRow) -> String {
        match (self.now - row.state_at).num_days() {
            ..1 => "since today".to_owned(),
            1 => "for 1 day".to_owned(),
            days => format!("for {days} days"),
        }
    }
}

/// Newest first, by state and client.
pub async fn list(
    signed_in: SignedIn,
    query: web::Query<ListQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of(&signed_in.0)?;
    let state = State::parse(&query.state);
    let client = query.client.parse().ok().filter(|_| scope == Scope::Staff);
    let paging = PageQuery {
        after: query.after.clone(),
        before: query.before.clone(),
    };
    let cursor = match paging.cursor() {
        (Some(id), Direction::Forward) => id.parse().map_or(Cursor::Start, Cursor::After),
        (Some(id), Direction::Backward) => id.parse().map_or(Cursor::Start, Cursor::Before),
        (None, _) => Cursor::Start,
    };
    let rows = store::list(&mut *db.conn().await?, scope, state, client, cursor).await?;
    let rows = Paged::from_fetched(rows, PAGE, &paging, |row| row.id.to_string());
    page(&ListPage {
        layout: frame.layout(Section::Requests),
        scope,
        state,
        client,
        page: rows,
        now: now.0,
    })
}
