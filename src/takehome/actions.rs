//! What people do with assignments: invite, upload, ask for time, withdraw, grade, release the feedback.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::State;
use super::rubric::{self, Entry};
use super::store::grades::{self, Draft, Mark, NewGrade};
use super::store::{self, NewAssignment, Submission};
use crate::blobs::{ArchiveKind, Stored};
use crate::candidates::blind::Eyes;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{AssignmentId, CandidateId, GradeId, SubmissionId, UserId};
use crate::promises::{self, How};
use crate::vetting::{self, Decision, Kind, Outcome};

/// Uploads one assignment may have: enough for any honest use, and a bound on what one account can store.
const MOST_ATTEMPTS: i16 = 40;

/// Bytes that the uploads of one assignment may take on disk, as [`MOST_ATTEMPTS`] bounds their number.
const MOST_BYTES: i64 = 200 * 1024 * 1024;

/// The subject kind of this domain's events.
pub const SUBJECT: &str = "assignment";

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Gives a candidate the newest challenge of their track.
pub async fn invite(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    due_at: DateTime<Utc>,
) -> AppResult<AssignmentId> {
    let found = store::invitable(tx, candidate).await?;
    if found.is_withdrawn {
        return Err(AppError::refused(
            "This person is not in the pool",
            "Nobody who has withdrawn or was rejected is given a challenge.",
        ));
    }
    let (Some(challenge), Some(rubric)) = (found.challenge, found.rubric) else {
        return Err(AppError::refused(
            "The track has no challenge yet",
            "An admin writes the challenge and its rubric on the page of the track; then invite again.",
        ));
    };
    if due_at <= now {
        return Err(AppError::refused("That deadline is over", "Choose a later one."));
    }
    let new = NewAssignment {
        id: AssignmentId::new(),
        candidate,
        challenge,
        rubric,
        due_at,
    };
    store::insert_assignment(tx, &new, person(by)?, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("assignments_one_open") => AppError::refused(
                "This person has an open challenge already",
                "Grade it or call it off first; one challenge is open at a time.",
            ),
            _ => error.into(),
        })?;
    if vetting::store::open(tx, candidate, Kind::TakeHome).await?.is_none() {
        vetting::actions::begin(tx, by, now, candidate, Kind::TakeHome).await?;
    }
    promises::actions::keep(tx, by, now, candidate, How::Invitation).await?;
    let data = json!({ "candidate": candidate, "challenge": found.challenge_number, "due_at": due_at });
    events::record(tx, by, now, "assignment.invited", (SUBJECT, new.id.0), data).await?;
    Ok(new.id)
}

/// Refers to a stored upload. The same bytes sent again (a lost answer, a second click) are the same submission.
pub async fn receive(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    own: CandidateId,
    file_name: &str,
    stored: Stored,
) -> AppResult<Submission> {
    let assignment = store::lock(tx, id, Some(own)).await?;
    refuse_unless_open(assignment.state)?;
    let last = store::submissions(tx, id).await?.into_iter().next();
    let sha256 = stored.digest.bytes().to_vec();
    if let Some(same) = last.as_ref().filter(|last| last.sha256 == sha256) {
        return Ok(same.clone());
    }
    let number = last.map_or(0, |last| last.number) + 1;
    if number > MOST_ATTEMPTS {
        return Err(fortieth());
    }
    let submission = Submission {
        id: SubmissionId::new(),
        number,
        file_name: file_name.to_owned(),
        bytes: i64::try_from(stored.size).map_err(AppError::internal)?,
        sha256,
        media: match stored.kind {
            ArchiveKind::Zip => "zip".to_owned(),
            ArchiveKind::Gzip => "gzip".to_owned(),
        },
        late: now > assignment.due_at,
        received_at: now,
    };
    store::insert_submission(tx, id, &submission).await?;
    if assignment.state == State::Invited {
        store::set_state(tx, id, State::Submitted).await?;
    }
    let data = json!({ "number": number, "bytes": submission.bytes, "sha256": stored.digest.to_string(), "late": submission.late });
    events::record(tx, by, now, "assignment.submitted", (SUBJECT, id.0), data).await?;
    Ok(submission)
}

