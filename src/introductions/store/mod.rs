//! SQL of introductions.

pub mod compare;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::State;
use super::policy::Scope;
use crate::candidates::off_limits::Bar;
use crate::error::AppResult;
use crate::ids::{AgreementId, CandidateId, IntroductionId, OrganizationId, RequestId, RunId, SeatId, UserId};
use crate::money::Period;
use crate::zones::Zone;

/// What an action needs of an introduction; the row is locked.
#[derive(Debug, Clone)]
pub struct Locked {
    /// Itself.
    pub id: IntroductionId,
    /// The seat.
    pub seat: SeatId,
    /// Its request.
    pub request: RequestId,
    /// The client.
    pub organization: OrganizationId,
    /// The person.
    pub candidate: CandidateId,
    /// Where it stands.
    pub state: State,
}

/// Locks an introduction inside the scope.
pub async fn lock(conn: &mut PgConnection, id: IntroductionId, scope: Scope) -> AppResult<Option<Locked>> {
    Ok(sqlx::query_as!(
        Locked,
        r#"select id as "id: IntroductionId", seat_id as "seat: SeatId", request_id as "request: RequestId",
                  organization_id as "organization: OrganizationId", candidate_id as "candidate: CandidateId", state as "state: State"
           from introductions i
           where id = $1 and ($2::uuid is null or (organization_id = $2 and consented_at is not null and state <> 'declined'
                              and (state = 'hired' or exists (select 1 from candidates c where c.id = i.candidate_id and c.state = 'active'))))
             and ($3::uuid is null or candidate_id = $3)
           for update"#,
        id as IntroductionId,
        scope.organization,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// A seat with what proposing somebody for it needs.
#[derive(Debug, Clone)]
pub struct SeatRow {
    /// The seat.
    pub seat: SeatId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// "open", "filled", "cancelled".
    pub open: bool,
    /// Whether the request is open.
    pub request_open: bool,
}

/// The seat of that number. It and its request stay as they are until the transaction ends; the request is locked first, as
/// by every act on a request.
pub async fn seat(conn: &mut PgConnection, request: RequestId, number: i16) -> AppResult<Option<SeatRow>> {
    Ok(sqlx::query_as!(
        SeatRow,
        r#"select s.id as "seat: SeatId", r.organization_id as "organization: OrganizationId", s.state = 'open' as "open!", r.state = 'open' as "request_open!"
           from seats s join role_requests r on r.id = s.request_id where s.request_id = $1 and s.number = $2 for share of r, s"#,
        request as RequestId,
        number,
    )
    .fetch_optional(conn)
    .await?)
}

/// Who still looks.
#[expect(clippy::struct_excessive_bools, reason = "facts of four different records")]
#[derive(Debug, Clone, Copy)]
pub struct Sides {
    /// The seat is open.
    pub seat: bool,
    /// Its request is.
    pub request: bool,
    /// The person is neither paused nor withdrawn.
    pub person: bool,
    /// A rule keeps the person and the client apart.
    pub off_limits: bool,
}

/// Whether the seat, its request and the person still look, and may find each other on `day`; locks the seat.
pub async fn sides(conn: &mut PgConnection, seat: SeatId, candidate: CandidateId, day: NaiveDate) -> AppResult<Sides> {
    Ok(sqlx::query_as!(
        Sides,
        r#"select s.state = 'open' as "seat!", r.state = 'open' as "request!",
                  exists (select 1 from candidates c where c.id = $2 and c.state = 'active') as "person!",
                  is_off_limits($2, r.organization_id, $3) as "off_limits!"
           from seats s join role_requests r on r.id = s.request_id where s.id = $1 for update of s"#,
        seat as SeatId,
        candidate as CandidateId,
        day,
    )
    .fetch_one(conn)
    .await?)
}

/// A candidate who could be proposed, and the points of the run for them.
#[derive(Debug, Clone)]
pub struct Proposable {
    /// The person.
    pub candidate: CandidateId,
    /// Neither paused nor withdrawn.
    pub active: bool,
    /// The person's name.
    pub name: Option<String>,
    /// The person's own line.
    pub headline: String,
    /// Points as the run stored them.
    pub points: Option<i32>,
    /// Why the person is not to be proposed to this client.
    pub barred: Option<Bar>,
    /// Placed with somebody at present.
    pub placed: bool,
}

/// The named candidates with what a run of that seat said about them, as they stand on `day`. Somebody who declined this seat
/// stands on its list already and is not barred from it.
pub async fn proposable(
    conn: &mut PgConnection,
    candidates: &[Uuid],
    seat: &SeatRow,
    run: Option<RunId>,
    day: NaiveDate,
) -> AppResult<Vec<Proposable>> {
    Ok(sqlx::query_as!(
        Proposable,
        r#"select c.id as "candidate: CandidateId", c.state = 'active' as "active!", c.name, c.headline,
                  (select (m ->> 'points')::int from match_runs r,
                          jsonb_array_elements(coalesce(r.results -> 'matches', '[]') || coalesce(r.results -> 'to_confirm', '[]')) m
                   where r.id = $2 and r.seat_id = $3 and m ->> 'candidate' = c.id::text limit 1) as points,
                  (select b.why from barred($4, $3, $5) b where b.candidate_id = c.id and b.why <> 'declined'
                   order by b.why desc limit 1) as "barred: Bar",
                  exists (select 1 from placements p where p.candidate_id = c.id and p.state in ('accepted', 'scheduled', 'active')) as "placed!"
           from candidates c where c.id = any($1)"#,
        candidates,
        run as Option<RunId>,
        seat.seat as SeatId,
        seat.organization as OrganizationId,
        day,
    )
    .fetch_all(conn)
    .await?)
}

/// Whether the run was computed for that seat.
pub async fn run_is_of(conn: &mut PgConnection, run: RunId, seat: SeatId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from match_runs where id = $1 and seat_id = $2) as "found!""#,
        run as RunId,
        seat as SeatId,
    )
    .fetch_one(conn)
    .await?)
}

