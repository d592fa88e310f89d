//! Forms: what a person typed stays on the page, whatever was wrong with it.
//!
//! A form struct holds raw text (`String`, `Vec<String>`), every field `#[serde(default)]`, so that reading it cannot
//! fail on a value. The handler turns it into typed input and collects [`FormErrors`]; with errors it renders the same
//! page again with status 422, the same struct and the errors. Never log a form: it holds passwords and addresses.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use chrono::{Datelike as _, Months, NaiveDate};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::security::FORM_LIMIT;
use crate::error::{AppError, AppResult};

/// A decoded form.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = AppResult<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = req.content_type() == "application/x-www-form-urlencoded"
            || (req.headers().get(CONTENT_TYPE).is_none() && req.content_type().is_empty());
        let declared = req
            .headers()
            .get(actix_web::http::header::CONTENT_LENGTH)
            .and_then(|v| v.to_str().ok());
        let too_large = declared
            .and_then(|v| v.parse::<usize>().ok())
            .is_some_and(|length| length > FORM_LIMIT);
        let mut payload = payload.take();
        Box::pin(async move {
            if too_large {
                return Err(too_large_error());
            }
            if !is_form {
                return Err(AppError::Invalid(
                    "This address takes a form (application/x-www-form-urlencoded).".into(),
                ));
            }
            let mut body = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| AppError::Invalid("The form did not arrive whole.".into()))?;
                if body.len() + chunk.len() > FORM_LIMIT {
                    return Err(too_large_error());
                }
                body.extend_from_slice(&chunk);
            }
            decode(&body).map(Self)
        })
    }
}

fn too_large_error() -> AppError {
    AppError::TooLarge("The form is larger than 256 KB. Shorten the longest text and send it again.".into())
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> AppResult<T> {
    // PostgreSQL's text cannot hold U+0000; nobody types it, so say so instead of failing later.
    if body.windows(3).any(|window| window == b"%00") || body.contains(&0) {
        return Err(AppError::Invalid(
            "The form holds a NUL character, which cannot be stored.".into(),
        ));
    }
    serde_html_form::from_bytes(body).map_err(|_| AppError::Invalid("The form could not be read.".into()))
}

/// What is wrong with a form: messages by field name, in the order found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl FormErrors {
    /// Nothing wrong yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// One thing wrong.
    pub fn one(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message for a field; the first message of a field is the one shown beside it.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) {
        self.0.push((field.into(), message.into()));
    }

    /// Takes the value of a conversion or notes why there is none.
    pub fn take<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        value: Result<T, impl Into<Cow<'static, str>>>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }

    /// The message beside a field; empty when nothing is wrong with it.
    pub fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map_or("", |(_, message)| message.as_ref())
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The status of the page that the form comes back on, or that shows it for the first time.
    pub fn status(&self) -> StatusCode {
        if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// Field and message, in order, for the summary.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_ref(), message.as_ref()))
    }
}

/// What a field is called in a summary of errors: the words beside it on its page, where its name is not the same words.
pub fn caption(field: &str) -> Cow<'_, str> {
    let words = match field {
        "again" => "Would you work with them again",
        "agreed" => "The person's word",
        "at" => "Time",
        "available_from" => "Free from",
        "back_reason" | "giving_up" | "release_reason" => "Why",
        "decided_on" => "Judged on",
        "due_on" => "The new date",
        "expires_on" => "Counts until",
        "found" => "What came of it",
        "knows" => "How you know them",
        "least_months" => "Shortest engagement",
        "may_apply_on" => "May apply again from",
        "may_read" => "May they read it",
        "me" => "To be sure",
        "most_months" => "Longest engagement",
        "must_skill" => "Skills that are needed",
        "nice_skill" => "Skills that are welcome",
        "on" => "Day",
        "pay_currency" => "Currency of the pay",
        "payout_country" => "Where they want to be paid",
        "provider_result" => "What came out",
        "same" => "Whom you saw",
        "work_address" => "Your work address",
        "worked" => "When",
        "works_in" => "Holidays of",
        _ => return numbered(field),
    };
    words.into()
}

