//! The acts the story is told with: each is done by the person whose act it is.

use chrono::{DateTime, Duration, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ACCOUNTS;
use super::agency::{Stage, account, user};
use super::people::track;
use crate::accounts::Role;
use crate::candidates::profile::Details;
use crate::candidates::{self, Origin};
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, IntroductionId, OfferId, OrganizationId, PlacementId, RequestId, RunId, UserId};
use crate::introductions::actions::{self as introducing, Shortlist};
use crate::introductions::policy::{Audience, Scope as Seen};
use crate::matching::{pool, runs};
use crate::money::{Currency, Period, Rate};
use crate::organizations::{self, terms::Terms};
use crate::placements::actions as placing;
use crate::placements::{Engagement, actions::NewTerms};
use crate::requests::actions::{self as requesting, Filing};
use crate::requests::{Brief, Move, Scope, SeatGroup, SkillNeed, store as requests};
use crate::tracks::levels::{English, Seniority};
use crate::zones::{Weekdays, WorkingWeek, Zone};

/// Staff see everything.
const STAFF: Seen = Seen {
    organization: None,
    candidate: None,
    audience: Audience::Staff,
};

/// A client with its contact.
pub(super) struct Client {
    /// The company.
    pub organization: OrganizationId,
    /// Its contact.
    pub contact: UserId,
}

impl Client {
    pub fn actor(&self) -> Actor {
        Actor::user(self.contact)
    }

    pub fn seen(&self) -> Seen {
        Seen {
            organization: Some(self.organization.0),
            candidate: None,
            audience: Audience::Client,
        }
    }
}

pub(super) async fn client(
    tx: &mut PgConnection,
    stage: &Stage,
    (name, zone): (&str, &str),
    (email, person): (&str, &str),
    days_ago: i64,
) -> AppResult<Client> {
    let at = stage.days_ago(days_ago);
    let zone = Zone::parse(zone).map_err(AppError::internal)?;
    let organization = organizations::actions::found(tx, &Actor::operator(), at, name, zone)
        .await
        .map_err(|_| AppError::internal(format!("{name} cannot be founded")))?;
    let contact = account(tx, stage, (email, person, Role::Client), Some(organization), at).await?;
    let client = Client { organization, contact };
    let terms = Terms::default_promise();
    organizations::actions::accept_agreement(tx, &client.actor(), at, organization, contact, person, &terms).await?;
    Ok(client)
}

/// The client whose contact has that address.
pub(super) async fn client_of(tx: &mut PgConnection, email: &str) -> AppResult<Client> {
    let contact = user(tx, email).await?;
    let organization = sqlx::query_scalar!(
        r#"select organization_id as "organization!: OrganizationId" from users where id = $1"#,
        contact as UserId,
    )
    .fetch_one(tx)
    .await?;
    Ok(Client { organization, contact })
}

/// The usual back end, for `seats`, from `start`.
pub(super) async fn brief(
    tx: &mut PgConnection,
    title: &str,
    zone: &str,
    seats: &[(Seniority, u16)],
    start: NaiveDate,
) -> AppResult<Brief> {
    let skills = candidates::store::skills(tx).await?;
    let needs = |list: &[(&str, i16)]| -> AppResult<Vec<SkillNeed>> {
        list.iter()
            .map(|(slug, degree)| {
                let skill = skills
                    .by_slug(slug)
                    .ok_or_else(|| AppError::internal(format!("unknown skill {slug}")))?;
                Ok(SkillNeed { skill, degree: *degree })
            })
            .collect()
    };
    let zone = Zone::parse(zone).map_err(AppError::internal)?;
    let budget = |band: Seniority| match band {
        Seniority::Junior => 480_000,
        Seniority::Mid => 780_000,
        Seniority::Senior => 1_120_000,
    };
    Ok(Brief {
        title: title.to_owned(),
        system: "A service that takes card payments of small shops and settles them at night.".to_owned(),
        performance_targets: "p99 under 50 ms at 2,000 requests a second.".to_owned(),
        concurrency: "Some 5,000 open connections, bursts on Friday evenings.".to_owned(),
        infrastructure: "Kubernetes, PostgreSQL 15, Kafka, OpenTelemetry.".to_owned(),
        team_structure: "One lead, four engineers, a product manager; reviews every day.".to_owned(),
        why_technology: "Latency without pauses, and a team that has written Rust for two years.".to_owned(),
        signals: Vec::new(),
        must: needs(&[("rust", 3), ("actix-web", 3), ("async-rust", 3)])?,
        nice: needs(&[("postgresql", 4), ("tracing", 3), ("docker", 2), ("kafka", 2)])?,
        week: WorkingWeek::new(zone, 540, 1_020, Weekdays::MONDAY_TO_FRIDAY).map_err(AppError::internal)?,
        least_overlap: Some(240),
        speaking: Some(English::B2.number()),
        writing: Some(English::B2.number()),
        budget: Some((Currency::USD, Period::Month)),
        seats: seats
            .iter()
            .map(|(band, count)| SeatGroup {
                seniority: *band,
                count: *count,
                budget_minor: Some(budget(*band)),
            })
            .collect(),
        start_on: Some(start),
        length_months: Some(12),
    })
}

