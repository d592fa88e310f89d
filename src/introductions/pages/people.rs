//! The people of a seat side by side.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::RequestId;
use crate::introductions::State;
use crate::introductions::compare::{self, Column};
use crate::introductions::policy::{Audience, Scope};
use crate::introductions::store::compare::{self as compare_store, SeatHead};
use crate::web::marks::OverlapStrip;
use crate::web::{Frame, Layout, Now, Routes, Section, SignedIn, page};

/// Mounts the routes.
pub(super) fn routes(r: &mut Routes) {
    r.get("/requests/{id}/people", people);
}

#[derive(Deserialize)]
struct SeatQuery {
    #[serde(default)]
    seat: Option<i16>,
}

#[derive(Template)]
#[template(path = "introductions/people.html")]
struct PeoplePage {
    layout: Layout,
    request: RequestId,
    head: SeatHead,
    audience: Audience,
    musts: Vec<compare_store::MustRow>,
    columns: Vec<Column>,
    proposed_by: String,
    waiting_since: Option<DateTime<Utc>>,
    checked: String,
}

impl PeoplePage {
    fn is_client(&self) -> bool {
        self.audience == Audience::Client
    }

    fn title(&self) -> String {
        match self.columns.len() {
            0 => "Nobody yet".to_owned(),
            1 => "One person we would hire ourselves".to_owned(),
            n => format!("{} people we would hire ourselves", number_word(n)),
        }
    }

    #[expect(clippy::unused_self, reason = "templates call their struct's methods")]
    fn strip(&self, hours: &compare::Hours) -> OverlapStrip {
        OverlapStrip::new(hours.client, hours.candidate, hours.words.clone())
    }

    fn waiting(&self) -> String {
        self.waiting_since
            .map(|at| {
                format!(
                    "Waiting on {} since {}",
                    if self.is_client() { "you" } else { "the client" },
                    at.format("%A, %-d %b")
                )
            })
            .unwrap_or_default()
    }

    /// The client decides in these states, also while an interview is being arranged or ahead.
    fn may_decide(&self, column: &Column) -> bool {
        self.is_client() && self.head.open && matches!(column.state, State::Consented | State::Interview)
    }
}

fn number_word(n: usize) -> String {
    ["Nobody", "One", "Two", "Three", "Four", "Five", "Six"]
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Kinds of checks in words, for "Checked for each".
fn check_words(kind: &str) -> &str {
    match kind {
        "english" => "English",
        "code_review" => "code review",
        "technical_interview" => "technical interview",
        "take_home" => "take-home challenge",
        "background" => "background",
        other => other,
    }
}

async fn people(
    viewer: SignedIn,
    id: web::Path<RequestId>,
    query: web::Query<SeatQuery>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let scope = Scope::of_both_sides(&viewer.0)?;
    let mut conn = db.conn().await?;
    let head = compare_store::head(&mut conn, *id, query.seat, scope)
        .await?
        .ok_or(AppError::NotFound)?;
    // Of the staff, somebody may owe a scorecard about one of them.
    let eyes = match scope.audience {
        Audience::Staff => Eyes::of(frame.user()),
        Audience::Client | Audience::Candidate => Eyes::OWN,
    };
    let rows = compare_store::people(&mut conn, head.seat, now.0.date_naive(), eyes).await?;
    let musts = compare_store::musts(&mut conn, *id).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.candidate).collect();
    let skills: Vec<_> = musts.iter().map(|must| must.skill.0).collect();
    let claims = compare_store::claims(&mut conn, &ids, &skills, eyes).await?;
    let known = crate::tracks::store::money::rates(&mut conn).await?;
    let rates = compare::rate_table(&known, now.0.date_naive());
    let common = rows.first().map(|first| {
        let shared = first
            .checks
            .iter()
            .filter(|kind| rows.iter().all(|row| row.checks.contains(kind)));
        shared.map(|kind| check_words(kind)).collect::<Vec<_>>().join(", ")
    });
    page(&PeoplePage {
        layout: frame.layout(Section::Requests),
        request: *id,
        audience: scope.audience,
        columns: compare::columns(scope.audience, &head, &musts, &rows, &claims, &rates, now.0),
        head,
        musts,
        proposed_by: rows.first().map(|row| row.proposed_by.clone()).unwrap_or_default(),
        waiting_since: rows
            .iter()
            .filter(|row| row.state == State::Consented)
            .filter_map(|row| row.consented_at)
            .min(),
        checked: common.unwrap_or_default(),
    })
}
