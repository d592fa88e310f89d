//! SQL of role requests, their seats, skills and history.

pub mod catalogue;
pub mod charge;
pub mod kept;
mod list;

pub use list::{Cursor, ListRow, PAGE, list};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Brief, Scope, SeatGroup, SeatState, Seniority, SkillNeed, State};
use crate::error::AppResult;
use crate::ids::{OrganizationId, RequestId, SeatId, SkillId, TrackId, UserId};
use crate::zones::Zone;

/// A request as its page shows it.
#[derive(Debug, Clone)]
pub struct RequestRow {
    /// Id.
    pub id: RequestId,
    /// The number people say: R-101.
    pub code: i32,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The client's name.
    pub organization: String,
    /// Kind of role.
    pub track_id: TrackId,
    /// Its name.
    pub track: String,
    /// See [`Brief`] for this and what follows.
    pub title: String,
    /// What is built.
    pub system: String,
    /// Targets.
    pub performance_targets: String,
    /// Load.
    pub concurrency: String,
    /// What is there.
    pub infrastructure: String,
    /// Who works on it.
    pub team_structure: String,
    /// Why.
    pub why_technology: String,
    /// Codes of [`super::Signal`].
    pub signals: Vec<String>,
    /// The client's zone.
    pub zone: Zone,
    /// Minutes after midnight.
    pub work_start: i16,
    /// Minutes after midnight.
    pub work_end: i16,
    /// Bits.
    pub work_days: i16,
    /// Minutes.
    pub least_overlap_minutes: Option<i16>,
    /// CEFR number.
    pub english_speaking: Option<i16>,
    /// CEFR number.
    pub english_writing: Option<i16>,
    /// ISO 4217.
    pub budget_currency: Option<String>,
    /// Period.
    pub budget_period: Option<crate::money::Period>,
    /// First day.
    pub start_on: Option<NaiveDate>,
    /// Months.
    pub length_months: Option<i16>,
    /// Who at the agency answers for it.
    pub recruiter_id: Option<UserId>,
    /// Their name.
    pub recruiter: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Why it stands there.
    pub state_reason: String,
    /// Since when.
    pub state_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i32,
}

/// A seat.
#[derive(Debug, Clone)]
pub struct SeatRow {
    /// Id.
    pub id: SeatId,
    /// From 1.
    pub number: i16,
    /// The band asked for.
    pub seniority: Option<Seniority>,
    /// Minor units of the request's currency, per its period.
    pub budget_minor: Option<i64>,
    /// Whether it still looks.
    pub state: SeatState,
}

/// A wanted skill with its name.
#[derive(Debug, Clone)]
pub struct SkillRow {
    /// Id.
    pub skill_id: SkillId,
    /// Name.
    pub name: String,
    /// Set for must-haves.
    pub level: Option<i16>,
    /// Set for nice-to-haves.
    pub weight: Option<i16>,
}

/// One change of state.
#[derive(Debug, Clone)]
pub struct StateLine {
    /// Into which.
    pub to_state: State,
    /// Why.
    pub reason: String,
    /// Who; nothing: the system.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an act needs to know of a request that it holds a lock on.
#[derive(Debug, Clone)]
pub struct Locked {
    /// Whose.
    pub organization_id: OrganizationId,
    /// The kind of role.
    pub track: TrackId,
    /// Where it stands.
    pub state: State,
    /// Optimistic lock.
    pub version: i32,
}

/// Inserts a request in its first state.
pub async fn insert(
    conn: &mut PgConnection,
    id: RequestId,
    (organization, track): (OrganizationId, TrackId),
    brief: &Brief,
    state: State,
    by: UserId,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into role_requests (id, organization_id, track_id, title, zone, work_start, work_end, work_days,
             state, state_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)",
        id as RequestId,
        organization as OrganizationId,
        track as TrackId,
        brief.title,
        brief.week.zone.name(),
        minute(brief.week.start_minute),
        minute(brief.week.end_minute),
        i16::from(brief.week.days.bits()),
        state as State,
        now,
        by as UserId,
    )
    .execute(&mut *conn)
    .await?;
    write_brief(conn, id, brief).await
}

/// Minutes fit: a day has 1,440. The end of the day is stored as midnight.
fn minute(minutes: u16) -> i16 {
    i16::try_from(minutes % 1440).unwrap_or_default()
}

