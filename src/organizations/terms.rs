//! What an agreement promises, with the names that its JSON uses.
//!
//! What is written has one name for each term. What is read may also call them by the words of the promise itself
//! (`notice_window`, `remedy_order`, `restart_policy`...), because people write such files by hand; a name that is neither is
//! refused, and so is one term under two names.

use serde::{Deserialize, Serialize};

use crate::countries::Country;

/// How the days of the promise are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Every date counts.
    #[serde(alias = "calendar_days", alias = "calendar days")]
    Calendar,
    /// Monday to Friday count, holidays do not.
    #[serde(alias = "business_days", alias = "business days")]
    Business,
}

/// Which date is day 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartRule {
    /// The first day of paid work.
    #[serde(alias = "first_day_of_paid_work", alias = "first day of paid work")]
    FirstPaidDay,
}

/// Why somebody left. Each is either covered, excluded or neither in a given agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The developer ended it.
    Resigned,
    /// The client ended it over the quality or pace of the work.
    Performance,
    /// The client ended it over behaviour.
    Conduct,
    /// The developer can no longer work (illness, other duties).
    Unavailable,
    /// The client let go of people for its own reasons.
    Layoff,
    /// The work became another work than was specified.
    #[serde(alias = "scope change")]
    ScopeChange,
    /// The client asked for another place or zone.
    Relocation,
    /// The client broke the agreement.
    #[serde(alias = "client breach")]
    ClientBreach,
    /// None of these; covered only by an override.
    Other,
}

impl Cause {
    /// All causes, in the order in which a form offers them.
    pub const ALL: [Self; 9] = [
        Self::Resigned,
        Self::Performance,
        Self::Conduct,
        Self::Unavailable,
        Self::Layoff,
        Self::ScopeChange,
        Self::Relocation,
        Self::ClientBreach,
        Self::Other,
    ];

    /// The name in JSON, in the database and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resigned => "resigned",
            Self::Performance => "performance",
            Self::Conduct => "conduct",
            Self::Unavailable => "unavailable",
            Self::Layoff => "layoff",
            Self::ScopeChange => "scope_change",
            Self::Relocation => "relocation",
            Self::ClientBreach => "client_breach",
            Self::Other => "other",
        }
    }

    /// The cause of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }

    /// In words that both sides can read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Resigned => "the developer resigned",
            Self::Performance => "the work was not good enough",
            Self::Conduct => "conduct",
            Self::Unavailable => "the developer can no longer work",
            Self::Layoff => "layoff",
            Self::ScopeChange => "the scope of the work changed",
            Self::Relocation => "the client asked for a relocation",
            Self::ClientBreach => "the client broke the agreement",
            Self::Other => "another cause",
        }
    }
}

/// What must have been paid when notice is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentRule {
    /// Nothing.
    None,
    /// Every invoice due by the instant of notice is paid by then.
    PaidAtNotice,
}

/// Whether the client must have accepted to work on the seat with this agency alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExclusivityRule {
    /// Not part of the agreement.
    None,
    /// The promise holds only with it.
    Required,
}

/// What an eligible claim leads to; the agreement says in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Another person for the same seat at no fee.
    Replacement,
    /// Money back, by tiers.
    Refund,
    /// A credit towards later invoices.
    Credit,
}

/// A step of the refund: departures through this day give back this much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The last day of the guarantee that this tier reaches, from 1.
    pub through_day: u16,
    /// Per cent of the fee, 0 to 100.
    pub percent: u8,
}

/// What a replacement's own guarantee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// The first placement's last covered date stays the last.
    None,
    /// The days that were left when the person departed.
    #[serde(alias = "remaining", alias = "remaining days")]
    RemainingDays,
    /// All days again.
    Full,
}

/// What an agreed pause does to the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausePolicy {
    /// Nothing: the days run on.
    None,
    /// Paused dates do not count, so the last covered date moves.
    Extend,
}

