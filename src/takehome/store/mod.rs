//! SQL of assignments and submissions; of grades in [`grades`].

pub mod grades;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{Assignment, State};
use crate::candidates::blind::Eyes;
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{AssignmentId, CandidateId, ChallengeId, RubricId, SubmissionId, TrackId, UserId};
use crate::tracks::Criterion;

/// An assignment; with `own`, only when it is that candidate's.
pub async fn assignment(conn: &mut PgConnection, id: AssignmentId, own: Option<CandidateId>) -> AppResult<Assignment> {
    Ok(sqlx::query_as!(
        Assignment,
        r#"select a.id as "id: AssignmentId", a.candidate_id as "candidate: CandidateId", c.code, c.name,
                  c.user_id as "user: UserId", c.zone, h.track_id as "track: TrackId", t.name as track_name,
                  a.challenge_id as "challenge: ChallengeId", h.number as challenge_number, h.title, h.body, h.timebox_hours,
                  a.rubric_id as "rubric: RubricId", r.number as rubric_number,
                  r.criteria as "criteria: Json<Vec<Criterion>>", a.state as "state: State", a.due_at,
                  u.name as invited_by, a.invited_at, a.version
           from assignments a
           join candidates c on c.id = a.candidate_id
           join challenges h on h.id = a.challenge_id
           join tracks t on t.id = h.track_id
           join rubrics r on r.id = a.rubric_id
           join users u on u.id = a.invited_by
           where a.id = $1 and ($2::uuid is null or a.candidate_id = $2)"#,
        id as AssignmentId,
        own as Option<CandidateId>,
    )
    .fetch_one(conn)
    .await?)
}

/// What an act needs of an assignment, locked until the transaction ends.
#[derive(Debug)]
pub struct Locked {
    /// Where it stands.
    pub state: State,
    /// The deadline.
    pub due_at: DateTime<Utc>,
    /// Whose it is.
    pub candidate: CandidateId,
    /// The track of its challenge.
    pub track: TrackId,
    /// What it is graded by.
    pub criteria: Json<Vec<Criterion>>,
}

/// Locks an assignment; with `own`, only when it is that candidate's.
pub async fn lock(conn: &mut PgConnection, id: AssignmentId, own: Option<CandidateId>) -> AppResult<Locked> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select a.state as "state: State", a.due_at, a.candidate_id as "candidate: CandidateId",
                  h.track_id as "track: TrackId", r.criteria as "criteria: Json<Vec<Criterion>>"
           from assignments a join challenges h on h.id = a.challenge_id join rubrics r on r.id = a.rubric_id
           where a.id = $1 and ($2::uuid is null or a.candidate_id = $2) for update of a"#,
        id as AssignmentId,
        own as Option<CandidateId>,
    )
    .fetch_one(conn)
    .await?)
}

/// What an invitation starts from: the newest challenge and rubric of the candidate's track.
#[derive(Debug)]
pub struct Invitable {
    /// The number behind "M-1001".
    pub code: i32,
    /// The candidate's name, when known.
    pub name: Option<String>,
    /// The candidate's zone, when known.
    pub zone: Option<String>,
    /// "active", "paused" or "withdrawn".
    pub is_withdrawn: bool,
    /// Whether somebody signs in for this profile, and could upload.
    pub has_account: bool,
    /// The track.
    pub track: TrackId,
    /// Its name.
    pub track_name: String,
    /// The newest challenge.
    pub challenge: Option<ChallengeId>,
    /// Its version.
    pub challenge_number: Option<i32>,
    /// Its title.
    pub title: Option<String>,
    /// Hours it should take.
    pub timebox_hours: Option<i16>,
    /// Days the candidate has.
    pub deadline_days: Option<i16>,
    /// The newest rubric.
    pub rubric: Option<RubricId>,
}