/// A new introduction.
#[derive(Debug)]
pub struct NewIntroduction<'a> {
    /// Its id.
    pub id: IntroductionId,
    /// Request and seat.
    pub request: RequestId,
    /// The seat.
    pub seat: SeatId,
    /// The client.
    pub organization: OrganizationId,
    /// The person.
    pub candidate: CandidateId,
    /// The computation that was shown.
    pub run: Option<RunId>,
    /// Its points.
    pub points: Option<i32>,
    /// For the client.
    pub pitch: &'a str,
    /// For the client.
    pub ask_about: &'a str,
    /// Who proposes.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Inserts it; false when the person was introduced for this seat before.
pub async fn insert(conn: &mut PgConnection, new: &NewIntroduction<'_>) -> AppResult<bool> {
    let insert = sqlx::query!(
        "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, run_id, points, pitch, ask_about, state,
                                    proposed_by, proposed_at, state_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10, $11, $11)
         on conflict (seat_id, candidate_id) where state <> 'withdrawn' do nothing",
        new.id as IntroductionId,
        new.request as RequestId,
        new.seat as SeatId,
        new.organization as OrganizationId,
        new.candidate as CandidateId,
        new.run as Option<RunId>,
        new.points,
        new.pitch,
        new.ask_about,
        new.by as UserId,
        new.at,
    );
    Ok(insert.execute(conn).await?.rows_affected() == 1)
}

