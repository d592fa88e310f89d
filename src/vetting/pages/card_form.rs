//! A scorecard as a form: what was typed, beside the kit that asks for it, and what it means. Pure.

use crate::ids::SkillId;
use crate::tracks::levels::English;
use crate::tracks::store::TrackSkill;
use crate::tracks::store::kits::Question;
use crate::vetting::Kind;
use crate::vetting::cards::{Answer, Content, Recommendation, SkillRating};
use crate::vetting::identity::{Identity, Same};
use crate::vetting::store::cards::Typed;
use crate::web::{FormErrors, form};

/// Ratings of an answer, with what they mean; the anchors of the kit stand at 1, 3 and 4.
pub const RATINGS: [(&str, &str); 6] = [
    ("", "not assessed"),
    ("0", "0 - nothing"),
    ("1", "1 - weak"),
    ("2", "2 - between"),
    ("3", "3 - solid"),
    ("4", "4 - strong"),
];

/// A question and what was typed to it.
pub struct Row {
    pub question: String,
    pub weak: String,
    pub solid: String,
    pub strong: String,
    pub rating: String,
    pub note: String,
}

impl Row {
    pub fn has_anchors(&self) -> bool {
        [&self.weak, &self.solid, &self.strong]
            .iter()
            .any(|text| !text.is_empty())
    }
}

/// A skill and what was typed of it.
pub struct Skill {
    pub id: SkillId,
    pub name: String,
    pub level: String,
}

/// The whole form.
#[derive(Default)]
pub struct CardForm {
    pub rows: Vec<Row>,
    pub skills: Vec<Skill>,
    pub recommendation: String,
    pub speaking: String,
    pub writing: String,
    pub red_flags: String,
    pub note: String,
    pub same: String,
    pub document: String,
    pub code: String,
    pub clock: String,
    pub payout_country: String,
}