/// The terms of a guarantee. Copied into a placement at acceptance; never changed under a running guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// How many days are covered, 30 to 365.
    pub days: u16,
    /// Calendar or business days.
    #[serde(alias = "kind", alias = "days_kind")]
    pub day_kind: DayKind,
    /// Which date is day 1.
    #[serde(alias = "start_rule", alias = "day_one")]
    pub start: StartRule,
    /// Whose holidays are no business days, by ISO 3166-1 code; with none, weekends alone.
    #[serde(alias = "holiday_calendars", alias = "holiday_countries")]
    pub holidays: Vec<String>,
    /// Departures for these causes are covered.
    #[serde(alias = "covered", alias = "causes")]
    pub covered_causes: Vec<Cause>,
    /// Any of these takes a departure out of the promise.
    #[serde(alias = "excluded")]
    pub exclusions: Vec<Cause>,
    /// Days after the last working day within which notice counts: business days, unless [`Self::notice_day_kind`] says otherwise.
    #[serde(alias = "notice_window", alias = "notice_days")]
    pub notice_business_days: u16,
    /// How the notice window is counted. Its end rolls forward to a business day either way.
    #[serde(alias = "notice_kind", alias = "notice_window_kind")]
    pub notice_day_kind: DayKind,
    /// What must be paid at notice.
    pub payment_rule: PaymentRule,
    /// Whether the client promised exclusivity.
    pub exclusivity: ExclusivityRule,
    /// In which order remedies are tried.
    #[serde(alias = "remedy_order")]
    pub remedies: Vec<Remedy>,
    /// Steps of the refund, by ascending day.
    #[serde(alias = "prorating_tiers", alias = "refund_tiers")]
    pub tiers: Vec<Tier>,
    /// For how many months a credit can be used.
    #[serde(alias = "credit_expiry_months")]
    pub credit_months: u16,
    /// How many replacements one chain may have.
    pub most_replacements: u16,
    /// What a replacement's guarantee is.
    #[serde(alias = "restart_policy")]
    pub restart: Restart,
    /// What a pause does.
    #[serde(alias = "pause_policy")]
    pub pauses: PausePolicy,
    /// The days on which both sides are asked how it goes, by ascending day.
    #[serde(alias = "check_ins", alias = "checkin_days")]
    pub check_in_days: Vec<u16>,
}

/// Terms that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Fewer than 30 or more than 365 days.
    #[error("the guarantee must cover 30 to 365 days")]
    Days,
    /// A notice window of more than 60 days.
    #[error("the notice window must be at most 60 days")]
    Notice,
    /// A holiday calendar of no country, or named twice.
    #[error("holiday calendars are named by two-letter country codes, each once")]
    Holidays,
    /// A credit that is worth nothing from the start, or for ever.
    #[error("a credit must be good for 1 to 60 months")]
    Credit,
    /// A cause is both covered and excluded, or listed twice.
    #[error("a cause must be listed once, as covered or as excluded")]
    Causes,
    /// No remedy, or one listed twice.
    #[error("at least one remedy is needed, each once")]
    Remedies,
    /// Tiers out of order, beyond the last day, or above 100 per cent.
    #[error("tiers must ascend by day, end within the guarantee and be at most 100 per cent")]
    Tiers,
    /// Check-ins out of order or outside the guarantee.
    #[error("check-in days must ascend and lie within the guarantee")]
    CheckIns,
}

impl Default for Terms {
    fn default() -> Self {
        Self::default_promise()
    }
}

impl Terms {
    /// The promise that every client gets unless its agreement says otherwise.
    pub fn default_promise() -> Self {
        Self {
            days: 30,
            day_kind: DayKind::Calendar,
            start: StartRule::FirstPaidDay,
            holidays: Vec::new(),
            covered_causes: vec![Cause::Resigned, Cause::Performance, Cause::Conduct, Cause::Unavailable],
            exclusions: vec![
                Cause::Layoff,
                Cause::ScopeChange,
                Cause::Relocation,
                Cause::ClientBreach,
            ],
            notice_business_days: 5,
            notice_day_kind: DayKind::Business,
            payment_rule: PaymentRule::None,
            exclusivity: ExclusivityRule::None,
            remedies: vec![Remedy::Replacement],
            tiers: Vec::new(),
            credit_months: 12,
            most_replacements: 1,
            restart: Restart::None,
            pauses: PausePolicy::Extend,
            check_in_days: vec![7, 15, 25],
        }
    }

    /// Refuses terms that could not be kept.
    pub fn check(&self) -> Result<(), TermsError> {
        if !(30..=365).contains(&self.days) {
            return Err(TermsError::Days);
        }
        if self.notice_business_days > 60 {
            return Err(TermsError::Notice);
        }
        let countries: Vec<Country> = self.holidays.iter().filter_map(|code| Country::parse(code)).collect();
        if countries.len() != self.holidays.len() || has_twins(&countries) {
            return Err(TermsError::Holidays);
        }
        if !(1..=60).contains(&self.credit_months) {
            return Err(TermsError::Credit);
        }
        let causes: Vec<Cause> = self.covered_causes.iter().chain(&self.exclusions).copied().collect();
        if has_twins(&causes) {
            return Err(TermsError::Causes);
        }
        if self.remedies.is_empty() || has_twins(&self.remedies) {
            return Err(TermsError::Remedies);
        }
        let ascending = self
            .tiers
            .windows(2)
            .all(|pair| pair[0].through_day < pair[1].through_day);
        let sound = self
            .tiers
            .iter()
            .all(|tier| (1..=self.days).contains(&tier.through_day) && tier.percent <= 100);
        if !ascending || !sound {
            return Err(TermsError::Tiers);
        }
        let ascending = self.check_in_days.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || !self.check_in_days.iter().all(|day| (1..=self.days).contains(day)) {
            return Err(TermsError::CheckIns);
        }
        Ok(())
    }
}

fn has_twins<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(at, item)| items[..at].contains(item))
}
