//! SQL of the list of requests.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, QueryBuilder};

use crate::error::AppResult;
use crate::ids::{OrganizationId, RequestId};
use crate::requests::{Scope, State};

/// One line of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListRow {
    /// Id.
    pub id: RequestId,
    /// Number.
    pub code: i32,
    /// Title.
    pub title: String,
    /// The client's name.
    pub organization: String,
    /// Who at the agency answers for it.
    pub recruiter: Option<String>,
    /// Standing.
    pub state: State,
    /// Since.
    pub state_at: DateTime<Utc>,
    /// First day of work.
    pub start_on: Option<NaiveDate>,
    /// Seats that are wanted.
    pub seats: i64,
    /// Of these, filled.
    pub filled: i64,
}

/// How many lines a page of the list has.
pub const PAGE: usize = 30;

/// From where a page of the list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// The newest.
    Start,
    /// Older than this one, newest first.
    After(RequestId),
    /// Newer than this one, oldest first.
    Before(RequestId),
}

/// The list as far as the scope reaches, one row more than [`PAGE`] when there are more.
pub async fn list(
    conn: &mut PgConnection,
    scope: Scope,
    state: Option<State>,
    client: Option<OrganizationId>,
    cursor: Cursor,
) -> AppResult<Vec<ListRow>> {
    let mut sql = QueryBuilder::new(
        "select r.id, r.code, r.title, o.name as organization, u.name as recruiter, r.state, r.state_at, r.start_on,
             count(s.id) filter (where s.state <> 'cancelled') as seats,
             count(s.id) filter (where s.state = 'filled') as filled
         from role_requests r join organizations o on o.id = r.organization_id left join seats s on s.request_id = r.id
              left join users u on u.id = r.recruiter_id
         where ",
    );
    match scope {
        Scope::Staff => sql.push("r.state <> 'draft'"),
        Scope::Client(organization) => sql.push("r.organization_id = ").push_bind(organization),
    };
    if let Some(client) = client {
        sql.push(" and r.organization_id = ").push_bind(client);
    }
    if let Some(state) = state {
        sql.push(" and r.state = ").push_bind(state);
    }
    match cursor {
        Cursor::Start => &mut sql,
        Cursor::After(id) => sql.push(" and r.id < ").push_bind(id),
        Cursor::Before(id) => sql.push(" and r.id > ").push_bind(id),
    };
    sql.push(" group by r.id, o.name, u.name order by r.id ")
        .push(if matches!(cursor, Cursor::Before(_)) {
            "asc"
        } else {
            "desc"
        })
        .push(" limit ")
        .push_bind(i64::try_from(PAGE + 1).unwrap_or(i64::MAX));
    Ok(sql.build_query_as().fetch_all(conn).await?)
}
