//! SQL of proposing somebody for a seat: the seat, who could be proposed for it, the introduction that comes of it.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::candidates::off_limits::Bar;
use crate::error::AppResult;
use crate::ids::{CandidateId, IntroductionId, OrganizationId, RequestId, RunId, SeatId, UserId};

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
pub async fn insert(conn: &mut PgConnection, new: &NewIntroduction<'_>) -> Result<bool, sqlx::Error> {
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
