//! Somebody leaves: what hangs on them is counted, handed over and let go in one transaction. Here and not with the accounts,
//! because what a person owns lies in every domain.

pub mod store;

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use crate::accounts::Role;
use crate::accounts::people::actions as people;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::UserId;
use crate::requests::store::charge;
use crate::takehome::store::grades;
use crate::vetting;
use crate::web::{Act, Admin, Form, FormErrors, Frame, Layout, Proven, Routes, Section, render, see_other};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/people/{id}/leaving", leaving);
    r.post("/admin/people/{id}/deactivate", deactivate);
}

#[derive(Template)]
#[template(path = "homes/leaving.html")]
struct LeavingPage {
    layout: Layout,
    id: UserId,
    it: store::Leaving,
    successors: Vec<(String, String)>,
    successor: String,
    errors: FormErrors,
}

impl LeavingPage {
    /// What hangs on the person, as lines.
    fn lines(&self) -> Vec<String> {
        let counted = [
            (self.it.requests, "request in charge", "requests in charge"),
            (self.it.checks, "check to decide", "checks to decide"),
            (self.it.cards, "scorecard to fill", "scorecards to fill"),
            (
                self.it.findings,
                "identity finding to look into",
                "identity findings to look into",
            ),
            (self.it.drafts, "grade begun", "grades begun"),
        ];
        let said = counted.into_iter().filter(|(count, ..)| *count > 0);
        said.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
            .collect()
    }

    /// What happens to what others wait for.
    fn consequence(&self) -> String {
        let it = &self.it;
        match it.role {
            Role::Admin | Role::Recruiter => "Nothing they made is lost, and the history keeps their name.".to_owned(),
            Role::Client if it.colleagues == 0 => format!(
                "Nobody of their company can sign in then. Its requests that are not over ({}) stay as they are until somebody is invited.",
                it.company_requests
            ),
            Role::Client => format!(
                "Their company's requests that are not over ({}) stay as they are; colleagues who can sign in: {}.",
                it.company_requests, it.colleagues
            ),
            Role::Candidate => format!(
                "Introductions under way ({}) are kept. Those that wait for their word move to the desk, where the recruiter asks them or withdraws.",
                it.introductions
            ),
        }
    }
}

async fn shown(
    db: &Db,
    id: UserId,
    frame: Frame,
    (successor, errors): (String, FormErrors),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let it = store::leaving(&mut conn, id).await?.ok_or(AppError::NotFound)?;
    let staff = charge::staff(&mut conn).await?;
    drop(conn);
    let others = staff.into_iter().filter(|(other, _)| *other != id);
    let successors = std::iter::once((String::new(), "Choose".to_owned()))
        .chain(others.map(|(id, name)| (id.to_string(), name)))
        .collect();
    let status = errors.status();
    let shown = LeavingPage {
        layout: frame.layout(Section::Admin),
        id,
        it,
        successors,
        successor,
        errors,
    };
    render(status, &shown)
}

async fn leaving(_admin: Admin, id: web::Path<UserId>, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    shown(&db, *id, frame, (String::new(), FormErrors::none())).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LeaveForm {
    /// Missing where the list of people asks without having counted.
    successor: Option<String>,
}

async fn deactivate(
    _admin: Admin,
    _proven: Proven,
    path: web::Path<UserId>,
    act: Act,
    frame: Frame,
    Form(input): Form<LeaveForm>,
) -> AppResult<HttpResponse> {
    const CHOOSE: &str = "Choose somebody of the staff who can sign in.";
    let id = *path;
    let mut tx = act.begin().await?;
    // First, because it locks the person: nothing can be given to them any more.
    people::deactivate(&mut tx, &act.by, act.at, id).await?;
    let it = store::leaving(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if it.owns() {
        let Some(successor) = input.successor else {
            return Ok(see_other(format!("/admin/people/{id}/leaving")));
        };
        let done = match successor.parse() {
            Ok(to) => hand_over(&mut tx, &act.by, act.at, id, to).await?,
            Err(_) => false,
        };
        if !done {
            drop(tx);
            return shown(&act.db, id, frame, (successor, FormErrors::one("successor", CHOOSE))).await;
        }
    }
    let said = "Deactivated: they are signed out everywhere and cannot sign in.";
    act.done(tx, said, "/admin/people").await
}

/// Gives everything that `from` owns to `to`; `false` when that is nobody who can take it.
async fn hand_over(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, from: UserId, to: UserId) -> AppResult<bool> {
    if from == to || !charge::hold_staff(tx, to).await? {
        return Ok(false);
    }
    let data = json!({ "from": from, "to": to });
    for id in charge::hand_over(tx, from, to).await? {
        let subject = ("role_request", id.0);
        events::record(tx, by, now, "role_request.put_in_charge", subject, data.clone()).await?;
    }
    let mut checked = vetting::store::hand_over(tx, from, to).await?;
    checked.extend(vetting::actions::cards::hand_over(tx, by, now, from, to).await?);
    checked.extend(vetting::store::identity::hand_over(tx, from, to).await?);
    checked.sort_unstable();
    checked.dedup();
    for candidate in checked {
        let subject = ("candidate", candidate.0);
        events::record(tx, by, now, "check.handed_over", subject, data.clone()).await?;
    }
    for id in grades::hand_over(tx, from, to).await? {
        let subject = ("assignment", id.0);
        events::record(tx, by, now, "assignment.draft_handed_over", subject, data.clone()).await?;
    }
    Ok(true)
}
