//! SQL of what pages show of placements.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use crate::error::AppResult;
use crate::ids::{CandidateId, IntroductionId, PlacementId, RequestId};
use crate::introductions::policy::Scope;
use crate::money::Period;
use crate::placements::{ClaimState, Engagement, State};

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
#[derive(Debug, Clone, sqlx::FromRow)]
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

/// The placements inside the scope, newest first, at most `limit`; `before` is the last id of the page before. Only what
/// narrows stands in the statement, so that each of the few that there are finds an index that has its order.
pub async fn list(
    conn: &mut PgConnection,
    scope: Scope,
    which: Which,
    before: Option<PlacementId>,
    limit: i64,
) -> AppResult<Vec<ListRow>> {
    let mut sql = QueryBuilder::new(
        "select p.id, p.state, c.name, c.code, o.name as organization, r.title, p.start_on, p.last_working_day, p.zone, p.terms,
                q.span, q.state as guarantee, g.state as claim_state, g.notified_at as claim_at
         from (select p.* from placements p",
    );
    match which {
        Which::All => sql.push(" where true"),
        Which::Live => sql.push(" where p.state in ('accepted', 'scheduled', 'active')"),
        Which::Running(now) => {
            sql.push(
                " join guarantees q on q.placement_id = p.id
                  where q.state in ('pending', 'running') and p.state in ('scheduled', 'active') and q.starts_at <= ",
            );
            sql.push_bind(now).push(" and q.ends_at > ").push_bind(now)
        }
    };
    if let Some(organization) = scope.organization {
        sql.push(" and p.organization_id = ").push_bind(organization);
    }
    if let Some(candidate) = scope.candidate {
        sql.push(" and p.candidate_id = ").push_bind(candidate);
    }
    if let Some(before) = before {
        sql.push(" and p.id < ").push_bind(before);
    }
    sql.push(format!(
        " order by p.id desc limit {limit}) p
         join candidates c on c.id = p.candidate_id join organizations o on o.id = p.organization_id
         join role_requests r on r.id = p.request_id join guarantees q on q.placement_id = p.id
         left join lateral (select x.state, x.notified_at from guarantee_claims x where x.placement_id = p.id order by x.id desc limit 1) g on true
         order by p.id desc"
    ));
    Ok(sql.build_query_as().fetch_all(conn).await?)
}
