//! Grading by hand: five criteria with their anchors, a draft that is kept, a grade that is final.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::Receipt;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{AssignmentId, SubmissionId};
use crate::takehome::actions::Graded;
use crate::takehome::rubric::{self, Entry, Mark};
use crate::takehome::store;
use crate::takehome::store::grades::{self, Draft};
use crate::takehome::{Assignment, State, actions};
use crate::tracks::Criterion;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Recruiter, Section, form as fields, render, see_other};

/// The longest feedback, characters.
const FEEDBACK: usize = 6_000;

/// A criterion with what was entered for it.
struct Question {
    criterion: Criterion,
    mark: String,
    comment: String,
}

impl Question {
    fn chosen(&self, mark: &str) -> bool {
        self.mark == mark
    }
}

/// The marks of the scale, as the form offers them.
const MARKS: [&str; 6] = ["0", "1", "2", "3", "4", "na"];

#[derive(Template)]
#[template(path = "takehome/grade.html")]
struct GradePage {
    layout: Layout,
    a: Assignment,
    submission: SubmissionId,
    receipt: Receipt,
    questions: Vec<Question>,
    outcome: String,
    feedback: String,
    errors: FormErrors,
}

impl GradePage {
    fn mark_error(&self, question: &Question) -> &str {
        self.errors.of(&format!("mark_{}", question.criterion.key))
    }

    fn comment_error(&self, question: &Question) -> &str {
        self.errors.of(&format!("comment_{}", question.criterion.key))
    }
}

/// What was sent, by the rubric's keys; anything else in the form is ignored.
fn read(pairs: &[(String, String)], criteria: &[Criterion]) -> Draft {
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let one = |criterion: &Criterion| {
        let comment: String = value(&format!("comment_{}", criterion.key))
            .chars()
            .take(rubric::COMMENT_LIMIT + 1)
            .collect();
        (
            criterion.key.clone(),
            value(&format!("mark_{}", criterion.key)),
            comment.replace("\r\n", "\n"),
        )
    };
    Draft {
        scores: sqlx::types::Json(criteria.iter().map(one).collect()),
        outcome: value("outcome"),
        feedback: value("feedback").replace("\r\n", "\n"),
    }
}

fn entries(draft: &Draft) -> Vec<Entry> {
    let entry = |(_, mark, comment): &(String, String, String)| Entry {
        mark: Mark::parse(mark),
        comment: comment.clone(),
    };
    draft.scores.iter().map(entry).collect()
}

/// What stands in the way of handing it in.
fn problems(draft: &Draft, entries: &[Entry]) -> FormErrors {
    let mut errors = FormErrors::none();
    for (at, problem) in rubric::problems(entries) {
        let key = draft.scores.get(at).map(|(key, _, _)| key.as_str()).unwrap_or_default();
        let field = if problem == rubric::Problem::NoMark {
            "mark"
        } else {
            "comment"
        };
        errors.add(format!("{field}_{key}"), problem.to_string());
    }
    if !matches!(draft.outcome.as_str(), "passed" | "failed") {
        errors.add("outcome", "Say whether it passed; the score does not decide that.");
    }
    if draft.feedback.trim().is_empty() {
        errors.add(
            "feedback",
            "Write some sentences for the candidate: what was good, what to learn.",
        );
    }
    errors.take("feedback", fields::text(&draft.feedback, FEEDBACK));
    errors
}

async fn shown(
    db: &Db,
    id: AssignmentId,
    staff: &Recruiter,
    frame: Frame,
    typed: Option<Draft>,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let a = store::assignment(&mut conn, id, None).await?;
    if a.state != State::Submitted {
        return Ok(see_other(format!("/takehome/{id}")));
    }
    let last = store::submissions(&mut conn, id)
        .await?
        .into_iter()
        .next()
        .ok_or(AppError::NotFound)?;
    let draft = match typed {
        Some(typed) => typed,
        None => grades::draft(&mut conn, id, staff.0.user).await?.unwrap_or_default(),
    };
    drop(conn);
    let question = |criterion: &Criterion| {
        let kept = draft.scores.iter().find(|(key, _, _)| *key == criterion.key);
        let (mark, comment) = kept
            .map(|(_, mark, comment)| (mark.clone(), comment.clone()))
            .unwrap_or_default();
        Question {
            criterion: criterion.clone(),
            mark,
            comment,
        }
    };
    let questions = a.criteria.iter().map(question).collect();
    let receipt = Receipt::new(&last, a.zone.as_deref());
    let status = errors.status();
    let layout = frame.layout(Section::Takehome);
    let Draft { outcome, feedback, .. } = draft;
    render(
        status,
        &GradePage {
            layout,
            a,
            submission: last.id,
            receipt,
            questions,
            outcome,
            feedback,
            errors,
        },
    )
}

/// GET /takehome/{id}/grade
pub(super) async fn form(
    staff: Recruiter,
    path: web::Path<AssignmentId>,
    db: web::ThinData<Db>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    shown(&db, *path, &staff, frame, None, FormErrors::none()).await
}

/// POST /takehome/{id}/grade: `act` is "draft" to keep it, anything else hands it in.
pub(super) async fn save(
    staff: Recruiter,
    path: web::Path<AssignmentId>,
    act: Act,
    frame: Frame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let assignment = store::assignment(&mut *act.db.conn().await?, id, None).await?;
    if assignment.state != State::Submitted {
        return Err(AppError::refused(
            "There is nothing to grade",
            "It was graded or called off, or no solution is there yet.",
        ));
    }
    let draft = read(&pairs, &assignment.criteria);
    let sent = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    // The draft is kept in any case: whatever is refused below, nothing typed is lost.
    let mut tx = act.begin().await?;
    actions::save_draft(&mut tx, &act.by, act.at, id, &draft).await?;
    if sent("act") == "draft" {
        let said = "Kept as a draft. Only you see it.";
        return act.done(tx, said, format!("/takehome/{id}/grade")).await;
    }
    tx.commit().await?;
    let entries = entries(&draft);
    let errors = problems(&draft, &entries);
    if !errors.is_empty() {
        return shown(&act.db, id, &staff, frame, Some(draft), errors).await;
    }
    let submission = sent("submission")
        .parse()
        .map_err(|_| AppError::Invalid("The form does not say which upload.".into()))?;
    let feedback = draft.feedback.trim();
    let graded = Graded {
        submission,
        entries: &entries,
        passed: draft.outcome == "passed",
        feedback,
    };
    let mut tx = act.begin().await?;
    actions::grade(&mut tx, &act.by, act.at, id, &graded).await?;
    let said = "Graded. The candidate reads the feedback once you release it.";
    act.done(tx, said, format!("/takehome/{id}")).await
}