/// Writes every value of the brief and replaces its skills; the caller has locked the row or just inserted it.
pub async fn write_brief(conn: &mut PgConnection, id: RequestId, brief: &Brief) -> AppResult<()> {
    let signals: Vec<String> = brief.signals.iter().map(|signal| signal.code().to_owned()).collect();
    sqlx::query!(
        "update role_requests set title = $2, system = $3, performance_targets = $4, concurrency = $5, infrastructure = $6,
             team_structure = $7, why_technology = $8, signals = $9, zone = $10, work_start = $11, work_end = $12,
             work_days = $13, least_overlap_minutes = $14, english_speaking = $15, english_writing = $16,
             budget_currency = $17, budget_period = $18, start_on = $19, length_months = $20
         where id = $1",
        id as RequestId,
        brief.title,
        brief.system,
        brief.performance_targets,
        brief.concurrency,
        brief.infrastructure,
        brief.team_structure,
        brief.why_technology,
        &signals,
        brief.week.zone.name(),
        minute(brief.week.start_minute),
        minute(brief.week.end_minute),
        i16::from(brief.week.days.bits()),
        brief.least_overlap,
        brief.speaking,
        brief.writing,
        brief.budget.as_ref().map(|(currency, _)| currency.code()),
        brief.budget.map(|(_, period)| period) as Option<crate::money::Period>,
        brief.start_on,
        brief.length_months,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from role_request_skills where request_id = $1", id as RequestId)
        .execute(&mut *conn)
        .await?;
    insert_skills(conn, id, &brief.must, Need::Must).await?;
    insert_skills(conn, id, &brief.nice, Need::Nice).await
}

#[derive(Clone, Copy, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Need {
    Must,
    Nice,
}

async fn insert_skills(conn: &mut PgConnection, id: RequestId, needs: &[SkillNeed], need: Need) -> AppResult<()> {
    let skills: Vec<uuid::Uuid> = needs.iter().map(|need| need.skill.0).collect();
    let degrees: Vec<i16> = needs.iter().map(|need| need.degree).collect();
    sqlx::query!(
        r#"insert into role_request_skills (request_id, skill_id, need, level, weight, position)
           select $1, skill, $2, case when $2 = 'must' then degree end, case when $2 = 'nice' then degree end, place::int
           from unnest($3::uuid[], $4::smallint[]) with ordinality as wanted (skill, degree, place)"#,
        id as RequestId,
        need as Need,
        &skills,
        &degrees,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The request, as far as the scope reaches.
pub async fn find(conn: &mut PgConnection, id: RequestId, scope: Scope) -> AppResult<Option<RequestRow>> {
    Ok(sqlx::query_as!(
        RequestRow,
        r#"select r.id as "id: RequestId", r.code, r.organization_id as "organization_id: OrganizationId",
                  o.name as organization, r.track_id as "track_id: TrackId", t.name as track, r.title, r.system, r.performance_targets, r.concurrency,
                  r.infrastructure, r.team_structure, r.why_technology, r.signals, r.zone as "zone: Zone",
                  r.work_start, r.work_end, r.work_days, r.least_overlap_minutes, r.english_speaking, r.english_writing,
                  r.budget_currency, r.budget_period as "budget_period: crate::money::Period", r.start_on,
                  r.length_months, r.state as "state: State", r.state_reason, r.state_at, r.version,
                  r.recruiter_id as "recruiter_id: UserId", u.name as "recruiter?"
           from role_requests r join organizations o on o.id = r.organization_id join tracks t on t.id = r.track_id
                left join users u on u.id = r.recruiter_id
           where r.id = $1 and case when $2::uuid is null then r.state <> 'draft' else r.organization_id = $2 end"#,
        id as RequestId,
        scope.organization() as Option<OrganizationId>,
    )
    .fetch_optional(conn)
    .await?)
}

/// The request's standing, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: RequestId, scope: Scope) -> AppResult<Option<Locked>> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select organization_id as "organization_id: OrganizationId", track_id as "track: TrackId", state as "state: State",
                  version
           from role_requests
           where id = $1 and case when $2::uuid is null then state <> 'draft' else organization_id = $2 end
           for update"#,
        id as RequestId,
        scope.organization() as Option<OrganizationId>,
    )
    .fetch_optional(conn)
    .await?)
}

/// Gives a locked request another track.
pub async fn set_track(conn: &mut PgConnection, id: RequestId, track: TrackId) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set track_id = $2 where id = $1",
        id as RequestId,
        track as TrackId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts the version up: a form that was opened before is out of date.
pub async fn touch(conn: &mut PgConnection, id: RequestId) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set version = version + 1 where id = $1",
        id as RequestId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a locked request and counts its version up. Somebody who left while it was over does not answer for it again.
