//! People the agency places: profile, claim ledger, import.
//!
//! What nobody has stated stays `None`: unknown is not no, and it is never filled with a guess.

pub mod actions;
pub mod claims;
pub mod import;
pub mod pages;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{CandidateId, TrackId, UserId};
use crate::money::{Currency, Period, Rate};
use crate::tracks::levels::Seniority;

/// Whether somebody may be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// In the pool.
    Active,
    /// Not now; the person or staff said so.
    Paused,
    /// Has left the pool; comes back only by an act.
    Withdrawn,
}

impl State {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Withdrawn];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// The moves that exist; the database has the same ones.
    pub fn can_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active | Self::Paused, Self::Withdrawn)
                | (Self::Active, Self::Paused)
                | (Self::Paused | Self::Withdrawn, Self::Active)
        )
    }
}

/// How a person came into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Origin {
    /// Applied at /apply.
    Apply,
    /// Entered by staff.
    Staff,
    /// From a file.
    Import,
    /// Invented for the demo.
    Demo,
}

/// Local working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Minutes after local midnight, 0..1440.
    pub start: i16,
    /// Minutes after local midnight; at or before `start` it is the next day.
    pub end: i16,
    /// Bit 0 is Monday.
    pub days: i16,
}

impl Hours {
    /// "09:00–17:00".
    pub fn text(&self) -> String {
        format!("{}–{}", clock_text(self.start), clock_text(self.end))
    }
}

/// Minutes after midnight as "09:30".
pub fn clock_text(minutes: i16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// What is written about a person, as staff or the person edit it. Claims (skills, English, years) are in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// None: an anonymous profile.
    pub name: Option<String>,
    /// Folded.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// Display only, never a score input.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// IANA name.
    pub zone: Option<String>,
    /// In `zone`.
    pub hours: Option<Hours>,
    /// Band.
    pub seniority: Option<Seniority>,
    /// What the person wants to be paid; never shown to clients.
    pub pay: Option<Rate>,
    /// First free day.
    pub available_from: Option<NaiveDate>,
    /// Shortest engagement wanted, months.
    pub least_months: Option<i16>,
    /// Longest engagement wanted, months.
    pub most_months: Option<i16>,
    /// In own words.
    pub wishes: String,
    /// One line of evidence that a client may read.
    pub headline: String,
    /// Addresses of code and profiles, one a line; staff only.
    pub links: String,
}

/// A person of the pool.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Id.
    pub id: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// The account, if the person has one.
    pub user: Option<UserId>,
    /// The track.
    pub track: TrackId,
    /// The track's name.
    pub track_name: String,
    /// How the person came.
    pub origin: Origin,
    /// What is written about the person.
    pub profile: Profile,
    /// Whether the person may be proposed.
    pub state: State,
    /// Why it is so.
    pub state_reason: String,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i32,
}

impl Candidate {
    /// "M-1001": the name before names are shown.
    pub fn code_name(&self) -> String {
        code_name(self.code)
    }

    /// The name staff see.
    pub fn display_name(&self) -> String {
        self.profile.name.clone().unwrap_or_else(|| self.code_name())
    }
}

/// "M-1001".
pub fn code_name(code: i32) -> String {
    format!("M-{code}")
}

/// Puts a nullable group of columns together: all or none, as the database's CHECK says.
fn rate(minor: Option<i64>, currency: Option<String>, period: Option<Period>) -> Option<Rate> {
    let currency: Currency = currency?.parse().ok()?;
    Some(Rate { minor: minor?, currency, period: period? })
}
