//! SQL behind the side-by-side page: four statements whatever the number of people.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{IntroductionId, RequestId, SeatId, SkillId, UserId};
use crate::introductions::State;
use crate::introductions::policy::Scope;
use crate::money::Period;

/// The seat that people are compared for.
#[derive(Debug, Clone)]
pub struct SeatHead {
    /// The seat.
    pub seat: SeatId,
    /// Its number.
    pub number: i16,
    /// All numbers of the request.
    pub numbers: Vec<i16>,
    /// What the request is called.
    pub title: String,
    /// Whose it is.
    pub organization: String,
    /// The client's zone.
    pub zone: String,
    /// Start of the working day, minutes after midnight.
    pub work_start: i16,
    /// Its end.
    pub work_end: i16,
    /// Its days, bit 0 = Monday.
    pub work_days: i16,
    /// When the work starts.
    pub start_on: Option<NaiveDate>,
    /// For how long.
    pub length_months: Option<i16>,
    /// In which currency the client thinks.
    pub budget_currency: Option<String>,
    /// Per what.
    pub budget_period: Option<Period>,
    /// Whether it still looks for somebody.
    pub open: bool,
}

/// The seat of that number, or the first one.
pub async fn head(
    conn: &mut PgConnection,
    request: RequestId,
    number: Option<i16>,
    scope: Scope,
) -> AppResult<Option<SeatHead>> {
    Ok(sqlx::query_as!(
        SeatHead,
        r#"select s.id as "seat: SeatId", s.number, array(select x.number from seats x where x.request_id = r.id order by x.number) as "numbers!",
                  r.title, o.name as organization, r.zone, r.work_start, r.work_end, r.work_days, r.start_on, r.length_months,
                  r.budget_currency, r.budget_period as "budget_period: Period", s.state = 'open' as "open!"
           from role_requests r join seats s on s.request_id = r.id join organizations o on o.id = r.organization_id
           where r.id = $1 and ($2::smallint is null or s.number = $2) and ($3::uuid is null or r.organization_id = $3)
             and ($3 is not null or r.state <> 'draft')
           order by s.number limit 1"#,
        request as RequestId,
        number,
        scope.organization,
    )
    .fetch_optional(conn)
    .await?)
}

/// One person of the comparison.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// The introduction.
    pub id: IntroductionId,
    /// The person, to find the claims.
    pub candidate: Uuid,
    /// Where the introduction stands.
    pub state: State,
    /// The number.
    pub code: i32,
    /// The name, shown by the policy only.
    pub name: Option<String>,
    /// Seniority.
    pub seniority: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Zone.
    pub zone: Option<String>,
    /// Working hours.
    pub work_start: Option<i16>,
    /// Their end.
    pub work_end: Option<i16>,
    /// Their days.
    pub work_days: Option<i16>,
    /// What was written of the person when they were proposed.
    pub pitch: String,
    /// What staff would ask.
    pub ask_about: String,
    /// Expected pay: only ever shown as a bill rate.
    pub pay_minor: Option<i64>,
    /// Its currency.
    pub pay_currency: Option<String>,
    /// Its period.
    pub pay_period: Option<Period>,
    /// The mark-up that holds for this client, basis points.
    pub markup: Option<i32>,
    /// Rubric score of the take-home challenge, basis points; left out for eyes that are closed to it.
    pub rubric: Option<i32>,
    /// Whether they are.
    pub is_hidden: bool,
    /// Free from.
    pub available_from: Option<NaiveDate>,
    /// Kinds of checks that are passed.
    pub checks: Vec<String>,
    /// Who proposed.
    pub proposed_by: String,
    /// When the candidate's yes came.
    pub consented_at: Option<DateTime<Utc>>,
    /// When the interview is.
    pub interview_at: Option<DateTime<Utc>>,
}