pub async fn set_state(
    conn: &mut PgConnection,
    id: RequestId,
    to: State,
    reason: &str,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update role_requests set state = $2, state_reason = $3, state_at = $4, version = version + 1,
             recruiter_id = (select u.id from users u where u.id = recruiter_id and u.deactivated_at is null
                             and u.role in ('admin', 'recruiter'))
         where id = $1",
        id as RequestId,
        to as State,
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a line of the history of states. `from` is nothing at birth.
pub async fn insert_state_line(
    conn: &mut PgConnection,
    id: RequestId,
    (from, to): (Option<State>, State),
    reason: &str,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into role_request_states (id, request_id, from_state, to_state, reason, by_user, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        uuid::Uuid::now_v7(),
        id as RequestId,
        from.map_or("", State::code),
        to as State,
        reason,
        by as Option<UserId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the request came to stand where it stands, newest first.
pub async fn history(conn: &mut PgConnection, id: RequestId) -> AppResult<Vec<StateLine>> {
    Ok(sqlx::query_as!(
        StateLine,
        r#"select s.to_state as "to_state: State", s.reason, u.name as "by?", s.at
           from role_request_states s left join users u on u.id = s.by_user
           where s.request_id = $1 order by s.id desc limit 100"#,
        id as RequestId,
    )
    .fetch_all(conn)
    .await?)
}

/// The seats that are wanted, by number; cancelled ones are left out.
pub async fn seats(conn: &mut PgConnection, id: RequestId) -> AppResult<Vec<SeatRow>> {
    Ok(sqlx::query_as!(
        SeatRow,
        r#"select id as "id: SeatId", number, seniority as "seniority: Seniority", budget_minor, state as "state: SeatState"
           from seats where request_id = $1 and state <> 'cancelled' order by number"#,
        id as RequestId,
    )
    .fetch_all(conn)
    .await?)
}

/// Adds seats with the numbers after the highest there is.
pub async fn add_seats(conn: &mut PgConnection, id: RequestId, group: SeatGroup, count: u16) -> AppResult<()> {
    let ids: Vec<uuid::Uuid> = (0..count).map(|_| SeatId::new().0).collect();
    sqlx::query!(
        "insert into seats (id, request_id, number, seniority, budget_minor, state)
         select seat, $1, coalesce((select max(number) from seats where request_id = $1), 0) + place, $3, $4, 'open'
         from unnest($2::uuid[]) with ordinality as fresh (seat, place)",
        id as RequestId,
        &ids,
        group.seniority as Seniority,
        group.budget_minor,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the budget of the open seats of a band.
pub async fn set_budget(conn: &mut PgConnection, id: RequestId, group: SeatGroup) -> AppResult<()> {
    sqlx::query!(
        "update seats set budget_minor = $3 where request_id = $1 and seniority = $2 and state = 'open'",
        id as RequestId,
        group.seniority as Seniority,
        group.budget_minor,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Cancels these seats.
pub async fn cancel_seats(conn: &mut PgConnection, seats: &[SeatId]) -> AppResult<()> {
    let seats: Vec<uuid::Uuid> = seats.iter().map(|seat| seat.0).collect();
    sqlx::query!(
        "update seats set state = 'cancelled' where id = any($1) and state = 'open'",
        &seats
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The request of a seat.
pub async fn request_of_seat(conn: &mut PgConnection, seat: SeatId) -> AppResult<RequestId> {
    Ok(sqlx::query_scalar!(
        r#"select request_id as "id: RequestId" from seats where id = $1"#,
        seat as SeatId
    )
    .fetch_one(conn)
    .await?)
}

/// Where one seat stands; the caller has locked its request.
pub async fn seat_state(conn: &mut PgConnection, seat: SeatId) -> AppResult<SeatState> {
    Ok(sqlx::query_scalar!(
        r#"select state as "state: SeatState" from seats where id = $1"#,
        seat as SeatId
    )
    .fetch_one(conn)
    .await?)
}

/// Whether a request on hold rests because somebody left, and nobody put it there.
pub async fn rests_since_a_departure(conn: &mut PgConnection, id: RequestId) -> AppResult<bool> {
    let last = sqlx::query_scalar!(
        "select from_state from role_request_states where request_id = $1 order by id desc limit 1",
        id as RequestId
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.and_then(|from| State::parse(&from)) == Some(State::Filled))
}

/// Moves one seat.
pub async fn set_seat_state(conn: &mut PgConnection, seat: SeatId, to: SeatState) -> AppResult<()> {
    sqlx::query!(
        "update seats set state = $2 where id = $1",
        seat as SeatId,
        to as SeatState
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The wanted skills, must-haves first, in the order in which they were given.
pub async fn skills(conn: &mut PgConnection, id: RequestId) -> AppResult<Vec<SkillRow>> {
    Ok(sqlx::query_as!(
        SkillRow,
        r#"select w.skill_id as "skill_id: SkillId", s.name, w.level, w.weight
           from role_request_skills w join skills s on s.id = w.skill_id
           where w.request_id = $1 order by w.need, w.position"#,
        id as RequestId,
    )
    .fetch_all(conn)
    .await?)
}