/// Filed by the client and opened by the recruiter the day after.
pub(super) async fn open(
    tx: &mut PgConnection,
    stage: &Stage,
    client: &Client,
    brief: &Brief,
    days_ago: i64,
) -> AppResult<RequestId> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let track_id = track(tx).await?;
    let at = stage.days_ago(days_ago);
    let request = requesting::file(
        tx,
        &client.actor(),
        at,
        (client.organization, track_id),
        brief,
        Filing::Submit,
    )
    .await?;
    advance(
        tx,
        &recruiter,
        at + Duration::days(1),
        request,
        Move::Open,
        "Clear brief, people in the pool.",
    )
    .await?;
    Ok(request)
}

pub(super) async fn advance(
    tx: &mut PgConnection,
    by: &Actor,
    at: DateTime<Utc>,
    id: RequestId,
    act: Move,
    reason: &str,
) -> AppResult<()> {
    let version = requests::find(tx, id, Scope::Staff)
        .await?
        .ok_or(AppError::NotFound)?
        .version;
    requesting::advance(tx, by, at, Scope::Staff, (id, version), act, reason).await
}

/// The stored run of a seat and its matches, best first.
pub(super) async fn matches(
    tx: &mut PgConnection,
    by: &Actor,
    at: DateTime<Utc>,
    request: RequestId,
    seat: u32,
) -> AppResult<(RunId, Vec<CandidateId>)> {
    let pool = pool::load(tx, request, seat, at).await?;
    let keys = (&pool).into();
    let computed = runs::compute(pool.raw).await?;
    let kept = runs::keep(tx, by, at, &keys, &computed).await?;
    Ok((
        kept.id,
        computed
            .ranked
            .matches
            .iter()
            .map(|one| CandidateId(one.candidate))
            .collect(),
    ))
}

pub(super) async fn shortlist(
    tx: &mut PgConnection,
    by: &Actor,
    at: DateTime<Utc>,
    request: RequestId,
    seat: i16,
    run: RunId,
    people: &[CandidateId],
) -> AppResult<()> {
    let list = Shortlist {
        request,
        seat,
        run: Some(run),
        candidates: people.to_vec(),
        pitch: String::new(),
        ask_about: String::new(),
    };
    introducing::shortlist(tx, by, at, &list).await.map(drop)
}

pub(super) async fn introduction(
    tx: &mut PgConnection,
    request: RequestId,
    seat: i16,
    candidate: CandidateId,
) -> AppResult<IntroductionId> {
    Ok(sqlx::query_scalar!(
        r#"select i.id as "id: IntroductionId" from introductions i join seats s on s.id = i.seat_id
           where i.request_id = $1 and s.number = $2 and i.candidate_id = $3"#,
        request.0,
        seat,
        candidate.0,
    )
    .fetch_one(tx)
    .await?)
}

pub(super) async fn candidate_of(tx: &mut PgConnection, user: UserId) -> AppResult<Option<CandidateId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CandidateId" from candidates where user_id = $1"#,
        user.0
    )
    .fetch_optional(tx)
    .await?)
}

/// The person whose act it is, with the scope of their own records.
async fn person(tx: &mut PgConnection, candidate: CandidateId) -> AppResult<(Actor, Seen)> {
    let it = candidates::store::load(tx, candidate)
        .await?
        .ok_or(AppError::NotFound)?;
    let own = it
        .user
        .ok_or_else(|| AppError::internal("this person has no account"))?;
    Ok((
        Actor::user(own),
        Seen {
            organization: None,
            candidate: Some(candidate.0),
            audience: Audience::Candidate,
        },
    ))
}

pub(super) async fn consent(
    tx: &mut PgConnection,
    candidate: CandidateId,
    id: IntroductionId,
    at: DateTime<Utc>,
) -> AppResult<()> {
    let (by, scope) = person(tx, candidate).await?;
    introducing::consent(tx, &by, at, id, scope).await
}

