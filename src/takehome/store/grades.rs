//! SQL of grades, their drafts and the release of their feedback.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{AssignmentId, GradeId, SubmissionId, UserId};

/// A grade.
#[derive(Debug, Clone)]
pub struct Grade {
    /// Its id.
    pub id: GradeId,
    /// Which upload was graded.
    pub number: i16,
    /// Who graded.
    pub grader: String,
    /// The marks.
    pub scores: Json<Vec<Mark>>,
    /// Basis points; nothing when nothing was assessed.
    pub score_bp: Option<i32>,
    /// The grader's word.
    pub passed: bool,
    /// For the candidate.
    pub feedback: String,
    /// When.
    pub graded_at: DateTime<Utc>,
    /// When the candidate could read it.
    pub released_at: Option<DateTime<Utc>>,
}

/// A mark as it is stored in a grade.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Key of the criterion.
    pub key: String,
    /// 0 to 4; nothing when not assessed.
    pub score: Option<u8>,
    /// Why.
    pub comment: String,
}

/// The grade of an assignment; none for eyes that are closed to the person.
pub async fn grade(conn: &mut PgConnection, id: AssignmentId, eyes: Eyes) -> AppResult<Option<Grade>> {
    Ok(sqlx::query_as!(
        Grade,
        r#"select g.id as "id: GradeId", s.number, u.name as grader, g.scores as "scores: Json<Vec<Mark>>", g.score_bp,
                  g.passed, g.feedback, g.graded_at, f.released_at as "released_at?"
           from grades g join users u on u.id = g.grader_id join submissions s on s.id = g.submission_id
           left join feedback_releases f on f.grade_id = g.id
           where g.assignment_id = $1
             and not exists (select from assignments a join candidates c on c.id = a.candidate_id
                             where a.id = $1 and $2::uuid = any(c.owed_by))"#,
        id as AssignmentId,
        eyes.id() as Option<UserId>,
    )
    .fetch_optional(conn)
    .await?)
}

/// A grade to insert.
#[derive(Debug)]
pub struct NewGrade<'a> {
    /// Fresh.
    pub id: GradeId,
    /// Of which assignment.
    pub assignment: AssignmentId,
    /// Of which upload.
    pub submission: SubmissionId,
    /// The marks.
    pub scores: &'a [Mark],
    /// Basis points.
    pub score_bp: Option<i32>,
    /// The grader's word.
    pub passed: bool,
    /// For the candidate.
    pub feedback: &'a str,
}

/// Inserts a grade and drops the drafts.
pub async fn insert_grade(
    conn: &mut PgConnection,
    new: &NewGrade<'_>,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into grades (id, assignment_id, submission_id, grader_id, scores, score_bp, passed, feedback, graded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as GradeId,
        new.assignment as AssignmentId,
        new.submission as SubmissionId,
        by as UserId,
        Json(new.scores) as _,
        new.score_bp,
        new.passed,
        new.feedback,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from grade_drafts where assignment_id = $1",
        new.assignment as AssignmentId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A grader's unfinished work.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Key, mark and comment as typed.
    pub scores: Json<Vec<(String, String, String)>>,
    /// "passed", "failed" or nothing yet.
    pub outcome: String,
    /// For the candidate.
    pub feedback: String,
}

/// The grader's own draft.
pub async fn draft(conn: &mut PgConnection, id: AssignmentId, grader: UserId) -> AppResult<Option<Draft>> {
    Ok(sqlx::query_as!(
        Draft,
        r#"select scores as "scores: Json<Vec<(String, String, String)>>", outcome, feedback
           from grade_drafts where assignment_id = $1 and grader_id = $2"#,
        id as AssignmentId,
        grader as UserId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps a draft.
pub async fn save_draft(
    conn: &mut PgConnection,
    id: AssignmentId,
    grader: UserId,
    draft: &Draft,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into grade_drafts (assignment_id, grader_id, scores, outcome, feedback, saved_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (assignment_id, grader_id)
         do update set scores = excluded.scores, outcome = excluded.outcome, feedback = excluded.feedback,
                       saved_at = excluded.saved_at",
        id as AssignmentId,
        grader as UserId,
        Json(&draft.scores.0) as _,
        draft.outcome,
        draft.feedback,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens the feedback to the candidate; `false` when it was open.
pub async fn release(conn: &mut PgConnection, grade: GradeId, by: UserId, now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "insert into feedback_releases (grade_id, released_by, released_at) values ($1, $2, $3) on conflict do nothing",
        grade as GradeId,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives the grades that somebody began to somebody else, where those have not begun their own; of which assignments.
pub async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<AssignmentId>> {
    Ok(sqlx::query_scalar!(
        r#"update grade_drafts d set grader_id = $2
           where d.grader_id = $1 and not exists (
               select 1 from grade_drafts o where o.assignment_id = d.assignment_id and o.grader_id = $2)
           returning d.assignment_id as "assignment: AssignmentId""#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}
