//! SQL of placements and their guarantees.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;
use crate::ids::{
    CandidateId, GuaranteeClaimId, IntroductionId, OfferId, OrganizationId, PlacementId, RequestId, RunId, SeatId,
};
use crate::introductions::policy::Scope;
use crate::money::Period;
use crate::placements::{ClaimState, Engagement, State};

/// A new placement, out of an accepted offer.
#[derive(Debug, Clone)]
pub struct NewPlacement {
    /// Its id.
    pub id: PlacementId,
    /// The accepted offer: money, person and seat are copied from it.
    pub offer: OfferId,
    /// The request.
    pub request: RequestId,
    /// The client.
    pub organization: OrganizationId,
    /// Whose days the guarantee counts.
    pub zone: String,
    /// Frozen terms.
    pub terms: Value,
    /// The computation.
    pub run: Option<RunId>,
    /// The placement it replaces, the root of the chain, its number in it.
    pub replaces: Option<(PlacementId, PlacementId, i16)>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Inserts a placement with the specification as it stands now.
pub async fn insert(conn: &mut PgConnection, new: &NewPlacement) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into placements (id, offer_id, introduction_id, seat_id, request_id, organization_id, candidate_id, state, start_on, zone,
                                 terms, specification, run_id, pay_minor, bill_minor, currency, period, engagement, accepted_at,
                                 replaces_id, root_id, replacement_number)
         select $1, f.id, f.introduction_id, f.seat_id, $3, $4, f.candidate_id, 'scheduled', f.start_on, $5,
                $6, specification_of(f.seat_id), $7, f.pay_minor, f.bill_minor, f.currency, f.period, f.engagement, $8, $9, $10, $11
         from offers f where f.id = $2",
        new.id as PlacementId,
        new.offer as OfferId,
        new.request as RequestId,
        new.organization as OrganizationId,
        new.zone,
        new.terms,
        new.run as Option<RunId>,
        new.at,
        new.replaces.map(|(replaced, _, _)| replaced.0),
        new.replaces.map_or(new.id.0, |(_, root, _)| root.0),
        new.replaces.map_or(0, |(_, _, number)| number),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The dates of a guarantee as the sweep needs them.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The last covered date.
    pub last_covered: NaiveDate,
    /// The first covered instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant that is not.
    pub ends_at: DateTime<Utc>,
    /// The first instant at which notice is late.
    pub notice_before: DateTime<Utc>,
}

