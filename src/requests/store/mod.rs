//! SQL of role requests, their seats, skills and history.

mod brief;
pub mod catalogue;
pub mod charge;
pub mod kept;
mod list;
mod seats;
mod states;

pub use brief::{SkillRow, insert, skills, write_brief};
pub use list::{Cursor, ListRow, PAGE, list};
pub use seats::{SeatRow, add_seats, cancel_seats, request_of_seat, seat_state, seats, set_budget, set_seat_state};
pub use states::{StateLine, history, insert_state_line, rests_since_a_departure, set_state};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Scope, State};
use crate::error::AppResult;
use crate::ids::{OrganizationId, RequestId, TrackId, UserId};
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
    /// See [`super::Brief`] for this and what follows.
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
