//! SQL of holidays and of the agency's choices about them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Choices, DaysOff, Holiday, PROMISE_DAYS};
use crate::countries::Country;
use crate::error::AppResult;
use crate::ids::{HolidayId, HolidayYearId, UserId};

/// What the agency chose.
pub async fn choices(conn: &mut PgConnection) -> AppResult<Choices> {
    let row = sqlx::query!(
        r#"select (select value #>> '{}' from settings where name = 'agency_country') as country,
                  (select (value #>> '{}')::integer from settings where name = 'promise_days') as days"#
    )
    .fetch_one(conn)
    .await?;
    Ok(Choices {
        country: row.country.as_deref().and_then(Country::parse),
        promise_days: row
            .days
            .and_then(|days| u32::try_from(days).ok())
            .unwrap_or(PROMISE_DAYS),
    })
}

/// Writes one choice.
pub async fn choose(
    conn: &mut PgConnection,
    name: &str,
    value: serde_json::Value,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> AppResult<()> {
    sqlx::query!(
        "insert into settings (name, value, changed_at, changed_by) values ($1, $2, $3, $4)
         on conflict (name) do update set value = $2, changed_at = $3, changed_by = $4",
        name,
        value,
        now,
        by as Option<UserId>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a choice back.
pub async fn choose_nothing(conn: &mut PgConnection, name: &str) -> AppResult<()> {
    sqlx::query!("delete from settings where name = $1", name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The days off of these countries, from one day through another.
pub async fn days_off(
    conn: &mut PgConnection,
    countries: &[Country],
    (from, until): (NaiveDate, NaiveDate),
) -> AppResult<DaysOff> {
    let codes: Vec<String> = countries.iter().map(|country| country.code().to_owned()).collect();
    let rows = sqlx::query!(
        "select country, day from holidays where country = any($1) and day between $2 and $3 order by country, day",
        &codes,
        from,
        until,
    )
    .fetch_all(conn)
    .await?;
    let known = |code: &str| Country::parse(code);
    Ok(DaysOff::of(
        rows.into_iter().filter_map(|row| Some((known(&row.country)?, row.day))),
    ))
}

/// A year of a country, when it is known.
#[derive(Debug, Clone)]
pub struct KnownYear {
    /// Id; the subject of the events of its days.
    pub id: HolidayYearId,
    /// Where its days come from.
    pub source: String,
}

/// Whether a year of a country is known.
pub async fn year(conn: &mut PgConnection, country: Country, year: i32) -> AppResult<Option<KnownYear>> {
    Ok(sqlx::query_as!(
        KnownYear,
        r#"select id as "id: HolidayYearId", source from holiday_years where country = $1 and year = $2"#,
        country.code(),
        year,
    )
    .fetch_optional(conn)
    .await?)
}

/// Makes a year known; of two at once the second finds the first one's.
pub async fn add_year(conn: &mut PgConnection, country: Country, year: i32, source: &str) -> AppResult<HolidayYearId> {
    Ok(sqlx::query_scalar!(
        r#"insert into holiday_years (id, country, year, source) values ($1, $2, $3, $4)
           on conflict on constraint holiday_years_once do update set source = holiday_years.source
           returning id as "id: HolidayYearId""#,
        HolidayYearId::new() as HolidayYearId,
        country.code(),
        year,
        source,
    )
    .fetch_one(conn)
    .await?)
}

/// Adds one day; `holidays_once` refuses a second one.
pub async fn add(conn: &mut PgConnection, holiday: &Holiday) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into holidays (id, country, day, name) values ($1, $2, $3, $4)",
        holiday.id as HolidayId,
        holiday.country.code(),
        holiday.day,
        holiday.name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds days of a country, without those that are there.
pub async fn add_all(conn: &mut PgConnection, country: Country, days: &[(NaiveDate, String)]) -> AppResult<()> {
    let ids: Vec<uuid::Uuid> = days.iter().map(|_| HolidayId::new().0).collect();
    let names: Vec<String> = days.iter().map(|(_, name)| name.clone()).collect();
    let days: Vec<NaiveDate> = days.iter().map(|(day, _)| *day).collect();
    sqlx::query!(
        "insert into holidays (id, country, day, name)
         select i, $2, d, n from unnest($1::uuid[], $3::date[], $4::text[]) as t (i, d, n) on conflict on constraint holidays_once do nothing",
        &ids,
        country.code(),
        &days,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The days of a year, in order.
pub async fn of_year(conn: &mut PgConnection, country: Country, year: i32) -> AppResult<Vec<Holiday>> {
    let rows = sqlx::query!(
        r#"select id as "id: HolidayId", day, name from holidays where country = $1 and year = $2 order by day"#,
        country.code(),
        year,
    )
    .fetch_all(conn)
    .await?;
    let holiday = |row: (HolidayId, NaiveDate, String)| Holiday {
        id: row.0,
        country,
        day: row.1,
        name: row.2,
    };
    Ok(rows
        .into_iter()
        .map(|row| holiday((row.id, row.day, row.name)))
        .collect())
}

/// A day with its year's id, locked.
pub async fn lock(conn: &mut PgConnection, id: HolidayId) -> AppResult<Option<(Holiday, HolidayYearId)>> {
    let row = sqlx::query!(
        r#"select h.id as "id: HolidayId", h.country, h.day, h.name, y.id as "year: HolidayYearId"
           from holidays h join holiday_years y on y.country = h.country and y.year = h.year where h.id = $1 for update of h"#,
        id as HolidayId,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| {
        let country = Country::parse(&row.country)?;
        let holiday = Holiday {
            id: row.id,
            country,
            day: row.day,
            name: row.name,
        };
        Some((holiday, row.year))
    }))
}

/// Gives a locked day another name.
pub async fn rename(conn: &mut PgConnection, id: HolidayId, name: &str) -> AppResult<()> {
    sqlx::query!("update holidays set name = $2 where id = $1", id as HolidayId, name)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a locked day away.
pub async fn remove(conn: &mut PgConnection, id: HolidayId) -> AppResult<()> {
    sqlx::query!("delete from holidays where id = $1", id as HolidayId)
        .execute(conn)
        .await?;
    Ok(())
}

/// A country with the years that are known of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its code.
    pub country: String,
    /// The first one.
    pub first: i32,
    /// The last one.
    pub last: i32,
}

/// Every country of which a year is known, by code.
pub async fn kept(conn: &mut PgConnection) -> AppResult<Vec<Kept>> {
    Ok(sqlx::query_as!(
        Kept,
        r#"select country, min(year) as "first!", max(year) as "last!" from holiday_years group by country order by country"#
    )
    .fetch_all(conn)
    .await?)
}
