//! SQL of what the jobs did: one row a job.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::{AppError, AppResult};

/// Characters of an error that are kept.
const WORDS: usize = 500;

/// An error with its causes, on one line.
pub fn words(error: &AppError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(WORDS)
        .collect()
}

/// How a job last ran.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which job.
    pub name: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Rows it changed; none: it failed.
    pub result: Option<i64>,
    /// What went wrong when it last failed.
    pub error: Option<String>,
    /// When that was.
    pub failed_at: Option<DateTime<Utc>>,
    /// How often it has run.
    pub runs: i64,
}

/// Notes a run. Of two servers that ran it, the one that ended last is told.
pub async fn note(
    conn: &mut PgConnection,
    name: &str,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    outcome: &Result<u64, String>,
) -> AppResult<()> {
    let result = outcome
        .as_ref()
        .ok()
        .map(|rows| i64::try_from(*rows).unwrap_or(i64::MAX));
    let error = outcome.as_ref().err();
    sqlx::query!(
        "insert into job_runs as r (name, started_at, ended_at, result, error, failed_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do update set
             started_at = excluded.started_at, ended_at = excluded.ended_at, result = excluded.result,
             error = coalesce(excluded.error, r.error), failed_at = coalesce(excluded.failed_at, r.failed_at), runs = r.runs + 1",
        name,
        started_at,
        ended_at,
        result,
        error,
        error.map(|_| ended_at),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How each job last ran.
pub async fn runs(conn: &mut PgConnection) -> AppResult<Vec<Run>> {
    Ok(sqlx::query_as!(
        Run,
        "select name, started_at, ended_at, result, error, failed_at, runs from job_runs order by name"
    )
    .fetch_all(conn)
    .await?)
}
