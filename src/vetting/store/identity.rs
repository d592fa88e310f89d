//! SQL of findings about who somebody is, and of what providers reported.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, FindingId, UserId};
use crate::vetting::identity::{FindingKind, FindingState};
use crate::vetting::{Kind, Report};

/// A finding as pages show it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Id.
    pub id: FindingId,
    /// At which check it was noticed.
    pub check: CheckId,
    /// What was checked there.
    pub at: Kind,
    /// What does not fit.
    pub kind: FindingKind,
    /// In the assessor's words.
    pub detail: String,
    /// What became of it.
    pub state: FindingState,
    /// Who looks into it.
    pub owner: UserId,
    /// Their name.
    pub owner_name: String,
    /// Who noticed.
    pub raised_by: String,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// Who said what became of it.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: String,
}

/// The findings about a person, open ones first.
pub async fn findings(conn: &mut PgConnection, candidate: CandidateId) -> AppResult<Vec<Finding>> {
    Ok(sqlx::query_as!(
        Finding,
        r#"select f.id as "id: FindingId", f.check_id as "check: CheckId", k.kind as "at: Kind", f.kind as "kind: FindingKind", f.detail,
                  f.state as "state: FindingState", f.owner_id as "owner: UserId", o.name as owner_name, r.name as raised_by,
                  f.raised_at, d.name as "decided_by?", f.reason
           from identity_findings f
           join vetting_checks k on k.id = f.check_id
           join users o on o.id = f.owner_id
           join users r on r.id = f.raised_by
           left join users d on d.id = f.decided_by
           where f.candidate_id = $1 order by f.state <> 'open', f.id desc limit 40"#,
        candidate as CandidateId,
    )
    .fetch_all(conn)
    .await?)
}

/// Something to look into.
#[derive(Debug)]
pub struct NewFinding<'a> {
    /// About whom.
    pub candidate: CandidateId,
    /// At which check.
    pub check: CheckId,
    /// What does not fit.
    pub kind: FindingKind,
    /// In words.
    pub detail: &'a str,
    /// Who looks into it.
    pub owner: UserId,
    /// Who noticed.
    pub by: UserId,
}

/// Writes a finding down.
pub async fn insert(conn: &mut PgConnection, new: &NewFinding<'_>, now: DateTime<Utc>) -> AppResult<FindingId> {
    let id = FindingId::new();
    sqlx::query!(
        "insert into identity_findings (id, candidate_id, check_id, kind, detail, state, owner_id, raised_by, raised_at)
         values ($1, $2, $3, $4, $5, 'open', $6, $7, $8)",
        id as FindingId,
        new.candidate as CandidateId,
        new.check as CheckId,
        new.kind as FindingKind,
        new.detail,
        new.owner as UserId,
        new.by as UserId,
        now,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// The state of a finding about `candidate`; locked.
pub async fn lock(conn: &mut PgConnection, candidate: CandidateId, id: FindingId) -> AppResult<FindingState> {
    Ok(sqlx::query_scalar!(
        r#"select state as "state: FindingState" from identity_findings where id = $1 and candidate_id = $2 for update"#,
        id as FindingId,
        candidate as CandidateId,
    )
    .fetch_one(conn)
    .await?)
}

/// Says what became of a finding.
pub async fn decide(
    conn: &mut PgConnection,
    id: FindingId,
    state: FindingState,
    (by, now): (UserId, DateTime<Utc>),
    reason: &str,
) -> AppResult<()> {
    sqlx::query!(
        "update identity_findings set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1",
        id as FindingId,
        state as FindingState,
        by as UserId,
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a finding to somebody.
pub async fn give(conn: &mut PgConnection, id: FindingId, owner: UserId) -> AppResult<()> {
    sqlx::query!(
        "update identity_findings set owner_id = $2 where id = $1",
        id as FindingId,
        owner as UserId,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the open findings of `from` to `to`; about whom they are.
pub async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> AppResult<Vec<CandidateId>> {
    Ok(sqlx::query_scalar!(
        r#"update identity_findings set owner_id = $2 where owner_id = $1 and state = 'open'
           returning candidate_id as "candidate: CandidateId""#,
        from as UserId,
        to as UserId,
    )
    .fetch_all(conn)
    .await?)
}

/// Keeps what a provider said.
pub async fn report(
    conn: &mut PgConnection,
    (candidate, check): (CandidateId, CheckId),
    said: &Report,
) -> AppResult<()> {
    sqlx::query!(
        "insert into check_reports (check_id, candidate_id, provider, reference, result, scope) values ($1, $2, $3, $4, $5, $6)",
        check as CheckId,
        candidate as CandidateId,
        said.provider,
        said.reference,
        said.result,
        said.scope,
    )
    .execute(conn)
    .await?;
    Ok(())
}
