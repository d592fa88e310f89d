//! SQL of placements and their guarantees.

mod guarantees;
mod shown;

pub use guarantees::{Dates, Moved, guarantee_of, insert_guarantee, set_guarantee, settle};
pub use shown::{Detail, ListRow, Which, detail, list};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{GuaranteeClaimId, OfferId, OrganizationId, PlacementId, RequestId, RunId, SeatId};
use crate::introductions::policy::Scope;
use crate::placements::State;

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

/// The offer that a placement was made by.
pub async fn offer_of(conn: &mut PgConnection, id: PlacementId) -> AppResult<OfferId> {
    Ok(sqlx::query_scalar!(
        r#"select offer_id as "id: OfferId" from placements where id = $1"#,
        id as PlacementId
    )
    .fetch_one(conn)
    .await?)
}