/// Of these, the first who can answer for themselves, is not the demo's candidate, and is not between any client's hands.
pub(super) async fn first_free(tx: &mut PgConnection, best: &[CandidateId]) -> AppResult<CandidateId> {
    let demo = user(tx, ACCOUNTS[3]).await?;
    let best: Vec<Uuid> = best.iter().map(|id| id.0).collect();
    let found = sqlx::query_scalar!(
        r#"select c.id as "id: CandidateId" from unnest($1::uuid[]) with ordinality as best (id, place)
           join candidates c on c.id = best.id
           where c.user_id <> $2 and not exists (
               select 1 from introductions i
               where i.candidate_id = c.id and i.state in ('proposed', 'consented', 'interview', 'chosen', 'hired'))
           order by best.place limit 1"#,
        &best,
        demo as UserId,
    )
    .fetch_optional(tx)
    .await?;
    found.ok_or_else(|| AppError::refused("Nobody in the pool is free", "Begin a new demo agency."))
}

/// The demo's candidate, if they are among these and no client has chosen them.
pub(super) async fn demo_if_free(tx: &mut PgConnection, best: &[CandidateId]) -> AppResult<Option<CandidateId>> {
    let demo = user(tx, ACCOUNTS[3]).await?;
    let best: Vec<Uuid> = best.iter().map(|id| id.0).collect();
    Ok(sqlx::query_scalar!(
        r#"select c.id as "id: CandidateId" from candidates c
           where c.user_id = $2 and c.id = any($1) and not exists (
               select 1 from introductions i where i.candidate_id = c.id and i.state in ('chosen', 'hired'))"#,
        &best,
        demo as UserId,
    )
    .fetch_optional(tx)
    .await?)
}

/// From an open request to the client's choice: proposed three days after it was filed, asked, interviewed, chosen on the
/// ninth.
pub(super) async fn choose(
    tx: &mut PgConnection,
    client: &Client,
    (request, run): (RequestId, RunId),
    who: CandidateId,
    day: impl Fn(i64) -> DateTime<Utc>,
) -> AppResult<IntroductionId> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    shortlist(tx, &recruiter, day(3), request, 1, run, &[who]).await?;
    let id = introduction(tx, request, 1, who).await?;
    consent(tx, who, id, day(4)).await?;
    introducing::interview(tx, &client.actor(), day(6), id, client.seen(), None).await?;
    introducing::choose(tx, &client.actor(), day(9), id, client.seen()).await?;
    Ok(id)
}

/// The recruiter's offer to the chosen one, at what the brief has for its first seat.
pub(super) async fn offer(
    tx: &mut PgConnection,
    brief: &Brief,
    introduction: IntroductionId,
    at: DateTime<Utc>,
) -> AppResult<OfferId> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let start_on = brief.start_on.ok_or_else(|| AppError::internal("a hire has a start"))?;
    let bill_minor = brief
        .seats
        .first()
        .and_then(|group| group.budget_minor)
        .unwrap_or(900_000);
    let terms = NewTerms {
        pay: Rate {
            minor: bill_minor * 74 / 100,
            currency: Currency::USD,
            period: Period::Month,
        },
        bill_minor,
        engagement: Engagement::Contractor,
        start_on,
        length_months: Some(12),
    };
    placing::offer(tx, &recruiter, at, introduction, STAFF, &terms).await
}

/// From a request to a hire: the best match is proposed, says yes, is interviewed, chosen, offered and accepts.
pub(super) async fn hire(
    tx: &mut PgConnection,
    stage: &Stage,
    client: &Client,
    brief: &Brief,
    days_ago: i64,
) -> AppResult<PlacementId> {
    let recruiter = Actor::user(user(tx, ACCOUNTS[1]).await?);
    let request = open(tx, stage, client, brief, days_ago).await?;
    let day = |later: i64| stage.days_ago(days_ago - later) + TimeDelta::hours(1);
    let (run, best) = matches(tx, &recruiter, day(3), request, 1).await?;
    let best = first_free(tx, &best).await?;
    let id = choose(tx, client, (request, run), best, day).await?;
    let offer = offer(tx, brief, id, day(11)).await?;
    let (by, scope) = person(tx, best).await?;
    let placement = placing::accept(tx, &by, day(12), offer, scope).await?;
    placing::settle(tx, stage.days_ago(2), Some(placement)).await?;
    Ok(placement)
}

/// Somebody registers and applies.
pub(super) async fn apply(
    tx: &mut PgConnection,
    stage: &Stage,
    (email, name): (&str, &str),
    (country, zone): (&str, &str),
    at: DateTime<Utc>,
) -> AppResult<(CandidateId, Actor)> {
    let track = track(tx).await?;
    let own = account(tx, stage, (email, name, Role::Candidate), None, at).await?;
    let details = Details {
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        country: Some(country.to_owned()),
        zone: Some(Zone::parse(zone).map_err(AppError::internal)?),
        ..Details::default()
    };
    let by = Actor::user(own);
    let id = candidates::actions::create(tx, &by, at, track, Origin::Apply, Some(own), &details)
        .await?
        .ok_or_else(|| AppError::internal(format!("{email} is in the pool already")))?;
    Ok((id, by))
}
