//! Who answers for a request: chosen on its page.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::ids::{RequestId, UserId};
use crate::requests::actions;
use crate::web::{Act, Form, Recruiter};

/// Whom, and what was looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChargeForm {
    version: String,
    recruiter: String,
}

/// Puts somebody in charge, or nobody.
pub async fn put(
    _staff: Recruiter,
    id: web::Path<RequestId>,
    act: Act,
    Form(input): Form<ChargeForm>,
) -> AppResult<HttpResponse> {
    let recruiter: Option<UserId> = match input.recruiter.as_str() {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| AppError::Invalid("There is no such person.".into()))?,
        ),
    };
    let seen = input.version.parse().unwrap_or_default();
    let mut tx = act.begin().await?;
    actions::put_in_charge(&mut tx, &act.by, act.at, (*id, seen), recruiter).await?;
    let said = "The request shows who answers for it now.";
    act.done(tx, said, format!("/requests/{id}")).await
}