fn one(typed: &Typed, name: &str) -> String {
    let found = typed.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Values of a repeated field, in their order.
fn many<'a>(typed: &'a Typed, name: &'a str) -> impl Iterator<Item = &'a str> {
    typed
        .iter()
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

impl CardForm {
    /// What was typed beside what is asked. A question that the kit has no more keeps its answer.
    pub fn of(kit: Vec<Question>, skills: Vec<TrackSkill>, typed: &Typed) -> Self {
        // Browsers send line ends of a text area as CR LF, in a hidden field too.
        let plain = |text: &str| text.replace("\r\n", "\n");
        let answers: Vec<(String, &str, &str)> = many(typed, "question")
            .map(plain)
            .zip(many(typed, "rating"))
            .zip(many(typed, "answer"))
            .map(|((question, rating), note)| (question, rating, note))
            .collect();
        let levels: Vec<(&str, &str)> = many(typed, "skill").zip(many(typed, "level")).collect();
        let mut rows: Vec<Row> = Vec::new();
        for one in kit {
            let answer = answers.iter().find(|(question, ..)| *question == one.question);
            rows.push(Row {
                rating: answer.map(|(_, rating, _)| (*rating).to_owned()).unwrap_or_default(),
                note: answer.map(|(.., note)| (*note).to_owned()).unwrap_or_default(),
                question: one.question,
                weak: one.weak,
                solid: one.solid,
                strong: one.strong,
            });
        }
        for (question, rating, note) in &answers {
            let answered = !(rating.is_empty() && note.trim().is_empty());
            if answered && !rows.iter().any(|row| row.question == *question) {
                let (weak, solid, strong) = Default::default();
                let (rating, note) = ((*rating).to_owned(), (*note).to_owned());
                let question = question.clone();
                rows.push(Row {
                    question,
                    weak,
                    solid,
                    strong,
                    rating,
                    note,
                });
            }
        }
        let skill = |skill: TrackSkill| {
            let id = skill.skill.to_string();
            let level = levels
                .iter()
                .find(|(known, _)| *known == id)
                .map_or("", |(_, level)| level);
            Skill {
                id: skill.skill,
                name: skill.name,
                level: level.to_owned(),
            }
        };
        Self {
            rows,
            skills: skills.into_iter().map(skill).collect(),
            recommendation: one(typed, "recommendation"),
            speaking: one(typed, "speaking"),
            writing: one(typed, "writing"),
            red_flags: one(typed, "red_flags"),
            note: one(typed, "note"),
            same: one(typed, "same"),
            document: one(typed, "document"),
            code: one(typed, "code"),
            clock: one(typed, "clock"),
            payout_country: one(typed, "payout_country"),
        }
    }

    /// The card that it means; `None` with the errors that say why not.
    pub fn read(&self, kind: Kind, errors: &mut FormErrors) -> Option<Content> {
        let recommendation = Recommendation::parse(&self.recommendation)
            .ok_or("Choose one: it is your word, and decides nothing by itself.");
        let recommendation = errors.take("recommendation", recommendation);
        let answers = self.answers(errors);
        let skills = self.ratings(errors);
        let english = |text: &str| match text {
            "" => Ok(None),
            text => English::parse(text)
                .map(|level| Some(level.number()))
                .ok_or("Choose a level of the list."),
        };
        let speaking = errors.take("speaking", english(&self.speaking));
        let writing = errors.take("writing", english(&self.writing));
        let red_flags = errors.take("red_flags", form::text(&self.red_flags, 2_000));
        let note = errors.take("note", form::text(&self.note, 4_000));
        let identity = if kind.is_live() {
            self.identity(errors)
        } else {
            Some(Identity::default())
        };
        let content = Content {
            recommendation: recommendation?,
            answers: answers?,
            skills: skills?,
            speaking: speaking?,
            writing: writing?,
            red_flags: red_flags?,
            note: note?,
            identity: identity?,
        };
        errors.is_empty().then_some(content)
    }

    fn answers(&self, errors: &mut FormErrors) -> Option<Vec<Answer>> {
        let mut answers = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let rating = match row.rating.as_str() {
                "" => Ok(None),
                text => text
                    .parse()
                    .ok()
                    .filter(|rating| (0..=4).contains(rating))
                    .map(Some)
                    .ok_or("Choose 0 to 4."),
            };
            let rating = errors.take(format!("rating-{at}"), rating)?;
            let note = errors.take(format!("answer-{at}"), form::text(&row.note, 2_000))?;
            if rating.is_some() || !note.is_empty() {
                let question = row.question.clone();
                answers.push(Answer { question, rating, note });
            }
        }
        // The database keeps as many; a kit has half of that.
        if answers.len() > 24 {
            errors.add(
                "answer-0",
                "At most 24 answers. Clear those that the kit does not ask for any more.",
            );
        }
        Some(answers)
    }

    fn ratings(&self, errors: &mut FormErrors) -> Option<Vec<SkillRating>> {
        let mut ratings = Vec::new();
        for (at, skill) in self
            .skills
            .iter()
            .enumerate()
            .filter(|(_, skill)| !skill.level.is_empty())
        {
            let level = skill.level.parse().ok().filter(|level| (1..=5).contains(level));
            let level = errors.take(format!("level-{at}"), level.ok_or("Choose a level of the list."))?;
            ratings.push(SkillRating { skill: skill.id, level });
        }
        Some(ratings)
    }

    fn identity(&self, errors: &mut FormErrors) -> Option<Identity> {
        let same = Same::parse(&self.same)
            .ok_or("Say whether it is the person of the profile. A no stops nothing: it is looked into.");
        let yes_no = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let same = errors.take("same", same);
        let document = errors.take("document", form::optional_line(&self.document, 120));
        let payout_country = errors.take("payout_country", form::optional_line(&self.payout_country, 80));
        Some(Identity {
            same: Some(same?),
            document: document?,
            code: yes_no(&self.code),
            clock: yes_no(&self.clock),
            payout_country: payout_country?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(list: &[(&str, &str)]) -> Typed {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn asked(question: &str) -> Question {
        Question {
            question: question.to_owned(),
            ..Question::default()
        }
    }

    #[test]
    fn an_answer_stays_with_its_question_when_the_kit_changes() {
        let kept = typed(&[
            ("question", "Old\r\nand long"),
            ("rating", "3"),
            ("answer", "knew it"),
            ("question", "Untouched"),
            ("rating", ""),
            ("answer", " "),
            ("question", "New"),
            ("rating", "9"),
            ("answer", ""),
        ]);
        let form = CardForm::of(vec![asked("First"), asked("New")], Vec::new(), &kept);
        let rows: Vec<_> = form
            .rows
            .iter()
            .map(|row| (row.question.as_str(), row.rating.as_str(), row.note.as_str()))
            .collect();
        assert_eq!(
            rows,
            [("First", "", ""), ("New", "9", ""), ("Old\nand long", "3", "knew it")]
        );
        let mut errors = FormErrors::none();
        assert!(form.read(Kind::References, &mut errors).is_none());
        assert!(!errors.of("rating-1").is_empty() && !errors.of("recommendation").is_empty());
    }

    #[test]
    fn what_was_not_assessed_is_not_there_and_a_live_step_asks_who_it_was() {
        let skill = |name: &str| TrackSkill {
            skill: SkillId::new(),
            name: name.to_owned(),
            level: Some(3),
            weight: None,
        };
        let skills = vec![skill("Rust"), skill("SQL")];
        let rust = skills[0].skill.to_string();
        let said = typed(&[
            ("recommendation", "yes"),
            ("question", "Q"),
            ("rating", "0"),
            ("answer", ""),
            ("skill", &rust),
            ("level", "4"),
            ("speaking", "b2"),
            ("code", "no"),
        ]);
        let form = CardForm::of(vec![asked("Q"), asked("R")], skills, &said);
        let mut errors = FormErrors::none();
        assert!(form.read(Kind::TechnicalInterview, &mut errors).is_none());
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["same"]);
        let content = form.read(Kind::References, &mut FormErrors::none()).expect("a card");
        assert_eq!((content.answers.len(), content.answers[0].rating), (1, Some(0)));
        assert_eq!((content.skills.len(), content.skills[0].level), (1, 4));
        assert_eq!((content.speaking, content.writing), (Some(4), None));
        let live = CardForm {
            same: "yes".to_owned(),
            ..form
        };
        let content = live
            .read(Kind::TechnicalInterview, &mut FormErrors::none())
            .expect("a card");
        assert_eq!(content.identity.code, Some(false));
        assert_eq!(content.identity.clock, None);
    }
}
