//! What people do with organizations: found one, accept its agreement.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::store;
use super::terms::Terms;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{AgreementId, OrganizationId, UserId};
use crate::zones::Zone;

/// Why an organization could not be made, for the form.
#[derive(Debug)]
pub enum FoundError {
    /// A client of that name exists.
    NameTaken,
    /// Anything else.
    Other(AppError),
}

/// The words of [`FoundError::NameTaken`] beside the field.
pub const NAME_TAKEN: &str = "There is a client of this name. If it is your company, ask a colleague who has an account to \
                              file the request; if not, add your city to the name.";

/// Makes an organization.
pub async fn found(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    name: &str,
    zone: Zone,
) -> Result<OrganizationId, FoundError> {
    let id = OrganizationId::new();
    store::insert(tx, id, name.trim(), zone, now)
        .await
        .map_err(|error| match constraint_of(&error) {
            Some("organizations_name_once") => FoundError::NameTaken,
            _ => FoundError::Other(error.into()),
        })?;
    events::record(
        tx,
        by,
        now,
        "organization.founded",
        ("organization", id.0),
        json!({ "zone": zone }),
    )
    .await
    .map_err(FoundError::Other)?;
    Ok(id)
}

/// A contact accepts these terms for the organization: name as typed, instant, address. Terms that are already in force
/// are not accepted twice.
pub async fn accept_agreement(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    organization: OrganizationId,
    user: UserId,
    accepted_name: &str,
    terms: &Terms,
) -> AppResult<AgreementId> {
    terms.check().map_err(AppError::internal)?;
    let wanted = serde_json::to_value(terms)?;
    store::lock(tx, organization).await?;
    let latest = store::latest_agreement(tx, organization).await?;
    if latest.as_ref().is_some_and(|agreement| agreement.terms == wanted) {
        return Err(AppError::refused(
            "This promise is accepted already",
            "Your agreement page shows who accepted it and when.",
        ));
    }
    let number = latest.map_or(1, |agreement| agreement.number + 1);
    let id = AgreementId::new();
    store::insert_agreement(
        tx,
        id,
        organization,
        number,
        &wanted,
        user,
        accepted_name,
        by.network.as_deref(),
        now,
    )
    .await?;
    let data = json!({ "organization": organization, "number": number });
    events::record(tx, by, now, "agreement.accepted", ("agreement", id.0), data).await?;
    Ok(id)
}
