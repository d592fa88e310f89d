//! SQL of rejections, and of what a person finds at home about the agency's answer.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::Reason;
use crate::error::AppResult;
use crate::ids::{CandidateId, MessageId, RejectionId, UserId};

/// A rejection to insert.
#[derive(Debug)]
pub struct NewRejection<'a> {
    /// Fresh.
    pub id: RejectionId,
    /// Who.
    pub candidate: CandidateId,
    /// Why.
    pub reason: Reason,
    /// What another reason is.
    pub words: &'a str,
    /// Private to staff.
    pub note: &'a str,
    /// What the person reads.
    pub message: MessageId,
    /// By whom.
    pub by: UserId,
    /// The date it is where the person works.
    pub on: NaiveDate,
    /// From when they may apply again.
    pub may_apply_on: NaiveDate,
}

/// Writes a rejection.
pub async fn insert(conn: &mut PgConnection, new: &NewRejection<'_>, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "insert into rejections (id, candidate_id, reason, words, note, message_id, rejected_by, rejected_at, rejected_on, may_apply_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id as RejectionId,
        new.candidate as CandidateId,
        new.reason as Reason,
        new.words,
        new.note,
        new.message as MessageId,
        new.by as UserId,
        now,
        new.on,
        new.may_apply_on,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What keeps somebody from being rejected.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// An offer waits for their answer.
    pub offer: bool,
    /// A placement is agreed or runs.
    pub placement: bool,
    /// Introductions that are not over.
    pub introductions: i64,
}

/// What somebody, who is locked, is bound by.
pub async fn bound(conn: &mut PgConnection, id: CandidateId) -> AppResult<Bound> {
    Ok(sqlx::query_as!(
        Bound,
        r#"select exists (select from offers where candidate_id = $1 and state = 'sent') as "offer!",
                  exists (select from placements where candidate_id = $1 and state in ('accepted', 'scheduled', 'active')) as "placement!",
                  (select count(*) from introductions where candidate_id = $1
                     and state in ('proposed', 'consented', 'interview', 'chosen')) as "introductions!""#,
        id as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// A rejection that stands, as staff read it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Id.
    pub id: RejectionId,
    /// Why.
    pub reason: Reason,
    /// What another reason is.
    pub words: String,
    /// Private to staff.
    pub note: String,
    /// What the person was told.
    pub message: String,
    /// From when they may apply again.
    pub may_apply_on: NaiveDate,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The rejection of somebody that stands.
pub async fn standing(conn: &mut PgConnection, id: CandidateId) -> AppResult<Option<Standing>> {
    Ok(sqlx::query_as!(
        Standing,
        r#"select r.id as "id: RejectionId", r.reason as "reason: Reason", r.words, r.note, m.body as message, r.may_apply_on, u.name as by,
                  r.rejected_at as at
           from rejections r join candidate_messages m on m.id = r.message_id join users u on u.id = r.rejected_by
           where r.candidate_id = $1 and r.ended_at is null"#,
        id as CandidateId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Ends a rejection: how, by whom, on which date there, and why. The person is locked.
pub async fn end(
    conn: &mut PgConnection,
    id: RejectionId,
    how: &str,
    (by, on): (UserId, NaiveDate),
    reason: &str,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update rejections set ended_at = greatest($5, rejected_at), ended_on = $4, ended_by = $3, ended_how = $2, ended_reason = $6
         where id = $1 and ended_at is null",
        id as RejectionId,
        how,
        by as UserId,
        on,
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A message, in brief.
#[derive(Debug, Clone, Deserialize)]
pub struct Brief {
    /// One line.
    pub subject: String,
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// What somebody finds at home about the agency's answer.
#[derive(Debug, Clone)]
pub struct AtHome {
    /// By when they hear from the agency.
    pub due_on: Option<NaiveDate>,
    /// The first instant at which that is late.
    pub due_before: Option<DateTime<Utc>>,
    /// From when they may apply again; only somebody who was told no.
    pub may_apply_on: Option<NaiveDate>,
    /// What they were told.
    pub told: Option<String>,
    /// The newest three messages.
    pub messages: Json<Vec<Brief>>,
}

/// See [`AtHome`].
pub async fn at_home(conn: &mut PgConnection, id: CandidateId) -> AppResult<AtHome> {
    Ok(sqlx::query_as!(
        AtHome,
        r#"select p.due_on as "due_on?", p.due_before as "due_before?", r.may_apply_on as "may_apply_on?", m.body as "told?",
                  coalesce((select jsonb_agg(jsonb_build_object('subject', l.subject, 'sent_at', l.sent_at) order by l.id desc)
                            from (select id, subject, sent_at from candidate_messages where candidate_id = $1 order by id desc limit 3) l),
                           '[]') as "messages!: Json<Vec<Brief>>"
           from (select $1::uuid as id) c
           left join lateral (select due_on, due_before from promises where candidate_id = c.id and kept_at is null
                              order by due_before limit 1) p on true
           left join rejections r on r.candidate_id = c.id and r.ended_at is null
           left join candidate_messages m on m.id = r.message_id"#,
        id as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}
