//! References: people who worked with a developer are asked about them, by a link and without an account.
//!
//! The person names referees at home, or tells the staff that somebody may be asked; without either nobody is. A recruiter sends
//! the letter, and with the first one the check "references" begins, unless one is open or counts. The letter's link opens a page that changes nothing; the referee says who they are, answers the questions of the track's kit,
//! and sends once. Declining is an answer too, and needs no reason. The check "references" itself is judged by a person, who has
//! read what came in: no number of answers passes it.
//!
//! # Who reads what (2026-11-21)
//!
//! [`sight`] decides, and [`store::lines`] asks it of every row before handing it out, so that no page has words to hide. The staff
//! read everything, except whoever owes a scorecard of another check of the person: the word of a former manager would colour it.
//! The person sees whether an answer came, and the words only if the referee said so. That somebody declined, was withdrawn or
//! let the time pass is one and the same "no answer" to them: a referee must be able to say no without being asked why at
//! the next dinner. Clients see nothing of it.
//!
//! # What is personal, for erasure
//!
//! Of the developer: every row here, by `candidate_id`. Of the referee: `reference_requests` (name, email, company, worked, reason,
//! link and hash), `reference_identities` (all but the instant), `reference_answers` (answers, again, further), `reference_drafts`
//! (all), and letters in `outbox` with the occasions of [`letters`] (recipient, name, subject, words). The log holds hashes of them under
//! the salt of the developer, which `forget_personal_values` deletes. Answers are kept with the person's record and go with it; an
//! erasure has to put the triggers `*_never_removed` and `reference_answers_unchanged` aside, as it does for the ledger.

pub mod actions;
pub mod letters;
pub mod pages;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many answers the agency wants before somebody judges the check. A wish that pages say, and no rule: one referee who led the
/// person for years may be enough, and four who met them once are not.
pub const WANTED: i64 = 2;

/// How many may be asked, or wait to be asked, at a time. The trigger `reference_requests_may_be_asked` has the same number.
pub const MOST_OPEN: usize = 5;

/// How long a link works: three weeks outlast a holiday, and what is not answered by then will not be. A reminder begins them anew.
pub const LASTS: TimeDelta = TimeDelta::days(21);

/// How the referee worked with the person, as the one who entered it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Relation {
    /// The person reported to them.
    Manager,
    /// Side by side.
    Colleague,
    /// They reported to the person.
    Report,
    /// The work was done for them.
    Client,
    /// Anything else.
    Other,
}

impl Relation {
    /// All, the most telling first.
    pub const ALL: [Self; 5] = [Self::Manager, Self::Colleague, Self::Report, Self::Client, Self::Other];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Colleague => "colleague",
            Self::Report => "report",
            Self::Client => "client",
            Self::Other => "other",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Manager => "Was their manager",
            Self::Colleague => "Was a colleague",
            Self::Report => "Reported to them",
            Self::Client => "Was a client of theirs",
            Self::Other => "Something else",
        }
    }

    /// As the developer says it.
    pub fn label_of_mine(self) -> &'static str {
        match self {
            Self::Manager => "My manager",
            Self::Colleague => "A colleague",
            Self::Report => "Reported to me",
            Self::Client => "A client of my work",
            Self::Other => "Something else",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// Where a request stands. That its time is over is not stored: it follows from its end and the instant one asks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// The person named them; nobody has written yet.
    Named,
    /// The letter left.
    Asked,
    /// The answer is in, for good.
    Answered,
    /// They would rather not.
    Declined,
    /// The agency, or the person before it was sent, took it back.
    Withdrawn,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Named,
        Self::Asked,
        Self::Answered,
        Self::Declined,
        Self::Withdrawn,
    ];

    /// The value of the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The moves that exist; the database has the same ones.
    pub fn can_become(self, next: Self) -> bool {
        match self {
            Self::Named => matches!(next, Self::Asked | Self::Withdrawn),
            Self::Asked => matches!(next, Self::Answered | Self::Declined | Self::Withdrawn),
            Self::Answered | Self::Declined | Self::Withdrawn => false,
        }
    }
}

/// Where a request stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As stored.
    Is(State),
    /// Asked, and the time is over.
    Expired,
}

