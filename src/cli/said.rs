//! What a command says: its result, and errors in words.

use std::error::Error;
use std::io::Write as _;

use crate::error::AppError;

/// An error and its causes in words for whoever typed the command; where it is known what to do, only that.
pub fn words(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(cure) = cause.downcast_ref::<sqlx::Error>().and_then(cure) {
            return cure.to_owned();
        }
        let text = match cause.downcast_ref::<AppError>() {
            // It stands for its cause.
            Some(AppError::Internal(_)) => String::new(),
            Some(AppError::Refused { title, way_on }) => format!("{title}. {way_on}"),
            Some(
                AppError::Forbidden(why)
                | AppError::Invalid(why)
                | AppError::TooLarge(why)
                | AppError::Busy(why)
                | AppError::NoRoom(why),
            ) => why.to_string(),
            _ => cause.to_string(),
        };
        // Many errors repeat their cause in their own text.
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = cause.source();
    }
    said.join(": ")
}

/// By `SQLSTATE`: a table or a column that is not there.
fn cure(error: &sqlx::Error) -> Option<&'static str> {
    match error.as_database_error()?.code()?.as_ref() {
        "42P01" => Some("the database has no tables yet: run `meridian migrate`"),
        "42703" => Some("the tables of the database are those of an older release: run `meridian migrate`"),
        _ => None,
    }
}

/// Prints a command's result. A reader that has gone away (`| head`) has seen what it wanted, so that is no fault.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("meridian: the result cannot be written: {error}");
    }
}
