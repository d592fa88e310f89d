//! SQL of matching: one seat, its pool, stored runs. No decisions.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::runs::{Kept, PoolKeys, StoredRun};
use crate::error::AppResult;
use crate::events::Actor;
use crate::ids::{CandidateId, OrganizationId, RequestId, RunId, SeatId, SkillId, TrackId, UserId};
use crate::money::{ExchangeRate, Period};
use crate::requests::State;

/// A seniority band as a column keeps it.
#[derive(Debug, Clone, Copy, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Band {
    /// Lowest.
    Junior,
    /// Middle.
    Mid,
    /// Highest.
    Senior,
}

/// What a claim is about, as a column keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ClaimKind {
    /// A skill level.
    Skill,
    /// Spoken English.
    EnglishSpeaking,
    /// Written English.
    EnglishWriting,
    /// Years, which the score does not read.
    Years,
}

/// One seat with its request, its client, and the money tables of the day.
#[derive(Debug)]
pub struct HeaderRow {
    /// The seat.
    pub seat: SeatId,
    /// Its number.
    pub number: i16,
    /// Every number of the request's seats, in order.
    pub numbers: Vec<i16>,
    /// The band.
    pub seniority: Option<Band>,
    /// The budget.
    pub budget_minor: Option<i64>,
    /// The request.
    pub request: RequestId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// The client.
    pub organization: OrganizationId,
    /// The client's name.
    pub organization_name: String,
    /// The track.
    pub track: TrackId,
    /// The client's zone.
    pub zone: String,
    /// First minute of the client's day.
    pub work_start: i16,
    /// Last minute.
    pub work_end: i16,
    /// Its days.
    pub work_days: i16,
    /// Least overlap.
    pub least_overlap_minutes: Option<i16>,
    /// Least spoken English.
    pub english_speaking: Option<i16>,
    /// Least written English.
    pub english_writing: Option<i16>,
    /// Of the budget.
    pub budget_currency: Option<String>,
    /// Of the budget.
    pub budget_period: Option<Period>,
    /// First day of work.
    pub start_on: Option<NaiveDate>,
    /// Length in months.
    pub length_months: Option<i16>,
    /// Whether the track has a challenge.
    pub challenge: bool,
    /// The mark-up that holds, the client's own before the track's.
    pub markup: Option<i32>,
    /// Every exchange rate that is not of the future.
    pub rates: Value,
}

/// One seat of a request, with what holds on `day`.
pub async fn header(
    conn: &mut PgConnection,
    request: RequestId,
    number: i16,
    day: NaiveDate,
) -> AppResult<Option<HeaderRow>> {
    Ok(sqlx::query_as!(
        HeaderRow,
        r#"select s.id as "seat: SeatId", s.number,
                  (select array_agg(a.number order by a.number) from seats a where a.request_id = r.id) as "numbers!",
                  s.seniority as "seniority: Band", s.budget_minor, r.id as "request: RequestId", r.title,
                  r.state as "state: State", r.organization_id as "organization: OrganizationId", o.name as organization_name,
                  r.track_id as "track: TrackId", r.zone, r.work_start, r.work_end, r.work_days,
                  r.least_overlap_minutes, r.english_speaking, r.english_writing,
                  r.budget_currency, r.budget_period as "budget_period: Period", r.start_on, r.length_months,
                  exists (select 1 from challenges h where h.track_id = r.track_id) as "challenge!",
                  (select m.basis_points from markups m
                   where m.track_id = r.track_id and coalesce(m.organization_id, r.organization_id) = r.organization_id
                     and m.valid_from <= $3
                   order by (m.organization_id is null), m.valid_from desc limit 1) as markup,
                  (select coalesce(jsonb_agg(jsonb_build_object('base', x.base, 'quote', x.quote, 'rate_e9', x.rate_e9,
                                                                'valid_from', x.valid_from)), '[]')
                   from exchange_rates x where x.valid_from <= $3) as "rates!"
           from seats s
           join role_requests r on r.id = s.request_id
           join organizations o on o.id = r.organization_id
           where r.id = $1 and s.number = $2 and r.state <> 'draft'"#,
        request as RequestId,
        number,
        day,
    )
    .fetch_optional(conn)
    .await?)
}

