//! An agency of any size, the same for the same seed: people with their ledgers, checks and events (`records`), clients with
//! requests, introductions, offers and placements (`trade`, `hires`), in numbers that grow with the people.
//!
//! Rows go in below the app, in bulk, and through every constraint and trigger of the schema: what may only be moved into a
//! state is moved there. Nothing is told of somebody that the app could not have written. Only the triggers that note each
//! changed row in the log sleep while people are copied: the log gets the events that `records` writes, and noting a million
//! rows besides took ten times as long as everything else.

mod chance;
mod copy;
mod hires;
mod people;
mod records;
mod trade;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use meridian::accounts::Role;
use meridian::accounts::actions::{self, Registration};
use meridian::accounts::passwords::Passwords;
use meridian::db::Db;
use meridian::events::Actor;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::client::Trouble;
use chance::Chance;

/// The recruiter who looks at the pages.
pub const RECRUITER: &str = "recruiter@bench.test";
/// Their password.
pub const PASSWORD: &str = "measured and not guessed";

/// People are written in pieces of this many.
const PIECE: usize = 5_000;

/// Somebody of the pool, as far as the rest of the agency needs to know.
struct Person {
    id: Uuid,
    name: Option<String>,
    /// Their account: without one nobody can consent.
    user: Option<Uuid>,
    active: bool,
}

/// An agency that grows.
pub struct Seed {
    chance: Chance,
    now: DateTime<Utc>,
    track: Uuid,
    /// Most frequent first.
    skills: Vec<Uuid>,
    /// Of the track: kind, and after how many months it expires.
    checks: Vec<(String, Option<i16>)>,
    staff: Uuid,
    people: Vec<Person>,
    /// Who has a placement, so that nobody has two.
    placed: HashSet<Uuid>,
    /// Open requests.
    pub requests: Vec<Uuid>,
    /// Placements.
    pub placements: Vec<Uuid>,
}

impl Seed {
    /// An agency without anybody but its staff, on an empty, migrated database.
    pub async fn begin(db: &Db, seed: u64, now: DateTime<Utc>) -> Result<Self, Trouble> {
        let mut tx = db.begin().await?;
        meridian::tracks::seed::load(&mut tx, &Actor::operator(), now).await?;
        meridian::tracks::seed::load_demo_rates(&mut tx, now).await?;
        let passwords = Passwords::strong();
        let hash = passwords.hash(PASSWORD.to_owned()).await?;
        let mut staff = None;
        for (email, name, role) in [
            ("owner@bench.test", "Olga Owner", Role::Admin),
            (RECRUITER, "Renata Recruiter", Role::Recruiter),
        ] {
            let registration = Registration {
                email,
                name,
                password_hash: &hash,
                role,
                organization: None,
            };
            let user = actions::register(&mut tx, &Actor::operator(), now, &registration).await;
            staff = Some(user.map_err(|error| format!("{error:?}"))?.0);
        }
        let track = sqlx::query_scalar("select id from tracks order by created_at, id limit 1")
            .fetch_one(&mut *tx)
            .await?;
        let skills = sqlx::query_scalar(
            "select s.id from skills s left join track_skills t on t.skill_id = s.id and t.track_id = $1
             order by t.position is null, t.position, md5(s.slug)",
        )
        .bind(track)
        .fetch_all(&mut *tx)
        .await?;
        let checks =
            sqlx::query_as("select kind, valid_months from track_checks where track_id = $1 order by position")
                .bind(track)
                .fetch_all(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(Self {
            chance: Chance::new(seed),
            now,
            track,
            skills,
            checks,
            staff: staff.ok_or("no staff")?,
            people: Vec::new(),
            placed: HashSet::new(),
            requests: Vec::new(),
            placements: Vec::new(),
        })
    }

    /// Grows until there are this many people, and leaves the tables as a database looks that had time to tidy up.
    pub async fn grow(&mut self, conn: &mut PgConnection, people: usize) -> Result<(), Trouble> {
        let before = self.people.len();
        noting(conn, "disable").await?;
        while self.people.len() < people {
            let piece = PIECE.min(people - self.people.len());
            let mut tx = conn.begin().await?;
            records::grow(self, &mut tx, piece).await?;
            tx.commit().await?;
        }
        noting(conn, "enable").await?;
        let mut tx = conn.begin().await?;
        trade::grow(self, &mut tx, people.saturating_sub(before)).await?;
        tx.commit().await?;
        sqlx::query("vacuum (analyze)").execute(&mut *conn).await?;
        sqlx::query("checkpoint").execute(conn).await?;
        Ok(())
    }

    /// Some of the first people, spread over them.
    pub fn some_people(&self, number: usize, of: usize) -> Vec<Uuid> {
        let of = of.min(self.people.len());
        let step = (of / number.max(1)).max(1);
        self.people[..of]
            .iter()
            .step_by(step)
            .map(|one| one.id)
            .take(number)
            .collect()
    }

    /// What is typed by those who look for one of the first people by name: three letters. Frequent names are looked for
    /// more often.
    pub fn searches(&self, number: usize, of: usize) -> Vec<String> {
        let mut chance = Chance::new(u64::try_from(number).unwrap_or_default());
        let named = self.people[..of.min(self.people.len())]
            .iter()
            .filter_map(|one| one.name.as_deref());
        named
            .step_by(37)
            .filter_map(|name| people::three_letters(name, &mut chance))
            .take(number)
            .collect()
    }

    fn days_ago(&mut self, least: i64, most: i64) -> DateTime<Utc> {
        let minutes = self.chance.between(least * 1_440, most * 1_440);
        self.now - TimeDelta::minutes(minutes)
    }

    fn id_at(&mut self, at: DateTime<Utc>) -> Uuid {
        self.chance.id(at.timestamp_millis())
    }
}

/// Puts the triggers to sleep, or wakes them, that note in the log what `records` copies.
async fn noting(conn: &mut PgConnection, how: &str) -> Result<(), Trouble> {
    for table in ["users", "candidates", "claims", "vetting_checks"] {
        let statement = format!("alter table {table} {how} trigger {table}_noted");
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Carries out one statement with a list of ids as `$1`, and instants and texts as they come.
async fn move_all(conn: &mut PgConnection, statement: &str, ids: &[Uuid], at: DateTime<Utc>) -> Result<(), Trouble> {
    if !ids.is_empty() {
        let query = sqlx::query(AssertSqlSafe(statement.to_owned())).bind(ids).bind(at);
        query.execute(conn).await?;
    }
    Ok(())
}