/// Where a request stands at `now`.
pub fn standing(state: State, expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Standing {
    match state {
        State::Asked if expires_at.is_some_and(|end| end <= now) => Standing::Expired,
        state => Standing::Is(state),
    }
}

impl Standing {
    /// Tone and word for the staff.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Is(State::Named) => ("wait", "Named, not asked yet"),
            Self::Is(State::Asked) => ("wait", "Asked"),
            Self::Is(State::Answered) => ("ok", "Answered"),
            Self::Is(State::Declined) => ("soft", "Declined"),
            Self::Is(State::Withdrawn) => ("soft", "Withdrawn"),
            Self::Expired => ("bad", "No answer in time"),
        }
    }

    /// Tone and word for the person: whatever ended without an answer looks the same.
    pub fn words_for_the_person(self) -> (&'static str, &'static str) {
        match self {
            Self::Is(State::Named) => ("wait", "The agency writes to them next"),
            Self::Is(State::Asked) => ("wait", "Asked, not answered yet"),
            Self::Is(State::Answered) => ("ok", "Answered"),
            Self::Is(State::Declined | State::Withdrawn) | Self::Expired => ("soft", "No answer"),
        }
    }
}

/// How an answer sounded, by the anchors of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// As the weak anchor says.
    Weak,
    /// As the solid one.
    Solid,
    /// As the strong one.
    Strong,
}

impl Rating {
    /// From weak to strong.
    pub const ALL: [Self; 3] = [Self::Weak, Self::Solid, Self::Strong];

    /// The value of forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Solid => "solid",
            Self::Strong => "strong",
        }
    }

    /// As a referee says it of a question without anchors. The staff's own word for it would be a mark.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Weak => "Less than I had hoped",
            Self::Solid => "As one expects",
            Self::Strong => "More than one expects",
        }
    }
}

/// Whether the referee would work with the person again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Again {
    /// Yes.
    Yes,
    /// No.
    No,
    /// They keep it to themselves.
    RatherNotSay,
}

impl Again {
    /// All, as they are asked.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::RatherNotSay];

    /// The value of forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::RatherNotSay => "rather_not_say",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Yes => "Yes",
            Self::No => "No",
            Self::RatherNotSay => "I would rather not say",
        }
    }

    /// Reads a form's value.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// A question as it is put to a referee, with what answers look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub question: String,
    /// What a weak answer looks like; may be empty.
    pub weak: String,
    /// What a solid one looks like.
    pub solid: String,
    /// What a strong one looks like.
    pub strong: String,
}

impl Question {
    /// What stands beside a rating.
    pub fn anchor(&self, rating: Rating) -> &str {
        match rating {
            Rating::Weak => &self.weak,
            Rating::Solid => &self.solid,
            Rating::Strong => &self.strong,
        }
    }
}

/// What a referee said to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question as it was asked.
    pub question: String,
    /// `None`: they cannot say.
    pub rating: Option<Rating>,
    /// The anchor they chose.
    pub anchor: String,
    /// In their words.
    pub text: String,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// To the kit's questions.
    pub answers: Vec<Answer>,
    /// Whether they would work with the person again.
    pub again: Again,
    /// What nobody asked.
    pub further: String,
    /// Whether the person may read it.
    pub may_read: bool,
}

/// Who a referee says they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Their name.
    pub name: String,
    /// Their role then.
    pub role: String,
    /// Their company then.
    pub company: String,
    /// How they know the person.
    pub knows: String,
    /// Their work address now, if they gave one.
    pub email: String,
}

/// Who wants to read a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Of the staff; whether they owe a scorecard of another check of the person.
    Staff {
        /// Theirs is not in yet.
        owes_a_card: bool,
    },
    /// The developer themselves.
    Person,
    /// A contact of a client.
    Client,
}

/// How much of a reference somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Not even that there is one.
    Nothing,
    /// Where it stands.
    State,
    /// What was said.
    Words,
}

