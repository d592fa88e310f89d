//! The page of one assignment: the candidate's, and the staff's.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Party, Receipt, score_words, staff_state};
use crate::candidates::blind::Eyes;
use crate::db::Db;
use crate::error::AppResult;
use crate::events::store as log;
use crate::ids::{AssignmentId, CandidateId};
use crate::takehome::store::grades::{self, Grade};
use crate::takehome::store::{self, Wish};
use crate::takehome::{Assignment, State, actions, when};
use crate::tracks::Criterion;
use crate::web::{FormErrors, Frame, Layout, Now, Section, page, render};

/// A criterion with the mark it got.
pub(super) struct Marked {
    criterion: Criterion,
    mark: String,
    comment: String,
}

fn marked(assignment: &Assignment, grade: &Grade) -> Vec<Marked> {
    let given = |criterion: &Criterion| grade.scores.iter().find(|mark| mark.key == criterion.key);
    let line = |criterion: &Criterion| Marked {
        criterion: criterion.clone(),
        mark: match given(criterion) {
            Some(grades::Mark { score: Some(score), .. }) => format!("{score} of 4"),
            _ => "not assessed".to_owned(),
        },
        comment: given(criterion).map(|mark| mark.comment.clone()).unwrap_or_default(),
    };
    assignment.criteria.iter().map(line).collect()
}

#[derive(Template)]
#[template(path = "takehome/candidate.html")]
struct CandidatePage {
    layout: Layout,
    a: Assignment,
    now: DateTime<Utc>,
    receipts: Vec<Receipt>,
    result: Option<(Grade, Vec<Marked>)>,
    wish: Option<Wish>,
    errors: FormErrors,
}

impl CandidatePage {
    fn due(&self) -> String {
        when::local(self.a.due_at, self.a.zone.as_deref())
    }

    fn due_iso(&self) -> String {
        when::iso(self.a.due_at)
    }

    fn is_late(&self) -> bool {
        self.now > self.a.due_at
    }

    fn left(&self) -> String {
        when::span(self.a.due_at - self.now)
    }

    fn standing(&self) -> (&'static str, String) {
        match self.a.state {
            State::Invited if self.is_late() => {
                ("bad", format!("Was due {}; a late solution is still taken", self.due()))
            }
            State::Invited => ("wait", format!("Due {}", self.due())),
            State::Submitted => ("ok", "Received; the agency grades it".to_owned()),
            State::Graded if self.result.is_some() => ("ok", "Graded; the feedback is below".to_owned()),
            State::Graded => ("ok", "Graded; the feedback follows".to_owned()),
            State::Withdrawn => ("soft", "Called off".to_owned()),
        }
    }

    fn receipt(&self) -> Option<&Receipt> {
        self.receipts.first()
    }

    fn earlier(&self) -> &[Receipt] {
        self.receipts.get(1..).unwrap_or_default()
    }

    fn asked(&self, wish: &Wish) -> String {
        when::local(wish.asked_at, self.a.zone.as_deref())
    }
}

