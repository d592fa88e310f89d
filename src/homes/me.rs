//! The candidate's home: what is asked of me, where each introduction and challenge stands, what comes next.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::store::{self, Mine, MyCheck};
use crate::accounts::documents;
use crate::candidates::rejection::store::{AtHome, at_home};
use crate::candidates::store::Candidate;
use crate::candidates::{self, State};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::promises;
use crate::takehome::when;
use crate::vetting::{self, Standing};
use crate::web::{CandidateUser, Frame, Layout, Now, Routes, Section, page};
use crate::zones::Zone;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/me", me);
}

/// One line of "what to do next".
struct Step {
    done: bool,
    words: &'static str,
    href: &'static str,
}

/// A check: what it is, where it stands, what comes next.
struct CheckLine {
    title: String,
    tone: &'static str,
    word: &'static str,
    next: String,
}

impl CheckLine {
    fn of(check: &MyCheck, zone: Option<&str>) -> Self {
        let until = |day: chrono::NaiveDate| format!("Counts until {}.", day.format("%-d %b %Y"));
        let (tone, word, next) = match (check.open, check.result) {
            (Some(vetting::State::Scheduled), _) => {
                let at = check
                    .starts_at
                    .map(|at| vetting::letters::when(at, zone))
                    .unwrap_or_default();
                let code = check.code.as_deref().filter(|code| !code.is_empty());
                let code = code.map(|code| {
                    format!(
                        " When asked, read this code aloud: {}.",
                        vetting::identity::spoken(code)
                    )
                });
                ("wait", "appointment", format!("{at}.{}", code.unwrap_or_default()))
            }
            (Some(vetting::State::Invited), _) => ("wait", "invited", "We write to you about a time.".to_owned()),
            (Some(_), _) if check.kind == vetting::Kind::TakeHome => ("wait", "under way", String::new()),
            (Some(_), _) => (
                "wait",
                "under way",
                "With the agency; nothing for you to do.".to_owned(),
            ),
            (None, _) if check.counts => ("ok", "passed", check.expires_on.map(until).unwrap_or_default()),
            (None, Some(vetting::State::Failed)) => {
                ("soft", "not passed", "The agency tells you what that means.".to_owned())
            }
            (None, Some(_)) => (
                "soft",
                "expired",
                "The agency writes to you when it is needed again.".to_owned(),
            ),
            (None, None) => ("soft", "to come", String::new()),
        };
        Self {
            title: vetting::title_or_label(&check.title, check.kind).to_owned(),
            tone,
            word,
            next,
        }
    }
}

#[derive(Template)]
#[template(path = "homes/me.html")]
struct MePage {
    layout: Layout,
    it: Candidate,
    steps: Vec<Step>,
    mine: Vec<Mine>,
    checks: Vec<CheckLine>,
    standing: Standing,
    /// Whether a document waits to be accepted.
    has_news: bool,
    /// What the agency promised and wrote.
    answer: AtHome,
    now: DateTime<Utc>,
}

impl MePage {
    fn asked(&self) -> usize {
        self.mine.iter().filter(|row| row.my_turn).count()
    }

    /// Whether any check has been begun or passed.
    fn vetting_begun(&self) -> bool {
        self.checks.iter().any(|check| check.tone != "soft")
    }

    fn steps_left(&self) -> usize {
        self.steps.iter().filter(|step| !step.done).count()
    }

    /// A deadline on the person's own clock.
    fn deadline(&self, at: &DateTime<Utc>) -> String {
        when::local(*at, self.it.details.zone.map(Zone::name))
    }

    /// The date by which the agency answers, and whether it has passed: tone and words.
    fn promised(&self) -> Option<(&'static str, String)> {
        let due = promises::near(self.answer.due_on?);
        Some(if self.is_late() {
            ("bad", format!("We promised to answer by {due}, and are late"))
        } else {
            ("wait", format!("You hear from us by {due}"))
        })
    }

    fn is_late(&self) -> bool {
        self.answer.due_before.is_some_and(|end| end <= self.now)
    }

    /// From when somebody who was told no may apply again; empty when that is now.
    fn wait_until(&self) -> String {
        let from = self
            .answer
            .may_apply_on
            .filter(|from| *from > promises::today(self.it.details.zone, self.now));
        from.map(|day| day.format("%-d %B %Y").to_string()).unwrap_or_default()
    }

    fn day(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %b %Y").to_string()
    }
}

async fn me(me: CandidateUser, db: web::ThinData<Db>, frame: Frame, now: Now) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let it = candidates::store::load(&mut conn, me.candidate)
        .await?
        .ok_or(AppError::NotFound)?;
    let mine = store::mine(&mut conn, me.candidate).await?;
    let (skills, english) = store::stated(&mut conn, me.candidate).await?;
    let standing = vetting::store::standing(&mut conn, me.candidate, vetting::today(now.0)).await?;
    let checks = store::my_checks(&mut conn, me.candidate, vetting::today(now.0)).await?;
    let answer = at_home(&mut conn, me.candidate).await?;
    let has_news = !documents::store::pending(&mut conn, me.viewer.user).await?.is_empty();
    drop(conn);
    let steps = steps(&it, skills > 0, english);
    let zone = it.details.zone.map(Zone::name);
    let checks = checks.iter().map(|check| CheckLine::of(check, zone)).collect();
    page(&MePage {
        layout: frame.layout(Section::Home),
        it,
        steps,
        mine,
        checks,
        standing,
        has_news,
        answer,
        now: now.0,
    })
}

/// What makes a profile complete.
fn steps(it: &Candidate, has_skills: bool, has_english: bool) -> Vec<Step> {
    vec![
        Step {
            done: it.details.hours.is_some() && it.details.zone.is_some(),
            words: "Say which hours you work",
            href: "/me/hours",
        },
        Step {
            done: has_skills,
            words: "Name your skills and their levels",
            href: "/me/skills",
        },
        Step {
            done: has_english,
            words: "State your English",
            href: "/me/skills",
        },
        Step {
            done: it.details.pay.is_some(),
            words: "Say what you want to be paid",
            href: "/me/profile",
        },
        Step {
            done: it.details.available_from.is_some(),
            words: "Say from when you are free",
            href: "/me/profile",
        },
        Step {
            done: !it.details.links.is_empty(),
            words: "Show us some code",
            href: "/me/profile",
        },
    ]
}
