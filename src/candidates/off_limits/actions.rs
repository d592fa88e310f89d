//! Making and ending a rule.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store::{self, NewRule, Open};
use crate::candidates::store as people;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{CandidateId, OffLimitsId, OrganizationId, UserId};

/// What becomes of introductions of the two that are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderWay {
    /// Nobody has said.
    Ask,
    /// They stay where they are, and nothing moves on while the rule holds.
    Stop,
    /// They are taken back.
    Withdraw,
}

impl UnderWay {
    /// Of a form.
    pub fn parse(text: &str) -> Self {
        match text {
            "stop" => Self::Stop,
            "withdraw" => Self::Withdraw,
            _ => Self::Ask,
        }
    }
}

/// How the making of a rule ended.
#[derive(Debug)]
pub enum Made {
    /// It holds from today.
    Done,
    /// A rule of the two holds already.
    HeldAlready,
    /// These introductions are under way; somebody has to say what becomes of them.
    Asks(Vec<Open>),
}

fn staff(by: &Actor) -> AppResult<UserId> {
    by.user_id().ok_or(AppError::SignInNeeded)
}

/// Makes a rule. One whose last day has passed gives way to it.
pub async fn make(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    rule: &NewRule<'_>,
    under_way: UnderWay,
) -> AppResult<Made> {
    let user = staff(by)?;
    if !store::exist(tx, rule.candidate, rule.organization).await? {
        return Err(AppError::NotFound);
    }
    // The person first, so that nobody proposes them meanwhile; then what is under way.
    people::lock(tx, &[rule.candidate]).await?;
    let open = store::open_between(tx, rule.candidate, rule.organization).await?;
    if let Some(held) = store::held(tx, rule.candidate, rule.organization).await? {
        if held.ends_on.is_none_or(|last| last >= now.date_naive()) {
            return Ok(Made::HeldAlready);
        }
        store::end(tx, held.id, user, now, "Its last day had passed.").await?;
        note(
            tx,
            by,
            now,
            "candidate.off_limits_ended",
            (rule.candidate, rule.organization),
        )
        .await?;
    }
    if !open.is_empty() && under_way == UnderWay::Ask {
        return Ok(Made::Asks(open));
    }
    if under_way == UnderWay::Withdraw {
        let ids: Vec<uuid::Uuid> = open.iter().map(|one| one.id.0).collect();
        people::end_introductions(tx, &ids, ("other", "Off limits for this client."), now).await?;
        for id in ids {
            let data = json!({"reason": "other", "because": rule.candidate});
            events::record(tx, by, now, "introduction.withdrawn", ("introduction", id), data).await?;
        }
    }
    store::insert(tx, OffLimitsId::new(), rule, user, now).await?;
    note(
        tx,
        by,
        now,
        "candidate.off_limits_set",
        (rule.candidate, rule.organization),
    )
    .await?;
    Ok(Made::Done)
}

/// Ends a rule of this person, or of this client; the reason stays with it.
pub async fn end(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: OffLimitsId,
    of: impl Fn(CandidateId, OrganizationId) -> bool,
    reason: &str,
) -> AppResult<()> {
    let user = staff(by)?;
    let (candidate, organization, ended) = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    if !of(candidate, organization) {
        return Err(AppError::NotFound);
    }
    if ended {
        return Err(AppError::overtaken());
    }
    store::end(tx, id, user, now, reason).await?;
    note(tx, by, now, "candidate.off_limits_ended", (candidate, organization)).await
}

async fn note(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    kind: &'static str,
    (candidate, organization): (CandidateId, OrganizationId),
) -> AppResult<()> {
    let data = json!({ "organization": organization });
    events::record(tx, by, now, kind, ("candidate", candidate.0), data).await
}
