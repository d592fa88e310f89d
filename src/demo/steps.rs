//! The acts the story is told with: each is done by the person whose act it is.

use chrono::{DateTime, Duration, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;

use super::ACCOUNTS;
use super::agency::{Stage, account, user};
use super::people::track;
use crate::accounts::Role;
use crate::candidates;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{CandidateId, IntroductionId, OrganizationId, PlacementId, RequestId, RunId, UserId};
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

pub(super) async fn organization_of(tx: &mut PgConnection, user: UserId) -> AppResult<OrganizationId> {
    Ok(sqlx::query_scalar!(
        r#"select organization_id as "id!: OrganizationId" from users where id = $1"#,
        user.0
    )
    .fetch_one(tx)
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
    let demo_user = user(tx, ACCOUNTS[3]).await?;
    let demo = candidate_of(tx, demo_user).await?;
    let best = best
        .into_iter()
        .find(|id| Some(*id) != demo)
        .ok_or_else(|| AppError::internal("nobody matches the demo's request"))?;
    shortlist(tx, &recruiter, day(3), request, 1, run, &[best]).await?;
    let id = introduction(tx, request, 1, best).await?;
    consent(tx, best, id, day(4)).await?;
    introducing::interview(tx, &client.actor(), day(6), id, client.seen(), None).await?;
    introducing::choose(tx, &client.actor(), day(9), id, client.seen()).await?;
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
    let offer = placing::offer(tx, &recruiter, day(11), id, STAFF, &terms).await?;
    let (by, scope) = person(tx, best).await?;
    let placement = placing::accept(tx, &by, day(12), offer, scope).await?;
    placing::settle(tx, stage.days_ago(2), Some(placement)).await?;
    Ok(placement)
}
