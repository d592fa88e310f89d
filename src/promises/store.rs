//! SQL of promises and of what the agency wrote.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{How, Occasion, What};
use crate::countries::Country;
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, MessageId, PromiseId, UserId};
use crate::zones::Zone;

/// Who is promised something, or written to.
#[derive(Debug, Clone)]
pub struct Person {
    /// In the pool, and waiting for what comes.
    pub waits: bool,
    /// The account.
    pub user: Option<UserId>,
    /// Where letters go.
    pub email: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Where the wall clock hangs.
    pub zone: Option<Zone>,
    /// Whose holidays they keep, where they said so.
    pub works_in: Option<Country>,
}

/// Somebody of the pool.
pub async fn person(conn: &mut PgConnection, id: CandidateId) -> AppResult<Option<Person>> {
    let row = sqlx::query!(
        r#"select c.state in ('active', 'paused') as "waits!", u.id as "user?: UserId", coalesce(u.email, c.email) as email,
                  coalesce(c.name, u.name) as name, c.zone as "zone: Zone", c.works_in
           from candidates c left join users u on u.id = c.user_id and u.deactivated_at is null where c.id = $1"#,
        id as CandidateId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Person {
        waits: row.waits,
        user: row.user,
        email: row.email,
        name: row.name,
        zone: row.zone,
        works_in: row.works_in.as_deref().and_then(Country::parse),
    }))
}

/// A promise to insert.
#[derive(Debug)]
pub struct NewPromise {
    /// Fresh.
    pub id: PromiseId,
    /// To whom.
    pub candidate: CandidateId,
    /// For what.
    pub what: What,
    /// The date it is there.
    pub begun_on: NaiveDate,
    /// The last date in time.
    pub due_on: NaiveDate,
    /// The first instant that is late.
    pub due_before: DateTime<Utc>,
}

