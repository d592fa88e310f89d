//! Hires: offers, placements, guarantees, and who has left; and what became of the others.

use chrono::{DateTime, TimeDelta, Utc};
use meridian::organizations::terms::Terms;
use meridian::placements::guarantee::{Calendar, Span};
use meridian::placements::standing::plain;
use meridian::zones::Zone;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::Rows;
use super::trade::{Client, Hire, Request};
use super::{Seed, move_all};
use crate::client::Trouble;

/// Offers that are accepted, and what follows from them, of the consented.
pub(super) async fn hire(
    seed: &mut Seed,
    conn: &mut PgConnection,
    clients: &[Client],
    requests: &[Request],
    hires: &[Hire],
) -> Result<(), Trouble> {
    let of = |pick: fn(&Hire) -> Uuid| -> Vec<Uuid> { hires.iter().map(pick).collect() };
    let introductions = of(|hire| hire.introduction);
    let choose =
        "update introductions set state = 'chosen', version = version + 1 where id = any($1) and $2 >= proposed_at";
    move_all(conn, choose, &introductions, seed.now).await?;
    let mut offers = Rows::of(
        "offers",
        "id, introduction_id, seat_id, candidate_id, pay_minor, bill_minor, currency, period, engagement, start_on, agreement_id, \
         state, sent_by, sent_at",
    );
    for hire in hires {
        let request = &requests[hire.request];
        let row = offers
            .row()
            .put(hire.offer)
            .put(hire.introduction)
            .put(hire.seat)
            .put(hire.candidate);
        row.put(4_500)
            .put(6_075)
            .put("USD")
            .put("hour")
            .put("contractor")
            .put(hire.start)
            .put(clients[request.client].agreement)
            .put("sent")
            .put(seed.staff)
            .put((request.opened + TimeDelta::days(10)).to_rfc3339());
    }
    offers.send(conn).await?;
    let accept = "update offers set state = 'accepted', answered_at = sent_at where id = any($1) and $2 >= sent_at";
    move_all(conn, accept, &of(|hire| hire.offer), seed.now).await?;
    let taken =
        "update introductions set state = 'hired', version = version + 1 where id = any($1) and $2 >= proposed_at";
    move_all(conn, taken, &introductions, seed.now).await?;
    place(seed, conn, requests, hires).await?;
    let fill = "update seats set state = 'filled' where id = any($1) and $2 is not null";
    move_all(conn, fill, &of(|hire| hire.seat), seed.now).await?;
    meridian::placements::actions::settle(conn, seed.now, None).await?;
    Ok(())
}

async fn place(seed: &mut Seed, conn: &mut PgConnection, requests: &[Request], hires: &[Hire]) -> Result<(), Trouble> {
    let terms = Terms::default_promise();
    let mut guarantees = Rows::of(
        "guarantees",
        "placement_id, state, span, last_covered, starts_at, ends_at, notice_before, state_at",
    );
    let span = serde_json::to_string(&Span::Terms)?;
    let (mut ids, mut offers) = (Vec::new(), Vec::new());
    for hire in hires {
        let request = &requests[hire.request];
        let accepted = request.opened + TimeDelta::days(11);
        let id = seed.id_at(accepted);
        let zone = Zone::parse(request.zone)?;
        let calendar = Calendar::at(&terms, &plain(hire.start, Span::Terms, zone), accepted)?;
        let row = guarantees
            .row()
            .put(id)
            .put("pending")
            .put(&span)
            .put(calendar.last_covered);
        row.put(calendar.starts_at.to_rfc3339())
            .put(calendar.ends_at.to_rfc3339())
            .put(calendar.last_notice.before.to_rfc3339())
            .put(accepted.to_rfc3339());
        ids.push(id);
        offers.push(hire.offer);
    }
    // As the app's own insert does.
    sqlx::query(
        "insert into placements (id, offer_id, introduction_id, seat_id, request_id, organization_id, candidate_id, state, start_on,
                                 zone, terms, specification, pay_minor, bill_minor, currency, period, engagement, accepted_at, root_id)
         select m.id, f.id, f.introduction_id, f.seat_id, r.id, r.organization_id, f.candidate_id, 'scheduled', f.start_on, r.zone,
                a.terms, specification_of(f.seat_id), f.pay_minor, f.bill_minor, f.currency, f.period, f.engagement,
                f.answered_at, m.id
         from unnest($1::uuid[], $2::uuid[]) m (id, offer) join offers f on f.id = m.offer join seats s on s.id = f.seat_id
         join role_requests r on r.id = s.request_id join agreements a on a.id = f.agreement_id",
    )
    .bind(&ids)
    .bind(offers)
    .execute(&mut *conn)
    .await?;
    guarantees.send(conn).await?;
    seed.placements.extend(ids);
    Ok(())
}

/// Of those who said yes and were not hired, some are interviewed and some refused.
pub(super) async fn further(
    conn: &mut PgConnection,
    consented: &[Uuid],
    hires: &[Hire],
    now: DateTime<Utc>,
) -> Result<(), Trouble> {
    let rest: Vec<Uuid> = consented
        .iter()
        .filter(|id| hires.iter().all(|hire| hire.introduction != **id))
        .copied()
        .collect();
    let part = |at: usize| -> Vec<Uuid> { rest.iter().skip(at).step_by(3).copied().collect() };
    let refuse = "update introductions i set state = 'refused', reason_kind = 'skills', reason = 'Others were closer.', state_at = $2,
                         version = version + 1 where id = any($1)";
    move_all(conn, refuse, &part(0), now).await?;
    let meet = "update introductions i set state = 'interview', interview_at = $2 - interval '1 day', version = version + 1,
                       interview_local = date_trunc('minute', ($2 - interval '1 day') at time zone 'UTC'), interview_zone = 'UTC'
                where id = any($1) and exists (select 1 from seats s join role_requests r on r.id = s.request_id
                                               where s.id = i.seat_id and s.state = 'open' and r.state = 'open')";
    move_all(conn, meet, &part(1), now).await
}

/// One in eight has left, after the guarantee.
pub(super) async fn leave(conn: &mut PgConnection, hires: &[Hire], now: DateTime<Utc>) -> Result<(), Trouble> {
    let today = now.date_naive();
    let left: Vec<&Hire> = hires
        .iter()
        .step_by(8)
        .filter(|hire| hire.start + TimeDelta::days(60) < today)
        .collect();
    let seats: Vec<Uuid> = left.iter().map(|hire| hire.seat).collect();
    let end = "update placements set state = 'ended', last_working_day = start_on + 45, end_cause = 'resigned', ended_at = $2,
                      version = version + 1 where seat_id = any($1) and state = 'active'";
    move_all(conn, end, &seats, now).await?;
    let empty = "update seats s set state = 'open' where id = any($1) and $2 is not null and state = 'filled'
                   and exists (select 1 from placements p where p.seat_id = s.id and p.state = 'ended')";
    move_all(conn, empty, &seats, now).await?;
    let rest =
        "update role_requests r set state = 'on_hold', state_reason = 'A seat is empty: somebody left.', state_at = $2
                where state = 'filled' and exists (select 1 from seats s where s.request_id = r.id and s.id = any($1))";
    move_all(conn, rest, &seats, now).await
}
