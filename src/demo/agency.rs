//! The demo agency, chapter by chapter.
//!
//! A chapter is one transaction with a marker in the event log: it is there as a whole or not at all, and a second start
//! finds the marker and goes on. Instants lie in the past of the first start, so that the agency has a history.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ACCOUNTS, PASSWORD, people, sample, story, waiting};
use crate::accounts::actions::{self, RegisterError, Registration};
use crate::accounts::{Role, store};
use crate::app::{self, Parts};
use crate::blobs::Blobs;
use crate::countries::Country;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::holidays;
use crate::ids::{OrganizationId, UserId};
use crate::tokens::Tokens;
use crate::tracks;

/// What the chapters share.
pub(super) struct Stage {
    /// The instant of this start.
    pub now: DateTime<Utc>,
    /// One hash for every account of the demo: they share the password that is printed at the start.
    pub password_hash: String,
    /// Where uploads go.
    pub blobs: Blobs,
    /// Makes the links of letters.
    pub tokens: Tokens,
}

impl Stage {
    /// So many days before this start, at a working hour.
    pub fn days_ago(&self, days: i64) -> DateTime<Utc> {
        self.now - Duration::days(days)
    }
}

/// Makes what is missing of the demo agency.
pub async fn open(parts: &Parts) -> AppResult<()> {
    if is_complete(parts).await? {
        return Ok(());
    }
    tracing::info!("making the demo agency, once; this takes a few seconds");
    let password_hash = parts.passwords.hash(PASSWORD.to_owned()).await?;
    let stage = Stage {
        now: parts.clock.now(),
        password_hash,
        blobs: app::uploads(parts).map_err(AppError::internal)?,
        tokens: parts.tokens.clone(),
    };
    chapter(parts, &stage, "staff", async |tx| staff(tx, &stage).await).await?;
    chapter(parts, &stage, "tracks", async |tx| {
        tracks::seed::load(tx, &Actor::operator(), stage.days_ago(100)).await?;
        tracks::seed::load_demo_rates(tx, stage.days_ago(100)).await?;
        holidays::seed::load(tx, &Actor::operator(), stage.days_ago(100)).await?;
        let owner = Actor::user(user(tx, ACCOUNTS[0]).await?);
        let ours = holidays::Choices {
            country: Country::parse("US"),
            promise_days: holidays::PROMISE_DAYS,
        };
        holidays::actions::choose(tx, &owner, stage.days_ago(100), ours).await
    })
    .await?;
    chapter(parts, &stage, "people", async |tx| people::invented(tx, &stage).await).await?;
    chapter(parts, &stage, "history", async |tx| story::history(tx, &stage).await).await?;
    chapter(parts, &stage, "today", async |tx| story::today(tx, &stage).await).await?;
    let lived_in = is_told(&mut *parts.db.conn().await?, SAMPLE).await?;
    if !lived_in {
        // In batches of its own; once it is in, again changes nothing.
        sample::load(&parts.db, stage.days_ago(30))
            .await
            .map_err(AppError::internal)?;
        chapter(parts, &stage, SAMPLE, async |_| Ok(())).await?;
    }
    let told = chapter(parts, &stage, LAST, async |tx| waiting::waiting(tx, &stage).await).await;
    match told {
        // People have worked in this agency since: where they left no room for the chapter, it runs on without.
        Err(AppError::Refused { title, .. }) if lived_in => {
            tracing::warn!(chapter = LAST, %title, "the demo agency stays as it is");
            Ok(())
        }
        Err(AppError::NotFound) if lived_in => {
            tracing::warn!(chapter = LAST, "the demo agency stays as it is");
            Ok(())
        }
        told => told,
    }
}

/// The mark of the imported sample. Named when nothing came after it: agencies of that time have this name in their log.
const SAMPLE: &str = "complete";

/// The chapter after which nothing is missing.
const LAST: &str = "waiting";

/// The marker's id, the same on every machine.
fn marker(name: &str) -> Uuid {
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

async fn is_told(conn: &mut PgConnection, name: &str) -> AppResult<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select 1 from events where subject_kind = 'demo' and subject_id = $1) as "told!""#,
        marker(name),
    )
    .fetch_one(conn)
    .await?)
}

async fn is_complete(parts: &Parts) -> AppResult<bool> {
    is_told(&mut *parts.db.conn().await?, LAST).await
}

async fn chapter(
    parts: &Parts,
    stage: &Stage,
    name: &'static str,
    tell: impl AsyncFnOnce(&mut PgConnection) -> AppResult<()>,
) -> AppResult<()> {
    let mut tx = parts.db.begin().await?;
    // Two first starts at once: the second waits here and finds the chapter told.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('meridian.demo'))")
        .execute(&mut *tx)
        .await?;
    if is_told(&mut tx, name).await? {
        return Ok(());
    }
    tell(&mut tx).await?;
    let data = serde_json::json!({ "chapter": name });
    events::record(
        &mut tx,
        &Actor::operator(),
        stage.now,
        "demo.chapter_told",
        ("demo", marker(name)),
        data,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Registers an account of the demo.
pub(super) async fn account(
    tx: &mut PgConnection,
    stage: &Stage,
    (email, name, role): (&str, &str, Role),
    organization: Option<OrganizationId>,
    at: DateTime<Utc>,
) -> AppResult<UserId> {
    let registration = Registration {
        email,
        name,
        password_hash: &stage.password_hash,
        role,
        organization,
    };
    actions::register(tx, &Actor::operator(), at, &registration)
        .await
        .map_err(|error| match error {
            RegisterError::EmailTaken => AppError::internal(format!("the address {email} is taken")),
            RegisterError::Other(error) => error,
        })
}

/// The user of a demo account.
pub(super) async fn user(tx: &mut PgConnection, email: &str) -> AppResult<UserId> {
    Ok(store::credentials(tx, email).await?.ok_or(AppError::NotFound)?.id)
}

/// The owner and a recruiter.
async fn staff(tx: &mut PgConnection, stage: &Stage) -> AppResult<()> {
    account(
        tx,
        stage,
        (ACCOUNTS[0], "Olivia Owner", Role::Admin),
        None,
        stage.days_ago(120),
    )
    .await?;
    account(
        tx,
        stage,
        (ACCOUNTS[1], "Renata Molina", Role::Recruiter),
        None,
        stage.days_ago(119),
    )
    .await?;
    Ok(())
}