/// The rates of a header that this program knows the currencies of.
pub fn rates(value: &Value) -> Vec<ExchangeRate> {
    let rows = value.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .filter_map(|row| serde_json::from_value(row.clone()).ok())
        .collect()
}

/// A skill that the request asks for (with a level or a weight), or one that counts towards such a one (with a credit).
#[derive(Debug)]
pub struct SkillRow {
    /// The skill.
    pub id: SkillId,
    /// What data calls it.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Must have: the least level.
    pub level: Option<i16>,
    /// Nice to have: the weight.
    pub weight: Option<i16>,
    /// Stand-in: for this slug.
    pub towards: Option<String>,
    /// Stand-in: with this credit.
    pub percent: Option<i32>,
}

/// The skills a request asks for, in its order, then everything that counts towards them.
pub async fn skills(conn: &mut PgConnection, request: RequestId) -> AppResult<Vec<SkillRow>> {
    Ok(sqlx::query_as!(
        SkillRow,
        r#"select id as "id!: SkillId", slug as "slug!", name as "name!", level, weight, towards, percent
           from (select k.id, k.slug, k.name, rs.level, rs.weight, null::text as towards, null::int as percent,
                        0 as part, rs.position
                 from role_request_skills rs join skills k on k.id = rs.skill_id where rs.request_id = $1
                 union all
                 select b.id, b.slug, b.name, null, null, k.slug, a.credit_percent, 1, 0
                 from role_request_skills rs
                 join skills k on k.id = rs.skill_id
                 join skill_adjacency a on a.skill_id = rs.skill_id
                 join skills b on b.id = a.stands_in_id
                 where rs.request_id = $1) asked
           order by part, position, slug"#,
        request as RequestId,
    )
    .fetch_all(conn)
    .await?)
}

/// One person of the pool.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a row: independent yes-or-no columns")]
pub struct CandidateRow {
    /// The person.
    pub id: CandidateId,
    /// The number behind "M-".
    pub code: i32,
    /// For pages only.
    pub name: Option<String>,
    /// For pages only.
    pub city: Option<String>,
    /// Zone.
    pub zone: Option<String>,
    /// First minute of the day.
    pub work_start: Option<i16>,
    /// Last minute.
    pub work_end: Option<i16>,
    /// Days.
    pub work_days: Option<i16>,
    /// Band.
    pub seniority: Option<Band>,
    /// Expected pay.
    pub pay_minor: Option<i64>,
    /// Its currency.
    pub pay_currency: Option<String>,
    /// Its period.
    pub pay_period: Option<Period>,
    /// First free day.
    pub available_from: Option<NaiveDate>,
    /// Shortest engagement wanted.
    pub least_months: Option<i16>,
    /// Longest engagement wanted.
    pub most_months: Option<i16>,
    /// Every required check counts.
    pub vetted: bool,
    /// The latest result of a required check is "failed".
    pub failed: bool,
    /// Takes part and is not placed.
    pub active: bool,
    /// Left this seat, declined it, was refused by this client, left it over the work or conduct, or a rule keeps them apart.
    pub off_limits: bool,
    /// Latest take-home score.
    pub rubric: Option<i32>,
    /// Already introduced for this seat.
    pub introduced: bool,
    /// Who owes a scorecard about them.
    pub owed_by: Vec<UserId>,
}