/// Refuses an upload before its first byte is read, as [`receive`] would after the last one.
pub async fn refuse_beyond(conn: &mut PgConnection, id: AssignmentId) -> AppResult<()> {
    let spent = store::spent(conn, id).await?;
    if spent.uploads >= i64::from(MOST_ATTEMPTS) {
        Err(fortieth())
    } else if spent.bytes >= MOST_BYTES {
        Err(AppError::refused(
            "Your uploads have 200 MB already",
            "The last one counts. Write to the agency if it is not the right one.",
        ))
    } else {
        Ok(())
    }
}

fn fortieth() -> AppError {
    AppError::refused(
        "That is the fortieth upload",
        "The last one counts. Write to the agency if it is not the right one.",
    )
}

/// Uploads are taken until the grade is in.
pub fn refuse_unless_open(state: State) -> AppResult<()> {
    match state {
        State::Invited | State::Submitted => Ok(()),
        State::Graded => Err(AppError::refused(
            "It is graded already",
            "No more uploads are taken for this challenge.",
        )),
        State::Withdrawn => Err(AppError::refused(
            "This challenge was called off",
            "No more uploads are taken for it.",
        )),
    }
}

/// Calls an assignment off; by the candidate with `own`, by staff without.
pub async fn withdraw(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    own: Option<CandidateId>,
    reason: &str,
) -> AppResult<()> {
    let assignment = store::lock(tx, id, own).await?;
    if !assignment.state.may_become(State::Withdrawn) {
        return Err(AppError::overtaken());
    }
    store::set_state(tx, id, State::Withdrawn).await?;
    if let Some(check) = vetting::store::open(tx, assignment.candidate, Kind::TakeHome).await? {
        vetting::actions::cancel(
            tx,
            by,
            now,
            assignment.candidate,
            check,
            "The challenge was called off.",
        )
        .await?;
    }
    let data = json!({ "by_candidate": own.is_some(), "reason": reason });
    events::record(tx, by, now, "assignment.withdrawn", (SUBJECT, id.0), data).await
}

/// The candidate asks for more time.
pub async fn ask_time(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    own: CandidateId,
    reason: &str,
) -> AppResult<()> {
    let assignment = store::lock(tx, id, Some(own)).await?;
    refuse_unless_open(assignment.state)?;
    store::insert_wish(tx, id, reason, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("time_wishes_one_open") => AppError::refused(
                "You have asked already",
                "The agency has not answered yet; you will see the answer on the page of the challenge.",
            ),
            _ => error.into(),
        })?;
    events::record(tx, by, now, "assignment.time_asked", (SUBJECT, id.0), json!({})).await
}

/// Staff answer a wish for more time with no.
pub async fn decline_time(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: AssignmentId) -> AppResult<()> {
    store::lock(tx, id, None).await?;
    if !store::answer_wish(tx, id, false, person(by)?, now).await? {
        return Err(AppError::overtaken());
    }
    events::record(tx, by, now, "assignment.time_declined", (SUBJECT, id.0), json!({})).await
}

/// Staff move the deadline; an open wish for more time is granted by it.
pub async fn move_deadline(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    due_at: DateTime<Utc>,
) -> AppResult<()> {
    let assignment = store::lock(tx, id, None).await?;
    refuse_unless_open(assignment.state)?;
    if due_at <= now {
        return Err(AppError::refused("That deadline is over", "Choose a later one."));
    }
    store::set_due(tx, id, due_at).await?;
    let granted = store::answer_wish(tx, id, true, person(by)?, now).await?;
    let data = json!({ "from": assignment.due_at, "to": due_at, "asked": granted });
    events::record(tx, by, now, "assignment.deadline_moved", (SUBJECT, id.0), data).await
}

/// Keeps what a grader has entered so far.
pub async fn save_draft(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    draft: &Draft,
) -> AppResult<()> {
    let assignment = store::lock(tx, id, None).await?;
    if assignment.state != State::Submitted {
        return Err(AppError::overtaken());
    }
    grades::save_draft(tx, id, person(by)?, draft, now).await
}