/// Fields of which a form has several: `question_2`, `words_2`, and on a scorecard from 0: `rating-1`, `answer-1`, `level-1`.
fn numbered(field: &str) -> Cow<'_, str> {
    let plain = || field.replace('_', " ").into();
    let Some((name, number)) = field.rsplit_once(['_', '-']) else {
        return field.into();
    };
    let Ok(number) = number.parse::<u16>() else {
        return plain();
    };
    match name {
        "question" => format!("Question {number}").into(),
        "words" => format!("Your words to question {number}").into(),
        "rating" => format!("Rating of question {}", number.saturating_add(1)).into(),
        "answer" => format!("What was said to question {}", number.saturating_add(1)).into(),
        "level" => format!("Level of skill {}", number.saturating_add(1)).into(),
        _ => plain(),
    }
}

/// A required single-line text of at most `most` characters.
pub fn line(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Please fill this in.".to_owned());
    }
    optional_line(text, most)
}

/// A single-line text that may be empty.
pub fn optional_line(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(format!("At most {most} characters, please."));
    }
    if text.chars().any(char::is_control) {
        return Err("Please write this on one line, without control characters.".to_owned());
    }
    Ok(text.to_owned())
}

/// A text of several lines that may be empty; line ends become `\n`.
pub fn text(text: &str, most: usize) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > most {
        return Err(format!("At most {most} characters, please."));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("Please remove the control characters.".to_owned());
    }
    Ok(text)
}

/// A day of this century, written as a date field sends it: YYYY-MM-DD and nothing else. chrono alone would also read
/// +262142-12-31, and the database or the calendar fails on such a day later.
pub fn date(text: &str) -> Result<NaiveDate, &'static str> {
    let text = text.trim();
    let shape = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match text.parse::<NaiveDate>() {
        Ok(date) if shape && (2000..2100).contains(&date.year()) => Ok(date),
        _ => Err("Write a date such as 2026-12-01."),
    }
}

/// A day that somebody plans with: at most a year ago and five years ahead.
pub fn date_near(text: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let day = date(text)?;
    let (past, ahead) = (
        today.checked_sub_months(Months::new(12)),
        today.checked_add_months(Months::new(60)),
    );
    if past.is_some_and(|past| day < past) || ahead.is_some_and(|ahead| day > ahead) {
        return Err("Choose a day from a year ago to five years ahead.");
    }
    Ok(day)
}

/// An address of the shape `somebody@somewhere`, folded.
pub fn email(text: &str) -> Result<String, String> {
    use validator::ValidateEmail as _;
    let folded = crate::accounts::fold_email(text);
    if folded.len() <= 254 && folded.validate_email() {
        Ok(folded)
    } else {
        Err("Write an e-mail address such as ana@company.com.".to_owned())
    }
}

/// A new password of somebody about whom `about` is known (name, address).
pub fn password(text: &str, about: &[&str]) -> Result<String, String> {
    crate::accounts::password_rules::judge(text, about).map(|()| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Sample {
        #[serde(default)]
        name: String,
        #[serde(default)]
        skill: Vec<String>,
    }

    #[test]
    fn a_summary_calls_fields_what_their_pages_call_them() {
        for (field, words) in [
            ("name", "name"),
            ("pay_period", "pay period"),
            ("decided_on", "Judged on"),
            ("question_2", "Question 2"),
            ("answer-0", "What was said to question 1"),
            ("mark_async", "mark async"),
        ] {
            assert_eq!(caption(field), words);
        }
    }

    #[test]
    fn repeated_and_missing_fields_are_read() {
        let sample: Sample = decode(b"skill=rust&skill=tokio").expect("read");
        assert_eq!(sample.skill, ["rust", "tokio"]);
        assert_eq!(sample.name, "");
    }

    #[test]
    fn a_nul_is_refused_before_it_reaches_the_database() {
        assert!(matches!(decode::<Sample>(b"name=a%00b"), Err(AppError::Invalid(_))));
    }

    #[test]
    fn only_days_that_can_be_meant_are_dates() {
        for wrong in [
            "+262142-12-31",
            "9999-12-31",
            "-4712-01-01",
            "2027-1-4",
            "2027-02-29",
            "2027-01-04T00",
            "",
            "04.01.2027",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
        let today = date(" 2026-11-21 ").expect("a day");
        for (day, near) in [
            ("2025-11-21", true),
            ("2025-11-20", false),
            ("2031-11-21", true),
            ("2031-11-22", false),
        ] {
            assert_eq!(date_near(day, today).is_ok(), near, "{day}");
        }
    }

    #[test]
    fn the_first_message_of_a_field_is_shown() {
        let mut errors = FormErrors::none();
        errors.add("name", "first");
        errors.add("name", "second");
        assert_eq!(errors.of("name"), "first");
        assert_eq!(errors.iter().count(), 2);
    }
}