/// The candidate's own yes.
pub async fn consent(conn: &mut PgConnection, id: IntroductionId, by: UserId, at: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!(
        "update introductions set state = 'consented', consented_at = $3, consented_by = $2, state_at = $3, version = version + 1 where id = $1",
        id as IntroductionId,
        by as UserId,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves it on, with a reason where one belongs.
pub async fn set_state(
    conn: &mut PgConnection,
    id: IntroductionId,
    state: State,
    reason_kind: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update introductions set state = $2, reason_kind = $3, reason = $4, state_at = $5, version = version + 1 where id = $1",
        id as IntroductionId,
        state as State,
        reason_kind,
        reason,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the time of an interview: the wall time that was agreed, its zone, and the instant derived from both.
pub async fn set_interview(
    conn: &mut PgConnection,
    id: IntroductionId,
    local: NaiveDateTime,
    zone: Zone,
    at: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "update introductions set interview_local = $2, interview_zone = $3, interview_at = $4 where id = $1",
        id as IntroductionId,
        local,
        zone.name(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back offers that nobody answered yet, because the introduction ends.
pub async fn withdraw_offers(
    conn: &mut PgConnection,
    id: IntroductionId,
    reason: &str,
    at: DateTime<Utc>,
) -> AppResult<u64> {
    let withdraw = sqlx::query!(
        "update offers set state = 'withdrawn', reason = $2, answered_at = $3 where introduction_id = $1 and state = 'sent'",
        id as IntroductionId,
        reason,
        at,
    );
    Ok(withdraw.execute(conn).await?.rows_affected())
}

/// Locks a person, so that two answers of theirs come one after the other.
pub async fn lock_person(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<()> {
    sqlx::query!(
        "select 1 as one from candidates where id = $1 for update",
        candidate as CandidateId
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether the person is placed with somebody at present.
pub async fn is_placed(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from placements where candidate_id = $1 and state in ('accepted', 'scheduled', 'active')) as "placed!""#,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// The other introductions of a person that are not over, in the order in which everybody locks them.
pub async fn others_open(
    conn: &mut PgConnection,
    candidate: CandidateId,
    but: IntroductionId,
) -> AppResult<Vec<IntroductionId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: IntroductionId" from introductions
           where candidate_id = $1 and id <> $2 and state in ('proposed', 'consented', 'interview', 'chosen') order by id for update"#,
        candidate as CandidateId,
        but as IntroductionId,
    )
    .fetch_all(conn)
    .await?)
}

/// The newest terms that the client accepted.
pub async fn agreement(conn: &mut PgConnection, organization: OrganizationId) -> AppResult<Option<AgreementId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: AgreementId" from agreements where organization_id = $1 order by number desc limit 1"#,
        organization as OrganizationId,
    )
    .fetch_optional(conn)
    .await?)
}

/// Everything about one introduction that any audience may see; the page asks the policy for each field.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of four different records, not the states of one"
)]
#[derive(Debug, Clone)]
pub struct Detail {
    /// Itself.
    pub id: IntroductionId,
    /// Where it stands.
    pub state: State,
    /// The request.
    pub request: RequestId,
    /// "M-1001" without the M.
    pub code: i32,
    /// The person.
    pub candidate: CandidateId,
    /// The person's name.
    pub name: Option<String>,
    /// The seat's number.
    pub seat_number: i16,
    /// How many seats the request has.
    pub seats: i64,
    /// Seat is open.
    pub seat_open: bool,
    /// What the request is called.
    pub title: String,
    /// The client's name.
    pub organization: String,
    /// The client's zone.
    pub zone: String,
    /// The candidate's zone.
    pub person_zone: Option<String>,
    /// Seniority asked for.
    pub asked_seniority: Option<String>,
    /// What the client needs.
    pub system: String,
    /// Performance targets.
    pub performance_targets: String,
    /// The team.
    pub team_structure: String,
    /// Why this technology.
    pub why_technology: String,
    /// Hours, minutes after midnight.
    pub work_start: i16,
    /// The end.
    pub work_end: i16,
    /// Days, Monday = bit 0.
    pub work_days: i16,
    /// When the work starts.
    pub start_on: Option<NaiveDate>,
    /// For how long.
    pub length_months: Option<i16>,
    /// What was written of the person when they were proposed.
    pub pitch: String,
    /// What staff would ask.
    pub ask_about: String,
    /// Points when shortlisted.
    pub points: Option<i32>,
    /// The computation.
    pub run: Option<Uuid>,
    /// Code of the reason.
    pub reason_kind: String,
    /// Reason in free words.
    pub reason: String,
    /// Who proposed.
    pub proposed_by: String,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// When the candidate said yes.
    pub consented_at: Option<DateTime<Utc>>,
    /// Since when it is in its state.
    pub state_at: DateTime<Utc>,
    /// When the interview is.
    pub interview_at: Option<DateTime<Utc>>,
    /// Where its wall clock hangs.
    pub interview_zone: Option<String>,
    /// An offer that is out or accepted.
    pub offer: Option<Uuid>,
    /// Whether its answer is waited for.
    pub offer_waits: Option<bool>,
    /// Its first day of paid work.
    pub offer_start: Option<NaiveDate>,
    /// What the client pays by it, in minor units of the currency, per period.
    pub offer_bill: Option<i64>,
    /// ISO 4217.
    pub offer_currency: Option<String>,
    /// Per hour, month or year.
    pub offer_period: Option<Period>,
    /// The person can sign in.
    pub has_account: bool,
    /// The person is placed through another introduction.
    pub placed_elsewhere: bool,
    /// The placement.
    pub placement: Option<Uuid>,
    /// Whether the client accepted terms.
    pub agreed: bool,
    /// Must-have skills, as text.
    pub skills: Vec<String>,
}