/// Inserts a promise; `false` when the same is open already.
pub async fn insert(conn: &mut PgConnection, new: &NewPromise, now: DateTime<Utc>) -> AppResult<bool> {
    let done = sqlx::query!(
        "insert into promises (id, candidate_id, what, check_id, begun_at, begun_on, due_on, due_before)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        new.id as PromiseId,
        new.candidate as CandidateId,
        new.what.code(),
        new.what.check() as Option<CheckId>,
        now,
        new.begun_on,
        new.due_on,
        new.due_before,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// By when an open promise is due.
pub async fn open(conn: &mut PgConnection, candidate: CandidateId, what: What) -> AppResult<Option<NaiveDate>> {
    Ok(sqlx::query_scalar!(
        "select due_on from promises where candidate_id = $1 and what = $2 and check_id is not distinct from $3 and kept_at is null",
        candidate as CandidateId,
        what.code(),
        what.check() as Option<CheckId>,
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps every open promise to somebody; says how many. Not before it began, whatever a clock that went back says.
pub async fn keep(
    conn: &mut PgConnection,
    candidate: CandidateId,
    by: UserId,
    how: How,
    now: DateTime<Utc>,
) -> AppResult<u64> {
    let done = sqlx::query!(
        "update promises set kept_at = greatest($4, begun_at), kept_by = $2, kept_how = $3 where candidate_id = $1 and kept_at is null",
        candidate as CandidateId,
        by as UserId,
        how as How,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A promise, locked.
#[derive(Debug)]
pub struct Locked {
    /// Id.
    pub id: PromiseId,
    /// To whom.
    pub candidate: CandidateId,
    /// The last date in time.
    pub due_on: NaiveDate,
    /// When it was kept.
    pub kept_at: Option<DateTime<Utc>>,
}

/// Locks a promise.
pub async fn lock(conn: &mut PgConnection, id: PromiseId) -> AppResult<Option<Locked>> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select id as "id: PromiseId", candidate_id as "candidate: CandidateId", due_on, kept_at from promises where id = $1 for update"#,
        id as PromiseId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Moves a locked promise, with the reason.
pub async fn move_to(
    conn: &mut PgConnection,
    held: &Locked,
    (due_on, due_before): (NaiveDate, DateTime<Utc>),
    reason: &str,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into promise_moves (id, promise_id, from_on, to_on, reason, by_user, at) values ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        held.id as PromiseId,
        held.due_on,
        due_on,
        reason,
        by as UserId,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update promises set due_on = $2, due_before = $3 where id = $1",
        held.id as PromiseId,
        due_on,
        due_before,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which promises a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Late.
    Late,
    /// Open and in time.
    Open,
    /// Kept.
    Kept,
}

/// A promise of a list.
#[derive(Debug, Clone)]
pub struct Owed {
    /// Id.
    pub id: PromiseId,
    /// To whom.
    pub candidate: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// Display name.
    pub name: Option<String>,
    /// Where the wall clock hangs.
    pub zone: Option<Zone>,
    /// Whose holidays they keep, where they said so.
    pub works_in: Option<String>,
    /// The kind of the check that was finished; none: an application.
    pub check: Option<String>,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// The date of that.
    pub begun_on: NaiveDate,
    /// The last date in time.
    pub due_on: NaiveDate,
    /// The first instant that is late.
    pub due_before: DateTime<Utc>,
    /// When it was kept.
    pub kept_at: Option<DateTime<Utc>>,
    /// By whom.
    pub kept_by: Option<String>,
    /// How.
    pub kept_how: Option<How>,
}

/// A page of promises: the longest owed first, or the last kept first. `after`: the instant and id of the last one seen.
pub async fn list(
    conn: &mut PgConnection,
    which: Which,
    now: DateTime<Utc>,
    after: Option<(DateTime<Utc>, PromiseId)>,
    limit: i64,
) -> AppResult<Vec<Owed>> {
    let (at, id) = after.unzip();
    macro_rules! rows {
        ($rest:literal) => {
            sqlx::query_as!(
                Owed,
                r#"select p.id as "id: PromiseId", p.candidate_id as "candidate: CandidateId", c.code, c.name, c.zone as "zone: Zone", c.works_in,
                          k.kind as "check?", p.begun_at, p.begun_on, p.due_on, p.due_before, p.kept_at, u.name as "kept_by?", p.kept_how as "kept_how: How"
                   from promises p join candidates c on c.id = p.candidate_id
                   left join vetting_checks k on k.id = p.check_id left join users u on u.id = p.kept_by
                   where "# + $rest + " limit $4",
                now,
                at,
                id as Option<PromiseId>,
                limit,
            )
            .fetch_all(conn)
            .await?
        };
    }
    Ok(match which {
        Which::Late => rows!(
            "p.kept_at is null and p.due_before <= $1 and ($2::timestamptz is null or (p.due_before, p.id) > ($2, $3::uuid)) order by p.due_before, p.id"
        ),
        Which::Open => rows!(
            "p.kept_at is null and p.due_before > $1 and ($2::timestamptz is null or (p.due_before, p.id) > ($2, $3::uuid)) order by p.due_before, p.id"
        ),
        Which::Kept => rows!(
            "p.kept_at is not null and $1::timestamptz is not null and ($2::timestamptz is null or (p.kept_at, p.id) < ($2, $3::uuid)) order by p.kept_at desc, p.id desc"
        ),
    })
}

/// Most promises that are counted: nobody decides anything by the difference beyond.
const COUNTED: i64 = 1_000;

/// How many are late, and how many open ones are in time; counted up to a thousand.
pub async fn counts(conn: &mut PgConnection, now: DateTime<Utc>) -> AppResult<(i64, i64)> {
    let row = sqlx::query!(
        r#"select (select count(*) from (select from promises where kept_at is null and due_before <= $1 limit $2) l) as "late!",
                  (select count(*) from (select from promises where kept_at is null and due_before > $1 limit $2) o) as "open!""#,
        now,
        COUNTED,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.late, row.open))
}

/// One person who was promised an answer and has heard nothing by the end of the due day.
#[derive(Debug, Clone)]
pub struct Silent {
    /// Who.
    pub candidate: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// Display name.
    pub name: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// By when they were promised an answer.
    pub due_on: NaiveDate,
}

/// Who waits for a word that is late, each once, the longest first: for desks and boards.
pub async fn silent(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> AppResult<Vec<Silent>> {
    Ok(sqlx::query_as!(
        Silent,
        r#"select p.candidate_id as "candidate: CandidateId", c.code, c.name, p.begun_at as since, p.due_on
           from promises p join candidates c on c.id = p.candidate_id
           where p.kept_at is null and p.due_before <= $1 and not exists (
               select from promises e where e.candidate_id = p.candidate_id and e.kept_at is null and (e.due_before, e.id) < (p.due_before, p.id))
           order by p.due_before, p.id limit $2"#,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The first date that is owed to somebody.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// To whom.
    pub candidate: CandidateId,
    /// The last date in time.
    pub on: NaiveDate,
    /// The first instant that is late.
    pub before: DateTime<Utc>,
}

impl Due {
    /// For staff: tone and words.
    pub fn words(&self, now: DateTime<Utc>) -> (&'static str, String) {
        let day = super::near(self.on);
        if now < self.before {
            ("wait", format!("They hear from us by {day}"))
        } else {
            ("bad", format!("Late: promised by {day}"))
        }
    }
}

/// By when each of these people hears from the agency: the first date that is owed to them.
pub async fn due(conn: &mut PgConnection, candidates: &[CandidateId]) -> AppResult<Vec<Due>> {
    let ids: Vec<Uuid> = candidates.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        Due,
        r#"select distinct on (candidate_id) candidate_id as "candidate: CandidateId", due_on as "on", due_before as before
           from promises where candidate_id = any($1) and kept_at is null order by candidate_id, due_before"#,
        &ids,
    )
    .fetch_all(conn)
    .await?)
}

/// A move of a promised date.
#[derive(Debug, Clone)]
pub struct Move {
    /// From.
    pub from_on: NaiveDate,
    /// To.
    pub to_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest 20 moves of a promise.
pub async fn moves(conn: &mut PgConnection, id: PromiseId) -> AppResult<Vec<Move>> {
    Ok(sqlx::query_as!(
        Move,
        "select m.from_on, m.to_on, m.reason, u.name as by, m.at from promise_moves m join users u on u.id = m.by_user
         where m.promise_id = $1 order by m.at desc, m.id desc limit 20",
        id as PromiseId,
    )
    .fetch_all(conn)
    .await?)
}

/// One promise as a list has it.
pub async fn find(conn: &mut PgConnection, id: PromiseId) -> AppResult<Option<Owed>> {
    Ok(sqlx::query_as!(
        Owed,
        r#"select p.id as "id: PromiseId", p.candidate_id as "candidate: CandidateId", c.code, c.name, c.zone as "zone: Zone", c.works_in,
                  k.kind as "check?", p.begun_at, p.begun_on, p.due_on, p.due_before, p.kept_at, u.name as "kept_by?", p.kept_how as "kept_how: How"
           from promises p join candidates c on c.id = p.candidate_id
           left join vetting_checks k on k.id = p.check_id left join users u on u.id = p.kept_by where p.id = $1"#,
        id as PromiseId,
    )
    .fetch_optional(conn)
    .await?)
}

/// A message to write down.
#[derive(Debug)]
pub struct NewMessage<'a> {
    /// Fresh.
    pub id: MessageId,
    /// To whom.
    pub candidate: CandidateId,
    /// Why.
    pub occasion: Occasion,
    /// One line.
    pub subject: &'a str,
    /// The words.
    pub body: &'a str,
    /// Whether it also goes by letter.
    pub by_letter: bool,
    /// Who writes.
    pub by: UserId,
}

/// Writes a message down; gives the writer's name.
pub async fn insert_message(conn: &mut PgConnection, new: &NewMessage<'_>, now: DateTime<Utc>) -> AppResult<String> {
    Ok(sqlx::query_scalar!(
        r#"with put as (
               insert into candidate_messages (id, candidate_id, occasion, subject, body, by_letter, sent_by, sent_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8))
           select name from users where id = $7"#,
        new.id as MessageId,
        new.candidate as CandidateId,
        new.occasion as Occasion,
        new.subject,
        new.body,
        new.by_letter,
        new.by as UserId,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// What the agency wrote.
#[derive(Debug, Clone)]
pub struct Message {
    /// Id.
    pub id: MessageId,
    /// Why.
    pub occasion: Occasion,
    /// One line.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Whether it also went by letter.
    pub by_letter: bool,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// What was written to somebody, newest first, from the one after `below`.
pub async fn messages(
    conn: &mut PgConnection,
    candidate: CandidateId,
    below: Option<MessageId>,
    limit: i64,
) -> AppResult<Vec<Message>> {
    Ok(sqlx::query_as!(
        Message,
        r#"select m.id as "id: MessageId", m.occasion as "occasion: Occasion", m.subject, m.body, m.by_letter, u.name as by, m.sent_at
           from candidate_messages m join users u on u.id = m.sent_by
           where m.candidate_id = $1 and ($2::uuid is null or m.id < $2) order by m.id desc limit $3"#,
        candidate as CandidateId,
        below as Option<MessageId>,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
