//! SQL of the seats of a request.

use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{RequestId, SeatId};
use crate::requests::{SeatGroup, SeatState, Seniority};

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
