//! SQL of the rules.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{CandidateId, IntroductionId, OffLimitsId, OrganizationId, UserId};

/// Rules that a page shows at most; those that are not ended come first.
pub const ROWS: i64 = 100;

/// How many people or clients a search finds at most.
pub const FOUND: i64 = 10;

/// A rule with the names of everybody in it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Id.
    pub id: OffLimitsId,
    /// The person.
    pub candidate: CandidateId,
    /// Name, or code.
    pub person: String,
    /// The client.
    pub organization: OrganizationId,
    /// Its name.
    pub client: String,
    /// Why.
    pub reason: String,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// When.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why.
    pub end_reason: Option<String>,
    /// Whether it holds on the day asked about.
    pub holds: bool,
}

/// The rules about a person, or about a client, as they stand on `today`: those not ended first, then the newest.
pub async fn rules(
    conn: &mut PgConnection,
    candidate: Option<CandidateId>,
    organization: Option<OrganizationId>,
    today: NaiveDate,
) -> AppResult<Vec<Rule>> {
    Ok(sqlx::query_as!(
        Rule,
        r#"select r.id as "id: OffLimitsId", r.candidate_id as "candidate: CandidateId", coalesce(c.name, 'M-' || c.code) as "person!",
                  r.organization_id as "organization: OrganizationId", o.name as client, r.reason, r.ends_on, m.name as made_by,
                  r.made_at, e.name as "ended_by?", r.ended_at, r.end_reason, (h.id is not null) as "holds!"
           from off_limits r join candidates c on c.id = r.candidate_id join organizations o on o.id = r.organization_id
           join users m on m.id = r.made_by left join users e on e.id = r.ended_by
           left join off_limits_on($3) h on h.id = r.id
           where ($1::uuid is null or r.candidate_id = $1) and ($2::uuid is null or r.organization_id = $2)
           order by (r.ended_at is not null), r.id desc limit $4"#,
        candidate as Option<CandidateId>,
        organization as Option<OrganizationId>,
        today,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// A client's no to a person.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The introduction.
    pub introduction: IntroductionId,
    /// Name, or code.
    pub person: String,
    /// The client's name.
    pub client: String,
    /// The request's title.
    pub request: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a client said no to, newest first.
pub async fn refusals(
    conn: &mut PgConnection,
    candidate: Option<CandidateId>,
    organization: Option<OrganizationId>,
) -> AppResult<Vec<Refused>> {
    Ok(sqlx::query_as!(
        Refused,
        r#"select i.id as "introduction: IntroductionId", coalesce(c.name, 'M-' || c.code) as "person!", o.name as client,
                  q.title as request, i.state_at as at
           from introductions i join candidates c on c.id = i.candidate_id join organizations o on o.id = i.organization_id
           join role_requests q on q.id = i.request_id
           where i.state = 'refused' and ($1::uuid is null or i.candidate_id = $1) and ($2::uuid is null or i.organization_id = $2)
           order by i.state_at desc, i.id desc limit $3"#,
        candidate as Option<CandidateId>,
        organization as Option<OrganizationId>,
        ROWS,
    )
    .fetch_all(conn)
    .await?)
}

/// Somebody or some client that a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The record.
    pub id: uuid::Uuid,
    /// Its name.
    pub name: String,
    /// What tells it from others of the name.
    pub about: String,
}

fn pattern(search: &str) -> String {
    let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{}%", escaped.to_lowercase())
}

/// Clients whose name holds `search`.
pub async fn find_clients(conn: &mut PgConnection, search: &str) -> AppResult<Vec<Found>> {
    Ok(sqlx::query_as!(
        Found,
        r#"select id, name, zone as about from organizations where lower(name) like $1 order by lower(name) limit $2"#,
        pattern(search),
        FOUND,
    )
    .fetch_all(conn)
    .await?)
}

/// People whose name, address or code ("M-1001") holds `search`.
pub async fn find_people(conn: &mut PgConnection, search: &str) -> AppResult<Vec<Found>> {
    Ok(sqlx::query_as!(
        Found,
        r#"select id, coalesce(name, 'M-' || code) as "name!", 'M-' || code || coalesce(', ' || country, '') as "about!"
           from candidates where lower(coalesce(name, '')) like $1 or email like $1 or lower('M-' || code) like $1
           order by lower(coalesce(name, '')), id limit $2"#,
        pattern(search),
        FOUND,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether both exist.
pub async fn exist(conn: &mut PgConnection, candidate: CandidateId, organization: OrganizationId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from candidates where id = $1) and exists (select 1 from organizations where id = $2) as "both!""#,
        candidate as CandidateId,
        organization as OrganizationId,
    )
    .fetch_one(conn)
    .await?)
}

/// An introduction of the two that is not over.
#[derive(Debug, Clone)]
pub struct Open {
    /// Id.
    pub id: IntroductionId,
    /// The request's title.
    pub request: String,
    /// Since when it is where it is.
    pub since: DateTime<Utc>,
}

/// The introductions of the two that are not over, locked in the order in which everybody locks them.
pub async fn open_between(
    conn: &mut PgConnection,
    candidate: CandidateId,
    organization: OrganizationId,
) -> AppResult<Vec<Open>> {
    Ok(sqlx::query_as!(
        Open,
        r#"select i.id as "id: IntroductionId", q.title as request, i.state_at as since
           from introductions i join role_requests q on q.id = i.request_id
           where i.candidate_id = $1 and i.organization_id = $2 and i.state in ('proposed', 'consented', 'interview', 'chosen')
           order by i.id for update of i"#,
        candidate as CandidateId,
        organization as OrganizationId,
    )
    .fetch_all(conn)
    .await?)
}

/// A rule that nobody has ended.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Id.
    pub id: OffLimitsId,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
}

/// The rule of the two that nobody has ended, locked.
pub async fn held(
    conn: &mut PgConnection,
    candidate: CandidateId,
    organization: OrganizationId,
) -> AppResult<Option<Held>> {
    Ok(sqlx::query_as!(
        Held,
        r#"select id as "id: OffLimitsId", ends_on from off_limits
           where candidate_id = $1 and organization_id = $2 and ended_at is null for update"#,
        candidate as CandidateId,
        organization as OrganizationId,
    )
    .fetch_optional(conn)
    .await?)
}

/// What a rule is about and whether somebody has ended it; the row is locked.
pub async fn lock(conn: &mut PgConnection, id: OffLimitsId) -> AppResult<Option<(CandidateId, OrganizationId, bool)>> {
    let row = sqlx::query!(
        r#"select candidate_id as "candidate: CandidateId", organization_id as "organization: OrganizationId",
                  ended_at is not null as "ended!" from off_limits where id = $1 for update"#,
        id as OffLimitsId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.candidate, row.organization, row.ended)))
}

/// A rule to insert.
#[derive(Debug, Clone)]
pub struct NewRule<'a> {
    /// The person.
    pub candidate: CandidateId,
    /// The client.
    pub organization: OrganizationId,
    /// Why.
    pub reason: &'a str,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
}

/// Inserts it.
pub async fn insert(
    conn: &mut PgConnection,
    id: OffLimitsId,
    rule: &NewRule<'_>,
    by: UserId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into off_limits (id, candidate_id, organization_id, reason, ends_on, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id as OffLimitsId,
        rule.candidate as CandidateId,
        rule.organization as OrganizationId,
        rule.reason,
        rule.ends_on,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends it.
pub async fn end(
    conn: &mut PgConnection,
    id: OffLimitsId,
    by: UserId,
    at: DateTime<Utc>,
    reason: &str,
) -> AppResult<()> {
    sqlx::query!(
        "update off_limits set ended_by = $2, ended_at = $3, end_reason = $4 where id = $1",
        id as OffLimitsId,
        by as UserId,
        at,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