#[derive(Template)]
#[template(path = "takehome/staff.html")]
struct StaffPage {
    layout: Layout,
    a: Assignment,
    now: DateTime<Utc>,
    receipts: Vec<Receipt>,
    grade: Option<(Grade, Vec<Marked>)>,
    wish: Option<Wish>,
    history: Vec<log::EventRow>,
    errors: FormErrors,
    due_date: String,
    due_time: String,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl StaffPage {
    fn due(&self) -> String {
        when::local(self.a.due_at, self.a.zone.as_deref())
    }

    fn due_iso(&self) -> String {
        when::iso(self.a.due_at)
    }

    fn place(&self) -> String {
        when::zone_or_utc(self.a.zone.as_deref()).place()
    }

    fn standing(&self) -> (&'static str, &'static str) {
        match &self.grade {
            _ if self.wish.is_some() => ("wait", "Waiting on you: more time is asked for"),
            Some((grade, _)) if grade.released_at.is_none() => ("wait", "Waiting on you: release the feedback"),
            None if self.is_hidden() => ("soft", "Graded"),
            _ => staff_state(self.a.state, self.now > self.a.due_at),
        }
    }

    /// Whether there is a grade that the viewer is not to see yet.
    fn is_hidden(&self) -> bool {
        self.grade.is_none() && self.a.state == State::Graded
    }

    fn score(&self, grade: &Grade) -> String {
        score_words(grade.score_bp)
    }

    fn local(&self, at: &DateTime<Utc>) -> String {
        when::local(*at, self.a.zone.as_deref())
    }

    fn iso(&self, at: &DateTime<Utc>) -> String {
        when::iso(*at)
    }

    fn what(&self, line: &log::EventRow) -> String {
        let number = |key: &str| {
            line.data
                .get(key)
                .and_then(serde_json::Value::as_i64)
                .unwrap_or_default()
        };
        let text = |key: &str| {
            line.data
                .get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
        };
        let instant = |key: &str| text(key).parse().map(|at| self.local(&at)).unwrap_or_default();
        match line.kind.as_str() {
            "assignment.invited" => format!("Invited, due {}", instant("due_at")),
            "assignment.submitted" => format!("Upload {} came in", number("number")),
            "assignment.downloaded" => format!("Upload {} was fetched", number("number")),
            "assignment.time_asked" => "More time was asked for".to_owned(),
            "assignment.time_declined" => "No more time was given".to_owned(),
            "assignment.deadline_moved" => format!("Deadline moved to {}", instant("to")),
            "assignment.graded" => format!("Upload {} was graded", number("submission")),
            "assignment.feedback_released" => "Feedback released".to_owned(),
            "assignment.withdrawn" if text("reason").is_empty() => "Called off".to_owned(),
            "assignment.withdrawn" => format!("Called off: {}", text("reason")),
            other => other.to_owned(),
        }
    }
}

/// GET /takehome/{id}
pub(super) async fn show(
    party: Party,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let id = path.into_inner();
    match party {
        Party::Candidate(own) => candidate(&db, id, own, frame, now, FormErrors::none()).await,
        Party::Staff => staff(&db, id, frame, now, FormErrors::none(), None).await,
    }
}

fn status(errors: &FormErrors) -> StatusCode {
    errors.status()
}

/// The candidate's page, with what is wrong with an upload or a wish.
pub(super) async fn candidate(
    db: &Db,
    id: AssignmentId,
    own: CandidateId,
    frame: Frame,
    now: Now,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let a = store::assignment(&mut conn, id, Some(own)).await?;
    let receipts = receipts(&store::submissions(&mut conn, id).await?, &a);
    let grade = grades::grade(&mut conn, id, Eyes::OWN).await?;
    let wish = store::wish(&mut conn, id).await?;
    drop(conn);
    let result = grade.filter(|grade| grade.released_at.is_some()).map(|grade| {
        let marks = marked(&a, &grade);
        (grade, marks)
    });
    let layout = frame.layout(Section::Takehome);
    render(
        status(&errors),
        &CandidatePage {
            layout,
            a,
            now: now.0,
            receipts,
            result,
            wish,
            errors,
        },
    )
}

fn receipts(submissions: &[store::Submission], a: &Assignment) -> Vec<Receipt> {
    submissions
        .iter()
        .map(|submission| Receipt::new(submission, a.zone.as_deref()))
        .collect()
}

/// The staff's page, with what is wrong with a deadline that was typed.
pub(super) async fn staff(
    db: &Db,
    id: AssignmentId,
    frame: Frame,
    now: Now,
    errors: FormErrors,
    typed: Option<(String, String)>,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let eyes = Eyes::of(frame.user());
    let a = store::assignment(&mut conn, id, None).await?;
    let receipts = receipts(&store::submissions(&mut conn, id).await?, &a);
    let grade = grades::grade(&mut conn, id, eyes).await?;
    let wish = store::wish(&mut conn, id).await?;
    // Its lines say what happened, and no score.
    let history = log::history(&mut conn, &[(actions::SUBJECT, id.0)], None, 50).await?;
    drop(conn);
    let grade = grade.map(|grade| {
        let marks = marked(&a, &grade);
        (grade, marks)
    });
    let (due_date, due_time) = typed.unwrap_or_else(|| {
        let local = when::zone_or_utc(a.zone.as_deref()).local(a.due_at);
        (local.format("%Y-%m-%d").to_string(), local.format("%H:%M").to_string())
    });
    let layout = frame.layout(Section::Takehome);
    let shown = StaffPage {
        layout,
        a,
        now: now.0,
        receipts,
        grade,
        wish,
        history,
        errors,
        due_date,
        due_time,
    };
    if shown.errors.is_empty() {
        page(&shown)
    } else {
        render(StatusCode::UNPROCESSABLE_ENTITY, &shown)
    }
}