/// Inserts the guarantee of a placement: pending with its dates, or waived when the promise does not reach it.
pub async fn insert_guarantee(
    conn: &mut PgConnection,
    placement: PlacementId,
    span: &Value,
    starts_at: DateTime<Utc>,
    dates: Option<Dates>,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into guarantees (placement_id, state, span, last_covered, starts_at, ends_at, notice_before, state_at)
         values ($1, case when $4::timestamptz is null then 'waived' else 'pending' end, $2, $3, $6, $4, $5, $7)",
        placement as PlacementId,
        span,
        dates.map(|dates| dates.last_covered),
        dates.map(|dates| dates.ends_at),
        dates.map(|dates| dates.notice_before),
        starts_at,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A placement whose claim waits for another person on the same seat.
#[derive(Debug, Clone)]
pub struct Search {
    /// The claim.
    pub claim: GuaranteeClaimId,
    /// Who left.
    pub placement: PlacementId,
    /// The first of the chain.
    pub root: PlacementId,
    /// The number that the replacement gets.
    pub next_number: i16,
    /// The chain's terms.
    pub terms: Value,
    /// When the one who left had started.
    pub start_on: NaiveDate,
    /// Their zone.
    pub zone: String,
    /// Their span.
    pub span: Value,
    /// Their last working day.
    pub last_working_day: NaiveDate,
}

/// The replacement search on a seat, if one runs; its claim is locked.
pub async fn search_on(conn: &mut PgConnection, seat: SeatId) -> AppResult<Option<Search>> {
    Ok(sqlx::query_as!(
        Search,
        r#"select g.id as "claim: GuaranteeClaimId", p.id as "placement: PlacementId", p.root_id as "root: PlacementId",
                  (select (max(x.replacement_number) + 1)::smallint from placements x
                   where x.root_id = p.root_id and x.state not in ('no_show', 'cancelled_before_start')) as "next_number!",
                  p.terms, p.start_on, p.zone, q.span, g.last_working_day
           from guarantee_claims g join placements p on p.id = g.placement_id join guarantees q on q.placement_id = p.id
           where p.seat_id = $1 and g.state = 'replacement_search' order by g.id desc limit 1 for update of g"#,
        seat as SeatId,
    )
    .fetch_optional(conn)
    .await?)
}

/// What an act on a placement needs; the row is locked.
#[derive(Debug, Clone)]
pub struct Locked {
    /// Itself.
    pub id: PlacementId,
    /// Where it stands.
    pub state: State,
    /// The seat.
    pub seat: SeatId,
    /// The request.
    pub request: RequestId,
    /// First day.
    pub start_on: NaiveDate,
    /// Zone.
    pub zone: String,
    /// Frozen terms.
    pub terms: Value,
    /// The span of the guarantee.
    pub span: Value,
    /// Whether the promise never reached it.
    pub waived: bool,
}

/// Locks a placement inside the scope.
pub async fn lock(conn: &mut PgConnection, id: PlacementId, scope: Scope) -> AppResult<Option<Locked>> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select p.id as "id: PlacementId", p.state as "state: State", p.seat_id as "seat: SeatId", p.request_id as "request: RequestId",
                  p.start_on, p.zone, p.terms, g.span, g.state = 'waived' as "waived!"
           from placements p join guarantees g on g.placement_id = p.id
           where p.id = $1 and ($2::uuid is null or p.organization_id = $2) and ($3::uuid is null or p.candidate_id = $3)
           for update of p, g"#,
        id as PlacementId,
        scope.organization,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// Ends a placement.
pub async fn end(
    conn: &mut PgConnection,
    id: PlacementId,
    state: State,
    last_working_day: Option<NaiveDate>,
    cause: &str,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update placements set state = $2, last_working_day = $3, end_cause = $4, ended_at = $5, version = version + 1 where id = $1",
        id as PlacementId,
        state as State,
        last_working_day,
        cause,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the guarantee of a placement.
pub async fn set_guarantee(conn: &mut PgConnection, id: PlacementId, state: &str, at: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update guarantees set state = $2, state_at = $3 where placement_id = $1",
        id as PlacementId,
        state,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where the guarantee of a placement stands, as stored.
pub async fn guarantee_of(conn: &mut PgConnection, id: PlacementId) -> AppResult<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select state from guarantees where placement_id = $1",
        id as PlacementId
    )
    .fetch_optional(conn)
    .await?)
}

/// What a sweep moved.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Which placement.
    pub placement: PlacementId,
    /// "placement.started" and so on.
    pub what: String,
}

/// Everything due at `now`: starts, guarantees that begin, guarantees that end. One placement, or all.
pub async fn settle(conn: &mut PgConnection, now: DateTime<Utc>, only: Option<PlacementId>) -> AppResult<Vec<Moved>> {
    let mut moved = sqlx::query_as!(
        Moved,
        r#"update placements p set state = 'active', version = p.version + 1 from guarantees g
           where g.placement_id = p.id and p.state = 'scheduled' and g.starts_at <= $1 and ($2::uuid is null or p.id = $2)
           returning p.id as "placement: PlacementId", 'started' as "what!""#,
        now,
        only.map(|id| id.0),
    )
    .fetch_all(&mut *conn)
    .await?;
    for (from, to) in [("pending", "running"), ("running", "satisfied")] {
        let next = sqlx::query_as!(
            Moved,
            r#"update guarantees g set state = $4, state_at = $1 from placements p
               where p.id = g.placement_id and g.state = $3 and p.state in ('active', 'ended')
                 and case $4 when 'running' then g.starts_at else g.ends_at end <= $1 and ($2::uuid is null or p.id = $2)
               returning g.placement_id as "placement: PlacementId", g.state as "what!""#,
            now,
            only.map(|id| id.0),
            from,
            to,
        )
        .fetch_all(&mut *conn)
        .await?;
        moved.extend(next);
    }
    Ok(moved)
}

