//! Clients: requests and introductions; what comes of them is in `hires`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use meridian::organizations::terms::Terms;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::Rows;
use super::hires::{further, hire, leave};
use super::{Seed, move_all};
use crate::client::Trouble;

/// People for each request, and requests for each client.
const PEOPLE_A_REQUEST: usize = 50;
const REQUESTS_A_CLIENT: usize = 10;

const ZONES: &[&str] = &[
    "America/New_York",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/London",
];
const TITLES: &[&str] = &[
    "Ledger services",
    "Matching engine",
    "Rust back end for a trading desk",
    "Telemetry ingestion at the edge",
    "Payments API, second team",
    "Search service",
];

pub(super) struct Client {
    pub(super) id: Uuid,
    pub(super) contact: Uuid,
    pub(super) agreement: Uuid,
}

pub(super) struct Request {
    pub(super) id: Uuid,
    pub(super) client: usize,
    pub(super) zone: &'static str,
    pub(super) state: &'static str,
    pub(super) opened: DateTime<Utc>,
    pub(super) seats: Vec<Uuid>,
}

/// One who is hired for a seat.
pub(super) struct Hire {
    pub(super) introduction: Uuid,
    pub(super) request: usize,
    pub(super) seat: Uuid,
    pub(super) candidate: Uuid,
    pub(super) offer: Uuid,
    pub(super) start: NaiveDate,
}

struct Trade {
    clients: Vec<Client>,
    requests: Vec<Request>,
    introductions: Rows,
    consenting: Vec<(Uuid, Uuid)>,
    hires: Vec<Hire>,
}

/// Adds what `people` more people bring with them.
pub(super) async fn grow(seed: &mut Seed, conn: &mut PgConnection, people: usize) -> Result<(), Trouble> {
    let mut trade = Trade {
        clients: clients(seed, conn, people.div_ceil(PEOPLE_A_REQUEST * REQUESTS_A_CLIENT)).await?,
        requests: Vec::new(),
        introductions: Rows::of(
            "introductions",
            "id, request_id, seat_id, organization_id, candidate_id, pitch, state, proposed_by, proposed_at, state_at",
        ),
        consenting: Vec::new(),
        hires: Vec::new(),
    };
    requests(seed, conn, &mut trade, people / PEOPLE_A_REQUEST).await?;
    introduce(seed, &mut trade);
    let now = seed.now;
    let Trade {
        clients,
        requests,
        introductions,
        consenting,
        hires,
    } = trade;
    introductions.send(conn).await?;
    let (ids, users): (Vec<Uuid>, Vec<Uuid>) = consenting.into_iter().unzip();
    sqlx::query(
        "update introductions i set state = 'consented', consented_by = m.by, consented_at = i.proposed_at, version = version + 1
         from unnest($1::uuid[], $2::uuid[]) m (id, by) where i.id = m.id",
    )
    .bind(&ids)
    .bind(users)
    .execute(&mut *conn)
    .await?;
    hire(seed, conn, &clients, &requests, &hires).await?;
    further(conn, &ids, &hires, now).await?;
    close(conn, &requests, now).await?;
    leave(conn, &hires, now).await?;
    seed.requests.extend(
        requests
            .iter()
            .filter(|request| request.state == "open")
            .map(|request| request.id),
    );
    Ok(())
}

