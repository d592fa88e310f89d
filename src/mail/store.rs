//! SQL of the outbox.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Outcome, State};
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{LinkId, MailId, UserId};

/// The channel on which a new letter is announced.
pub const CHANNEL: &str = "meridian_mail";

/// A letter to be inserted.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// Id, and what the Message-ID is made of.
    pub id: MailId,
    /// "`user.verify`".
    pub occasion: &'static str,
    /// What makes the occasion one of its kind.
    pub about: &'a str,
    /// The recipient's account.
    pub user: Option<UserId>,
    /// Address.
    pub recipient: &'a str,
    /// Name, or "".
    pub recipient_name: &'a str,
    /// One line.
    pub subject: &'a str,
    /// `[super::Block]`.
    pub blocks: serde_json::Value,
    /// Path before the token, and the link.
    pub link: Option<(&'static str, LinkId)>,
}

/// Inserts a letter that is due now; `false` when there is one for this recipient, occasion and subject already.
pub async fn insert(conn: &mut PgConnection, mail: &NewMail<'_>, now: DateTime<Utc>) -> AppResult<bool> {
    let (path, link) = mail.link.unzip();
    let done = sqlx::query!(
        "insert into outbox (id, occasion, about, user_id, recipient, recipient_name, subject, blocks, link_path, link_id, state,
                             created_at, queued_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $11, $11)
         on conflict on constraint outbox_once do nothing",
        mail.id as MailId,
        mail.occasion,
        mail.about,
        mail.user as Option<UserId>,
        mail.recipient,
        mail.recipient_name,
        mail.subject,
        mail.blocks,
        path,
        link as Option<LinkId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Wakes the workers once this transaction is committed.
pub async fn wake(conn: &mut PgConnection) -> AppResult<()> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL).execute(conn).await?;
    Ok(())
}

/// A letter somebody has taken to send.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Id.
    pub id: MailId,
    /// Occasion.
    pub occasion: String,
    /// Address.
    pub recipient: String,
    /// Name, or "".
    pub recipient_name: String,
    /// One line.
    pub subject: String,
    /// `[super::Block]`.
    pub blocks: serde_json::Value,
    /// Path before the token.
    pub link_path: Option<String>,
    /// The link.
    pub link_id: Option<LinkId>,
    /// Tries, this one included.
    pub attempts: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Since when it is tried.
    pub queued_at: DateTime<Utc>,
}

/// Instants around the present one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The end of a lease that is taken now.
    pub lease: DateTime<Utc>,
    /// No letter is queued later than this, unless by a clock that was set back since.
    pub queued: DateTime<Utc>,
    /// The same of the next try.
    pub due: DateTime<Utc>,
    /// The same of the end of a lease.
    pub leased: DateTime<Utc>,
}

/// Takes at most `most` letters that are due, oldest first, each for one worker until the lease ends. A letter whose worker
/// went away is due again, and the log says so; so is one that waits for an instant which only a wrong clock could name.
pub async fn take(conn: &mut PgConnection, now: DateTime<Utc>, limits: Limits, most: i64) -> AppResult<Vec<Waiting>> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"with due as (
             select id, state, attempts from outbox
             where (state = 'queued' and (due_at <= $1 or queued_at > $4 or due_at > $5))
                or (state = 'sending' and (leased_until <= $1 or leased_until > $6))
             order by due_at, id limit $3 for update skip locked
           ), lost as (
             insert into mail_attempts (mail_id, number, at, outcome, answer)
             select id, attempts, $1, 'lost', 'whoever sent it went away' from due where state = 'sending'
             on conflict do nothing
           )
           update outbox o set state = 'sending', attempts = o.attempts + 1, leased_until = $2,
                  queued_at = case when o.queued_at > $4 then $1 else o.queued_at end
           from due where o.id = due.id
           returning o.id as "id: MailId", o.occasion, o.recipient, o.recipient_name, o.subject, o.blocks, o.link_path,
                     o.link_id as "link_id: LinkId", o.attempts, o.created_at, o.queued_at"#,
        now,
        limits.lease,
        most,
        limits.queued,
        limits.due,
        limits.leased,
    )
    .fetch_all(conn)
    .await?)
}

/// What a try comes to.
#[derive(Debug)]
pub struct Tried<'a> {
    /// The letter.
    pub id: MailId,
    /// Which try.
    pub number: i32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: Outcome,
    /// The other side's words, at most 500 characters.
    pub answer: &'a str,
    /// Where the letter stands now.
    pub state: State,
    /// When it is tried again, if it is.
    pub due_at: Option<DateTime<Utc>>,
}

