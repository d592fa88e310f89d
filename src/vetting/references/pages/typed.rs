//! What people type about references, and what it means. Pure.

use serde::Deserialize;

use crate::vetting::references::store::{Referee, Typed};
use crate::vetting::references::{Again, Answer, Identity, Question, Rating, Relation, Said};
use crate::web::{FormErrors, form};

/// The value of "I cannot say".
pub const CANNOT_SAY: &str = "cannot_say";

/// Somebody to ask, as they are entered by the person or by a recruiter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RefereeForm {
    pub name: String,
    pub email: String,
    pub relation: String,
    pub company: String,
    pub worked: String,
    /// A recruiter's word that the person agreed.
    pub agreed: String,
}

impl RefereeForm {
    /// The referee it means; `None` with the errors that say why not.
    pub fn read(&self, errors: &mut FormErrors) -> Option<Referee> {
        let name = errors.take("name", form::line(&self.name, 120));
        let email = errors.take("email", form::email(&self.email));
        let relation = Relation::parse(&self.relation).ok_or("Choose one.");
        let relation = errors.take("relation", relation);
        let company = errors.take("company", form::line(&self.company, 120));
        let worked = errors.take("worked", form::line(&self.worked, 80));
        Some(Referee {
            name: name?,
            email: email?,
            relation: relation?,
            company: company?,
            worked: worked?,
        })
    }
}

/// Who the referee is, in their own words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IdentityForm {
    pub name: String,
    pub role: String,
    pub company: String,
    pub knows: String,
    pub work_address: String,
    pub me: String,
}

impl IdentityForm {
    /// As it was said before.
    pub fn of(who: &Identity) -> Self {
        Self {
            name: who.name.clone(),
            role: who.role.clone(),
            company: who.company.clone(),
            knows: who.knows.clone(),
            work_address: who.email.clone(),
            me: "yes".to_owned(),
        }
    }

    /// The identity it means; `None` with the errors that say why not. `asked` is what the referee is called to the agency.
    pub fn read(&self, asked: &str, errors: &mut FormErrors) -> Option<Identity> {
        let name = errors.take("name", form::line(&self.name, 120));
        let role = errors.take("role", form::line(&self.role, 120));
        let company = errors.take("company", form::line(&self.company, 120));
        let knows = form::text(&self.knows, 1000).and_then(|text| {
            if text.is_empty() {
                Err("Please fill this in.".to_owned())
            } else {
                Ok(text)
            }
        });
        let knows = errors.take("knows", knows);
        let email = if self.work_address.trim().is_empty() {
            Some(String::new())
        } else {
            errors.take("work_address", form::email(&self.work_address))
        };
        if self.me != "yes" {
            errors.add(
                "me",
                format!("Tick this if you are {asked}. If you are somebody else, please decline below."),
            );
        }
        errors.is_empty().then_some(())?;
        Some(Identity {
            name: name?,
            role: role?,
            company: company?,
            knows: knows?,
            email: email?,
        })
    }
}

/// A question, and what was typed to it.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is asked.
    pub question: Question,
    /// Name of the field with the rating.
    pub rating_at: String,
    /// Name of the field with the words.
    pub text_at: String,
    /// A rating, "cannot say", or nothing yet.
    pub rating: String,
    /// In their words.
    pub text: String,
}

impl Row {
    /// Value, words and a remark of each choice: the anchor is what the referee says; that the staff call it weak is not.
    pub fn choices(&self) -> Vec<(&'static str, &str, &'static str)> {
        let choice = |rating: Rating| match self.question.anchor(rating) {
            "" => (rating.key(), rating.spoken(), ""),
            anchor => (rating.key(), anchor, ""),
        };
        let mut choices: Vec<_> = Rating::ALL.into_iter().map(choice).collect();
        choices.push((CANNOT_SAY, "I cannot say", "I did not see enough of this."));
        choices
    }
}

/// The referee's form: what is asked, and what was typed.
#[derive(Debug, Clone)]
pub struct AnswerForm {
    /// To the kit's questions, in their order.
    pub rows: Vec<Row>,
    /// Whether they would work with the person again.
    pub again: String,
    /// What nobody asked.
    pub further: String,
    /// Whether the person may read it. Nothing typed is no.
    pub may_read: String,
}

