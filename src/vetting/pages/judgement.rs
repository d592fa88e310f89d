//! A judgement as it is typed, on a person's page and on a check's.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::vetting::{Decision, Outcome};
use crate::web::{FormErrors, form};

/// A check to begin, or its result.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckForm {
    pub kind: String,
    /// "begin", "invite", or an outcome.
    pub result: String,
    pub decided_on: String,
    pub expires_on: String,
    pub reason: String,
    pub note: String,
}

impl CheckForm {
    /// An empty one.
    pub(super) fn of_today(today: NaiveDate) -> Self {
        Self {
            decided_on: today.to_string(),
            ..Self::default()
        }
    }

    /// The typed judgement; `None` with the errors that say why.
    pub(super) fn decision(&self, today: NaiveDate, errors: &mut FormErrors) -> Option<Decision> {
        let outcome = Outcome::parse(&self.result).ok_or("Choose passed, failed or waived.");
        let outcome = errors.take("result", outcome);
        let decided_on = match self.decided_on.trim() {
            "" => Some(today),
            text => errors.take("decided_on", form::date(text)),
        };
        let expires_on = match self.expires_on.trim() {
            "" => Some(None),
            text => errors.take("expires_on", form::date(text)).map(Some),
        };
        let reason = errors.take("reason", form::text(&self.reason, 4_000));
        let note = errors.take("note", form::text(&self.note, 4_000));
        let decision = Decision {
            outcome: outcome?,
            decided_on: decided_on?,
            expires_on: expires_on?,
            score_bp: None,
            note: note?,
            reason: reason?,
        };
        for (field, words) in decision.faults(today) {
            errors.add(field, words);
        }
        errors.is_empty().then_some(decision)
    }
}
