//! What the machine does by itself: each job, how it last ran, and a button that runs it now.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::jobs::store::{self, Run};
use crate::jobs::{self, Sweeps};
use crate::web::layout::flash;
use crate::web::{Admin, Frame, Layout, Now, Routes, Section, page, see_other};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/jobs", list);
    r.post("/admin/jobs/{name}/run", run);
}

/// What a job does, and every how many minutes.
pub fn about(name: &str) -> Option<(&'static str, i64)> {
    Some(match name {
        "sessions" => ("Forgets browsers whose session is over.", 1),
        "sign-ins" => ("Forgets old sign-ins and what was noted of them.", 1),
        "limits" => ("Forgets attempts that no limit counts any more.", 1),
        "kept forms" => ("Forgets first forms of strangers after thirty days.", 1),
        "reset letters" => ("Writes the letters to those who asked for a new password.", 1),
        "placements" => (
            "Moves placements and guarantees on to the state their dates give them.",
            1,
        ),
        "stages" => (
            "Moves people whose checks ran out on to their stage of the pipeline, and adds its counts up.",
            1,
        ),
        "uploads" => (
            "Takes files off the disk that nothing refers to and that are a day old.",
            60,
        ),
        _ => return None,
    })
}

/// A job with how it last ran.
pub(super) struct Job {
    name: &'static str,
    does: &'static str,
    every: TimeDelta,
    run: Option<Run>,
}

impl Job {
    fn next(&self) -> Option<DateTime<Utc>> {
        self.run.as_ref().map(|run| run.started_at + self.every)
    }

    /// Late: twice its interval and five minutes have gone by since it began.
    pub(super) fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.run
            .as_ref()
            .is_none_or(|run| now - run.started_at > self.every * 2 + TimeDelta::minutes(5))
    }

    /// Whether its last run failed.
    pub(super) fn failed(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.result.is_none())
    }

    /// What the installation calls it.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    fn word(&self, now: DateTime<Utc>) -> (&'static str, &'static str) {
        match &self.run {
            None => ("soft", "Has not run yet"),
            Some(_) if self.failed() => ("bad", "Failed"),
            Some(_) if self.is_late(now) => ("wait", "Late"),
            Some(_) => ("ok", "Ran"),
        }
    }
}

/// The jobs of this installation with their last runs.
pub(super) fn with_runs(sweeps: &Sweeps, runs: Vec<Run>) -> Vec<Job> {
    let mut runs: HashMap<String, Run> = runs.into_iter().map(|run| (run.name.clone(), run)).collect();
    sweeps
        .names()
        .map(|name| {
            let (does, minutes) = about(name).unwrap_or(("", 1));
            Job {
                name,
                does,
                every: TimeDelta::minutes(minutes),
                run: runs.remove(name),
            }
        })
        .collect()
}

#[derive(Template)]
#[template(path = "homes/jobs.html")]
struct JobsPage {
    layout: Layout,
    jobs: Vec<Job>,
    now: DateTime<Utc>,
}

impl JobsPage {
    fn word(&self, job: &Job) -> (&'static str, &'static str) {
        job.word(self.now)
    }

    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn at(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y, %H:%M:%S").to_string()
    }
}

async fn list(
    _admin: Admin,
    db: web::ThinData<Db>,
    sweeps: web::ThinData<Sweeps>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let runs = store::runs(&mut *db.conn().await?).await?;
    page(&JobsPage {
        layout: frame.layout(Section::Admin),
        jobs: with_runs(&sweeps, runs),
        now: now.0,
    })
}

async fn run(
    _admin: Admin,
    name: web::Path<String>,
    db: web::ThinData<Db>,
    clock: web::ThinData<Clock>,
    sweeps: web::ThinData<Sweeps>,
    req: HttpRequest,
) -> AppResult<HttpResponse> {
    let (name, sweep) = sweeps.find(&name).ok_or(AppError::NotFound)?;
    match jobs::perform(&db, &clock, name, sweep).await {
        Ok(1) => flash(&req, format!("\"{name}\" has run: one row changed.")),
        Ok(rows) => flash(&req, format!("\"{name}\" has run: {rows} rows changed.")),
        Err(_) => {
            return Err(AppError::refused(
                format!("\"{name}\" failed"),
                "The page of jobs shows what went wrong. The next round tries again by itself.",
            ));
        }
    }
    Ok(see_other("/admin/jobs"))
}
