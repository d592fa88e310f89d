//! Whether it is the same person at each live step. Pure.
//!
//! At a live step the assessor says whom they saw, by which document, whether the person knew the code that stands on their own
//! page, and whether clock and country of payment fit the profile. What does not fit becomes a finding with an owner. It stops
//! nothing: a person looks into it and says what became of it.

use serde::{Deserialize, Serialize};

/// The assessor's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Same {
    /// Yes.
    Yes,
    /// Cannot say.
    Unsure,
    /// Somebody else.
    No,
}

impl Same {
    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        match key {
            "yes" => Some(Self::Yes),
            "unsure" => Some(Self::Unsure),
            "no" => Some(Self::No),
            _ => None,
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Yes => "the same person",
            Self::Unsure => "not sure that it is the same person",
            Self::No => "not the same person",
        }
    }
}

/// What a card says of who it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `None` where the step is not live.
    pub same: Option<Same>,
    /// "Passport, shown to the camera".
    pub document: String,
    /// Whether the person read the code aloud; `None`: not asked.
    pub code: Option<bool>,
    /// Whether the clock behind them fits the zone of the profile; `None`: not asked.
    pub clock: Option<bool>,
    /// Where they say they want to be paid.
    pub payout_country: String,
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum FindingKind {
    /// The assessor saw somebody else.
    AnotherPerson,
    /// The assessor could not say.
    NotSure,
    /// No document was shown at the step that is there for it.
    NoDocument,
    /// The person did not know the code.
    CodeWrong,
    /// The clock does not fit the zone of the profile.
    Clock,
    /// The country of payment is not the one of the profile.
    PayoutCountry,
}

impl FindingKind {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::AnotherPerson => "Not the same person, says the assessor",
            Self::NotSure => "Perhaps not the same person, says the assessor",
            Self::NoDocument => "No document was shown",
            Self::CodeWrong => "Did not know the code of the page",
            Self::Clock => "The clock does not fit the zone of the profile",
            Self::PayoutCountry => "Wants to be paid in another country",
        }
    }
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum FindingState {
    /// Somebody has to look into it.
    Open,
    /// There is a harmless reason.
    Explained,
    /// It is so.
    Confirmed,
}

impl FindingState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Explained, Self::Confirmed];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Explained => "explained",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Tone and word.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("wait", "Open"),
            Self::Explained => ("ok", "Explained"),
            Self::Confirmed => ("bad", "Confirmed"),
        }
    }

    /// The moves that exist; the database has the same ones.
    pub fn can_become(self, next: Self) -> bool {
        next != Self::Open && next != self
    }
}

/// What of a card does not fit, with words. `country` is the profile's; where nobody stated it, nothing contradicts it.
pub fn findings(said: &Identity, country: Option<&str>, needs_document: bool) -> Vec<(FindingKind, String)> {
    let mut found = Vec::new();
    match said.same {
        Some(Same::No) => found.push((FindingKind::AnotherPerson, said.document.clone())),
        Some(Same::Unsure) => found.push((FindingKind::NotSure, said.document.clone())),
        Some(Same::Yes) | None => {}
    }
    if needs_document && said.document.trim().is_empty() {
        found.push((FindingKind::NoDocument, String::new()));
    }
    if said.code == Some(false) {
        found.push((FindingKind::CodeWrong, String::new()));
    }
    if said.clock == Some(false) {
        found.push((FindingKind::Clock, String::new()));
    }
    let fold = |text: &str| text.trim().to_lowercase();
    if let Some(country) = country.filter(|country| !country.trim().is_empty())
        && !said.payout_country.trim().is_empty()
        && fold(&said.payout_country) != fold(country)
    {
        found.push((
            FindingKind::PayoutCountry,
            format!("{}; the profile says {country}", said.payout_country.trim()),
        ));
    }
    found
}

/// A code as it is read aloud: "482 917".
pub fn spoken(code: &str) -> String {
    let (first, second) = code.split_at_checked(3).unwrap_or((code, ""));
    format!("{first} {second}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_found_and_what_nobody_said_is_not() {
        let kinds = |said: &Identity, country, document| -> Vec<FindingKind> {
            findings(said, country, document)
                .into_iter()
                .map(|(kind, _)| kind)
                .collect()
        };
        let fits = Identity {
            same: Some(Same::Yes),
            document: "Passport".to_owned(),
            code: Some(true),
            clock: Some(true),
            payout_country: " brazil ".to_owned(),
        };
        assert_eq!(kinds(&fits, Some("Brazil"), true), []);
        assert_eq!(kinds(&Identity::default(), Some("Brazil"), false), []);
        assert_eq!(kinds(&Identity::default(), None, true), [FindingKind::NoDocument]);
        let wrong = Identity {
            same: Some(Same::No),
            code: Some(false),
            clock: Some(false),
            payout_country: "Portugal".to_owned(),
            ..fits.clone()
        };
        assert_eq!(
            kinds(&wrong, Some("Brazil"), true),
            [
                FindingKind::AnotherPerson,
                FindingKind::CodeWrong,
                FindingKind::Clock,
                FindingKind::PayoutCountry
            ]
        );
        assert_eq!(
            kinds(
                &Identity {
                    same: Some(Same::Unsure),
                    ..fits.clone()
                },
                None,
                true
            ),
            [FindingKind::NotSure]
        );
        assert_eq!(
            kinds(
                &Identity {
                    payout_country: "Portugal".to_owned(),
                    ..fits
                },
                None,
                true
            ),
            []
        );
    }

    #[test]
    fn a_code_is_read_in_two_halves() {
        assert_eq!((spoken("482917"), spoken("")), ("482 917".to_owned(), String::new()));
    }
}
