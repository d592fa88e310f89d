//! The shipped holidays. Only a year of a country that is not known yet is filled: what an admin changed or took away stays so.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use super::store;
use crate::countries::Country;
use crate::error::AppResult;
use crate::events::{self, Actor};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    countries: Vec<Shipped>,
}

/// A country as shipped.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipped {
    /// ISO 3166-1 alpha-2.
    pub code: String,
    /// Which statutes the days were written from.
    pub source: String,
    /// Day and name, in order.
    pub days: Vec<(NaiveDate, String)>,
}

impl Shipped {
    /// The years it has, in order.
    pub fn years(&self) -> Vec<i32> {
        let mut years: Vec<i32> = self.days.iter().map(|(day, _)| day.year()).collect();
        years.dedup();
        years
    }
}

/// Every shipped country.
pub fn shipped() -> Vec<Shipped> {
    toml::from_str::<File>(include_str!("holidays.toml"))
        .expect("compiled in and parsed by a test")
        .countries
}

/// Fills the years that are missing, in the caller's transaction. Two at once wait for each other.
pub async fn load(tx: &mut PgConnection, by: &Actor, now: DateTime<Utc>) -> AppResult<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('holidays.seed'))")
        .execute(&mut *tx)
        .await?;
    for shipped in shipped() {
        let Some(country) = Country::parse(&shipped.code) else {
            continue;
        };
        for year in shipped.years() {
            if store::year(tx, country, year).await?.is_some() {
                continue;
            }
            let id = store::add_year(tx, country, year, &shipped.source).await?;
            let days: Vec<_> = shipped
                .days
                .iter()
                .filter(|(day, _)| day.year() == year)
                .cloned()
                .collect();
            store::add_all(tx, country, &days).await?;
            let data = json!({ "country": country.code(), "year": year, "days": days.len() });
            events::record(tx, by, now, "calendar.shipped", ("calendar", id.0), data).await?;
        }
    }
    Ok(())
}
