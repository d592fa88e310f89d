//! What the person, a recruiter and a referee do with references.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, Agreed, Referee, Request, Typed};
use super::{Identity, LASTS, Said, Standing, State, letters, standing};
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, LinkId, ReferenceId, UserId};
use crate::mail;
use crate::tokens::{self, Tokens};
use crate::vetting::{self, Kind, store as checks, today};

fn person(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Why somebody is not entered: a field of the form and words for it, or a fault.
#[derive(Debug)]
pub enum NotEntered {
    /// The referee may not be asked.
    Field(&'static str, &'static str),
    /// Anything else.
    Other(AppError),
}

impl From<sqlx::Error> for NotEntered {
    fn from(error: sqlx::Error) -> Self {
        match constraint_of(&error) {
            Some("reference_requests_address_once") => {
                Self::Field("email", "Somebody with this address is on the list already.")
            }
            Some("reference_requests_not_the_person") => Self::Field(
                "email",
                "This is the person's own address. Enter somebody they worked with.",
            ),
            Some("reference_requests_not_staff") => Self::Field(
                "email",
                "Nobody of the agency can be a reference: they assess. Enter somebody else.",
            ),
            Some("reference_requests_few_open") => Self::Field(
                "name",
                "Five people at most are asked at a time. Wait for an answer, or take one back.",
            ),
            _ => Self::Other(error.into()),
        }
    }
}

impl From<AppError> for NotEntered {
    fn from(error: AppError) -> Self {
        Self::Other(error)
    }
}

/// Enters somebody who may be asked about a person. Nobody writes to them yet.
pub async fn enter(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    referee: &Referee,
    agreed: Agreed,
) -> Result<ReferenceId, NotEntered> {
    let id = ReferenceId::new();
    store::insert(tx, id, candidate, referee, agreed, (person(by)?, now)).await?;
    let data = json!({ "reference": id, "relation": referee.relation });
    events::record(tx, by, now, "reference.named", ("candidate", candidate.0), data).await?;
    Ok(id)
}

/// A request of a person; none is a 404.
async fn locked(tx: &mut PgConnection, candidate: CandidateId, id: ReferenceId) -> AppResult<Request> {
    store::lock(tx, candidate, id).await?.ok_or(AppError::NotFound)
}

/// Writes to somebody who was named. The check begins with it: whoever looks where the person stands sees that it is under way.
pub async fn send(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    candidate: CandidateId,
    id: ReferenceId,
) -> Result<(), NotEntered> {
    let request = locked(tx, candidate, id).await?;
    if !request.state.can_become(State::Asked) {
        return Err(AppError::overtaken().into());
    }
    let me = person(by)?;
    let (link, end) = (LinkId::random(), now + LASTS);
    store::send(tx, id, (link, &tokens::hash(&tokens.of(link))), (me, now), end).await?;
    let name = store::name_of(tx, me).await?;
    mail::post(tx, now, letters::asked(&request, &name, link, end)).await?;
    let data = json!({ "reference": id });
    events::record(tx, by, now, "reference.asked", ("candidate", candidate.0), data).await?;
    // Two letters about one person wait for each other before this: the trigger `reference_requests_may_be_asked` locks the person.
    let has_one = checks::open(tx, candidate, Kind::References).await?.is_some();
    if !has_one && !checks::counts(tx, candidate, Kind::References, today(now)).await? {
        vetting::actions::begin(tx, by, now, candidate, Kind::References).await?;
    }
    Ok(())
}

/// Writes once more, with the same link; its time begins anew. Once, also when the time was over.
pub async fn remind(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: ReferenceId,
) -> AppResult<()> {
    let request = locked(tx, candidate, id).await?;
    let (State::Asked, Some(link)) = (request.state, request.link) else {
        return Err(AppError::overtaken());
    };
    if request.reminded_at.is_some() {
        return Err(AppError::refused(
            "They were reminded already",
            "One reminder is kind, two are not. Ask somebody else.",
        ));
    }
    let end = now + LASTS;
    if request.expires_at.is_some_and(|old| end <= old) {
        return Err(AppError::refused(
            "They were asked a moment ago",
            "Give them time to read the letter first.",
        ));
    }
    store::remind(tx, id, now, end).await?;
    let name = store::name_of(tx, person(by)?).await?;
    mail::post(tx, now, letters::reminder(&request, &name, link, end)).await?;
    let data = json!({ "reference": id });
    events::record(tx, by, now, "reference.reminded", ("candidate", candidate.0), data).await
}

/// Takes a request back. The staff may until an answer is in; the person only what they named and nobody has sent.
pub async fn withdraw(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    id: ReferenceId,
    reason: &str,
) -> AppResult<()> {
    let request = locked(tx, candidate, id).await?;
    let me = person(by)?;
    let is_own = request.person_user == Some(me);
    if !request.state.can_become(State::Withdrawn) || (is_own && request.state != State::Named) {
        return Err(AppError::overtaken());
    }
    store::close(tx, id, State::Withdrawn, (Some(me), now), reason).await?;
    let data = json!({ "reference": id });
    events::record(tx, by, now, "reference.withdrawn", ("candidate", candidate.0), data).await
}

/// What a link leads to.
#[derive(Debug)]
pub enum Opened {
    /// The form.
    Open(Request),
    /// The answer is in.
    Answered(Request),
    /// They declined.
    Declined(Request),
    /// The agency took it back.
    Withdrawn(Request),
    /// Its time is over.
    Over(Request),
    /// The link opens nothing.
    Unknown,
}

/// What the link of a token leads to at `now`; locks its request.
pub async fn open(tx: &mut PgConnection, now: DateTime<Utc>, token: &str) -> AppResult<Opened> {
    let Some((candidate, id)) = store::of_token(tx, &tokens::hash(token)).await? else {
        return Ok(Opened::Unknown);
    };
    let request = locked(tx, candidate, id).await?;
    Ok(match standing(request.state, request.expires_at, now) {
        Standing::Is(State::Asked) => Opened::Open(request),
        Standing::Is(State::Answered) => Opened::Answered(request),
        Standing::Is(State::Declined) => Opened::Declined(request),
        Standing::Is(State::Withdrawn) => Opened::Withdrawn(request),
        Standing::Expired => Opened::Over(request),
        Standing::Is(State::Named) => Opened::Unknown,
    })
}

/// Another act came first: what the caller looked at is not so any more.
fn overtaken(error: sqlx::Error) -> AppError {
    match constraint_of(&error) {
        Some(
            "reference_answers_once"
            | "reference_answers_in_time"
            | "reference_identities_in_time"
            | "reference_drafts_in_time"
            | "reference_requests_declined_in_time",
        ) => AppError::overtaken(),
        _ => error.into(),
    }
}

/// The referee says who they are.
pub async fn confirm(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    request: &Request,
    who: &Identity,
) -> AppResult<()> {
    store::identify(tx, request, who, now).await.map_err(overtaken)?;
    let data = json!({ "reference": request.id });
    events::record(
        tx,
        by,
        now,
        "reference.confirmed",
        ("candidate", request.candidate.0),
        data,
    )
    .await
}

/// Keeps what the referee typed. No event: it is no answer yet.
pub async fn save(tx: &mut PgConnection, now: DateTime<Utc>, request: &Request, typed: &Typed) -> AppResult<()> {
    store::save_draft(tx, request.id, typed, now).await.map_err(overtaken)
}

/// Tells whoever asked, if they still can sign in.
async fn tell(tx: &mut PgConnection, now: DateTime<Utc>, request: &Request, ending: State) -> AppResult<()> {
    let (Some(user), Some(name), Some(email)) = (request.asked_by, &request.asker, &request.asker_email) else {
        return Ok(());
    };
    mail::post(tx, now, letters::came_in((user, email, name), request, ending)).await?;
    Ok(())
}

/// The referee's answer, for good.
pub async fn answer(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    request: &Request,
    said: &Said,
) -> AppResult<()> {
    store::answer(tx, request, said, now).await.map_err(overtaken)?;
    tell(tx, now, request, State::Answered).await?;
    let data = json!({ "reference": request.id });
    events::record(
        tx,
        by,
        now,
        "reference.answered",
        ("candidate", request.candidate.0),
        data,
    )
    .await
}

/// The referee would rather not.
pub async fn decline(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    request: &Request,
    reason: &str,
) -> AppResult<()> {
    store::close(tx, request.id, State::Declined, (None, now), reason)
        .await
        .map_err(overtaken)?;
    tell(tx, now, request, State::Declined).await?;
    let data = json!({ "reference": request.id });
    events::record(
        tx,
        by,
        now,
        "reference.declined",
        ("candidate", request.candidate.0),
        data,
    )
    .await
}