/// The one rule of who sees how much. `may_read` is the referee's own word about the person; nobody else's eyes follow from it.
pub fn sight(reader: Reader, may_read: bool) -> Sight {
    match reader {
        Reader::Staff { owes_a_card: false } => Sight::Words,
        Reader::Person if may_read => Sight::Words,
        Reader::Staff { owes_a_card: true } | Reader::Person => Sight::State,
        Reader::Client => Sight::Nothing,
    }
}

/// "One of two references has answered." of those who were asked.
pub fn counted(answered: usize, asked: usize) -> String {
    const NUMBERS: [&str; 7] = ["none", "one", "two", "three", "four", "five", "six"];
    let number = |n: usize| NUMBERS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned());
    let verb = if answered > 1 { "have" } else { "has" };
    match (answered, asked) {
        (_, 0) => "Nobody was asked yet.".to_owned(),
        (0, 1) => "The reference has not answered yet.".to_owned(),
        (1, 1) => "The reference has answered.".to_owned(),
        _ => {
            let sentence = format!("{} of {} references {verb} answered.", number(answered), number(asked));
            sentence[..1].to_uppercase() + &sentence[1..]
        }
    }
}

/// What does not fit between whom the agency asked and who answered: for a recruiter to look into. It stops nothing, because people
/// change their employer, their name and their mailbox.
pub fn differences(asked: (&str, &str, &str), who: &Identity) -> Vec<String> {
    let (name, email, company) = asked;
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let mut found = Vec::new();
    if !who.email.is_empty() && !same(email, &who.email) {
        found.push(format!("Gave another address than the one asked: {}.", who.email));
    }
    if !same(name, &who.name) {
        found.push(format!("Gave another name than the one asked: {}.", who.name));
    }
    if !same(company, &who.company) {
        found.push(format!("Gave another company than the one named: {}.", who.company));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_for_the_staff_and_for_the_person_if_the_referee_says_so() {
        for may_read in [false, true] {
            assert_eq!(sight(Reader::Staff { owes_a_card: false }, may_read), Sight::Words);
            assert_eq!(sight(Reader::Staff { owes_a_card: true }, may_read), Sight::State);
            assert_eq!(sight(Reader::Client, may_read), Sight::Nothing);
        }
        assert_eq!(sight(Reader::Person, true), Sight::Words);
        assert_eq!(sight(Reader::Person, false), Sight::State);
    }

    #[test]
    fn a_request_is_over_at_its_end_and_not_before() {
        let end: DateTime<Utc> = "2026-12-14T15:00:00Z".parse().expect("an instant");
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(standing(State::Asked, Some(end), before), Standing::Is(State::Asked));
        assert_eq!(standing(State::Asked, Some(end), end), Standing::Expired);
        assert_eq!(standing(State::Answered, Some(end), end), Standing::Is(State::Answered));
        assert_eq!(standing(State::Named, None, end), Standing::Is(State::Named));
    }

    #[test]
    fn the_person_cannot_tell_a_refusal_from_silence() {
        let words = [
            Standing::Is(State::Declined),
            Standing::Is(State::Withdrawn),
            Standing::Expired,
        ]
        .map(Standing::words_for_the_person);
        assert!(words.iter().all(|one| *one == words[0]));
    }

    #[test]
    fn answers_are_counted_in_words() {
        let said =
            [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (0, 2), (7, 9)].map(|(answered, asked)| counted(answered, asked));
        assert_eq!(
            said,
            [
                "Nobody was asked yet.",
                "The reference has not answered yet.",
                "The reference has answered.",
                "One of two references has answered.",
                "Two of three references have answered.",
                "None of two references has answered.",
                "7 of 9 references have answered.",
            ]
        );
    }

    #[test]
    fn what_differs_is_named_and_what_is_written_differently_is_not() {
        let asked = ("Iris Chen", "iris@halyard.test", "Halyard");
        let mut who = Identity {
            name: " iris chen".to_owned(),
            company: "HALYARD".to_owned(),
            email: "Iris@Halyard.test".to_owned(),
            ..Identity::default()
        };
        assert_eq!(differences(asked, &who), Vec::<String>::new());
        who.email = "iris@mail.test".to_owned();
        who.company = "Borealis".to_owned();
        assert_eq!(differences(asked, &who).len(), 2);
    }
}
