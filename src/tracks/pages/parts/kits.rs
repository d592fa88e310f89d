//! The questions of a kit as a form. Pure.

use super::super::{Pairs, cell, many};
use crate::tracks::store::kits::Question;
use crate::web::{FormErrors, form};

/// Questions of a kit, at most: an hour has room for these.
const MOST: usize = 12;

/// A question as it stands in the form.
#[derive(Debug, Clone, Default)]
pub struct QuestionLine {
    /// Its place, as typed.
    pub order: String,
    pub question: String,
    pub weak: String,
    pub solid: String,
    pub strong: String,
    /// Whether it is to be taken out.
    pub gone: bool,
}

impl QuestionLine {
    pub fn of(kit: &[Question]) -> Vec<Self> {
        let line = |(at, one): (usize, &Question)| Self {
            order: (at + 1).to_string(),
            question: one.question.clone(),
            weak: one.weak.clone(),
            solid: one.solid.clone(),
            strong: one.strong.clone(),
            gone: false,
        };
        kit.iter().enumerate().map(line).collect()
    }

    pub fn read(pairs: &Pairs) -> Vec<Self> {
        let columns = ["order", "question", "weak", "solid", "strong"].map(|name| many(pairs, name));
        let gone = many(pairs, "gone");
        let at = |column: usize, row| cell(&columns[column], row);
        (0..columns[1].len())
            .map(|row| Self {
                order: at(0, row),
                question: at(1, row),
                weak: at(2, row),
                solid: at(3, row),
                strong: at(4, row),
                gone: gone.contains(&(row + 1).to_string()),
            })
            .filter(|line| {
                [&line.question, &line.weak, &line.solid, &line.strong]
                    .iter()
                    .any(|text| !text.is_empty())
            })
            .collect()
    }

    fn meant(&self) -> Result<Question, String> {
        if self.question.is_empty() {
            return Err("write the question, or tick \"take it out\"".to_owned());
        }
        let fits = |what: &str, text: &str, most: usize| {
            form::text(text, most).map_err(|_| format!("keep {what} within {most} characters of plain text"))
        };
        Ok(Question {
            question: fits("the question", &self.question, 600)?,
            weak: fits("the weak answer", &self.weak, 400)?,
            solid: fits("the solid answer", &self.solid, 400)?,
            strong: fits("the strong answer", &self.strong, 400)?,
        })
    }
}

/// The kit that the lines mean, in the order of their numbers; those without a number come last.
pub fn kit(lines: &[QuestionLine], errors: &mut FormErrors) -> Vec<Question> {
    let mut meant = Vec::new();
    for (row, line) in lines.iter().enumerate().filter(|(_, line)| !line.gone) {
        let name = || format!("Question {}", row + 1);
        let order = match line.order.as_str() {
            "" => Some(u16::MAX),
            text => text.parse::<u16>().ok().filter(|order| *order > 0),
        };
        match (order, line.meant()) {
            (None, _) => errors.add(
                "question",
                format!("{}: write its place in the order as a number.", name()),
            ),
            (_, Err(why)) => errors.add("question", format!("{}: {why}.", name())),
            (Some(order), Ok(question)) => meant.push((order, question)),
        }
    }
    meant.sort_by_key(|(order, _)| *order);
    if meant.len() > MOST {
        errors.add(
            "question",
            format!("At most {MOST} questions: an hour has no room for more."),
        );
    }
    meant.into_iter().map(|(_, question)| question).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Pairs {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn numbers_order_a_tick_takes_out_and_what_is_half_typed_is_kept() {
        let mut errors = FormErrors::none();
        let lines = QuestionLine::read(&pairs(&[
            ("order", "3"),
            ("question", "Late"),
            ("weak", ""),
            ("solid", ""),
            ("strong", "s"),
            ("order", "2"),
            ("question", "Gone"),
            ("weak", ""),
            ("solid", ""),
            ("strong", ""),
            ("gone", "2"),
            ("order", "1"),
            ("question", "Early"),
            ("weak", ""),
            ("solid", ""),
            ("strong", ""),
            ("order", ""),
            ("question", ""),
            ("weak", ""),
            ("solid", ""),
            ("strong", ""),
        ]));
        let asked: Vec<String> = kit(&lines, &mut errors).into_iter().map(|one| one.question).collect();
        assert_eq!(
            (asked, errors.is_empty()),
            (vec!["Early".to_owned(), "Late".to_owned()], true)
        );
        let lines = QuestionLine::read(&pairs(&[("order", ""), ("question", ""), ("weak", "never")]));
        kit(&lines, &mut errors);
        assert!(
            errors.of("question").contains("Question 1: write the question"),
            "{errors:?}"
        );
        assert_eq!(lines[0].weak, "never");
        for (order, question) in [("0", "Q"), ("first", "Q"), ("1", "x".repeat(601).as_str())] {
            let mut errors = FormErrors::none();
            kit(
                &QuestionLine::read(&pairs(&[("order", order), ("question", question)])),
                &mut errors,
            );
            assert!(!errors.is_empty(), "{order}");
        }
    }
}