/// A grade as handed in: whole, by the rubric's rules.
#[derive(Debug)]
pub struct Graded<'a> {
    /// The upload the grader looked at.
    pub submission: SubmissionId,
    /// One entry for each criterion, in its order.
    pub entries: &'a [Entry],
    /// The grader's word.
    pub passed: bool,
    /// For the candidate.
    pub feedback: &'a str,
}

/// Hands a grade in: it becomes the take-home check of the candidate, with the score.
pub async fn grade(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    graded: &Graded<'_>,
) -> AppResult<()> {
    let assignment = store::lock(tx, id, None).await?;
    if assignment.state != State::Submitted {
        return Err(AppError::overtaken());
    }
    let last = store::submissions(tx, id)
        .await?
        .into_iter()
        .next()
        .ok_or_else(AppError::overtaken)?;
    if last.id != graded.submission {
        return Err(AppError::refused(
            "A newer upload came in while you were grading",
            "The last one counts. Your marks are kept as a draft: look at the new upload and hand them in again.",
        ));
    }
    let criteria = &assignment.criteria.0;
    if criteria.len() != graded.entries.len() || !rubric::problems(graded.entries).is_empty() {
        return Err(AppError::Invalid("The marks are not complete.".into()));
    }
    let mut marks = Vec::with_capacity(criteria.len());
    let mut scores = Vec::with_capacity(criteria.len());
    for (criterion, entry) in criteria.iter().zip(graded.entries) {
        let mark = entry.mark.unwrap_or(rubric::Mark::NotAssessed);
        marks.push((criterion.weight, mark));
        let score = mark.points().map(rubric::Points::get);
        scores.push(Mark {
            key: criterion.key.clone(),
            score,
            comment: entry.comment.trim().to_owned(),
        });
    }
    let score_bp = rubric::score(&marks)
        .map(i32::try_from)
        .transpose()
        .map_err(AppError::internal)?;
    let assessor = person(by)?;
    let new = NewGrade {
        id: GradeId::new(),
        assignment: id,
        submission: last.id,
        scores: &scores,
        score_bp,
        passed: graded.passed,
        feedback: graded.feedback,
    };
    grades::insert_grade(tx, &new, assessor, now).await?;
    store::set_state(tx, id, State::Graded).await?;
    decide_check(tx, by, now, assignment.candidate, &new).await?;
    let data = json!({ "submission": last.number, "score_bp": score_bp, "passed": graded.passed });
    events::record(tx, by, now, "assignment.graded", (SUBJECT, id.0), data).await
}

/// Turns the grade into the vetting check; also when somebody has closed the waiting one by hand meanwhile.
async fn decide_check(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    grade: &NewGrade<'_>,
) -> AppResult<()> {
    let outcome = if grade.passed { Outcome::Passed } else { Outcome::Failed };
    let reason = if grade.passed {
        ""
    } else {
        "Graded by the rubric as not passed; see the challenge."
    };
    let decision = Decision {
        outcome,
        decided_on: vetting::today(now),
        expires_on: None,
        score_bp: grade.score_bp,
        note: format!("Take-home challenge /takehome/{}", grade.assignment),
        reason: reason.to_owned(),
    };
    vetting::actions::record(tx, by, now, candidate, Kind::TakeHome, &decision)
        .await
        .map(drop)
}

/// Opens the feedback to the candidate, once and for good.
pub async fn release_feedback(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
) -> AppResult<()> {
    let grade = grades::grade(tx, id, Eyes::OWN)
        .await?
        .ok_or_else(AppError::overtaken)?;
    if !grades::release(tx, grade.id, person(by)?, now).await? {
        return Err(AppError::overtaken());
    }
    events::record(tx, by, now, "assignment.feedback_released", (SUBJECT, id.0), json!({})).await
}

/// Notes that somebody of the staff fetched an upload.
pub async fn downloaded(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: AssignmentId,
    number: i16,
) -> AppResult<()> {
    events::record(
        tx,
        by,
        now,
        "assignment.downloaded",
        (SUBJECT, id.0),
        json!({ "number": number }),
    )
    .await
}