/// Everybody on the seat's list who said yes, still looks for work, and stands to be decided on or chosen.
pub async fn people(conn: &mut PgConnection, seat: SeatId, today: NaiveDate, eyes: Eyes) -> AppResult<Vec<PersonRow>> {
    Ok(sqlx::query_as!(
        PersonRow,
        r#"select i.id as "id: IntroductionId", i.candidate_id as candidate, i.state as "state: State", c.code, c.name, c.seniority, c.country,
                  c.zone, c.work_start, c.work_end, c.work_days, i.pitch, i.ask_about,
                  c.pay_minor, c.pay_currency, c.pay_period as "pay_period: Period",
                  (select m.basis_points from markups m
                   where m.track_id = c.track_id and (m.organization_id = i.organization_id or m.organization_id is null) and m.valid_from <= $2
                   order by m.organization_id is null, m.valid_from desc limit 1) as markup,
                  (select k.score_bp from vetting_checks k
                   where not hidden.it and k.candidate_id = c.id and k.track_id = c.track_id and k.kind = 'take_home' and k.state = 'passed' and k.decided_on <= $2
                   order by k.decided_on desc, k.id desc limit 1) as rubric, hidden.it as "is_hidden!",
                  c.available_from,
                  array(select distinct k.kind from vetting_checks k
                        where k.candidate_id = c.id and k.track_id = c.track_id and k.state = 'passed'
                          and (k.expires_on is null or k.expires_on > $2) order by k.kind) as "checks!",
                  u.name as proposed_by, i.consented_at, i.interview_at
           from introductions i join candidates c on c.id = i.candidate_id join users u on u.id = i.proposed_by
                cross join lateral (select coalesce($3::uuid = any(c.owed_by), false) as it) hidden
           where i.seat_id = $1 and i.consented_at is not null and i.state in ('consented', 'interview', 'chosen', 'hired')
             and (i.state = 'hired' or c.state = 'active')
           order by case when not hidden.it then i.points end desc nulls last, i.id limit 6"#,
        seat as SeatId,
        today,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}

/// A must-have skill of the request.
#[derive(Debug, Clone)]
pub struct MustRow {
    /// The skill.
    pub skill: SkillId,
    /// Its name.
    pub name: String,
    /// The level asked for.
    pub level: i16,
}

/// The must-have skills in the client's order.
pub async fn musts(conn: &mut PgConnection, request: RequestId) -> AppResult<Vec<MustRow>> {
    Ok(sqlx::query_as!(
        MustRow,
        r#"select k.id as "skill: SkillId", k.name, rs.level as "level!"
           from role_request_skills rs join skills k on k.id = rs.skill_id
           where rs.request_id = $1 and rs.need = 'must' order by rs.position, k.name limit 12"#,
        request as RequestId,
    )
    .fetch_all(conn)
    .await?)
}

/// A current entry of somebody's claim ledger.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// Whose.
    pub candidate: Uuid,
    /// "skill", `english_speaking`, `english_writing`.
    pub kind: String,
    /// Which skill.
    pub skill: Option<SkillId>,
    /// Level or CEFR step.
    pub value: Option<i16>,
    /// Where it comes from.
    pub source: String,
    /// When somebody checked it.
    pub verified_at: Option<DateTime<Utc>>,
    /// It came of a check, and the eyes are closed to its value.
    pub is_hidden: bool,
}

/// What is known of these people's English and of these skills.
pub async fn claims(conn: &mut PgConnection, people: &[Uuid], skills: &[Uuid], eyes: Eyes) -> AppResult<Vec<ClaimRow>> {
    Ok(sqlx::query_as!(
        ClaimRow,
        r#"select k.candidate_id as candidate, k.kind, k.skill_id as "skill: SkillId", case when hidden.it then null else k.value end as value,
                  k.source, k.verified_at, hidden.it as "is_hidden!"
           from claims k join candidates c on c.id = k.candidate_id
                cross join lateral (select k.check_id is not null and coalesce($3::uuid = any(c.owed_by), false) as it) hidden
           where k.candidate_id = any($1) and k.current and (k.kind in ('english_speaking', 'english_writing') or k.skill_id = any($2))"#,
        people,
        skills,
        eyes.id() as Option<UserId>,
    )
    .fetch_all(conn)
    .await?)
}
