//! SQL of what pages show of introductions.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{CandidateId, IntroductionId, RequestId, UserId};
use crate::introductions::State;
use crate::introductions::policy::Scope;
use crate::money::Period;

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
    /// Who owes a scorecard about the person, and reads no points of theirs.
    pub owed_by: Vec<UserId>,
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
                        where rs.request_id = r.id order by rs.need, rs.position, k.name limit 24) as "skills!",
                  c.owed_by as "owed_by: Vec<UserId>"
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
    /// Points when shortlisted; left out for eyes that are closed to them.
    pub points: Option<i32>,
    /// Whether they are.
    pub is_hidden: bool,
    /// Since when it is in its state.
    pub state_at: DateTime<Utc>,
    /// Reason code.
    pub reason_kind: String,
    /// Reason.
    pub reason: String,
    /// When the interview is.
    pub interview_at: Option<DateTime<Utc>>,
}

/// The introductions of a request, by seat, the liveliest first. A place among the others would tell of points that are hidden.
pub async fn of_request(
    conn: &mut PgConnection,
    request: RequestId,
    scope: Scope,
    eyes: Eyes,
) -> AppResult<Vec<ListRow>> {
    Ok(sqlx::query_as!(
        ListRow,
        r#"select i.id as "id: IntroductionId", i.state as "state: State", c.code, c.name, s.number as seat_number, c.seniority, c.country,
                  seen.points, hidden.it as "is_hidden!", i.state_at, i.reason_kind, i.reason, i.interview_at
           from introductions i join candidates c on c.id = i.candidate_id join seats s on s.id = i.seat_id
           cross join lateral (select coalesce($4::uuid = any(c.owed_by), false) as it) hidden
           cross join lateral (select case when not hidden.it then i.points end as points) seen
           where i.request_id = $1 and ($2::uuid is null or (i.organization_id = $2 and i.consented_at is not null and i.state <> 'declined'
                              and (i.state = 'hired' or c.state = 'active')))
             and ($3::uuid is null or i.candidate_id = $3)
           order by s.number, i.state in ('declined', 'refused', 'withdrawn'), seen.points desc nulls last, i.id limit 200"#,
        request as RequestId,
        scope.organization,
        scope.candidate,
        eyes.id() as Option<UserId>,
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