fn one(typed: &Typed, name: &str) -> String {
    let found = typed.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

impl AnswerForm {
    /// What was typed beside what is asked.
    pub fn of(questions: &[Question], typed: &Typed) -> Self {
        let rows = questions.iter().enumerate().map(|(at, question)| {
            let (rating_at, text_at) = (format!("question_{}", at + 1), format!("words_{}", at + 1));
            Row {
                question: question.clone(),
                rating: one(typed, &rating_at),
                text: one(typed, &text_at),
                rating_at,
                text_at,
            }
        });
        let may_read = one(typed, "may_read");
        Self {
            rows: rows.collect(),
            again: one(typed, "again"),
            further: one(typed, "further"),
            may_read: if may_read.is_empty() { "no".to_owned() } else { may_read },
        }
    }

    /// The answer it means; `None` with the errors that say why not.
    pub fn read(&self, errors: &mut FormErrors) -> Option<Said> {
        let mut answers = Vec::new();
        for row in &self.rows {
            let rating = match row.rating.as_str() {
                CANNOT_SAY => Ok(None),
                key => Rating::ALL
                    .into_iter()
                    .find(|rating| rating.key() == key)
                    .map(Some)
                    .ok_or("Choose what comes nearest."),
            };
            let rating = errors.take(row.rating_at.clone(), rating);
            let text = errors.take(row.text_at.clone(), form::text(&row.text, 3000));
            if let (Some(rating), Some(text)) = (rating, text) {
                let anchor = rating.map(|rating| row.question.anchor(rating).to_owned());
                answers.push(Answer {
                    question: row.question.question.clone(),
                    rating,
                    anchor: anchor.unwrap_or_default(),
                    text,
                });
            }
        }
        let again = Again::parse(&self.again).ok_or("Choose one; you need not say.");
        let again = errors.take("again", again);
        let further = errors.take("further", form::text(&self.further, 3000));
        let may_read = match self.may_read.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => errors.take("may_read", Err("Choose yes or no.")),
        };
        errors.is_empty().then_some(())?;
        Some(Said {
            answers,
            again: again?,
            further: further?,
            may_read: may_read?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            question: "How did it go?".to_owned(),
            weak: "Badly.".to_owned(),
            solid: "Well.".to_owned(),
            strong: "Very well.".to_owned(),
        }
    }

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(own).collect()
    }

    #[test]
    fn every_question_wants_a_choice_and_nobody_may_read_unless_it_is_said() {
        let mut errors = FormErrors::none();
        let empty = AnswerForm::of(&[question()], &typed(&[]));
        assert!(empty.read(&mut errors).is_none());
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["question_1", "again"]);
        let said = typed(&[("question_1", "strong"), ("words_1", " Fast. "), ("again", "yes")]);
        let said = AnswerForm::of(&[question()], &said)
            .read(&mut FormErrors::none())
            .expect("an answer");
        assert!(!said.may_read);
        assert_eq!(
            (said.answers[0].anchor.as_str(), said.answers[0].text.as_str()),
            ("Very well.", "Fast.")
        );
    }

    #[test]
    fn a_referee_chooses_sentences_and_no_marks() {
        let bare = Question {
            weak: String::new(),
            ..question()
        };
        let form = AnswerForm::of(&[bare], &typed(&[]));
        let words: Vec<&str> = form.rows[0].choices().iter().map(|(_, words, _)| *words).collect();
        assert_eq!(words, ["Less than I had hoped", "Well.", "Very well.", "I cannot say"]);
    }

    #[test]
    fn cannot_say_is_no_rating() {
        let said = typed(&[
            ("question_1", CANNOT_SAY),
            ("again", "rather_not_say"),
            ("may_read", "yes"),
        ]);
        let said = AnswerForm::of(&[question()], &said)
            .read(&mut FormErrors::none())
            .expect("an answer");
        assert_eq!((said.answers[0].rating, said.answers[0].anchor.as_str()), (None, ""));
        assert!(said.may_read && said.again == Again::RatherNotSay);
    }
}
