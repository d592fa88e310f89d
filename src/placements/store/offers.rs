//! SQL of offers.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;
use crate::ids::{AgreementId, CandidateId, IntroductionId, OfferId, OrganizationId, RequestId, RunId, SeatId, UserId};
use crate::introductions::policy::Scope;
use crate::money::Period;
use crate::placements::{Engagement, OfferState};

/// A new offer.
#[derive(Debug, Clone)]
pub struct NewOffer {
    /// Its id.
    pub id: OfferId,
    /// To whom, for what.
    pub introduction: IntroductionId,
    /// The seat.
    pub seat: SeatId,
    /// The person.
    pub candidate: CandidateId,
    /// Minor units the person gets.
    pub pay_minor: i64,
    /// Minor units the client pays.
    pub bill_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Per what.
    pub period: Period,
    /// Who employs.
    pub engagement: Engagement,
    /// First day of paid work.
    pub start_on: NaiveDate,
    /// Months; `None` is open-ended.
    pub length_months: Option<i16>,
    /// Whose terms it freezes.
    pub agreement: AgreementId,
    /// Who sends it.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Inserts an offer. The database refuses it unless the person is chosen, the seat open and no other offer is out.
pub async fn insert(conn: &mut PgConnection, new: &NewOffer) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into offers (id, introduction_id, seat_id, candidate_id, pay_minor, bill_minor, currency, period, engagement, start_on,
                             length_months, agreement_id, state, sent_by, sent_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'sent', $13, $14)",
        new.id as OfferId,
        new.introduction as IntroductionId,
        new.seat as SeatId,
        new.candidate as CandidateId,
        new.pay_minor,
        new.bill_minor,
        new.currency,
        new.period as Period,
        new.engagement as Engagement,
        new.start_on,
        new.length_months,
        new.agreement as AgreementId,
        new.by as UserId,
        new.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The introduction of an offer inside the scope; the first step of every act on an offer, because introductions are locked
/// before offers.
pub async fn introduction_of(conn: &mut PgConnection, id: OfferId, scope: Scope) -> AppResult<Option<IntroductionId>> {
    Ok(sqlx::query_scalar!(
        r#"select introduction_id as "id: IntroductionId" from offers where id = $1 and ($2::uuid is null or candidate_id = $2)"#,
        id as OfferId,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whom an offer inside the scope is for.
pub async fn candidate_of(conn: &mut PgConnection, id: OfferId, scope: Scope) -> AppResult<Option<CandidateId>> {
    Ok(sqlx::query_scalar!(
        r#"select candidate_id as "id: CandidateId" from offers where id = $1 and ($2::uuid is null or candidate_id = $2)"#,
        id as OfferId,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// What accepting needs.
#[derive(Debug, Clone)]
pub struct Locked {
    /// Where it stands.
    pub state: OfferState,
    /// For whom, for what.
    pub introduction: IntroductionId,
    /// The seat.
    pub seat: SeatId,
    /// Its request.
    pub request: RequestId,
    /// The client.
    pub organization: OrganizationId,
    /// The client's zone.
    pub zone: String,
    /// The person.
    pub candidate: CandidateId,
    /// First day of paid work.
    pub start_on: NaiveDate,
    /// The agreement's terms.
    pub terms: serde_json::Value,
    /// The computation that was shown.
    pub run: Option<RunId>,
}

/// Locks an offer.
pub async fn lock(conn: &mut PgConnection, id: OfferId) -> AppResult<Locked> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select f.state as "state: OfferState", f.introduction_id as "introduction: IntroductionId", f.seat_id as "seat: SeatId",
                  i.request_id as "request: RequestId", i.organization_id as "organization: OrganizationId", o.zone,
                  f.candidate_id as "candidate: CandidateId", f.start_on, a.terms, i.run_id as "run: RunId"
           from offers f join introductions i on i.id = f.introduction_id join organizations o on o.id = i.organization_id
           join agreements a on a.id = f.agreement_id
           where f.id = $1 for update of f"#,
        id as OfferId,
    )
    .fetch_one(conn)
    .await?)
}

/// Answers or takes back an offer.
pub async fn set_state(
    conn: &mut PgConnection,
    id: OfferId,
    state: OfferState,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update offers set state = $2, reason = $3, answered_at = $4 where id = $1",
        id as OfferId,
        state as OfferState,
        reason,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An offer as its page shows it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Itself.
    pub id: OfferId,
    /// Where it stands.
    pub state: OfferState,
    /// The introduction.
    pub introduction: IntroductionId,
    /// The person.
    pub name: Option<String>,
    /// The person's number.
    pub code: i32,
    /// The client.
    pub organization: String,
    /// The client's zone.
    pub zone: String,
    /// The role.
    pub title: String,
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
    /// First day.
    pub start_on: NaiveDate,
    /// Months.
    pub length_months: Option<i16>,
    /// Why not.
    pub reason: String,
    /// Who sent it.
    pub sent_by: String,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// What it became.
    pub placement: Option<Uuid>,
}

/// One offer inside the scope. Clients have no offers: what they pay stands on the placement.
pub async fn detail(conn: &mut PgConnection, id: OfferId, scope: Scope) -> AppResult<Option<Detail>> {
    Ok(sqlx::query_as!(
        Detail,
        r#"select f.id as "id: OfferId", f.state as "state: OfferState", f.introduction_id as "introduction: IntroductionId", c.name, c.code,
                  o.name as organization, o.zone, r.title, f.pay_minor, f.bill_minor, f.currency, f.period as "period: Period",
                  f.engagement as "engagement: Engagement", f.start_on, f.length_months, f.reason, u.name as sent_by, f.sent_at,
                  (select p.id from placements p where p.offer_id = f.id) as "placement?"
           from offers f join introductions i on i.id = f.introduction_id join candidates c on c.id = f.candidate_id
           join organizations o on o.id = i.organization_id join role_requests r on r.id = i.request_id join users u on u.id = f.sent_by
           where f.id = $1 and ($2::uuid is null or f.candidate_id = $2) and $3::uuid is null"#,
        id as OfferId,
        scope.candidate,
        scope.organization,
    )
    .fetch_optional(conn)
    .await?)
}

/// What an offer form starts from: the person's expected pay and the mark-up that holds.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// Expected pay.
    pub pay_minor: Option<i64>,
    /// Its currency.
    pub pay_currency: Option<String>,
    /// Its period.
    pub pay_period: Option<Period>,
    /// Mark-up, basis points.
    pub markup: Option<i32>,
    /// When the client wants the start.
    pub start_on: Option<NaiveDate>,
    /// For how long.
    pub length_months: Option<i16>,
}

/// The suggestion for an introduction on that day.
pub async fn suggestion(conn: &mut PgConnection, id: IntroductionId, today: NaiveDate) -> AppResult<Suggestion> {
    Ok(sqlx::query_as!(
        Suggestion,
        r#"select c.pay_minor, c.pay_currency, c.pay_period as "pay_period: Period",
                  (select m.basis_points from markups m
                   where m.track_id = c.track_id and (m.organization_id = i.organization_id or m.organization_id is null) and m.valid_from <= $2
                   order by m.organization_id is null, m.valid_from desc limit 1) as markup,
                  r.start_on, r.length_months
           from introductions i join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id where i.id = $1"#,
        id as IntroductionId,
        today,
    )
    .fetch_one(conn)
    .await?)
}