/// What an invitation of this candidate starts from.
pub async fn invitable(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Invitable> {
    Ok(sqlx::query_as!(
        Invitable,
        r#"select c.code, c.name, c.zone, c.state in ('withdrawn', 'rejected') as "is_withdrawn!", c.user_id is not null as "has_account!",
                  t.id as "track: TrackId", t.name as track_name,
                  h.id as "challenge?: ChallengeId", h.number as "challenge_number?", h.title as "title?",
                  h.timebox_hours as "timebox_hours?", h.deadline_days as "deadline_days?",
                  r.id as "rubric?: RubricId"
           from candidates c
           join tracks t on t.id = c.track_id
           left join lateral (select * from challenges where track_id = t.id order by number desc limit 1) h on true
           left join lateral (select * from rubrics where track_id = t.id order by number desc limit 1) r on true
           where c.id = $1"#,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// A new assignment's values.
#[derive(Debug)]
pub struct NewAssignment {
    /// Fresh.
    pub id: AssignmentId,
    /// For whom.
    pub candidate: CandidateId,
    /// Pinned.
    pub challenge: ChallengeId,
    /// Pinned.
    pub rubric: RubricId,
    /// The deadline.
    pub due_at: DateTime<Utc>,
}

/// Inserts an assignment; the index `assignments_one_open` refuses a second open one.
pub async fn insert_assignment(
    conn: &mut PgConnection,
    new: &NewAssignment,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into assignments (id, candidate_id, challenge_id, rubric_id, state, due_at, invited_by, invited_at)
         values ($1, $2, $3, $4, 'invited', $5, $6, $7)",
        new.id as AssignmentId,
        new.candidate as CandidateId,
        new.challenge as ChallengeId,
        new.rubric as RubricId,
        new.due_at,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves an assignment to a state.
pub async fn set_state(conn: &mut PgConnection, id: AssignmentId, state: State) -> AppResult<()> {
    sqlx::query!(
        "update assignments set state = $2, version = version + 1 where id = $1",
        id as AssignmentId,
        state as State,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the deadline.
pub async fn set_due(conn: &mut PgConnection, id: AssignmentId, due_at: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update assignments set due_at = $2, version = version + 1 where id = $1",
        id as AssignmentId,
        due_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An upload.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// 1 for the first.
    pub number: i16,
    /// As the candidate named it, cleaned.
    pub file_name: String,
    /// Size.
    pub bytes: i64,
    /// Of the content.
    pub sha256: Vec<u8>,
    /// "zip" or "gzip".
    pub media: String,
    /// After the deadline of that moment.
    pub late: bool,
    /// When the last byte was in.
    pub received_at: DateTime<Utc>,
}

/// The uploads of an assignment, the one that counts first.
pub async fn submissions(conn: &mut PgConnection, id: AssignmentId) -> AppResult<Vec<Submission>> {
    Ok(sqlx::query_as!(
        Submission,
        r#"select id as "id: SubmissionId", number, file_name, bytes, sha256, media, late, received_at
           from submissions where assignment_id = $1 order by number desc"#,
        id as AssignmentId,
    )
    .fetch_all(conn)
    .await?)
}

/// One upload.
pub async fn submission(conn: &mut PgConnection, id: AssignmentId, number: i16) -> AppResult<Submission> {
    Ok(sqlx::query_as!(
        Submission,
        r#"select id as "id: SubmissionId", number, file_name, bytes, sha256, media, late, received_at
           from submissions where assignment_id = $1 and number = $2"#,
        id as AssignmentId,
        number,
    )
    .fetch_one(conn)
    .await?)
}

/// Inserts an upload.
pub async fn insert_submission(conn: &mut PgConnection, of: AssignmentId, new: &Submission) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into submissions (id, assignment_id, number, file_name, bytes, sha256, media, late, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id as SubmissionId,
        of as AssignmentId,
        new.number,
        new.file_name,
        new.bytes,
        new.sha256,
        new.media,
        new.late,
        new.received_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the uploads of an assignment take.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// How many there are.
    pub uploads: i64,
    /// Their bytes together.
    pub bytes: i64,
}

/// What the uploads of an assignment take.
pub async fn spent(conn: &mut PgConnection, id: AssignmentId) -> AppResult<Spent> {
    Ok(sqlx::query_as!(
        Spent,
        r#"select count(*) as "uploads!", coalesce(sum(bytes), 0)::bigint as "bytes!" from submissions where assignment_id = $1"#,
        id as AssignmentId,
    )
    .fetch_one(conn)
    .await?)
}

/// A row of a list of assignments.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id, the cursor.
    pub id: AssignmentId,
    /// The number behind "M-1001".
    pub code: i32,
    /// The candidate's name, when known.
    pub name: Option<String>,
    /// The candidate's zone, when known.
    pub zone: Option<String>,
    /// The challenge's title.
    pub title: String,
    /// The challenge's version.
    pub challenge_number: i32,
    /// Where it stands.
    pub state: State,
    /// The deadline.
    pub due_at: DateTime<Utc>,
    /// The last upload.
    pub received_at: Option<DateTime<Utc>>,
    /// Whether the last upload was late.
    pub late: Option<bool>,
    /// The grade, basis points.
    pub score_bp: Option<i32>,
    /// Whether whoever reads is not to see it yet.
    pub hidden: bool,
    /// The grader's word.
    pub passed: Option<bool>,
    /// The candidate waits for more time.
    pub wishes_time: bool,
    /// The feedback was released.
    pub released: bool,
}

/// Which rows: a state or all, one candidate or all, from a cursor.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this candidate's.
    pub candidate: Option<CandidateId>,
    /// Rows with a greater id, oldest first.
    pub after: Option<AssignmentId>,
    /// Rows with a smaller id, newest first.
    pub before: Option<AssignmentId>,
    /// Who reads: no scores of people about whom they owe a scorecard.
    pub eyes: Eyes,
}

/// At most `limit` rows in the order of their invitation, oldest first (newest first with `before`).
pub async fn rows(conn: &mut PgConnection, filter: &Filter, limit: i64) -> AppResult<Vec<Row>> {
    let mut tx = by_values(conn).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select a.id as "id: AssignmentId", c.code, c.name, c.zone, h.title, h.number as challenge_number,
                  a.state as "state: State", a.due_at, s.received_at as "received_at?", s.late as "late?",
                  case when not coalesce($6::uuid = any(c.owed_by), false) then g.score_bp end as "score_bp?", g.passed as "passed?",
                  coalesce($6::uuid = any(c.owed_by), false) as "hidden!",
                  exists (select from time_wishes w where w.assignment_id = a.id and w.granted is null) as "wishes_time!",
                  f.grade_id is not null as "released!"
           from assignments a
           join candidates c on c.id = a.candidate_id
           join challenges h on h.id = a.challenge_id
           left join lateral (select received_at, late from submissions where assignment_id = a.id
                              order by number desc limit 1) s on true
           left join grades g on g.assignment_id = a.id
           left join feedback_releases f on f.grade_id = g.id
           where ($1::text is null or a.state = $1)
             and ($2::uuid is null or a.candidate_id = $2)
             and ($3::uuid is null or a.id > $3)
             and ($4::uuid is null or a.id < $4)
           order by case when $4::uuid is null then a.id end, case when $4::uuid is not null then a.id end desc
           limit $5"#,
        filter.state as Option<State>,
        filter.candidate as Option<CandidateId>,
        filter.after as Option<AssignmentId>,
        filter.before as Option<AssignmentId>,
        limit,
        filter.eyes.id() as Option<UserId>,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows)
}

/// How many assignments stand where.
pub async fn counts(conn: &mut PgConnection) -> AppResult<Vec<(State, i64)>> {
    let rows = sqlx::query!(r#"select state as "state: State", count(*) as "count!" from assignments group by state"#)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
}

/// A wish for more time that waits for an answer.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Why.
    pub reason: String,
    /// Since when it waits.
    pub asked_at: DateTime<Utc>,
}

/// The open wish of an assignment.
pub async fn wish(conn: &mut PgConnection, id: AssignmentId) -> AppResult<Option<Wish>> {
    Ok(sqlx::query_as!(
        Wish,
        "select reason, asked_at from time_wishes where assignment_id = $1 and granted is null",
        id as AssignmentId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Inserts a wish; the index `time_wishes_one_open` refuses a second open one.
pub async fn insert_wish(
    conn: &mut PgConnection,
    id: AssignmentId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into time_wishes (id, assignment_id, reason, asked_at) values ($1, $2, $3, $4)",
        uuid::Uuid::now_v7(),
        id as AssignmentId,
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Answers the open wish; `false` when none was open.
pub async fn answer_wish(
    conn: &mut PgConnection,
    id: AssignmentId,
    granted: bool,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<bool> {
    let done = sqlx::query!(
        "update time_wishes set granted = $2, answered_by = $3, answered_at = $4
         where assignment_id = $1 and granted is null",
        id as AssignmentId,
        granted,
        by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
