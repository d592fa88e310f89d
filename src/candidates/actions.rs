//! What people do with profiles and claims. Each function is one act: it checks, writes and records in the caller's
//! transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::ledger::{Kind, Source};
use super::profile::Details;
use super::store::{self, Candidate, NewCandidate, NewClaim};
use super::{Origin, State};
use crate::accounts;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, ClaimId, SkillId, TrackId, UserId};
use crate::promises::{self, How, What};
use crate::tokens::Tokens;

/// How a write of a profile ended.
#[derive(Debug)]
pub enum Saved {
    /// Written.
    Done,
    /// Nothing differed.
    Unchanged,
    /// Somebody saved another version meanwhile; this is it.
    Overtaken(Box<Candidate>),
    /// Another profile has this address.
    EmailTaken,
}

/// The words of [`Saved::EmailTaken`] beside the field.
pub const EMAIL_TAKEN: &str = "Another profile has this address.";

/// Makes a profile. `None`: another one has its address.
pub async fn create(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    track: TrackId,
    origin: Origin,
    user: Option<UserId>,
    details: &Details,
) -> AppResult<Option<CandidateId>> {
    let id = CandidateId::new();
    let new = NewCandidate {
        id,
        user,
        track,
        origin,
        external: None,
        details,
    };
    match store::insert(tx, &new, now).await {
        Ok(()) => {}
        Err(error) if constraint_of(&error) == Some("candidates_email_once") => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    events::record(
        tx,
        by,
        now,
        "candidate.created",
        ("candidate", id.0),
        json!({ "origin": origin }),
    )
    .await?;
    if origin == Origin::Apply {
        promises::actions::begin(tx, by, now, id, What::Application).await?;
    }
    Ok(Some(id))
}

/// Writes a profile that was read at `version`.
pub async fn edit(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    version: i32,
    details: &Details,
) -> AppResult<Saved> {
    store::lock(tx, &[id]).await?;
    let held = store::load(tx, id).await?.ok_or(AppError::NotFound)?;
    if held.version != version {
        return Ok(Saved::Overtaken(Box::new(held)));
    }
    let changed = held.details.changed(details);
    if changed.is_empty() {
        return Ok(Saved::Unchanged);
    }
    match store::update(tx, id, version, details, now).await {
        Ok(true) => {}
        Ok(false) => return Err(AppError::overtaken()),
        Err(error) if constraint_of(&error) == Some("candidates_email_once") => return Ok(Saved::EmailTaken),
        Err(error) => return Err(error.into()),
    }
    events::record(
        tx,
        by,
        now,
        "candidate.edited",
        ("candidate", id.0),
        json!({ "fields": changed }),
    )
    .await?;
    Ok(Saved::Done)
}

/// Invites a person whose profile came from a file or from staff to take it over; the token of the link, shown once.
pub async fn invite(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    tokens: &Tokens,
    id: CandidateId,
    email: &str,
) -> AppResult<String> {
    store::lock(tx, &[id]).await?;
    let held = store::load(tx, id).await?.ok_or(AppError::NotFound)?;
    if held.user.is_some() {
        return Err(AppError::refused(
            "This person signs in already",
            "The profile has its account; nothing more is needed.",
        ));
    }
    accounts::actions::invite_candidate(tx, by, now, tokens, id, email).await
}

/// Pauses, reactivates or withdraws somebody, with a reason. Whoever stops looking is taken back from every client in the same
/// step, because a client may not go on with somebody who has said no to being introduced.
///
/// 2026-11-21: this writes to introductions, which stand above this module, and not in an event that they hear: between the two
/// the client would still see the person.
pub async fn change_state(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    next: State,
    reason: &str,
) -> AppResult<()> {
    // Introductions first, then the person: the order of whoever answers or decides about one.
    let introduced = if next == State::Active {
        Vec::new()
    } else {
        store::lock_introductions(tx, id).await?
    };
    store::lock(tx, &[id]).await?;
    let held = store::load(tx, id).await?.ok_or(AppError::NotFound)?;
    // Told no, and from that back: acts of their own, with a reason, a message and a date.
    if [held.state, next].contains(&State::Rejected) {
        return Err(AppError::refused(
            "This person was told no",
            "The page of the rejection says from when they may apply again; there staff can take it back.",
        ));
    }
    if !held.state.may_become(next) {
        return Err(AppError::refused(
            format!("This profile is {} already", held.state.label().to_lowercase()),
            "Open the profile again: somebody changed its state meanwhile.",
        ));
    }
    store::set_state(tx, id, (held.state, next), reason, by.user_id(), now).await?;
    let why = if next == State::Withdrawn {
        "The profile was withdrawn."
    } else {
        "The profile was paused."
    };
    take_back_introductions(tx, by, now, id, introduced, why).await?;
    let kind = match next {
        State::Paused => "candidate.paused",
        State::Withdrawn => "candidate.withdrawn",
        State::Active | State::Rejected => "candidate.reactivated",
    };
    events::record(tx, by, now, kind, ("candidate", id.0), json!({ "from": held.state })).await?;
    let own = held.user.is_some() && held.user == by.user_id();
    match (held.state, next) {
        (_, State::Withdrawn) if by.user_id().is_some() => {
            promises::actions::keep(tx, by, now, id, How::Withdrew).await?;
        }
        // Somebody who left and comes back by their own act applies again.
        (State::Withdrawn, State::Active) if own => {
            promises::actions::begin(tx, by, now, id, What::Application).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Takes these introductions, which are locked, back from the clients, with the offers that nobody answered yet.
pub(super) async fn take_back_introductions(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: CandidateId,
    introduced: Vec<uuid::Uuid>,
    why: &str,
) -> AppResult<()> {
    store::end_introductions(tx, &introduced, ("not_available", why), now).await?;
    for introduction in introduced {
        let data = json!({"reason": "not_available", "because": id});
        events::record(
            tx,
            by,
            now,
            "introduction.withdrawn",
            ("introduction", introduction),
            data,
        )
        .await?;
    }
    Ok(())
}

/// A claim that staff enter.
#[derive(Debug, Clone)]
pub struct Statement {
    /// About what.
    pub kind: Kind,
    /// About which skill.
    pub skill: Option<SkillId>,
    /// Level, CEFR number or years.
    pub value: Option<i16>,
    /// Where it comes from; not the person's own word.
    pub source: Source,
    /// Private to staff.
    pub note: String,
    /// Whether the person who enters it has checked it.
    pub standing: Standing,
}

/// Whether a statement is verified by the one who enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Heard or read.
    Stated,
    /// Checked by the person who enters it.
    Verified,
}

/// Adds a line to the ledger.
pub async fn state_claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    statement: &Statement,
) -> AppResult<ClaimId> {
    if statement
        .value
        .is_some_and(|value| !statement.kind.range().contains(&value))
    {
        return Err(AppError::Invalid("This value is outside the scale.".into()));
    }
    store::lock(tx, &[candidate]).await?;
    let verified_by = match statement.standing {
        Standing::Verified if statement.source == Source::Own => {
            return Err(AppError::refused(
                "Nobody verifies their own word",
                "Record where the evidence comes from instead.",
            ));
        }
        Standing::Verified => by.user_id(),
        Standing::Stated => None,
    };
    let claim = NewClaim {
        id: ClaimId::new(),
        candidate,
        kind: statement.kind,
        skill: statement.skill,
        value: statement.value,
        source: statement.source,
        note: statement.note.clone(),
        stated_by: by.user_id(),
        verified_by,
        check: None,
    };
    let id = claim.id;
    store::insert_claims(tx, &[claim], now).await?;
    store::settle(tx, &[candidate]).await?;
    store::touch(tx, &[candidate], now).await?;
    let data = json!({ "claim": id, "kind": statement.kind, "skill": statement.skill, "value": statement.value,
                       "source": statement.source, "verified": verified_by.is_some() });
    events::record(tx, by, now, "claim.stated", ("candidate", candidate.0), data).await?;
    Ok(id)
}

/// Verifies a claim that is not the person's own word.
pub async fn verify_claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    claim: ClaimId,
) -> AppResult<()> {
    let Some(verifier) = by.user_id() else {
        return Err(AppError::Forbidden("A claim is verified by a person.".into()));
    };
    store::lock(tx, &[candidate]).await?;
    if !store::verify(tx, candidate, claim, verifier, now).await? {
        return Err(AppError::refused(
            "This claim cannot be verified",
            "It is the person's own word, it was verified or taken back already, or it is not in this ledger. \
             Add what you found as a claim of its own.",
        ));
    }
    judged(tx, by, now, "claim.verified", candidate, claim).await
}

/// Takes a claim back; it stays in the ledger.
pub async fn withdraw_claim(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    claim: ClaimId,
) -> AppResult<()> {
    store::lock(tx, &[candidate]).await?;
    if store::withdraw(tx, candidate, &[claim], now).await? != 1 {
        return Err(AppError::overtaken());
    }
    judged(tx, by, now, "claim.withdrawn", candidate, claim).await
}

/// What follows from a judgement about one claim: another line may count from now on.
async fn judged(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    kind: &'static str,
    candidate: CandidateId,
    claim: ClaimId,
) -> AppResult<()> {
    store::settle(tx, &[candidate]).await?;
    store::touch(tx, &[candidate], now).await?;
    let data = json!({ "claim": claim });
    events::record(tx, by, now, kind, ("candidate", candidate.0), data).await
}

/// What a claim is about.
pub type Subject = (Kind, Option<SkillId>);

/// Makes the person's own word about everything in `scope` exactly `wanted`: new and changed values become new lines,
/// what is gone is taken back, nobody else's lines are touched. Says how many lines changed.
#[expect(clippy::implicit_hasher, reason = "every caller has a map of the standard kind")]
pub async fn set_own_word(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    candidate: CandidateId,
    scope: &[Kind],
    wanted: &HashMap<Subject, Option<i16>>,
) -> AppResult<usize> {
    store::lock(tx, &[candidate]).await?;
    let mut gone = Vec::new();
    let mut kept: Vec<Subject> = Vec::new();
    for held in store::standing(tx, &[candidate], Source::Own).await? {
        if !scope.contains(&held.kind) {
            continue;
        }
        let subject = (held.kind, held.skill);
        match wanted.get(&subject) {
            Some(value) if *value == held.value => kept.push(subject),
            _ => gone.push(held.id),
        }
    }
    let added: Vec<NewClaim> = wanted
        .iter()
        .filter(|(subject, _)| !kept.contains(subject))
        .map(|(&(kind, skill), &value)| NewClaim {
            id: ClaimId::new(),
            candidate,
            kind,
            skill,
            value,
            source: Source::Own,
            note: String::new(),
            stated_by: by.user_id(),
            verified_by: None,
            check: None,
        })
        .collect();
    if gone.is_empty() && added.is_empty() {
        return Ok(0);
    }
    store::withdraw(tx, candidate, &gone, now).await?;
    store::insert_claims(tx, &added, now).await?;
    store::settle(tx, &[candidate]).await?;
    store::touch(tx, &[candidate], now).await?;
    let data = json!({ "stated": added.len(), "withdrawn": gone.len(), "scope": scope });
    events::record(tx, by, now, "claim.own_word_changed", ("candidate", candidate.0), data).await?;
    Ok(added.len() + gone.len())
}