async fn clients(seed: &mut Seed, conn: &mut PgConnection, number: usize) -> Result<Vec<Client>, Trouble> {
    let mut organizations = Rows::of("organizations", "id, name, zone, created_at");
    let mut users = Rows::of(
        "users",
        "id, email, name, password_hash, role, organization_id, created_at",
    );
    let mut agreements = Rows::of(
        "agreements",
        "id, organization_id, number, terms, accepted_by, accepted_name, accepted_at",
    );
    let terms = serde_json::to_string(&Terms::default_promise())?;
    let mut clients = Vec::new();
    for _ in 0..number {
        let at = seed.days_ago(800, 1_000);
        let client = Client {
            id: seed.id_at(at),
            contact: seed.id_at(at),
            agreement: seed.id_at(at),
        };
        // The end of a UUID v7 is chance.
        let name = client.id.simple().to_string().split_off(24);
        let zone = seed.chance.pick(ZONES);
        organizations
            .row()
            .put(client.id)
            .put(format!("Client {name} Ltd."))
            .put(zone)
            .put(at.to_rfc3339());
        let row = users
            .row()
            .put(client.contact)
            .put(format!("contact@{name}.test"))
            .put("Connie Contact");
        row.put("no password").put("client").put(client.id).put(at.to_rfc3339());
        let row = agreements.row().put(client.agreement).put(client.id).put(1).put(&terms);
        row.put(client.contact).put("Connie Contact").put(at.to_rfc3339());
        clients.push(client);
    }
    for rows in [organizations, users, agreements] {
        rows.send(conn).await?;
    }
    Ok(clients)
}

#[expect(clippy::too_many_lines, reason = "a column a line")]
async fn requests(seed: &mut Seed, conn: &mut PgConnection, trade: &mut Trade, number: usize) -> Result<(), Trouble> {
    let mut rows = Rows::of(
        "role_requests",
        "id, organization_id, track_id, title, system, performance_targets, zone, work_start, work_end, work_days, \
         least_overlap_minutes, english_speaking, english_writing, budget_currency, budget_period, start_on, length_months, state, \
         state_at, created_by, created_at",
    );
    let mut skills = Rows::of(
        "role_request_skills",
        "request_id, skill_id, need, level, weight, position",
    );
    let mut seats = Rows::of("seats", "id, request_id, number, seniority, budget_minor, state");
    let mut lines = Rows::of(
        "role_request_states",
        "id, request_id, from_state, to_state, reason, by_user, at",
    );
    for number in 0..number {
        let state = match seed.chance.share() {
            ..0.35 => "open",
            0.35..0.65 => "filled",
            0.65..0.72 => "submitted",
            0.72..0.78 => "needs_info",
            0.78..0.85 => "on_hold",
            _ => "cancelled",
        };
        // What waits has not waited for years.
        let filed = if state == "filled" || state == "cancelled" {
            seed.days_ago(60, 700)
        } else {
            seed.days_ago(3, 90)
        };
        let client = number % trade.clients.len();
        let (organization, contact) = (trade.clients[client].id, trade.clients[client].contact);
        let zone = seed.chance.pick(ZONES);
        let id = seed.id_at(filed);
        let start = seed.now.date_naive() + TimeDelta::days(seed.chance.between(10, 90));
        let asked = seed.chance.happens(0.7);
        rows.row()
            .put(id)
            .put(organization)
            .put(seed.track)
            .put(seed.chance.pick(TITLES))
            .put("A service that settles payments between # banks.\nTwo regions, one of them on premises.")
            .put("p99 below 30 ms at 4,000 requests a second")
            .put(zone)
            .put(540)
            .put(1_020)
            .put(31)
            .maybe(asked.then_some(240))
            .maybe(asked.then_some(4))
            .maybe(asked.then_some(4))
            .put("USD")
            .put("hour")
            .maybe(seed.chance.happens(0.8).then_some(start))
            .maybe(seed.chance.happens(0.7).then_some(12))
            .put("submitted")
            .put(filed.to_rfc3339())
            .put(contact)
            .put(filed.to_rfc3339());
        for (position, skill) in seed.skills.iter().take(8).enumerate() {
            let must = position < 4;
            let row = skills.row().put(id).put(skill).put(if must { "must" } else { "nice" });
            row.maybe(must.then_some(3)).maybe((!must).then_some(2)).put(position);
        }
        let mut request = Request {
            id,
            client,
            zone,
            state,
            opened: filed + TimeDelta::days(1),
            seats: Vec::new(),
        };
        for number in 1..=seed.chance.between(1, 4) {
            let seat = seed.id_at(filed);
            let band = seed.chance.pick(&["junior", "mid", "senior"]);
            seats
                .row()
                .put(seat)
                .put(id)
                .put(number)
                .put(band)
                .put(12_000)
                .put("open");
            request.seats.push(seat);
        }
        let line = seed.id_at(filed);
        let row = lines.row().put(line).put(id).put("").put("submitted").put("Filed.");
        row.put(contact).put(filed.to_rfc3339());
        if state != "submitted" && state != "needs_info" {
            let line = seed.id_at(request.opened);
            let row = lines.row().put(line).put(id).put("submitted").put("open").put("Clear.");
            row.put(seed.staff).put(request.opened.to_rfc3339());
        }
        trade.requests.push(request);
    }
    for rows in [rows, skills, seats, lines] {
        rows.send(conn).await?;
    }
    let of = |states: &[&str]| -> Vec<Uuid> {
        let those = trade.requests.iter().filter(|request| states.contains(&request.state));
        those.map(|request| request.id).collect()
    };
    let open = "update role_requests set state = 'open', state_at = state_at + interval '1 day' where id = any($1) and $2 > created_at";
    move_all(conn, open, &of(&["open", "filled", "on_hold", "cancelled"]), seed.now).await?;
    let ask = "update role_requests set state = 'needs_info', state_reason = 'Which regions?' where id = any($1) and $2 > created_at";
    move_all(conn, ask, &of(&["needs_info"]), seed.now).await
}