/// One introduction inside the scope.
pub async fn detail(conn: &mut PgConnection, id: IntroductionId, scope: Scope) -> AppResult<Option<Detail>> {
    Ok(sqlx::query_as!(
        Detail,
        r#"select i.id as "id: IntroductionId", i.state as "state: State", i.request_id as "request: RequestId", c.code, c.name,
                  i.candidate_id as "candidate: CandidateId", s.number as seat_number,
                  (select count(*) from seats x where x.request_id = i.request_id) as "seats!", s.state = 'open' as "seat_open!",
                  r.title, o.name as organization, r.zone, c.zone as person_zone, s.seniority as asked_seniority,
                  r.system, r.performance_targets, r.team_structure, r.why_technology,
                  r.work_start, r.work_end, r.work_days, r.start_on, r.length_months, i.pitch, i.ask_about, i.points, i.run_id as run,
                  i.reason_kind, i.reason, u.name as proposed_by, i.proposed_at, i.consented_at, i.state_at, i.interview_at, i.interview_zone,
                  f.id as "offer?", f.state = 'sent' as "offer_waits?", f.start_on as "offer_start?", f.bill_minor as "offer_bill?",
                  f.currency as "offer_currency?", f.period as "offer_period?: Period",
                  c.user_id is not null as "has_account!",
                  exists (select 1 from placements x where x.candidate_id = i.candidate_id and x.introduction_id <> i.id
                            and x.state in ('accepted', 'scheduled', 'active')) as "placed_elsewhere!",
                  (select p.id from placements p where p.introduction_id = i.id order by p.id desc limit 1) as "placement?",
                  exists (select 1 from agreements a where a.organization_id = i.organization_id) as "agreed!",
                  array(select k.name || case rs.need when 'must' then ', level ' || rs.level else '' end
                        from role_request_skills rs join skills k on k.id = rs.skill_id
                        where rs.request_id = r.id order by rs.need, rs.position, k.name limit 24) as "skills!"
           from introductions i join candidates c on c.id = i.candidate_id join seats s on s.id = i.seat_id
           join role_requests r on r.id = i.request_id join organizations o on o.id = i.organization_id join users u on u.id = i.proposed_by
           left join lateral (select o.id, o.state, o.start_on, o.bill_minor, o.currency, o.period from offers o
                              where o.introduction_id = i.id and o.state in ('sent', 'accepted') order by o.id desc limit 1) f on true
           where i.id = $1 and ($2::uuid is null or (i.organization_id = $2 and i.consented_at is not null and i.state <> 'declined'
                              and (i.state = 'hired' or c.state = 'active')))
             and ($3::uuid is null or i.candidate_id = $3)"#,
        id as IntroductionId,
        scope.organization,
        scope.candidate,
    )
    .fetch_optional(conn)
    .await?)
}

/// One line of a request's introductions.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Itself.
    pub id: IntroductionId,
    /// Where it stands.
    pub state: State,
    /// The person's number.
    pub code: i32,
    /// The person's name.
    pub name: Option<String>,
    /// The seat.
    pub seat_number: i16,
    /// Seniority.
    pub seniority: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Points when shortlisted.
    pub points: Option<i32>,
    /// Since when it is in its state.
    pub state_at: DateTime<Utc>,
    /// Reason code.
    pub reason_kind: String,
    /// Reason.
    pub reason: String,
    /// When the interview is.
    pub interview_at: Option<DateTime<Utc>>,
}

/// The introductions of a request, by seat, the liveliest first.
pub async fn of_request(conn: &mut PgConnection, request: RequestId, scope: Scope) -> AppResult<Vec<ListRow>> {
    Ok(sqlx::query_as!(
        ListRow,
        r#"select i.id as "id: IntroductionId", i.state as "state: State", c.code, c.name, s.number as seat_number, c.seniority, c.country,
                  i.points, i.state_at, i.reason_kind, i.reason, i.interview_at
           from introductions i join candidates c on c.id = i.candidate_id join seats s on s.id = i.seat_id
           where i.request_id = $1 and ($2::uuid is null or (i.organization_id = $2 and i.consented_at is not null and i.state <> 'declined'
                              and (i.state = 'hired' or c.state = 'active')))
             and ($3::uuid is null or i.candidate_id = $3)
           order by s.number, i.state in ('declined', 'refused', 'withdrawn'), i.points desc nulls last, i.id limit 200"#,
        request as RequestId,
        scope.organization,
        scope.candidate,
    )
    .fetch_all(conn)
    .await?)
}

/// The head of pages about a request.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// Itself.
    pub id: RequestId,
    /// What it is called.
    pub title: String,
    /// The client.
    pub organization: String,
    /// Its zone.
    pub zone: String,
    /// Seats with their state, in order of number.
    pub seats: Vec<i16>,
}

/// The head of a request inside the scope.
pub async fn request_head(conn: &mut PgConnection, id: RequestId, scope: Scope) -> AppResult<Option<RequestHead>> {
    Ok(sqlx::query_as!(
        RequestHead,
        r#"select r.id as "id: RequestId", r.title, o.name as organization, r.zone,
                  array(select s.number from seats s where s.request_id = r.id order by s.number) as "seats!"
           from role_requests r join organizations o on o.id = r.organization_id
           where r.id = $1 and ($2::uuid is null or r.organization_id = $2)
             -- A draft is its writer's own.
             and ($2 is not null or r.state <> 'draft')"#,
        id as RequestId,
        scope.organization,
    )
    .fetch_optional(conn)
    .await?)
}
