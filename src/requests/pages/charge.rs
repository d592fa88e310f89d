//! Who answers for a request: chosen on its page.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::events::Actor;
use crate::ids::{RequestId, UserId};
use crate::requests::actions;
use crate::web::layout::flash;
use crate::web::{Form, Now, Recruiter, see_other};

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
    db: web::ThinData<Db>,
    req: HttpRequest,
    actor: Actor,
    now: Now,
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
    let mut tx = db.begin().await?;
    actions::put_in_charge(&mut tx, &actor, now.0, (*id, seen), recruiter).await?;
    tx.commit().await?;
    flash(&req, "The request shows who answers for it now.");
    Ok(see_other(format!("/requests/{id}")))
}
