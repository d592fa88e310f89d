//! What stands above every page about one person: who, in what state, the tabs.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::candidates::store::{self, Candidate};
use crate::candidates::{State, code_label};
use crate::error::{AppError, AppResult};
use crate::ids::CandidateId;

/// The parts of a person's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The profile.
    Profile,
    /// Every claim.
    Ledger,
    /// Checks.
    Vetting,
    /// The CV as a file.
    Cv,
    /// What staff wrote down.
    Notes,
    /// What the agency wrote to them.
    Messages,
    /// The agency's no; reached from the profile.
    Reject,
    /// To whom the person is not to be proposed.
    OffLimits,
    /// Events.
    History,
}

/// Head of a person's page; the template `candidates/head.html` draws it.
pub struct Head {
    /// Whom.
    pub id: CandidateId,
    /// Name, or code.
    pub title: String,
    /// "M-1001".
    pub code: String,
    /// The facts line.
    pub facts: Vec<String>,
    /// State of the record: tone and words.
    pub state: (&'static str, String),
    /// State of the vetting: tone and words.
    pub vetting: (&'static str, String),
    /// Which tab.
    pub part: Part,
}

impl Head {
    /// Makes it for a record.
    pub fn of(candidate: &Candidate, vetting: (&'static str, String), part: Part, now: DateTime<Utc>) -> Self {
        let details = &candidate.details;
        let place = [&details.city, &details.country]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let zone = details.zone.map(|zone| zone.offset_label(now));
        let facts = [details.seniority.map(|band| band.label().to_owned()), Some(place), zone];
        let reason = match (candidate.state, candidate.state_reason.as_str()) {
            (State::Active, _) | (_, "") => String::new(),
            (_, reason) => format!(": {reason}"),
        };
        Self {
            id: candidate.id,
            title: candidate.display(),
            code: code_label(candidate.code),
            facts: facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect(),
            state: (candidate.state.tone(), format!("{}{reason}", candidate.state.label())),
            vetting,
            part,
        }
    }

    /// Loads record and head; no such person is a 404.
    pub async fn load(
        conn: &mut PgConnection,
        id: CandidateId,
        part: Part,
        now: DateTime<Utc>,
    ) -> AppResult<(Candidate, Self)> {
        let candidate = store::load(conn, id).await?.ok_or(AppError::NotFound)?;
        let today = now.date_naive();
        let vetting = match candidate.decisions.vetting(today) {
            Some(vetting) => vetting,
            None => store::vetting(conn, &[id], today)
                .await?
                .remove(&id)
                .unwrap_or_default(),
        };
        let head = Self::of(&candidate, vetting.words(), part, now);
        Ok((candidate, head))
    }

    /// Whether the tab is the page's.
    pub fn is(&self, part: &str) -> bool {
        part == match self.part {
            Part::Profile => "profile",
            Part::Ledger => "ledger",
            Part::Vetting => "vetting",
            Part::Cv => "cv",
            Part::Notes => "notes",
            Part::Messages => "messages",
            Part::Reject => "reject",
            Part::OffLimits => "off-limits",
            Part::History => "history",
        }
    }
}

/// Reads an id of an address; what is none is a 404 like an unknown one.
pub fn id_of(text: &str) -> AppResult<CandidateId> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// "21 Nov 2026".
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

/// "21 Nov 2026, 09:14 UTC".
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}
