//! What an admin does with holidays and with the agency's choices about its days.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Choices, Holiday, store};
use crate::countries::Country;
use crate::db::constraint_of;
use crate::error::{AppError, AppResult};
use crate::events::{self, Actor};
use crate::ids::{HolidayId, HolidayYearId};

/// Where a day comes from that was entered by hand.
const BY_HAND: &str = "entered by the agency";

/// Adds a day. `None`: that day is a holiday there already.
pub async fn add(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    country: Country,
    day: NaiveDate,
    name: &str,
) -> AppResult<Option<HolidayId>> {
    let year = store::add_year(tx, country, day.year(), BY_HAND).await?;
    let holiday = Holiday {
        id: HolidayId::new(),
        country,
        day,
        name: name.to_owned(),
    };
    match store::add(tx, &holiday).await {
        Ok(()) => {}
        Err(error) if constraint_of(&error) == Some("holidays_once") => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    note(tx, by, now, "calendar.day_added", year, &holiday, json!({})).await?;
    Ok(Some(holiday.id))
}

/// Gives a day another name.
pub async fn rename(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    id: HolidayId,
    name: &str,
) -> AppResult<Holiday> {
    let (held, year) = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    if held.name != name {
        store::rename(tx, id, name).await?;
        note(tx, by, now, "calendar.day_renamed", year, &held, json!({ "to": name })).await?;
    }
    Ok(held)
}

/// Takes a day away: it is a business day from now on.
pub async fn remove(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, id: HolidayId) -> AppResult<Holiday> {
    let (held, year) = store::lock(tx, id).await?.ok_or(AppError::NotFound)?;
    store::remove(tx, id).await?;
    note(tx, by, now, "calendar.day_removed", year, &held, json!({})).await?;
    Ok(held)
}

/// Begins a year with the dates of the year before; says how many there were.
pub async fn copy(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    country: Country,
    year: i32,
) -> AppResult<usize> {
    if store::year(tx, country, year).await?.is_some() {
        return Err(AppError::refused(
            "This year is known already",
            "Add to its days what is missing, and remove what is wrong.",
        ));
    }
    let days: Vec<(NaiveDate, String)> = store::of_year(tx, country, year - 1)
        .await?
        .into_iter()
        .filter_map(|held| Some((held.day.with_year(year)?, held.name)))
        .collect();
    if days.is_empty() {
        return Err(AppError::refused(
            "There is nothing to copy",
            "The year before has no holidays. Add the days one by one.",
        ));
    }
    let id = store::add_year(
        tx,
        country,
        year,
        &format!("dates of {}, copied by the agency", year - 1),
    )
    .await?;
    store::add_all(tx, country, &days).await?;
    let data = json!({ "country": country.code(), "year": year, "days": days.len() });
    events::record(tx, by, now, "calendar.copied", ("calendar", id.0), data).await?;
    Ok(days.len())
}

/// Chooses where the agency works, and within how many business days somebody hears from it. What was promised before stays.
pub async fn choose(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>, wanted: Choices) -> AppResult<()> {
    let held = store::choices(tx).await?;
    if held == wanted {
        return Ok(());
    }
    let code = |choices: Choices| choices.country.map(Country::code);
    match code(wanted) {
        Some(country) => store::choose(tx, "agency_country", json!(country), by.user_id(), now).await?,
        None => store::choose_nothing(tx, "agency_country").await?,
    }
    store::choose(tx, "promise_days", json!(wanted.promise_days), by.user_id(), now).await?;
    let data = json!({
        "agency_country": { "from": code(held), "to": code(wanted) },
        "promise_days": { "from": held.promise_days, "to": wanted.promise_days },
    });
    events::record(tx, by, now, "settings.changed", ("settings", Uuid::nil()), data).await
}

async fn note(
    tx: &mut PgConnection,
    by: &Actor,
    now: DateTime<Utc>,
    kind: &'static str,
    year: HolidayYearId,
    holiday: &Holiday,
    further: serde_json::Value,
) -> AppResult<()> {
    let mut data = json!({ "country": holiday.country.code(), "day": holiday.day, "name": holiday.name });
    if let (Some(data), Some(further)) = (data.as_object_mut(), further.as_object()) {
        data.extend(further.clone());
    }
    events::record(tx, by, now, kind, ("calendar", year.0), data).await
}