/// Everybody of the seat's track who has neither withdrawn nor was rejected, by id.
pub async fn candidates(conn: &mut PgConnection, seat: &HeaderRow, day: NaiveDate) -> AppResult<Vec<CandidateRow>> {
    Ok(sqlx::query_as!(
        CandidateRow,
        r#"with gone as (
               select b.candidate_id from barred($3, $2, $4) b
           ), placed as (
               select p.candidate_id from placements p where p.state in ('accepted', 'scheduled', 'active')
           ), introduced as (
               select i.candidate_id from introductions i where i.seat_id = $2
           )
           select c.id as "id: CandidateId", c.code, c.name, c.city, c.zone, c.work_start, c.work_end, c.work_days,
                  c.seniority as "seniority: Band", c.pay_minor, c.pay_currency, c.pay_period as "pay_period: Period",
                  c.available_from, c.least_months, c.most_months,
                  coalesce(v.vetted, false) as "vetted!", coalesce(v.failed, false) as "failed!",
                  (c.state = 'active' and c.id not in (select candidate_id from placed)) as "active!",
                  (c.id in (select candidate_id from gone)) as "off_limits!",
                  (select k.score_bp from vetting_checks k
                   where k.candidate_id = c.id and k.track_id = c.track_id and k.kind = 'take_home'
                     and k.state in ('passed', 'failed') and k.decided_on <= $4
                   order by k.decided_on desc, k.id desc limit 1) as rubric,
                  (c.id in (select candidate_id from introduced)) as "introduced!", c.owed_by as "owed_by: Vec<UserId>"
           from candidates c
           left join vetting_standing($4) v on v.candidate_id = c.id
           where c.track_id = $1 and c.state not in ('withdrawn', 'rejected')
           order by c.id"#,
        seat.track as TrackId,
        seat.seat as SeatId,
        seat.organization as OrganizationId,
        day,
    )
    .fetch_all(conn)
    .await?)
}

/// One current row of the claim ledger.
#[derive(Debug)]
pub struct ClaimRow {
    /// Of whom.
    pub candidate: CandidateId,
    /// About what.
    pub kind: ClaimKind,
    /// Which skill.
    pub slug: Option<String>,
    /// Level.
    pub value: Option<i16>,
    /// Verified by somebody.
    pub verified: bool,
}

/// What the ledger says of the pool's English and of these skills.
pub async fn claims(conn: &mut PgConnection, track: TrackId, skills: &[SkillId]) -> AppResult<Vec<ClaimRow>> {
    Ok(sqlx::query_as!(
        ClaimRow,
        r#"select m.candidate_id as "candidate: CandidateId", m.kind as "kind: ClaimKind", k.slug as "slug?",
                  m.value, (m.verified_by is not null) as "verified!"
           from claims m
           join candidates c on c.id = m.candidate_id
           left join skills k on k.id = m.skill_id
           where m.current and c.track_id = $1 and c.state not in ('withdrawn', 'rejected')
             and (m.kind in ('english_speaking', 'english_writing') or m.skill_id = any($2))"#,
        track as TrackId,
        skills as &[SkillId],
    )
    .fetch_all(conn)
    .await?)
}

/// A run to insert.
#[derive(Debug)]
pub struct NewRun<'a> {
    /// Fresh.
    pub id: RunId,
    /// Seat and request.
    pub keys: &'a PoolKeys,
    /// Of the inputs.
    pub hash: &'a [u8],
    /// Raw inputs.
    pub inputs: Value,
    /// Results.
    pub results: Value,
    /// How many match.
    pub matched: usize,
    /// How many are to confirm.
    pub to_confirm: usize,
    /// How many there are.
    pub pool: usize,
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// The run of this seat that was computed from these inputs.
pub async fn run_with_inputs(conn: &mut PgConnection, seat: SeatId, hash: &[u8]) -> AppResult<Option<Kept>> {
    Ok(sqlx::query_as!(
        Kept,
        r#"select id as "id: RunId", created_at from match_runs where seat_id = $1 and inputs_hash = $2"#,
        seat as SeatId,
        hash,
    )
    .fetch_optional(conn)
    .await?)
}

/// Stores a run; if somebody stored the same inputs at the same moment, theirs is the run.
pub async fn insert_run(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, run: &NewRun<'_>) -> AppResult<Kept> {
    let inserted = sqlx::query!(
        "insert into match_runs (id, seat_id, request_id, formula, zone_data, inputs_hash, inputs, results, pool, matched,
                                 to_confirm, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (seat_id, inputs_hash) do nothing",
        run.id as RunId,
        run.keys.seat as SeatId,
        run.keys.request as RequestId,
        i32::try_from(super::score::FORMULA_VERSION).unwrap_or(i32::MAX),
        crate::zones::DATA_VERSION,
        run.hash,
        run.inputs,
        run.results,
        count(run.pool),
        count(run.matched),
        count(run.to_confirm),
        by.user_id() as Option<UserId>,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Kept {
            id: run.id,
            created_at: now,
        });
    }
    run_with_inputs(tx, run.keys.seat, run.hash)
        .await?
        .ok_or(crate::error::AppError::NotFound)
}