/// A placement as its pages show it; pages ask the policy for money.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Itself.
    pub id: PlacementId,
    /// Where it stands.
    pub state: State,
    /// The request.
    pub request: RequestId,
    /// The seat's number.
    pub seat_number: i16,
    /// The introduction.
    pub introduction: IntroductionId,
    /// The person.
    pub candidate: CandidateId,
    /// The person's name.
    pub name: Option<String>,
    /// The person's number.
    pub code: i32,
    /// The person's zone.
    pub person_zone: Option<String>,
    /// The person's country.
    pub country: Option<String>,
    /// The client.
    pub organization: String,
    /// The role.
    pub title: String,
    /// The seat's seniority.
    pub seniority: Option<String>,
    /// First day.
    pub start_on: NaiveDate,
    /// The client's zone.
    pub zone: String,
    /// Frozen terms.
    pub terms: Value,
    /// The version they came from.
    pub agreement_number: i32,
    /// Whether the work that is asked for is still the one that was frozen (the SQL function of that name says what counts).
    pub same_specification: bool,
    /// The computation.
    pub run: Option<Uuid>,
    /// Pay, minor units.
    pub pay_minor: i64,
    /// Bill rate, minor units.
    pub bill_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Per what.
    pub period: Period,
    /// Who employs.
    pub engagement: Engagement,
    /// When it was agreed.
    pub accepted_at: DateTime<Utc>,
    /// The last working day.
    pub last_working_day: Option<NaiveDate>,
    /// Why it ended.
    pub end_cause: String,
    /// When that was told.
    pub ended_at: Option<DateTime<Utc>>,
    /// The span of the guarantee.
    pub span: Value,
    /// Stored state of the guarantee.
    pub guarantee: String,
    /// Since when.
    pub guarantee_at: DateTime<Utc>,
    /// The one it replaces.
    pub replaces: Option<Uuid>,
    /// The one that replaces it.
    pub replaced_by: Option<Uuid>,
    /// The first of the chain.
    pub root: PlacementId,
    /// Number in the chain.
    pub replacement_number: i16,
    /// Replacements that the chain has had.
    pub chain: i64,
    /// The newest claim.
    pub claim: Option<Uuid>,
    /// Where it stands.
    pub claim_state: Option<ClaimState>,
    /// Its last working day.
    pub claim_day: Option<NaiveDate>,
    /// Its cause.
    pub claim_cause: Option<String>,
    /// What was said.
    pub claim_note: Option<String>,
    /// When the agency was told.
    pub claim_at: Option<DateTime<Utc>>,
    /// By whom.
    pub claim_by: Option<String>,
    /// As judged.
    pub claim_checklist: Option<Value>,
    /// By whom.
    pub claim_decided_by: Option<String>,
    /// When.
    pub claim_decided_at: Option<DateTime<Utc>>,
    /// Why.
    pub claim_reason: Option<String>,
}

