//! Shortlists, consent and the client's decisions.
//!
//! An introduction is one candidate proposed to one client for one seat. Staff propose it with the computation that was shown;
//! the candidate says yes or no; only after a yes does it exist for the client, by the fields that [`policy`] gives out.

pub mod actions;
pub mod compare;
pub mod pages;
pub mod pitch;
pub mod policy;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::policy::Audience;

/// The state of an introduction; its legal moves are rows of `state_transitions` and [`State::may_become`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// The candidate has not answered.
    Proposed,
    /// The candidate said no.
    Declined,
    /// The candidate said yes; the client decides.
    Consented,
    /// The client asked for an interview.
    Interview,
    /// The client said no.
    Refused,
    /// The client wants to hire; the agency makes an offer.
    Chosen,
    /// The candidate accepted the offer.
    Hired,
    /// Staff took it back.
    Withdrawn,
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Proposed,
        Self::Declined,
        Self::Consented,
        Self::Interview,
        Self::Refused,
        Self::Chosen,
        Self::Hired,
        Self::Withdrawn,
    ];

    /// Whether the move is legal.
    pub const fn may_become(self, next: Self) -> bool {
        use State::{Chosen, Consented, Declined, Hired, Interview, Proposed, Refused, Withdrawn};
        matches!(
            (self, next),
            (Proposed, Consented | Declined | Withdrawn)
                | (Consented, Interview | Refused | Chosen | Withdrawn | Declined)
                | (Interview, Refused | Chosen | Withdrawn | Declined)
                | (Chosen, Hired | Refused | Withdrawn)
        )
    }

    /// Nothing can follow.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Declined | Self::Refused | Self::Hired | Self::Withdrawn)
    }

    /// The dot's kind and the word, which says who is waited on, as that audience reads it.
    pub const fn words(self, audience: Audience) -> (&'static str, &'static str) {
        match (self, audience) {
            (Self::Proposed, Audience::Candidate) => ("wait", "Waiting on you: yes or no"),
            (Self::Proposed, _) => ("wait", "Waiting on the candidate's yes"),
            (Self::Declined, Audience::Candidate) => ("soft", "You said no"),
            (Self::Declined, _) => ("soft", "The candidate said no"),
            (Self::Consented, Audience::Client) => ("wait", "Waiting on you"),
            (Self::Consented, _) => ("wait", "Waiting on the client"),
            (Self::Interview, Audience::Client) => ("wait", "Interview, then waiting on you"),
            (Self::Interview, _) => ("wait", "Interview, then waiting on the client"),
            (Self::Refused, Audience::Client) => ("soft", "Not this time"),
            (Self::Refused, _) => ("soft", "The client chose not to go on"),
            (Self::Chosen, Audience::Staff) => ("wait", "Chosen, waiting on the agency's offer"),
            (Self::Chosen, Audience::Client) => ("ok", "Chosen, the offer is being made"),
            (Self::Chosen, Audience::Candidate) => ("ok", "The client wants to hire you"),
            (Self::Hired, _) => ("ok", "Hired"),
            (Self::Withdrawn, _) => ("soft", "Withdrawn"),
        }
    }

    /// The same, knowing when the interview is: until it is over nobody waits on the client, and without a time all wait on the
    /// agency.
    pub fn words_at(
        self,
        audience: Audience,
        interview: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> (&'static str, &'static str) {
        match (self, interview) {
            (Self::Interview, None) => ("wait", "Interview asked for, waiting on the agency"),
            (Self::Interview, Some(at)) if at > now => ("ok", "Interview agreed"),
            _ => self.words(audience),
        }
    }
}

/// Defines an enum of reasons with a code for the database and words for the pages.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal, $words:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$item_doc])* $item,)+ }

        impl $name {
            /// All, in the order in which a form offers them.
            pub const ALL: &[Self] = &[$(Self::$item),+];

            /// The code in forms and in the database.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$item => $code,)+ }
            }

            /// In words.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$item => $words,)+ }
            }

            /// The reason of that code.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }
    };
}

reasons! {
    /// Why a client says "not this time".
    Refusal {
        /// Skills.
        Skills = "skills", "Skills do not fit what we need";
        /// Depth.
        Experience = "experience", "Not enough depth for this seat";
        /// English.
        Communication = "communication", "Communication in English";
        /// Hours.
        Hours = "hours", "Working hours do not overlap enough";
        /// Money.
        Cost = "cost", "Above our budget";
        /// Dates.
        Availability = "availability", "Not available when we need somebody";
        /// Another person.
        AnotherPerson = "another_person", "We prefer somebody else for this seat";
        /// The need changed.
        NeedChanged = "need_changed", "Our need has changed";
        /// Anything else.
        Other = "other", "Another reason";
    }
}

reasons! {
    /// Why staff take an introduction back.
    Withdrawal {
        /// Not free.
        NotAvailable = "not_available", "The person is no longer available";
        /// They asked for it.
        AskedByPerson = "asked_by_person", "The person asked us to";
        /// Made by mistake.
        Mistake = "mistake", "Proposed by mistake";
        /// Seat gone.
        SeatGone = "seat_gone", "The seat is filled or no longer needed";
        /// Facts.
        NewFacts = "new_facts", "Something new came up in vetting";
        /// Anything else.
        Other = "other", "Another reason";
    }
}

/// What a stored reason says, whoever gave it.
pub fn reason_words(code: &str) -> &'static str {
    Refusal::parse(code)
        .map(Refusal::words)
        .or_else(|| Withdrawal::parse(code).map(Withdrawal::words))
        .unwrap_or_default()
}