/// A stored run with its inputs and results.
pub async fn run(conn: &mut PgConnection, id: RunId) -> AppResult<Option<StoredRun>> {
    Ok(sqlx::query_as!(
        StoredRun,
        r#"select id as "id: RunId", formula, zone_data, inputs_hash, inputs, results from match_runs where id = $1"#,
        id as RunId,
    )
    .fetch_optional(conn)
    .await?)
}

/// One line of a list of runs.
#[derive(Debug)]
pub struct RunRow {
    /// The run.
    pub id: RunId,
    /// Seat number.
    pub number: i16,
    /// Formula.
    pub formula: i32,
    /// Zone data.
    pub zone_data: String,
    /// Size of the pool.
    pub pool: i32,
    /// Matches.
    pub matched: i32,
    /// To confirm.
    pub to_confirm: i32,
    /// Who looked first.
    pub by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Runs of a request, newest first, older than `before`.
pub async fn runs(
    conn: &mut PgConnection,
    request: RequestId,
    before: Option<RunId>,
    limit: i64,
) -> AppResult<Vec<RunRow>> {
    Ok(sqlx::query_as!(
        RunRow,
        r#"select m.id as "id: RunId", s.number, m.formula, m.zone_data, m.pool, m.matched, m.to_confirm,
                  u.name as "by?", m.created_at
           from match_runs m join seats s on s.id = m.seat_id left join users u on u.id = m.created_by
           where m.request_id = $1 and ($2::uuid is null or m.id < $2)
           order by m.id desc limit $3"#,
        request as RequestId,
        before as Option<RunId>,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// What a page says of a request above a list of its runs.
#[derive(Debug)]
pub struct RequestLine {
    /// The request.
    pub id: RequestId,
    /// Its title.
    pub title: String,
    /// The client.
    pub organization_id: OrganizationId,
    /// The client's name.
    pub organization: String,
    /// Zone in which instants are told.
    pub zone: String,
}

/// The request of a list of runs.
pub async fn request_line(conn: &mut PgConnection, id: RequestId) -> AppResult<Option<RequestLine>> {
    Ok(sqlx::query_as!(
        RequestLine,
        r#"select r.id as "id: RequestId", r.title, o.id as "organization_id: OrganizationId", o.name as organization, r.zone
           from role_requests r join organizations o on o.id = r.organization_id
           where r.id = $1 and r.state <> 'draft'"#,
        id as RequestId,
    )
    .fetch_optional(conn)
    .await?)
}

/// One stored run, in short, with its request.
#[derive(Debug)]
pub struct RunLine {
    /// The request.
    pub request: RequestId,
    /// Its title.
    pub title: String,
    /// The client.
    pub organization_id: OrganizationId,
    /// The client's name.
    pub organization: String,
    /// Zone in which instants are told.
    pub zone: String,
    /// Seat number.
    pub number: i16,
    /// Who looked first.
    pub by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Size of the pool.
    pub pool: i32,
}

/// What a page says above one run.
pub async fn run_line(conn: &mut PgConnection, id: RunId) -> AppResult<Option<RunLine>> {
    Ok(sqlx::query_as!(
        RunLine,
        r#"select r.id as "request: RequestId", r.title, o.id as "organization_id: OrganizationId", o.name as organization,
                  r.zone, s.number,
                  u.name as "by?", m.created_at, m.pool
           from match_runs m
           join seats s on s.id = m.seat_id
           join role_requests r on r.id = m.request_id
           join organizations o on o.id = r.organization_id
           left join users u on u.id = m.created_by
           where m.id = $1"#,
        id as RunId,
    )
    .fetch_optional(conn)
    .await?)
}

/// What people are called, for ids of a stored run: the name, or "M-1001" of somebody anonymous.
pub async fn names(conn: &mut PgConnection, ids: &[Uuid]) -> AppResult<HashMap<Uuid, String>> {
    let rows = sqlx::query!("select id, code, name from candidates where id = any($1)", ids)
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.name.unwrap_or_else(|| format!("M-{}", row.code))))
        .collect())
}
