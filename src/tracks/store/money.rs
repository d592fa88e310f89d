//! SQL of exchange rates and mark-ups: dated rows that only grow.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::error::AppResult;
use crate::ids::{MarkupId, OrganizationId, RateId, TrackId, UserId};

/// A dated exchange rate.
#[derive(Debug, Clone)]
pub struct RateRow {
    /// What is priced.
    pub base: String,
    /// What it is priced in.
    pub quote: String,
    /// Price times 10^9.
    pub rate_e9: i64,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Where the figure comes from.
    pub source: String,
    /// Who entered it.
    pub set_by: Option<String>,
    /// When.
    pub set_at: DateTime<Utc>,
    /// Rates of the pair on record.
    pub known: i64,
}

/// The newest rate of every pair that holds on that day or begins later.
pub async fn rates(conn: &mut PgConnection) -> AppResult<Vec<RateRow>> {
    Ok(sqlx::query_as!(
        RateRow,
        r#"select distinct on (r.base, r.quote) r.base, r.quote, r.rate_e9, r.valid_from, r.source,
                  u.name as "set_by?", r.set_at, count(*) over (partition by r.base, r.quote) as "known!"
           from exchange_rates r left join users u on u.id = r.set_by
           order by r.base, r.quote, r.valid_from desc"#,
    )
    .fetch_all(conn)
    .await?)
}

/// Every rate of a pair, the newest first.
pub async fn rate_history(conn: &mut PgConnection, base: &str, quote: &str) -> AppResult<Vec<RateRow>> {
    Ok(sqlx::query_as!(
        RateRow,
        r#"select r.base, r.quote, r.rate_e9, r.valid_from, r.source, u.name as "set_by?", r.set_at,
                  count(*) over () as "known!"
           from exchange_rates r left join users u on u.id = r.set_by
           where r.base = $1 and r.quote = $2 order by r.valid_from desc limit 200"#,
        base,
        quote,
    )
    .fetch_all(conn)
    .await?)
}

/// A rate to insert.
#[derive(Debug, Clone)]
pub struct NewRate {
    /// Fresh.
    pub id: RateId,
    /// What is priced.
    pub base: String,
    /// What it is priced in.
    pub quote: String,
    /// Price times 10^9.
    pub rate_e9: i64,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Where the figure comes from.
    pub source: String,
}

/// Inserts a rate; the constraint `exchange_rates_once` refuses a second one of the pair for the day.
pub async fn insert_rate(
    conn: &mut PgConnection,
    new: &NewRate,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into exchange_rates (id, base, quote, rate_e9, valid_from, source, set_by, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id as RateId,
        new.base,
        new.quote,
        new.rate_e9,
        new.valid_from,
        new.source,
        by as Option<UserId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A dated mark-up.
#[derive(Debug, Clone)]
pub struct MarkupRow {
    /// Its track.
    pub track: String,
    /// Its client; absent: the track's default.
    pub organization: Option<String>,
    /// Of pay.
    pub basis_points: i32,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Who entered it.
    pub set_by: Option<String>,
    /// When.
    pub set_at: DateTime<Utc>,
    /// Holds on the day asked about: neither replaced nor of the future.
    pub holds: bool,
}

/// Every mark-up, by track and client, the newest first.
pub async fn markups(conn: &mut PgConnection, today: NaiveDate) -> AppResult<Vec<MarkupRow>> {
    Ok(sqlx::query_as!(
        MarkupRow,
        r#"select t.name as track, o.name as "organization?", m.basis_points, m.valid_from, u.name as "set_by?", m.set_at,
                  m.valid_from <= $1 and not exists (
                      select from markups n where n.track_id = m.track_id and n.organization_id is not distinct from m.organization_id
                        and n.valid_from <= $1 and n.valid_from > m.valid_from) as "holds!"
           from markups m join tracks t on t.id = m.track_id
           left join organizations o on o.id = m.organization_id
           left join users u on u.id = m.set_by
           order by lower(t.name), o.name is not null, lower(o.name), m.valid_from desc limit 300"#,
        today,
    )
    .fetch_all(conn)
    .await?)
}

/// A mark-up to insert.
#[derive(Debug, Clone)]
pub struct NewMarkup {
    /// Fresh.
    pub id: MarkupId,
    /// Its track.
    pub track: TrackId,
    /// Its client; absent: the track's default.
    pub organization: Option<OrganizationId>,
    /// Of pay.
    pub basis_points: i32,
    /// First day of validity.
    pub valid_from: NaiveDate,
}

/// Inserts a mark-up; the index `markups_once` refuses a second one for the day.
pub async fn insert_markup(
    conn: &mut PgConnection,
    new: &NewMarkup,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into markups (id, track_id, organization_id, basis_points, valid_from, set_by, set_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.id as MarkupId,
        new.track as TrackId,
        new.organization as Option<OrganizationId>,
        new.basis_points,
        new.valid_from,
        by as Option<UserId>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Id and name of every client, for choices.
pub async fn organizations(conn: &mut PgConnection) -> AppResult<Vec<(OrganizationId, String)>> {
    let rows =
        sqlx::query!(r#"select id as "id: OrganizationId", name from organizations order by lower(name) limit 500"#)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