/// Proposes people where somebody looks, and chooses those who are hired.
fn introduce(seed: &mut Seed, trade: &mut Trade) {
    let everybody: Vec<usize> = (0..seed.people.len())
        .filter(|at| seed.people[*at].active && seed.people[*at].user.is_some())
        .collect();
    for (index, request) in trade.requests.iter().enumerate() {
        let hires = request.state == "filled";
        if !hires && request.state != "open" {
            continue;
        }
        for seat in &request.seats {
            let mut done = !hires;
            let mut proposed = Vec::new();
            for _ in 0..if hires { 3 } else { seed.chance.between(0, 4) } {
                let at = everybody
                    [usize::try_from(seed.chance.between(0, i64::try_from(everybody.len()).unwrap_or(1))).unwrap_or(0)];
                let (candidate, user) = (seed.people[at].id, seed.people[at].user);
                if proposed.contains(&candidate) || seed.placed.contains(&candidate) {
                    continue;
                }
                proposed.push(candidate);
                let id = seed.id_at(request.opened);
                let row = trade.introductions.row().put(id).put(request.id).put(seat);
                row.put(trade.clients[request.client].id)
                    .put(candidate)
                    .put("Built what you are building, twice.")
                    .put("proposed")
                    .put(seed.staff)
                    .put(request.opened.to_rfc3339())
                    .put(request.opened.to_rfc3339());
                if let Some(user) = user.filter(|_| !done || seed.chance.happens(0.6)) {
                    trade.consenting.push((id, user));
                }
                if !done {
                    done = true;
                    seed.placed.insert(candidate);
                    let offer = seed.id_at(request.opened);
                    let start = request.opened.date_naive() + TimeDelta::days(seed.chance.between(15, 75));
                    trade.hires.push(Hire {
                        introduction: id,
                        request: index,
                        seat: *seat,
                        candidate,
                        offer,
                        start,
                    });
                }
            }
        }
    }
}

/// Requests in the states they are in now.
async fn close(conn: &mut PgConnection, requests: &[Request], now: DateTime<Utc>) -> Result<(), Trouble> {
    for (state, reason) in [
        ("filled", ""),
        ("on_hold", "The budget is looked at."),
        ("cancelled", "They hired somebody else."),
    ] {
        let those: Vec<Uuid> = requests
            .iter()
            .filter(|request| request.state == state)
            .map(|request| request.id)
            .collect();
        // A seat for which nobody was found keeps its request open.
        let statement = format!(
            "update role_requests r set state = '{state}', state_reason = '{reason}'
             where id = any($1) and $2 > created_at
               and ('{state}' <> 'filled' or not exists (select 1 from seats s where s.request_id = r.id and s.state = 'open'))"
        );
        move_all(conn, &statement, &those, now).await?;
    }
    Ok(())
}