/// One placement inside the scope.
pub async fn detail(conn: &mut PgConnection, id: PlacementId, scope: Scope) -> AppResult<Option<Detail>> {
    Ok(sqlx::query_as!(
        Detail,
        r#"select p.id as "id: PlacementId", p.state as "state: State", p.request_id as "request: RequestId", s.number as seat_number,
                  p.introduction_id as "introduction: IntroductionId", p.candidate_id as "candidate: CandidateId", c.name, c.code,
                  c.zone as person_zone, c.country, o.name as organization, r.title, s.seniority, p.start_on, p.zone, p.terms,
                  a.number as agreement_number, same_specification(p.specification, p.seat_id) as "same_specification!", p.run_id as run,
                  p.pay_minor, p.bill_minor, p.currency, p.period as "period: Period", p.engagement as "engagement: Engagement",
                  p.accepted_at, p.last_working_day, p.end_cause, p.ended_at, q.span, q.state as guarantee, q.state_at as guarantee_at,
                  p.replaces_id as replaces, (select x.id from placements x where x.replaces_id = p.id) as "replaced_by?",
                  p.root_id as "root: PlacementId", p.replacement_number,
                  (select count(*) from placements x where x.root_id = p.root_id and x.replacement_number > 0) as "chain!",
                  g.id as "claim?", g.state as "claim_state?: ClaimState", g.last_working_day as "claim_day?", g.cause as "claim_cause?",
                  g.note as "claim_note?", g.notified_at as "claim_at?", n.name as "claim_by?", g.checklist as "claim_checklist?",
                  d.name as "claim_decided_by?", g.decided_at as "claim_decided_at?", g.decision_reason as "claim_reason?"
           from placements p join candidates c on c.id = p.candidate_id join organizations o on o.id = p.organization_id
           join role_requests r on r.id = p.request_id join seats s on s.id = p.seat_id join guarantees q on q.placement_id = p.id
           join offers f on f.id = p.offer_id join agreements a on a.id = f.agreement_id
           left join lateral (select * from guarantee_claims x where x.placement_id = p.id order by x.id desc limit 1) g on true
           left join users n on n.id = g.notified_by left join users d on d.id = g.decided_by
           where p.id = $1 and ($2::uuid is null or p.organization_id = $2) and ($3::uuid is null or p.candidate_id = $3)"#,
        id as PlacementId,
        scope.organization,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// One line of a list of placements.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Itself.
    pub id: PlacementId,
    /// Where it stands.
    pub state: State,
    /// The person.
    pub name: Option<String>,
    /// The person's number.
    pub code: i32,
    /// The client.
    pub organization: String,
    /// The role.
    pub title: String,
    /// First day.
    pub start_on: NaiveDate,
    /// The last one.
    pub last_working_day: Option<NaiveDate>,
    /// The client's zone.
    pub zone: String,
    /// Frozen terms.
    pub terms: Value,
    /// The span of the guarantee.
    pub span: Value,
    /// Its stored state.
    pub guarantee: String,
    /// The newest claim's state.
    pub claim_state: Option<ClaimState>,
    /// When that claim was notified.
    pub claim_at: Option<DateTime<Utc>>,
}

/// Which placements a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that are agreed and not over.
    Live,
    /// Those whose guarantee runs at the instant asked about.
    Running(DateTime<Utc>),
}

/// The placements inside the scope, newest first, at most `limit`; `before` is the last id of the page before.
pub async fn list(
    conn: &mut PgConnection,
    scope: Scope,
    which: Which,
    before: Option<PlacementId>,
    limit: i64,
) -> AppResult<Vec<ListRow>> {
    let running = match which {
        Which::All | Which::Live => None,
        Which::Running(now) => Some(now),
    };
    Ok(sqlx::query_as!(
        ListRow,
        r#"select p.id as "id: PlacementId", p.state as "state: State", c.name, c.code, o.name as organization, r.title, p.start_on,
                  p.last_working_day, p.zone, p.terms, q.span, q.state as guarantee, g.state as "claim_state?: ClaimState", g.notified_at as "claim_at?"
           from placements p join candidates c on c.id = p.candidate_id join organizations o on o.id = p.organization_id
           join role_requests r on r.id = p.request_id join guarantees q on q.placement_id = p.id
           left join lateral (select x.state, x.notified_at from guarantee_claims x where x.placement_id = p.id order by x.id desc limit 1) g on true
           where ($1::uuid is null or p.organization_id = $1) and ($2::uuid is null or p.candidate_id = $2)
             and ($3::timestamptz is null or (q.state in ('pending', 'running') and p.state in ('scheduled', 'active') and q.starts_at <= $3 and q.ends_at > $3))
             and ($4::uuid is null or p.id < $4) and (not $6::boolean or p.state in ('accepted', 'scheduled', 'active'))
           order by p.id desc limit $5"#,
        scope.organization,
        scope.candidate,
        running,
        before.map(|id| id.0),
        limit,
        which == Which::Live,
    )
    .fetch_all(conn)
    .await?)
}

/// The offer that a placement was made by.
pub async fn offer_of(conn: &mut PgConnection, id: PlacementId) -> AppResult<OfferId> {
    Ok(sqlx::query_scalar!(
        r#"select offer_id as "id: OfferId" from placements where id = $1"#,
        id as PlacementId
    )
    .fetch_one(conn)
    .await?)
}