/// Writes a try and its consequence down; `false` when the lease had run out and somebody else has the letter.
pub async fn finish(conn: &mut PgConnection, tried: &Tried<'_>) -> AppResult<bool> {
    sqlx::query!(
        "insert into mail_attempts (mail_id, number, at, outcome, answer) values ($1, $2, $3, $4, $5) on conflict do nothing",
        tried.id as MailId,
        tried.number,
        tried.at,
        tried.outcome as Outcome,
        tried.answer,
    )
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query!(
        "update outbox set state = $3, leased_until = null, due_at = coalesce($4, due_at),
                           sent_at = case when $3 = 'sent' then $5::timestamptz else null end
         where id = $1 and state = 'sending' and attempts = $2",
        tried.id as MailId,
        tried.number,
        tried.state as State,
        tried.due_at,
        tried.at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose letters somebody sees.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    /// All of them: staff of a demo.
    All,
    /// Those to one account.
    Own(UserId),
}

impl Scope {
    fn user(self) -> Option<UserId> {
        match self {
            Self::All => None,
            Self::Own(user) => Some(user),
        }
    }
}

/// One line of a list of letters.
#[derive(Debug)]
pub struct MailRow {
    /// Id and cursor.
    pub id: MailId,
    /// Occasion.
    pub occasion: String,
    /// Address.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// Where it stands.
    pub state: State,
    /// Tries so far.
    pub attempts: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it is tried next.
    pub due_at: DateTime<Utc>,
    /// The newest answer, if there was a try.
    pub answer: Option<String>,
}

/// Which letters, and from where in the list.
#[derive(Debug, Default)]
pub struct Search {
    /// One state, or all.
    pub state: Option<State>,
    /// Older than this, newest first.
    pub after: Option<MailId>,
    /// Newer than this, oldest first.
    pub before: Option<MailId>,
}

/// At most `limit` letters of a scope, newest first (oldest first with `before`).
pub async fn list(conn: &mut PgConnection, scope: Scope, search: &Search, limit: i64) -> AppResult<Vec<MailRow>> {
    let mut tx = by_values(conn).await?;
    let rows = sqlx::query_as!(
        MailRow,
        r#"select o.id as "id: MailId", o.occasion, o.recipient, o.subject, o.state as "state: State", o.attempts, o.created_at,
                  o.due_at, a.answer as "answer?"
           from outbox o left join mail_attempts a on a.mail_id = o.id and a.number = o.attempts
           where ($1::uuid is null or o.user_id = $1) and ($2::text is null or o.state = $2)
             and ($3::uuid is null or o.id < $3) and ($4::uuid is null or o.id > $4)
           order by case when $4::uuid is null then o.id end desc, case when $4::uuid is not null then o.id end
           limit $5"#,
        scope.user() as Option<UserId>,
        search.state as Option<State>,
        search.after as Option<MailId>,
        search.before as Option<MailId>,
        limit,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows)
}

/// A letter as its page shows it.
#[derive(Debug)]
pub struct Stored {
    /// Id.
    pub id: MailId,
    /// Occasion.
    pub occasion: String,
    /// Address.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// `[super::Block]`.
    pub blocks: serde_json::Value,
    /// Path before the token.
    pub link_path: Option<String>,
    /// The link.
    pub link_id: Option<LinkId>,
    /// Where it stands.
    pub state: State,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it is tried next.
    pub due_at: DateTime<Utc>,
}

/// One letter of a scope.
pub async fn one(conn: &mut PgConnection, scope: Scope, id: MailId) -> AppResult<Stored> {
    Ok(sqlx::query_as!(
        Stored,
        r#"select id as "id: MailId", occasion, recipient, subject, blocks, link_path, link_id as "link_id: LinkId",
                  state as "state: State", created_at, due_at
           from outbox where id = $1 and ($2::uuid is null or user_id = $2)"#,
        id as MailId,
        scope.user() as Option<UserId>,
    )
    .fetch_one(conn)
    .await?)
}

/// A try as the delivery log shows it.
#[derive(Debug)]
pub struct Attempt {
    /// From 1.
    pub number: i32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: Outcome,
    /// The other side's words.
    pub answer: String,
}

/// The newest 50 tries of a letter, newest first.
pub async fn attempts(conn: &mut PgConnection, id: MailId) -> AppResult<Vec<Attempt>> {
    Ok(sqlx::query_as!(
        Attempt,
        r#"select number, at, outcome as "outcome: Outcome", answer from mail_attempts where mail_id = $1
           order by number desc limit 50"#,
        id as MailId,
    )
    .fetch_all(conn)
    .await?)
}

/// Letters by state: queued, sending, dead. Sent ones are not counted: they only grow.
#[derive(Debug, Default)]
pub struct Standing {
    /// Waiting or being sent.
    pub waiting: i64,
    /// Given up.
    pub dead: i64,
    /// Since when the oldest waiting one waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// How the outbox stands.
pub async fn standing(conn: &mut PgConnection) -> AppResult<Standing> {
    Ok(sqlx::query_as!(
        Standing,
        r#"select count(*) filter (where state <> 'dead') as "waiting!", count(*) filter (where state = 'dead') as "dead!",
                  min(queued_at) filter (where state <> 'dead') as oldest
           from outbox where state in ('queued', 'sending', 'dead')"#,
    )
    .fetch_one(conn)
    .await?)
}

/// Queues a letter that was given up once more, or the first thousand of them all; which they are.
pub async fn requeue(conn: &mut PgConnection, id: Option<MailId>, now: DateTime<Utc>) -> AppResult<Vec<MailId>> {
    let queued = sqlx::query_scalar!(
        r#"update outbox set state = 'queued', queued_at = $2, due_at = $2
           where id in (select id from outbox where state = 'dead' and ($1::uuid is null or id = $1) order by id limit 1000 for update)
           returning id as "id: MailId""#,
        id as Option<MailId>,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    wake(conn).await?;
    Ok(queued)
}
